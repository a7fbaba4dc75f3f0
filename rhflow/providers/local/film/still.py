"""One picture out of a film, exactly as it was shown: upright, square pixels, right colours."""

from __future__ import annotations

from pathlib import Path

from rhflow.media import ffmpeg
from rhflow.media.ffmpeg import FfmpegError
from rhflow.media.streams import VideoStream
from rhflow.providers.local.film.clip import Clip, look_at
from rhflow.providers.local.step import StepFailed

_WINDOWS = ("0.3", "2", "10", "")
"""Seconds before the end in which to look for the last picture; at last, the whole film."""


async def first_still(path: Path, label: str, goal: Path) -> None:
    """The first picture as PNG.

    Raises:
        StepFailed: the film cannot be read.
    """
    clip = await look_at(path, label)
    await _draw([*ffmpeg.source(path)], ["-frames:v", "1"], clip, goal)
    if not _was_drawn(goal):
        raise StepFailed(f"{label} has no picture that can be decoded", "Fetch or make it again.")


async def last_still(path: Path, label: str, goal: Path) -> None:
    """The last picture as PNG. Every picture of a growing window is drawn over the one before it.

    Raises:
        StepFailed: the film cannot be read.
    """
    clip = await look_at(path, label)
    for window in _WINDOWS:
        seek = ["-sseof", f"-{window}"] if window else []
        await _draw([*seek, *ffmpeg.source(path)], ["-update", "1"], clip, goal)
        if _was_drawn(goal):
            return
    raise StepFailed(f"{label} has no picture that can be decoded", "Fetch or make it again.")


def _was_drawn(goal: Path) -> bool:
    return goal.is_file() and goal.stat().st_size > 0


async def _draw(inputs: list[str], limit: list[str], clip: Clip, goal: Path) -> None:
    outputs = ["-map", "0:V:0", "-vf", _upright(clip.video), *limit, "-fps_mode", "passthrough"]
    outputs += [
        "-compression_level",
        "3",
        *ffmpeg.BITEXACT,
        "-c:v",
        "png",
        "-f",
        "image2",
        ffmpeg.target(goal),
    ]
    try:
        await ffmpeg.run_async([*inputs, *outputs])
    except FfmpegError as error:
        if "Nothing was written" in str(error) or "received no packets" in str(error):
            return
        raise StepFailed(f"{clip.label} cannot be decoded: {error}", "Fetch or make it again.") from None


def _upright(video: VideoStream) -> str:
    """Filters to RGB: the colours of a next clip drift with every still whose matrix was guessed wrong."""
    width, height = video.shown
    matrix = f":in_color_matrix={video.matrix}" if video.pixels.startswith("yuv") else ""
    return f"scale={width}:{height}:flags=bicubic+accurate_rnd+full_chroma_int{matrix},setsar=1,format=rgb24"
