"""A model that has stopped working is not asked in vain by every task that has another choice."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import pytest

from rhflow.lifecycle.events import FellBack
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.lifecycle.states import State
from rhflow.planning.plan import Rung, Task
from rhflow.runner.channels import IN_A_ROW, Channels
from rhflow.runner.run import Run
from rhflow.view.remarks import choice_text, degraded_text, is_degraded, made_by_rung
from tests.runner.world import World, ended, finished, plan, refuses, states, story, task

K = FailureKind
FIRST, SECOND = "fake/picture", "fake/secretive"


def ladder(name: str) -> Task:
    rung = Rung(SECOND, {"prompt": f"{name} again"})
    return replace(task(name), fallback=(rung,), max_cost=None)


def one_after_the_other(number: int) -> tuple[Task, ...]:
    tasks = [ladder(f"t{index}") for index in range(number)]
    return tuple(
        replace(item, needs=(f"t{index - 1}",)) if index else item for index, item in enumerate(tasks)
    )


def go(world: World, *tasks: Task, run: str = "run-1") -> Run:
    return world.process().go(plan(*tasks), run, allow_unknown=True)


def fell_back(run: Run, name: str) -> FellBack:
    (event,) = [item for _, _, item in run.hands.journal.events(run.id, name) if isinstance(item, FellBack)]
    return event


def test_after_three_in_a_row_the_others_begin_with_the_next_rung(world: World) -> None:
    tasks = one_after_the_other(6)
    for item in tasks:
        world.far.reports[item.id] = deque([ended(K.VENDOR_ERROR, code="1012")])
    run = go(world, *tasks)
    assert set(states(run).values()) == {"done"}
    asked = [item.id for item in tasks if item.id in world.far.bill]
    assert asked == ["t0", "t1", "t2"], "three were bought in vain, and no fourth"
    assert story(run, "t3")[:3] == ["Keyed", "FellBack", "Keyed"]
    event = fell_back(run, "t3")
    assert event.remembered == "t2"
    assert "fake/picture was not asked once more: t2 met this" in event.failure.message
    assert event.failure.charged == "no"
    assert fell_back(run, "t2").remembered is None
    state = run.state("t3")
    assert (state.rung, state.model) == (1, SECOND)
    assert is_degraded(tasks[3], state)
    assert choice_text(tasks[3], state) == "second choice"
    told = degraded_text(run.plan, run.states)
    assert told is not None
    assert "t0 by fake/secretive" in told


def test_what_folds_from_the_journal_is_what_the_run_had(world: World) -> None:
    tasks = one_after_the_other(5)
    for item in tasks:
        world.far.reports[item.id] = deque([ended(K.VENDOR_ERROR)])
    run = go(world, *tasks)
    again = world.process().run(run.plan)
    assert again.states == run.states
    later = go(world, *tasks, run="run-2")
    assert {state.cached for state in later.states.values()} == {True}, "the fallback's answer is remembered"
    assert [made_by_rung(item, later.state(item.id)) for item in tasks] == [1] * 5
    assert max(world.far.bill.values()) == 1


def test_a_model_that_is_no_more_is_asked_once(world: World) -> None:
    tasks = one_after_the_other(3)
    world.far.submits["t0"] = deque([refuses(K.WITHDRAWN)])
    run = go(world, *tasks)
    assert set(states(run).values()) == {"done"}
    assert {name for name in world.far.bill if not name.endswith("again")} == set()
    assert fell_back(run, "t1").remembered == "t0"


def test_a_success_in_between_is_a_sign_of_life(world: World) -> None:
    tasks = one_after_the_other(7)
    for number in (0, 1, 3, 4, 6):
        world.far.reports[f"t{number}"] = deque([ended(K.VENDOR_ERROR)])
    run = go(world, *tasks)
    assert all(f"t{number}" in world.far.bill for number in range(7)), "each asked its first choice"
    assert [run.state(f"t{number}").rung for number in range(7)] == [1, 1, 0, 1, 1, 0, 1]


def test_a_task_without_another_choice_asks_all_the_same(world: World) -> None:
    tasks = one_after_the_other(3)
    lone = task("lone", needs=("t2",))
    for item in tasks:
        world.far.reports[item.id] = deque([ended(K.VENDOR_ERROR)])
    run = go(world, *tasks, lone)
    assert states(run)["lone"] == "done"
    assert world.far.bill["lone"] == 1


def test_a_task_that_waits_for_its_turn_learns_of_it(world: World) -> None:
    """Refused for want of room at first; meanwhile the channel dies."""
    tasks = [ladder(f"t{number}") for number in range(4)]
    world.far.submits["t3"] = deque([refuses(K.THROTTLED)] * 3)
    for number in range(3):
        world.far.reports[f"t{number}"] = deque([ended(K.VENDOR_ERROR)])
    run = go(world, *tasks)
    assert set(states(run).values()) == {"done"}
    assert "t3" not in world.far.bill
    assert "FellBack" in story(run, "t3")


def test_a_resume_gives_the_first_choice_another_chance(world: World) -> None:
    tasks = one_after_the_other(4)
    for number in range(3):
        world.far.reports[f"t{number}"] = deque([ended(K.VENDOR_ERROR)])
    world.far.submits["t2 again"] = deque([refuses(K.NO_FUNDS)])
    run = go(world, *tasks)
    assert run.state("t3").state is State.WAITING
    later = go(world, *tasks)
    assert states(later)["t3"] == "done"
    assert later.state("t3").rung == 0


def test_what_is_counted() -> None:
    channels = Channels()
    broken = Failure(K.VENDOR_ERROR, "out of order")
    for _ in range(9):
        channels.failed("m", "same", broken)
    assert channels.trouble("m") is None, "one task's bad luck is no channel"
    for kind in (K.REFUSED_CONTENT, K.REFUSED_INPUT, K.THROTTLED, K.NO_FUNDS, K.CANCELLED):
        for name in "abcd":
            channels.failed("m", name, Failure(kind, "no"))
    assert channels.trouble("m") is None, "these are not about the model"
    for number in range(IN_A_ROW - 1):
        channels.failed("m", f"other {number}", broken)
    trouble = channels.trouble("m")
    assert trouble is not None
    assert trouble.failure is broken
    assert channels.trouble("n") is None
    channels.worked("m")
    assert channels.trouble("m") is None


@pytest.mark.parametrize("rung", [1, 4, 9])
def test_choices_have_names(rung: int) -> None:
    done = finished("job-0001")
    assert done.state == "succeeded"
    long = replace(task("a"), fallback=tuple(Rung(f"m{number}", {}) for number in range(10)))
    from rhflow.lifecycle.states import TaskState

    text = choice_text(long, TaskState(state=State.DONE, rung=rung, model=f"m{rung - 1}"))
    assert text == {1: "second choice", 4: "fifth choice", 9: "choice 10"}[rung]
