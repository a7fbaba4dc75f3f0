"""Where a task stands: the states, and what folding its events has taught us."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from rhflow.ground.values import Json, JsonObject
from rhflow.lifecycle.failure import Failure


class State(StrEnum):
    WAITING = "waiting"
    """Something it needs is not there yet."""
    READY = "ready"
    """The request is known and may be bought."""
    SUBMITTING = "submitting"
    """The intention is durable; the request may be on its way."""
    SUBMITTED = "submitted"
    """The far side has it, and we have its handle."""
    COLLECTING = "collecting"
    """It is made; the results are being brought home."""
    SETTLING = "settling"
    """The world said no; nothing is decided yet."""
    BACKOFF = "backoff"
    """It will be tried again when due."""
    DOUBTFUL = "doubtful"
    """Sent, and nobody knows what became of it."""
    DONE = "done"
    SKIPPED = "skipped"
    """Its condition was false, or something it requires was skipped; its outputs are null."""
    FAILED = "failed"
    CANCELLED = "cancelled"


TERMINAL = frozenset({State.DONE, State.SKIPPED, State.FAILED, State.CANCELLED})
"""States in which nothing happens unless a person says so."""

BOUGHT = frozenset({State.SUBMITTED, State.COLLECTING})
"""States in which money is out and the result is still to come."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """What is known of one attempt: for the ledger and for people."""

    attempt: str
    endpoint: str
    intended: float
    reserved: str | None = None
    currency: str = "CNY"
    job: str | None = None
    submitted: float | None = None
    running: float | None = None
    """When the far side was first seen working on it."""
    finished: float | None = None
    collected: float | None = None
    usage: JsonObject = field(default_factory=dict)
    failure: Failure | None = None
    key: str | None = None
    """What was bought."""
    adopted: bool = False
    """Bought by another run and taken over: its money is not this run's."""
    before: JsonObject | None = None
    """What was known of the key's queue before it was sent."""
    evidence: JsonObject | None = None
    """What the key's queue says of it since its answer was lost: `before`, `after`, `says`."""
    cancel: bool | None = None
    """Whether the far side took a wish to cancel it; None where nobody asked."""


@dataclass(frozen=True, slots=True)
class TaskState:
    """A task's events, folded."""

    state: State = State.WAITING
    seq: int = 0
    """How many events were folded: the number the next append expects."""
    key: str | None = None
    endpoint: str | None = None
    request: JsonObject | None = None
    purchases: tuple[Purchase, ...] = ()
    results: tuple[Json, ...] = ()
    artifacts: tuple[Json, ...] = ()
    model: str | None = None
    cached: bool = False
    origin: tuple[str, str] | None = None
    """Run and task that bought a cached result."""
    failure: Failure | None = None
    skipped_because: str | None = None
    rung: int = 0
    """Which of the author's ladder it asks, from 0."""
    tried: tuple[str, ...] = ()
    """Keys of the rungs that have failed."""
    due: float | None = None
    planned: float | None = None
    """When it was decided what is due: a clock that shows less has gone backwards."""
    free_tries: int = 0
    """Tries that cost nothing and ended in the same way, in a row: back-pressure, or never left."""
    retries: int = 0
    """Of the author's retries, how many were spent."""
    started: float | None = None
    ended: float | None = None

    @property
    def is_terminal(self) -> bool:
        return self.state in TERMINAL

    @property
    def purchase(self) -> Purchase | None:
        """The newest attempt."""
        return self.purchases[-1] if self.purchases else None

    @property
    def job(self) -> str | None:
        return self.purchase.job if self.purchase else None

    @property
    def dies_at(self) -> float | None:
        """When the first address of its results dies (seconds since 1970); None where none does."""
        ends = [item.get("expires") for item in self.results if isinstance(item, dict)]
        return min((float(end) for end in ends if isinstance(end, int | float)), default=None)

    @property
    def attempt(self) -> str | None:
        return self.purchase.attempt if self.purchase else None
