"""From stretches of sound to samples: a buzz and a breath through four resonances, and a hiss beside them."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.voice.phones import Phone

RATE = 16000
FRAME_S = 0.005
_LENGTH = round(RATE * FRAME_S)
_GLIDE = 4
"""Frames on either side over which the resonances move from one sound to the next."""
_BREADTHS = (70.0, 95.0, 130.0, 220.0)
_FOURTH = 3500.0
"""A resonance that hardly moves, in hertz."""


@dataclass(frozen=True, slots=True)
class Timed:
    """A stretch, its length in seconds, and the pitch at its begin and end in hertz."""

    phone: Phone
    seconds: float
    begin: float
    end: float


def voiced(line: Sequence[Timed], throat: float, dice: Dice) -> array[float]:
    """Samples between about -1 and 1; `throat` above 1 is a smaller one, as women and children have."""
    frames = _frames(line)
    if not frames:
        return array("f")
    tracks = [_glided([frame[part] for frame in frames], _GLIDE) for part in range(3)]
    strengths = [_glided([frame[part] for frame in frames], 1) for part in range(3, 6)]
    noise = dice.noise(RATE)
    out = array("f", bytes(4 * _LENGTH * len(frames)))
    state = _State()
    for index, frame in enumerate(frames):
        places = [*(track[index] * throat for track in tracks), _FOURTH * throat]
        buzz, breath, hiss = (strength[index] for strength in strengths)
        _sound(out, index * _LENGTH, state, places, (buzz, breath, hiss), frame[6:], noise)
    return out


@dataclass(slots=True)
class _State:
    """What the resonances and the throat remember from one sample to the next."""

    phase: float = 0.0
    glottis: float = 0.0
    last: float = 0.0
    memory: list[float] | None = None
    hiss: tuple[float, float] = (0.0, 0.0)


def _frames(line: Sequence[Timed]) -> list[tuple[float, ...]]:
    """Three resonances, buzz, breath, hiss, its band and width, the pitch: 200 times a second."""
    found: list[tuple[float, ...]] = []
    for index, timed in enumerate(line):
        phone = timed.phone
        shape = phone
        if phone.is_free:
            shape = next((later.phone for later in line[index + 1 :] if later.phone.is_vowel), phone)
        count = max(1, round(timed.seconds / FRAME_S))
        for step in range(count):
            pitch = timed.begin + (timed.end - timed.begin) * (step + 0.5) / count
            found.append(
                (
                    *(shape.first, shape.second, shape.third),
                    *(phone.buzz, phone.breath, phone.hiss),
                    *(phone.band or 3000.0, phone.width, pitch),
                )
            )
    return found


def _glided(values: list[float], reach: int) -> list[float]:
    """Each value the mean of those around it."""
    sums = [0.0]
    for value in values:
        sums.append(sums[-1] + value)
    done = []
    for index in range(len(values)):
        low, high = max(0, index - reach), min(len(values), index + reach + 1)
        done.append((sums[high] - sums[low]) / (high - low))
    return done


def _sound(
    out: array[float],
    start: int,
    state: _State,
    places: list[float],
    strengths: tuple[float, float, float],
    rest: tuple[float, ...],
    noise: bytes,
) -> None:
    """One frame. The resonances stand in a row, so that their strengths come out right by themselves."""
    buzz, breath, hiss = strengths
    band, width, pitch = rest
    (a1, b1, c1), (a2, b2, c2), (a3, b3, c3), (a4, b4, c4) = (
        _resonance(min(place, RATE * 0.46), breadth) for place, breadth in zip(places, _BREADTHS, strict=True)
    )
    ah, bh, ch = _resonance(min(band, RATE * 0.46), width)
    x1, x2, y1, y2, z1, z2, w1, w2 = state.memory or [0.0] * 8
    h1, h2 = state.hiss
    phase, glottis, last = state.phase, state.glottis, state.last
    step = pitch / RATE
    breath, hiss = breath * 0.55 + buzz * 0.03, hiss * 0.42 * evenly(band, width)
    for at in range(start, start + _LENGTH):
        phase += step
        if phase >= 1:
            phase -= 1
        # The throat opens slowly, closes quickly, and rests: what is heard is the change of its flow.
        flow = 0.0
        if phase < 0.4:
            flow = 0.5 - 0.5 * math.cos(phase * 7.853981)
        elif phase < 0.56:
            flow = math.cos((phase - 0.4) * 9.817477)
        glottis, change = flow, flow - glottis
        rough = noise[(at * 7919) % RATE] / 127.5 - 1
        fresh = change * buzz * 14 + rough * breath
        drive, last = fresh - 0.78 * last, fresh
        x = a1 * drive + b1 * x1 + c1 * x2
        x2, x1 = x1, x
        y = a2 * x + b2 * y1 + c2 * y2
        y2, y1 = y1, y
        z = a3 * y + b3 * z1 + c3 * z2
        z2, z1 = z1, z
        sample = a4 * z + b4 * w1 + c4 * w2
        w2, w1 = w1, sample
        if hiss > 0.004:
            h = ah * rough + bh * h1 + ch * h2
            h2, h1 = h1, h
            sample += h * hiss
        out[at] = sample
    state.memory, state.hiss = [x1, x2, y1, y2, z1, z2, w1, w2], (h1, h2)
    state.phase, state.glottis, state.last = phase, glottis, last


def evenly(band: float, width: float) -> float:
    """What brings noise through a resonance to the same loudness wherever that is."""
    shrink = math.exp(-math.pi * width / RATE)
    a, _, _ = _resonance(min(band, RATE * 0.46), width)
    square = shrink * shrink
    turn = math.cos(2 * math.tau * min(band, RATE * 0.46) / RATE)
    return math.sqrt((1 - square) * (1 - 2 * square * turn + square * square) / (1 + square)) / a


def _resonance(place: float, breadth: float) -> tuple[float, float, float]:
    """The weights of a resonance: of what comes in, and of the last two that came out."""
    shrink = math.exp(-math.pi * breadth / RATE)
    c = -shrink * shrink
    b = 2 * shrink * math.cos(math.tau * place / RATE)
    return 1 - b - c, b, c
