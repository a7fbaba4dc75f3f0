"""The cutting list: which frames of which clip stand where in the film."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

FADE_SECONDS = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Piece:
    """Frames `start` to `start + frames` of a clip (by its index), counted at the film's frame rate."""

    clip: int
    start: int
    frames: int


@dataclass(frozen=True, slots=True)
class Segment:
    """What is coded in one go: one piece, or two of equal length dissolving into each other."""

    pieces: tuple[Piece, ...]

    @property
    def frames(self) -> int:
        return self.pieces[0].frames


def cutting_list(lengths: Sequence[int], fade_frames: int) -> list[Segment]:
    """Clips of these lengths (frames), one after another, overlapping by up to `fade_frames` at each joint.

    A clip too short for its fades gets shorter ones: at most a third of it is spent at either end.
    """
    overlaps = [min(fade_frames, before // 3, after // 3) for before, after in pairwise(lengths)]
    segments = []
    for index, length in enumerate(lengths):
        lead = overlaps[index - 1] if index else 0
        tail = overlaps[index] if index < len(overlaps) else 0
        segments.append(Segment((Piece(index, lead, length - lead - tail),)))
        if tail:
            segments.append(Segment((Piece(index, length - tail, tail), Piece(index + 1, 0, tail))))
    return segments
