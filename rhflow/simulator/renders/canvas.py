"""Where the picture grows: shapes are cut as stencils at twice the size, then filled at the real size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from rhflow.simulator.renders.colour import Rgb, mix
from rhflow.simulator.renders.dice import Dice

Point: TypeAlias = tuple[float, float]
Paint: TypeAlias = "Rgb | Image.Image"
SHARP = 2


class Stencil:
    """A mask drawn at twice the size for smooth edges. Coordinates are pixels of the picture."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._mask = Image.new("L", (width * SHARP, height * SHARP))
        self._draw = ImageDraw.Draw(self._mask)

    def polygon(self, points: Sequence[Point], value: int = 255) -> None:
        if len(points) > 2:
            self._draw.polygon([(x * SHARP, y * SHARP) for x, y in points], fill=value)

    def ellipse(self, x: float, y: float, across: float, tall: float | None = None, value: int = 255) -> None:
        """An ellipse around (x, y); radii, not diameters."""
        tall = across if tall is None else tall
        box = ((x - across) * SHARP, (y - tall) * SHARP, (x + across) * SHARP, (y + tall) * SHARP)
        self._draw.ellipse(box, fill=value)

    def rectangle(self, left: float, top: float, right: float, bottom: float, value: int = 255) -> None:
        if right > left and bottom > top:
            box = (
                left * SHARP,
                top * SHARP,
                max(left * SHARP, right * SHARP - 1),
                max(top * SHARP, bottom * SHARP - 1),
            )
            self._draw.rectangle(box, fill=value)

    def line(self, points: Sequence[Point], width: float, value: int = 255) -> None:
        self._draw.line(
            [(x * SHARP, y * SHARP) for x, y in points],
            fill=value,
            width=max(1, round(width * SHARP)),
            joint="curve",
        )

    def mask(self, blur: float = 0) -> Image.Image:
        """The stencil at the size of the picture."""
        small = self._mask.reduce(SHARP)
        return small.filter(ImageFilter.GaussianBlur(blur)) if blur else small


class Canvas:
    """An RGB picture and the ways to put paint on it."""

    def __init__(self, width: int, height: int, dice: Dice) -> None:
        self.width, self.height = width, height
        self.image = Image.new("RGB", (width, height))
        self.dice = dice
        self.unit = min(width, height, max(width, height) * 0.7)
        """What sizes of things are measured in: the short side, less where the picture is square."""

    def stencil(self) -> Stencil:
        return Stencil(self.width, self.height)

    def fill(self, mask: Image.Image, paint: Paint, strength: float = 1.0) -> None:
        """Lay paint (a colour, or a picture of the same size) where the mask is white."""
        if strength < 1:
            mask = mask.point([round(value * strength) for value in range(256)])
        if isinstance(paint, Image.Image):
            self.image.paste(paint, (0, 0), mask)
        else:
            self.image.paste(paint, (0, 0, self.width, self.height), mask)

    def gradient(self, stops: Sequence[tuple[float, Rgb]]) -> Image.Image:
        """A vertical gradient; stops are (height from 0 at the top to 1, colour) in order."""
        column = Image.new("RGB", (1, self.height))
        column.putdata([_between(stops, y / max(1, self.height - 1)) for y in range(self.height)])
        return column.resize((self.width, self.height), Image.Resampling.NEAREST)

    def glow(
        self, x: float, y: float, radius: float, colour: Rgb, strength: float, flat: float = 1.0
    ) -> None:
        """Soft light around a point, added to what is there. `flat` squeezes it vertically."""
        across, tall = max(2, round(radius * 2)), max(2, round(radius * 2 * flat))
        falloff = Image.radial_gradient("L").point([_falloff(value, strength) for value in range(256)])
        spot = falloff.resize((across, tall), Image.Resampling.BILINEAR)
        mask = Image.new("L", (self.width, self.height))
        mask.paste(spot, (round(x - across / 2), round(y - tall / 2)))
        lit = ImageChops.screen(self.image, Image.new("RGB", self.image.size, colour))
        self.image.paste(lit, (0, 0), mask)

    def screen(self, mask: Image.Image, colour: Rgb, strength: float) -> None:
        """Add light where the mask is white."""
        lit = ImageChops.screen(self.image, Image.new("RGB", self.image.size, colour))
        self.fill(mask, lit, strength)

    def rim(self, mask: Image.Image, colour: Rgb, towards: Point, strength: float) -> None:
        """Light on those edges of a shape that face `towards` (an offset in pixels)."""
        moved = ImageChops.offset(mask, round(-towards[0]), round(-towards[1]))
        edge = ImageChops.multiply(mask, ImageChops.invert(moved))
        self.fill(edge, colour, strength)


def _falloff(value: int, strength: float) -> int:
    """From the distance (0 centre to 255 edge of the box) to light: soft, and nothing at the border."""
    near = max(0.0, 1 - value / 178)
    return round(255 * strength * near * near * (1.6 - 0.6 * near))


def _between(stops: Sequence[tuple[float, Rgb]], at: float) -> Rgb:
    previous = stops[0]
    for stop in stops:
        if at <= stop[0]:
            span = stop[0] - previous[0]
            return mix(previous[1], stop[1], (at - previous[0]) / span if span > 0 else 1)
        previous = stop
    return stops[-1][1]


def cloudiness(width: int, height: int, dice: Dice, cell: float, octaves: int = 4) -> Image.Image:
    """Soft two-dimensional noise as a mask; `cell` is the size of the biggest blotches in pixels."""
    total = Image.new("L", (width, height), 128)
    share = 0.62
    for octave in range(octaves):
        size = cell / 2**octave
        across, down = max(2, round(width / size) + 2), max(2, round(height / size) + 2)
        layer = Image.frombytes("L", (across, down), dice.noise(across * down))
        total = Image.blend(total, layer.resize((width, height), Image.Resampling.BICUBIC), share)
        share *= 0.56
    return total


def grain(width: int, height: int, dice: Dice) -> Image.Image:
    """Fine film grain around middle grey."""
    tile = 256
    rough = Image.frombytes("L", (tile, tile), dice.noise(tile * tile))
    rough = Image.blend(rough, Image.frombytes("L", (tile, tile), dice.noise(tile * tile)), 0.5)
    whole = Image.new("L", (width, height))
    for y in range(0, height, tile):
        for x in range(0, width, tile):
            whole.paste(rough, (x, y))
    return whole
