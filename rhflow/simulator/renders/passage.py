"""From one picture to another: both move towards each other while the first gives way to the second.

The first frame is the first picture as it is, the last frame the last one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from PIL import Image

from rhflow.simulator.renders import camera
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.play import detailed, seen
from rhflow.simulator.renders.still import Still


def through(stills: Sequence[Still], size: tuple[int, int], total: int, dice: Dice) -> Iterator[Image.Image]:
    """Frames from the first still over those between to the last one."""
    known = [detailed(still, size) for still in stills]
    legs = len(known) - 1
    for leg, (first, second) in enumerate(pairwise(known)):
        start, end = round((total - 1) * leg / legs), round((total - 1) * (leg + 1) / legs)
        passing = Passage(first, second, size, dice.split(f"leg {leg}"))
        for index in range(start, end + (leg == legs - 1)):
            yield passing.at((index - start) / max(1, end - start))


class Passage:
    """One leg: `at` a share of the way."""

    def __init__(self, first: Still, second: Still, size: tuple[int, int], dice: Dice) -> None:
        self._first, self._second, self._size = first.picture, second.picture, size
        from_x, from_y = _focus(first)
        to_x, to_y = _focus(second)
        deep = dice.between(0.2, 0.28)
        # Each picture is approached where its figure is, so that the one seems to become the other.
        self._away = camera.View(1 + deep, _shift(from_x, deep), _shift(from_y, deep))
        self._from = camera.View(1 + deep, _shift(to_x, deep), _shift(to_y, deep))

    def at(self, share: float) -> Image.Image:
        """The frame after this share of the way."""
        if share <= 0:
            return _plain(self._first, self._size)
        if share >= 1:
            return _plain(self._second, self._size)
        eased = share * share * (3 - 2 * share)
        mixed = min(1.0, max(0.0, (share - 0.3) / 0.4))
        mixed = mixed * mixed * (3 - 2 * mixed)
        here = (
            _seen(self._first, camera.Move(camera.View(), self._away), eased, self._size)
            if mixed < 1
            else None
        )
        there = (
            _seen(self._second, camera.Move(self._from, camera.View()), eased, self._size)
            if mixed > 0
            else None
        )
        if here is None or there is None:
            found = here or there
            assert found is not None
            return found
        return Image.blend(here, there, mixed)


def _focus(still: Still) -> tuple[float, float]:
    """Where the first figure is, in shares of the frame from its middle."""
    if not still.figures:
        return 0.0, 0.0
    x, y = still.figures[0].middle
    return x / still.picture.width - 0.5, y / still.picture.height - 0.5


def _shift(aside: float, deep: float) -> float:
    """As far towards a point as the zoom leaves room for."""
    room = 0.5 - 0.5 / (1 + deep)
    return min(room, max(-room, aside)) / 1.15


def _plain(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    return picture.resize(size, Image.Resampling.BILINEAR)


def _seen(picture: Image.Image, move: camera.Move, share: float, size: tuple[int, int]) -> Image.Image:
    view = camera.View(
        move.start.zoom + (move.end.zoom - move.start.zoom) * share,
        move.start.x + (move.end.x - move.start.x) * share,
        move.start.y + (move.end.y - move.start.y) * share,
    )
    return seen(picture, view, picture.size, 0, size)
