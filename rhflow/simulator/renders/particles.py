"""What drifts through a clip: snow, rain, petals, embers, fireflies, bubbles, dust, mist.

Drawn at half size as plain alpha, frame by frame, to be enlarged and tinted.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter

from rhflow.simulator.renders.canvas import cloudiness
from rhflow.simulator.renders.colour import Rgb
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.words import Reading

SCALE = 2


@dataclass(frozen=True, slots=True)
class Drift:
    """A kind of particle: how many, how big (in heights), how fast (heights per second, down is positive)."""

    count: int
    size: float
    fall: float
    sway: float
    colour: Rgb
    strength: float
    shape: str = "dot"
    flicker: bool = False


KINDS: dict[str, Drift] = {
    "snow": Drift(130, 0.0062, 0.16, 0.03, (255, 255, 255), 0.85),
    "rain": Drift(150, 0.05, 1.7, 0.0, (226, 236, 246), 0.34, "streak"),
    "petals": Drift(30, 0.011, 0.1, 0.08, (255, 196, 212), 0.9, "leaf"),
    "leaves": Drift(24, 0.013, 0.13, 0.1, (232, 146, 60), 0.9, "leaf"),
    "embers": Drift(50, 0.0045, -0.2, 0.04, (255, 190, 96), 0.95, flicker=True),
    "fireflies": Drift(36, 0.0065, -0.015, 0.07, (255, 232, 140), 0.95, flicker=True),
    "bubbles": Drift(34, 0.0075, -0.12, 0.025, (232, 255, 252), 0.5, "ring"),
    "mist": Drift(0, 0.0, 0.0, 0.0, (244, 246, 248), 0.5, "mist"),
    "dust": Drift(34, 0.0045, -0.02, 0.04, (255, 246, 220), 0.5, flicker=True),
}


def choose(reading: Reading) -> str:
    """The kind that suits the words; dust in the light where they name none."""
    for weather, kind in (
        ("snow", "snow"),
        ("rain", "rain"),
        ("storm", "rain"),
        ("petals", "petals"),
        ("leaves", "leaves"),
        ("embers", "embers"),
        ("fireflies", "fireflies"),
        ("fog", "mist"),
    ):
        if weather in reading.weathers:
            return kind
    if "underwater" in reading.settings or reading.has("jellyfish", "turtle"):
        return "bubbles"
    return "dust"


class Cloud:
    """Particles over a clip of `count` frames: `frame(index)` is grey, at half size, fading in and out."""

    def __init__(self, kind: str, size: tuple[int, int], count: int, fps: float, dice: Dice) -> None:
        drift, small = KINDS[kind], half(size)
        self.colour = drift.colour
        self._count, self._ends = count, max(1, min(12, count // 4))
        self._draw = _mist(small, dice, fps) if drift.shape == "mist" else _flock(drift, small, dice, fps)

    def frame(self, index: int) -> Image.Image:
        """The alpha of what drifts by in one frame; nothing at all in the first and in the last."""
        fade = min(1.0, index / self._ends, (self._count - 1 - index) / self._ends)
        drawn = self._draw(index)
        return drawn if fade >= 1 else drawn.point([round(value * max(0.0, fade)) for value in range(256)])


def half(size: tuple[int, int]) -> tuple[int, int]:
    """The size particles are drawn at."""
    return max(2, size[0] // SCALE), max(2, size[1] // SCALE)


def _flock(drift: Drift, small: tuple[int, int], dice: Dice, fps: float) -> Callable[[int], Image.Image]:
    width, height = small[0] * 2, small[1] * 2
    beings = [
        (
            dice.between(0, 1),
            dice.between(0, 1),
            dice.between(0.45, 1.5),
            dice.between(0, math.tau),
            dice.between(0.5, 1.3),
        )
        for _ in range(drift.count)
    ]
    lean = dice.between(-0.25, 0.25)

    def frame(index: int) -> Image.Image:
        sheet = Image.new("L", (width, height))
        draw = ImageDraw.Draw(sheet)
        seconds = index / fps
        for start_x, start_y, near, phase, pace in beings:
            y = (start_y + drift.fall * near * pace * seconds) % 1.1 - 0.05
            x = (
                start_x + drift.sway * math.sin(seconds * pace + phase) + lean * drift.fall * near * seconds
            ) % 1.1 - 0.05
            shine = 0.4 + 0.6 * near / 1.5
            if drift.flicker:
                shine *= 0.5 + 0.5 * math.sin(seconds * 2.4 * pace + phase * 3)
            _being(
                draw,
                drift,
                x * width,
                y * height,
                drift.size * near * height,
                round(255 * drift.strength * shine),
                phase + seconds * pace * 2,
                lean,
            )
        done = sheet.reduce(2)
        return done.filter(ImageFilter.BoxBlur(0.6)) if drift.shape in {"dot", "leaf"} else done

    return frame


def _being(
    draw: ImageDraw.ImageDraw,
    drift: Drift,
    x: float,
    y: float,
    size: float,
    shine: int,
    turn: float,
    lean: float,
) -> None:
    if drift.shape == "streak":
        draw.line((x, y, x + lean * size, y + size), fill=shine, width=2)
    elif drift.shape == "ring":
        draw.ellipse((x - size, y - size, x + size, y + size), outline=shine, width=2)
    elif drift.shape == "leaf":
        across, tall = size * (0.35 + 0.65 * abs(math.cos(turn))), size * 0.55
        slant = math.sin(turn * 0.7) * size * 0.6
        draw.polygon(
            [(x - across, y - slant), (x, y - tall), (x + across, y + slant), (x, y + tall)], fill=shine
        )
    else:
        draw.ellipse((x - size, y - size, x + size, y + size), fill=shine)


def _mist(small: tuple[int, int], dice: Dice, fps: float) -> Callable[[int], Image.Image]:
    """Banks of mist that slide past, drawn once and looked at through a moving window."""
    wide = cloudiness(small[0] * 2, small[1], dice, small[1] * 0.9, 3)
    wide = wide.point([max(0, min(150, round((value - 108) * 2.4))) for value in range(256)])
    band = Image.new("L", (1, small[1]))
    band.putdata([round(255 * max(0.0, 1 - abs(y / small[1] - 0.66) * 2.2)) for y in range(small[1])])
    shape = Image.new("L", wide.size)
    shape.paste(wide, (0, 0), band.resize(wide.size))
    speed = dice.sign() * small[0] * 0.045
    start = 0.0 if speed > 0 else float(small[0])

    def frame(index: int) -> Image.Image:
        left = min(max(0.0, start + speed * index / fps), float(small[0]))
        return shape.resize(
            small, Image.Resampling.BILINEAR, box=(left, 0.0, left + small[0], float(small[1]))
        )

    return frame
