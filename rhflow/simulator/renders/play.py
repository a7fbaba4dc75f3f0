"""A scene that plays: a backdrop, puppets on it, a camera that moves over both; frame by frame."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image, ImageOps

from rhflow.simulator.renders import camera
from rhflow.simulator.renders.puppet import Pose, Puppet
from rhflow.simulator.renders.still import Still

DETAIL = 1.2
"""Backdrops are this much larger than the frame, so that a camera that goes closer keeps its edges."""
LARGEST_DRAWN = 960
"""The long edge frames are drawn at; larger clips are enlarged when they are coded."""

Gait = Callable[[float], Pose]
"""How a puppet holds itself after so many seconds."""
Look = Callable[[int], camera.View]
"""What the camera sees in a frame."""


@dataclass(frozen=True, slots=True)
class Actor:
    puppet: Puppet
    gait: Gait


class Play:
    """`frames` of this size, `fps` a second; `look` says where the camera is at each of them."""

    def __init__(
        self,
        backdrop: Image.Image,
        actors: list[Actor],
        look: Look,
        size: tuple[int, int],
        total: int,
        fps: float,
    ) -> None:
        self._actors, self._look, self._size = actors, look, size
        self._total, self._fps = total, fps
        self._margin = _margin([look(index) for index in range(total)], backdrop.size)
        self._backdrop = framed(backdrop, self._margin)
        self._inner = backdrop.size

    def frames(self, first: int = 0) -> Iterator[Image.Image]:
        """Each frame in turn, RGB; the first ones may be skipped."""
        for index in range(first, self._total):
            canvas = self._backdrop.copy()
            if self._actors:
                stage = canvas.crop(self._hole()) if self._margin else canvas
                for actor in self._actors:
                    actor.puppet.stand(stage, actor.gait(index / self._fps))
                if self._margin:
                    canvas.paste(stage, (self._margin, self._margin))
            yield seen(canvas, self._look(index), self._inner, self._margin, self._size)

    def _hole(self) -> tuple[int, int, int, int]:
        return (
            self._margin,
            self._margin,
            self._margin + self._inner[0],
            self._margin + self._inner[1],
        )


def seen(
    canvas: Image.Image, view: camera.View, inner: tuple[int, int], margin: int, size: tuple[int, int]
) -> Image.Image:
    """What the camera sees of a canvas that has a margin around its inner part."""
    points = [value + margin for value in camera.corners(view, inner)]
    limits = (canvas.width - 0.01, canvas.height - 0.01)
    points = [min(max(value, 0.0), limits[index % 2]) for index, value in enumerate(points)]
    if abs(view.lean) < 1e-6:
        box = (points[0], points[1], points[4], points[5])
        return canvas.resize(size, Image.Resampling.BILINEAR, box=box)
    return canvas.transform(size, Image.Transform.QUAD, points, Image.Resampling.BILINEAR)


def framed(picture: Image.Image, margin: int) -> Image.Image:
    """The picture with a margin that mirrors it: what a camera finds that steps back."""
    if margin <= 0:
        return picture
    done = Image.new("RGB", (picture.width + 2 * margin, picture.height + 2 * margin))
    mirrored, turned = ImageOps.mirror(picture), ImageOps.flip(picture)
    both = ImageOps.flip(mirrored)
    for y, (side, middle) in ((-1, (both, turned)), (0, (mirrored, picture)), (1, (both, turned))):
        for x in (-1, 0, 1):
            sheet = middle if x == 0 else side
            done.paste(sheet, (margin + x * picture.width, margin + y * picture.height))
    return done


def _margin(views: list[camera.View], size: tuple[int, int]) -> int:
    """How far beyond the picture the camera will look, in pixels; not farther than a third of it."""
    needed = 0.0
    for view in views:
        points = camera.corners(view, size)
        xs, ys = points[0::2], points[1::2]
        needed = max(needed, -min(xs), max(xs) - size[0], -min(ys), max(ys) - size[1])
    return min(math.ceil(needed), min(size) // 3) if needed > 0.5 else 0


def moved(move: camera.Move, total: int) -> Look:
    """The look of a camera that makes a move in so many frames."""
    return lambda index: camera.at(move, index / max(1, total - 1), index)


def drawn_size(size: tuple[int, int]) -> tuple[int, int]:
    """The size a clip is drawn at."""
    scale = min(1.0, LARGEST_DRAWN / max(size))
    return max(2, round(size[0] * scale / 2) * 2), max(2, round(size[1] * scale / 2) * 2)


def detailed(still: Still, size: tuple[int, int]) -> Still:
    """The still at the size a play of frames of this size wants it, its figures known."""
    large = (round(size[0] * DETAIL / 2) * 2, round(size[1] * DETAIL / 2) * 2)
    return still.fitted(large).studied()
