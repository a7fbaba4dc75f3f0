"""A clip as it came: looked at to the last packet before anything is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from rhflow.ground.media import SNIFF_BYTES, Kind, sniff
from rhflow.media.ffmpeg import FfmpegError
from rhflow.media.packets import Contents, Track, read_contents
from rhflow.media.streams import AudioStream, VideoStream
from rhflow.providers.local.step import StepFailed

_SOUND_MAY_OUTLAST = Fraction(1, 4)
"""Seconds by which sound may be longer than the pictures and still be cut with them."""

_MISSING = 0.5
"""Seconds by which a file may fall short of its own header before it counts as cut off."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One readable clip. `seconds` is how long it plays: its pictures, or its sound where that goes on."""

    path: Path
    label: str
    """How messages call it: `clips[2] (bunny.mp4)`."""
    video: VideoStream
    track: Track
    audio: AudioStream | None
    seconds: Fraction

    @property
    def rate(self) -> Fraction:
        """Frames per second, as one of the usual rates where it is near one."""
        counted = Fraction(self.track.packets) / max(self.track.end - self.track.start, Fraction(1, 1000))
        return usual_rate(float(self.video.fps or counted))


_USUAL = (Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001), *map(Fraction, range(1, 121)))


def usual_rate(fps: float) -> Fraction:
    """The usual frame rate nearest to a measured one; an odd one to two decimals."""
    nearest = min(_USUAL, key=lambda rate: abs(float(rate) - fps))
    return (
        nearest if abs(float(nearest) - fps) <= 0.006 else max(Fraction(round(fps * 100), 100), Fraction(1))
    )


async def look_at(path: Path, label: str) -> Clip:
    """Read a clip through.

    Raises:
        StepFailed: it is no video, cannot be read, or is cut off.
    """
    contents = await _contents(path, label)
    video, track = contents.streams.video, contents.video
    if video is None or track is None:
        raise StepFailed(f"{label} has no pictures in it", "Give it a video.")
    sound_end = contents.audio.end if contents.audio else Fraction(0)
    last = max(track.end, sound_end)
    promised = contents.streams.seconds
    is_torn = track.ends_torn or (contents.audio is not None and contents.audio.ends_torn)
    if is_torn or (promised is not None and promised - float(last) > _MISSING):
        whole = f" of {promised:.1f} s" if promised is not None else ""
        raise StepFailed(
            f"{label} is cut off after {float(last):.1f} s{whole}",
            "Fetch or make it again.",
        )
    seconds = track.end if sound_end - track.end <= _SOUND_MAY_OUTLAST else sound_end
    return Clip(path, label, video, track, contents.streams.audio if contents.audio else None, seconds)


async def look_at_sound(path: Path, label: str) -> AudioStream:
    """The sound in a file.

    Raises:
        StepFailed: none, or it cannot be read.
    """
    contents = await _contents(path, label)
    sound = contents.streams.audio
    if sound is None or contents.audio is None or contents.audio.end <= 0:
        raise StepFailed(f"{label} has no sound in it", "Give it an audio file.")
    return sound


async def _contents(path: Path, label: str) -> Contents:
    with path.open("rb") as file:
        head = file.read(SNIFF_BYTES)
    sniffed = sniff(head)
    if not head:
        raise StepFailed(f"{label} is empty", "Fetch or make it again.")
    if sniffed is None or sniffed.kind not in (Kind.VIDEO, Kind.AUDIO):
        what = f"is {sniffed.suffix.upper()}, not a film or sound" if sniffed else "is no media file"
        raise StepFailed(f"{label} {what}", "Look at what made it.")
    try:
        return await read_contents(path)
    except FfmpegError as error:
        raise StepFailed(f"{label} cannot be read: {error}", "Fetch or make it again.") from None
