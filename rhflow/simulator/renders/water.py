"""Water: seas with light on them, lakes that mirror, the world under the surface."""

from __future__ import annotations

import math
from itertools import pairwise

from PIL import Image, ImageChops, ImageFilter

from rhflow.simulator.renders.canvas import Stencil
from rhflow.simulator.renders.colour import darker, lighter, mix
from rhflow.simulator.renders.dice import Wave
from rhflow.simulator.renders.land import line_polygon
from rhflow.simulator.renders.stage import Ground, Stage


def sea(stage: Stage) -> None:
    """Open water from the horizon down: gradient, the path of the light, waves."""
    palette, canvas = stage.palette, stage.canvas
    top = stage.horizon
    deep = mix(palette.near, palette.sky[0], 0.45)
    far = mix(palette.sky[3], palette.far, 0.4)
    share = top / stage.height
    stops = [(share, far), (share + (1 - share) * 0.3, mix(far, deep, 0.5)), (1.0, deep)]
    stencil = canvas.stencil()
    stencil.rectangle(0, top, stage.width, stage.height)
    mask = stencil.mask()
    canvas.fill(mask, canvas.gradient(stops))
    if stage.hour not in {"fog", "storm", "ink"} and not stage.reading.has("rain", "storm"):
        glitter(stage, top)
    waves(stage, top, deep)


def glitter(stage: Stage, top: float) -> None:
    """The path of sun or moon on the water: strokes, wider and sparser towards us."""
    dice = stage.dice.split("glitter")
    light = mix(stage.palette.light, stage.palette.sky[3], 0.25)
    stencil = stage.canvas.stencil()
    depth = stage.height - top
    x = stage.sun[0]
    y = top + 1.0
    while y < stage.height:
        near = (y - top) / depth
        spread = stage.unit * (0.05 + 0.2 * near)
        for _ in range(3):
            length = stage.unit * (0.015 + 0.09 * near) * dice.between(0.4, 1.3)
            streak(stencil, x + dice.bell(0, spread * 0.5), y, length, stage.unit * (0.0012 + 0.0042 * near))
        y += stage.unit * (0.004 + 0.017 * near)
    mask = stencil.mask()
    stage.canvas.screen(mask.filter(ImageFilter.GaussianBlur(stage.unit / 50)), light, 0.5)
    stage.canvas.fill(mask, light, 0.62 if stage.moonlit else 0.75)


def streak(stencil: Stencil, x: float, y: float, length: float, thick: float) -> None:
    """A lens lying flat."""
    half = length / 2
    stencil.polygon(
        [
            (x - half, y),
            (x - half * 0.4, y - thick),
            (x + half * 0.4, y - thick),
            (x + half, y),
            (x + half * 0.4, y + thick),
            (x - half * 0.4, y + thick),
        ]
    )


def waves(stage: Stage, top: float, deep: tuple[int, int, int]) -> None:
    """Short dark and light strokes all over the water."""
    dice = stage.dice.split("waves")
    rough = 1.6 if stage.reading.has("storm") else 1.0
    for colour, strength in (
        (darker(deep, 0.35), 0.3),
        (lighter(mix(deep, stage.palette.sky[3], 0.5), 0.2), 0.34),
    ):
        stencil = stage.canvas.stencil()
        for _ in range(round(150 * rough)):
            near = dice.between(0.01, 1) ** 1.3
            streak(
                stencil,
                dice.between(0, stage.width),
                top + (stage.height - top) * near,
                stage.unit * (0.02 + 0.13 * near) * dice.between(0.5, 1.4),
                stage.unit * (0.001 + 0.004 * near) * rough,
            )
        stage.canvas.fill(stencil.mask(), colour, strength)


def breakers(stage: Stage) -> None:
    """Swell in the foreground, with thin crests of foam; high seas in a storm."""
    dice = stage.dice.split("breakers")
    stormy = stage.reading.has("storm")
    for index, base in enumerate((0.74, 0.83, 0.93) if stormy else (0.86, 0.92, 0.985)):
        wave, start = Wave(dice.split(f"w{index}"), 3, 0.35), dice.between(0, 9)
        tall, long = stage.height * (0.13 if stormy else 0.035), stage.unit * (0.34 + 0.1 * index)

        def line(
            x: float,
            base: float = base,
            tall: float = tall,
            long: float = long,
            wave: Wave = wave,
            start: float = start,
        ) -> float:
            swell = wave.at(start + x / long)
            return base * stage.height - tall * (max(swell, -0.4) + 0.35 * max(0.0, swell) ** 2)

        stencil = stage.canvas.stencil()
        stencil.polygon(line_polygon(stage, line))
        mask = stencil.mask()
        deep = mix(stage.palette.near, stage.palette.sky[0], 0.4 - index * 0.13)
        crest = mix(deep, stage.palette.sky[3], 0.5 - 0.1 * index if stormy else 0.3)
        high = max(0.0, base - tall / stage.height)
        stops = [(high, crest), (min(0.99, base + 0.05), deep), (1.0, darker(deep, 0.25))]
        stage.canvas.fill(mask, stage.canvas.gradient(stops))
        foam = lighter(stage.palette.sky[3], 0.45)
        stage.canvas.rim(mask, foam, (0, -stage.unit / (240 if stormy else 330)), 0.55)
        flecks = stage.canvas.stencil()
        for _ in range(50):
            x = dice.between(0, stage.width)
            y = line(x) + stage.unit * dice.between(0.008, 0.05)
            streak(flecks, x, y, stage.unit * dice.between(0.015, 0.07), stage.unit * 0.0016)
        stage.canvas.fill(flecks.mask(), foam, 0.32)


def mirror(stage: Stage, top: float, *, bright: float = 0.62) -> None:
    """Still water below `top`: everything above, upside down, darker and rippled."""
    depth = stage.height - round(top)
    above = stage.canvas.image.crop((0, max(0, round(top) - depth), stage.width, round(top)))
    flipped = above.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((stage.width, depth))
    flipped = flipped.filter(ImageFilter.BoxBlur((0.0, stage.unit / 300)))
    deep = mix(stage.palette.near, stage.palette.sky[1], 0.45)
    tint = Image.new("RGB", flipped.size, deep)
    flipped = Image.blend(tint, flipped, bright)
    wave = Wave(stage.dice.split("ripple"), 2)
    rippled = Image.new("RGB", flipped.size)
    for row in range(depth):
        near = row / depth
        shift = round(wave.at(row / (1.5 + near * 7)) * stage.unit * (0.001 + 0.011 * near))
        strip = flipped.crop((0, row, stage.width, row + 1))
        rippled.paste(strip, (shift, row))
        if shift:
            rippled.paste(strip, (shift - stage.width if shift > 0 else shift + stage.width, row))
    stage.canvas.image.paste(rippled, (0, round(top)))
    dice, stencil = stage.dice.split("shine"), stage.canvas.stencil()
    for _ in range(60):
        near = dice.between(0, 1) ** 1.5
        streak(
            stencil,
            dice.between(0, stage.width),
            top + depth * near,
            stage.unit * (0.05 + 0.25 * near) * dice.between(0.4, 1.2),
            stage.unit * (0.0008 + 0.002 * near),
        )
    stage.canvas.fill(stencil.mask(), lighter(stage.palette.sky[3], 0.3), 0.34)


def below(stage: Stage) -> None:
    """Under the surface: shafts of light, far rocks, coral, weed, bubbles, a shoal."""
    first, second, third, fourth = stage.palette.sky
    canvas, dice = stage.canvas, stage.dice.split("below")
    canvas.image.paste(canvas.gradient([(0, first), (0.28, second), (0.7, third), (1, fourth)]))
    shafts(stage, (stage.sun[0], -stage.height * 0.25), 9, lighter(first, 0.5), 0.3)
    canvas.glow(stage.sun[0], 0, stage.unit * 0.9, lighter(first, 0.6), 0.6)
    for index, (base, tall) in enumerate(((0.84, 0.16), (0.9, 0.12), (0.97, 0.08))):
        wave = Wave(dice.split(f"bed {index}"), 4, 0.5)
        depth = 0.8 - 0.4 * index

        def line(x: float, base: float = base, tall: float = tall, wave: Wave = wave) -> float:
            return stage.height * (base - tall * wave.at(x / stage.unit * 1.4))

        stencil = canvas.stencil()
        stencil.polygon(line_polygon(stage, line))
        tone = mix(stage.palette.near, third, 0.65 * depth)
        canvas.fill(stencil.mask(), tone)
        if index:
            _weeds(stage, index, line)
        stage.ground = line
    _shoal(stage)
    bubbles = canvas.stencil()
    for _ in range(46):
        size = stage.unit * dice.between(0.002, 0.009)
        x, y = dice.between(0, stage.width), dice.between(0.1, 0.95) * stage.height
        bubbles.ellipse(x, y, size)
        bubbles.ellipse(x + size * 0.15, y + size * 0.15, size * 0.72, value=70)
    canvas.fill(bubbles.mask(), lighter(first, 0.6), 0.6)


def _weeds(stage: Stage, index: int, line: Ground) -> None:
    """Swaying weed and branching coral on the sea bed."""
    dice = stage.dice.split(f"weeds {index}")
    weed, coral = stage.canvas.stencil(), stage.canvas.stencil()
    x = 0.0
    while x < stage.width:
        x += stage.unit * dice.between(0.02, 0.12)
        foot = line(x) + 6
        tall = stage.unit * dice.between(0.06, 0.2) * (0.7 + 0.3 * index)
        if dice.chance(0.65):
            sway = dice.between(0.6, 1.6)
            points = [
                (x + math.sin(share * 4 * sway + x) * tall * 0.1 * share, foot - tall * share)
                for share in (i / 10 for i in range(11))
            ]
            for step, (start, end) in enumerate(pairwise(points)):
                weed.line([start, end], max(0.8, stage.unit * 0.011 * (1 - step / 11)))
        else:
            for branch in range(7):
                turn = math.pi * (0.15 + 0.7 * branch / 6)
                reach = tall * dice.between(0.35, 0.6)
                end = (x + math.cos(turn) * reach, foot - math.sin(turn) * reach)
                coral.line([(x, foot), end], stage.unit * 0.011)
                coral.ellipse(*end, stage.unit * 0.009)
    third = stage.palette.sky[2]
    stage.canvas.fill(
        weed.mask(), mix(mix(stage.palette.near, (40, 120, 90), 0.45), third, 0.35 - 0.15 * index)
    )
    stage.canvas.fill(coral.mask(), mix(stage.palette.accent, third, 0.65 - 0.22 * index))


def _shoal(stage: Stage) -> None:
    dice = stage.dice.split("shoal")
    stencil = stage.canvas.stencil()
    middle = (stage.width * dice.between(0.2, 0.8), stage.height * dice.between(0.25, 0.45))
    for _ in range(36):
        x, y = middle[0] + dice.bell(0, 0.14) * stage.unit, middle[1] + dice.bell(0, 0.05) * stage.unit
        size = stage.unit * dice.between(0.007, 0.013)
        stencil.ellipse(x, y, size, size * 0.42)
        stencil.polygon(
            [(x - size * 0.8, y), (x - size * 1.6, y - size * 0.45), (x - size * 1.6, y + size * 0.45)]
        )
    stage.canvas.fill(stencil.mask(), mix(stage.palette.near, stage.palette.sky[2], 0.5), 0.8)


def shafts(
    stage: Stage, source: tuple[float, float], count: int, colour: tuple[int, int, int], strength: float
) -> None:
    """Beams of light that spread from a point, drawn small and blurred."""
    dice = stage.dice.split("shafts")
    scale = 4
    small = Stencil(max(8, stage.width // scale), max(8, stage.height // scale))
    reach = stage.height * 2.2 / scale
    for _ in range(count):
        turn, wide = dice.between(0.18, 0.82) * math.pi, dice.between(0.015, 0.05)
        x, y = source[0] / scale, source[1] / scale
        ends = [
            (x + math.cos(turn + side * wide) * reach, y + math.sin(turn + side * wide) * reach)
            for side in (-1, 1)
        ]
        small.polygon([(x, y), *ends], dice.whole(90, 255))
    mask = small.mask(stage.unit / scale / 45)
    fade = (
        Image.linear_gradient("L")
        .resize(mask.size)
        .point([max(0, 255 - round(value * 1.05)) for value in range(256)])
    )
    mask = ImageChops.multiply(mask, fade).resize((stage.width, stage.height), Image.Resampling.BICUBIC)
    stage.canvas.screen(mask, colour, strength)
