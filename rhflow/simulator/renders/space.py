"""Beyond the sky: nebulae, planets and the ground of a small world."""

from __future__ import annotations

from PIL import Image, ImageChops

from rhflow.simulator.renders import sky
from rhflow.simulator.renders.canvas import Stencil, cloudiness
from rhflow.simulator.renders.colour import Rgb, darker, lighter, mix, shift
from rhflow.simulator.renders.land import hill_line, layer
from rhflow.simulator.renders.stage import Ground, Stage


def paint(stage: Stage) -> None:
    """Nebula, stars, a big planet, and cratered ground to stand on."""
    first, second, third, fourth = stage.palette.sky
    canvas, dice = stage.canvas, stage.dice.split("space")
    canvas.image.paste(canvas.gradient([(0, first), (0.35, second), (0.7, third), (1, fourth)]))
    for index, tone in enumerate((fourth, stage.palette.accent, shift(fourth, 0.18, 1.3, 1.1))):
        cloud = cloudiness(stage.width, stage.height, dice.split(f"nebula {index}"), stage.unit * 0.75, 5)
        cloud = cloud.point([max(0, min(255, round((value - 118) * 4.2))) for value in range(256)])
        canvas.screen(cloud, tone, 0.3 if index != 1 else 0.16)
    sky.stars(stage)
    planet(
        stage,
        stage.sun[0],
        stage.sun[1],
        stage.unit * dice.between(0.17, 0.22),
        stage.palette.accent,
        ring=dice.chance(0.7),
    )
    planet(
        stage,
        stage.width - stage.sun[0] * 0.9,
        stage.sun[1] * 1.5,
        stage.unit * 0.045,
        mix(fourth, stage.palette.light, 0.4),
        ring=False,
    )
    far = hill_line(dice.split("far"), stage.height * 0.79, stage.height * 0.1, stage.unit * 0.7)
    layer(stage, far, 0.45, rim=0.5)
    near = hill_line(dice.split("near"), stage.height * 0.9, stage.height * 0.09, stage.unit * 1.2)
    layer(stage, near, 0.12, rim=0.6)
    _craters(stage, near)
    stage.ground = near


def planet(stage: Stage, x: float, y: float, radius: float, colour: Rgb, *, ring: bool) -> None:
    """A banded globe, lit from one side, with a ring where wanted."""
    dice = stage.dice.split(f"planet {round(radius)}")
    canvas = stage.canvas
    canvas.glow(x, y, radius * 2.2, colour, 0.35)
    reach = round(radius * 2.4)
    side = reach * 2
    corner = (round(x) - reach, round(y) - reach)
    globe = Stencil(side, side)
    globe.ellipse(reach, reach, radius)
    disc = globe.mask()
    face = Image.new("RGB", (side, side), colour)
    for _ in range(9):
        band = Stencil(side, side)
        at, thick = reach + dice.between(-0.9, 0.9) * radius, radius * dice.between(0.03, 0.13)
        band.ellipse(reach, at, radius * 1.2, thick)
        face.paste(
            dice.pick((darker(colour, 0.16), lighter(colour, 0.22))),
            (0, 0),
            band.mask(radius / 40).point([round(v * 0.6) for v in range(256)]),
        )
    night = Stencil(side, side)
    night.ellipse(reach, reach, radius * 1.02)
    night.ellipse(reach - radius * 0.42, reach - radius * 0.36, radius * 1.08, value=0)
    face.paste(
        darker(stage.palette.sky[0], 0.3),
        (0, 0),
        night.mask(radius / 7).point([round(v * 0.82) for v in range(256)]),
    )
    if not ring:
        canvas.image.paste(face, corner, disc)
        return
    band = Stencil(side, side)
    band.ellipse(reach, reach, radius * 1.95, radius * 0.36)
    band.ellipse(reach, reach, radius * 1.38, radius * 0.22, value=0)
    hoop = band.mask().rotate(17, Image.Resampling.BICUBIC).point([round(v * 0.75) for v in range(256)])
    half = Stencil(side, side)
    half.rectangle(0, 0, side, reach)
    behind = half.mask().rotate(17, Image.Resampling.BICUBIC)
    tone = lighter(colour, 0.5)
    canvas.image.paste(tone, (*corner, corner[0] + side, corner[1] + side), ImageChops.multiply(hoop, behind))
    canvas.image.paste(face, corner, disc)
    canvas.image.paste(
        tone,
        (*corner, corner[0] + side, corner[1] + side),
        ImageChops.multiply(hoop, ImageChops.invert(behind)),
    )


def _craters(stage: Stage, ground: Ground) -> None:
    dice = stage.dice.split("craters")
    dark, light = stage.canvas.stencil(), stage.canvas.stencil()
    for _ in range(16):
        x = dice.between(0, stage.width)
        top = ground(x)
        y = top + stage.unit * 0.03 + dice.between(0, 1) * (stage.height - top)
        size = stage.unit * dice.between(0.01, 0.05)
        light.ellipse(x, y + size * 0.06, size, size * 0.3)
        dark.ellipse(x, y, size * 0.95, size * 0.25)
    tone = stage.palette.land(0.12)
    stage.canvas.fill(light.mask(), lighter(tone, 0.3), 0.5)
    stage.canvas.fill(dark.mask(), darker(tone, 0.35), 0.8)
