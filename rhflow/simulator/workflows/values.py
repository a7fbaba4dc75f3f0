"""What flows along the links of a graph while it is carried out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Names:
    """A model and what was put on it; nothing is loaded, but another name gives another picture."""

    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prompt:
    """Words, and pictures that go with them."""

    text: str = ""
    pictures: tuple[Path, ...] = ()
    marks: tuple[str, ...] = ()
    """Numbers and names that make a difference, but no picture of their own."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """An empty latent: pixels and a count, frames of a film, or seconds of sound."""

    width: int = 0
    height: int = 0
    count: int = 1
    frames: int = 0
    seconds: float = 0.0
    first: tuple[Path, ...] = ()
    last: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Pictures:
    """A batch of pictures."""

    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Take:
    """A film that was sampled and not yet drawn: its length depends on the frames a second it is shown at."""

    prompt: str
    canvas: Canvas
    marks: tuple[str, ...]

    def with_frames(self, times: int) -> Take:
        return replace(self, canvas=replace(self.canvas, frames=self.canvas.frames * times))


@dataclass(frozen=True, slots=True)
class Film:
    """A film in a file."""

    file: Path


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound in a file."""

    file: Path


Value: TypeAlias = (
    "Names | Prompt | Canvas | Pictures | Take | Film | Sound | str | int | float | bool | None"
)
MEDIA = (Pictures, Take, Film, Sound)


class NodeFailed(Exception):
    """A node could not do its part; the message is a sentence."""

    def __init__(self, message: str, kind: str = "RuntimeError") -> None:
        super().__init__(message)
        self.kind = kind
        """What ComfyUI would call the exception."""
