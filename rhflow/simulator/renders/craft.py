"""Vehicles: on water, on wheels, in the air and beyond."""

from __future__ import annotations

import math

from rhflow.simulator.renders.colour import Rgb, darker, lighter, mix
from rhflow.simulator.renders.pen import Pen

CREAM: Rgb = (250, 240, 220)
LAMP: Rgb = (255, 224, 150)


def boat(pen: Pen, coat: Rgb) -> None:
    """A small sailing boat under full sail."""
    sail = mix(CREAM, pen.stage.palette.sky[3], 0.25)
    pen.part(darker(coat, 0.45))
    pen.line([(0.0, 0.1), (0.0, 1.02)], 0.018, 0.012)
    pen.part(sail)
    pen.blob("0.03,0.98 0.16,0.7 0.36,0.26 0.2,0.22 0.03,0.22 0.03,0.6")
    pen.part(darker(sail, 0.13))
    pen.blob("-0.03,0.9 -0.04,0.5 -0.03,0.23 -0.18,0.21 -0.31,0.24 -0.16,0.6")
    pen.part(coat)
    pen.poly([(0.0, 1.02), (0.0, 0.95), (0.14, 0.975)])
    pen.blob("-0.4,0.14 0,0.115 0.46,0.18 0.34,0.02 0.2,-0.03 -0.24,-0.03 -0.34,0.02")
    pen.part(lighter(coat, 0.5))
    pen.line([(-0.37, 0.1), (0, 0.075), (0.4, 0.125)], 0.016)


def ship(pen: Pen, coat: Rgb) -> None:
    """A steamer with a row of lit portholes."""
    pen.part((225, 225, 228), strength=0.5, soft=0.02)
    for index in range(6):
        pen.oval(-0.02 - 0.1 * index, 0.78 + 0.055 * index, 0.045 + 0.022 * index, 0.035 + 0.017 * index)
    pen.part(CREAM)
    pen.rect(-0.4, 0.2, 0.38, 0.34)
    pen.rect(-0.26, 0.34, 0.26, 0.45)
    pen.part(coat)
    pen.poly("-0.03,0.45 -0.05,0.74 0.1,0.74 0.11,0.45")
    pen.part(darker(coat, 0.55))
    pen.rect(-0.052, 0.67, 0.103, 0.74)
    pen.poly("-0.62,0.22 0.72,0.26 0.58,-0.03 -0.54,-0.03")
    pen.line([(0.4, 0.26), (0.4, 0.6)], 0.014)
    pen.part(coat)
    pen.poly("-0.565,0.045 0.61,0.045 0.58,-0.03 -0.54,-0.03")
    pen.part(LAMP)
    for index in range(9):
        pen.oval(-0.42 + index * 0.105, 0.14, 0.018)
    for index in range(6):
        pen.rect(-0.33 + index * 0.115, 0.25, -0.28 + index * 0.115, 0.3)


def rocket(pen: Pen, coat: Rgb) -> None:
    """Climbing to the upper right."""
    tilt = math.radians(-28)

    def turn(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [
            (
                x * math.cos(tilt) - (y - 0.5) * math.sin(tilt),
                x * math.sin(tilt) + (y - 0.5) * math.cos(tilt) + 0.5,
            )
            for x, y in points
        ]

    pen.part((255, 244, 214), strength=0.35, soft=0.03)
    pen.blob(turn([(-0.06, 0.16), (-0.16, -0.3), (0, -0.42), (0.16, -0.3), (0.06, 0.16)]))
    pen.part((255, 170, 70))
    pen.blob(turn([(-0.075, 0.18), (-0.1, 0.02), (0, -0.24), (0.1, 0.02), (0.075, 0.18)]))
    pen.part((255, 236, 160))
    pen.blob(turn([(-0.04, 0.18), (-0.05, 0.06), (0, -0.08), (0.05, 0.06), (0.04, 0.18)]))
    pen.part(coat)
    for side in (-1, 1):
        pen.blob(turn([(side * 0.1, 0.44), (side * 0.24, 0.24), (side * 0.25, 0.1), (side * 0.1, 0.2)]))
    pen.part(mix(CREAM, (255, 255, 255), 0.5))
    pen.blob(
        turn([(0, 1.02), (0.12, 0.78), (0.15, 0.5), (0.1, 0.2), (-0.1, 0.2), (-0.15, 0.5), (-0.12, 0.78)])
    )
    pen.part(coat)
    pen.blob(turn([(0, 1.03), (0.075, 0.9), (0.115, 0.78), (0, 0.755), (-0.115, 0.78), (-0.075, 0.9)]))
    pen.poly(turn([(-0.03, 0.3), (0.03, 0.3), (0.035, 0.12), (-0.035, 0.12)]))
    centre = turn([(0, 0.6)])[0]
    pen.part(darker(coat, 0.4))
    pen.oval(*centre, 0.075)
    pen.part((150, 220, 245))
    pen.oval(*centre, 0.055)
    foot = turn([(0, 0.02)])[0]
    pen.glow(*foot, 0.5, (255, 160, 70), 0.6)


def balloon(pen: Pen, coat: Rgb) -> None:
    """A hot-air balloon in stripes."""
    pale = mix(CREAM, coat, 0.12)
    outline = [
        (0, 1.0),
        (0.24, 0.93),
        (0.37, 0.72),
        (0.33, 0.52),
        (0.15, 0.3),
        (0.07, 0.22),
        (-0.07, 0.22),
        (-0.15, 0.3),
        (-0.33, 0.52),
        (-0.37, 0.72),
        (-0.24, 0.93),
    ]
    for share, colour in ((1.0, coat), (0.72, pale), (0.42, coat), (0.14, pale)):
        pen.part(colour)
        pen.blob([(x * share, y) for x, y in outline])
    pen.part(darker(coat, 0.3))
    pen.blob("-0.1,0.245 0,0.235 0.1,0.245 0.065,0.2 -0.065,0.2")
    pen.line([(-0.055, 0.21), (-0.045, 0.1)], 0.008)
    pen.line([(0.055, 0.21), (0.045, 0.1)], 0.008)
    pen.part((120, 78, 48))
    pen.poly("-0.062,0.11 0.062,0.11 0.048,0 -0.048,0")
    pen.part((160, 110, 70))
    pen.rect(-0.068, 0.095, 0.068, 0.118)
    pen.glow(0, 0.22, 0.2, (255, 190, 90), 0.55)


def plane(pen: Pen, coat: Rgb) -> None:
    """A small propeller aircraft."""
    pen.part(darker(coat, 0.25))
    pen.blob("0.06,0.6 -0.05,0.9 -0.16,0.92 -0.08,0.58")
    pen.part(coat)
    pen.blob("0.5,0.52 0.44,0.62 0.2,0.66 -0.2,0.6 -0.5,0.56 -0.5,0.5 -0.2,0.46 0.2,0.42 0.44,0.44")
    pen.blob("-0.4,0.54 -0.52,0.8 -0.6,0.8 -0.54,0.52")
    pen.part(lighter(coat, 0.35))
    pen.blob("0.14,0.5 -0.16,0.18 -0.3,0.16 -0.1,0.52")
    pen.part((40, 52, 70))
    pen.blob("0.3,0.63 0.22,0.72 0.08,0.71 0.04,0.64")
    pen.part((230, 230, 235), strength=0.5)
    pen.oval(0.53, 0.52, 0.014, 0.24)


def kite(pen: Pen, coat: Rgb) -> None:
    pen.part(darker(coat, 0.35))
    pen.line("0,0.28 -0.1,0.14 0.02,0.04 -0.1,-0.1 -0.04,-0.2", 0.012)
    for x, y in ((-0.08, 0.14), (0.0, 0.03), (-0.08, -0.1)):
        pen.poly([(x, y), (x - 0.07, y + 0.045), (x - 0.07, y - 0.045)])
        pen.poly([(x, y), (x + 0.07, y + 0.045), (x + 0.07, y - 0.045)])
    pen.part(coat)
    pen.poly("0.1,1 0.36,0.7 0,0.28 -0.2,0.74")
    pen.part(lighter(coat, 0.45))
    pen.poly([(0.1, 1.0), (0.36, 0.7), (0.07, 0.72)])
    pen.poly([(0.07, 0.72), (0.0, 0.28), (-0.2, 0.74)])


def car(pen: Pen, coat: Rgb) -> None:
    """A little rounded car."""
    pen.part(coat)
    pen.blob(
        "-0.62,0.12 -0.62,0.3 -0.5,0.38 -0.36,0.56 -0.05,0.62 0.2,0.54 0.36,0.37 0.58,0.32 "
        "0.64,0.2 0.62,0.1 0,0.09"
    )
    pen.part((62, 82, 104))
    pen.blob("-0.32,0.38 -0.28,0.52 -0.1,0.555 -0.08,0.38")
    pen.blob("-0.02,0.38 -0.03,0.555 0.15,0.5 0.26,0.38")
    pen.part((28, 28, 34))
    for x in (-0.36, 0.36):
        pen.oval(x, 0.1, 0.125)
    pen.part((190, 190, 196))
    for x in (-0.36, 0.36):
        pen.oval(x, 0.1, 0.062)
    pen.part(LAMP)
    pen.oval(0.6, 0.25, 0.035, 0.045)
    pen.glow(0.72, 0.22, 0.45, LAMP, 0.5)


def bicycle(pen: Pen, coat: Rgb) -> None:
    pen.part((36, 36, 44))
    for x in (-0.4, 0.4):
        pen.oval(x, 0.28, 0.28)
        pen.cut(
            [
                (x + 0.252 * math.cos(a), 0.28 + 0.252 * math.sin(a))
                for a in (i / 40 * math.tau for i in range(40))
            ]
        )
        for spoke in range(8):
            a = spoke * math.pi / 8
            pen.line(
                [
                    (x - 0.25 * math.cos(a), 0.28 - 0.25 * math.sin(a)),
                    (x + 0.25 * math.cos(a), 0.28 + 0.25 * math.sin(a)),
                ],
                0.006,
            )
    pen.line([(0.24, 0.86), (0.36, 0.88), (0.34, 0.78)], 0.03)
    pen.oval(-0.19, 0.76, 0.12, 0.035)
    pen.part(coat)
    for first, second in (
        ((-0.4, 0.28), (-0.02, 0.26)),
        ((-0.02, 0.26), (-0.17, 0.72)),
        ((-0.4, 0.28), (-0.13, 0.6)),
        ((-0.13, 0.62), (0.28, 0.66)),
        ((-0.02, 0.26), (0.3, 0.62)),
        ((0.4, 0.28), (0.25, 0.86)),
    ):
        pen.line([first, second], 0.035)
    pen.oval(-0.02, 0.26, 0.06)


def train(pen: Pen, coat: Rgb) -> None:
    """Three carriages and an engine, lit from inside."""
    dark = darker(coat, 0.55)
    pen.part(dark)
    pen.rect(-1.12, 0.02, 1.1, 0.07)
    pen.part(coat)
    for left in (-1.08, -0.55, -0.02):
        pen.blob(
            [
                (left, 0.1),
                (left, 0.42),
                (left + 0.03, 0.47),
                (left + 0.46, 0.47),
                (left + 0.49, 0.42),
                (left + 0.49, 0.1),
                (left + 0.25, 0.09),
            ]
        )
    pen.blob("0.52,0.1 0.52,0.44 0.58,0.48 0.82,0.46 1,0.32 1.06,0.16 1.04,0.09 0.7,0.09")
    pen.part(lighter(coat, 0.55))
    pen.rect(-1.08, 0.19, 1.03, 0.215)
    pen.part(LAMP)
    for left in (-1.08, -0.55, -0.02):
        for window in range(4):
            pen.rect(left + 0.05 + window * 0.105, 0.27, left + 0.125 + window * 0.105, 0.39)
    pen.rect(0.58, 0.28, 0.7, 0.39)
    pen.poly("0.76,0.28 0.76,0.4 0.85,0.39 0.95,0.28")
    pen.part(dark)
    for left in (-1.08, -0.55, -0.02, 0.52):
        for x in (left + 0.1, left + 0.39):
            pen.oval(x, 0.07, 0.055)
    pen.glow(1.08, 0.18, 0.5, LAMP, 0.6)
    pen.glow(-0.3, 0.33, 0.9, LAMP, 0.16)


def ufo(pen: Pen, coat: Rgb) -> None:
    beam = lighter(pen.stage.palette.accent, 0.4)
    pen.part(beam, strength=0.26, soft=0.015)
    pen.poly("-0.14,0.62 0.14,0.62 0.36,-0.35 -0.36,-0.35")
    pen.part((170, 225, 240))
    pen.blob("-0.18,0.76 -0.14,0.92 0,0.98 0.14,0.92 0.18,0.76")
    pen.part(coat)
    pen.oval(0, 0.72, 0.48, 0.105)
    pen.part(darker(coat, 0.35))
    pen.oval(0, 0.685, 0.34, 0.055)
    pen.part(beam)
    for index in range(7):
        pen.oval(-0.36 + index * 0.12, 0.715 - 0.03 * math.sin(math.pi * index / 6), 0.022)
    pen.glow(0, 0.68, 0.7, beam, 0.4)
