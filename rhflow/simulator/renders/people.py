"""Human (and nearly human) figures, seen from behind: they look where we look."""

from __future__ import annotations

import re

from rhflow.simulator.renders.colour import Rgb, darker, lighter, mix
from rhflow.simulator.renders.pen import Pen

HAIR: Rgb = (52, 38, 36)
SKIN: Rgb = (226, 178, 148)
_HAIRS: tuple[Rgb, ...] = ((52, 38, 36), (34, 30, 34), (110, 70, 44), (150, 112, 70), (120, 52, 40))
_SKINS: tuple[Rgb, ...] = ((232, 186, 156), (226, 178, 148), (204, 152, 118), (160, 112, 84))
_MAN = re.compile(r"\b(?:man|men|boy|male|gentleman|king|he)\b|男|先生|大叔")


def child(pen: Pen, coat: Rgb) -> None:
    """A child in a coat, scarf in the wind."""
    pen.part(darker(coat, 0.6))
    for x in (-0.075, 0.075):
        pen.line([(x, 0.24), (x, 0.07)], 0.085, 0.08)
        pen.oval(x + 0.01, 0.035, 0.065, 0.04)
    pen.part(coat)
    pen.blob("-0.12,0.6 -0.18,0.4 -0.25,0.2 -0.1,0.16 0.1,0.16 0.25,0.2 0.18,0.4 0.12,0.6")
    pen.line([(-0.13, 0.55), (-0.21, 0.42), (-0.23, 0.3)], 0.095, 0.075)
    pen.line([(0.13, 0.55), (0.21, 0.42), (0.23, 0.3)], 0.095, 0.075)
    pen.part(SKIN)
    pen.oval(-0.23, 0.285, 0.032)
    pen.oval(0.23, 0.285, 0.032)
    pen.oval(-0.158, 0.73, 0.025, 0.035)
    pen.oval(0.158, 0.73, 0.025, 0.035)
    pen.part(HAIR)
    pen.oval(0, 0.77, 0.165, 0.165)
    pen.blob("-0.16,0.76 -0.17,0.64 -0.1,0.6 0.1,0.6 0.17,0.64 0.16,0.76")
    pen.part(mix(lighter(coat, 0.45), (255, 236, 200), 0.5))
    pen.blob("-0.14,0.64 -0.14,0.57 0,0.54 0.14,0.57 0.14,0.64 0,0.61")
    pen.blob("-0.08,0.6 -0.24,0.62 -0.4,0.55 -0.43,0.6 -0.3,0.68 -0.12,0.65")


def person(pen: Pen, coat: Rgb) -> None:
    """A traveller in a long coat, with a pack."""
    dark = darker(coat, 0.55)
    pen.part(dark)
    pen.line([(-0.045, 0.34), (-0.06, 0.04)], 0.07, 0.055)
    pen.line([(0.045, 0.34), (0.06, 0.04)], 0.07, 0.055)
    pen.oval(-0.06, 0.02, 0.05, 0.025)
    pen.oval(0.065, 0.02, 0.05, 0.025)
    pen.part(coat)
    pen.blob(
        "-0.09,0.8 -0.13,0.72 -0.11,0.5 -0.17,0.2 -0.02,0.18 0.12,0.19 0.17,0.22 0.11,0.5 0.13,0.72 0.09,0.8"
    )
    pen.line([(-0.115, 0.74), (-0.165, 0.58), (-0.16, 0.44)], 0.065, 0.05)
    pen.line([(0.115, 0.74), (0.175, 0.58), (0.17, 0.44)], 0.065, 0.05)
    pen.part(darker(coat, 0.3))
    pen.blob("-0.085,0.75 -0.1,0.6 -0.08,0.5 0.08,0.5 0.1,0.6 0.085,0.75 0,0.78")
    pen.part(SKIN)
    pen.rect(-0.03, 0.78, 0.03, 0.85)
    pen.oval(-0.16, 0.425, 0.025)
    pen.oval(0.17, 0.425, 0.025)
    pen.part(HAIR)
    pen.oval(0, 0.89, 0.075, 0.085)
    pen.part(mix(lighter(coat, 0.3), (240, 180, 90), 0.6))
    pen.blob("-0.07,0.83 -0.075,0.785 0,0.77 0.075,0.785 0.07,0.83 0,0.82")
    pen.blob("-0.05,0.8 -0.16,0.83 -0.28,0.79 -0.3,0.83 -0.2,0.88 -0.06,0.84")


def astronaut(pen: Pen, coat: Rgb) -> None:
    """In a white suit, facing us; the visor shows the sky."""
    shade = darker(coat, 0.18)
    pen.part(shade)
    pen.blob("-0.23,0.66 -0.23,0.4 0.23,0.4 0.23,0.66")
    pen.line([(-0.1, 0.32), (-0.12, 0.07)], 0.16, 0.14)
    pen.line([(0.1, 0.32), (0.13, 0.07)], 0.16, 0.14)
    pen.part(coat)
    pen.oval(-0.13, 0.04, 0.1, 0.05)
    pen.oval(0.14, 0.04, 0.1, 0.05)
    pen.blob("-0.17,0.62 -0.2,0.42 -0.15,0.26 0.15,0.26 0.2,0.42 0.17,0.62")
    pen.line([(-0.17, 0.56), (-0.28, 0.42), (-0.27, 0.3)], 0.13, 0.1)
    pen.line([(0.17, 0.56), (0.3, 0.58), (0.34, 0.74)], 0.13, 0.1)
    pen.oval(0.345, 0.76, 0.06)
    pen.oval(-0.27, 0.27, 0.06)
    pen.oval(0, 0.77, 0.22, 0.21)
    sky = pen.stage.palette.sky
    pen.part(mix(sky[0], (10, 12, 30), 0.5))
    pen.oval(0.02, 0.77, 0.165, 0.145)
    pen.part(mix(sky[2], pen.stage.palette.accent, 0.4))
    pen.blob("-0.13,0.74 -0.05,0.66 0.09,0.64 0.16,0.72 0.05,0.71")
    pen.part((255, 255, 255), strength=0.85)
    pen.oval(-0.05, 0.83, 0.035, 0.02, 35)
    pen.part(pen.stage.palette.accent)
    pen.rect(-0.08, 0.44, 0.08, 0.52)
    pen.part(lighter(coat, 0.6))
    pen.oval(-0.04, 0.48, 0.016)
    pen.oval(0.04, 0.48, 0.016)


def robot(pen: Pen, coat: Rgb) -> None:
    """A friendly one: box head, lamp eyes, aerial."""
    dark, eye = darker(coat, 0.4), pen.stage.palette.accent
    pen.part(dark)
    pen.line([(-0.1, 0.3), (-0.11, 0.06)], 0.07)
    pen.line([(0.1, 0.3), (0.11, 0.06)], 0.07)
    pen.line([(-0.2, 0.54), (-0.3, 0.42), (-0.28, 0.28)], 0.06)
    pen.line([(0.2, 0.54), (0.31, 0.46), (0.34, 0.62)], 0.06)
    pen.line([(0, 0.94), (0, 1.04)], 0.02)
    pen.rect(-0.05, 0.58, 0.05, 0.66)
    pen.part(coat)
    pen.blob("-0.2,0.6 -0.215,0.42 -0.19,0.26 0.19,0.26 0.215,0.42 0.2,0.6 0,0.615")
    pen.blob("-0.22,0.9 -0.245,0.78 -0.22,0.65 0,0.635 0.22,0.65 0.245,0.78 0.22,0.9 0,0.93")
    pen.oval(-0.12, 0.035, 0.09, 0.04)
    pen.oval(0.12, 0.035, 0.09, 0.04)
    pen.oval(-0.28, 0.26, 0.05)
    pen.oval(0.345, 0.65, 0.05)
    pen.part(darker(coat, 0.72))
    pen.blob("-0.16,0.86 -0.175,0.78 -0.15,0.71 0.15,0.71 0.175,0.78 0.16,0.86")
    pen.part(lighter(eye, 0.35))
    pen.oval(-0.075, 0.785, 0.035, 0.042)
    pen.oval(0.075, 0.785, 0.035, 0.042)
    pen.oval(0, 1.06, 0.03)
    pen.oval(0.1, 0.48, 0.03)
    pen.glow(0, 0.79, 0.35, eye, 0.45)
    pen.glow(0, 1.06, 0.18, eye, 0.6)


def portrait(pen: Pen, coat: Rgb) -> None:
    """Somebody who looks at us, down to the shoulders; `MOUTH` says where the mouth is."""
    dice = pen.stage.dice.split("portrait")
    hair, skin = mix(dice.pick(_HAIRS), coat, 0.1), dice.pick(_SKINS)
    shade = darker(skin, 0.14)
    if not _MAN.search(pen.stage.reading.text.lower()):
        pen.part(hair)
        pen.blob("-0.25,0.78 -0.29,0.6 -0.25,0.4 -0.1,0.34 0.1,0.34 0.25,0.4 0.29,0.6 0.25,0.78 0,0.98")
    pen.part(darker(coat, 0.12))
    pen.blob("-0.44,-0.02 -0.42,0.12 -0.28,0.23 -0.08,0.27 0.08,0.27 0.28,0.23 0.42,0.12 0.44,-0.02 0,-0.03")
    pen.part(shade)
    pen.blob("-0.085,0.42 -0.09,0.28 -0.1,0.23 0,0.18 0.1,0.23 0.09,0.28 0.085,0.42")
    pen.part(coat)
    pen.blob(
        "-0.44,-0.02 -0.41,0.1 -0.27,0.2 -0.12,0.24 0,0.13 0.12,0.24 0.27,0.2 0.41,0.1 0.44,-0.02 0,-0.03"
    )
    pen.part(skin)
    pen.oval(-0.215, 0.585, 0.03, 0.05)
    pen.oval(0.215, 0.585, 0.03, 0.05)
    pen.blob(
        "0,0.33 -0.1,0.36 -0.18,0.46 -0.205,0.6 -0.19,0.75 0,0.84 0.19,0.75 0.205,0.6 0.18,0.46 0.1,0.36"
    )
    pen.part(hair)
    pen.blob(
        "-0.22,0.62 -0.25,0.78 -0.12,0.95 0.05,0.97 0.2,0.88 0.25,0.7 0.215,0.62 0.17,0.76 0,0.79 -0.14,0.75"
    )
    pen.line([(-0.135, 0.665), (-0.085, 0.685), (-0.045, 0.67)], 0.016, 0.01)
    pen.line([(0.045, 0.67), (0.085, 0.685), (0.135, 0.665)], 0.01, 0.016)
    pen.part((250, 248, 244))
    pen.oval(-0.088, 0.6, 0.042, 0.024)
    pen.oval(0.088, 0.6, 0.042, 0.024)
    pen.part((62, 44, 36))
    pen.oval(-0.086, 0.6, 0.021)
    pen.oval(0.09, 0.6, 0.021)
    pen.part((255, 255, 255))
    pen.oval(-0.079, 0.609, 0.006)
    pen.oval(0.097, 0.609, 0.006)
    pen.part(shade)
    pen.line([(0.0, 0.6), (0.018, 0.525), (-0.012, 0.515)], 0.012, 0.014)
    pen.part(mix(skin, (176, 62, 66), 0.7))
    pen.line([(-0.062, 0.445), (-0.02, 0.437), (0.02, 0.437), (0.062, 0.445)], 0.018, 0.016)


MOUTH = (0.0, 0.44, 0.085)
"""Of a portrait: where its mouth is, and half its width, in heights of the figure."""
CROWN = 0.985
"""Of a portrait: how high its hair goes."""
