"""Plain words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rhflow.catalog.price import Quote
from rhflow.lifecycle.events import name_of
from rhflow.lifecycle.states import State
from rhflow.lifecycle.transitions import TABLE, apply
from rhflow.planning.plan import Bill
from rhflow.view.lines import bill_text, duration_text, event_line, price_text, state_text
from tests.lifecycle.examples import EVENTS, TASKS, told

D = Decimal


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        (Quote(D("1.01"), D("1.01")), "1.01"),
        (Quote(D("0.5"), D("1.2")), "0.50–1.20"),
        (Quote(D(0), D(2)), "0.00–2.00"),
        (Quote(D(0), D(0)), "–"),
        (Quote(None, None), "unknown"),
        (Quote(D("0.001"), D("0.001")), "0.001"),
    ],
)
def test_prices(quote: Quote, text: str) -> None:
    assert price_text(quote) == text


@pytest.mark.parametrize(
    ("bill", "text"),
    [
        (Bill(D("12.3"), D("12.3"), 0), "12.30 CNY"),
        (Bill(D("10.1"), D("12.3"), 1), "10.10–12.30 CNY and 1 task of unknown price"),
        (Bill(D(0), D(0), 2, "USD"), "0.00 USD and 2 tasks of unknown price"),
    ],
)
def test_bills(bill: Bill, text: str) -> None:
    assert bill_text(bill) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (4.24, "4.2 s"),
        (59.94, "59.9 s"),
        (59.97, "1 min 00 s"),
        (60, "1 min 00 s"),
        (200.4, "3 min 20 s"),
        (3599.6, "1 h 00 min"),
        (3900, "1 h 05 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(
    ("story", "text"),
    [
        ("", "waiting"),
        ("Keyed", "ready"),
        ("Keyed SubmitIntended", "submitting"),
        ("Keyed SubmitIntended Lost", "in doubt"),
        ("Keyed SubmitIntended Accepted", "queued"),
        ("Keyed SubmitIntended Accepted JobStarted", "running"),
        ("Keyed SubmitIntended Refused RetryPlanned", "waiting to retry"),
        ("Keyed SubmitIntended Accepted JobSucceeded Collected", "done"),
        ("CacheHit", "cached"),
        ("Keyed Blocked", "failed"),
    ],
)
def test_states(story: str, text: str) -> None:
    assert state_text(told(story)) == text


def test_every_legal_event_has_a_line_or_none() -> None:
    for state, row in TABLE.items():
        for name in row:
            after = apply(TASKS[state], EVENTS[name], 300.0)
            line = event_line("hero", EVENTS[name], after)
            assert line is None or (line.startswith("hero: ") and "\n" not in line and "None" not in line)


@pytest.mark.parametrize(
    ("story", "line"),
    [
        ("CacheHit", "a: cached"),
        ("Keyed SubmitIntended Accepted", "a: bought, task id job-1"),
        ("Keyed Adopted", "a: bought earlier, task id job-1"),
        ("Keyed SubmitIntended Lost", "a: in doubt: it broke"),
        ("Keyed SubmitIntended Refused", "a: it broke"),
        ("Keyed SubmitIntended Accepted JobSucceeded Collected", "a: done in 3.0 s"),
        ("Keyed SubmitIntended", None),
        ("Keyed", None),
    ],
)
def test_lines(story: str, line: str | None) -> None:
    last = EVENTS[story.rsplit(maxsplit=1)[-1]]
    assert event_line("a", last, told(story)) == line, name_of(last)
    assert TASKS[State.DONE].is_terminal
