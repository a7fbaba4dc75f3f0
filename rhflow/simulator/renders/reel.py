"""The frames of a given video, one after the other, at the size and rate they are wanted."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from rhflow.media import ffmpeg


def frames(path: Path, size: tuple[int, int], fps: float, *, most_s: float = 60) -> Iterator[Image.Image]:
    """RGB frames, cut to the shape of the size from the middle; read while they are used."""
    fit = (
        f"fps={fps:g},scale={size[0]}:{size[1]}:force_original_aspect_ratio=increase,crop={size[0]}:{size[1]}"
    )
    length = size[0] * size[1] * 3
    process = subprocess.Popen(  # noqa: S603  # a list, no shell
        ffmpeg.command(
            [
                *(*ffmpeg.source(path), "-map", "0:v:0", "-t", f"{most_s:g}", "-vf", fit),
                *("-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"),
            ]
        ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        while len(raw := process.stdout.read(length)) == length:
            yield Image.frombytes("RGB", size, raw)
    finally:
        process.stdout.close()
        process.kill()
        process.wait()


def grey(path: Path, size: tuple[int, int], fps: float, *, most_s: float = 60) -> list[bytes]:
    """Small grey frames, squeezed to the size; all of them at once.

    Raises:
        FfmpegError: it cannot be read.
    """
    how = f"fps={fps:g},scale={size[0]}:{size[1]}:flags=area,format=gray"
    raw = ffmpeg.run(
        [
            *(*ffmpeg.source(path), "-map", "0:v:0", "-t", f"{most_s:g}", "-vf", how),
            *("-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"),
        ]
    )
    step = size[0] * size[1]
    return [raw[at : at + step] for at in range(0, len(raw) - step + 1, step)]
