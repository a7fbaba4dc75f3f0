"""Animals, facing right. Each takes a pen and its main colour."""

from __future__ import annotations

import math

from rhflow.simulator.renders.colour import Rgb, darker, lighter, mix
from rhflow.simulator.renders.pen import Pen

EYE: Rgb = (24, 20, 26)
PINK: Rgb = (233, 160, 158)
_AFLOAT = {"sea", "lake"}


def rabbit(pen: Pen, coat: Rgb) -> None:
    pen.part(darker(coat, 0.12))
    pen.oval(0.075, 0.86, 0.05, 0.19, 14)
    pen.part(coat)
    pen.oval(-0.06, 0.29, 0.27, 0.28, 24)
    pen.oval(0.1, 0.36, 0.15, 0.24, -12)
    pen.oval(0.19, 0.62, 0.16, 0.14, -8)
    pen.oval(0.28, 0.585, 0.085, 0.075)
    pen.oval(0.165, 0.89, 0.052, 0.2, 2)
    pen.line([(0.15, 0.26), (0.18, 0.05)], 0.1, 0.085)
    pen.oval(0.21, 0.035, 0.085, 0.036)
    pen.part(darker(coat, 0.08))
    pen.oval(-0.16, 0.2, 0.19, 0.19)
    pen.oval(-0.06, 0.04, 0.2, 0.042)
    pen.part(lighter(coat, 0.55))
    pen.oval(-0.36, 0.2, 0.085, 0.08)
    pen.oval(0.16, 0.34, 0.06, 0.13, -14)
    pen.part(mix(coat, PINK, 0.7))
    pen.oval(0.168, 0.89, 0.024, 0.14, 2)
    pen.oval(0.352, 0.6, 0.018, 0.014)
    pen.part(EYE)
    pen.oval(0.242, 0.655, 0.019, 0.024)


def fox(pen: Pen, coat: Rgb) -> None:
    white = mix(lighter(coat, 0.82), (255, 250, 240), 0.5)
    pen.part(coat)
    pen.blob("-0.16,0 -0.42,0 -0.6,0.12 -0.62,0.32 -0.52,0.42 -0.46,0.28 -0.36,0.19 -0.2,0.16")
    pen.part(white)
    pen.blob("-0.6,0.22 -0.62,0.34 -0.52,0.43 -0.475,0.3 -0.52,0.27 -0.555,0.29")
    pen.part(coat)
    pen.blob("-0.24,0 -0.3,0.17 -0.22,0.36 -0.06,0.54 0.03,0.64 0.14,0.62 0.17,0.45 0.15,0.2 0.16,0")
    pen.poly([(-0.05, 0.72), (-0.06, 1.0), (0.1, 0.84)])
    pen.poly([(0.09, 0.84), (0.15, 1.02), (0.23, 0.78)])
    pen.blob(
        "-0.06,0.62 -0.06,0.76 0.04,0.85 0.18,0.83 0.28,0.74 0.43,0.665 0.43,0.635 0.28,0.6 0.12,0.54 0,0.55"
    )
    pen.part(white)
    pen.blob("0.42,0.645 0.29,0.66 0.18,0.65 0.06,0.58 0.1,0.54 0.2,0.56 0.3,0.6")
    pen.blob("0.06,0.54 0.145,0.52 0.15,0.38 0.11,0.2 0.06,0.32")
    pen.part(darker(coat, 0.14))
    pen.blob("-0.2,0 -0.24,0.16 -0.12,0.26 0,0.2 0.03,0.06 0.02,0")
    pen.part(darker(coat, 0.62))
    pen.line([(0.11, 0.2), (0.115, 0.03)], 0.07, 0.06)
    pen.oval(0.14, 0.025, 0.06, 0.028)
    pen.poly([(-0.03, 0.84), (-0.035, 0.95), (0.04, 0.86)])
    pen.oval(0.43, 0.655, 0.022, 0.02)
    pen.part(EYE)
    pen.oval(0.2, 0.715, 0.02, 0.022)


def cat(pen: Pen, coat: Rgb) -> None:
    """Seen from behind, looking into the picture."""
    pen.part(coat)
    pen.line("0.16,0.06 0.38,0.03 0.54,0.12 0.56,0.3 0.46,0.38", 0.1, 0.055)
    pen.blob("-0.23,0 -0.27,0.18 -0.21,0.4 -0.12,0.56 0.12,0.56 0.21,0.4 0.27,0.18 0.23,0 0,-0.01")
    pen.oval(0, 0.67, 0.185, 0.155)
    for side in (-1, 1):
        pen.poly([(side * 0.182, 0.69), (side * 0.165, 0.93), (side * 0.03, 0.79)])
    pen.part(lighter(coat, 0.12))
    for low in (0.24, 0.34, 0.44):
        pen.poly([(-0.07, low), (0, low + 0.03), (0.07, low), (0, low + 0.012)])


def dog(pen: Pen, coat: Rgb) -> None:
    pen.part(coat)
    pen.line([(-0.2, 0.08), (-0.36, 0.14), (-0.42, 0.3)], 0.075, 0.045)
    pen.blob("-0.24,0 -0.29,0.17 -0.2,0.36 -0.06,0.52 0.02,0.64 0.15,0.6 0.17,0.42 0.14,0.2 0.16,0")
    pen.blob("-0.04,0.66 -0.02,0.8 0.1,0.87 0.22,0.8 0.37,0.73 0.39,0.65 0.3,0.6 0.14,0.58")
    pen.oval(-0.06, 0.03, 0.16, 0.036)
    pen.line([(0.11, 0.3), (0.12, 0.03)], 0.09, 0.075)
    pen.oval(0.15, 0.027, 0.07, 0.03)
    pen.part(darker(coat, 0.35))
    pen.blob("0.02,0.82 -0.07,0.76 -0.08,0.58 -0.02,0.54 0.05,0.64 0.08,0.78")
    pen.part(lighter(coat, 0.5))
    pen.blob("0.1,0.52 0.16,0.5 0.15,0.3 0.1,0.36")
    pen.part(EYE)
    pen.oval(0.38, 0.705, 0.028, 0.024)
    pen.oval(0.185, 0.755, 0.018, 0.02)


def deer(pen: Pen, coat: Rgb) -> None:
    dark = darker(coat, 0.25)
    pen.part(dark)
    for hip, knee, foot in ((-0.14, -0.17, -0.12), (0.16, 0.19, 0.16)):
        pen.line([(hip, 0.42), (knee, 0.22), (foot, 0.0)], 0.06, 0.026)
    pen.part(coat)
    pen.blob("-0.29,0.54 -0.2,0.6 0.05,0.57 0.2,0.6 0.26,0.48 0.16,0.39 -0.05,0.38 -0.25,0.4 -0.31,0.46")
    for hip, knee, foot in ((-0.23, -0.26, -0.22), (0.21, 0.235, 0.235)):
        pen.line([(hip, 0.45), (knee, 0.22), (foot, 0.0)], 0.075, 0.028)
    pen.blob("0.1,0.55 0.2,0.72 0.23,0.81 0.32,0.8 0.31,0.66 0.27,0.47")
    pen.blob("0.2,0.78 0.22,0.86 0.3,0.875 0.38,0.82 0.45,0.775 0.44,0.735 0.36,0.735 0.27,0.74")
    pen.oval(0.17, 0.86, 0.065, 0.025, -28)
    for lean in (0.0, 0.07):
        pen.line(
            [
                (0.26 + lean * 0.4, 0.87),
                (0.2 + lean, 0.99),
                (0.26 + lean * 2, 1.12),
                (0.2 + lean * 2.2, 1.22),
            ],
            0.024,
            0.012,
        )
        pen.line([(0.205 + lean, 1.0), (0.1 + lean, 1.06), (0.08 + lean, 1.14)], 0.018, 0.01)
        pen.line([(0.24 + lean * 1.6, 1.08), (0.34 + lean, 1.14)], 0.016, 0.009)
    pen.part(lighter(coat, 0.6))
    pen.oval(-0.3, 0.5, 0.03, 0.045)
    for x, y in ((-0.16, 0.53), (-0.08, 0.51), (0.0, 0.53), (0.07, 0.5), (-0.2, 0.47), (-0.03, 0.47)):
        pen.oval(x, y, 0.012, 0.01)
    pen.part(EYE)
    pen.oval(0.31, 0.825, 0.014, 0.016)


def bear(pen: Pen, coat: Rgb) -> None:
    pen.part(darker(coat, 0.2))
    for x in (-0.18, 0.26):
        pen.line([(x, 0.3), (x + 0.02, 0.04)], 0.16, 0.13)
    pen.part(coat)
    pen.blob(
        "-0.46,0.3 -0.42,0.5 -0.22,0.6 0.02,0.57 0.2,0.64 0.34,0.58 0.36,0.36 0.2,0.22 -0.25,0.2 -0.43,0.16"
    )
    for x in (-0.33, 0.16):
        pen.line([(x, 0.32), (x + 0.01, 0.05)], 0.19, 0.15)
        pen.oval(x + 0.05, 0.035, 0.11, 0.038)
    pen.oval(0.41, 0.55, 0.15, 0.14)
    pen.oval(0.54, 0.5, 0.09, 0.07)
    pen.oval(0.32, 0.68, 0.05)
    pen.oval(0.44, 0.7, 0.045)
    pen.part(EYE)
    pen.oval(0.62, 0.52, 0.03, 0.024)
    pen.oval(0.47, 0.59, 0.016)


def horse(pen: Pen, coat: Rgb) -> None:
    dark = darker(coat, 0.45)
    pen.part(darker(coat, 0.22))
    for points in ([(-0.2, 0.42), (-0.16, 0.25), (-0.2, 0.03)], [(0.18, 0.42), (0.27, 0.27), (0.24, 0.1)]):
        pen.line(points, 0.075, 0.035)
    pen.part(dark)
    pen.line([(-0.33, 0.55), (-0.46, 0.5), (-0.52, 0.25)], 0.09, 0.03)
    pen.part(coat)
    pen.blob(
        "-0.35,0.54 -0.24,0.61 -0.02,0.57 0.16,0.62 0.28,0.54 0.25,0.41 0.1,0.36 -0.1,0.37 "
        "-0.26,0.35 -0.36,0.43"
    )
    for points in ([(-0.28, 0.45), (-0.3, 0.24), (-0.27, 0.02)], [(0.2, 0.45), (0.19, 0.22), (0.2, 0.02)]):
        pen.line(points, 0.1, 0.04)
    pen.blob("0.1,0.56 0.22,0.75 0.29,0.87 0.38,0.86 0.37,0.72 0.31,0.5")
    pen.blob("0.27,0.82 0.3,0.91 0.38,0.92 0.47,0.83 0.56,0.73 0.55,0.67 0.48,0.66 0.38,0.73")
    pen.poly([(0.3, 0.9), (0.31, 1.0), (0.37, 0.92)])
    pen.part(dark)
    pen.blob("0.3,0.95 0.22,0.88 0.1,0.68 0.06,0.58 0.13,0.6 0.22,0.74 0.3,0.88")
    for x in (-0.27, 0.2):
        pen.rect(x - 0.035, 0.0, x + 0.035, 0.04)
    pen.part(EYE)
    pen.oval(0.39, 0.85, 0.014)


def elephant(pen: Pen, coat: Rgb) -> None:
    pen.part(darker(coat, 0.22))
    for x in (-0.17, 0.2):
        pen.line([(x, 0.35), (x, 0.06)], 0.15, 0.14)
    pen.part(coat)
    pen.blob("-0.46,0.42 -0.4,0.62 -0.2,0.72 0.05,0.7 0.25,0.72 0.3,0.5 0.22,0.3 -0.1,0.26 -0.36,0.28")
    for x in (-0.32, 0.1):
        pen.line([(x, 0.4), (x, 0.06)], 0.18, 0.16)
    pen.oval(0.36, 0.66, 0.18, 0.18)
    pen.line("0.48,0.6 0.56,0.4 0.55,0.2 0.63,0.12 0.7,0.16", 0.14, 0.05)
    pen.line([(-0.44, 0.5), (-0.52, 0.4), (-0.52, 0.28)], 0.03, 0.02)
    pen.part(darker(coat, 0.14))
    pen.blob("0.3,0.82 0.16,0.8 0.1,0.62 0.18,0.46 0.28,0.5 0.33,0.64")
    pen.part(lighter(coat, 0.75))
    pen.line([(0.47, 0.52), (0.56, 0.46), (0.63, 0.48)], 0.035, 0.012)
    pen.part(EYE)
    pen.oval(0.42, 0.7, 0.015)


def crane(pen: Pen, coat: Rgb) -> None:
    dark: Rgb = (38, 38, 46)
    pen.part(mix(dark, coat, 0.15))
    pen.line([(-0.02, 0.4), (-0.05, 0.2), (-0.03, 0.0)], 0.02, 0.012)
    pen.line([(0.05, 0.4), (0.06, 0.2), (0.06, 0.0)], 0.02, 0.012)
    pen.blob("-0.1,0.5 -0.3,0.44 -0.36,0.34 -0.22,0.36 -0.05,0.4")
    pen.part(coat)
    pen.blob("-0.26,0.42 -0.12,0.54 0.08,0.56 0.17,0.48 0.08,0.38 -0.1,0.36")
    pen.line("0.1,0.5 0.22,0.6 0.2,0.76 0.16,0.88 0.22,0.95", 0.075, 0.04)
    pen.oval(0.225, 0.95, 0.045, 0.035)
    pen.part(mix(dark, coat, 0.15))
    pen.line([(0.19, 0.62), (0.2, 0.78), (0.165, 0.87)], 0.03, 0.02)
    pen.poly([(0.25, 0.965), (0.42, 0.93), (0.25, 0.935)])
    pen.part((205, 62, 56))
    pen.oval(0.22, 0.98, 0.03, 0.014)


def whale(pen: Pen, coat: Rgb) -> None:
    pen.part(coat)
    pen.blob(
        "0.62,0.3 0.58,0.46 0.36,0.58 0.02,0.56 -0.32,0.42 -0.62,0.44 -0.72,0.4 -0.5,0.3 "
        "-0.1,0.12 0.3,0.1 0.54,0.16"
    )
    pen.blob("-0.6,0.42 -0.74,0.54 -0.92,0.62 -0.86,0.48 -0.96,0.36 -0.78,0.36 -0.66,0.36")
    _waterline(pen)
    pen.part(lighter(coat, 0.62))
    pen.blob("0.61,0.27 0.4,0.25 0.1,0.23 -0.22,0.22 0,0.13 0.3,0.1 0.54,0.16")
    _waterline(pen)
    pen.part(darker(coat, 0.2))
    pen.blob("0.16,0.26 0.02,0.12 -0.12,0.05 0,0.2 0.06,0.28")
    for low in (0.2, 0.17, 0.14):
        pen.line([(0.2, low), (0.38, low - 0.005), (0.55, low + 0.04)], 0.008)
    _waterline(pen)
    pen.part(EYE)
    pen.oval(0.42, 0.3, 0.017)
    _waterline(pen)
    pen.part((255, 255, 255), strength=0.8, soft=0.004)
    for side in (-1, 1):
        pen.line(
            [(0.3, 0.6), (0.3 + side * 0.05, 0.78), (0.3 + side * 0.16, 0.82), (0.3 + side * 0.2, 0.74)],
            0.035,
            0.015,
        )
    if pen.stage.setting in _AFLOAT:
        pen.part((255, 255, 255), strength=0.55, soft=0.003)
        pen.line("-0.62,0.2 -0.1,0.185 0.3,0.2 0.7,0.19", 0.022, 0.01)
        pen.line([(-0.4, 0.15), (0.0, 0.14), (0.45, 0.15)], 0.012, 0.006)


def _waterline(pen: Pen) -> None:
    """Hide what is under water."""
    if pen.stage.setting in _AFLOAT:
        pen.cut("-1.1,-0.5 1.1,-0.5 1.1,0.2 -1.1,0.2")


def fish(pen: Pen, coat: Rgb) -> None:
    pen.part(darker(coat, 0.15))
    pen.blob("0.1,0.72 -0.1,0.88 -0.24,0.72 -0.1,0.66")
    pen.blob("0.05,0.32 -0.08,0.16 -0.16,0.26 -0.08,0.36")
    pen.part(coat)
    pen.blob("0.5,0.5 0.34,0.68 0.04,0.74 -0.26,0.62 -0.42,0.52 -0.26,0.4 0.04,0.28 0.34,0.34")
    pen.blob("-0.36,0.52 -0.56,0.76 -0.68,0.74 -0.58,0.52 -0.68,0.3 -0.56,0.28")
    pen.part(lighter(coat, 0.6))
    for x in (0.16, -0.12):
        pen.blob(
            [
                (x + 0.03, 0.72),
                (x - 0.05, 0.7),
                (x - 0.03, 0.5),
                (x - 0.05, 0.32),
                (x + 0.03, 0.3),
                (x + 0.07, 0.5),
            ]
        )
    pen.part((255, 255, 255))
    pen.oval(0.35, 0.55, 0.05)
    pen.part(EYE)
    pen.oval(0.36, 0.55, 0.026)


def jellyfish(pen: Pen, coat: Rgb) -> None:
    pen.part(coat, strength=0.5, soft=0.006)
    for index in range(7):
        x = -0.24 + 0.08 * index
        sway = 0.06 * math.sin(index * 1.7)
        pen.line([(x, 0.62), (x + sway, 0.45), (x - sway, 0.25), (x + sway * 0.8, 0.02)], 0.026, 0.008)
    pen.part(coat, strength=0.85)
    pen.blob("-0.32,0.6 -0.3,0.8 -0.16,0.96 0,1 0.16,0.96 0.3,0.8 0.32,0.6 0.16,0.64 0,0.6 -0.16,0.64")
    pen.part(lighter(coat, 0.6), strength=0.6)
    pen.blob("-0.2,0.78 -0.12,0.9 0.02,0.94 -0.06,0.86 -0.12,0.74")
    pen.glow(0, 0.75, 0.7, coat, 0.5)


def turtle(pen: Pen, coat: Rgb) -> None:
    skin = lighter(coat, 0.35)
    pen.part(skin)
    pen.blob("0.2,0.42 0.3,0.2 0.16,0.04 0.1,0.08 0.08,0.36")
    pen.blob("-0.25,0.42 -0.44,0.24 -0.5,0.3 -0.36,0.44")
    pen.blob("0.34,0.5 0.46,0.62 0.6,0.62 0.64,0.54 0.56,0.46 0.4,0.44")
    pen.blob("0.26,0.56 0.4,0.76 0.34,0.84 0.16,0.66")
    pen.part(coat)
    pen.blob("0.4,0.46 0.3,0.62 0,0.7 -0.3,0.6 -0.44,0.46 -0.2,0.38 0.15,0.37")
    pen.part(lighter(coat, 0.25))
    for x, y in ((-0.22, 0.52), (-0.04, 0.56), (0.14, 0.55), (0.28, 0.5)):
        pen.oval(x, y, 0.07, 0.05)
    pen.part(EYE)
    pen.oval(0.56, 0.57, 0.016)


def butterfly(pen: Pen, coat: Rgb) -> None:
    for side, shade in ((-1, darker(coat, 0.12)), (1, coat)):
        pen.part(shade)
        pen.blob(
            [(0, 0.52), (side * 0.16, 0.84), (side * 0.42, 0.94), (side * 0.46, 0.7), (side * 0.3, 0.52)]
        )
        pen.blob([(0, 0.5), (side * 0.28, 0.48), (side * 0.36, 0.28), (side * 0.2, 0.14), (side * 0.06, 0.3)])
        pen.part(lighter(coat, 0.6))
        pen.oval(side * 0.34, 0.8, 0.05)
        pen.oval(side * 0.22, 0.32, 0.045)
    pen.part(EYE)
    pen.line([(0, 0.26), (0, 0.66)], 0.045, 0.03)
    for side in (-1, 1):
        pen.line([(0, 0.66), (side * 0.06, 0.8), (side * 0.12, 0.84)], 0.012)


def dragon(pen: Pen, coat: Rgb) -> None:
    """A long one, flying in waves."""
    path = [(-0.95 + 0.13 * i, 0.5 + 0.2 * math.sin(i * 0.95 + 0.4) * (1 - i * 0.03)) for i in range(13)]
    pen.part(darker(coat, 0.3))
    for index in range(1, 12):
        x, y = path[index]
        pen.poly([(x - 0.05, y + 0.05), (x - 0.03, y + 0.16), (x + 0.05, y + 0.05)])
        if index in {4, 9}:
            pen.line([(x, y), (x + 0.06, y - 0.16), (x - 0.03, y - 0.22)], 0.045, 0.02)
    pen.part(coat)
    pen.line(path, 0.03, 0.17)
    head = path[-1]
    pen.blob(
        [
            (head[0] - 0.08, head[1] + 0.1),
            (head[0] + 0.1, head[1] + 0.13),
            (head[0] + 0.32, head[1] + 0.04),
            (head[0] + 0.33, head[1] - 0.02),
            (head[0] + 0.12, head[1] - 0.09),
            (head[0] - 0.05, head[1] - 0.1),
        ]
    )
    pen.part(darker(coat, 0.35))
    for lift in (0.0, 0.05):
        pen.line(
            [
                (head[0] + 0.02, head[1] + 0.1),
                (head[0] - 0.1, head[1] + 0.22 + lift),
                (head[0] - 0.22, head[1] + 0.2 + lift),
            ],
            0.035,
            0.01,
        )
    pen.part(lighter(coat, 0.5))
    pen.line(
        [(head[0] + 0.3, head[1] + 0.03), (head[0] + 0.42, head[1] + 0.12), (head[0] + 0.36, head[1] + 0.24)],
        0.014,
        0.006,
    )
    pen.oval(head[0] + 0.12, head[1] + 0.06, 0.022)
