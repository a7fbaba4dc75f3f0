"""What a file holds to the packet: exact frame count and times, and a digest of how it is coded.

One reading of the whole file without decoding it (a gigabyte in about a second), in a killable child.
It is how a cut-off file is told from a whole one, and how clips are told alike enough to be joined
without coding them anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from rhflow.media import ffmpeg
from rhflow.media.streams import Streams, read_streams


@dataclass(frozen=True, slots=True)
class Track:
    """One stream: `start` and `end` in seconds of the file's own time, `coding` as in `#extradata`, `#tb`."""

    coding: tuple[str, ...]
    start: Fraction
    end: Fraction
    packets: int
    begins_with_key: bool
    ends_torn: bool
    """The last packet is shorter than the file says: the rest was cut off."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Streams as described, tracks as counted; None where there is no such track."""

    streams: Streams
    video: Track | None
    audio: Track | None


async def read_contents(path: Path) -> Contents:
    """Read through the first picture track and the first sound track.

    Raises:
        FfmpegError: the file cannot be read, or holds neither.
    """
    said = await ffmpeg.run_async(
        [*ffmpeg.source(path), "-map", "0:V:0?", "-map", "0:a:0?", "-c", "copy", "-f", "framecrc", "pipe:1"],
        level="info",
    )
    streams = read_streams(said.log)
    tracks = _tracks(said.output.decode("ascii", "replace"))
    return Contents(streams, tracks.get("video"), tracks.get("audio"))


_Packet: TypeAlias = tuple[int, int, int]
"""Presentation time and length in ticks, flags as in libavcodec's `AV_PKT_FLAG_…`."""

_KEY, _TORN = 1, 2

_HEADER = re.compile(r"#(\w+) (\d+): +(.*)")
_EXTRA_KEYS = ("extradata", "tb", "codec_id", "dimensions", "sar")


def _tracks(listing: str) -> dict[str, Track]:
    """Tracks by media type. Packet lines are `stream, dts, pts, duration, size, crc[, F=flags]`."""
    headers: dict[str, dict[str, str]] = {}
    packets: dict[str, list[_Packet]] = {}
    for line in listing.splitlines():
        if line.startswith("#"):
            found = _HEADER.match(line)
            if found is not None:
                headers.setdefault(found[2], {})[found[1]] = found[3]
            continue
        fields = [field.strip() for field in line.split(",")]
        if len(fields) >= 6:
            flags = (
                int(fields[6].removeprefix("F="), 0) if len(fields) > 6 and fields[6].startswith("F=") else 1
            )
            packets.setdefault(fields[0], []).append((int(fields[2]), int(fields[3]), flags))
    return {
        header["media_type"]: _track(header, packets[index])
        for index, header in headers.items()
        if index in packets and "media_type" in header
    }


def _track(header: dict[str, str], packets: list[_Packet]) -> Track:
    base = Fraction(header.get("tb", "1/1"))
    return Track(
        tuple(f"{key}={header.get(key, '')}" for key in _EXTRA_KEYS),
        min(pts for pts, _, _ in packets) * base,
        max(pts + length for pts, length, _ in packets) * base,
        len(packets),
        bool(packets[0][2] & _KEY),
        bool(packets[-1][2] & _TORN),
    )
