"""The film's sound as one WAV file each: what the clips say, and the music under it.

Samples are counted, never timed: a segment's sound is exactly as long as its frames.
"""

from __future__ import annotations

import wave
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rhflow.media import ffmpeg
from rhflow.media.ffmpeg import FfmpegError
from rhflow.providers.local.film.clip import look_at_sound
from rhflow.providers.local.film.segments import RAW_SOUND, SAMPLE_BYTES, SAMPLE_RATE, on_both_sides
from rhflow.providers.local.step import StepFailed

_UNDER_DB = -9
_FADE_SECONDS = 1.5
_SILENCE = 33
"""Samples no louder than this (-60 dB) are silence."""

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Music:
    """Sound for the whole film: `loops` to its end where it is short, `fades` out over the last 1.5 s."""

    path: Path
    label: str
    loops: bool = True
    fades: bool = True


def join_sound(parts: Sequence[tuple[Path | None, int]], goal: Path) -> bool:
    """Lay sounds end to end, each cut or filled with silence to its number of samples; whether any is heard.

    `None` is silence. Raw samples that were joined are removed.
    """
    is_heard = False
    with wave.open(str(goal), "wb") as film:
        _declare(film)
        for path, samples in parts:
            missing = samples * SAMPLE_BYTES
            if path is not None:
                with path.open("rb") as file:
                    while missing and (chunk := file.read(min(_CHUNK, missing))):
                        film.writeframesraw(chunk)
                        missing -= len(chunk)
                        is_heard = is_heard or _is_loud(chunk)
                path.unlink()
            _write_silence(film, missing)
    return is_heard


async def lay_music(music: Music, samples: int, goal: Path) -> None:
    """The music as long as the film: cut, and where it is short from the start again, or silence.

    Raises:
        StepFailed: it cannot be decoded, or holds no sound.
    """
    raw = goal.with_suffix(".pcm")
    filters = [*on_both_sides(await look_at_sound(music.path, music.label)), f"aresample={SAMPLE_RATE}"]
    try:
        await ffmpeg.run_async(
            [
                *ffmpeg.source(music.path),
                *("-map", "0:a:0", "-t", f"{samples / SAMPLE_RATE:.6f}", "-af", ",".join(filters)),
                *(*RAW_SOUND, ffmpeg.target(raw)),
            ]
        )
    except FfmpegError as error:
        raise StepFailed(
            f"{music.label} cannot be read as sound: {error}", "Give it an audio file."
        ) from None
    once = raw.stat().st_size // SAMPLE_BYTES
    if not once:
        raise StepFailed(f"{music.label} has no sound in it", "Give it an audio file.")
    with wave.open(str(goal), "wb") as film:
        _declare(film)
        missing = samples * SAMPLE_BYTES
        while missing:
            with raw.open("rb") as file:
                while missing and (chunk := file.read(min(_CHUNK, missing))):
                    film.writeframesraw(chunk)
                    missing -= len(chunk)
            if not music.loops:
                _write_silence(film, missing)
                break
    raw.unlink()


def mixing(film: str, music: str, *, fades: bool, seconds: float) -> str:
    """The filter that makes `[sound]` of two inputs, either of which may be empty."""
    fade = min(_FADE_SECONDS, seconds / 2)
    ending = f"afade=t=out:st={seconds - fade:.6f}:d={fade:.6f}" if fades else "anull"
    if not music:
        return f"[{film}]anull[sound]"
    if not film:
        return f"[{music}]{ending}[sound]"
    return (
        f"[{music}]volume={_UNDER_DB}dB,{ending}[under];"
        f"[{film}][under]amix=inputs=2:normalize=0:duration=first,"
        "alimiter=limit=0.97:level=false:latency=true[sound]"
    )


def _write_silence(film: wave.Wave_write, count: int) -> None:
    while count:
        size = min(_CHUNK, count)
        film.writeframesraw(bytes(size))
        count -= size


def _declare(film: wave.Wave_write) -> None:
    film.setnchannels(2)
    film.setsampwidth(SAMPLE_BYTES // 2)
    film.setframerate(SAMPLE_RATE)


def _is_loud(chunk: bytes) -> bool:
    samples = array("h", chunk)
    return max(samples) > _SILENCE or min(samples) < -_SILENCE
