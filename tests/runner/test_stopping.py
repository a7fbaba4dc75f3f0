"""Stopped in the middle: what was sent is written down, whoever is cancelled, and nothing goes on buying."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable

import pytest

from rhflow.ground.errors import EXIT_INTERRUPTED, StoreError
from rhflow.lifecycle.failure import FailureKind
from rhflow.ports import Accepted, Staged, SubmitAnswer
from rhflow.runner.cancelling import begin_to_cancel
from rhflow.runner.lanes import SENDS_AT_ONCE
from rhflow.runner.local import drive, drive_until_stopped
from rhflow.runner.run import Run
from rhflow.runner.stop import EXIT_OF_STOP
from tests.runner.world import (
    FarSide,
    Process,
    World,
    committed,
    finished,
    plan,
    refuses,
    states,
    story,
    task,
)


class Gate:
    """Holds a provider at one point until it is opened."""

    def __init__(self, process: Process, point: str) -> None:
        self.point = point
        self.reached = asyncio.Event()
        self.open = asyncio.Event()
        process.paid.on = self.at

    def at(self, point: str, _what: str) -> Awaitable[None] | None:
        return self._hold() if point == self.point else None

    async def _hold(self) -> None:
        self.reached.set()
        await self.open.wait()


@pytest.mark.parametrize("point", ["submit before", "submit after"])
def test_a_cancelled_submit_still_writes_down_its_answer(world: World, point: str) -> None:
    process = world.process()
    run = process.run(plan(task("a"), task("b", needs=("a",))))

    async def scene() -> None:
        gate = Gate(process, point)
        work = asyncio.create_task(drive(run))
        await gate.reached.wait()
        work.cancel()
        await asyncio.sleep(0)
        work.cancel()
        await asyncio.sleep(0)
        assert not work.done()
        gate.open.set()
        with pytest.raises(asyncio.CancelledError):
            await work

    asyncio.run(scene())
    assert story(run, "a") == ["Keyed", "SubmitIntended", "Accepted"]
    assert states(world.process().go(run.plan)) == {"a": "done", "b": "done"}
    assert world.far.bill == {"a": 1, "b": 1}


@pytest.mark.parametrize(
    "point", ["stage", "submit before", "submit after", "report before", "collect before"]
)
def test_an_interrupt_lets_go_in_good_order(world: World, point: str) -> None:
    process = world.process()
    run = process.run(plan(task("a"), task("b", needs=("a",))))

    async def scene() -> None:
        gate, interrupted = Gate(process, point), asyncio.Event()
        work = asyncio.create_task(drive_until_stopped(run, interrupted))
        await gate.reached.wait()
        interrupted.set()
        for _ in range(5):
            await asyncio.sleep(0)
        gate.open.set()
        await work

    asyncio.run(scene())
    assert [EXIT_OF_STOP[reason] for reason in run.stop.reasons] == [EXIT_INTERRUPTED]
    assert run.state("a").state.value in ("ready", "submitted", "collecting")
    process.paid.on = lambda _point, _what: None
    assert states(world.process().go(run.plan)) == {"a": "done", "b": "done"}
    assert world.far.bill == {"a": 1, "b": 1}


def test_a_wish_to_end_comes_before_a_promise_that_waits_for_its_turn_to_be_sent(world: World) -> None:
    process = world.process()
    run = process.run(plan(*(task(name) for name in "abcde")))
    sending: list[str] = []

    async def scene() -> None:
        opened = asyncio.Event()

        async def hold(point: str, what: str) -> None:
            if point == "submit before":
                sending.append(what)
                await opened.wait()

        process.paid.on = hold
        work = asyncio.create_task(drive(run))
        while len(sending) < SENDS_AT_ONCE:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.01)  # the fifth is staged by now
        begin_to_cancel(run)
        opened.set()
        await work

    asyncio.run(scene())
    assert sending == list("abcd")
    assert story(run, "e") == ["Keyed"]
    assert run.budget.held("CNY") == 0


def test_whoever_is_cancelled_from_outside_leaves_nothing_that_buys(world: World) -> None:
    process = world.process()
    run = process.run(plan(task("a"), task("b", needs=("a",))))

    async def scene() -> set[str]:
        gate = Gate(process, "report before")
        work = asyncio.create_task(drive_until_stopped(run, asyncio.Event()))
        await gate.reached.wait()
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
        left = {item.get_name() for item in asyncio.all_tasks() if item is not asyncio.current_task()}
        gate.open.set()
        await asyncio.sleep(0)
        return left

    assert asyncio.run(scene()) == set()
    assert states(run) == {"a": "submitted", "b": "waiting"}


def test_a_stop_is_noticed_while_a_task_waits_for_its_turn(world: World) -> None:
    world.far.submits["a"] = deque([refuses(FailureKind.THROTTLED)] * 99)
    world.far.submits["b"] = deque([refuses(FailureKind.NO_FUNDS)])
    before = world.clock.now()
    run = world.process().go(plan(task("a"), task("b")))
    assert states(run) == {"a": "backoff", "b": "backoff"}
    assert world.clock.now() - before < 5


class FullDisk:
    """From a moment on the journal takes nothing."""

    def __init__(self, process: Process, when: str) -> None:
        self.when, self.full = when, False
        process.journal.on = self.at

    def at(self, point: str, what: str) -> None:
        if point == "append before" and (self.full or what.endswith(self.when)):
            self.full = True
            raise StoreError("The disk is full: journal.db could not be written", "Make room.")


def test_a_purchase_that_cannot_be_written_down_is_told_with_its_task_id(world: World) -> None:
    process = world.process()
    FullDisk(process, "Accepted")
    run = process.run(plan(*(task(f"t{number}") for number in range(3))))
    with pytest.raises(StoreError) as told:
        process.drive(run)
    bought = sorted(world.far.jobs)
    assert bought
    for job in bought:
        assert f"--task-id {job}" in str(told.value), "every one of them, not only the first"
    process.end()
    later = world.process().go(run.plan)
    doubtful = [name for name, state in states(later).items() if state == "doubtful"]
    assert len(doubtful) == len(bought)
    assert max(world.far.bill.values()) == 1


def test_an_interrupt_does_not_swallow_what_could_not_be_written_down(world: World) -> None:
    process = world.process()
    run = process.run(plan(task("a")))

    async def scene() -> None:
        gate, interrupted = Gate(process, "submit after"), asyncio.Event()
        work = asyncio.create_task(drive_until_stopped(run, interrupted))
        await gate.reached.wait()
        FullDisk(process, "Accepted")
        interrupted.set()
        await asyncio.sleep(0)
        gate.open.set()
        with pytest.raises(StoreError, match="was bought") as told:
            await work
        assert "--task-id job-0001" in str(told.value)

    asyncio.run(scene())


@pytest.mark.parametrize("when", ["Keyed", "SubmitIntended"])
def test_a_disk_that_is_full_before_the_promise_buys_nothing(world: World, when: str) -> None:
    process = world.process()
    FullDisk(process, when)
    run = process.run(plan(task("a"), task("b")))
    with pytest.raises(StoreError, match="disk is full"):
        process.drive(run)
    assert not world.far.jobs
    assert committed(run) == 0


@pytest.mark.parametrize("when", ["JobSucceeded", "Collected"])
def test_a_disk_that_is_full_later_loses_nothing(world: World, when: str) -> None:
    process = world.process()
    FullDisk(process, when)
    run: Run = process.run(plan(task("a")))
    with pytest.raises(StoreError, match="disk is full"):
        process.drive(run)
    process.end()
    assert states(world.process().go(run.plan)) == {"a": "done"}
    assert world.far.bill == {"a": 1}


def test_a_store_that_is_full_when_the_result_comes_home_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = world.process()
    run = process.run(plan(task("a")))
    with monkeypatch.context() as patch:
        patch.setattr(process.blobs, "put_file", raises_full)
        with pytest.raises(StoreError, match="no room"):
            process.drive(run)
    assert states(process.go(run.plan)) == {"a": "done"}
    assert world.far.bill == {"a": 1}


def raises_full(*_args: object) -> tuple[str, int]:
    raise StoreError("no room for objects")


def test_a_report_in_the_answer_saves_the_poll(world: World) -> None:
    world.far.submits["a"] = deque([at_once])
    run = world.process().go(plan(task("a")))
    assert states(run) == {"a": "done"}
    assert world.far.asked["a"] == 0


def at_once(far: FarSide, staged: Staged, attempt: str) -> SubmitAnswer:
    job = far.accept(staged, attempt).id
    return Accepted(job, finished(job))
