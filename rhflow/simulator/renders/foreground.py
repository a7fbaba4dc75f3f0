"""What stands between us and the scene: stems, grass, framing trees, and what falls from the sky."""

from __future__ import annotations

from PIL import Image, ImageFilter

from rhflow.simulator.renders import growth
from rhflow.simulator.renders.canvas import cloudiness
from rhflow.simulator.renders.colour import Rgb, darker, lighter, mix
from rhflow.simulator.renders.stage import Stage

FALLING: dict[str, tuple[Rgb, ...]] = {
    "snow": ((255, 255, 255), (236, 244, 252)),
    "petals": ((248, 186, 204), (255, 220, 228), (240, 150, 176)),
    "leaves": ((222, 120, 48), (236, 176, 64), (190, 72, 44)),
    "embers": ((255, 170, 70), (255, 220, 130), (255, 120, 60)),
}


def stems(stage: Stage) -> None:
    """Tall trunks of a forest at middle distance, and bamboo where asked for."""
    dice = stage.dice.split("stems")
    bamboo = any(word in stage.reading.text.lower() for word in ("bamboo", "竹"))
    for depth, count, thick in ((0.6, 9, 0.02), (0.3, 6, 0.036)):
        stencil = stage.canvas.stencil()
        for index in range(count + (6 if bamboo else 0)):
            x = (index + dice.between(0.1, 0.9)) / count * stage.width
            if abs(x - stage.focus) < stage.unit * (0.14 if depth > 0.4 else 0.24):
                continue
            if bamboo:
                growth.bamboo(stencil, dice, x, stage.height * 0.95, stage.unit * thick)
            else:
                growth.trunk(
                    stencil,
                    x,
                    stage.height * 0.94,
                    -4,
                    stage.unit * thick * dice.between(0.8, 1.3),
                    dice.between(-0.03, 0.03) * stage.unit,
                )
        mask = stencil.mask()
        tone = stage.palette.land(depth)
        stage.canvas.fill(
            mask, stage.canvas.gradient([(0, tone), (0.6, tone), (1, mix(tone, stage.palette.haze, 0.35))])
        )
        stage.canvas.rim(
            mask,
            mix(stage.palette.haze, stage.palette.light, 0.5),
            stage.towards_light(stage.width / 2, stage.unit / 260),
            0.35,
        )


def scattered_trees(stage: Stage) -> None:
    """A few round trees and groves on the middle hills."""
    dice = stage.dice.split("groves")
    stencil, light = stage.canvas.stencil(), stage.canvas.stencil()
    towards = 1 if stage.sun[0] > stage.width / 2 else -1
    for _ in range(dice.whole(3, 5)):
        middle = dice.between(0.02, 0.98) * stage.width
        for _ in range(dice.whole(1, 4)):
            x = middle + dice.bell(0, 0.05) * stage.unit
            tall = stage.unit * dice.between(0.07, 0.12)
            foot = stage.ground(x) + tall * 0.06
            growth.round_tree(stencil, dice, x, foot, tall)
            growth.leaf_light(light, dice, x, foot, tall, towards)
    tone = mix(darker(stage.palette.land(0.27), 0.22), stage.palette.near, 0.2)
    stage.canvas.fill(stencil.mask(), tone)
    stage.canvas.fill(light.mask(), mix(tone, stage.palette.haze, 0.4), 0.5)


def edge(stage: Stage) -> None:
    """Grass along the foreground, flowers in meadows, and tall trees that frame the view."""
    if stage.setting in {"city", "space", "underwater", "room"}:
        return
    dice = stage.dice.split("edge")
    near = darker(stage.palette.near, 0.28)
    if stage.setting not in {"desert", "sea"}:
        stencil = stage.canvas.stencil()
        for _ in range(round(stage.width / stage.unit * 190)):
            x = dice.between(0, stage.width)
            foot = max(stage.ground(x), stage.height * 0.9) + dice.between(0.02, 0.16) * stage.height
            growth.grass(
                stencil, dice, x, min(foot, stage.height + 4), stage.unit * dice.between(0.03, 0.085)
            )
        stage.canvas.fill(stencil.mask(), near)
    if (
        stage.setting in {"meadow", "village"}
        and "flowers" not in stage.reading.subjects
        and not stage.reading.has("snow", "frost")
    ):
        from_accent = mix(stage.palette.accent, near, 0.25 if stage.moonlit else 0.05)
        heads = stage.canvas.stencil()
        for _ in range(70):
            x, deep = dice.between(0, stage.width), dice.between(0.01, 0.13)
            heads.ellipse(x, stage.ground(x) + deep * stage.height, stage.unit * (0.002 + deep * 0.025))
        stage.canvas.fill(heads.mask(), lighter(from_accent, 0.15), 0.9)
    if stage.setting in {"mountain", "lake", "forest"}:
        framing(stage)


def framing(stage: Stage) -> None:
    """Dark conifers on the side away from the subject, out of focus a little."""
    dice = stage.dice.split("framing")
    left = stage.focus > stage.width / 2
    stencil = stage.canvas.stencil()
    for index in range(dice.whole(2, 3)):
        along = -0.02 + 0.075 * index + dice.between(-0.02, 0.02)
        x = stage.width * along if left else stage.width * (1 - along)
        growth.pine(
            stencil, dice, x, stage.height * 1.03, stage.height * dice.between(0.62, 0.95) * (1 - 0.2 * index)
        )
    if stage.dice.split("both").chance(0.5):
        growth.pine(
            stencil, dice, stage.width * (1.0 if left else 0.0), stage.height * 1.03, stage.height * 0.5
        )
    mask = stencil.mask(stage.unit / 700)
    stage.canvas.fill(mask, darker(stage.palette.near, 0.3))
    stage.canvas.rim(
        mask,
        stage.palette.haze,
        stage.towards_light(stage.width * (0.1 if left else 0.9), stage.unit / 260),
        0.3,
    )


def weather(stage: Stage) -> None:
    """Snow, rain, petals, leaves, embers and fog over everything."""
    for name, tones in FALLING.items():
        if name in stage.reading.weathers and stage.setting not in {"underwater", "room"}:
            _fall(stage, name, tones)
    if stage.reading.has("rain", "storm") and stage.setting != "room":
        rain(stage)
    if "fog" in stage.reading.weathers:
        _fog(stage)


def _fall(stage: Stage, name: str, tones: tuple[Rgb, ...]) -> None:
    dice = stage.dice.split(name)
    count = {"snow": 320, "embers": 120}.get(name, 90)
    for tone in tones:
        for blur, share, size in ((0.0, 0.7, 0.0028), (stage.unit / 260, 0.3, 0.0085)):
            stencil = stage.canvas.stencil()
            for _ in range(round(count * share / len(tones))):
                x, y = dice.between(0, stage.width), dice.between(0, stage.height)
                if name == "embers":
                    y = stage.height * (1 - dice.between(0, 1) ** 1.6)
                flake = stage.unit * size * dice.between(0.6, 1.4)
                if name in {"petals", "leaves"}:
                    flake *= 1.8
                    turn, across = dice.between(-1, 1), dice.between(0.4, 1)
                    stencil.polygon(
                        [
                            (x - flake, y - turn * flake * 0.6),
                            (x, y - across * flake * 0.6),
                            (x + flake, y + turn * flake * 0.6),
                            (x, y + across * flake * 0.6),
                        ]
                    )
                else:
                    stencil.ellipse(x, y, flake)
            mask = stencil.mask(blur)
            if name == "embers":
                stage.canvas.screen(mask.filter(ImageFilter.GaussianBlur(stage.unit / 120)), tone, 0.9)
            stage.canvas.fill(mask, tone, 0.85 if not blur else 0.5)


def rain(stage: Stage) -> None:
    dice = stage.dice.split("rain")
    lean = dice.between(-0.25, 0.25)
    for count, length, strength in ((260, 0.05, 0.2), (90, 0.1, 0.26)):
        stencil = stage.canvas.stencil()
        for _ in range(count):
            x, y = dice.between(-0.1, 1.1) * stage.width, dice.between(-0.1, 1) * stage.height
            reach = stage.unit * length * dice.between(0.6, 1.2)
            stencil.line([(x, y), (x + lean * reach, y + reach)], stage.unit / 620)
        stage.canvas.fill(stencil.mask(), lighter(stage.palette.sky[3], 0.4), strength)


def _fog(stage: Stage) -> None:
    """Banks of mist across the middle and foot of the picture."""
    mist = cloudiness(stage.width, stage.height, stage.dice.split("fog"), stage.unit * 0.7, 4)
    mist = mist.point([max(0, min(255, round((value - 84) * 2.6))) for value in range(256)])
    column = Image.new("L", (1, stage.height))
    column.putdata(
        [round(255 * max(0.0, 1 - abs(y / stage.height - 0.66) * 2.6)) for y in range(stage.height)]
    )
    band = column.resize((stage.width, stage.height))
    combined = Image.new("L", mist.size)
    combined.paste(mist, (0, 0), band)
    stage.canvas.fill(combined, lighter(stage.palette.haze, 0.2), 0.72)
