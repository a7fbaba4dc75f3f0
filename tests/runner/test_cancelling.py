"""Somebody wants the run to end: nothing more is bought, and what goes is cancelled where that can be."""

from __future__ import annotations

import asyncio
from collections import deque

import pytest

from rhflow.ground.errors import StoreError
from rhflow.lifecycle import events
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.lifecycle.notices import Notice
from rhflow.ports import JobReport, PollFailed
from rhflow.runner.cancelling import begin_to_cancel, close, watch_for_a_wish
from rhflow.runner.resume import reopen, reopen_free, reopenable
from rhflow.runner.run import Run
from rhflow.runner.stop import EXIT_OF_STOP, StopReason
from tests.runner.virtual import Key, KeyProvider, carry_out, process, run_virtually
from tests.runner.world import Process, World, ended, loses, plan, states, story, task

K = FailureKind


class Cancellable(KeyProvider):
    """A far side that stops jobs, or says that it does not."""

    def __init__(self, key: Key, *, takes_it: bool, stumbles: int = 0) -> None:
        super().__init__(key)
        self.takes_it = takes_it
        self.stumbles = stumbles
        self.cancelled: set[str] = set()
        self.asked: list[str] = []

    async def cancel(self, job: str) -> bool:
        self.asked.append(job)
        if self.stumbles:
            self.stumbles -= 1
            raise PollFailed(Failure(K.VENDOR_ERROR, "busy", repeatable=True))
        if self.takes_it:
            self.cancelled.add(job)
        return self.takes_it

    async def report(self, job: str) -> JobReport:
        if job in self.cancelled:
            return JobReport("cancelled")
        return await super().report(job)


def cancellable(world: World, *, takes_it: bool, stumbles: int = 0) -> tuple[Process, Cancellable]:
    key = Key(limit=2, takes=lambda _prompt: 100.0)
    one = process(world, key)
    one.paid = Cancellable(key, takes_it=takes_it, stumbles=stumbles)
    return one, one.paid


CHAIN = plan(task("a"), task("b"), task("c"), task("d", needs=("a",)))


def ended_after(run: Run, seconds: float) -> list[Notice]:
    notices: list[Notice] = []
    run.notify = notices.append

    async def wish() -> None:
        await asyncio.sleep(seconds)
        begin_to_cancel(run)

    async def scene() -> None:
        await asyncio.gather(carry_out(run), wish())
        close(run)

    run_virtually(scene())
    return notices


def test_what_runs_is_cancelled_and_what_was_never_bought_too(world: World) -> None:
    one, far = cancellable(world, takes_it=True)

    async def make() -> Run:
        return one.run(CHAIN)

    run = run_virtually(make())
    notices = ended_after(run, 20.0)
    assert set(states(run).values()) == {"cancelled"}
    assert far.key.far.bill == {"a": 1, "b": 1}
    assert story(run, "a")[-3:] == ["CancelAsked", "JobFailed", "Cancelled"]
    assert story(run, "c")[-1] == "Cancelled"
    assert story(run, "d") == ["Cancelled"]
    assert run.state("a").purchase.cancel is True  # type: ignore[union-attr]
    assert sum("took the cancel" in notice.message for notice in notices) == 2
    assert StopReason.CANCELLED in run.stop.reasons
    assert run.parked == {}


def test_what_cannot_be_cancelled_is_collected_and_that_is_said(world: World) -> None:
    one, far = cancellable(world, takes_it=False)

    async def make() -> Run:
        return one.run(CHAIN)

    run = run_virtually(make())
    notices = ended_after(run, 20.0)
    assert states(run) == {"a": "done", "b": "done", "c": "cancelled", "d": "cancelled"}
    assert sorted(far.asked) == ["job-0001", "job-0002"], "each is asked for once"
    said = [notice.message for notice in notices if notice.about == "cancel"]
    assert len(said) == 2
    assert all("would not cancel it; it runs on, is paid, and will be collected" in line for line in said)
    assert run.state("a").purchase.cancel is False  # type: ignore[union-attr]


def test_a_cancel_that_got_no_answer_is_asked_for_again(world: World) -> None:
    one, far = cancellable(world, takes_it=True, stumbles=3)

    async def make() -> Run:
        return one.run(plan(task("a")))

    run = run_virtually(make())
    ended_after(run, 5.0)
    assert states(run) == {"a": "cancelled"}
    assert len(far.asked) == 4


def test_a_stopped_run_is_ended_by_whoever_takes_it_up(world: World) -> None:
    one, _ = cancellable(world, takes_it=True)

    async def interrupted() -> None:
        work = asyncio.create_task(carry_out(one.run(CHAIN)))
        await asyncio.sleep(20.0)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)

    run_virtually(interrupted())

    async def end() -> Run:
        run = one.run(CHAIN)
        begin_to_cancel(run)
        await carry_out(run)
        close(run)
        return run

    assert set(states(run_virtually(end())).values()) == {"cancelled"}


def test_what_another_run_waits_for_is_left_alone(world: World) -> None:
    one, far = cancellable(world, takes_it=True)
    other = process(world, far.key)

    async def scene() -> tuple[Run, Run]:
        first, second = one.run(plan(task("a"))), other.run(plan(task("a")), "run-2")

        async def wish() -> None:
            await asyncio.sleep(30.0)
            begin_to_cancel(first)

        async def later() -> None:
            await asyncio.sleep(10.0)
            await carry_out(second)

        await asyncio.gather(carry_out(first), later(), wish())
        return first, second

    first, second = run_virtually(scene())
    assert states(first) == states(second) == {"a": "done"}
    assert far.asked == []
    asked = [
        event for _, _, event in one.journal.events("run-1", "a") if isinstance(event, events.CancelAsked)
    ]
    assert [(event.taken, event.said) for event in asked] == [(False, "run run-2 waits for it, too")]


def test_a_cancelled_task_never_buys_itself_again(world: World) -> None:
    """Not by the author's retries, not by a fallback, not by a resume without somebody's yes."""
    from dataclasses import replace

    from rhflow.planning.plan import Rung

    one, far = cancellable(world, takes_it=False)
    item = replace(task("a"), retry=3, fallback=(Rung("fake/secretive", {"prompt": "a again"}),))
    far.key.far.reports["a"] = deque()
    original = far.report

    async def report(job: str) -> JobReport:
        if far.asked:
            return ended(K.VENDOR_ERROR, repeatable=True)
        return await original(job)

    far.report = report  # type: ignore[method-assign]

    async def make() -> Run:
        return one.run(plan(item))

    run = run_virtually(make())
    ended_after(run, 20.0)
    assert states(run) == {"a": "cancelled"}

    async def resume() -> Run:
        later = one.run(plan(item))
        reopen_free(later)
        await carry_out(later)
        return later

    later = run_virtually(resume())
    assert states(later) == {"a": "cancelled"}
    assert sum(far.key.far.bill.values()) == 1
    assert [task.id for task in reopenable(later)] == ["a"]

    async def consent() -> Run:
        again = one.run(plan(item))
        reopen(again, reopenable(again), "resume --yes")
        far.asked.clear()
        await carry_out(again)
        return again

    assert states(run_virtually(consent())) == {"a": "done"}
    assert sum(far.key.far.bill.values()) == 2


def test_a_doubt_stays_a_doubt(world: World) -> None:
    world.far.submits["a"] = deque([loses(bought=True)])
    process = world.process()
    run = process.run(plan(task("a"), task("b", needs=("a",))))
    process.drive(run)
    later = process.run(run.plan)
    begin_to_cancel(later)
    process.drive(later)
    close(later)
    assert states(later) == {"a": "doubtful", "b": "cancelled"}


@pytest.mark.parametrize(("trouble", "ends"), [(2, False), (99, True)])
def test_who_cannot_hear_wishes_any_more_buys_nothing_more(
    world: World, monkeypatch: pytest.MonkeyPatch, trouble: int, ends: bool
) -> None:
    """A journal that cannot be read blocks; a moment of it is waited out. Neither goes unsaid."""
    monkeypatch.setattr("rhflow.runner.cancelling._LOOKS_EVERY_S", 0.001)
    run, looks = world.process().run(plan(task("a"))), 0

    def is_wished() -> bool:
        nonlocal looks
        looks += 1
        if looks <= trouble:
            raise StoreError("journal.db cannot be read", "Look after the disk.")
        return True

    async def scene() -> None:
        async with asyncio.timeout(5):
            await watch_for_a_wish(run, is_wished)

    asyncio.run(scene())
    assert run.is_cancelling is not ends
    assert (StopReason.STORE in run.stop.reasons) is ends
    if ends:
        assert "journal.db cannot be read" in run.stop.reasons[StopReason.STORE]
        assert EXIT_OF_STOP[StopReason.STORE] == 9


def test_looks_that_fail_now_and_then_are_waited_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rhflow.runner.cancelling._LOOKS_EVERY_S", 0.001)
    run, looks = world.process().run(plan(task("a"))), 0

    def is_wished() -> bool:
        nonlocal looks
        looks += 1
        if looks < 12 and looks % 3:
            raise StoreError("journal.db is busy", "Wait for it.")
        return looks >= 12

    async def scene() -> None:
        async with asyncio.timeout(5):
            await watch_for_a_wish(run, is_wished)

    asyncio.run(scene())
    assert run.is_cancelling
    assert not run.stop.is_set or StopReason.STORE not in run.stop.reasons


@pytest.mark.parametrize("is_wished", [True, False])
def test_a_wish_is_heard(world: World, is_wished: bool) -> None:
    run = world.process().run(plan(task("a")))

    async def scene() -> None:
        watching = asyncio.create_task(watch_for_a_wish(run, lambda: is_wished))
        await asyncio.sleep(0.01)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    asyncio.run(scene())
    assert run.is_cancelling is is_wished
