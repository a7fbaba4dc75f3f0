"""Draws one figure: coordinates in heights of the figure, x from its middle, y up from its foot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

from PIL import Image, ImageChops, ImageFilter

from rhflow.simulator.renders.canvas import Point, Stencil
from rhflow.simulator.renders.colour import Rgb, lighter, mix
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.stage import Stage

Outline: TypeAlias = "Sequence[Point] | str"
"""Points, or text that lists them: `0.1,0.2 0.3,0.4`."""

MARGIN = 1.15
"""Half the width of a figure's sheet, in its heights."""


class Pen:
    """Begin a part with `part(colour)`, draw into it; the next part lies over it; `lay` paints them all."""

    def __init__(self, stage: Stage, x: float, foot: float, size: float, *, flip: bool = False) -> None:
        self.stage, self.size, self.flip = stage, size, flip
        self.dice: Dice = stage.dice.split(f"figure {round(x)} {round(size)}")
        side = math.ceil(size * MARGIN * 2)
        self._box = (side, math.ceil(size * 1.9))
        self._corner = (round(x - size * MARGIN), round(foot - size * 1.45))
        self._parts: list[tuple[Stencil, Rgb, float, float]] = []
        self._glows: list[tuple[float, float, float, Rgb, float]] = []
        self._now = Stencil(*self._box)

    def part(self, colour: Rgb, *, strength: float = 1.0, soft: float = 0.0) -> None:
        """Start a new layer of one colour; `soft` blurs it, in heights."""
        self._now = Stencil(*self._box)
        self._parts.append((self._now, colour, strength, soft * self.size))

    def at(self, x: float, y: float) -> Point:
        """From the figure's coordinates to its sheet."""
        return (MARGIN + (-x if self.flip else x)) * self.size, (1.45 - y) * self.size

    def oval(self, x: float, y: float, across: float, tall: float | None = None, turn: float = 0.0) -> None:
        """An ellipse; `turn` in degrees, anticlockwise."""
        tall = across if tall is None else tall
        angle = math.radians(turn)
        cos, sin = math.cos(angle), math.sin(angle)
        steps = 40
        self.poly(
            [
                (
                    x + across * math.cos(a) * cos - tall * math.sin(a) * sin,
                    y + across * math.cos(a) * sin + tall * math.sin(a) * cos,
                )
                for a in (index / steps * math.tau for index in range(steps))
            ]
        )

    def poly(self, points: Outline) -> None:
        self._now.polygon([self.at(x, y) for x, y in outline(points)])

    def cut(self, points: Outline) -> None:
        """Take a polygon away from the part."""
        self._now.polygon([self.at(x, y) for x, y in outline(points)], 0)

    def rect(self, left: float, low: float, right: float, high: float) -> None:
        self.poly([(left, low), (right, low), (right, high), (left, high)])

    def blob(self, points: Outline) -> None:
        """A smooth closed outline through the points."""
        self.poly(smooth(outline(points)))

    def line(self, points: Outline, width: float, end: float | None = None) -> None:
        """A round-ended stroke; `end` tapers it."""
        end = width if end is None else end
        corners = outline(points)
        path = smooth(corners, closed=False) if len(corners) > 2 else list(corners)
        steps = len(path) - 1
        for index, (first, second) in enumerate(pairwise(path)):
            near, far = (width + (end - width) * share / steps for share in (index, index + 1))
            angle = math.atan2(second[1] - first[1], second[0] - first[0])
            dx, dy = -math.sin(angle) / 2, math.cos(angle) / 2
            self.poly(
                [
                    (first[0] + dx * near, first[1] + dy * near),
                    (second[0] + dx * far, second[1] + dy * far),
                    (second[0] - dx * far, second[1] - dy * far),
                    (first[0] - dx * near, first[1] - dy * near),
                ]
            )
            self.oval(*second, far / 2)
        self.oval(*path[0], width / 2)

    def glow(self, x: float, y: float, radius: float, colour: Rgb, strength: float) -> None:
        """Light around a point of the figure, added when it is laid."""
        self._glows.append((x, y, radius, colour, strength))

    def lay(self, *, shadow: bool = False, rim: float = 0.5) -> tuple[tuple[int, int], Image.Image]:
        """Paint the parts onto the canvas, with light on the edges that face the sun.

        Returns the corner of the figure's sheet, and the figure's outline on it.
        """
        stage, corner = self.stage, self._corner
        middle = corner[0] + self._box[0] / 2
        light = mix(lighter(stage.palette.light, 0.2), stage.palette.sky[3], 0.3)
        if shadow:
            self._shadow()
        whole = Image.new("L", self._box)
        for stencil, colour, strength, soft in self._parts:
            mask = stencil.mask()
            if soft:
                mask = mask.filter(ImageFilter.GaussianBlur(soft))
            if strength < 1:
                mask = mask.point([round(value * strength) for value in range(256)])
            stage.canvas.image.paste(
                colour, (*corner, corner[0] + self._box[0], corner[1] + self._box[1]), mask
            )
            if strength == 1 and not soft:
                whole = ImageChops.lighter(whole, mask)
        if rim:
            far = max(1.0, self.size / 110)
            dx, dy = stage.towards_light(middle, far)
            edge = ImageChops.multiply(
                whole, ImageChops.invert(ImageChops.offset(whole, round(-dx), round(-dy)))
            )
            edge = edge.point([round(value * rim) for value in range(256)])
            stage.canvas.image.paste(
                light, (*corner, corner[0] + self._box[0], corner[1] + self._box[1]), edge
            )
        for x, y, radius, colour, strength in self._glows:
            left, top = self.at(x, y)
            stage.canvas.glow(corner[0] + left, corner[1] + top, radius * self.size, colour, strength)
        return corner, whole

    def _shadow(self) -> None:
        stencil = Stencil(*self._box)
        x, y = self.at(0, 0)
        stencil.ellipse(x, y, self.size * 0.42, self.size * 0.055)
        mask = stencil.mask(self.size * 0.02).point([round(value * 0.4) for value in range(256)])
        corner = self._corner
        self.stage.canvas.image.paste(
            (10, 10, 20), (*corner, corner[0] + self._box[0], corner[1] + self._box[1]), mask
        )


def outline(points: Outline) -> Sequence[Point]:
    """The points of an outline."""
    if not isinstance(points, str):
        return points
    pairs = (pair.split(",") for pair in points.split())
    return [(float(x), float(y)) for x, y in pairs]


def smooth(points: Sequence[Point], *, closed: bool = True, steps: int = 8) -> list[Point]:
    """A Catmull-Rom curve through the points."""
    count = len(points)
    curve: list[Point] = []
    for index in range(count if closed else count - 1):
        if closed:
            a, b, c, d = (points[(index + offset) % count] for offset in (-1, 0, 1, 2))
        else:
            a, b, c, d = (points[min(count - 1, max(0, index + offset))] for offset in (-1, 0, 1, 2))
        for step in range(steps):
            t = step / steps
            curve.append((_spline(a[0], b[0], c[0], d[0], t), _spline(a[1], b[1], c[1], d[1], t)))
    if not closed:
        curve.append(points[-1])
    return curve


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)
