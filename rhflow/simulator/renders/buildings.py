"""Built things: lighthouse, house, castle, pagoda, windmill, bridge, tent, and a few small ones."""

from __future__ import annotations

import math

from rhflow.simulator.renders.colour import Rgb, darker, lighter, mix
from rhflow.simulator.renders.pen import Pen

LAMP: Rgb = (255, 222, 140)
STONE: Rgb = (92, 88, 96)


def lighthouse(pen: Pen, coat: Rgb) -> None:
    """White with coloured bands, on a rock, its lamp lit."""
    rock = mix(pen.stage.palette.near, (20, 22, 30), 0.25)
    wall = mix((250, 246, 236), pen.stage.palette.sky[2], 0.3)
    pen.part(rock)
    pen.poly(
        "-0.46,-0.12 -0.38,-0.01 -0.3,0.02 -0.24,0.09 -0.12,0.1 0,0.12 0.14,0.1 0.22,0.05 "
        "0.32,0.03 0.4,-0.04 0.5,-0.12"
    )
    pen.part(wall)
    pen.poly("-0.13,0.08 -0.078,0.8 0.078,0.8 0.13,0.08")
    pen.part(coat)
    for low in (0.14, 0.38, 0.62):
        pen.poly(_band(low, low + 0.12))
    pen.part(darker(wall, 0.42), strength=0.4)
    side = -1 if (pen.stage.sun[0] > pen.stage.focus) != pen.flip else 1
    pen.poly([(side * 0.13, 0.08), (side * 0.078, 0.8), (side * 0.018, 0.8), (side * 0.03, 0.08)])
    dark = darker(coat, 0.62)
    pen.part(dark)
    pen.rect(-0.105, 0.8, 0.105, 0.825)
    for x in (-0.1, -0.05, 0.0, 0.05, 0.1):
        pen.line([(x, 0.82), (x, 0.87)], 0.008)
    pen.rect(-0.104, 0.865, 0.104, 0.875)
    pen.part(lighter(LAMP, 0.3))
    pen.rect(-0.055, 0.825, 0.055, 0.93)
    pen.part(dark)
    for x in (-0.055, 0, 0.055):
        pen.line([(x, 0.825), (x, 0.93)], 0.01)
    pen.blob("-0.08,0.925 -0.05,0.985 0,1.01 0.05,0.985 0.08,0.925 0,0.92")
    pen.line([(0, 1.0), (0, 1.06)], 0.012)
    pen.part((60, 60, 74))
    pen.rect(-0.018, 0.52, 0.018, 0.57)
    pen.rect(-0.02, 0.28, 0.02, 0.34)
    if pen.stage.moonlit or pen.stage.hour in {"dusk", "storm", "fog", "golden", "dawn"}:
        strong = 0.5 if pen.stage.moonlit or pen.stage.hour in {"storm", "dusk"} else 0.22
        for reach in (0.45, 0.75, 1.05):
            pen.part(lighter(LAMP, 0.4), strength=strong * 0.4, soft=0.03)
            pen.poly(
                [(0.03, 0.885), (reach, 0.88 + reach * 0.13), (reach, 0.875 - reach * 0.03), (0.03, 0.87)]
            )
            pen.poly(
                [(-0.03, 0.885), (-reach, 0.88 + reach * 0.08), (-reach, 0.875 - reach * 0.02), (-0.03, 0.87)]
            )
        pen.glow(0, 0.88, 0.55, LAMP, 0.7)


def _band(low: float, high: float) -> list[tuple[float, float]]:
    left, right = (0.13 - (y - 0.08) / 0.72 * 0.052 for y in (low, high))
    return [(-left, low), (-right, high), (right, high), (left, low)]


def house(pen: Pen, coat: Rgb) -> None:
    """A cottage with a warm window and smoke from the chimney."""
    wall = mix((238, 224, 200), pen.stage.palette.near, 0.25)
    pen.part((235, 235, 240), strength=0.4, soft=0.015)
    for index in range(6):
        pen.oval(0.24 + 0.03 * index + 0.02 * math.sin(index * 2), 0.98 + 0.065 * index, 0.03 + 0.014 * index)
    pen.part(darker(wall, 0.5))
    pen.rect(0.19, 0.7, 0.29, 0.96)
    pen.part(wall)
    pen.poly("-0.38,0 -0.38,0.46 0.38,0.46 0.38,0")
    pen.poly([(-0.38, 0.46), (-0.1, 0.82), (0.16, 0.46)])
    pen.part(coat)
    pen.poly("-0.48,0.4 -0.12,0.86 -0.06,0.86 -0.4,0.4")
    pen.poly("-0.12,0.86 0.28,0.86 0.48,0.42 0.18,0.42 -0.08,0.8")
    pen.part(darker(coat, 0.5))
    pen.blob("-0.17,0 -0.17,0.22 -0.1,0.29 -0.03,0.22 -0.03,0")
    pen.part(lighter(LAMP, 0.15))
    pen.rect(0.08, 0.15, 0.28, 0.32)
    pen.rect(-0.16, 0.46, -0.04, 0.58)
    pen.part(darker(coat, 0.5))
    pen.rect(0.172, 0.15, 0.188, 0.32)
    pen.rect(0.08, 0.228, 0.28, 0.242)
    pen.rect(-0.107, 0.46, -0.093, 0.58)
    pen.glow(0.18, 0.23, 0.4, LAMP, 0.4)
    pen.glow(-0.1, 0.52, 0.25, LAMP, 0.3)


def castle(pen: Pen, coat: Rgb) -> None:
    wall = mix(STONE, pen.stage.palette.far, 0.4)
    pen.part(darker(wall, 0.15))
    for x, wide, high in ((-0.2, 0.11, 0.72), (0.22, 0.1, 0.66)):
        pen.rect(x - wide / 2, 0, x + wide / 2, high)
    pen.part(wall)
    pen.rect(-0.42, 0, 0.42, 0.34)
    for index in range(11):
        pen.rect(-0.42 + index * 0.08, 0.33, -0.38 + index * 0.08, 0.385)
    for x, wide, high in ((-0.42, 0.15, 0.5), (0.42, 0.15, 0.46), (0.0, 0.2, 0.78)):
        pen.rect(x - wide / 2, 0, x + wide / 2, high)
        pen.rect(x - wide * 0.6, high - 0.05, x + wide * 0.6, high)
    pen.part(coat)
    for x, wide, low, high in (
        (-0.42, 0.2, 0.5, 0.76),
        (0.42, 0.2, 0.46, 0.7),
        (0.0, 0.26, 0.78, 1.12),
        (-0.2, 0.15, 0.72, 0.95),
        (0.22, 0.14, 0.66, 0.86),
    ):
        pen.poly([(x - wide / 2, low), (x, high), (x + wide / 2, low)])
        pen.line([(x, high - 0.01), (x, high + 0.07)], 0.008)
        pen.poly([(x, high + 0.07), (x + 0.07, high + 0.045), (x, high + 0.02)])
    pen.part(darker(wall, 0.55))
    pen.blob("-0.065,0 -0.065,0.14 0,0.21 0.065,0.14 0.065,0")
    pen.part(LAMP)
    for x, y in (
        (-0.42, 0.4),
        (0.42, 0.36),
        (0.0, 0.62),
        (0.0, 0.45),
        (-0.2, 0.6),
        (0.22, 0.55),
        (-0.25, 0.2),
        (0.25, 0.2),
    ):
        pen.rect(x - 0.014, y - 0.03, x + 0.014, y + 0.03)
    pen.glow(0, 0.5, 0.5, LAMP, 0.22)


def pagoda(pen: Pen, coat: Rgb) -> None:
    """Five storeys with swung roofs."""
    wood = darker(coat, 0.35)
    pen.part(STONE)
    pen.poly("-0.32,0 -0.28,0.05 0.28,0.05 0.32,0")
    for storey in range(5):
        low, half = 0.05 + storey * 0.165, 0.2 - storey * 0.026
        pen.part(wood)
        pen.rect(-half, low, half, low + 0.11)
        pen.part(LAMP)
        for x in (-0.5, 0, 0.5):
            pen.rect(x * half * 1.2 - 0.022, low + 0.025, x * half * 1.2 + 0.022, low + 0.085)
        pen.part(mix(coat, (24, 22, 30), 0.3))
        wide = half + 0.13
        pen.poly(
            [
                (-wide, low + 0.115),
                (-wide * 0.92, low + 0.11),
                (-half, low + 0.1),
                (half, low + 0.1),
                (wide * 0.92, low + 0.11),
                (wide, low + 0.115),
                (wide * 1.06, low + 0.15),
                (wide * 0.8, low + 0.13),
                (half * 0.8, low + 0.17),
                (-half * 0.8, low + 0.17),
                (-wide * 0.8, low + 0.13),
                (-wide * 1.06, low + 0.15),
            ]
        )
    pen.part(mix(coat, (24, 22, 30), 0.3))
    pen.line([(0, 0.86), (0, 1.06)], 0.02, 0.008)
    for y in (0.91, 0.95, 0.99):
        pen.oval(0, y, 0.03, 0.01)
    pen.glow(0, 0.4, 0.6, LAMP, 0.2)


def windmill(pen: Pen, coat: Rgb) -> None:
    wall = mix((240, 230, 212), pen.stage.palette.near, 0.2)
    pen.part(wall)
    pen.poly("-0.2,0 -0.12,0.56 0.12,0.56 0.2,0")
    pen.part(coat)
    pen.blob("-0.15,0.55 -0.11,0.66 0,0.71 0.11,0.66 0.15,0.55 0,0.54")
    pen.part(darker(coat, 0.5))
    pen.blob("-0.05,0 -0.05,0.13 0,0.17 0.05,0.13 0.05,0")
    hub, start = (0.0, 0.6), pen.dice.between(0.1, 0.6)
    for arm in range(4):
        turn = start + arm * math.pi / 2
        tip = (hub[0] + math.cos(turn) * 0.48, hub[1] + math.sin(turn) * 0.48)
        pen.line([hub, tip], 0.016)
        cos, sin = math.cos(turn), math.sin(turn)
        blade = [(0.1, 0.015), (0.48, 0.015), (0.48, 0.12), (0.1, 0.1)]
        pen.poly([(hub[0] + cos * a - sin * b, hub[1] + sin * a + cos * b) for a, b in blade])
    pen.oval(*hub, 0.03)
    pen.part(LAMP)
    pen.rect(-0.03, 0.32, 0.03, 0.4)
    pen.glow(0, 0.36, 0.2, LAMP, 0.35)


def bridge(pen: Pen, coat: Rgb) -> None:
    """An arched bridge of stone."""
    pen.part(mix(coat, STONE, 0.6))
    deck = [(-1.1, 0.12), (-0.6, 0.28), (0.0, 0.42), (0.6, 0.28), (1.1, 0.12)]
    under = [
        (1.1, -0.05),
        (0.62, -0.05),
        (0.42, 0.16),
        (0.0, 0.3),
        (-0.42, 0.16),
        (-0.62, -0.05),
        (-1.1, -0.05),
    ]
    pen.poly(deck + under)
    pen.line(deck, 0.035)
    for index in range(13):
        x = -1.02 + index * 0.17
        y = 0.42 - 0.28 * abs(x) ** 1.25
        pen.line([(x, y), (x, y + 0.12)], 0.018)
    pen.line([(x, y + 0.12) for x, y in deck], 0.02)


def tent(pen: Pen, coat: Rgb) -> None:
    """A lit tent and a fire."""
    pen.part(darker(coat, 0.3))
    pen.poly("-0.62,0 -0.3,0.62 -0.12,0.62 0.08,0")
    pen.part(coat)
    pen.poly([(-0.62, 0), (-0.3, 0.62), (0.02, 0)])
    pen.part(lighter(LAMP, 0.2))
    pen.poly([(-0.42, 0), (-0.3, 0.46), (-0.18, 0)])
    pen.part((70, 46, 34))
    pen.line([(0.36, 0.02), (0.62, 0.1)], 0.05)
    pen.line([(0.62, 0.02), (0.36, 0.1)], 0.05)
    pen.part((255, 128, 50))
    pen.blob("0.4,0.08 0.41,0.24 0.47,0.3 0.49,0.46 0.56,0.28 0.6,0.2 0.57,0.08")
    pen.part((255, 226, 130))
    pen.blob("0.44,0.09 0.45,0.19 0.5,0.3 0.55,0.19 0.54,0.09")
    pen.glow(0.49, 0.2, 0.9, (255, 150, 70), 0.6)
    pen.glow(-0.3, 0.2, 0.5, LAMP, 0.35)


def mushroom(pen: Pen, coat: Rgb) -> None:
    for x, scale in ((0.3, 0.55), (0.0, 1.0), (-0.3, 0.42)):
        pen.part((240, 228, 206))
        pen.blob(
            [
                (x - 0.09 * scale, 0),
                (x - 0.06 * scale, 0.5 * scale),
                (x + 0.06 * scale, 0.5 * scale),
                (x + 0.1 * scale, 0),
            ]
        )
        pen.part(coat)
        pen.blob(
            [
                (x - 0.36 * scale, 0.5 * scale),
                (x - 0.27 * scale, 0.78 * scale),
                (x, 0.95 * scale),
                (x + 0.27 * scale, 0.78 * scale),
                (x + 0.36 * scale, 0.5 * scale),
                (x, 0.46 * scale),
            ]
        )
        pen.part((250, 244, 230))
        for right, up, size in (
            (-0.17, 0.68, 0.05),
            (0.03, 0.78, 0.065),
            (0.19, 0.64, 0.045),
            (-0.02, 0.58, 0.035),
        ):
            pen.oval(x + right * scale, up * scale, size * scale, size * scale * 0.8)


def mug(pen: Pen, coat: Rgb) -> None:
    """A steaming cup."""
    pen.part((255, 255, 255), strength=0.45, soft=0.02)
    for x in (-0.12, 0.0, 0.12):
        pen.line([(x, 0.6), (x + 0.06, 0.75), (x - 0.05, 0.9), (x + 0.03, 1.06)], 0.035, 0.012)
    pen.part(coat)
    pen.line("0.26,0.44 0.42,0.42 0.42,0.2 0.24,0.14", 0.055)
    pen.blob("-0.28,0.52 -0.27,0.2 -0.2,0.02 0,0 0.2,0.02 0.27,0.2 0.28,0.52 0,0.53")
    pen.part(darker(coat, 0.6))
    pen.oval(0, 0.52, 0.27, 0.045)


def cactus(pen: Pen, coat: Rgb) -> None:
    pen.part(coat)
    pen.line([(0, 0), (0, 0.9)], 0.19, 0.16)
    pen.line([(0, 0.35), (-0.26, 0.38), (-0.27, 0.66)], 0.12, 0.11)
    pen.line([(0, 0.25), (0.25, 0.28), (0.26, 0.5)], 0.11, 0.1)
    pen.part(lighter(coat, 0.2))
    for x in (-0.04, 0.03):
        pen.line([(x, 0.05), (x, 0.9)], 0.012)
    pen.part((240, 130, 140))
    pen.oval(0, 0.98, 0.04)
    pen.oval(-0.27, 0.73, 0.03)


def lantern(pen: Pen, coat: Rgb) -> None:
    """A sky lantern, alight."""
    warm = mix(LAMP, coat, 0.35)
    pen.part(warm)
    pen.blob("-0.2,0.14 -0.3,0.5 -0.24,0.86 0,0.96 0.24,0.86 0.3,0.5 0.2,0.14 0,0.1")
    pen.part(lighter(warm, 0.55))
    pen.blob("-0.13,0.14 -0.16,0.32 0,0.48 0.16,0.32 0.13,0.14")
    pen.part(darker(warm, 0.5))
    pen.rect(-0.19, 0.1, 0.19, 0.135)
    pen.glow(0, 0.45, 1.1, warm, 0.55)
