"""What every painter of a scene shares: the canvas, the colours, the light and where the ground is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image

from rhflow.simulator.renders.canvas import Canvas, Point
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.palette import Palette
from rhflow.simulator.renders.words import Reading

Ground = Callable[[float], float]
"""The height of the ground, in pixels from the top, at an x."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A figure as it was painted: its name, and its outline as a mask at a corner of the canvas."""

    name: str
    corner: tuple[int, int]
    outline: Image.Image


@dataclass(slots=True)
class Stage:
    canvas: Canvas
    palette: Palette
    reading: Reading
    dice: Dice
    setting: str
    hour: str
    horizon: float
    """Pixels from the top."""
    sun: Point
    """Sun, moon or whatever lights the scene."""
    ground: Ground = field(default=lambda _: 0.0)
    """Where subjects stand; painted land sets it."""
    focus: float = 0.0
    """The x where the subject wants to be."""
    is_bare: bool = False
    """Figures stay away: for a backdrop they will be moved over."""
    figures: list[Standing] = field(default_factory=list)
    """Those that came, in the order they were painted."""

    @property
    def width(self) -> int:
        return self.canvas.width

    @property
    def height(self) -> int:
        return self.canvas.height

    @property
    def unit(self) -> float:
        return self.canvas.unit

    @property
    def moonlit(self) -> bool:
        return self.palette.dark

    def towards_light(self, x: float, far: float) -> Point:
        """An offset of `far` pixels from x towards the light."""
        side = 1.0 if self.sun[0] > x else -1.0
        return side * far, -far * 0.7
