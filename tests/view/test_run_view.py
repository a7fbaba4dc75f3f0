"""A run for programs: one word, one exit code, one document."""

from __future__ import annotations

import itertools
import json
from decimal import Decimal
from typing import Any

import pytest

from rhflow.ground.artifact import Artifact
from rhflow.ground.errors import EXIT_ORDER
from rhflow.ground.media import Kind
from rhflow.ground.references import BlobMedia, Ref
from rhflow.ground.values import Money
from rhflow.lifecycle import events
from rhflow.lifecycle.ledger import Entry
from rhflow.lifecycle.states import State, TaskState
from rhflow.lifecycle.transitions import fold
from rhflow.planning.plan import Plan
from rhflow.view.event_view import event_document
from rhflow.view.run_view import (
    Facts,
    charged_for,
    counts_of,
    exit_code_of,
    instant,
    money_of,
    money_so_far,
    run_document,
    status_of,
)
from tests.lifecycle.examples import EVENTS, NO, TASKS
from tests.runner.world import plan, task

PICTURE = Artifact(
    Kind.IMAGE, "ab" * 32, 12, "png", width=4, height=3, url="https://far.example/1.png", expires=1e9
)
CODES = {"interrupted": 130, "cancelled": 130, "store": 9, "budget": 7}
CODES |= {"account": 4, "network": 6, "far_side": 5}


def facts(*stands: State | TaskState, stops: tuple[str, ...] = (), **more: Any) -> Facts:
    names = "abcdefgh"[: len(stands)]
    found = {
        name: TASKS[stand] if isinstance(stand, State) else stand
        for name, stand in zip(names, stands, strict=True)
    }
    return Facts(
        run="run-1",
        plan=more.pop("plan", None) or plan(*(task(name) for name in names)),
        states=found,
        stops={stop: f"because of {stop}" for stop in stops},
        stop_codes=tuple(CODES[stop] for stop in stops),
        parked={},
        outputs=more.pop("outputs", {}),
        **more,
    )


S = State


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        (facts(S.DONE, S.DONE), "done", 0),
        (facts(), "done", 0),
        (facts(S.DONE, S.FAILED), "failed", 1),
        (facts(S.DONE, S.DOUBTFUL), "undecided", 8),
        (facts(S.FAILED, S.DOUBTFUL), "undecided", 8),
        (facts(S.SUBMITTED), "waiting", 3),
        (facts(S.CANCELLED), "cancelled", 0),
        (facts(S.DONE, S.CANCELLED, stops=("cancelled",)), "cancelled", 130),
        (facts(S.DOUBTFUL, S.CANCELLED), "undecided", 8),
        (facts(S.READY, stops=("budget",)), "over_budget", 7),
        (facts(S.DOUBTFUL, S.READY, stops=("budget",)), "undecided", 8),
        (facts(S.BACKOFF, stops=("account",)), "stopped", 4),
        (facts(S.SUBMITTED, stops=("network", "far_side")), "stopped", 6),
        (facts(S.FAILED, S.READY, stops=("account",)), "stopped", 4),
        (facts(S.DOUBTFUL, S.READY, stops=("interrupted", "budget")), "interrupted", 130),
        (facts(S.READY, is_running=True), "running", 3),
        (facts(S.READY, recorded="running"), "interrupted", 3),
        (facts(S.READY, recorded="over_budget"), "over_budget", 3),
        (facts(S.FAILED, recorded="over_budget"), "failed", 1),
    ],
)
def test_status_and_exit_code(given: Facts, status: str, code: int) -> None:
    assert (status_of(given), exit_code_of(given)) == (status, code)


@pytest.mark.parametrize(
    ("one", "other"),
    [pair for pair in itertools.combinations(CODES, 2) if CODES[pair[0]] != CODES[pair[1]]],
)
def test_of_two_reasons_the_first_in_the_contracts_order_is_the_exit_code(one: str, other: str) -> None:
    code = exit_code_of(facts(S.READY, stops=(one, other)))
    assert code == min((CODES[one], CODES[other]), key=EXIT_ORDER.index)


def test_every_task_is_counted_once() -> None:
    hit = fold([(1.0, EVENTS["CacheHit"])])
    given = facts(S.DONE, hit, S.CANCELLED, S.FAILED, S.READY, S.SUBMITTED, S.BACKOFF, S.DOUBTFUL)
    expected = {"run": 1, "cached": 1, "skipped": 1, "failed": 1, "waiting": 3, "doubtful": 1}
    assert counts_of(given) == expected


def collected(**usage: str) -> TaskState:
    """A purchase that went well and cost that."""
    story: list[events.Event] = [
        events.Keyed("k", "fake/picture", {}),
        events.SubmitIntended("k", "1", "fake/picture", "simulator", "1.00"),
        events.Accepted("1", "job-1"),
        events.JobSucceeded("1", [], dict(usage)),
        events.Collected("1", "k", "fake/picture", [PICTURE.to_json()], dict(usage)),
    ]
    return fold((1000.0 + number, event) for number, event in enumerate(story))


def adopted() -> TaskState:
    story: list[events.Event] = [
        events.Keyed("k", "fake/picture", {}),
        events.Adopted("k", "1", "run-0", "a", "job-1"),
        events.JobSucceeded("1", [], {"money": "5"}),
        events.Collected("1", "k", "fake/picture", [PICTURE.to_json()], {"money": "5"}),
    ]
    return fold((0.0, event) for event in story)


def test_money() -> None:
    hit = fold([(1.0, EVENTS["CacheHit"])])
    given = facts(
        collected(money="0.9"), collected(third_party="1.10", money="0.2"), hit, adopted(), collected()
    )
    money = money_so_far(given.plan, given.states)
    assert (str(money.charged), str(money.saved), money.currency) == ("2.20", "1", "CNY")
    assert money == money_of(given), "without a ledger the states tell"


def entry(task: str, charged: str | None, **more: Any) -> Entry:
    given = {name: name for name in ("attempt", "key", "run", "endpoint", "provider", "realm")}
    money = None if charged is None else Money.parse(charged)
    return Entry(**{**given, "task": task, "state": "closed", "at": 0.0, "charged": money, **more})


def test_where_there_is_a_ledger_it_has_the_word() -> None:
    """What another run has learnt of our purchase stands there, and not in our own states."""
    written = (
        entry("a", "0.9", outcome="collected"),
        entry("b", "0", outcome="refused"),
        entry("b", "0.3", coins=Decimal(7), outcome="failed"),
        entry("b", "0.4", outcome="collected"),
        entry("c", "2 USD"),
        entry("c", None),
    )
    given = facts(S.SUBMITTED, S.DONE, S.DONE, entries=written)
    money = money_of(given)
    assert [money.charged, money.coins] == [Decimal("1.6"), Decimal(7)]
    assert money.by_currency == {"CNY": Decimal("1.6"), "USD": Decimal(2)}
    assert [charged_for(given, task) for task in "abc"] == [Decimal("0.9"), Decimal("0.7"), None]
    document: Any = run_document(given, lambda *_: "")
    assert (document["cost"]["charged"], document["cost"]["coins"]) == ("1.60", "7")
    assert document["tasks"]["b"]["cost"]["charged"] == "0.70"


def test_the_document() -> None:
    whole = plan(task("a"), task("b"), still=Ref("a", "image"))
    failed = fold((1.0, event) for event in (EVENTS["Keyed"], events.Blocked(NO)))
    given = facts(
        collected(money="0.9"),
        failed,
        plan=whole,
        stops=("network",),
        outputs={"still": BlobMedia(PICTURE.sha256, Kind.IMAGE, "png"), "none": None, "words": ["x", 1]},
    )
    document = run_document(given, lambda name, number, item: f"out/{name}-{number}.{item.suffix}")
    assert json.loads(json.dumps(document)) == document
    assert document["status"] == "stopped"
    assert document["outputs"] == {"still": "out/a-0.png", "none": None, "words": ["x", 1]}
    assert document["cost"] == {
        "currency": "CNY",
        "estimated": {"low": "2.00", "high": "2.00", "unknown": 0},
        "charged": "0.90",
        "coins": None,
        "saved": "0.00",
        "by_currency": {"CNY": "0.90"},
    }
    assert document["counts"] == {
        "run": 1,
        "cached": 0,
        "skipped": 0,
        "failed": 1,
        "waiting": 0,
        "doubtful": 0,
    }
    tasks: Any = document["tasks"]
    assert tasks["a"]["attempts"][0] == {
        "attempt": "1",
        "task_id": "job-1",
        "model": "fake/picture",
        "adopted": False,
        "started": "1970-01-01T00:16:41.000Z",
        "submitted": "1970-01-01T00:16:42.000Z",
        "finished": "1970-01-01T00:16:43.000Z",
        "collected": "1970-01-01T00:16:44.000Z",
        "usage": {"money": "0.9", "currency": None, "coins": None, "third_party": None},
        "failure": None,
        "evidence": None,
        "cancel_taken": None,
    }
    assert tasks["a"]["outputs"][0]["url_expires"] == "2001-09-09T01:46:40.000Z"
    assert tasks["b"]["failure"] == {
        "kind": "vendor_error",
        "code": "1000",
        "message": "it broke",
        "hint": "try later",
        "charged": "unknown",
    }
    problems: Any = document["problems"]
    assert [item["name"] for item in problems] == ["network"]


def test_what_is_made_and_not_here_is_a_warning_with_the_hour_of_its_death() -> None:
    document: Any = run_document(facts(S.COLLECTING, S.DONE), lambda *_: "")
    (problem,) = document["problems"]
    assert (problem["name"], problem["severity"]) == ("result-dies", "warning")
    assert "made, and not collected; its result dies at 1970-01-01T00:15:00" in problem["message"]


def test_what_waits_for_a_person() -> None:
    document = run_document(facts(S.DOUBTFUL, S.DONE), lambda *_: "")
    waiting: Any = document["waiting"]
    assert [(item["task"], item["for"]) for item in waiting] == [("a", "settle")]


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_one_line_that_says_whose_it_is(name: str) -> None:
    line = event_document("run-1", "a", EVENTS[name], instant(0.5))
    assert (line["event"], line["run"], line["task"], line["at"]) == (
        name,
        "run-1",
        "a",
        "1970-01-01T00:00:00.500Z",
    )
    assert json.loads(json.dumps(line)) == line
    if name in ("CacheHit", "Adopted"):
        assert (line["from_run"], line["from_task"]) == ("run-0", "a")


def test_a_document_of_an_empty_plan() -> None:
    empty: Plan = plan()
    assert run_document(facts(plan=empty), lambda *_: "")["tasks"] == {}
