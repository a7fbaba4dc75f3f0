"""Two workers of one home, in any order, dying wherever they like: no purchase without a word for it.

Each step is one `advance` of one task of one worker. While it stands at a point of the far side (staging,
submit, poll, download) the other worker may make a step of its own, or the process may die.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter, deque
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rhflow.lifecycle import events
from rhflow.lifecycle.failure import FailureKind
from rhflow.lifecycle.states import State
from rhflow.ports import Conflict
from rhflow.runner.advance import advance
from rhflow.runner.run import Run
from tests.runner.world import Process, World, accepts, ended, loses, no, plan, refuses, states, task

TASKS = ("a", "b")
NAMES = ("left", "right")
POINTS = ("stage", "submit before", "submit after", "report before", "report after", "collect after")
ANSWERS = {
    "accepted": accepts,
    "lost, bought": loses(bought=True),
    "lost, not bought": loses(bought=False),
    "throttled": refuses(FailureKind.THROTTLED),
}
ONE = plan(task("a"), task("b", "b"))


class Died(BaseException):
    """A worker is gone."""


class TwoWorkers(RuleBasedStateMachine):
    """`left` and `right` each have a run of the same plan."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self.folder.name) / ".rhflow")
        self.loop = asyncio.new_event_loop()
        self.workers: dict[str, tuple[Process, Run]] = {}
        self.consents: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.busy: set[tuple[str, str]] = set()
        for name in NAMES:
            self._begin(name)

    def teardown(self) -> None:
        self._finish()
        self.loop.close()
        self.world.close()
        self.folder.cleanup()

    def _begin(self, name: str) -> None:
        process = self.world.process()
        self.workers[name] = process, process.run(ONE, name)

    async def _step(self, name: str, which: str) -> None:
        process, run = self.workers[name]
        if (name, which) in self.busy:
            return
        self.busy.add((name, which))
        try:
            await advance(run, next(item for item in ONE.tasks if item.id == which))
        except Died:
            process.end()
            self._begin(name)
        finally:
            self.busy.discard((name, which))

    @rule(
        name=st.sampled_from(NAMES),
        which=st.sampled_from(TASKS),
        answer=st.sampled_from(sorted(ANSWERS)),
        point=st.sampled_from(POINTS),
        then=st.sampled_from(("nothing", "the other works", "dies")),
        other_task=st.sampled_from(TASKS),
        steps=st.integers(1, 4),
    )
    def step(
        self, name: str, which: str, answer: str, point: str, then: str, other_task: str, steps: int
    ) -> None:
        """One advance; at `point`, once, something happens meanwhile."""
        process, _ = self.workers[name]
        other = NAMES[1 - NAMES.index(name)]
        has_happened = False

        async def others() -> None:
            for _ in range(steps):
                await self._step(other, other_task)

        def on(where: str, _what: str) -> object:
            nonlocal has_happened
            if where != point or has_happened:
                return None
            has_happened = True
            if then == "dies":
                raise Died
            return others() if then == "the other works" else None

        self.world.far.submits[which] = deque([ANSWERS[answer]])
        process.paid.on = on  # type: ignore[assignment]
        self.loop.run_until_complete(self._step(name, which))
        process.paid.on = lambda _point, _what: None
        self.world.far.submits.clear()

    @rule(name=st.sampled_from(NAMES))
    def dies_between(self, name: str) -> None:
        process, _ = self.workers[name]
        process.end()
        self._begin(name)

    @rule(which=st.sampled_from(TASKS))
    def the_next_job_fails(self, which: str) -> None:
        """The far side says "failed" of whatever is asked for next."""
        if not self.world.far.reports.get(which):
            self.world.far.reports[which] = deque([ended(FailureKind.VENDOR_ERROR, repeatable=True)])

    @rule(
        name=st.sampled_from(NAMES),
        which=st.sampled_from(TASKS),
        gives=st.sampled_from(("looks", "repeat", "abandon")),
    )
    def settles(self, name: str, which: str, gives: str) -> None:
        """A person looks at a doubt: what the far side has is found, unless the person will not look."""
        process, run = self.workers[name]
        state = run.reload(which)
        if state.state is not State.DOUBTFUL:
            return
        attempt = state.attempt or ""
        job = self.world.far.job_of(attempt)
        if gives == "abandon":
            process.tell(name, which, events.Abandoned(attempt, no(FailureKind.IN_DOUBT, charged="unknown")))
            bought_here = any(entry.attempt == attempt for entry in process.journal.ledger(name))
            self.consents[which] += bought_here  # what its buyer writes off may be bought anew by another run
        elif gives == "looks" and job is not None:
            process.tell(name, which, events.Found(attempt, job, by="settle"))
        elif (process.journal.attempt(attempt) or ("",))[0] == "submitted":  # the other one knows its job
            with pytest.raises(Conflict, match="another run has found the job"):
                process.tell(name, which, events.Absent(attempt, by="settle --repeat"))
        else:
            process.tell(name, which, events.Absent(attempt, by="settle --repeat"))
            self.consents[which] += 1
        run.reload(which)

    @precondition(lambda self: any(True for _ in self._failures()))
    @rule(data=st.data())
    def agrees_to_buy_again(self, data: st.DataObject) -> None:
        name, which = data.draw(st.sampled_from(sorted(self._failures())))
        self.workers[name][1].append(which, events.Reopened("resume --yes"))
        self.consents[which] += 1

    def _failures(self) -> list[tuple[str, str]]:
        return [
            (name, which)
            for name, (_, run) in self.workers.items()
            for which in TASKS
            if run.reload(which).state is State.FAILED
        ]

    @invariant()
    def nothing_is_bought_without_a_word(self) -> None:
        """Each run may buy once more after a job that the far side itself called failed: it never did."""
        for which, count in self.world.far.bill.items():
            runs_after_failure = self._ended_badly(which)
            assert count <= 1 + self.consents[which] + runs_after_failure, self._stories()

    def _ended_badly(self, which: str) -> int:
        """Purchases that the far side ended as failed: another run may then buy the key, as a new run may."""
        process, _ = self.workers["left"]
        ended_attempts = {
            event.attempt
            for name in NAMES
            for _, _, event in process.journal.events(name, which)
            if isinstance(event, events.JobFailed)
        }
        return len(ended_attempts)

    def _stories(self) -> str:
        process, _ = self.workers["left"]
        return "\n".join(f"{name} {item}" for name in NAMES for item in process.journal.events(name))

    def _finish(self) -> None:
        """In the end every doubt is looked up, and every result that was bought and made is at home."""
        self.world.far.reports.clear()
        for _ in range(4):
            for name in NAMES:
                process = self.world.process()
                run = process.run(ONE, name)
                process.drive(run)
                for which, state in run.states.items():
                    if state.state is State.DOUBTFUL:
                        self.settles(name, which, "looks")
        for name in NAMES:
            stand = states(self.world.process().run(ONE, name))
            assert set(stand.values()) <= {"done", "failed"}, (stand, self._stories())
        self.nothing_is_bought_without_a_word()


TwoWorkers.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestTwoWorkers = TwoWorkers.TestCase
