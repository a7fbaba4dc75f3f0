"""What `ffmpeg -i` says of a file, read into values (there is no ffprobe in the wheel).

Pure text work. The first picture stream that is no cover and the first sound stream count, as they
do for ffmpeg itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class VideoStream:
    """Moving pictures as coded: `width` and `height` before `rotation` (degrees, 0 to 270) and `sar`."""

    codec: str
    pixels: str
    colours: tuple[str, ...]
    """What the file says of its colours, for example `("tv", "bt709")`; empty where it says nothing."""
    width: int
    height: int
    sar: Fraction = Fraction(1)
    """Width of a pixel over its height."""
    rotation: int = 0
    fps: float | None = None

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height as a player shows them: square pixels, turned upright."""
        width, height = round(self.width * self.sar), self.height
        return (height, width) if self.rotation in (90, 270) else (width, height)

    @property
    def matrix(self) -> str:
        """The colour matrix in ffmpeg's words; where the file is silent, what players assume for the size."""
        for word in self.colours:
            name = word.split("/")[0]
            if name in _MATRICES:
                return _MATRICES[name]
        return "bt709" if max(self.width, self.height) >= 1024 or self.height >= 600 else "bt601"


@dataclass(frozen=True, slots=True)
class AudioStream:
    """Sound as it is coded."""

    codec: str
    sample_rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class Streams:
    """What is inside a file; `seconds` is None where the container does not say."""

    seconds: float | None = None
    video: VideoStream | None = None
    audio: AudioStream | None = None


_MATRICES = {
    "bt709": "bt709",
    "smpte170m": "bt601",
    "bt470bg": "bt601",
    "fcc": "fcc",
    "smpte240m": "smpte240m",
    "bt2020nc": "bt2020",
    "bt2020c": "bt2020",
}
_LAYOUTS = {
    "mono": 1,
    "stereo": 2,
    "2.1": 3,
    "3.0": 3,
    "quad": 4,
    "4.0": 4,
    "5.0": 5,
    "5.1": 6,
    "6.1": 7,
    "7.1": 8,
}

_DURATION = re.compile(r"^ *Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", re.MULTILINE)
_STREAM = re.compile(r"^ *Stream #\d+:\d+", re.MULTILINE)
_VIDEO = re.compile(
    r"Video: (\w+)[^\n]*?, (\w+)(?:\(([^)]*)\))?, (\d+)x(\d+)(?:,? \[?SAR (\d+):(\d+))?[^\n]*"
)
_FPS = re.compile(r", ([\d.]+)(k?) fps")
_ROTATION = re.compile(r"rotation of (-?[\d.]+) degrees")
_AUDIO = re.compile(r"Audio: (\w+)[^\n]*?, (\d+) Hz, ([^,\n]+)")
_CHANNELS = re.compile(r"(\d+) channels")


def read_streams(said: str) -> Streams:
    """Read the log of `ffmpeg -i`, at log level `info`."""
    said = re.split(r"^(?:Stream mapping:|Output #0)", said, maxsplit=1, flags=re.MULTILINE)[0]
    duration = _DURATION.search(said)
    seconds = None
    if duration is not None:
        hours, minutes, rest = duration.groups()
        seconds = int(hours) * 3600 + int(minutes) * 60 + float(rest)
    blocks = _STREAM.split(said)[1:]
    videos = [stream for block in blocks if (stream := _video(block)) is not None]
    audios = [sound for block in blocks if (sound := _audio(block)) is not None]
    return Streams(seconds, videos[0] if videos else None, audios[0] if audios else None)


def _video(block: str) -> VideoStream | None:
    found = _VIDEO.search(block)
    if found is None or "(attached pic)" in found[0]:
        return None
    codec, pixels, colours, width, height, across, down = found.groups()
    fps, turned = _FPS.search(found[0]), _ROTATION.search(block)
    return VideoStream(
        codec,
        pixels,
        tuple(word for word in re.split(r",\s*", colours or "") if word and word != "progressive"),
        int(width),
        int(height),
        Fraction(int(across), int(down)) if across and int(across) and int(down) else Fraction(1),
        round(float(turned[1])) % 360 if turned else 0,
        float(fps[1]) * (1000 if fps[2] else 1) if fps else None,
    )


def _audio(block: str) -> AudioStream | None:
    found = _AUDIO.search(block)
    if found is None:
        return None
    codec, rate, layout = found.groups()
    counted = _CHANNELS.search(layout)
    channels = int(counted[1]) if counted else _LAYOUTS.get(layout.split("(")[0].strip(), 2)
    return AudioStream(codec, int(rate), channels)
