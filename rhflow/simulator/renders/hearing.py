"""What is heard in a given sound: how loud it is over time, how high a voice, which beat, which chords."""

from __future__ import annotations

import math
from array import array
from itertools import pairwise
from operator import mul
from pathlib import Path
from statistics import median

from rhflow.media import ffmpeg, probe
from rhflow.simulator.renders.errors import UnreadableInput
from rhflow.simulator.renders.request import Request

RATE = 8000


def given(request: Request) -> Path:
    """The sound of an order.

    Raises:
        UnreadableInput: there is none, or none that can be read.
    """
    files = request.media()
    if not files:
        raise UnreadableInput("There is no sound among the inputs")
    for file in files:
        found = probe.probe(file)
        if found is not None and found.has_audio:
            return file
    raise UnreadableInput(f"The input {files[0].name} is no sound that can be read")


def samples(path: Path, *, most_s: float = 300, rate: int = RATE, filters: str = "anull") -> array[int]:
    """The sound as one channel of 16-bit samples.

    Raises:
        FfmpegError: it cannot be read.
    """
    raw = ffmpeg.run(
        [
            *(*ffmpeg.source(path), "-map", "0:a:0", "-t", f"{most_s:g}", "-af", filters),
            *f"-ac 1 -ar {rate} -f s16le -c:a pcm_s16le pipe:1".split(),
        ]
    )
    return array("h", raw[: len(raw) // 2 * 2])


def loudness(sound: array[int], step: float) -> list[float]:
    """How loud each stretch of so many samples is; 1 is as loud as its loud parts."""
    levels: list[float] = []
    at = 0.0
    while at < len(sound):
        piece = sound[int(at) : max(int(at) + 1, int(at + step))]
        levels.append(sum(map(abs, piece)) / len(piece))
        at += step
    if not levels:
        return [0.0]
    ordered = sorted(levels)
    quiet, loud = ordered[len(ordered) // 10], ordered[min(len(ordered) - 1, len(ordered) * 19 // 20)]
    reach = max(120.0, loud - quiet)
    return [min(1.0, max(0.0, (level - quiet) / reach)) for level in levels]


def softened(curve: list[float], rise: float = 0.75, fall: float = 0.4) -> list[float]:
    """The curve as something with weight follows it: quick to open, slower to close."""
    done, now = [], 0.0
    for level in curve:
        now += (level - now) * (rise if level > now else fall)
        done.append(now)
    return done


def pitch(sound: array[int]) -> float | None:
    """The middle of a voice in hertz; None where nothing swings regularly."""
    length = round(RATE * 0.05)
    starts = range(0, max(1, len(sound) - 2 * length), max(length, len(sound) // 60))
    pieces = [sound[at : at + 2 * length] for at in starts]
    pieces.sort(key=lambda piece: -sum(map(abs, piece)))
    found = [high for piece in pieces[:14] if (high := _swing(piece, length))]
    return median(found) if len(found) >= 3 else None


def _swing(piece: array[int], length: int) -> float | None:
    """The rate at which a piece repeats itself, between 70 and 400 a second."""
    head = piece[:length]
    own = sum(map(mul, head, head))
    if own < 1e6 or len(piece) < 2 * length:
        return None
    scores = []
    for lag in range(RATE // 400, RATE // 70):
        tail = piece[lag : lag + length]
        power = sum(map(mul, tail, tail))
        scores.append((sum(map(mul, head, tail)) / math.sqrt(own * max(power, 1)), lag))
    best = max(score for score, _ in scores)
    if best < 0.6:
        return None
    lag = next(lag for score, lag in scores if score > best * 0.93)
    return RATE / lag


def pace(sound: array[int]) -> float:
    """Seconds from beat to beat, between 0.4 and 0.9."""
    step = RATE * 0.02
    curve = loudness(sound, step)
    onsets = [max(0.0, after - before) for before, after in pairwise(curve)]
    best, found = 0.0, 0.6
    for lag in range(20, 46):
        score = sum(map(mul, onsets, onsets[lag:])) / max(1, len(onsets) - lag)
        score += 0.5 * sum(map(mul, onsets, onsets[2 * lag :])) / max(1, len(onsets) - 2 * lag)
        if score > best:
            best, found = score, lag * 0.02
    return found


def chords(path: Path, bar: float, *, most_s: float = 240) -> tuple[int, bool, list[int]]:
    """The key (0 is C), whether it is major, and the degree of the chord of each bar, in seconds."""
    rate = 2000
    sound = samples(path, most_s=most_s, rate=rate, filters="highpass=f=90,lowpass=f=900")
    length = max(64, round(bar * rate))
    rows = [
        _tones(sound[at : at + length], rate) for at in range(0, max(1, len(sound) - length // 2), length)
    ]
    whole = [sum(row[tone] for row in rows) for tone in range(12)]
    key, is_major = max(
        ((key, major) for key in range(12) for major in (True, False)),
        key=lambda one: (
            sum(whole[(one[0] + step) % 12] for step in (_MAJOR if one[1] else _MINOR)) + whole[one[0]] * 1.5
        ),
    )
    scale = _MAJOR if is_major else _MINOR
    degrees = [
        max(
            range(7),
            key=lambda degree, row=row: sum(  # type: ignore[misc]
                weight * row[(key + scale[(degree + third) % 7]) % 12]
                for third, weight in ((0, 1.3), (2, 1.0), (4, 1.0))
            ),
        )
        for row in rows
    ]
    return key, is_major, degrees


_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


def _tones(piece: array[int], rate: int) -> list[float]:
    """How strong each of the twelve tones is, over three octaves (Goertzel)."""
    found = [0.0] * 12
    thinned = piece[: rate * 2]
    for midi in range(45, 81):
        turn = 2 * math.cos(math.tau * 440 * 2 ** ((midi - 69) / 12) / rate)
        before = last = 0.0
        for value in thinned:
            before, last = last, value + turn * last - before
        found[midi % 12] += math.sqrt(max(0.0, before * before + last * last - turn * before * last))
    reach = max(found) or 1.0
    return [value / reach for value in found]
