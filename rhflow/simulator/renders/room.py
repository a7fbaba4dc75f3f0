"""An interior: a wide window on a landscape, a sill to sit on, things on the table."""

from __future__ import annotations

from rhflow.simulator.renders import foreground, land, sky
from rhflow.simulator.renders.colour import Rgb, darker, lighter, mix
from rhflow.simulator.renders.stage import Stage


def paint(stage: Stage) -> None:
    """The view first, then the wall with its window in front of it."""
    stage.horizon = stage.height * 0.66
    sky.paint(stage)
    land.mountains(stage, stage.horizon, stage.height * 0.24, 0.9, "view")
    land.hills(stage, [(0.7, 0.68, 0.08, 0.6), (0.48, 0.76, 0.08, 0.8)], "view")
    if stage.reading.has("rain", "storm"):
        foreground.rain(stage)
    wall = mix(mix(stage.palette.near, (60, 44, 40), 0.5), stage.palette.far, 0.12)
    left, right, top, sill = stage.width * 0.17, stage.width * 0.83, stage.height * 0.1, stage.height * 0.74
    _wall(stage, wall, (left, top, right, sill))
    _furnish(stage, wall, (left, top, right, sill))
    stage.ground = lambda _: sill + stage.height * 0.012


def _wall(stage: Stage, wall: Rgb, window: tuple[float, float, float, float]) -> None:
    left, top, right, sill = window
    canvas, frame = stage.canvas, stage.unit * 0.018
    stencil = canvas.stencil()
    stencil.rectangle(0, 0, stage.width, stage.height)
    stencil.rectangle(left, top, right, sill, value=0)
    mask = stencil.mask()
    canvas.fill(mask, canvas.gradient([(0, darker(wall, 0.28)), (0.7, wall), (1, darker(wall, 0.45))]))
    bars = canvas.stencil()
    for x in (left, left + (right - left) / 3, left + (right - left) * 2 / 3, right):
        bars.rectangle(x - frame / 2, top, x + frame / 2, sill)
    bars.rectangle(left, top + (sill - top) * 0.3 - frame / 2, right, top + (sill - top) * 0.3 + frame / 2)
    bars.rectangle(left - frame, top - frame, right + frame, top)
    mask = bars.mask()
    wood = darker(wall, 0.4)
    canvas.fill(mask, wood)
    canvas.rim(mask, stage.palette.haze, stage.towards_light(stage.width / 2, stage.unit / 300), 0.5)
    ledge = canvas.stencil()
    ledge.rectangle(left - stage.unit * 0.07, sill, right + stage.unit * 0.07, sill + stage.height * 0.035)
    board = ledge.mask()
    canvas.fill(board, mix(wood, stage.palette.haze, 0.3))
    canvas.rim(board, stage.palette.haze, (0, -stage.unit / 240), 0.7)
    canvas.glow(stage.width / 2, sill, stage.unit * 0.8, stage.palette.haze, 0.2, 0.5)


def _furnish(stage: Stage, wall: Rgb, window: tuple[float, float, float, float]) -> None:
    """Curtains, a plant, a stack of books, a lamp."""
    left, _, right, sill = window
    canvas, dice = stage.canvas, stage.dice.split("furniture")
    cloth = mix(stage.palette.accent, wall, 0.35)
    for side, edge in ((-1, left), (1, right)):
        for fold in range(5):
            x = edge + side * stage.unit * (0.02 + 0.035 * fold)
            stencil = canvas.stencil()
            wide = stage.unit * 0.045
            stencil.polygon(
                [
                    (x - wide, 0),
                    (x + wide, 0),
                    (x + wide * 1.2 + side * 4, sill * 1.16),
                    (x - wide * 1.2 + side * 4, sill * 1.16),
                ]
            )
            canvas.fill(
                stencil.mask(1),
                darker(cloth, 0.08 * (fold % 2) + 0.1) if fold else lighter(cloth, 0.06),
                0.97,
            )
    _lamp(stage, wall)
    right_side = stage.focus < stage.width / 2
    x = stage.width * (0.72 if right_side else 0.28)
    books, tones = sill, (stage.palette.accent, stage.palette.far, mix(stage.palette.light, wall, 0.3))
    for index in range(3):
        stencil = canvas.stencil()
        wide, thick = stage.unit * dice.between(0.075, 0.095), stage.unit * 0.025
        stencil.rectangle(x - wide, books - thick, x + wide, books)
        canvas.fill(stencil.mask(), mix(tones[index], wall, 0.3))
        books -= thick
    plant, pot = canvas.stencil(), canvas.stencil()
    x = stage.width * (0.6 if right_side else 0.4)
    size = stage.unit * 0.06
    pot.polygon(
        [
            (x - size * 0.8, sill - size * 1.2),
            (x + size * 0.8, sill - size * 1.2),
            (x + size * 0.55, sill),
            (x - size * 0.55, sill),
        ]
    )
    for leaf in range(9):
        reach, lean = stage.unit * dice.between(0.09, 0.17), (leaf - 4) * 0.24
        tip = (x + lean * reach, sill - size * 1.2 - reach * (1 - abs(lean) * 0.4))
        bend = (x + lean * reach * 0.3, sill - size * 1.2 - reach * 0.6)
        plant.polygon(
            [
                (x - 2, sill - size * 1.2),
                (bend[0] - stage.unit * 0.012, bend[1]),
                tip,
                (bend[0] + stage.unit * 0.012, bend[1]),
                (x + 2, sill - size * 1.2),
            ]
        )
    canvas.fill(plant.mask(), mix(mix(stage.palette.near, (60, 120, 80), 0.5), wall, 0.15))
    canvas.fill(pot.mask(), mix(stage.palette.accent, wall, 0.5))


def _lamp(stage: Stage, wall: Rgb) -> None:
    """A hanging lamp with a pool of warm light."""
    canvas = stage.canvas
    x, y, size = (
        stage.width * (0.3 if stage.focus > stage.width / 2 else 0.7),
        stage.height * 0.2,
        stage.unit * 0.06,
    )
    stencil = canvas.stencil()
    stencil.line([(x, 0), (x, y - size)], stage.unit / 360)
    stencil.polygon(
        [(x - size * 0.35, y - size), (x + size * 0.35, y - size), (x + size * 1.2, y), (x - size * 1.2, y)]
    )
    canvas.fill(stencil.mask(), mix(stage.palette.accent, wall, 0.2))
    bulb = canvas.stencil()
    bulb.ellipse(x, y, size * 0.34, size * 0.26)
    canvas.fill(bulb.mask(), (255, 240, 200))
    canvas.glow(x, y + size, stage.unit * 0.6, (255, 200, 120), 0.5)
    canvas.glow(x, y, stage.unit * 0.14, (255, 226, 160), 0.6)
