"""When a job is looked at: often enough, not too often, and learnt."""

from __future__ import annotations

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhflow.ground.media import Kind
from rhflow.lifecycle.rhythm import Expected, first_look_s, learnt, usual, wait_s

MEDIANS = st.floats(0.05, 20_000)
SPREADS = st.floats(0.03, 1.2)
EXPECTED = st.builds(Expected, MEDIANS, SPREADS, st.integers(0, 30))


def looks(
    expected: Expected, until_s: float, *, shortest_s: float = 0.01, first_s: float = 3.0
) -> list[float]:
    """The moments at which a job is looked at that takes so long."""
    found = [0.0]
    while found[-1] < until_s:
        found.append(found[-1] + wait_s(expected, found[-1], shortest_s=shortest_s, first_s=first_s))
    return found[1:]


@given(EXPECTED, st.floats(0, 1e6), st.floats(0.001, 30), st.floats(0.001, 30))
def test_no_wait_is_shorter_than_the_shortest(
    expected: Expected, elapsed: float, shortest: float, first: float
) -> None:
    wait = wait_s(expected, elapsed, shortest_s=shortest, first_s=first)
    assert shortest <= wait < math.inf


@given(EXPECTED, st.floats(0, 1e6))
def test_a_late_job_is_never_left_alone_for_more_than_an_eighth_of_its_time(
    expected: Expected, late: float
) -> None:
    elapsed = expected.quantile(2.0) + late
    assert wait_s(expected, elapsed, shortest_s=0.001, first_s=1.0) <= 0.125 * elapsed


@given(EXPECTED)
def test_the_first_look_is_no_later_than_the_job_should_end(expected: Expected) -> None:
    assert wait_s(expected, 0.0, shortest_s=0.001, first_s=1e9) <= expected.median_s


@given(MEDIANS, SPREADS, st.floats(0, 1e5), st.floats(0.01, 20))
def test_a_model_nobody_knows_is_looked_at_from_early_on(
    median: float, spread: float, elapsed: float, first: float
) -> None:
    wait = wait_s(Expected(median, spread), elapsed, shortest_s=0.01, first_s=first)
    assert wait <= max(first, elapsed / 2, 0.01)


@given(EXPECTED, st.floats(1, 1000))
def test_the_number_of_looks_grows_with_the_logarithm_of_the_time_alone(
    expected: Expected, times: float
) -> None:
    number = len(looks(expected, expected.median_s * times, shortest_s=1e-3 * expected.median_s))
    assert number <= 120 + 20 * math.log(times)


def drawn(median: float, spread: float, seed: int, number: int = 400) -> list[float]:
    dice = random.Random(seed)
    return [median * math.exp(dice.gauss(0, spread)) for _ in range(number)]


@pytest.mark.parametrize("median", [20.0, 190.0, 900.0])
@pytest.mark.parametrize(
    ("spread", "most_median", "most_p95"), [(0.03, 0.02, 0.04), (0.1, 0.025, 0.06), (0.2, 0.03, 0.12)]
)
def test_of_a_model_that_is_known_the_end_is_known_soon_and_with_few_looks(
    median: float, spread: float, most_median: float, most_p95: float
) -> None:
    expected = learnt(drawn(median, spread, seed=1, number=30), usual(Kind.VIDEO))
    numbers, late = [], []
    for took in drawn(median, spread, seed=2):
        moments = looks(expected, took, shortest_s=0.1)
        numbers.append(len(moments))
        late.append((moments[-1] - took) / took)
    assert statistics.mean(numbers) < 10
    assert statistics.median(late) < most_median
    assert sorted(late)[int(0.95 * len(late))] < most_p95


@pytest.mark.parametrize("kind", Kind)
def test_of_a_model_nobody_knows_the_looks_are_few_all_the_same(kind: Kind) -> None:
    expected = usual(kind)
    numbers, late = [], []
    for took in drawn(expected.median_s, expected.spread, seed=3):
        moments = looks(expected, took, shortest_s=1.0, first_s=first_look_s(kind))
        numbers.append(len(moments))
        late.append((moments[-1] - took) / took)
    assert statistics.mean(numbers) < 12
    assert statistics.median(late) < 0.15


def test_what_is_learnt_is_the_middle_and_outliers_do_not_count() -> None:
    guess = usual(Kind.IMAGE)
    assert learnt([], guess) is guess
    assert learnt([60.0], guess).median_s == 60.0
    steady = learnt([60.0, 61.0, 59.0, 60.0, 60.5, 36_000.0], guess)
    assert steady.median_s == pytest.approx(60.2, abs=0.3)
    assert steady.spread < 0.2
    assert learnt([10.0, 100.0] * 8, guess).spread > 1, "a model of two minds is not trusted"


def test_the_more_jobs_took_the_same_the_surer_we_are_and_the_newest_count() -> None:
    guess = usual(Kind.IMAGE)
    spreads = [learnt([60.0] * number, guess).spread for number in (1, 3, 10, 30)]
    assert spreads == sorted(spreads, reverse=True)
    assert learnt([60.0] * 30 + [20.0] * 30, guess).median_s == 20.0


def test_a_model_that_has_become_quicker_is_noticed() -> None:
    """What is learnt is when the end was seen: should the first look come late, the next ones come sooner."""
    durations = [60.0] * 30
    for _ in range(40):
        moments = looks(learnt(durations, usual(Kind.IMAGE)), 15.0, shortest_s=0.5)
        before = moments[-2] if len(moments) > 1 else 0.0
        durations.append((before + moments[-1]) / 2)
    assert learnt(durations, usual(Kind.IMAGE)).median_s < 20
