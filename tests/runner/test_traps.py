"""Ways to pay twice, to lose what was paid for, or to wait for ever, that somebody once thought of."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from decimal import Decimal

import pytest

from rhflow.app.ending_runs import is_wished, last_wish, wish
from rhflow.app.listening import Doorbell
from rhflow.ground.values import Money
from rhflow.lifecycle import events
from rhflow.lifecycle.failure import FailureKind
from rhflow.lifecycle.states import State
from rhflow.planning.plan import Rung, Task
from rhflow.ports import Conflict, JobReport, Lost, PollFailed, Queue, Staged, SubmitAnswer, Usage
from rhflow.runner.cancelling import begin_to_cancel, close
from rhflow.runner.run import Run
from tests.runner.virtual import Key, KeyProvider, carry_out, process, run_virtually
from tests.runner.world import (
    World,
    committed,
    ended,
    finished,
    loses,
    no,
    plan,
    refuses,
    states,
    story,
    task,
)

K = FailureKind


# -- one consent, one purchase ---------------------------------------------------------------------------


def twins(first: str, second: str, **more: object) -> tuple[Task, Task]:
    """Two tasks that ask for the same, and have the same second choice."""
    rung = Rung("fake/picture", {"prompt": second})
    one, two = (replace(task(name, first), fallback=(rung,), **more) for name in ("a", "b"))  # type: ignore[arg-type]
    return one, two


def test_twins_that_fall_back_and_fail_buy_each_rung_once(world: World) -> None:
    broken = ended(K.VENDOR_ERROR, repeatable=True)
    world.far.reports["x"] = deque([broken] * 2)
    world.far.reports["y"] = deque([broken] * 2)
    run = world.process().go(plan(*twins("x", "y")))
    assert states(run) == {"a": "failed", "b": "failed"}
    assert world.far.bill == {"x": 1, "y": 1}


def test_a_twin_of_one_that_fell_back_into_a_doubt_waits_for_it(world: World) -> None:
    world.far.reports["x"] = deque([ended(K.VENDOR_ERROR, repeatable=True)] * 2)
    world.far.submits["y"] = deque([loses(bought=True)])
    run = world.process().go(plan(*twins("x", "y")))
    assert states(run) == {"a": "doubtful", "b": "doubtful"}
    assert world.far.bill == {"x": 1, "y": 1}


def test_a_twin_of_one_that_was_rejected_and_skipped_is_not_bought(world: World) -> None:
    world.far.reports["x"] = deque([ended(K.REFUSED_CONTENT)] * 2)
    tasks = (replace(task(name, "x"), on_rejected="skip") for name in ("a", "b"))
    run = world.process().go(plan(*tasks))
    assert world.far.bill == {"x": 1}
    assert states(run) == {"a": "skipped", "b": "skipped"}


# -- what another holder knows ----------------------------------------------------------------------------


def test_nobody_proves_the_absence_of_what_another_holder_has_found(world: World) -> None:
    """A person looks at one run, while another run hears that the lost submit was accepted."""
    world.far.submits["a"] = deque([loses(bought=True)])
    process = world.process()
    one = plan(task("a"))
    process.go(one, "run-1")
    adopted = process.go(one, "run-2")
    attempt = adopted.state("a").attempt or ""
    process.tell("run-1", "a", events.Found(attempt, "job-0001", by="webhook"))
    with pytest.raises(Conflict):
        process.tell("run-2", "a", events.Absent(attempt, by="settle --repeat"))
    assert states(process.go(one, "run-3")) == {"a": "done"}
    assert states(process.go(one, "run-2")) == {"a": "done"}
    assert world.far.bill == {"a": 1}


# -- what was paid for -------------------------------------------------------------------------------------


def test_results_that_are_named_a_little_later_are_brought_home(world: World) -> None:
    """The far side says "succeeded" before its list of results is there."""
    world.far.reports["a"] = deque([JobReport("succeeded")] * 3)
    run = world.process().go(plan(task("a")))
    assert states(run) == {"a": "done"}
    assert world.far.bill == {"a": 1}


# -- a clock that goes backwards ---------------------------------------------------------------------------


def test_a_clock_that_went_back_a_year_makes_nobody_wait_a_year(world: World) -> None:
    world.far.submits["a"] = deque([refuses(K.NO_FUNDS)])
    run = world.process().go(plan(task("a")))
    assert run.state("a").state is State.BACKOFF
    world.clock.time -= 365 * 86_400.0
    before = world.clock.time
    assert states(world.process().go(run.plan)) == {"a": "done"}
    assert world.clock.time - before < 600


def test_a_wish_to_end_a_run_is_heard_whatever_the_clock_says(world: World) -> None:
    journal, now = world.process().journal, world.clock.now()
    wish(journal, "run-1", now)
    before = last_wish(journal, "run-1")
    assert not is_wished(journal, "run-1", after=before), "it was for an earlier part of the run"
    wish(world.process().journal, "run-1", now - 3600.0)
    assert is_wished(journal, "run-1", after=before)
    assert not is_wished(journal, "run-2", after=last_wish(journal, "run-2"))


def test_a_doubt_that_lies_in_the_future_is_not_waited_for(world: World) -> None:
    world.far.submits["a"] = deque([loses(bought=True)])
    process = world.process()
    one = plan(task("a", on_doubt="wait"))
    process.go(one)
    world.clock.time -= 365 * 86_400.0
    before = world.clock.time
    assert states(process.go(one)) == {"a": "doubtful"}
    assert world.clock.time - before < 7200


# -- webhooks -----------------------------------------------------------------------------------------------


class SlowlyMute(KeyProvider):
    """The submit of `b` is accepted and its answer lost; the queue keeps silent for a long while."""

    async def submit(self, staged: Staged, attempt: str) -> SubmitAnswer:
        answer = await super().submit(staged, attempt)
        return Lost(no(K.IN_DOUBT, charged="unknown")) if staged.body["prompt"] == "b" else answer

    async def queue(self) -> Queue:
        await asyncio.sleep(6.0)
        raise PollFailed(no(K.VENDOR_ERROR))


def test_a_webhook_that_comes_while_the_queue_is_asked_is_heard(world: World) -> None:
    key = Key(takes=lambda prompt: 300.0 if prompt == "c" else 2.0)

    async def scene() -> Run:
        one = process(world, key)
        one.paid = SlowlyMute(key)
        run = one.run(plan(task("b"), task("c")))
        bell = Doorbell()
        bell.belongs_to(run)

        async def call() -> None:
            while run.state("b").state is not State.DOUBTFUL:
                await asyncio.sleep(0.5)
            await asyncio.sleep(4.0)  # its short nap is over, the queue is being asked
            attempt = run.state("b").attempt or ""
            bell(attempt, key.far.job_of(attempt) or "")

        await asyncio.gather(carry_out(run), call())
        return run

    run = run_virtually(scene())
    assert states(run) == {"b": "done", "c": "done"}
    assert key.far.bill == {"b": 1, "c": 1}


# -- the author's own limit ---------------------------------------------------------------------------------


def test_no_purchase_passes_the_limit_its_step_states(world: World) -> None:
    dear = replace(task("a"), max_cost=Money(Decimal("0.99")))
    foreign = replace(task("b"), max_cost=Money(Decimal(9), "USD"))
    run = world.process().go(plan(dear, foreign, replace(task("c"), max_cost=Money(Decimal(1)))))
    assert states(run) == {"a": "failed", "b": "failed", "c": "done"}
    assert world.far.bill == {"c": 1}
    told = run.state("a").failure
    assert told is not None
    assert told.message == "a: it may cost 1.00 CNY, and its max_cost is 0.99 CNY"


def test_a_second_choice_that_is_dearer_than_the_limit_is_not_bought(world: World) -> None:
    world.far.reports["a"] = deque([ended(K.VENDOR_ERROR)])
    rung = Rung("fake/dear", {"prompt": "again"})
    one = replace(task("a"), fallback=(rung,), max_cost=Money(Decimal(2)))
    assert states(world.process().go(plan(one))) == {"a": "failed"}
    assert world.far.bill == {"a": 1}


# -- one word for one doubt ---------------------------------------------------------------------------------


def test_a_doubt_that_was_taken_over_counts_as_one(world: World) -> None:
    """`on_doubt: repeat` is said by two runs; the far side loses every answer."""
    world.far.submits["a"] = deque([loses(bought=True)] * 9)
    one = plan(task("a", on_doubt="repeat"))
    for run in ("run-1", "run-2", "run-3", "run-1"):
        assert states(world.process().go(one, run)) == {"a": "doubtful"}
    assert world.far.bill == {"a": 2}


def test_a_run_that_is_to_end_keeps_its_doubt(world: World) -> None:
    world.far.submits["a"] = deque([loses(bought=True)])
    process = world.process()
    one = plan(task("a"))
    process.go(one)
    run = process.run(replace(one, tasks=(replace(one.tasks[0], on_doubt="repeat"),)))
    begin_to_cancel(run)
    process.drive(run)
    close(run)
    assert states(run) == {"a": "doubtful"}


# -- what the store keeps -----------------------------------------------------------------------------------


def test_a_second_choice_takes_nothing_from_the_first_that_was_made_before(world: World) -> None:
    process = world.process()
    first = process.go(plan(task("a", "x"))).state("a")
    world.far.reports["x"] = deque([ended(K.VENDOR_ERROR)])
    again = replace(task("a", "x"), cache=False, fallback=(Rung("fake/picture", {"prompt": "y"}),))
    second = process.go(plan(again), "run-2").state("a")
    assert second.artifacts != first.artifacts
    third = process.go(plan(task("a", "x")), "run-3").state("a")
    assert (third.cached, third.artifacts) == (True, first.artifacts)


def test_a_result_that_is_lost_still_counts_though_nobody_said_what_it_cost(world: World) -> None:
    told = replace(finished("job-0001"), usage=Usage())
    world.far.reports["a"] = deque([told] * 9)
    world.far.collects["a"] = deque([no(K.GONE)] * 9)
    run = world.process().go(plan(task("a")))
    assert story(run, "a")[-1] == "ResultLost"
    assert committed(run) == 1
