"""When to look at a job: arithmetic over how long jobs of its kind take. No clock; times are handed in.

A look costs a call, and a late look costs waiting. The density of looks that loses least is known: at any
moment proportional to the square root of the hazard, the chance that a job which has not ended until now
ends now (Keller, "Optimum checking schedules for systems subject to random failure", 1974). How jobs scatter
is taken for lognormal, with a tenth of them anywhere: so that a model which has become quicker or slower is
noticed, and one that hangs is not asked a thousand times.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rhflow.ground.media import Kind

LOOKS, LOOKS_UNTAUGHT = 8.5, 7.5
"""How often a job is looked at, about, where it behaves as jobs of its kind do; and where nobody saw one yet,
to which the early looks of `first_look_s` come."""
MOST_REMEMBERED = 30
"""Jobs from which we learn; the newest count."""

_STRANGERS, _STRANGE_SPREAD, _STRANGE_MIDDLE = 0.1, 0.8, 1.2
"""The part of jobs that keeps no rule, how far it scatters, and its middle against that of the others."""
_LEAST_SPREAD, _DOUBT_SPREAD, _DOUBT_WEIGHT = 0.03, 0.25, 2
"""A few jobs that took equally long do not prove that all do: so many imagined ones scatter that far."""
_LATE = (0.06, 0.12)
"""Once it is late: the shortest and the longest wait between two looks, as parts of the time it has taken."""
_NEVER_CLOSER = 0.005
"""The shortest wait at any time, as a part of the time it has taken."""
_UNTAUGHT = 0.5
"""The same while nobody has seen a job of this model, from the first moment on."""
_CELLS = 160


@dataclass(frozen=True, slots=True)
class Expected:
    """How long a job should take: its median in seconds, and the standard deviation of the logarithm."""

    median_s: float
    spread: float
    jobs: int = 0
    """How many jobs taught us that; 0 where it is a guess."""

    def quantile(self, normal: float) -> float:
        """The time that many standard deviations from the middle."""
        return self.median_s * math.exp(normal * self.spread)

    @property
    def long_s(self) -> float:
        """Nineteen of twenty have ended by then."""
        return self.quantile(1.645)


_USUAL: dict[Kind, Expected] = {
    Kind.TEXT: Expected(8.0, 0.9),
    Kind.IMAGE: Expected(21.0, 0.88),
    Kind.VIDEO: Expected(190.0, 0.7),
    Kind.AUDIO: Expected(120.0, 0.95),
    Kind.MODEL3D: Expected(232.0, 0.82),
}
"""Where nothing was learnt: images 5-90 s, short videos 1-10 min, 3D and music 1-15 min (RunningHub API,
polling), taken for what nine of ten do. Nobody tells of texts and speech."""
_FIRST_LOOK_S: dict[Kind, float] = {
    Kind.TEXT: 1.0,
    Kind.IMAGE: 3.0,
    Kind.VIDEO: 20.0,
    Kind.AUDIO: 10.0,
    Kind.MODEL3D: 20.0,
}


def usual(kind: Kind) -> Expected:
    """What a model that gives this kind is expected to take where none of its jobs was seen."""
    return _USUAL[kind]


def first_look_s(kind: Kind) -> float:
    """When such a job is looked at first."""
    return _FIRST_LOOK_S[kind]


def learnt(durations: Sequence[float], guess: Expected) -> Expected:
    """What jobs taught that took so many seconds, newest last; the guess where there are none.

    Medians throughout: a job that hung, or one that was found only the next morning, changes little.
    """
    logs = [math.log(max(seconds, 1e-3)) for seconds in durations[-MOST_REMEMBERED:]]
    if not logs:
        return guess
    middle = _median(logs)
    scatter = 1.4826 * _median([abs(item - middle) for item in logs])
    number = len(logs)
    variance = (number * scatter**2 + _DOUBT_WEIGHT * _DOUBT_SPREAD**2) / (number + _DOUBT_WEIGHT)
    # Rounded, so that what hardly changes is the same value: schedules are kept by it.
    return Expected(_rounded(math.exp(middle)), max(_LEAST_SPREAD, round(math.sqrt(variance), 2)), number)


def wait_s(expected: Expected, elapsed_s: float, *, shortest_s: float, first_s: float) -> float:
    """Seconds from a look at `elapsed_s` until the next one.

    Args:
        expected: how long the job should take.
        elapsed_s: how long it has taken so far; 0 when it has just been accepted.
        shortest_s: no wait is shorter.
        first_s: the longest first wait where nothing was learnt of the model.
    """
    looks = LOOKS if expected.jobs else LOOKS_UNTAUGHT
    wait = _schedule(expected.median_s, expected.spread, looks).next_after(elapsed_s) - elapsed_s
    if elapsed_s >= expected.quantile(2.0):
        shortest, longest = (part * elapsed_s for part in _LATE)
        wait = min(max(wait, shortest), longest)
    if not expected.jobs:
        wait = min(wait, max(first_s, _UNTAUGHT * elapsed_s))
    return max(wait, shortest_s, _NEVER_CLOSER * elapsed_s)


@dataclass(frozen=True, slots=True)
class _Schedule:
    """Moments, and how many looks fall before each."""

    moments: tuple[float, ...]
    looks: tuple[float, ...]

    def next_after(self, elapsed_s: float) -> float:
        """When one more look is due."""
        return _between(self.looks, self.moments, _between(self.moments, self.looks, elapsed_s) + 1.0)


@lru_cache(maxsize=256)
def _schedule(median_s: float, spread: float, number: float) -> _Schedule:
    """The moments for so many looks."""
    first, last = median_s / 40.0, median_s * 40.0
    step = math.log(last / first) / _CELLS
    moments = tuple(first * math.exp(cell * step) for cell in range(_CELLS + 1))
    parts = [_ending(moment, median_s, spread) for moment in moments]
    hazards = [math.sqrt(density / surviving) for density, surviving in parts]
    whole = sum(
        math.sqrt(density * surviving) * moment * step
        for moment, (density, surviving) in zip(moments, parts, strict=True)
    )
    looks = [0.0]
    for (before, after), (slow, quick) in zip(pairwise(moments), pairwise(hazards), strict=True):
        looks.append(looks[-1] + (slow + quick) / 2.0 * (after - before) * number / whole)
    return _Schedule(moments, tuple(looks))


def _ending(moment: float, median_s: float, spread: float) -> tuple[float, float]:
    """How likely a job ends at that moment, and that it has not ended before."""
    density = surviving = 0.0
    strange = (_STRANGERS, median_s * _STRANGE_MIDDLE, max(_STRANGE_SPREAD, spread))
    for part, middle, width in ((1.0 - _STRANGERS, median_s, spread), strange):
        normal = math.log(moment / middle) / width
        density += part * math.exp(-normal * normal / 2.0) / (moment * width * math.sqrt(2.0 * math.pi))
        surviving += part * 0.5 * math.erfc(normal / math.sqrt(2.0))
    return density, max(surviving, 1e-9)


def _between(given: tuple[float, ...], wanted: tuple[float, ...], value: float) -> float:
    """The curve through the points, at `value`; before its first point flat, after its last straight on."""
    at = min(bisect_right(given, value), len(given) - 1)
    if value <= given[0]:
        return wanted[0]
    left, right = given[at - 1], given[at]
    if right <= left:
        return wanted[at]
    return wanted[at - 1] + (wanted[at] - wanted[at - 1]) * (value - left) / (right - left)


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2.0


def _rounded(seconds: float) -> float:
    """To about one part in a hundred."""
    return float(f"{seconds:.3g}") if seconds >= 1 else float(f"{seconds:.2g}")
