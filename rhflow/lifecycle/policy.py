"""What a failure means: retry, ask or give up. Arithmetic only; chance (`jitter`) is handed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.lifecycle.states import TaskState


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again in so many seconds; `counts` where it spends one of the author's retries."""

    delay_s: float
    counts: bool = False


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The task has failed."""


Decision: TypeAlias = Retry | GiveUp


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The author's and the house's limits."""

    is_paid: bool = True
    retries: int = 0
    """How often a failed purchase may be bought again."""
    network_tries: int = 6
    """How often in a row a request that never left is tried again before the run stops: about a minute."""
    local_tries: int = 2
    """How often free work is redone."""


def backoff_s(tries: int, jitter: float, *, first_s: float = 1.0, most_s: float = 60.0) -> float:
    """Doubling waits, clamped, with up to a fifth taken off by `jitter` in [0, 1)."""
    return min(most_s, first_s * 2.0 ** min(tries, 30)) * (1.0 - 0.2 * jitter)


def throttled_s(failure: Failure, tries: int, jitter: float) -> float:
    """How long back-pressure is waited out: from 2 s to a minute, or from what the far side asks for to four
    times that; never less than it asks for.
    """
    if failure.wait_s is None:
        return backoff_s(tries, jitter, first_s=2.0)
    return failure.wait_s * 2.0 ** min(tries, 2) * (1.0 + 0.2 * jitter)


def decide(failure: Failure, task: TaskState, policy: RetryPolicy, jitter: float) -> Decision:
    """What to do about a failure that proves nothing was bought, or that ended a bought job.

    Only the first may be tried again for nothing; what ended a bought job is bought again or not at all,
    whatever sort of no it was.
    """
    if task.job is None:
        match failure.kind:
            case FailureKind.THROTTLED:
                return Retry(throttled_s(failure, task.free_tries, jitter))
            case FailureKind.NOT_SENT if task.free_tries < policy.network_tries:
                return Retry(backoff_s(task.free_tries, jitter, most_s=30.0))
            case FailureKind.NOT_SENT | FailureKind.UNAUTHORIZED | FailureKind.NO_FUNDS:
                return GiveUp()
            case _:
                pass
    if not failure.repeatable:
        return GiveUp()
    if not policy.is_paid:
        failed = sum(purchase.failure is not None for purchase in task.purchases)
        return Retry(0.0) if failed <= policy.local_tries else GiveUp()
    if task.retries < policy.retries:
        return Retry(backoff_s(task.retries, jitter, first_s=5.0), counts=True)
    return GiveUp()


def falls_back(failure: Failure, on_rejected: bool) -> bool:
    """Whether another model may be asked instead: the vendor failed, the model is no more, or this model's
    reading of the request was refused.

    An input that makes no sense would make none elsewhere; a refused content only where the author says so.
    """
    if failure.kind is FailureKind.REFUSED_CONTENT:
        return on_rejected
    return failure.kind in (FailureKind.VENDOR_ERROR, FailureKind.WITHDRAWN)
