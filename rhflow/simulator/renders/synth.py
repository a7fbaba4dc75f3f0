"""A small synthesiser. Pillow's float images serve as sample buffers: they add and scale a million at a time.

A buffer is a one-row picture of mode F; a sample is a pixel. Each note is made once and mixed in many times.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from PIL import Image, ImageMath

from rhflow.media import ffmpeg
from rhflow.simulator.renders.dice import Dice

RATE = 32000
_TABLE = 2048
SMOOTH = Image.Resampling.BICUBIC
"""How a sound is brought to another rate."""
Sound: TypeAlias = Image.Image


@dataclass(frozen=True, slots=True)
class Voice:
    """Harmonics (their strengths), attack and decay in seconds, how long it can sound, a slow tremble."""

    harmonics: tuple[float, ...]
    attack: float
    decay: float
    sustain: float = 0.0
    vibrato: float = 0.0
    bright: float = 0.0
    """How much a second, quickly fading layer of upper harmonics adds to the stroke."""


VOICES: dict[str, Voice] = {
    "piano": Voice((1, 0.5, 0.22, 0.12, 0.06, 0.03), 0.004, 0.75, bright=0.5),
    "ukulele": Voice((1, 0.7, 0.45, 0.22, 0.16, 0.07), 0.003, 0.32, bright=0.7),
    "guitar": Voice((1, 0.6, 0.4, 0.3, 0.16, 0.1, 0.05), 0.003, 0.6, bright=0.6),
    "strings": Voice((1, 0.55, 0.36, 0.24, 0.15, 0.1, 0.06), 0.35, 6.0, 0.9, vibrato=0.004),
    "pad": Voice((1, 0.3, 0.14, 0.05), 0.5, 6.0, 0.9, vibrato=0.002),
    "flute": Voice((1, 0.24, 0.06), 0.07, 2.5, 0.75, vibrato=0.006),
    "bell": Voice((1, 0.0, 0.42, 0.0, 0.16, 0.0, 0.07), 0.002, 0.9, bright=0.35),
    "bass": Voice((1, 0.4, 0.12, 0.05), 0.01, 0.7, 0.35),
    "lead": Voice((1, 0.5, 0.34, 0.25, 0.2, 0.14, 0.1), 0.01, 0.6, 0.5, vibrato=0.004),
    "drive": Voice((1, 0.8, 0.72, 0.6, 0.5, 0.42, 0.35, 0.3, 0.24, 0.2), 0.006, 1.4, 0.75),
    "organ": Voice((1, 0.8, 0.5, 0.3, 0.0, 0.25), 0.015, 6.0, 0.92, vibrato=0.003),
    "epiano": Voice((1, 0.12, 0.26, 0.05, 0.02), 0.004, 0.9, bright=0.3),
    "zheng": Voice((1, 0.7, 0.6, 0.42, 0.3, 0.2, 0.14), 0.002, 0.55, bright=0.8),
    "erhu": Voice((1, 0.6, 0.46, 0.4, 0.3, 0.2, 0.15, 0.1), 0.09, 6.0, 0.9, vibrato=0.009),
    "sax": Voice((1, 0.8, 0.62, 0.5, 0.35, 0.2, 0.1), 0.04, 4.0, 0.85, vibrato=0.006),
    "brass": Voice((1, 0.85, 0.7, 0.55, 0.4, 0.28, 0.2, 0.12), 0.05, 3.0, 0.85, vibrato=0.003),
    "voice": Voice((1, 0.75, 0.28, 0.42, 0.2, 0.06, 0.05), 0.035, 0.5, 0.7, vibrato=0.008),
}


def pitch(midi: float) -> float:
    """Hertz of a MIDI note."""
    return 440.0 * 2 ** ((midi - 69) / 12)


def silence(seconds: float) -> Sound:
    return Image.new("F", (max(1, round(seconds * RATE)), 1))


def buffer(samples: array[float]) -> Sound:
    """Samples as a sound."""
    return Image.frombytes("F", (len(samples), 1), samples.tobytes())


def note(voice: Voice, hertz: float, seconds: float) -> Sound:
    """One note with its release."""
    length = max(64, round((seconds + 0.12) * RATE))
    tone = _tone(voice.harmonics, hertz, length, voice.vibrato)
    shaped = scaled(tone, _envelope(voice, seconds, length))
    if voice.bright:
        upper = tuple(
            0.0 if index < 2 else strength
            for index, strength in enumerate((0, 0, 0.5, 0.4, 0.35, 0.25, 0.2, 0.12))
        )
        short = min(length, round(0.14 * RATE))
        stroke = _tone(upper, hertz, short, 0.0)
        fade = buffer(
            array(
                "f",
                [
                    voice.bright * math.exp(-index / (0.03 * RATE)) * (1 - index / short)
                    for index in range(short)
                ],
            )
        )
        mix_into(shaped, scaled(stroke, fade), 0, 1.0)
    return shaped


def _tone(harmonics: tuple[float, ...], hertz: float, length: int, vibrato: float) -> Sound:
    """A steady tone out of one cycle in a table; harmonics above hearing are left out."""
    kept = [
        strength if hertz * (number + 1) < RATE * 0.45 else 0.0 for number, strength in enumerate(harmonics)
    ]
    reach = sum(kept) or 1.0
    table = [
        sum(
            strength * math.sin(math.tau * (number + 1) * index / _TABLE)
            for number, strength in enumerate(kept)
            if strength
        )
        / reach
        for index in range(_TABLE)
    ]
    step = hertz * _TABLE / RATE
    if not vibrato:
        return buffer(array("f", [table[int(index * step) & 2047] for index in range(length)]))
    turn, depth = math.tau * 5.1 / RATE, vibrato * hertz * _TABLE / (math.tau * 5.1)
    sin = math.sin
    return buffer(
        array("f", [table[int(index * step + depth * sin(index * turn)) & 2047] for index in range(length)])
    )


def _envelope(voice: Voice, seconds: float, length: int) -> Sound:
    """Loudness over time, worked out at a hundredth of the rate and smoothed up."""
    coarse = max(2, length // 100)
    points = array("f")
    for index in range(coarse):
        at = index / coarse * length / RATE
        level = min(1.0, at / voice.attack) if voice.attack > 0 else 1.0
        level *= voice.sustain + (1 - voice.sustain) * math.exp(-max(0.0, at - voice.attack) / voice.decay)
        if at > seconds:
            level *= max(0.0, 1 - (at - seconds) / 0.115)
        points.append(level)
    if length // 100 > 2:
        points[-1] = 0.0
    shape = buffer(points).resize((length, 1), Image.Resampling.BILINEAR)
    rise = max(1, round(0.002 * RATE))
    edge = buffer(array("f", [index / rise for index in range(rise)]))
    start = scaled(shape.crop((0, 0, rise, 1)), edge)
    shape.paste(start, (0, 0))
    return shape


def scaled(sound: Sound, by: Sound | float) -> Sound:
    """Sample by sample times another sound, or all times a number."""
    done: Image.Image = ImageMath.lambda_eval(lambda held: held["a"] * held["b"], a=sound, b=by)
    return done


def mix_into(track: Sound, sound: Sound, at: int, loudness: float) -> None:
    """Add a sound into a track at a sample; what hangs over the end is cut off."""
    at = max(0, at)
    end = min(track.width, at + sound.width)
    if end <= at:
        return
    piece = sound if end - at == sound.width else sound.crop((0, 0, end - at, 1))
    here = track.crop((at, 0, end, 1))
    both = ImageMath.lambda_eval(lambda held: held["a"] + held["b"] * held["c"], a=here, b=piece, c=loudness)
    track.paste(both, (at, 0))


def noise(seconds: float, dice: Dice, fade: float, *, high: bool) -> Sound:
    """A burst of noise that dies away; `high` leaves only the hiss of it."""
    length = max(8, round(seconds * RATE))
    rough = Image.frombytes("L", (length, 1), dice.noise(length)).convert("F")
    rough = ImageMath.lambda_eval(lambda held: held["a"] / 127.5 - 1.0, a=rough)
    if high:
        soft = rough.resize((max(1, length // 4), 1), Image.Resampling.BOX).resize(
            (length, 1), Image.Resampling.BILINEAR
        )
        rough = ImageMath.lambda_eval(lambda held: held["a"] - held["b"], a=rough, b=soft)
    decay = fade * RATE
    return scaled(rough, buffer(array("f", [math.exp(-index / decay) for index in range(length)])))


def kick() -> Sound:
    """A soft bass drum: a tone that falls."""
    length = round(0.3 * RATE)
    sweep = array("f")
    phase = 0.0
    for index in range(length):
        at = index / RATE
        phase += (48 + 90 * math.exp(-at / 0.03)) / RATE
        sweep.append(math.sin(math.tau * phase) * math.exp(-at / 0.1) * min(1.0, index / 60))
    return buffer(sweep)


def room(track: Sound, dice: Dice, wet: float) -> Sound:
    """The track with the echo of a room: late, dull copies of itself."""
    length = track.width
    dull = track.resize((max(1, length // 5), 1), Image.Resampling.BOX).resize(
        (length, 1), Image.Resampling.BILINEAR
    )
    done = track.copy()
    for late, strength in (
        (0.031, 0.5),
        (0.053, 0.42),
        (0.083, 0.36),
        (0.127, 0.3),
        (0.191, 0.22),
        (0.283, 0.15),
        (0.41, 0.09),
    ):
        mix_into(done, dull, round((late + dice.between(0, 0.006)) * RATE), strength * wet)
    return done


def interleaved(left: Sound, right: Sound, peak: float = 0.86) -> bytes:
    """Two tracks as raw 32-bit floats, left and right in turn, as loud as `peak`."""
    loudest = max(1e-6, *(abs(end) for track in (left, right) for end in _extremes(track)))
    both = Image.new("F", (left.width, 2))
    both.paste(scaled(left, peak / loudest), (0, 0))
    both.paste(scaled(right, peak / loudest), (0, 1))
    return both.transpose(Image.Transpose.TRANSPOSE).tobytes()


def _extremes(track: Sound) -> tuple[float, float]:
    low, high = track.getextrema()
    assert isinstance(low, float | int)
    assert isinstance(high, float | int)
    return float(low), float(high)


def write(
    raw: bytes,
    path: Path,
    *,
    channels: int,
    filters: str,
    rate: int = 44100,
    bitrate: int = 192,
    given: int = RATE,
) -> None:
    """Code raw float samples, `given` a second, as mp3, wav (by the ending of the path) or headerless PCM."""
    taken = f"-f f32le -ar {given} -ac {channels} -i pipe:0".split()
    ffmpeg.run([*taken, "-af", filters, "-ar", str(rate), *coder(path.suffix, bitrate), str(path)], stdin=raw)


def coder(suffix: str, bitrate: int = 192) -> list[str]:
    """Settings of ffmpeg for `.mp3`, `.wav` or `.pcm`, the same bytes every time."""
    kinds = {
        ".mp3": f"-c:a libmp3lame -b:a {bitrate}k -write_xing 1 -id3v2_version 3",
        ".wav": "-c:a pcm_s16le",
        ".pcm": "-f s16le -c:a pcm_s16le",
    }
    return f"{kinds[suffix]} -fflags +bitexact -flags:a +bitexact -map_metadata -1".split()


Maker = Callable[[float, float], Sound]


def player(name: str) -> Maker:
    """A maker of notes (hertz, seconds) in a named voice."""
    return partial(note, VOICES[name])


def softened(track: Sound, times: int = 1) -> Sound:
    """Without its sharpest edges."""
    for _ in range(times):
        track = track.resize((max(1, track.width // 2), 1), Image.Resampling.BOX).resize(
            (track.width, 1), Image.Resampling.BILINEAR
        )
    return track
