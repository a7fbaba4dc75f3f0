"""The table in the smallest world where it can go wrong, walked through to its last corner.

One request, wanted by two runs; two workers, either of which may take up either run (redelivery) and may
die between any two of its moves; a far side that accepts, refuses or loses, and whose results may not be
to be had; a person who settles a doubt one way or the other, and begins anew what has failed. The lifecycle
is the real one (`apply` over `TABLE`); the journal's promises and the runner's moves are told here once more,
in few lines, so that every order of them can be tried. What the runner really does is tried by
`tests/crash/`.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from rhflow.lifecycle import effects, events
from rhflow.lifecycle.events import Event
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.lifecycle.states import State, TaskState
from rhflow.lifecycle.transitions import apply, next_effect

KEY = "k"
RUNS = (0, 1)
NOBODY = 2
"""A run that has ended, and that nobody goes on with."""
NO = Failure(FailureKind.VENDOR_ERROR, "no", charged="unknown", repeatable=True)
KEYED = events.Keyed(KEY, "fake/picture", {})


@dataclass(frozen=True, slots=True, order=True)
class Attempt:
    """One row of the journal's index of purchases."""

    run: int
    owner: int
    state: str
    outcome: str = ""

    @property
    def is_open(self) -> bool:
        return self.state != "closed"


@dataclass(frozen=True, slots=True, order=True)
class Worker:
    """A process: what it saw last, and where between promise and answer it stands."""

    incarnation: int
    at: str = "idle"
    run: int = 0
    attempt: int = -1
    known: int = -1
    """How many purchases of the key there were when it looked; its view is void once the stream has moved."""
    is_fresh: bool = False


@dataclass(frozen=True, slots=True, order=True)
class World:
    """Everything that can be told apart."""

    tasks: tuple[TaskView, ...]
    workers: tuple[Worker, ...]
    attempts: tuple[Attempt, ...] = ()
    jobs: tuple[tuple[int, str], ...] = ()
    """The far side's bill: attempt and how its job stands."""
    has_result: bool = False
    consents: int = 0
    losses: int = 0
    """Purchases that everybody has let go of because their results were not to be had."""
    left: tuple[int, ...] = (0, 0, 0, 0, 0, 0)
    """Deaths, consents, refusals, failed jobs, lost results and new runs that may still happen."""


TaskView: TypeAlias = "tuple[State, int, bool, bool]"
"""What of a task the moves depend on: state, attempt, whether its job is known, whether it is adopted."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may go wrong on one way."""

    deaths: int = 2
    consents: int = 1
    refusals: int = 1
    failures: int = 1
    losses: int = 0
    beginnings: int = 0
    """New runs in the place of one that has failed, without a word to buy what was bought again."""

    @property
    def left(self) -> tuple[int, ...]:
        return (self.deaths, self.consents, self.refusals, self.failures, self.losses, self.beginnings)


@dataclass(slots=True)
class Rules:
    """The journal's promises; each can be taken away, to see that the walk would notice."""

    one_open_attempt_per_key: bool = True
    looks_before_it_promises: bool = True
    """An intention says how many purchases its writer knew of,"""
    counts_results: bool = True
    """and whether there was a result."""
    promise_before_the_post: bool = True
    death_is_a_doubt: bool = True
    the_last_one_closes: bool = True
    """What one run lets go of, another may wait for; only the buyer writes off for both."""


@dataclass(slots=True)
class Walk:
    """Every state that can be reached from the first, and what was found there."""

    bounds: Bounds = field(default_factory=Bounds)
    rules: Rules = field(default_factory=Rules)
    states: int = 0
    steps: int = 0
    paid_twice: list[World] = field(default_factory=list)
    dead_ends: list[World] = field(default_factory=list)
    """Worlds from which no way leads to an end of both runs."""
    lost: list[World] = field(default_factory=list)
    """Ends in which something was bought and made, nobody has it, and nobody agreed to that."""
    _tasks: dict[TaskView, TaskState] = field(default_factory=dict)

    def go(self) -> Walk:
        """Breadth first, until nothing is new."""
        view = self._view(TaskState())
        first = World(tasks=(view, view), workers=(Worker(0), Worker(1)), left=self.bounds.left)
        numbers, before, waiting = {first: 0}, [array("l")], deque([first])
        while waiting:
            world = waiting.popleft()
            for moved_on in self._moves(world):
                self.steps += 1
                following = _plain(moved_on)
                if following not in numbers:
                    numbers[following] = len(before)
                    before.append(array("l"))
                    waiting.append(following)
                before[numbers[following]].append(numbers[world])
        self.states = len(numbers)
        self._judge(list(numbers), before)
        return self

    def _judge(self, worlds: list[World], before: list[array[int]]) -> None:
        """What is wrong with the worlds that were reached, and from which of them nothing ends."""
        ends = [number for number, world in enumerate(worlds) if _has_ended(world)]
        self.paid_twice = [world for world in worlds if _paid_twice(world)]
        self.lost = [worlds[number] for number in ends if _lost(worlds[number])]
        finds_an_end, waiting = set(ends), deque(ends)
        while waiting:
            for number in before[waiting.popleft()]:
                if number not in finds_an_end:
                    finds_an_end.add(number)
                    waiting.append(number)
        self.dead_ends = [world for number, world in enumerate(worlds) if number not in finds_an_end]

    # -- the moves ------------------------------------------------------------------------------

    def _moves(self, world: World) -> Iterator[World]:
        for index, worker in enumerate(world.workers):
            if worker.at == "idle":
                for run in RUNS:
                    if world.tasks[run][0] not in _ENDED:
                        known = self._known(world)
                        looked = replace(worker, at="looked", run=run, known=known, is_fresh=True)
                        yield _with(world, index, looked)
            else:
                yield from self._goes_on(world, index, worker)
                if world.left[0]:
                    yield self._dies(world, index)
        yield from self._a_person(world)
        for number, (attempt, status) in enumerate(world.jobs):
            if status == "running":
                yield replace(world, jobs=_set(world.jobs, number, (attempt, "succeeded")))
                if world.left[3]:
                    failed = replace(world, jobs=_set(world.jobs, number, (attempt, "failed")))
                    yield _spend(failed, 3)

    def _goes_on(self, world: World, index: int, worker: Worker) -> Iterator[World]:
        done = Worker(worker.incarnation)
        match worker.at:
            case "looked":
                yield from self._acts(world, index, worker)
            case "asked":
                yield from self._looks_beside(world, index, worker)
            case "staging":
                yield from self._promises(world, index, worker)
            case "promised":
                bought = replace(world, jobs=(*world.jobs, (worker.attempt, "running")))
                for answer, came in (("accepted", bought), ("lost", bought), ("lost", world)):
                    yield _with(came, index, replace(worker, at=answer))
                if world.left[2]:
                    yield _with(_spend(world, 2), index, replace(worker, at="refused"))
            case "posted":  # only without the promise: the request has left, and nothing is written
                intended = self._intend(world, worker)
                if intended is not None:
                    told = self._tell(intended, worker.run, events.Accepted(_name(worker.attempt), "job"))
                    yield _with(told, index, done)
                else:
                    yield _with(world, index, done)
            case answer:
                yield _with(self._answered(world, worker, answer), index, done)

    def _acts(self, world: World, index: int, worker: Worker) -> Iterator[World]:
        """What the table asks for, by what the worker saw; a view that is out of date comes to nothing."""
        done = Worker(worker.incarnation)
        if not worker.is_fresh:
            yield _with(world, index, done)
            return
        task = self._tasks[world.tasks[worker.run]]
        effect = next_effect(task, 1e12)
        if isinstance(effect, effects.Submit):
            yield from self._buys(world, index, worker)
            return
        event = self._event(world, worker.run, task, effect)
        yield _with(world if event is None else self._tell(world, worker.run, event), index, done)
        if isinstance(effect, effects.Collect) and world.left[4]:
            lost = events.ResultLost(_name(_number(task)), NO)
            yield _with(self._tell(_spend(world, 4), worker.run, lost), index, done)

    def _event(self, world: World, run: int, task: TaskState, effect: effects.Effect | None) -> Event | None:
        number = _number(task)
        match effect:
            case effects.Identify():
                return _hit() if world.has_result else KEYED
            case effects.Reconcile():
                owner = world.attempts[number].owner
                return None if _lives(world, owner) else events.Lost(_name(number), NO)
            case effects.Poll():
                return self._polled(world, number, adopted=bool(task.purchase and task.purchase.adopted))
            case effects.Collect():
                return events.Collected(_name(number), KEY, "fake/picture", [])
            case effects.Settle():
                refused = task.job is None
                return events.RetryPlanned(0.0) if refused else events.GaveUp(NO)
            case effects.Ask():
                return self._learns(world, number)
            case _:
                return None

    @staticmethod
    def _polled(world: World, number: int, *, adopted: bool) -> Event | None:
        if adopted and world.attempts[number].outcome == "collected" and world.has_result:
            return _hit()
        status = next((status for attempt, status in world.jobs if attempt == number), None)
        if status == "failed":
            return events.JobFailed(_name(number), NO)
        return events.JobSucceeded(_name(number), []) if status == "succeeded" else None

    @staticmethod
    def _learns(world: World, number: int) -> Event | None:
        """A doubt cleared up by another holder of the same purchase."""
        known = world.attempts[number]
        if known.outcome == "collected" and world.has_result:
            return _hit()
        if known.state == "submitted":
            return events.Found(_name(number), "job", by="another run")
        if known.state != "closed":
            return None
        if known.outcome in ("absent", "refused"):
            return events.Absent(_name(number), by="another run")
        return events.Abandoned(_name(number), NO)

    def _buys(self, world: World, index: int, worker: Worker) -> Iterator[World]:
        done = Worker(worker.incarnation)
        if world.has_result:
            yield _with(self._tell(world, worker.run, _hit()), index, done)
            return
        yield _with(world, index, replace(worker, at="asked"))

    def _looks_beside(self, world: World, index: int, worker: Worker) -> Iterator[World]:
        """There was no result a moment ago; now it asks whether somebody else is buying it."""
        done = Worker(worker.incarnation)
        if not worker.is_fresh:
            yield _with(world, index, done)
            return
        rival = next((item for item in enumerate(world.attempts) if item[1].is_open), None)
        if rival is not None and self.rules.one_open_attempt_per_key:
            yield _with(self._beside(world, worker.run, *rival), index, done)
            return
        yield _with(world, index, replace(worker, at="staging"))

    def _promises(self, world: World, index: int, worker: Worker) -> Iterator[World]:
        """The media are over there. That took a while: another worker may have been quicker."""
        promised = replace(worker, at="promised", attempt=len(world.attempts))
        if not self.rules.promise_before_the_post:
            bought = replace(world, jobs=(*world.jobs, (len(world.attempts), "running")))
            yield _with(bought, index, replace(promised, at="posted"))
            return
        intended = self._intend(world, promised) if worker.is_fresh else None
        yield (
            _with(world, index, Worker(worker.incarnation))
            if intended is None
            else _with(intended, index, promised)
        )

    def _intend(self, world: World, worker: Worker) -> World | None:
        """The promise, as the journal takes it; None where it would not."""
        if self.rules.one_open_attempt_per_key and any(item.is_open for item in world.attempts):
            return None
        if self.rules.looks_before_it_promises and worker.known != self._known(world):
            return None
        event = events.SubmitIntended(KEY, _name(len(world.attempts)), "fake/picture", "simulator")
        told = self._tell(world, worker.run, event)
        return replace(told, attempts=(*told.attempts, Attempt(worker.run, worker.incarnation, "submitting")))

    def _known(self, world: World) -> int:
        return len(world.attempts) + (world.has_result and self.rules.counts_results)

    def _beside(self, world: World, run: int, number: int, rival: Attempt) -> World:
        if rival.state != "submitting":
            job = "job" if rival.state == "submitted" else None
            return self._tell(world, run, events.Adopted(KEY, _name(number), "run", "task", job))
        theirs = self._tasks[world.tasks[rival.run]]
        if _lives(world, rival.owner) or theirs.state is not State.SUBMITTING or _number(theirs) != number:
            return world
        return self._tell(world, rival.run, events.Lost(_name(number), NO))

    def _answered(self, world: World, worker: Worker, answer: str) -> World:
        """The answer is written down; where another took us for dead meanwhile, it clears that up."""
        task = self._tasks[world.tasks[worker.run]]
        name, number = _name(worker.attempt), worker.attempt
        is_ours = _number(task) == number
        if is_ours and task.state is State.SUBMITTING:
            told: dict[str, Event] = {
                "accepted": events.Accepted(name, "job"),
                "refused": events.Refused(name, NO),
                "lost": events.Lost(name, NO),
            }
            return self._tell(world, worker.run, told[answer])
        if not is_ours or answer == "lost" or task.job is not None:
            return world
        if answer == "refused":
            absent = events.Absent(name, by="late answer")
            return self._tell(world, worker.run, absent) if task.state is State.DOUBTFUL else world
        if task.state not in (State.DOUBTFUL, State.FAILED) or self._is_taken(world, number):
            return world  # the real one stops here and names the task id: nothing more can be bought by it
        return self._tell(world, worker.run, events.Found(name, "job", by="late answer"))

    @staticmethod
    def _is_taken(world: World, number: int) -> bool:
        """Another purchase of the key is open: the journal would not take a second one."""
        return any(item.is_open and other != number for other, item in enumerate(world.attempts))

    def _dies(self, world: World, index: int) -> World:
        newest = max(worker.incarnation for worker in world.workers)
        dead = world.workers[index]
        world = _with(_spend(world, 0), index, Worker(newest + 1))
        task = self._tasks[world.tasks[dead.run]]
        if not self.rules.death_is_a_doubt and task.state is State.SUBMITTING:
            # The tempting mistake: nobody answered, so nothing can have been bought.
            return self._tell(world, dead.run, events.Refused(_name(_number(task)), NO))
        return world

    def _a_person(self, world: World) -> Iterator[World]:
        for run in RUNS:
            task = self._tasks[world.tasks[run]]
            number = _number(task)
            if task.state is State.DOUBTFUL and world.attempts[number].state == "doubtful":
                if any(attempt == number for attempt, _ in world.jobs):
                    yield self._tell(world, run, events.Found(_name(number), "job", by="settle"))
                if world.left[1]:
                    agreed = replace(_spend(world, 1), consents=world.consents + 1)
                    yield self._tell(agreed, run, events.Absent(_name(number), by="settle --repeat"))
            can_abandon = task.state in (State.DOUBTFUL, State.SUBMITTED) and world.attempts[number].is_open
            if can_abandon and world.left[1]:
                written_off = events.Abandoned(_name(number), NO)
                is_for_good = not _is_still_awaited(world, run, written_off)
                agreed = replace(_spend(world, 1), consents=world.consents + is_for_good)
                yield self._tell(agreed, run, written_off)
            if task.state is State.FAILED and world.left[1]:
                agreed = replace(_spend(world, 1), consents=world.consents + 1)
                yield self._tell(agreed, run, events.Reopened("resume --yes"))
            if task.state is State.FAILED and world.left[5]:
                yield self._begins_anew(_spend(world, 5), run)

    def _begins_anew(self, world: World, run: int) -> World:
        """A new run takes the place of one that has ended; nobody goes on with that one."""
        workers = tuple(
            replace(worker, is_fresh=False) if worker.run == run and worker.at in _LOOKS else worker
            for worker in world.workers
        )
        attempts = tuple(
            replace(item, run=NOBODY) if item.run == run and item.is_open else item for item in world.attempts
        )
        tasks = _set(world.tasks, run, self._view(TaskState()))
        return replace(world, tasks=tasks, workers=workers, attempts=attempts)

    # -- the journal ----------------------------------------------------------------------------

    def _tell(self, world: World, run: int, event: Event) -> World:
        """Append: the task moves by the table, the index follows, every older view of the task is void."""
        task = apply(self._tasks[world.tasks[run]], event, 0.0)
        attempts = world.attempts
        is_awaited = _is_still_awaited(world, run, event)
        if not is_awaited or not self.rules.the_last_one_closes:
            attempts = _projected(attempts, event)
        is_lost = isinstance(event, events.ResultLost) and not is_awaited
        workers = tuple(
            replace(worker, is_fresh=False) if worker.run == run and worker.at in _LOOKS else worker
            for worker in world.workers
        )
        return replace(
            world,
            tasks=_set(world.tasks, run, self._view(task)),
            attempts=attempts,
            workers=workers,
            losses=world.losses + is_lost,
            has_result=world.has_result or isinstance(event, events.Collected),
        )

    def _view(self, task: TaskState) -> TaskView:
        purchase = task.purchase
        view = (task.state, _number(task), task.job is not None, bool(purchase and purchase.adopted))
        self._tasks.setdefault(view, task)
        return view


_ENDED = (State.DONE, State.FAILED, State.SKIPPED, State.CANCELLED)
_WAITS = (State.SUBMITTED, State.COLLECTING, State.DOUBTFUL)
_LOOKS = ("looked", "asked", "staging")
"""Where a worker goes by what it has seen of the stream."""
_CLOSES: dict[type[Event], str] = {
    events.Refused: "refused",
    events.Absent: "absent",
    events.Abandoned: "abandoned",
    events.JobFailed: "failed",
    events.ResultLost: "lost",
    events.Collected: "collected",
}


def _projected(attempts: tuple[Attempt, ...], event: Event) -> tuple[Attempt, ...]:
    if not hasattr(event, "attempt") or isinstance(event, events.SubmitIntended | events.Adopted):
        return attempts
    number = int(event.attempt)
    known = attempts[number]
    if isinstance(event, events.Found):
        return _set(attempts, number, replace(known, state="submitted", outcome=""))
    if not known.is_open:
        return attempts
    if isinstance(event, events.Accepted):
        return _set(attempts, number, replace(known, state="submitted"))
    if isinstance(event, events.Lost):
        return _set(attempts, number, replace(known, state="doubtful"))
    outcome = _CLOSES.get(type(event))
    return (
        attempts
        if outcome is None
        else _set(attempts, number, Attempt(known.run, known.owner, "closed", outcome))
    )


def _is_still_awaited(world: World, run: int, event: Event) -> bool:
    """Whether one run lets go of a purchase that the other still waits for."""
    if not isinstance(event, events.Abandoned | events.ResultLost):
        return False
    number, (state, waits_for, *_) = int(event.attempt), world.tasks[1 - run]
    if isinstance(event, events.Abandoned) and world.attempts[number].run == run:
        return False
    return waits_for == number and state in _WAITS


def _plain(world: World) -> World:
    """Worlds that differ in nothing that matters are one: names of the dead, of equals, of what is over."""
    living = {worker.incarnation: number for number, worker in enumerate(world.workers)}
    attempts = tuple(
        Attempt(
            item.run if item.is_open else 0,
            living.get(item.owner, -1) if item.state == "submitting" else -1,
            item.state,
            item.outcome,
        )
        for item in world.attempts
    )
    workers = tuple(replace(worker, incarnation=number) for number, worker in enumerate(world.workers))
    return min(
        _seen_from(replace(world, attempts=attempts, workers=workers), flip_workers, flip_runs)
        for flip_workers in (False, True)
        for flip_runs in (False, True)
    )


def _seen_from(world: World, flip_workers: bool, flip_runs: bool) -> World:
    """The same world with its workers, its runs, or both in the other order."""
    workers, tasks, attempts = world.workers, world.tasks, world.attempts
    if flip_workers:
        workers = tuple(replace(item, incarnation=1 - item.incarnation) for item in reversed(workers))
        attempts = tuple(
            replace(item, owner=1 - item.owner) if item.owner >= 0 else item for item in attempts
        )
    if flip_runs:
        tasks = (tasks[1], tasks[0])
        attempts = tuple(
            replace(item, run=1 - item.run) if item.is_open and item.run != NOBODY else item
            for item in attempts
        )
        workers = tuple(replace(item, run=1 - item.run) if item.at != "idle" else item for item in workers)
    return replace(world, workers=workers, tasks=tasks, attempts=attempts)


def _paid_twice(world: World) -> bool:
    """More was bought than somebody asked for: once, and once more per consent, per job that failed there,
    and per result that nobody could get.

    A run that begins anew after a failure of the far side may buy, as a person's new run may.
    """
    failed = sum(status == "failed" for _, status in world.jobs)
    return len(world.jobs) > 1 + world.consents + failed + world.losses


def _has_ended(world: World) -> bool:
    """Nobody is at work, and what is not over waits for a person's word."""
    idle = all(worker.at == "idle" for worker in world.workers)
    return idle and all(task[0] in _ENDED or task[0] is State.DOUBTFUL for task in world.tasks)


def _lost(world: World) -> bool:
    if any(task[0] is State.DOUBTFUL for task in world.tasks):
        return False
    made = any(status == "succeeded" for _, status in world.jobs)
    return made and not world.has_result and not world.consents and not world.losses


def _lives(world: World, owner: int) -> bool:
    return any(worker.incarnation == owner for worker in world.workers)


def _number(task: TaskState) -> int:
    return int(task.attempt) if task.attempt is not None else -1


def _name(number: int) -> str:
    return str(number)


def _hit() -> Event:
    return events.CacheHit(KEY, "fake/picture", [], "run", "task")


def _with(world: World, index: int, worker: Worker) -> World:
    return replace(world, workers=_set(world.workers, index, worker))


def _spend(world: World, which: int) -> World:
    return replace(world, left=_set(world.left, which, world.left[which] - 1))


def _set(items: tuple, index: int, item: object) -> tuple:  # type: ignore[type-arg]
    return (*items[:index], item, *items[index + 1 :])
