"""What a media file really is: kind, duration, size, frame rate, sound.

Images by Pillow, everything with time by `ffmpeg -i` (see streams.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from rhflow.ground.media import SNIFF_BYTES, Kind, sniff
from rhflow.media.ffmpeg import FfmpegError, describe, run, source
from rhflow.media.streams import Streams, read_streams


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found; None where a file of that kind has no such thing.

    Width and height are as shown: turned upright, with square pixels.
    """

    kind: Kind
    seconds: float | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    has_audio: bool = False


def probe(path: Path) -> Probe | None:
    """Look into the file; None where it is no media file, or a broken one.

    Blocks for some 20 ms with time-based media (and reads the whole file where its header does not
    say how long it is): call it in a thread from async code.
    """
    try:
        with path.open("rb") as file:
            sniffed = sniff(file.read(SNIFF_BYTES))
    except OSError:
        return None
    if sniffed is None:
        return None
    if sniffed.kind is Kind.IMAGE:
        return _probe_image(path)
    if sniffed.kind is Kind.MODEL3D:
        return Probe(Kind.MODEL3D)
    return _probe_timed(path, sniffed.kind)


def _probe_image(path: Path) -> Probe | None:
    """Decodes the picture: a truncated one shows in no other way."""
    try:
        with Image.open(path) as image:
            image.load()
            width, height = image.size
            if image.getexif().get(_ORIENTATION, 1) in _LYING:
                width, height = height, width
            return Probe(Kind.IMAGE, width=width, height=height)
    except UnidentifiedImageError:
        return _probe_foreign_image(path)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None


_ORIENTATION = 0x0112
_LYING = (5, 6, 7, 8)
"""Exif orientations under which width and height change places."""


def _probe_foreign_image(path: Path) -> Probe | None:
    """A picture Pillow has no decoder for (HEIC): ffmpeg may."""
    streams = _streams(path)
    if streams is None or streams.video is None:
        return None
    width, height = streams.video.shown
    return Probe(Kind.IMAGE, width=width, height=height)


def _probe_timed(path: Path, kind: Kind) -> Probe | None:
    streams = _streams(path)
    if streams is None or (streams.video is None and streams.audio is None):
        return None
    seconds = streams.seconds if streams.seconds is not None else _measured(path)
    if streams.video is None or (kind is Kind.AUDIO and streams.audio is not None):
        return Probe(Kind.AUDIO, seconds=seconds, has_audio=True)
    width, height = streams.video.shown
    return Probe(
        Kind.VIDEO,
        seconds=seconds,
        width=width,
        height=height,
        fps=streams.video.fps,
        has_audio=streams.audio is not None,
    )


def _streams(path: Path) -> Streams | None:
    try:
        return read_streams(describe(path))
    except FfmpegError:
        return None


_REACHED = re.compile(rb"out_time_us=(\d+)")


def _measured(path: Path) -> float | None:
    """How long a file without a stated duration (a live recording) is, by reading all of it."""
    try:
        said = run([*source(path), "-map", "0", "-c", "copy", "-progress", "pipe:1", "-f", "null", "-"])
    except FfmpegError:
        return None
    reached = _REACHED.findall(said)
    return int(reached[-1]) / 1e6 if reached else None
