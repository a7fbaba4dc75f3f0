"""A film is done when it is what was meant, not when ffmpeg ends without complaint."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from rhflow.media.ffmpeg import FfmpegError
from rhflow.media.packets import read_contents
from rhflow.providers.local.step import StepFailed

_SLACK = 0.2


@dataclass(frozen=True, slots=True)
class Promise:
    """What the film was to be: `frames` exactly, `seconds` within 0.2 s."""

    width: int
    height: int
    frames: int
    seconds: Fraction
    has_sound: bool


async def inspect(path: Path, promise: Promise) -> None:
    """Read the film through.

    Raises:
        StepFailed: it is not what was promised; the sentence says in what.
    """
    if _is_empty(path):
        raise _broken("it is empty")
    try:
        contents = await read_contents(path)
    except FfmpegError as error:
        raise _broken(f"it cannot be read: {error}") from None
    video, track = contents.streams.video, contents.video
    if video is None or track is None:
        raise _broken("it has no pictures")
    if video.shown != (promise.width, promise.height):
        raise _broken(f"it is {video.shown[0]}x{video.shown[1]}, not {promise.width}x{promise.height}")
    if track.packets != promise.frames:
        raise _broken(f"it has {track.packets} pictures, not {promise.frames}")
    if abs(float(track.end) - float(promise.seconds)) > _SLACK:
        raise _broken(f"it lasts {float(track.end):.2f} s, not {float(promise.seconds):.2f} s")
    if track.ends_torn or (contents.audio is not None and contents.audio.ends_torn):
        raise _broken("its end is missing")
    if (contents.audio is not None) != promise.has_sound:
        raise _broken("it has no sound" if promise.has_sound else "it has sound that nobody put there")
    if contents.audio is not None and abs(float(contents.audio.end) - float(promise.seconds)) > _SLACK:
        raise _broken(
            f"its sound lasts {float(contents.audio.end):.2f} s, not {float(promise.seconds):.2f} s"
        )


def _is_empty(path: Path) -> bool:
    return not path.is_file() or path.stat().st_size == 0


def _broken(what: str) -> StepFailed:
    return StepFailed(f"The film did not come out whole: {what}", "Look at free disk space, then run again.")
