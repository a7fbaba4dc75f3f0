"""Cities and villages."""

from __future__ import annotations

from PIL import ImageChops

from rhflow.simulator.renders import water
from rhflow.simulator.renders.canvas import Stencil
from rhflow.simulator.renders.colour import Rgb, darker, lighter, mix
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.land import misty
from rhflow.simulator.renders.stage import Stage

WARM: Rgb = (255, 214, 130)


def skyline(stage: Stage) -> None:
    """Three depths of towers; lit windows when it is dark."""
    lit = stage.moonlit or stage.hour in {"dusk", "golden", "storm", "dawn"}
    for index, (depth, base, tall, wide) in enumerate(
        ((0.92, 0.64, 0.34, 0.05), (0.62, 0.72, 0.38, 0.075), (0.3, 0.82, 0.38, 0.115))
    ):
        dice = stage.dice.split(f"skyline {index}")
        towers, windows, signs = (stage.canvas.stencil() for _ in range(3))
        x = -stage.unit * dice.between(0, wide)
        while x < stage.width:
            width = stage.unit * wide * dice.between(0.6, 1.4)
            middle = 1 - abs((x + width / 2) / stage.width - 0.56) * (1.1 - 0.4 * index)
            height = stage.height * tall * middle * dice.between(0.4, 1.05)
            top = base * stage.height - height
            _tower(towers, dice, x, top, width, stage.height, stage.unit)
            if index:
                _windows(
                    windows, dice, x, top, width, stage.height, stage.unit * (0.006 + 0.004 * index), lit=lit
                )
            if index and stage.hour == "neon" and dice.chance(0.5):
                side = x + width * dice.between(0.1, 0.7)
                signs.rectangle(
                    side, top + height * 0.2, side + stage.unit * 0.014, top + height * dice.between(0.4, 0.7)
                )
            x += width + stage.unit * dice.between(0, wide * 0.18)
        mask = towers.mask()
        stage.canvas.fill(
            mask,
            misty(
                stage,
                depth,
                base * stage.height - stage.height * tall,
                base * stage.height + stage.height * 0.06,
            ),
        )
        stage.canvas.rim(
            mask, stage.palette.haze, stage.towards_light(stage.width / 2, stage.unit / 320), 0.4
        )
        tone = mix(WARM, stage.palette.light, 0.3) if lit else lighter(stage.palette.sky[2], 0.3)
        stage.canvas.fill(windows.mask(), tone, 0.9 if lit else 0.35)
        glow = signs.mask()
        stage.canvas.screen(signs.mask(stage.unit / 60), stage.palette.accent, 1)
        stage.canvas.fill(glow, lighter(stage.palette.accent, 0.4))


def _tower(
    stencil: Stencil, dice: Dice, x: float, top: float, width: float, bottom: float, unit: float
) -> None:
    stencil.rectangle(x, top, x + width, bottom)
    kind = dice.whole(0, 5)
    if kind == 0:
        stencil.rectangle(x + width * 0.2, top - width * 0.3, x + width * 0.8, top)
        stencil.line([(x + width / 2, top), (x + width / 2, top - width * 1.1)], max(0.8, unit / 400))
    elif kind == 1:
        stencil.polygon([(x, top), (x + width / 2, top - width * 0.5), (x + width, top)])
    elif kind == 2:
        stencil.polygon([(x, top), (x + width, top), (x + width, top - width * 0.45)])
    elif kind == 3:
        stencil.ellipse(x + width / 2, top, width / 2, width * 0.3)


def _windows(
    stencil: Stencil, dice: Dice, x: float, top: float, width: float, bottom: float, size: float, *, lit: bool
) -> None:
    columns = max(1, int(width / (size * 2.2)))
    gap = width / columns
    share = 0.42 if lit else 0.8
    y = top + size * 2
    while y < bottom:
        for column in range(columns):
            if dice.chance(share):
                left = x + column * gap + gap * 0.27
                stencil.rectangle(left, y, left + gap * 0.46, y + size * 1.2, value=dice.whole(90, 255))
        y += size * 2.6


def street(stage: Stage) -> None:
    """The foreground of a city: a quay whose wet stones mirror the lights, with a rail and lamps."""
    edge = round(stage.height * 0.805)
    water.mirror(stage, edge, bright=0.5)
    share = edge / stage.height
    shade = stage.canvas.gradient([(0, (255, 255, 255)), (share, (235, 235, 240)), (1, (70, 70, 84))])
    stage.canvas.image = ImageChops.multiply(stage.canvas.image, shade)
    rail = stage.canvas.stencil()
    rail.rectangle(0, edge - stage.unit * 0.008, stage.width, edge + stage.unit * 0.006)
    dice, lamps = stage.dice.split("lamps"), []
    for index in range(5):
        x = (index + dice.between(0.2, 0.8)) / 5 * stage.width
        if abs(x - stage.focus) > stage.unit * 0.2:
            top = edge - stage.unit * 0.19
            rail.line([(x, edge), (x, top)], stage.unit / 190)
            rail.line([(x, top), (x + stage.unit * 0.03, top - stage.unit * 0.006)], stage.unit / 240)
            lamps.append((x + stage.unit * 0.03, top))
    stage.canvas.fill(rail.mask(), darker(stage.palette.near, 0.4))
    if stage.moonlit or stage.hour in {"dusk", "golden", "storm", "fog"}:
        bulbs = stage.canvas.stencil()
        for x, y in lamps:
            bulbs.ellipse(x, y, stage.unit * 0.007, stage.unit * 0.004)
            stage.canvas.glow(x, y, stage.unit * 0.13, WARM, 0.55)
            stage.canvas.glow(x, edge + stage.unit * 0.07, stage.unit * 0.12, WARM, 0.3, 1.4)
        stage.canvas.fill(bulbs.mask(), lighter(WARM, 0.5))
    stage.ground = lambda _: edge + stage.height * 0.055


def village(stage: Stage, depth: float) -> None:
    """Little gabled houses along the line of the ground, windows lit."""
    dice = stage.dice.split("village")
    walls, roofs, windows = (stage.canvas.stencil() for _ in range(3))
    x = stage.width * 0.04
    while x < stage.width * 0.98:
        wide = stage.unit * dice.between(0.05, 0.095)
        if abs(x + wide / 2 - stage.focus) > stage.unit * 0.2 and dice.chance(0.8):
            foot = max(stage.ground(x), stage.ground(x + wide)) + stage.unit * 0.01
            high, ridge = wide * dice.between(0.6, 0.9), wide * dice.between(0.5, 0.7)
            walls.rectangle(x, foot - high, x + wide, foot)
            roofs.polygon(
                [
                    (x - wide * 0.12, foot - high),
                    (x + wide * 0.28, foot - high - ridge),
                    (x + wide * 0.78, foot - high - ridge),
                    (x + wide * 1.12, foot - high),
                ]
            )
            if dice.chance(0.6):
                roofs.rectangle(
                    x + wide * 0.6, foot - high - ridge * 1.4, x + wide * 0.74, foot - high - ridge * 0.9
                )
            for column in (0.2, 0.62):
                windows.rectangle(
                    x + wide * column, foot - high * 0.7, x + wide * (column + 0.18), foot - high * 0.32
                )
            x += wide * dice.between(1.15, 1.6)
        else:
            x += stage.unit * dice.between(0.06, 0.16)
    land = stage.palette.land(depth)
    stage.canvas.fill(walls.mask(), mix(lighter(land, 0.35), stage.palette.light, 0.12))
    mask = roofs.mask()
    snowy = "snow" in stage.reading.weathers
    roof = lighter(stage.palette.haze, 0.3) if snowy else mix(stage.palette.accent, land, 0.55)
    stage.canvas.fill(mask, roof)
    stage.canvas.rim(mask, stage.palette.haze, stage.towards_light(stage.width / 2, stage.unit / 300), 0.5)
    glow = windows.mask()
    if stage.moonlit or stage.hour in {"dusk", "winter", "storm", "fog", "dawn"}:
        stage.canvas.screen(windows.mask(stage.unit / 70), WARM, 0.9)
    stage.canvas.fill(glow, lighter(WARM, 0.2))
