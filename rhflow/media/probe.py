"""What a media file really is: kind, duration, size, frame rate, sound.

Images by Pillow, everything with time by reading `ffmpeg -i` (there is no ffprobe in the wheel).
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from rhflow.ground.media import SNIFF_BYTES, Kind, sniff
from rhflow.media.ffmpeg import ffmpeg_path


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found; None where a file of that kind has no such thing."""

    kind: Kind
    seconds: float | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    has_audio: bool = False


_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)")
_VIDEO = re.compile(r"Stream #\S+: Video: .*?(\d{2,5})x(\d{2,5})(?:.*?([\d.]+) fps)?")
_AUDIO = re.compile(r"Stream #\S+: Audio: ")


def probe(path: Path) -> Probe | None:
    """Look into the file; None where it is no media file, or a broken one.

    Blocks for some 20 ms with time-based media: call it in a thread from async code.
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
    try:
        with Image.open(path) as image:
            image.verify()
            return Probe(Kind.IMAGE, width=image.width, height=image.height)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None


def _probe_timed(path: Path, kind: Kind) -> Probe | None:
    done = subprocess.run(  # noqa: S603  # a list, no shell
        [ffmpeg_path(), "-hide_banner", "-nostdin", "-i", str(path)],
        capture_output=True,
        timeout=60,
        check=False,
    )
    said = done.stderr.decode("utf-8", "replace")
    video, audio, duration = _VIDEO.search(said), _AUDIO.search(said), _DURATION.search(said)
    if video is None and audio is None:
        return None
    seconds = None
    if duration is not None:
        hours, minutes, rest = duration.groups()
        seconds = int(hours) * 3600 + int(minutes) * 60 + float(rest)
    if video is None or kind is Kind.AUDIO:  # a cover picture does not make a song a film
        return Probe(Kind.AUDIO, seconds=seconds, has_audio=True)
    width, height, fps = video.groups()
    return Probe(
        Kind.VIDEO,
        seconds=seconds,
        width=int(width),
        height=int(height),
        fps=float(fps) if fps else None,
        has_audio=audio is not None,
    )
