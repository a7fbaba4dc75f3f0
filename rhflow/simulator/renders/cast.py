"""Who may play in a scene: how each subject is drawn, how big, where it stands, in which colour."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from PIL import ImageFilter

from rhflow.simulator.renders import beasts, buildings, craft, growth, people
from rhflow.simulator.renders.colour import Rgb, darker, lighter, luma, mix, rgb, shift
from rhflow.simulator.renders.pen import Pen
from rhflow.simulator.renders.stage import Stage, Standing

Drawn = Callable[[Pen, Rgb], None]


@dataclass(frozen=True, slots=True)
class Role:
    """`size` is a share of the short side.

    `place`: ground, water, sky, deep, back (on far land), front (cut off by the lower edge).
    """

    draw: Drawn
    size: float
    place: str
    coat: str | None
    """The natural colour; None takes the palette's accent."""


ROLES: dict[str, Role] = {
    "rabbit": Role(beasts.rabbit, 0.3, "ground", "#efe6da"),
    "fox": Role(beasts.fox, 0.32, "ground", "#d96a2b"),
    "cat": Role(beasts.cat, 0.28, "ground", "#3b3440"),
    "dog": Role(beasts.dog, 0.31, "ground", "#b07f4e"),
    "deer": Role(beasts.deer, 0.36, "ground", "#a06a3f"),
    "bear": Role(beasts.bear, 0.36, "ground", "#6a4f3c"),
    "horse": Role(beasts.horse, 0.4, "ground", "#8a5434"),
    "elephant": Role(beasts.elephant, 0.4, "ground", "#83858f"),
    "crane": Role(beasts.crane, 0.34, "ground", "#f3f0e8"),
    "butterfly": Role(beasts.butterfly, 0.13, "sky", None),
    "whale": Role(beasts.whale, 0.36, "water", "#3d6a8c"),
    "fish": Role(beasts.fish, 0.26, "deep", "#f08a3c"),
    "jellyfish": Role(beasts.jellyfish, 0.36, "deep", "#f0a6d0"),
    "turtle": Role(beasts.turtle, 0.34, "deep", "#4f8a5b"),
    "dragon": Role(beasts.dragon, 0.46, "sky", "#c8402f"),
    "child": Role(people.child, 0.3, "ground", "#d8453e"),
    "person": Role(people.person, 0.36, "ground", "#3f5a7a"),
    "portrait": Role(people.portrait, 0.82, "front", "#3f6a8a"),
    "astronaut": Role(people.astronaut, 0.34, "ground", "#eef0f2"),
    "robot": Role(people.robot, 0.33, "ground", "#8fa6b5"),
    "rocket": Role(craft.rocket, 0.4, "sky", "#d8453e"),
    "boat": Role(craft.boat, 0.34, "water", "#b5483a"),
    "ship": Role(craft.ship, 0.36, "water", "#c0463a"),
    "plane": Role(craft.plane, 0.24, "sky", "#d8564a"),
    "kite": Role(craft.kite, 0.22, "sky", None),
    "car": Role(craft.car, 0.27, "ground", "#d8543e"),
    "bicycle": Role(craft.bicycle, 0.28, "ground", "#2f8f83"),
    "train": Role(craft.train, 0.27, "back", "#b5453a"),
    "ufo": Role(craft.ufo, 0.34, "sky", "#9aa6b5"),
    "balloon": Role(craft.balloon, 0.36, "sky", None),
    "lantern": Role(buildings.lantern, 0.1, "sky", "#ff9a4c"),
    "lighthouse": Role(buildings.lighthouse, 0.52, "ground", "#cf4438"),
    "house": Role(buildings.house, 0.3, "ground", "#a8483c"),
    "castle": Role(buildings.castle, 0.48, "ground", "#8a4a5c"),
    "pagoda": Role(buildings.pagoda, 0.5, "ground", "#a83e34"),
    "windmill": Role(buildings.windmill, 0.46, "ground", "#a85a3c"),
    "bridge": Role(buildings.bridge, 0.3, "water", "#7a6f6a"),
    "tent": Role(buildings.tent, 0.24, "ground", "#d9803c"),
    "mushroom": Role(buildings.mushroom, 0.26, "ground", "#cf4438"),
    "cactus": Role(buildings.cactus, 0.34, "ground", "#4f8a5b"),
    "mug": Role(buildings.mug, 0.22, "ground", "#e8e0d0"),
}
GROWN = {"tree", "cherry", "palm", "flowers", "birds"}
"""Subjects that are not figures but growth or a flock: `scenery` below draws them."""

_DIM = {
    "night": 0.4,
    "dusk": 0.34,
    "golden": 0.24,
    "dawn": 0.18,
    "storm": 0.3,
    "fog": 0.25,
    "space": 0.12,
    "neon": 0.35,
    "noir": 1.0,
    "underwater": 0.15,
    "winter": 0.05,
    "day": 0.05,
    "ink": 0.75,
}


def enter(stage: Stage, name: str, index: int) -> None:
    """Put a subject where it belongs; the first one takes the focus, others keep their distance."""
    if name in GROWN:
        scenery(stage, name)
        return
    if stage.is_bare:
        return
    role = ROLES[name]
    size = role.size * stage.unit * (1.0 if index == 0 else 0.78)
    x = stage.focus if index == 0 else _beside(stage, index)
    if (
        role.place == "sky"
        and index == 0
        and any(ROLES[other].place == "ground" for other in stage.reading.subjects if other in ROLES)
    ):
        x = stage.width - stage.focus
    flip = x > stage.sun[0] if abs(x - stage.sun[0]) > stage.unit * 0.1 else x > stage.width / 2
    place = role.place
    if stage.setting == "space" and place in {"water", "deep"}:
        place = "sky"
    if stage.setting == "underwater" and place != "ground":
        place = "deep"
    foot, size, x = _standing(stage, place, name, size, x, index)
    pen = Pen(stage, x, foot, size, flip=flip and name not in {"house", "castle", "portrait"})
    role.draw(pen, coat_of(stage, name))
    corner, outline = pen.lay(
        shadow=place == "ground" and not stage.moonlit and stage.hour != "ink",
        rim=0.35 if stage.hour == "ink" else 0.6,
    )
    stage.figures.append(Standing(name, corner, outline))
    if name in {"lantern", "balloon"} and index == 0:
        _more(stage, name, role)


def coat_of(stage: Stage, name: str) -> Rgb:
    """The subject's colour in this light."""
    role = ROLES[name]
    said = stage.reading.dressed.get(name)
    own = rgb(said) if said else (rgb(role.coat) if role.coat else stage.palette.accent)
    dim = 0.12 if name in {"lantern", "jellyfish"} and stage.hour != "noir" else _DIM.get(stage.hour, 0.2)
    if stage.hour == "noir":
        grey = round(0.3 * own[0] + 0.59 * own[1] + 0.11 * own[2])
        return mix((grey, grey, grey), stage.palette.near, 0.45)
    if stage.hour == "ink" and luma(own) > 0.6:
        dim = 0.12
    return mix(own, stage.palette.near, dim)


def _standing(
    stage: Stage, place: str, name: str, size: float, x: float, index: int
) -> tuple[float, float, float]:
    """Foot, size and x for a kind of place."""
    if place == "sky":
        rise = {"dragon": 0.86, "rocket": 0.9, "butterfly": 0.95, "ufo": 0.8}.get(name, 0.68)
        return stage.horizon * (rise - 0.14 * index), size, x
    if place == "deep":
        return stage.height * (0.62 - 0.12 * (index % 3)), size, x
    if place == "water" and stage.setting in {"sea", "lake"}:
        near = 0.42 if stage.reading.has("storm") else 0.32 if name in {"boat", "whale"} else 0.22
        return stage.horizon + (stage.height - stage.horizon) * (near + 0.1 * index), size, x
    if place == "back":
        return stage.ground(x) - stage.unit * 0.01, size, x
    if place == "water":
        return stage.ground(x), size * 0.8, x
    if place == "front":
        return (
            float(stage.height),
            size * min(1.3, stage.height / stage.unit),
            stage.width / 2 + (x - stage.width / 2) * 0.5 * bool(index),
        )
    return stage.ground(x) + size * 0.03, size, x


def _beside(stage: Stage, index: int) -> float:
    away = stage.unit * 0.58 * ((index + 1) // 2) * (1 if stage.focus < stage.width / 2 else -1)
    x = stage.focus + (away if index % 2 else -away)
    return min(max(x, stage.width * 0.1), stage.width * 0.9)


def _more(stage: Stage, name: str, role: Role) -> None:
    """More lanterns or balloons, the farther the smaller and the paler."""
    dice = stage.dice.split(name)
    many, least, most = (14, 0.18, 0.7) if name == "lantern" else (4, 0.12, 0.38)
    coat = coat_of(stage, name)
    for turn in range(many):
        share = dice.between(least, most)
        x = dice.between(0.05, 0.95) * stage.width
        if name == "balloon" and abs(x - stage.focus) < stage.unit * 0.3:
            continue
        pen = Pen(stage, x, dice.between(0.25, 0.92) * stage.horizon, role.size * stage.unit * share)
        own = coat if name == "lantern" else shift(coat, 0.17 * turn, 1, 1)
        role.draw(pen, mix(own, stage.palette.sky[2], 0.5 * (1 - share) if name == "balloon" else 0))
        pen.lay(rim=0)


def scenery(stage: Stage, name: str) -> None:
    """Trees, blossom, flowers and flocks."""
    dice = stage.dice.split(name)
    if name == "birds":
        flock(stage)
    elif name == "flowers":
        meadow_flowers(stage, 150)
    elif name == "palm":
        for x, tall in ((stage.width * 0.14, 0.62), (stage.width * 0.06, 0.46), (stage.width * 0.9, 0.4)):
            stencil = stage.canvas.stencil()
            growth.palm(stencil, dice, x, stage.ground(x) + 4, tall * stage.unit)
            mask = stencil.mask()
            stage.canvas.fill(mask, darker(stage.palette.near, 0.2))
            stage.canvas.rim(mask, stage.palette.light, stage.towards_light(x, stage.unit / 220), 0.4)
    else:
        _tree(stage, blossom=name == "cherry")


def _tree(stage: Stage, *, blossom: bool) -> None:
    """One big tree at the focus: leafy, or a bare one full of blossom."""
    dice = stage.dice.split("big tree")
    near = stage.palette.near
    alone = not any(name in ROLES for name in stage.reading.subjects)
    x = stage.focus if alone else (stage.width * (0.2 if stage.focus > stage.width / 2 else 0.8))
    foot, tall = stage.ground(x) + 6, stage.unit * 0.52
    if not blossom:
        stencil = stage.canvas.stencil()
        growth.round_tree(stencil, dice, x, foot, tall)
        mask = stencil.mask()
        leaf = mix(near, stage.palette.far, 0.18)
        stage.canvas.fill(mask, leaf)
        lit = stage.canvas.stencil()
        growth.leaf_light(lit, dice, x, foot, tall, 1 if stage.sun[0] > x else -1)
        stage.canvas.fill(lit.mask(), mix(leaf, stage.palette.haze, 0.5), 0.4)
        stage.canvas.rim(mask, stage.palette.haze, stage.towards_light(x, stage.unit / 240), 0.5)
        return
    wood, bloom, pale = stage.canvas.stencil(), stage.canvas.stencil(), stage.canvas.stencil()
    tips: list[tuple[float, float]] = []
    growth.branch(
        wood, dice, (x, foot), -math.pi / 2 + dice.between(-0.15, 0.15), tall * 0.3, tall * 0.075, tips
    )
    for tip_x, tip_y in tips:
        if tip_y < foot - tall * 0.25:
            for _ in range(3):
                at = (tip_x + dice.bell(0, 0.045) * tall, tip_y + dice.bell(0, 0.035) * tall)
                (pale if dice.chance(0.3) else bloom).ellipse(*at, tall * dice.between(0.015, 0.045))
    pink = mix((240, 150, 176), near, 0.4 if stage.moonlit else 0.06)
    stage.canvas.fill(wood.mask(), darker(near, 0.1))
    stage.canvas.fill(bloom.mask(), pink, 0.92)
    stage.canvas.fill(pale.mask(), lighter(pink, 0.5), 0.9)


def flock(stage: Stage) -> None:
    """Birds on the wing, in a loose wedge."""
    dice = stage.dice.split("flock")
    stencil = stage.canvas.stencil()
    start = (stage.width * dice.between(0.3, 0.62), stage.horizon * dice.between(0.28, 0.5))
    for index in range(dice.whole(7, 11)):
        rank = (index + 1) // 2
        x = start[0] - rank * stage.unit * 0.055 * (1 + dice.between(-0.25, 0.25))
        y = start[1] + (1 if index % 2 else -0.55) * rank * stage.unit * 0.024 + dice.between(-4, 4)
        span, lift = stage.unit * dice.between(0.02, 0.032), dice.between(0.2, 0.55)
        for side in (-1, 1):
            stencil.polygon(
                [
                    (x, y),
                    (x + side * span * 0.5, y - span * lift),
                    (x + side * span, y - span * lift * 0.5),
                    (x + side * span * 0.5, y - span * lift * 0.62),
                    (x, y + span * 0.13),
                ]
            )
    colour = (
        lighter(stage.palette.light, 0.2)
        if stage.moonlit
        else mix(stage.palette.near, stage.palette.sky[0], 0.25)
    )
    stage.canvas.fill(stencil.mask(), colour, 0.85)


def meadow_flowers(stage: Stage, count: int) -> None:
    """Flowers over the foreground, bigger towards the viewer."""
    dice = stage.dice.split("flowers")
    accent = stage.palette.accent
    tones = (accent, lighter(accent, 0.45), mix(accent, (255, 214, 120), 0.6))
    stalks = stage.canvas.stencil()
    heads = [stage.canvas.stencil() for _ in tones]
    for _ in range(count):
        x, near = dice.between(0, stage.width), dice.between(0, 1) ** 1.5
        ground = stage.ground(x)
        foot = ground + (stage.height - ground) * near + stage.unit * 0.02
        growth.flower(
            stalks, dice.pick(heads), dice, x, foot, stage.unit * (0.03 + 0.1 * near) * dice.between(0.7, 1.2)
        )
    stage.canvas.fill(stalks.mask(), darker(stage.palette.near, 0.25))
    for head, tone in zip(heads, tones, strict=True):
        stage.canvas.fill(head.mask(), mix(tone, stage.palette.near, 0.3 if stage.moonlit else 0.05))


def fireflies(stage: Stage) -> None:
    """Points of warm light near the ground."""
    dice = stage.dice.split("fireflies")
    stencil = stage.canvas.stencil()
    for _ in range(60):
        x, y = (
            dice.between(0, stage.width),
            stage.horizon + dice.bell(0.25, 0.35) * (stage.height - stage.horizon),
        )
        stencil.ellipse(x, y, stage.unit * dice.between(0.0016, 0.004))
    mask = stencil.mask()
    glow = mask.filter(ImageFilter.GaussianBlur(stage.unit / 90)).point(
        [min(255, value * 5) for value in range(256)]
    )
    stage.canvas.screen(glow, (255, 214, 110), 0.75)
    stage.canvas.fill(mask, (255, 244, 190))
