"""The table, entry by entry, and what its shape promises about money."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhflow.ground.errors import Bug
from rhflow.lifecycle import effects, events
from rhflow.lifecycle.states import BOUGHT, TERMINAL, State, TaskState
from rhflow.lifecycle.transitions import TABLE, apply, fold, next_effect
from tests.lifecycle.examples import EVENTS, NO, PICTURE, TASKS, told

ENTRIES = """
waiting    Skipped skipped   Keyed ready        CacheHit done      Blocked failed    Cancelled cancelled
ready      Keyed ready        CacheHit done      Adopted submitted SubmitIntended submitting
ready      Blocked failed     Cancelled cancelled FellBack waiting   Skipped skipped
submitting Accepted submitted Refused settling   Lost doubtful
doubtful   Evidence doubtful  Found submitted    Absent ready       Abandoned failed  CacheHit done
submitted  CancelAsked submitted
submitted  JobStarted submitted JobSucceeded collecting JobFailed settling CacheHit done Abandoned failed
collecting JobSucceeded collecting Collected done ResultLost failed CacheHit done
settling   RetryPlanned backoff GaveUp failed    Skipped skipped   FellBack waiting  Cancelled cancelled
backoff    SubmitIntended submitting CacheHit done Adopted submitted GaveUp failed
backoff    Blocked failed     Cancelled cancelled FellBack waiting   Skipped skipped
failed     Reopened ready     Found submitted
cancelled  Reopened ready
"""


def entries() -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for line in ENTRIES.strip().splitlines():
        state, *rest = line.split()
        found |= {(state, rest[at]): rest[at + 1] for at in range(0, len(rest), 2)}
    return found


def test_the_table_is_this_and_nothing_else() -> None:
    written = {(state.value, name): to.value for state, row in TABLE.items() for name, to in row.items()}
    assert written == entries()


@pytest.mark.parametrize("state", State)
def test_the_examples_stand_where_they_say(state: State) -> None:
    assert TASKS[state].state is state


@pytest.mark.parametrize(
    ("state", "name"),
    list(itertools.product(State, EVENTS)),
    ids=lambda value: getattr(value, "value", value),
)
def test_every_pair_leads_where_the_table_says_or_is_a_bug(state: State, name: str) -> None:
    following = entries().get((state.value, name))
    if following is None:
        with pytest.raises(Bug, match=f"a task that is {state.value} cannot be told {name}"):
            apply(TASKS[state], EVENTS[name], 200.0)
        return
    after = apply(TASKS[state], EVENTS[name], 200.0)
    assert after.state.value == following
    assert after.seq == TASKS[state].seq + 1
    assert (after.ended is not None) is after.is_terminal


def test_adopting_a_doubt_is_a_doubt() -> None:
    for state in (State.READY, State.BACKOFF):
        after = apply(TASKS[state], events.Adopted("k", "9", "run-0", "a", None), 200.0)
        assert after.state is State.DOUBTFUL
        assert after.job is None


def test_what_never_had_a_key_is_reopened_to_get_one() -> None:
    blocked = told("Blocked")
    assert apply(blocked, EVENTS["Reopened"], 200.0).state is State.WAITING
    assert apply(told("Keyed Blocked"), EVENTS["Reopened"], 200.0).state is State.READY


def test_an_event_of_an_attempt_that_never_was_is_a_bug() -> None:
    with pytest.raises(Bug, match="there was none"):
        apply(TaskState(state=State.SUBMITTED), EVENTS["JobStarted"], 200.0)


# -- money ------------------------------------------------------------------------------------------

HOLDS_MONEY = {State.SUBMITTING, State.DOUBTFUL, *BOUGHT}
WORDS_FOR_IT = {"Refused", "Absent", "JobFailed", "Abandoned", "ResultLost", "Reopened"}
"""What must be said before a task that may have been bought is bought again: proof, or somebody's word."""


def walks(choices: list[int]) -> list[str]:
    """The legal sequence of events that these numbers choose."""
    task, names = TaskState(), []
    for choice in choices:
        legal = sorted(TABLE[task.state])
        if not legal:
            break
        name = legal[choice % len(legal)]
        task = apply(task, EVENTS[name], 0.0)
        names.append(name)
    return names


@given(st.lists(st.integers(0, 20), max_size=40))
def test_between_two_purchases_there_is_always_a_word_for_it(choices: list[int]) -> None:
    names = walks(choices)
    bought = [at for at, name in enumerate(names) if name in ("SubmitIntended", "Adopted")]
    for first, second in itertools.pairwise(bought):
        assert WORDS_FOR_IT & set(names[first:second]), names


def edges(without: set[str]) -> dict[State, set[State]]:
    return {state: {to for name, to in row.items() if name not in without} for state, row in TABLE.items()}


def reachable(start: State, graph: dict[State, set[State]]) -> set[State]:
    seen: set[State] = set()
    waiting = [start]
    while waiting:
        for state in graph[waiting.pop()] - seen:
            seen.add(state)
            waiting.append(state)
    return seen


@pytest.mark.parametrize("state", sorted(HOLDS_MONEY))
def test_no_path_leads_back_to_buying_without_a_word(state: State) -> None:
    silent = edges(without={"Refused", "Absent", "JobFailed", "Reopened"})
    assert State.SUBMITTING not in reachable(state, silent)


def test_the_only_way_into_submitting_is_the_intention() -> None:
    ways = {name for row in TABLE.values() for name, to in row.items() if to is State.SUBMITTING}
    assert ways == {"SubmitIntended"}


def test_after_an_acceptance_only_the_far_sides_own_no_leads_on_to_buying() -> None:
    silent = edges(without={"JobFailed", "Reopened"})
    for state in BOUGHT:
        assert not {State.SUBMITTING, State.READY, State.BACKOFF} & reachable(state, silent)


def test_terminal_states_leave_only_by_somebodys_word() -> None:
    assert {name for state in TERMINAL for name in TABLE[state]} == {"Reopened", "Found"}


# -- the fold ---------------------------------------------------------------------------------------


def test_the_story_of_a_purchase_is_remembered() -> None:
    task = told("Keyed SubmitIntended Accepted JobStarted JobSucceeded Collected")
    (purchase,) = task.purchases
    assert (purchase.intended, purchase.submitted, purchase.running) == (101.0, 102.0, 103.0)
    assert (purchase.finished, purchase.collected) == (104.0, 105.0)
    assert (purchase.reserved, purchase.currency, purchase.job) == ("1.00", "CNY", "job-1")
    assert purchase.usage == {"money": "0.9"}
    assert (task.started, task.ended, task.seq) == (100.0, 105.0, 6)
    assert task.artifacts == (PICTURE,)
    assert not task.cached


def test_a_hit_says_who_bought_it() -> None:
    task = told("CacheHit")
    assert (task.cached, task.origin, task.model) == (True, ("run-0", "a"), "fake/picture")


def test_tries_that_cost_nothing_are_counted_by_their_kind() -> None:
    def refusal(kind: str, attempt: str) -> list[events.Event]:
        failure = type(NO).from_json({"kind": kind, "message": "no"})
        intended = events.SubmitIntended("k", attempt, "fake/picture", "simulator")
        return [intended, events.Refused(attempt, failure), events.RetryPlanned(1.0)]

    story = [
        EVENTS["Keyed"],
        *refusal("throttled", "1"),
        *refusal("throttled", "2"),
        *refusal("throttled", "3"),
    ]
    assert fold((0.0, event) for event in story).free_tries == 3
    story += refusal("not_sent", "4")
    assert fold((0.0, event) for event in story).free_tries == 1


def test_a_retry_of_the_author_is_counted_apart() -> None:
    task = told("Keyed SubmitIntended Accepted JobFailed RetryPlanned")
    assert (task.retries, task.free_tries, task.due) == (1, 0, 12.5)


def test_reopening_starts_afresh_and_keeps_the_bill() -> None:
    task = told("Keyed SubmitIntended Accepted JobFailed GaveUp Reopened")
    assert (task.failure, task.ended, task.retries, task.free_tries) == (None, None, 0, 0)
    assert len(task.purchases) == 1


def test_a_result_brought_in_from_elsewhere_is_another_purchase() -> None:
    failed = told("Keyed SubmitIntended Refused GaveUp")
    task = apply(failed, events.Found("brought-1", "job-9", by="settle"), 200.0)
    assert [item.attempt for item in task.purchases] == ["1", "brought-1"]
    assert (task.job, task.failure, task.ended) == ("job-9", None, None)


def test_what_was_taken_over_is_marked() -> None:
    task = told("Keyed Adopted")
    assert task.purchase is not None
    assert task.purchase.adopted


@pytest.mark.parametrize(
    ("state", "effect"),
    [
        (State.WAITING, effects.Identify()),
        (State.READY, effects.Submit()),
        (State.SUBMITTING, effects.Reconcile()),
        (State.SUBMITTED, effects.Poll()),
        (State.COLLECTING, effects.Collect()),
        (State.SETTLING, effects.Settle()),
        (State.DOUBTFUL, effects.Ask()),
        (State.DONE, None),
        (State.FAILED, None),
        (State.CANCELLED, None),
    ],
)
def test_what_comes_next(state: State, effect: effects.Effect | None) -> None:
    assert next_effect(TASKS[state], 0.0) == effect


def test_backing_off_waits_until_it_is_due() -> None:
    waiting = replace(TASKS[State.BACKOFF], planned=10.0)
    assert next_effect(waiting, 10.0) == effects.Wait(12.5)
    assert next_effect(waiting, 12.5) == effects.Submit()


def test_a_clock_that_has_gone_backwards_is_not_waited_for() -> None:
    waiting = replace(TASKS[State.BACKOFF], planned=10.0)
    assert next_effect(waiting, 9.0) == effects.Submit()
