"""One purchase per request, whatever the far side says to it."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from decimal import Decimal

import pytest

from rhflow.ground.errors import EXIT_ACCOUNT, EXIT_BUDGET, EXIT_NETWORK
from rhflow.ground.references import Ref
from rhflow.ground.values import Money
from rhflow.lifecycle import events
from rhflow.lifecycle.failure import FailureKind
from rhflow.ports import JobReport
from rhflow.runner.resume import reopen, reopen_free, reopenable
from rhflow.runner.run import Run
from rhflow.runner.stop import EXIT_OF_STOP
from tests.runner.world import (
    Submit,
    World,
    accepts,
    committed,
    ended,
    loses,
    no,
    plan,
    refuses,
    states,
    story,
    task,
)

K = FailureKind


def exits(run: Run) -> set[int]:
    return {EXIT_OF_STOP[reason] for reason in run.stop.reasons}


def test_a_chain_is_bought_once_each_and_read_from_memory_afterwards(world: World) -> None:
    one = plan(task("a"), task("b", arguments={"image": Ref("a", "image")}), task("c", needs=("b",)))
    assert states(world.process().go(one)) == {"a": "done", "b": "done", "c": "done"}
    again = world.process().go(one, "run-2")
    assert world.far.bill == {"a": 1, "b": 1, "c": 1}
    assert {name: state.cached for name, state in again.states.items()} == {"a": True, "b": True, "c": True}
    assert again.states["b"].origin == ("run-1", "b")


def test_the_story_of_one_purchase(world: World) -> None:
    run = world.process().go(plan(task("a")))
    assert story(run, "a") == ["Keyed", "SubmitIntended", "Accepted", "JobSucceeded", "Collected"]
    state = run.state("a")
    assert state.purchase is not None
    assert state.purchase.reserved == "1.00"
    assert committed(run) == Decimal("0.9"), "what was charged counts, not what was reserved"
    (item,) = state.artifacts
    assert isinstance(item, dict)
    assert run.hands.blobs.has(str(item["sha256"]), verify=True)
    assert (item["kind"], item["width"], item["height"]) == ("image", 3, 3)


def test_twins_are_bought_once(world: World) -> None:
    run = world.process().go(plan(*(task(f"t{number}", "same") for number in range(5))))
    assert set(states(run).values()) == {"done"}
    assert world.far.bill == {"same": 1}
    assert sum(state.cached for state in run.states.values()) == 4


def test_the_twin_of_what_failed_is_not_bought(world: World) -> None:
    world.far.reports["same"] = deque([ended(K.REFUSED_CONTENT)])
    run = world.process().go(plan(task("a", "same"), task("b", "same")))
    assert states(run) == {"a": "failed", "b": "failed"}
    assert world.far.bill == {"same": 1}
    told = run.state("b").failure
    assert told is not None
    assert "a made the same request" in told.message
    assert told.charged == "no"


def test_throttling_costs_no_attempt_and_buys_once_in_the_end(world: World) -> None:
    world.far.submits["a"] = deque([refuses(K.THROTTLED)] * 25)
    before = world.clock.now()
    run = world.process().go(plan(task("a")))
    assert states(run) == {"a": "done"}
    assert world.far.bill == {"a": 1}
    assert run.state("a").retries == 0
    assert len(run.state("a").purchases) == 26
    assert world.clock.now() - before > 600
    assert committed(run) == Decimal("0.9")


def test_a_request_that_never_left_is_tried_again_and_then_the_run_stops(world: World) -> None:
    world.far.submits["a"] = deque([refuses(K.NOT_SENT)] * 50)
    run = world.process().go(plan(task("a"), task("b", needs=("a",))))
    assert exits(run) == {EXIT_NETWORK}
    assert states(run) == {"a": "backoff", "b": "waiting"}
    assert len(world.far.submits["a"]) == 50 - 7
    world.far.submits.clear()
    assert states(world.process().go(run.plan)) == {"a": "done", "b": "done"}
    assert world.far.bill == {"a": 1, "b": 1}


def test_back_pressure_does_not_use_up_the_patience_for_the_network(world: World) -> None:
    script: list[Submit] = [refuses(K.THROTTLED)] * 10 + [refuses(K.NOT_SENT)] * 3 + [accepts]
    world.far.submits["a"] = deque(script)
    assert states(world.process().go(plan(task("a")))) == {"a": "done"}


def test_a_lost_answer_parks_that_task_and_no_other(world: World) -> None:
    world.far.submits["a"] = deque([loses(bought=True)])
    run = world.process().go(plan(task("a"), task("b"), task("c", needs=("a",))))
    assert states(run) == {"a": "doubtful", "b": "done", "c": "waiting"}
    assert run.parked == {"a": "settle"}
    assert not run.stop.is_set
    again = world.process().go(run.plan)
    assert states(again) == states(run)
    assert world.far.bill == {"a": 1, "b": 1}


@pytest.mark.parametrize("bought", [True, False])
def test_a_doubt_is_settled_by_what_a_person_finds(world: World, bought: bool) -> None:
    world.far.submits["a"] = deque([loses(bought=bought)])
    process = world.process()
    run = process.go(plan(task("a"), task("b", needs=("a",))))
    attempt = run.state("a").attempt or ""
    job = world.far.job_of(attempt)
    if bought:
        process.tell("run-1", "a", events.Found(attempt, job or "", by="settle"))
    else:
        process.tell("run-1", "a", events.Absent(attempt, by="settle --repeat"))
    assert states(process.go(run.plan)) == {"a": "done", "b": "done"}
    assert world.far.bill == {"a": 1, "b": 1}


def test_a_doubt_written_off_fails_and_can_be_brought_in_later(world: World) -> None:
    world.far.submits["a"] = deque([loses(bought=True)])
    process = world.process()
    run = process.go(plan(task("a"), task("b", needs=("a",))))
    attempt = run.state("a").attempt or ""
    process.tell("run-1", "a", events.Abandoned(attempt, no(K.IN_DOUBT, charged="unknown")))
    assert states(process.go(run.plan)) == {"a": "failed", "b": "failed"}
    process.tell("run-1", "a", events.Found("brought-1", world.far.job_of(attempt) or "", by="settle"))
    later = process.run(run.plan)
    reopen_free(later)
    assert states(process.drive(later)) == {"a": "done", "b": "done"}
    assert world.far.bill == {"a": 1, "b": 1}


def test_repeat_on_doubt_sends_once_more_and_then_asks(world: World) -> None:
    world.far.submits["a"] = deque([loses(bought=False)] * 9)
    run = world.process().go(plan(task("a", on_doubt="repeat")), limit="10 CNY")
    assert states(run) == {"a": "doubtful"}
    assert len(world.far.submits["a"]) == 7
    assert committed(run) == 2, "both may have been bought"


def test_repeat_on_doubt_passes_no_budget(world: World) -> None:
    world.far.submits["a"] = deque([loses(bought=True)] * 9)
    run = world.process().go(plan(task("a", on_doubt="repeat")), limit="1.5 CNY")
    assert exits(run) == {EXIT_BUDGET}
    assert world.far.bill == {"a": 1}


@pytest.mark.parametrize("kind", [K.UNAUTHORIZED, K.NO_FUNDS])
def test_a_problem_of_the_account_stops_buying_and_finishes_what_runs(
    world: World, kind: FailureKind
) -> None:
    world.far.reports["slow"] = deque([JobReport("queued"), JobReport("running"), JobReport("running")])
    world.far.submits["b"] = deque([refuses(kind)])
    late = task("late", needs=("slow",))
    run = world.process().go(plan(task("slow"), task("b"), late))
    assert exits(run) == {EXIT_ACCOUNT}
    assert states(run) == {"slow": "done", "b": "backoff", "late": "ready"}
    assert states(world.process().go(run.plan)) == {"slow": "done", "b": "done", "late": "done"}


def test_the_budget_stops_before_the_purchase_that_would_pass_it(world: World) -> None:
    three = plan(task("a"), task("b", needs=("a",)), task("c", needs=("b",)))
    run = world.process().go(three, limit="2.5 CNY")
    assert exits(run) == {EXIT_BUDGET}
    assert states(run) == {"a": "done", "b": "done", "c": "ready"}
    assert world.far.bill == {"a": 1, "b": 1}
    assert exits(world.process().go(three, limit="2.5 CNY")) == {EXIT_BUDGET}, "a resume remembers"
    assert states(world.process().go(three, limit="3 CNY"))["c"] == "done"


def test_a_purchase_under_way_is_counted_once_by_a_resume(world: World) -> None:
    world.far.reports["a"] = deque([no(K.UNAUTHORIZED)])
    three = plan(task("a"), task("b", needs=("a",)))
    assert states(world.process().go(three, limit="2 CNY")) == {"a": "submitted", "b": "waiting"}
    process = world.process()
    run = process.run(three, limit="2 CNY")
    assert states(process.drive(run)) == {"a": "done", "b": "done"}
    assert committed(run) == Decimal("1.8")


def test_an_unknown_price_is_refused_unless_somebody_allows_it(world: World) -> None:
    one = plan(task("a", uses="fake/secretive", price=None))
    assert exits(world.process().go(one)) == {EXIT_BUDGET}
    assert not world.far.jobs
    capped = plan(task("a", uses="fake/secretive", price=None, max_cost=Money(Decimal(2))))
    assert exits(world.process().go(capped, "run-2", limit="1 CNY")) == {EXIT_BUDGET}
    assert not world.far.jobs
    assert states(world.process().go(one, allow_unknown=True)) == {"a": "done"}


def test_a_failure_blocks_what_hangs_on_it_and_nothing_else(world: World) -> None:
    world.far.submits["a"] = deque([refuses(K.REFUSED_INPUT)])
    diamond = plan(task("a"), task("b", needs=("a",)), task("c"), task("d", needs=("b", "c")))
    process = world.process()
    run = process.go(diamond)
    assert states(run) == {"a": "failed", "b": "failed", "c": "done", "d": "failed"}
    assert story(run, "d") == ["Blocked"]
    assert world.far.bill == {"c": 1}
    again = process.run(diamond)
    reopen_free(again)
    assert states(again) == {"a": "failed", "b": "waiting", "c": "done", "d": "waiting"}
    assert states(process.drive(again)) == states(run)


@pytest.mark.parametrize("kind", [K.VENDOR_ERROR, K.NO_FUNDS, K.THROTTLED, K.UNAUTHORIZED, K.NOT_SENT])
def test_a_job_that_failed_is_not_bought_again_by_itself(world: World, kind: FailureKind) -> None:
    world.far.reports["a"] = deque([ended(kind, repeatable=True)])
    process = world.process()
    run = process.go(plan(task("a")))
    assert states(run) == {"a": "failed"}
    later = process.run(run.plan)
    reopen_free(later)
    assert states(process.drive(later)) == {"a": "failed"}
    assert world.far.bill == {"a": 1}
    assert committed(run) == 1, "nobody said that it was free"


def test_with_consent_only_what_may_be_repeated_is_bought_again(world: World) -> None:
    world.far.reports["a"] = deque([ended(K.VENDOR_ERROR, repeatable=True)])
    world.far.reports["b"] = deque([ended(K.REFUSED_CONTENT)])
    process = world.process()
    process.go(plan(task("a"), task("b")))
    run = process.run(plan(task("a"), task("b")))
    assert [item.id for item in reopenable(run)] == ["a"]
    reopen(run, reopenable(run), "a person")
    assert states(process.drive(run)) == {"a": "done", "b": "failed"}
    assert world.far.bill == {"a": 2, "b": 1}


def test_the_author_can_allow_retries(world: World) -> None:
    world.far.reports["a"] = deque([ended(K.VENDOR_ERROR, repeatable=True)] * 3)
    process = world.process()
    run = process.run(plan(replace(task("a"), retry=2)))
    assert states(process.drive(run)) == {"a": "failed"}
    assert world.far.bill == {"a": 3}
    assert run.state("a").retries == 2


def test_a_network_that_fails_while_files_go_up_buys_nothing(world: World) -> None:
    world.far.stagings["a"] = deque([no(K.NOT_SENT, repeatable=True)] * 4)
    run = world.process().go(plan(task("a")))
    assert exits(run) == {EXIT_NETWORK}
    assert story(run, "a") == ["Keyed"]
    assert committed(run) == 0
    assert states(world.process().go(run.plan)) == {"a": "done"}


def test_a_file_that_is_refused_after_back_pressure_blocks_the_task(world: World) -> None:
    world.far.submits["a"] = deque([refuses(K.THROTTLED)])
    process = world.process()
    process.paid.on = lambda point, _what: (
        world.far.stagings.update(a=deque([no(K.REFUSED_INPUT)])) if point == "submit after" else None
    )
    run = process.go(plan(task("a")))
    assert states(run) == {"a": "failed"}
    assert story(run, "a")[-2:] == ["RetryPlanned", "Blocked"]


def test_free_work_is_redone_a_bounded_number_of_times(world: World) -> None:
    process = world.process()
    process.local.far.reports["a"] = deque([ended(K.LOCAL, repeatable=True)] * 9)
    run = process.go(plan(task("a", uses="local/paste")))
    assert states(run) == {"a": "failed"}
    assert process.local.far.bill == {"a": 3}


def test_free_work_whose_result_vanished_is_done_again(world: World) -> None:
    process = world.process()
    process.local.far.collects["a"] = deque([no(K.GONE, repeatable=True)] * 2)
    run = process.go(plan(task("a", uses="local/paste")))
    assert states(run) == {"a": "done"}
    assert process.local.far.bill == {"a": 2}


def test_inputs_that_make_no_request_block_before_anything_is_bought(world: World) -> None:
    words = task("a", uses="fake/words")
    run = world.process().go(plan(words, task("b", arguments={"image": Ref("a", "image")})))
    assert states(run) == {"a": "done", "b": "failed"}
    told = run.state("b").failure
    assert told is not None
    assert told.message == "a gave no image; it gave text"
    assert world.far.bill == {"a": 1}
