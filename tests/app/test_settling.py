"""A person's word on a doubt, through the front door of the application."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest

from rhflow.app.session import Session, session
from rhflow.app.settling import settle
from rhflow.ground.errors import RunBusy, StoreError, UsageError
from rhflow.lifecycle import events
from rhflow.lifecycle.failure import FailureKind
from rhflow.lifecycle.states import State
from rhflow.planning.plan import Plan
from rhflow.settings import read_settings
from tests.runner.world import World, loses, no, plan, states, task

ONE = plan(task("a"), task("b", needs=("a",)))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / ".rhflow")
    yield made
    made.close()


@pytest.fixture
def opened(world: World) -> Iterator[Session]:
    with session(read_settings(home=world.home, environment={}), read_only=False) as found:
        yield found


def left_in_doubt(world: World, one: Plan = ONE, *, bought: bool = True) -> None:
    world.far.submits["a"] = deque([loses(bought=bought)])
    process = world.process()
    assert states(process.go(one))["a"] == "doubtful"
    process.end()


def test_a_job_that_was_found_is_collected(world: World, opened: Session) -> None:
    left_in_doubt(world)
    after, run = settle(opened, "run", "a", task_id="job-0001", repeat=False)
    assert (after.state, run) == (State.SUBMITTED, "run-1")
    opened.close()
    assert states(world.process().go(ONE)) == {"a": "done", "b": "done"}
    assert world.far.bill == {"a": 1, "b": 1}


def test_a_job_that_never_was_is_bought_by_that_word(world: World, opened: Session) -> None:
    left_in_doubt(world, bought=False)
    assert settle(opened, "run-1", "a", task_id=None, repeat=True)[0].state is State.READY
    opened.close()
    assert states(world.process().go(ONE)) == {"a": "done", "b": "done"}
    assert world.far.bill == {"a": 1, "b": 1}


def test_what_is_written_off_fails_and_can_still_be_brought_in(world: World, opened: Session) -> None:
    left_in_doubt(world)
    assert settle(opened, "run-1", "a", task_id=None, repeat=False)[0].state is State.FAILED
    assert settle(opened, "run-1", "a", task_id="job-0001", repeat=False)[0].state is State.SUBMITTED
    opened.close()
    assert states(world.process().go(ONE)) == {"a": "done", "b": "done"}
    assert world.far.bill == {"a": 1, "b": 1}


def test_a_job_that_the_far_side_forgot_can_be_written_off(world: World, opened: Session) -> None:
    world.far.reports["a"] = deque([no(FailureKind.GONE)] * 4)
    process = world.process()
    assert states(process.go(ONE))["a"] == "submitted"
    process.end()
    with pytest.raises(UsageError, match="no doubt to settle"):
        settle(opened, "run-1", "a", task_id=None, repeat=True)
    assert settle(opened, "run-1", "a", task_id=None, repeat=False)[0].state is State.FAILED


@pytest.mark.parametrize(
    ("run", "name", "task_id", "repeat", "sentence"),
    [
        ("run-9", "a", None, True, "There is no run 'run-9'"),
        ("run-1", "aa", None, True, "no task 'aa'"),
        ("run-1", "b", None, True, "no doubt to settle"),
        ("run-1", "b", "job-0001", False, "can be given to one that is in doubt or has failed"),
        ("run-1", "a", "job 1; drop", False, "is no task id"),
        ("run-1", "a", "", False, "is no task id"),
    ],
)
def test_a_word_that_makes_no_sense_changes_nothing(
    world: World, opened: Session, run: str, name: str, task_id: str | None, repeat: bool, sentence: str
) -> None:
    left_in_doubt(world)
    before = opened.journal.events("run-1")
    with pytest.raises(UsageError, match=sentence):
        settle(opened, run, name, task_id=task_id, repeat=repeat)
    assert opened.journal.events("run-1") == before


def test_a_purchase_whose_task_id_could_not_be_written_is_settled_at_once(
    world: World, opened: Session
) -> None:
    """The hint of that moment names this very command: no resume comes between."""
    process = world.process()
    full = StoreError("The disk is full")

    def append(point: str, what: str) -> None:
        if (point, what) == ("append before", "a Accepted"):
            raise full

    process.journal.on = append
    with pytest.raises(StoreError, match="could not be written") as told:
        process.go(ONE)
    assert "rhflow settle run-1 'a' --task-id job-0001" in str(told.value)
    with pytest.raises(UsageError, match="is submitting"):  # that process lives, and may know more
        settle(opened, "run-1", "a", task_id="job-0001", repeat=False)
    process.end()
    assert settle(opened, "run-1", "a", task_id="job-0001", repeat=False)[0].state is State.SUBMITTED
    opened.close()
    assert states(world.process().go(ONE)) == {"a": "done", "b": "done"}
    assert world.far.bill == {"a": 1, "b": 1}


def test_the_job_of_another_request_answers_no_doubt(world: World, opened: Session) -> None:
    process = world.process()
    process.go(plan(task("c")), "run-0")
    process.end()
    left_in_doubt(world)
    with pytest.raises(UsageError, match="job-0001 is the job of c in run run-0"):
        settle(opened, "run-1", "a", task_id="job-0001", repeat=False)
    assert settle(opened, "run-1", "a", task_id="job-0002", repeat=False)[0].state is State.SUBMITTED


@pytest.mark.parametrize("repeat", [True, False])
def test_a_doubt_that_another_run_has_cleared_up_is_none(world: World, opened: Session, repeat: bool) -> None:
    left_in_doubt(world)
    assert states(world.process().go(ONE, "run-2"))["a"] == "doubtful"
    settle(opened, "run-1", "a", task_id="job-0001", repeat=False)
    with pytest.raises(UsageError, match="another run has found its job") as told:
        settle(opened, "run-2", "a", task_id=None, repeat=repeat)
    assert told.value.hint == "Go on with: rhflow resume run-2"
    opened.close()
    assert states(world.process().go(ONE, "run-2")) == {"a": "done", "b": "done"}
    assert world.far.bill == {"a": 1, "b": 1}


def test_nobody_settles_a_run_that_is_at_work(world: World, opened: Session) -> None:
    left_in_doubt(world)
    world.process().journal.lease("run run-1", 1.0)
    with pytest.raises(RunBusy):
        settle(opened, "run-1", "a", task_id=None, repeat=True)


def test_a_result_cannot_be_brought_in_beside_an_open_purchase(world: World, opened: Session) -> None:
    left_in_doubt(world)
    settle(opened, "run-1", "a", task_id=None, repeat=False)
    world.far.submits["a"] = deque([loses(bought=True)])
    assert states(world.process().go(ONE, "run-2"))["a"] == "doubtful"
    with pytest.raises(UsageError, match="another purchase of the same request is open") as told:
        settle(opened, "run-1", "a", task_id="job-0001", repeat=False)
    assert told.value.hint == "Settle that one: rhflow settle run-2 'a' --task-id job-0001"
    assert isinstance(opened.journal.events("run-1", "a")[-1][2], events.Abandoned)
