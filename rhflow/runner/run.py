"""One attempt to make one plan true: where every task stands, and the one way to add a fact."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

from rhflow.catalog.model import Model
from rhflow.ground.artifact import Artifact
from rhflow.ground.errors import RhflowError
from rhflow.ground.media import Kind
from rhflow.ground.values import as_object, plain
from rhflow.lifecycle.events import Event
from rhflow.lifecycle.ledger import charge_of
from rhflow.lifecycle.notices import Notice
from rhflow.lifecycle.policy import RetryPolicy
from rhflow.lifecycle.rhythm import Expected, usual
from rhflow.lifecycle.states import State, TaskState
from rhflow.lifecycle.transitions import apply, fold
from rhflow.planning.identify import SKIPPED, Outcome
from rhflow.planning.plan import Plan, Task
from rhflow.ports import Allowance, Blobs, Clock, JournalPort, Provider, Uploads
from rhflow.runner.bells import Bells
from rhflow.runner.budget import Budget
from rhflow.runner.channels import Channels
from rhflow.runner.experience import Experience
from rhflow.runner.gauge import Gauge
from rhflow.runner.hints import Hints
from rhflow.runner.lanes import Lanes
from rhflow.runner.sayings import Sayings
from rhflow.runner.stop import Stop

Observe = Callable[[str, Event, TaskState], None]
"""Called after every fact: task id, the event, where the task stands now."""
Notify = Callable[[Notice], None]
"""Called with what people should hear although no task has moved."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to look at a job; how long jobs take is learnt (`lifecycle/rhythm.py`)."""

    shortest_s: float = 1.0
    """The shortest wait between two looks at one job."""
    first_s: float | None = None
    """The longest wait before the first look at a job of a model nobody knows; None: by what it makes."""
    poll_tries: int = 8
    """How many polls in a row may fail before the run lets go of the job (it goes on over there)."""
    guess: Expected | None = None
    """How long a job of a model nobody knows takes; None: by what it makes."""


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
    mend: Callable[[Artifact], object] = lambda _artifact: None
    """Make an object whole again out of what this machine still has of it, if it has. Blocks."""


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
    notify: Notify = lambda _notice: None
    stop: Stop = field(default_factory=Stop)
    states: dict[str, TaskState] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    fail_fast: bool = False
    parked: dict[str, str] = field(default_factory=dict)
    """Tasks that wait for a person or a better time, with the reason."""
    parked_why: dict[str, str] = field(default_factory=dict)
    """What to tell people of a parked task."""
    revived: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    """Parked tasks that have news: the driver takes them up again."""
    bells: Bells = field(default_factory=Bells)
    hints: Hints = field(default_factory=Hints)
    gauge: Gauge = field(default_factory=Gauge)
    sayings: Sayings = field(default_factory=Sayings)
    channels: Channels = field(default_factory=Channels)
    experience: Experience = field(init=False)
    is_cancelling: bool = False
    """Somebody wants the run to end: what goes is cancelled where that can be, and nothing more is bought."""
    _keys: dict[str, asyncio.Lock] = field(default_factory=dict)
    _goes_on: frozenset[str] = frozenset()
    """Tasks whose failure the author lets pass."""
    _given_up: dict[str, set[str]] = field(default_factory=dict)
    """By key, tasks that may have bought the request and let go of it."""
    _of_step: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.experience = Experience(self.hands.journal.durations)

    def load(self) -> None:
        """Fold what the journal knows of this run.

        Raises:
            JournalDamaged: it cannot be read.
        """
        self._goes_on = frozenset(task.id for task in self.plan.tasks if task.on_failure == "continue")
        histories: dict[str, list[tuple[float, Event]]] = {}
        for task, at, event in self.hands.journal.events(self.id):
            histories.setdefault(task, []).append((at, event))
        for item in self.plan.tasks:  # whoever carries the run out has patience of its own
            self.states[item.id] = replace(fold(histories.get(item.id, [])), free_tries=0)
        for task_id in self.states:
            self._note_outcome(task_id)

    def state(self, task_id: str) -> TaskState:
        """Where the task stands."""
        return self.states[task_id]

    def append(
        self, task_id: str, event: Event, within: Allowance | None = None, then: Event | None = None
    ) -> TaskState:
        """Add one fact: checked by the table, written down, told; an intention only `within` its caps.

        With `then` they are two, that are written down together or not at all.

        Raises:
            Conflict: somebody else was first; `reload` and look again.
            OverCap: the purchase would pass a cap; nothing was written.
            StoreError: it could not be written. The fact is then not known to anybody.
        """
        at, before = self.hands.clock.now(), self.states[task_id]
        after = apply(before, event, at)
        last = after if then is None else apply(after, then, at)
        self.hands.journal.append(self.id, task_id, before.seq, event, at, within, then)
        self.states[task_id] = last
        self._note_outcome(task_id)
        self.observe(task_id, event, after)
        if then is not None:
            self.observe(task_id, then, last)
        return last

    def reload(self, task_id: str) -> TaskState:
        """Fold the task anew: another process added to it."""
        history = self.hands.journal.events(self.id, task_id)
        self.states[task_id] = fold((at, event) for _, at, event in history)
        self._note_outcome(task_id)
        return self.states[task_id]

    def tasks_of(self, step: str) -> tuple[str, ...]:
        """Every task of a declared step."""
        if not self._of_step:
            found: dict[str, list[str]] = {}
            for task in self.plan.tasks:
                found.setdefault(task.step, []).append(task.id)
            self._of_step = {name: tuple(tasks) for name, tasks in found.items()}
        return self._of_step[step]

    def may_have_given_up(self, key: str) -> list[str]:
        """Tasks that may have bought this request and come to nothing with it."""
        return sorted(self._given_up.get(key, ()))

    def guess(self, uses: str) -> Expected:
        """How long a job of the model takes, as far as its kind tells."""
        return self.pace.guess or usual(self.kind(uses))

    def kind(self, uses: str) -> Kind:
        """What the model makes; a video where the catalogue has lost it: that takes longest."""
        try:
            return self.hands.model(uses).output
        except RhflowError:
            return Kind.VIDEO

    def expected(self, uses: str, provider: str) -> Expected:
        """How long a job of the model should take."""
        return self.experience.expected(uses, provider, self.guess(uses))

    def one_at_a_time(self, key: str) -> AbstractAsyncContextManager[None]:
        """Twins in one run: the second waits for the first, and finds its result."""
        return self._keys.setdefault(key, asyncio.Lock())

    def _note_outcome(self, task_id: str) -> None:
        state = self.states[task_id]
        ended = (state.key,) if state.state in (State.FAILED, State.SKIPPED) else ()
        for key in (*ended, *state.tried):
            if key is not None:
                self._given_up.setdefault(key, set()).add(task_id)
        outcome = outcome_of_state(state, goes_on=task_id in self._goes_on)
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
    cost = charge_of(state.purchase.usage) if state.purchase else None
    return Outcome(
        tuple(Artifact.from_json(as_object(item, "an artifact")) for item in state.artifacts),
        state.model or "",
        None if cost is None else plain(cost.amount),
    )
