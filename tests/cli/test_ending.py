"""How a run ends before somebody's eyes: what dies, what came by a second choice, what was cancelled."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from rhflow.cli.ending import _tell
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.lifecycle.states import State, TaskState
from rhflow.planning.plan import Rung
from rhflow.view.run_view import Facts
from tests.lifecycle.examples import TASKS
from tests.runner.world import plan, task


class Ended:
    """What `_tell` reads of a finished run."""

    def __init__(self, *states: TaskState, stops: dict[str, str] | None = None) -> None:
        names = "abcdefgh"[: len(states)]
        rung = Rung("fake/other", {"prompt": "x"})
        self.facts = Facts(
            run="run-1",
            plan=plan(*(replace(task(name), fallback=(rung,)) for name in names)),
            states=dict(zip(names, states, strict=True)),
            stops=stops or {},
            stop_codes=(),
            parked={},
            outputs={},
        )


def told(capsys: pytest.CaptureFixture[str], *states: TaskState, **more: Any) -> str:
    _tell(Ended(*states, **more), 1.0)  # type: ignore[arg-type]
    return capsys.readouterr().err


def dying(in_s: float) -> TaskState:
    state = TASKS[State.COLLECTING]
    return replace(state, results=({"url": "https://far.example/1.png", "expires": time.time() + in_s},))


def test_results_that_wait_are_told_with_the_hour_of_the_first_death(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = told(capsys, dying(7200), dying(3600), dying(9000), stops={"network": "No network."})
    hour = time.strftime("%H:%M", time.localtime(time.time() + 3600))
    assert f"The results of 3 tasks die at {hour}; resume before that: rhflow resume run-1" in said


def test_one_that_dies_tomorrow_is_told_with_its_day(capsys: pytest.CaptureFixture[str]) -> None:
    said = told(capsys, dying(86_000))
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime(time.time() + 86_000))
    assert f"a: its result dies at {day}" in said


def test_a_second_choice_is_called_that(capsys: pytest.CaptureFixture[str]) -> None:
    done = replace(TASKS[State.DONE], rung=1, model="fake/other")
    said = told(capsys, done, TASKS[State.DONE])
    assert "Degraded, made by another model than asked for first: a by fake/other." in said


def test_what_was_cancelled_is_not_called_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    said = told(capsys, TASKS[State.CANCELLED], TASKS[State.SKIPPED], TASKS[State.CANCELLED])
    assert said.startswith("1 skipped, 2 cancelled; ")


def refused(words: str) -> Failure:
    return Failure(FailureKind.REFUSED_INPUT, words, hint="Nothing was bought for it.")


def test_what_befell_many_alike_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    state = replace(TASKS[State.FAILED], state=State.FAILED)
    one, other = (replace(state, failure=refused(words)) for words in ("the data lacks shots", "no hill"))
    said = told(capsys, one, other, one, one)
    assert said.count("the data lacks shots") == 1
    assert "a and 2 more: the data lacks shots\n  Nothing was bought for it.\nb: no hill\n" in said


def test_what_was_turned_down_and_left_out_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    state = replace(TASKS[State.SKIPPED], failure=refused("the content check turned it down"))
    assert "a was left out: the content check turned it down" in told(capsys, state)
    assert "left out" not in told(capsys, replace(state, failure=None))
