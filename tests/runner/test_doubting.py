"""A lost submit: what the key's queue and a webhook tell of it. Nothing of that buys or decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from rhflow.app.listening import Doorbell
from rhflow.lifecycle import events
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.ports import Lost, Staged, SubmitAnswer
from rhflow.runner.run import Pace, Run
from rhflow.view.remarks import evidence_of
from tests.runner.virtual import Key, KeyProvider, carry_out, process, run_virtually
from tests.runner.world import Process, World, plan, states, story, task

LOST = Failure(FailureKind.IN_DOUBT, "no answer came", charged="unknown")


class LossyProvider(KeyProvider):
    """The answer to the submit of `b` is lost; `came` tells whether the request came through."""

    def __init__(self, key: Key, *, came: bool) -> None:
        super().__init__(key)
        self.came = came

    async def submit(self, staged: Staged, attempt: str) -> SubmitAnswer:
        if staged.body["prompt"] != "b":
            return await super().submit(staged, attempt)
        if self.came:
            await super().submit(staged, attempt)
        await asyncio.sleep(1.5)
        return Lost(LOST)


def lossy(world: World, key: Key, *, came: bool) -> Process:
    made = process(world, key)
    made.paid = LossyProvider(key, came=came)
    return made


def begin(one: Process, *, on_doubt: str = "ask", run: str = "run-1") -> Run:
    """`b` is sent while `a` runs, and lost."""
    return one.run(plan(task("a"), task("b", on_doubt=on_doubt)), run)


@pytest.mark.parametrize(
    ("came", "says"),
    [(True, "it was probably accepted"), (False, "it was probably not accepted")],
    ids=["accepted", "not accepted"],
)
def test_the_queue_is_looked_at_once_and_what_it_says_is_kept(world: World, came: bool, says: str) -> None:
    key = Key(limit=10)

    async def scene() -> Run:
        run = begin(lossy(world, key, came=came))
        await carry_out(run)
        return run

    run = run_virtually(scene())
    assert states(run) == {"a": "done", "b": "doubtful"}
    assert run.parked == {"b": "settle"}
    assert story(run, "b") == ["Keyed", "SubmitIntended", "Lost", "Evidence"]
    told = evidence_of(run.state("b"))
    assert told is not None
    assert says in told
    assert world.process().run(run.plan).state("b").purchase == run.state("b").purchase
    assert key.asked <= 3, "once before the first submit, once after the lost one"
    assert key.far.bill == ({"a": 1, "b": 1} if came else {"a": 1})


def test_a_far_side_without_a_queue_leaves_the_doubt_as_it_was(world: World) -> None:
    key = Key(limit=None)

    async def scene() -> Run:
        run = begin(lossy(world, key, came=True))
        await carry_out(run)
        return run

    run = run_virtually(scene())
    assert story(run, "b") == ["Keyed", "SubmitIntended", "Lost"]
    assert evidence_of(run.state("b")) is None


def test_a_crash_in_the_post_can_still_be_weighed_soon_after(world: World) -> None:
    key = Key(limit=10, takes=lambda _prompt: 300.0)

    async def scene() -> Run:
        first = lossy(world, key, came=True)
        work = asyncio.create_task(carry_out(begin(first)))
        await asyncio.sleep(2.0)
        first.end()
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        run = begin(process(world, key))
        await carry_out(run)
        return run

    run = run_virtually(scene())
    assert states(run)["b"] == "doubtful"
    assert "probably accepted" in (evidence_of(run.state("b")) or "")


def test_a_doubt_of_yesterday_is_not_weighed_by_the_queue_of_today(world: World) -> None:
    key = Key(limit=10)

    async def scene() -> Run:
        first = lossy(world, key, came=True)
        await carry_out(begin(first))
        await asyncio.sleep(86_400.0)
        asked = key.asked
        run = begin(process(world, key))
        await carry_out(run)
        assert key.asked == asked
        return run

    run = run_virtually(scene())
    assert story(run, "b").count("Evidence") == 1


def test_on_doubt_wait_looks_on_for_as_long_as_the_job_would_take_and_then_asks(world: World) -> None:
    key = Key(limit=10, takes=lambda _prompt: 30.0)

    async def scene() -> tuple[Run, float]:
        run = begin(lossy(world, key, came=True), on_doubt="wait")
        await carry_out(run)
        return run, asyncio.get_running_loop().time()

    run, took = run_virtually(scene())
    assert states(run) == {"a": "done", "b": "doubtful"}
    assert 30 < took < 600
    told = [
        event.says
        for _, _, event in run.hands.journal.events("run-1", "b")
        if isinstance(event, events.Evidence)
    ]
    assert "probably accepted" in told[0]
    assert "has ended by now: that cannot be told apart" in told[-1], "it is not there any more"
    assert len(told) <= 4, "only what is news"
    assert key.asked < 30
    assert key.far.bill == {"a": 1, "b": 1}


# -- webhooks ---------------------------------------------------------------------------------------------


def bell_for(run: Run) -> Callable[[str, str], None]:
    bell = Doorbell()
    bell.belongs_to(run)
    return bell


def test_a_webhook_brings_the_next_look_forward(world: World) -> None:
    key = Key(limit=10, takes=lambda _prompt: 40.0)

    async def scene() -> tuple[Run, float]:
        run = process(world, key).run(plan(task("a")))
        run.pace = Pace(shortest_s=30.0, first_s=30.0)  # by itself it would look at 30 and 60 s
        ring = bell_for(run)

        async def call() -> None:
            await asyncio.sleep(40.5)
            ring(run.state("a").attempt or "", run.state("a").job or "")

        await asyncio.gather(carry_out(run), call())
        return run, key.lateness()[0] * 40.0

    run, late = run_virtually(scene())
    assert states(run) == {"a": "done"}
    assert late < 1.0


def test_a_webhook_that_lies_changes_nothing(world: World) -> None:
    key = Key(limit=10, takes=lambda _prompt: 60.0)

    async def scene() -> Run:
        run = process(world, key).run(plan(task("a"), task("b")))
        ring = bell_for(run)

        async def calls() -> None:
            await asyncio.sleep(3.0)
            state = run.state("a")
            ring(state.attempt or "", state.job or "")  # it has not ended
            ring(state.attempt or "", run.state("b").job or "")  # another's job
            ring("attempt-of-nobody", "job-0001")
            ring(state.attempt or "", "job-9999")

        await asyncio.gather(carry_out(run), calls())
        return run

    run = run_virtually(scene())
    assert states(run) == {"a": "done", "b": "done"}
    assert [run.state(name).job for name in "ab"] == ["job-0001", "job-0002"]
    assert key.far.bill == {"a": 1, "b": 1}


@pytest.mark.parametrize("when", ["before the loss is known", "while it waits", "while it is parked"])
def test_a_webhook_finds_a_lost_submit(world: World, when: str) -> None:
    """`c` keeps the run going, so that a parked doubt can still hear of it."""
    key = Key(limit=10, takes=lambda prompt: 200.0 if prompt == "c" else 20.0)
    delay = {"before the loss is known": 1.0, "while it waits": 20.0, "while it is parked": 60.0}[when]
    on_doubt = "wait" if when == "while it waits" else "ask"

    async def scene() -> Run:
        one = lossy(world, key, came=True)
        run = one.run(plan(task("a"), task("b", on_doubt=on_doubt), task("c"), task("d", needs=("b",))))
        ring = bell_for(run)

        async def call() -> None:
            await asyncio.sleep(delay)
            attempt = run.state("b").attempt or ""
            ring(attempt, key.far.job_of(attempt) or "")

        await asyncio.gather(carry_out(run), call())
        return run

    run = run_virtually(scene())
    assert set(states(run).values()) == {"done"}
    assert run.parked == {}
    found = [
        event for _, _, event in run.hands.journal.events("run-1", "b") if isinstance(event, events.Found)
    ]
    assert [event.by for event in found] == ["webhook"]
    assert key.far.bill == {"a": 1, "b": 1, "c": 1, "d": 1}


@pytest.mark.parametrize("claimed", ["a job nobody has", "the job of another"])
def test_a_webhook_cannot_give_a_doubt_a_job_that_is_not_its_own(world: World, claimed: str) -> None:
    key = Key(limit=10, takes=lambda prompt: 200.0 if prompt == "c" else 20.0)

    async def scene() -> Run:
        run = lossy(world, key, came=False).run(plan(task("a"), task("b"), task("c")))
        ring = bell_for(run)

        async def call() -> None:
            await asyncio.sleep(60.0)
            job = run.state("a").job if claimed == "the job of another" else "job-9999"
            ring(run.state("b").attempt or "", job or "")

        await asyncio.gather(carry_out(run), call())
        return run

    run = run_virtually(scene())
    assert states(run)["b"] == "doubtful"
    assert "Found" not in story(run, "b")
    assert run.parked["b"] == "settle"
