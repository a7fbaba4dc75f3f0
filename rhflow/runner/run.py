"""One attempt to make one plan true: where every task stands, and the one way to add a fact."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

from rhflow.catalog.model import Model
from rhflow.ground.artifact import Artifact
from rhflow.ground.values import as_object
from rhflow.lifecycle.events import Event
from rhflow.lifecycle.policy import RetryPolicy
from rhflow.lifecycle.states import State, TaskState
from rhflow.lifecycle.transitions import apply, fold
from rhflow.planning.identify import SKIPPED, Outcome
from rhflow.planning.plan import Plan, Task
from rhflow.ports import Blobs, Clock, JournalPort, Provider, Uploads
from rhflow.runner.budget import Budget
from rhflow.runner.lanes import Lanes
from rhflow.runner.stop import Stop

Observe = Callable[[str, Event, TaskState], None]
"""Called after every fact: task id, the event, where the task stands now."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait between two looks at a job (seconds)."""

    first_s: float = 2.0
    most_s: float = 10.0
    poll_tries: int = 8
    """How many polls in a row may fail before the run lets go of the job (it goes on over there)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """Everything a run is handed: it knows none of them by name."""

    journal: JournalPort
    blobs: Blobs
    uploads: Uploads
    provider: Callable[[Task], Provider]
    model: Callable[[str], Model]
    clock: Clock
    look: Callable[[Path], Mapping[str, float | int | str | None] | None]
    """Kind, running time and size of a media file; None where it is none. Blocks."""
    jitter: Callable[[], float]
    new_id: Callable[[], str]
    folder: Path
    """Where downloads grow before they enter the store."""


@dataclass(slots=True, kw_only=True)
class Run:
    """State of one run in this process. Facts go through `append`, nothing else changes a task."""

    id: str
    plan: Plan
    hands: Hands
    budget: Budget
    lanes: Lanes
    pace: Pace = field(default_factory=Pace)
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    observe: Observe = lambda _task, _event, _state: None
    stop: Stop = field(default_factory=Stop)
    states: dict[str, TaskState] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    fail_fast: bool = False
    parked: dict[str, str] = field(default_factory=dict)
    """Tasks that wait for a person or a better time, with the reason."""
    parked_why: dict[str, str] = field(default_factory=dict)
    """What to tell people of a parked task."""
    _keys: dict[str, asyncio.Lock] = field(default_factory=dict)
    _goes_on: frozenset[str] = frozenset()
    """Tasks whose failure the author lets pass."""

    def load(self) -> None:
        """Fold what the journal knows of this run.

        Raises:
            JournalDamaged: it cannot be read.
        """
        self._goes_on = frozenset(task.id for task in self.plan.tasks if task.on_failure == "continue")
        histories: dict[str, list[tuple[float, Event]]] = {}
        for task, at, event in self.hands.journal.events(self.id):
            histories.setdefault(task, []).append((at, event))
        self.states = {task.id: fold(histories.get(task.id, [])) for task in self.plan.tasks}
        for task_id in self.states:
            self._note_outcome(task_id)

    def state(self, task_id: str) -> TaskState:
        """Where the task stands."""
        return self.states[task_id]

    def append(self, task_id: str, event: Event) -> TaskState:
        """Add one fact: checked by the table, written down, told.

        Raises:
            Conflict: somebody else was first; `reload` and look again.
            StoreError: it could not be written. The fact is then not known to anybody.
        """
        at, before = self.hands.clock.now(), self.states[task_id]
        after = apply(before, event, at)
        self.hands.journal.append(self.id, task_id, before.seq, event, at)
        self.states[task_id] = after
        self._note_outcome(task_id)
        self.observe(task_id, event, after)
        return after

    def reload(self, task_id: str) -> TaskState:
        """Fold the task anew: another process added to it."""
        history = self.hands.journal.events(self.id, task_id)
        self.states[task_id] = fold((at, event) for _, at, event in history)
        self._note_outcome(task_id)
        return self.states[task_id]

    def one_at_a_time(self, key: str) -> AbstractAsyncContextManager[None]:
        """Twins in one run: the second waits for the first, and finds its result."""
        return self._keys.setdefault(key, asyncio.Lock())

    def _note_outcome(self, task_id: str) -> None:
        outcome = outcome_of_state(self.states[task_id], goes_on=task_id in self._goes_on)
        if outcome is None:
            self.outcomes.pop(task_id, None)
        else:
            self.outcomes[task_id] = outcome


def outcome_of_state(state: TaskState, *, goes_on: bool = False) -> Outcome | None:
    """An ended task as later ones see it; None where it is not done.

    What was skipped is null to them, and so is a failure that the author lets pass (`goes_on`).
    """
    if state.state is State.SKIPPED or (goes_on and state.state is State.FAILED):
        return SKIPPED
    if state.state is not State.DONE:
        return None
    usage = state.purchase.usage if state.purchase else {}
    cost = usage.get("third_party") or usage.get("money")
    return Outcome(
        tuple(Artifact.from_json(as_object(item, "an artifact")) for item in state.artifacts),
        state.model or "",
        cost if isinstance(cost, str) else None,
    )
