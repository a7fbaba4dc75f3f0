"""What a failure means: retry, or give up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.lifecycle.policy import Decision, GiveUp, Retry, RetryPolicy, backoff_s, decide, throttled_s
from rhflow.lifecycle.states import Purchase, TaskState

K = FailureKind
REFUSED = Purchase("1", "e", 0.0, failure=Failure(K.VENDOR_ERROR, "no"))
BOUGHT = Purchase("1", "e", 0.0, job="job-1", failure=Failure(K.VENDOR_ERROR, "no"))


def after(*purchases: Purchase, free_tries: int = 0, retries: int = 0) -> TaskState:
    return TaskState(purchases=purchases, free_tries=free_tries, retries=retries)


PAID, TWICE, FREE = RetryPolicy(), RetryPolicy(retries=2), RetryPolicy(is_paid=False)


@pytest.mark.parametrize(
    ("kind", "repeatable", "task", "policy", "decision"),
    [
        # proven not bought
        (K.THROTTLED, False, after(REFUSED), PAID, Retry(2.0)),
        (K.THROTTLED, False, after(REFUSED, free_tries=3), PAID, Retry(16.0)),
        (K.THROTTLED, False, after(REFUSED, free_tries=1000), PAID, Retry(60.0)),
        (K.NOT_SENT, True, after(REFUSED), PAID, Retry(1.0)),
        (K.NOT_SENT, True, after(REFUSED, free_tries=5), PAID, Retry(30.0)),
        (K.NOT_SENT, True, after(REFUSED, free_tries=6), PAID, GiveUp()),
        (K.NOT_SENT, True, after(REFUSED, free_tries=6), TWICE, GiveUp()),
        (K.UNAUTHORIZED, True, after(REFUSED), TWICE, GiveUp()),
        (K.NO_FUNDS, True, after(REFUSED), TWICE, GiveUp()),
        (K.REFUSED_INPUT, False, after(REFUSED), TWICE, GiveUp()),
        (K.VENDOR_ERROR, True, after(REFUSED), PAID, GiveUp()),
        (K.VENDOR_ERROR, True, after(REFUSED), TWICE, Retry(5.0, counts=True)),
        # bought, and ended as failed: nothing is free any more
        *((kind, True, after(BOUGHT), PAID, GiveUp()) for kind in K),
        *((kind, False, after(BOUGHT), TWICE, GiveUp()) for kind in K),
        *((kind, True, after(BOUGHT, retries=1), TWICE, Retry(10.0, counts=True)) for kind in K),
        *((kind, True, after(BOUGHT, retries=2), TWICE, GiveUp()) for kind in K),
        # free work
        (K.LOCAL, True, after(BOUGHT), FREE, Retry(0.0)),
        (K.LOCAL, True, after(BOUGHT, BOUGHT), FREE, Retry(0.0)),
        (K.LOCAL, True, after(BOUGHT, BOUGHT, BOUGHT), FREE, GiveUp()),
        (K.LOCAL, False, after(BOUGHT), FREE, GiveUp()),
    ],
)
def test_decisions(
    kind: FailureKind, repeatable: bool, task: TaskState, policy: RetryPolicy, decision: Decision
) -> None:
    assert decide(Failure(kind, "no", repeatable=repeatable), task, policy, 0.0) == decision


JITTER = st.floats(0, 1, exclude_max=True)


@given(st.sampled_from(K), st.booleans(), st.integers(0, 50), st.integers(0, 5), JITTER)
def test_what_was_bought_is_bought_again_only_as_often_as_the_author_said(
    kind: FailureKind, repeatable: bool, free_tries: int, allowed: int, jitter: float
) -> None:
    task, bought = after(BOUGHT, free_tries=free_tries), 0
    while True:
        failure = Failure(kind, "no", repeatable=repeatable)
        decision = decide(failure, task, RetryPolicy(retries=allowed), jitter)
        if not isinstance(decision, Retry):
            break
        bought += 1
        assert decision.counts
        task = after(BOUGHT, free_tries=free_tries, retries=task.retries + 1)
    assert bought == (allowed if repeatable else 0)


@given(st.integers(0, 10_000), JITTER)
def test_waits_double_and_are_clamped(tries: int, jitter: float) -> None:
    assert 0 < backoff_s(tries, jitter) <= 60.0
    assert backoff_s(tries, jitter) >= 0.8 * backoff_s(tries, 0.0)
    assert backoff_s(tries + 1, jitter) >= backoff_s(tries, jitter)


def test_back_pressure_waits_as_long_as_the_far_side_asks_and_up_to_four_times_that() -> None:
    no_machine = Failure(K.THROTTLED, "no machine is free", wait_s=30.0)
    assert [throttled_s(no_machine, tries, 0.0) for tries in range(4)] == [30, 60, 120, 120]
    assert 30.0 < throttled_s(no_machine, 0, 0.9) < 36.0
    assert throttled_s(Failure(K.THROTTLED, "no"), 2, 0.0) == 8.0
    assert Failure.from_json(no_machine.to_json()) == no_machine
    assert "wait_s" not in Failure(K.THROTTLED, "no").to_json()


def test_waits() -> None:
    assert [backoff_s(tries, 0.0) for tries in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert backoff_s(0, 0.5) == pytest.approx(0.9)
    assert backoff_s(3, 0.0, first_s=5.0, most_s=30.0) == 30.0
