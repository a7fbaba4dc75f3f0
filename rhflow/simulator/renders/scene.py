"""A whole picture from the words of a prompt: what is chosen, and in which order it is painted."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image

from rhflow.simulator.renders import cast, finish, foreground, land, palette, room, sky, space, town, water
from rhflow.simulator.renders.canvas import Canvas
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.palette import Palette
from rhflow.simulator.renders.stage import Stage
from rhflow.simulator.renders.still import Still
from rhflow.simulator.renders.subject import Figure
from rhflow.simulator.renders.words import Reading

_IMPLIED = {
    "lighthouse": "sea",
    "boat": "sea",
    "ship": "sea",
    "whale": "sea",
    "palm": "sea",
    "fish": "underwater",
    "jellyfish": "underwater",
    "turtle": "underwater",
    "rocket": "space",
    "astronaut": "space",
    "ufo": "meadow",
    "cactus": "desert",
    "deer": "forest",
    "bear": "forest",
    "fox": "forest",
    "mushroom": "forest",
    "castle": "mountain",
    "pagoda": "mountain",
    "crane": "lake",
    "bridge": "lake",
    "windmill": "meadow",
    "robot": "city",
    "car": "meadow",
    "mug": "room",
    "tent": "mountain",
    "flowers": "meadow",
    "cherry": "meadow",
    "rabbit": "meadow",
    "kite": "meadow",
    "house": "meadow",
    "tree": "meadow",
    "birds": "sea",
    "butterfly": "meadow",
    "balloon": "meadow",
    "train": "mountain",
    "dragon": "mountain",
    "portrait": "room",
}
"""Where a subject is at home when the prompt names no place."""


def choose_setting(reading: Reading, dice: Dice) -> str:
    """The one setting that gets painted."""
    settings = reading.settings
    if "underwater" in settings:
        return "underwater"
    for water_side in ("sea", "lake"):
        if water_side in settings and settings[0] in {"mountain", "forest", "meadow", water_side}:
            return water_side
    if settings:
        return settings[0]
    for subject in reading.subjects:
        if subject in _IMPLIED:
            return _IMPLIED[subject]
    if reading.hints:
        return reading.hints[0]
    if reading.has("snow", "frost"):
        return "mountain"
    return dice.pick(("mountain", "lake", "meadow", "sea", "mountain", "forest"))


def paint(reading: Reading, width: int, height: int, dice: Dice, *, is_bare: bool = False) -> Still:
    """The picture without caption, of exactly this size; a bare one is the same without its figures."""
    setting = choose_setting(reading, dice.split("setting"))
    colours, hour = palette.choose(reading, setting, dice.split("palette"))
    canvas = Canvas(width, height, dice.split("canvas"))
    stage = _stage(canvas, colours, reading, dice, setting, hour)
    stage.is_bare = is_bare
    _SETTINGS[setting](stage)
    _action(stage)
    foreground.weather(stage)
    return Still(finish.finish(stage), _figures(stage))


def _figures(stage: Stage) -> tuple[Figure, ...]:
    """Where the figures ended up; those that hardly show are left out."""
    found: list[Figure] = []
    for standing in stage.figures:
        mask = Image.new("L", (stage.width, stage.height))
        mask.paste(standing.outline, standing.corner)
        shows = mask.point([255 if value > 127 else 0 for value in range(256)]).getbbox()
        if shows and (shows[2] - shows[0]) * (shows[3] - shows[1]) > 64:
            found.append(Figure.of(mask, standing.name))
    return tuple(found)


def overlay(picture: Image.Image, reading: Reading, colours: Palette, dice: Dice) -> Image.Image:
    """Subjects and weather of a prompt laid over a finished picture, which stays what it is."""
    canvas = Canvas(*picture.size, dice.split("canvas"))
    canvas.image = picture.copy()
    stage = _stage(canvas, colours, reading, dice, "meadow", "day")
    stage.ground = lambda _: stage.height * 0.93
    for index, name in enumerate([name for name in reading.subjects if name in cast.ROLES][:2]):
        cast.enter(stage, name, index)
    if "birds" in reading.subjects:
        cast.flock(stage)
    foreground.weather(stage)
    if "fireflies" in reading.weathers:
        cast.fireflies(stage)
    return stage.canvas.image


def _stage(canvas: Canvas, colours: Palette, reading: Reading, dice: Dice, setting: str, hour: str) -> Stage:
    """Light and horizon for the setting; the light keeps away from where the subject will stand."""
    layout = dice.split("layout")
    width, height = canvas.width, canvas.height
    tall = height > width
    level = {
        "sea": 0.6,
        "lake": 0.56,
        "desert": 0.62,
        "space": 0.84,
        "underwater": 0.9,
        "meadow": 0.64,
        "city": 0.8,
    }.get(setting, 0.62)
    horizon = height * (level + layout.between(-0.03, 0.03) + (0.04 if tall else 0))
    focus_right = layout.chance(0.5)
    focus = width * ((0.66 if focus_right else 0.34) if not tall else (0.58 if focus_right else 0.42))
    low = hour in {"dawn", "golden", "dusk"}
    away = layout.between(0.26, 0.42)
    sun_x = width * (away if focus_right else 1 - away)
    sun_y = horizon - height * (
        layout.between(0.03, 0.12)
        if low and setting in {"sea", "lake", "desert"}
        else layout.between(0.2, 0.3)
        if low
        else layout.between(0.36, 0.44)
    )
    if setting == "space":
        sun_y = height * layout.between(0.3, 0.4)
    return Stage(canvas, colours, reading, dice, setting, hour, horizon, (sun_x, sun_y), focus=focus)


def _sea(stage: Stage) -> None:
    sky.paint(stage)
    if stage.dice.split("isle").chance(0.7):
        land.isles(stage)
    water.sea(stage)
    subjects = stage.reading.subjects
    afloat = [name for name in subjects if name in cast.ROLES and cast.ROLES[name].place == "water"]
    ashore = any(name in cast.ROLES and cast.ROLES[name].place == "ground" for name in subjects)
    for index, name in enumerate(afloat[:2], int(ashore)):  # the one on land has the focus
        cast.enter(stage, name, index)
    water.breakers(stage)
    land.headland(
        stage,
        wide=ashore or not afloat,
    )


def _lake(stage: Stage) -> None:
    sky.paint(stage)
    land.mountains(stage, stage.horizon, stage.height * 0.36, 0.85, "far")
    land.mountains(stage, stage.horizon, stage.height * 0.2, 0.62, "near")
    line = land.hill_line(stage.dice.split("wood"), stage.horizon, stage.height * 0.035, stage.unit * 0.5)
    land.forest_ridge(stage, line, 0.42, stage.unit * 0.075, "shore wood")
    water.mirror(stage, stage.horizon + stage.height * 0.012)
    land.shore(stage)


def _mountain(stage: Stage) -> None:
    sky.paint(stage)
    land.mountains(stage, stage.horizon + stage.height * 0.02, stage.height * 0.44, 0.92, "far")
    land.mountains(stage, stage.horizon + stage.height * 0.08, stage.height * 0.3, 0.68, "middle")
    line = land.hill_line(
        stage.dice.split("ridge"), stage.height * 0.73, stage.height * 0.09, stage.unit * 0.7
    )
    land.forest_ridge(stage, line, 0.42, stage.unit * 0.07, "ridge wood")
    line = land.hill_line(
        stage.dice.split("ridge 2"), stage.height * 0.82, stage.height * 0.08, stage.unit * 0.9
    )
    land.forest_ridge(stage, line, 0.2, stage.unit * 0.13, "near wood")
    stage.ground = land.hills(stage, [(0.03, 0.915, 0.13, 1.3)], "foot")


def _forest(stage: Stage) -> None:
    sky.paint(stage)
    for index, (base, depth, size) in enumerate(((0.62, 0.9, 0.1), (0.7, 0.68, 0.17), (0.78, 0.44, 0.26))):
        line = land.hill_line(
            stage.dice.split(f"rise {index}"), stage.height * base, stage.height * 0.08, stage.unit * 0.8
        )
        land.forest_ridge(stage, line, depth, stage.unit * size, f"wood {index}")
    foreground.stems(stage)
    if not stage.moonlit:
        water.shafts(stage, stage.sun, 8, stage.palette.light, 0.22)
    stage.ground = land.hills(stage, [(0.16, 0.87, 0.1, 1.1), (0.04, 0.92, 0.08, 1.5)], "floor")


def _meadow(stage: Stage) -> None:
    sky.paint(stage)
    land.mountains(stage, stage.horizon, stage.height * 0.16, 0.95, "far")
    stage.ground = land.hills(
        stage, [(0.74, 0.68, 0.14, 0.7), (0.52, 0.75, 0.15, 0.8), (0.27, 0.84, 0.17, 1.05)], "hills"
    )
    foreground.scattered_trees(stage)
    stage.ground = land.hills(stage, [(0.06, 0.925, 0.13, 1.5)], "front")


def _desert(stage: Stage) -> None:
    sky.paint(stage)
    land.mesas(stage)
    stage.ground = land.dunes(stage)


def _city(stage: Stage) -> None:
    sky.paint(stage)
    town.skyline(stage)
    town.street(stage)


def _village(stage: Stage) -> None:
    sky.paint(stage)
    land.mountains(stage, stage.horizon + stage.height * 0.02, stage.height * 0.34, 0.9, "far")
    stage.ground = land.hills(stage, [(0.62, 0.69, 0.12, 0.8), (0.42, 0.76, 0.1, 0.9)], "hills")
    town.village(stage, 0.42)
    stage.ground = land.hills(stage, [(0.22, 0.85, 0.1, 0.9)], "middle")
    town.village(stage, 0.22)
    stage.ground = land.hills(stage, [(0.04, 0.93, 0.12, 1.4)], "front")


_SETTINGS: dict[str, Callable[[Stage], None]] = {
    "sea": _sea,
    "lake": _lake,
    "mountain": _mountain,
    "forest": _forest,
    "meadow": _meadow,
    "desert": _desert,
    "city": _city,
    "village": _village,
    "space": space.paint,
    "underwater": water.below,
    "room": room.paint,
}


def _action(stage: Stage) -> None:
    """Foreground and subjects, those in the sky first, those on the ground last."""
    subjects = list(stage.reading.subjects)
    if (
        stage.setting in {"sea", "mountain", "lake", "meadow"}
        and not stage.moonlit
        and "birds" not in subjects
        and subjects[:1] != ["butterfly"]
    ):
        cast.flock(stage)
    present = [name for name in subjects if name in cast.ROLES or name in cast.GROWN]
    if stage.setting == "sea":
        present = [name for name in present if name in cast.GROWN or cast.ROLES[name].place != "water"]
    if stage.setting == "forest":
        present = [name for name in present if name != "tree"]
    order = {"sky": 0, "deep": 1, "back": 1, "water": 2, "ground": 4, "front": 5}
    present.sort(key=lambda name: order[cast.ROLES[name].place] if name in cast.ROLES else 3)
    figures = 0
    for name in present[:5]:
        cast.enter(stage, name, figures)
        figures += name in cast.ROLES and name != "butterfly"
    foreground.edge(stage)
    if "fireflies" in stage.reading.weathers:
        cast.fireflies(stage)
