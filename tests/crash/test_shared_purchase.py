"""Two runs wait for one purchase: what one of them gives up is still the other's, and not bought again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import pytest

from rhflow.app.books import audit
from rhflow.app.session import Session, session
from rhflow.app.settling import settle
from rhflow.ground.errors import UsageError
from rhflow.lifecycle import events
from rhflow.lifecycle.failure import FailureKind
from rhflow.lifecycle.states import State
from rhflow.settings import read_settings
from tests.runner.world import World, ended, loses, no, plan, states, task

ONE = plan(task("a"))
BROKEN = b"\x89PNG and no more"


@pytest.fixture
def opened(world: World) -> Iterator[Session]:
    with session(read_settings(home=world.home, environment={}), read_only=False) as found:
        yield found


def go(world: World, run: str) -> dict[str, str]:
    """One process carries that run as far as it goes."""
    process = world.process()
    stand = states(process.go(ONE, run))
    process.end()
    return stand


def shared(world: World) -> None:
    """`owner` bought it and was let go of; `adopter` waits for it, too."""
    world.far.reports["a"] = deque([no(FailureKind.UNAUTHORIZED), no(FailureKind.UNAUTHORIZED)])
    assert go(world, "owner") == go(world, "adopter") == {"a": "submitted"}


def in_doubt(world: World) -> None:
    """The same, and the answer to the submit was lost."""
    world.far.submits["a"] = deque([loses(bought=True)])
    assert go(world, "owner") == go(world, "adopter") == {"a": "doubtful"}


def test_a_result_only_the_adopter_cannot_get_is_not_bought_again(world: World) -> None:
    shared(world)
    world.far.collects["a"] = deque([BROKEN, BROKEN])
    assert go(world, "adopter") == {"a": "failed"}
    assert go(world, "third") == {"a": "done"}, "it waits for the same purchase"
    assert go(world, "owner") == {"a": "done"}
    assert world.far.bill == {"a": 1}


@pytest.mark.parametrize("how", [shared, in_doubt])
def test_what_the_adopter_writes_off_is_still_the_owners(world: World, opened: Session, how: object) -> None:
    how(world)  # type: ignore[operator]
    state, _ = settle(opened, "adopter", "a", task_id=None, repeat=False)
    assert state.state is State.FAILED
    assert opened.journal.open_attempt(state.key or "") is not None
    doubt = how is in_doubt
    assert go(world, "third") == {"a": "doubtful" if doubt else "done"}
    if doubt:
        settle(opened, "owner", "a", task_id="job-0001", repeat=False)
    assert go(world, "owner") == go(world, "third") == {"a": "done"}
    assert world.far.bill == {"a": 1}


def test_what_everybody_has_let_go_of_is_closed(world: World, opened: Session) -> None:
    """Else the request could never be made again."""
    shared(world)
    world.far.collects["a"] = deque([BROKEN] * 4)
    assert go(world, "owner") == {"a": "failed"}
    assert [item.todo for item in audit(opened).findings] == ["rhflow resume adopter"], "not the owner's"
    process = world.process()
    assert process.journal.ledger()[0].is_open, "the other run may still get it"
    assert go(world, "adopter") == {"a": "failed"}
    assert process.journal.ledger()[0].outcome == "lost"


def test_the_last_ones_word_closes_it_and_a_new_run_may_buy(world: World, opened: Session) -> None:
    """Who bought it has lost its result; who still waited has it written off: nobody else can want it."""
    shared(world)
    world.far.collects["a"] = deque([BROKEN] * 2)
    assert go(world, "owner") == {"a": "failed"}
    settle(opened, "adopter", "a", task_id=None, repeat=False)
    assert opened.journal.ledger()[0].outcome == "abandoned"
    assert go(world, "owner") == go(world, "adopter") == {"a": "failed"}
    assert world.far.bill == {"a": 1}, "neither buys it again by itself"
    assert go(world, "third") == {"a": "done"}
    assert world.far.bill == {"a": 2}


def test_no_word_on_a_doubt_of_which_another_run_knows_better(world: World, opened: Session) -> None:
    """The owner knows its job, and could not collect it: the adopter's doubt is none, and it may try."""
    in_doubt(world)
    settle(opened, "owner", "a", task_id="job-0001", repeat=False)
    world.far.collects["a"] = deque([BROKEN] * 2)
    assert go(world, "owner") == {"a": "failed"}
    for repeat in (True, False):
        with pytest.raises(UsageError, match="in doubt no more"):
            settle(opened, "adopter", "a", task_id=None, repeat=repeat)
    assert go(world, "adopter") == go(world, "third") == {"a": "done"}
    assert world.far.bill == {"a": 1}


def test_the_owners_word_closes_it_for_all(world: World, opened: Session) -> None:
    in_doubt(world)
    settle(opened, "owner", "a", task_id=None, repeat=False)
    assert opened.journal.ledger()[0].outcome == "abandoned"
    assert go(world, "adopter") == {"a": "failed"}
    assert world.far.bill == {"a": 1}


def test_the_far_sides_own_failed_closes_it_whoever_hears_it(world: World) -> None:
    shared(world)
    world.far.reports["a"] = deque([ended(FailureKind.VENDOR_ERROR)])
    assert go(world, "adopter") == {"a": "failed"}
    process = world.process()
    assert process.journal.ledger()[0].outcome == "failed"


def test_a_word_of_the_one_who_let_go_says_whose_it_is(world: World, opened: Session) -> None:
    """Its job was found after all: that is for the run to hear that still waits for it."""
    in_doubt(world)
    settle(opened, "adopter", "a", task_id=None, repeat=False)
    with pytest.raises(UsageError, match="another purchase of the same request is open") as told:
        settle(opened, "adopter", "a", task_id="job-0001", repeat=False)
    assert "rhflow settle owner 'a'" in str(told.value.hint)


def test_one_that_let_go_waits_again_once_somebody_reopens_it(world: World, opened: Session) -> None:
    shared(world)
    settle(opened, "adopter", "a", task_id=None, repeat=False)
    process = world.process()
    run = process.run(ONE, "adopter")
    run.append("a", events.Reopened("resume --yes"))
    assert states(process.drive(run)) == {"a": "done"}
    assert world.far.bill == {"a": 1}
