"""Land in several depths: mountains, hills, dunes, forests, meadows."""

from __future__ import annotations

import math
from collections.abc import Callable

from PIL import Image, ImageChops

from rhflow.simulator.renders import growth
from rhflow.simulator.renders.canvas import Paint, Point, Stencil
from rhflow.simulator.renders.colour import Rgb, darker, lighter, mix
from rhflow.simulator.renders.dice import Dice, Wave
from rhflow.simulator.renders.stage import Ground, Stage

Line = Callable[[float], float]


def line_polygon(stage: Stage, line: Line, step: float = 3) -> list[Point]:
    """The area under a line, down to the bottom of the picture."""
    count = math.ceil(stage.width / step) + 1
    points = [(index * step, line(index * step)) for index in range(count)]
    return [*points, (count * step, stage.height + 2.0), (0.0, stage.height + 2.0)]


def misty(stage: Stage, depth: float, top: float, bottom: float) -> Paint:
    """The paint of land at a depth: it fades into haze towards its foot."""
    colour = stage.palette.land(depth)
    mist = mix(colour, stage.palette.haze, 0.1 + 0.5 * depth) if depth > 0.12 else darker(colour, 0.4)
    high, low = top / stage.height, min(1.0, max(bottom, top + 1) / stage.height)
    return stage.canvas.gradient([(high, colour), (low, mist), (1.0, mist)])


def layer(
    stage: Stage, line: Line, depth: float, *, foot: float | None = None, rim: float = 0.0
) -> Image.Image:
    """Paint the land under a line; returns its mask. `rim` lights its crest."""
    stencil = stage.canvas.stencil()
    points = line_polygon(stage, line)
    stencil.polygon(points)
    mask = stencil.mask()
    top = min(y for _, y in points)
    stage.canvas.fill(mask, misty(stage, depth, top, foot if foot is not None else top + stage.height * 0.3))
    if rim:
        stage.canvas.rim(mask, mix(stage.palette.haze, stage.palette.light, 0.4), (0, -stage.unit / 240), rim)
    return mask


def hill_line(dice: Dice, base: float, height: float, stretch: float) -> Line:
    """Rolling hills: `stretch` pixels from swell to swell."""
    wave, start = Wave(dice, 3, 0.35), dice.between(0, 50)
    return lambda x: base - height * (0.5 + 0.5 * wave.at(start + x / stretch))


def mountains(stage: Stage, base: float, height: float, depth: float, name: str) -> None:
    """A range of single peaks with a lit and a shaded side, and snow where it is due."""
    dice = stage.dice.split(name)
    whole, shade, snow = (stage.canvas.stencil() for _ in range(3))
    count = min(16, max(5, round(stage.width / height * 1.25) + dice.whole(0, 2)))
    spacing = stage.width / (count - 1)
    peaks = [
        (index * spacing + dice.between(-0.4, 0.4) * spacing, dice.between(0.38, 1.0))
        for index in range(count)
    ]
    best = max(range(count), key=lambda index: peaks[index][1] - abs(peaks[index][0] / stage.width - 0.6))
    peaks[best] = (peaks[best][0], 1.12)
    snowy = height > stage.height * 0.2
    for x, rise in sorted(peaks, key=lambda peak: peak[1]):
        _peak(stage, dice, (whole, shade, snow), x, base, height * rise, snowy=snowy)
    whole.rectangle(0, base - 1, stage.width, stage.height)
    mask = whole.mask()
    colour = stage.palette.land(depth)
    stage.canvas.fill(mask, misty(stage, depth, base - height, base + stage.height * 0.04))
    dark = mix(darker(colour, 0.3), stage.palette.sky[0], 0.25)
    fade = _fade(stage, base - height, base)
    stage.canvas.fill(ImageChops.multiply(shade.mask(0.5), fade), dark, 0.55)
    if snowy:
        cap = lighter(
            stage.palette.haze if stage.hour == "ink" else mix(stage.palette.haze, stage.palette.light, 0.6),
            0.25,
        )
        lit, unlit = snow.mask(0.4), shade.mask(0.5)
        stage.canvas.fill(lit, mix(cap, stage.palette.sky[1], 0.1), 0.85 if not stage.moonlit else 0.5)
        stage.canvas.fill(ImageChops.multiply(lit, unlit), mix(cap, stage.palette.sky[0], 0.55), 0.7)


def _peak(
    stage: Stage,
    dice: Dice,
    stencils: tuple[Stencil, Stencil, Stencil],
    x: float,
    base: float,
    height: float,
    *,
    snowy: bool,
) -> None:
    whole, shade, snow = stencils
    top = base - height
    half = height * dice.between(0.95, 1.35)
    left = _slope(dice, (x, top), (x - half, base), height)
    right = _slope(dice, (x, top), (x + half * dice.between(0.85, 1.2), base), height)
    outline = [*reversed(left), *right]
    whole.polygon(outline)
    shade.polygon(outline, 0)
    snow.polygon(outline, 0)
    sunny_left = stage.sun[0] < x
    ridge = _slope(dice, (x, top), (x + half * dice.between(-0.12, 0.12), base), height * 2.2)
    dark_side = right if sunny_left else left
    shade.polygon([*dark_side, *reversed(ridge)])
    if snowy and height > stage.height * 0.14:
        _snow_cap(dice, snow, left, right, height)


def _slope(dice: Dice, start: Point, end: Point, rough: float) -> list[Point]:
    """A broken line down from a peak."""
    steps = 18
    points = []
    for index in range(steps + 1):
        share = index / steps
        wobble = (
            dice.between(-1, 1) * rough * 0.03 * math.sin(math.pi * share) ** 0.5 if 0 < index < steps else 0
        )
        bend = math.sin(math.pi * share) * 0.05 * (end[0] - start[0])
        points.append(
            (start[0] + (end[0] - start[0]) * share + wobble - bend, start[1] + (end[1] - start[1]) * share)
        )
    return points


def _snow_cap(dice: Dice, snow: Stencil, left: list[Point], right: list[Point], height: float) -> None:
    reach = dice.whole(5, 7)
    from_x, to_x = left[reach][0], right[reach][0]
    level = left[reach][1]
    teeth = 9
    edge = []
    for index in range(1, teeth):
        share = index / teeth
        drop = height * (0.09 if index % 2 else -0.06) * dice.between(0.5, 1.2)
        edge.append((to_x + (from_x - to_x) * share, level + drop))
    snow.polygon([*reversed(left[: reach + 1]), *right[: reach + 1], *edge])


def _fade(stage: Stage, top: float, bottom: float) -> Image.Image:
    """A mask that is white at `top` and gone at `bottom`."""
    column = Image.new("L", (1, stage.height))
    span = max(1.0, bottom - top)
    column.putdata([max(0, min(255, round(255 * (1 - (y - top) / span)))) for y in range(stage.height)])
    return column.resize((stage.width, stage.height), Image.Resampling.NEAREST)


def hills(stage: Stage, depths: list[tuple[float, float, float, float]], name: str) -> Ground:
    """Hills from far to near: (depth, base, height, stretch); base and height are shares of the picture."""
    line: Line = lambda _: float(stage.height)  # noqa: E731
    for index, (depth, base, height, stretch) in enumerate(depths):
        line = hill_line(
            stage.dice.split(f"{name} {index}"),
            base * stage.height,
            height * stage.height,
            stretch * stage.unit,
        )
        layer(stage, line, depth, foot=(base + 0.14) * stage.height, rim=0.25 if depth > 0.1 else 0.4)
    return line


def forest_ridge(stage: Stage, line: Line, depth: float, size: float, name: str) -> None:
    """A ridge grown with conifers, all one silhouette."""
    dice = stage.dice.split(name)
    stencil = stage.canvas.stencil()
    stencil.polygon(line_polygon(stage, line))
    x = -size
    top = min(line(at) for at in range(0, stage.width, 40)) - size
    while x < stage.width + size:
        tall = size * dice.between(0.55, 1.15)
        growth.pine(
            stencil,
            dice,
            x,
            line(max(0, min(stage.width, x))) + size * 0.1,
            tall,
            detailed=size > stage.unit * 0.12,
        )
        x += size * dice.between(0.12, 0.34)
    mask = stencil.mask()
    stage.canvas.fill(mask, misty(stage, depth, top, top + stage.height * 0.32))
    stage.canvas.rim(
        mask,
        mix(stage.palette.haze, stage.palette.light, 0.4),
        stage.towards_light(stage.width / 2, stage.unit / 300),
        0.3,
    )


def dunes(stage: Stage) -> Ground:
    """Dunes with sharp crests: a lit side and a shaded one."""
    line: Line = lambda _: float(stage.height)  # noqa: E731
    for index, (depth, base, height, stretch) in enumerate(
        ((0.8, 0.60, 0.09, 0.9), (0.55, 0.67, 0.13, 1.1), (0.3, 0.77, 0.17, 1.4), (0.08, 0.9, 0.2, 1.9))
    ):
        dice = stage.dice.split(f"dune {index}")
        line = hill_line(dice, base * stage.height, height * stage.height, stretch * stage.unit)
        mask = layer(stage, line, depth, foot=(base + 0.2) * stage.height, rim=0.5)
        shadow = stage.canvas.stencil()
        _dune_shade(stage, dice, shadow, line)
        tone: Rgb = mix(darker(stage.palette.land(depth), 0.35), stage.palette.sky[0], 0.25)
        fade = _fade(stage, (base - height) * stage.height, (base + 0.16) * stage.height)
        stage.canvas.fill(ImageChops.multiply(ImageChops.multiply(shadow.mask(0.6), mask), fade), tone, 0.6)
    return line


def _dune_shade(stage: Stage, dice: Dice, stencil: Stencil, line: Line) -> None:
    """Shade the side of each crest that looks away from the light."""
    step = 6
    crests = [
        x
        for x in range(step, stage.width - step, step)
        if line(x) < line(x - step) and line(x) <= line(x + step)
    ]
    side = 1 if stage.sun[0] < stage.width / 2 else -1
    for x in crests:
        reach = stage.unit * dice.between(0.5, 0.9)
        edge: list[Point] = [
            (x + side * along, line(x + side * along) - 1) for along in range(0, round(reach), step)
        ]
        sweep = [
            (
                x + side * reach * share * 0.9 - side * math.sin(share * math.pi) * reach * 0.22,
                line(x) + reach * 0.5 * share,
            )
            for share in (index / 14 for index in range(15))
        ]
        stencil.polygon([*edge, *reversed(sweep)])


def isles(stage: Stage) -> None:
    """Low islands on the sea's horizon."""
    dice = stage.dice.split("isles")
    stencil = stage.canvas.stencil()
    for _ in range(dice.whole(2, 4)):
        middle, wide = dice.between(0, 1) * stage.width, stage.unit * dice.between(0.12, 0.4)
        tall = stage.height * dice.between(0.02, 0.07)
        wave, lean = Wave(dice.split(f"isle {middle}"), 4, 0.55), dice.between(-0.25, 0.25)
        crest = []
        for step in range(41):
            share = step / 20 - 1
            swell = max(0.0, 1 - abs(share - lean * (1 - abs(share))) ** 1.5) ** 0.8
            crest.append(
                (middle + share * wide, stage.horizon + 2 - tall * swell * (0.8 + 0.5 * wave.at(share * 3)))
            )
        stencil.polygon(crest)
    mask = stencil.mask()
    stage.canvas.fill(mask, misty(stage, 0.86, stage.horizon - stage.height * 0.08, stage.horizon))
    stage.canvas.rim(mask, stage.palette.haze, stage.towards_light(stage.width / 2, stage.unit / 320), 0.4)


def headland(stage: Stage, *, wide: bool) -> None:
    """A cliff that runs into the sea from the side of the subject."""
    dice = stage.dice.split("headland")
    right = stage.focus > stage.width / 2
    reach = stage.unit * (0.85 if wide else 0.34)
    edge = (
        stage.focus + (-1 if right else 1) * stage.unit * 0.3
        if wide
        else (stage.width - reach if right else reach)
    )
    level = stage.height * (0.815 if wide else 0.9)
    wave = Wave(dice, 4, 0.5)

    def line(x: float) -> float:
        inland = (x - edge) if right else (edge - x)
        if inland < -stage.unit * 0.12:
            return stage.height + 4.0
        rise = min(1.0, max(0.0, (inland + stage.unit * 0.12) / (stage.unit * 0.22)))
        rise = math.sqrt(rise)
        return (
            stage.height
            + 4
            - (stage.height + 4 - level) * rise
            + wave.at(x / stage.unit * 3.1) * stage.unit * 0.016
        )

    layer(stage, line, 0.05, rim=0.55)
    stage.ground = line


def shore(stage: Stage) -> None:
    """The near bank of a lake: a low dark slope in one corner."""
    dice = stage.dice.split("shore")
    right = stage.focus > stage.width / 2
    wave = Wave(dice, 3, 0.5)

    def line(x: float) -> float:
        share = x / stage.width if right else 1 - x / stage.width
        return (
            stage.height * (0.99 - 0.2 * math.sqrt(max(0.0, share - 0.1)) * 0.95)
            + wave.at(x / stage.unit * 2) * stage.unit * 0.012
        )

    layer(stage, line, 0.04, rim=0.5)
    stage.ground = line


def mesas(stage: Stage) -> None:
    """Table mountains far away in the desert."""
    dice = stage.dice.split("mesas")
    stencil = stage.canvas.stencil()
    base = stage.height * 0.6
    x = -stage.unit * 0.1
    while x < stage.width:
        wide, tall = stage.unit * dice.between(0.14, 0.34), stage.height * dice.between(0.05, 0.16)
        stencil.polygon(
            [
                (x - wide * 0.14, base),
                (x, base - tall * 0.55),
                (x + wide * 0.04, base - tall),
                (x + wide * 0.9, base - tall * dice.between(0.93, 1)),
                (x + wide * 0.97, base - tall * 0.5),
                (x + wide * 1.15, base),
            ]
        )
        x += wide * dice.between(1.2, 2.4)
    stencil.rectangle(0, base - 2, stage.width, stage.height)
    stage.canvas.fill(stencil.mask(), misty(stage, 0.9, base - stage.height * 0.16, base + 4))
