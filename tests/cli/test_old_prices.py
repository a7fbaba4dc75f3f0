"""Whoever is about to spend money hears that the price facts are old."""

from __future__ import annotations

import time

import pytest

from rhflow.app.clock import SystemClock
from rhflow.catalog.freshness import OLD_AFTER_DAYS
from rhflow.catalog_files import load_catalog
from tests.cli.front import STILL, Front

DAY = 86_400.0


def live_on(day: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is this many days after the newest fact of the catalogue."""
    newest = time.mktime(time.strptime(str(load_catalog().as_of), "%Y-%m-%d"))
    shift = newest + day * DAY + DAY / 2 - time.time()
    monkeypatch.setattr(SystemClock, "now", lambda _: time.time() + shift)


def warnings(text: str) -> list[str]:
    return [line for line in text.splitlines() if "facts are of" in line]


@pytest.mark.parametrize("command", ["plan", "run", "resume"])
def test_it_is_said_once_and_not_to_those_who_asked_for_quiet(
    front: Front, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    live_on(OLD_AFTER_DAYS + 30, monkeypatch)
    front.write("still.rhflow.yaml", STILL)
    if command == "resume":
        front.ok("run", "still.rhflow.yaml", "--provider", "simulator", "--quick", "-q")
    words = {
        "plan": ["plan", "still.rhflow.yaml"],
        "run": ["run", "still.rhflow.yaml", "--provider", "simulator", "--quick"],
        "resume": ["resume"],
    }[command]
    said = front.ok(*words)
    (warning,) = warnings(said.err)
    assert warning.startswith(f"warning: The catalogue's facts are of {load_catalog().as_of}, 210 days ago")
    assert "rhflow models refresh" in warning
    assert warnings(said.out) == []
    assert warnings(front.ok(*words, "-q").err) == []
    assert len(warnings(front.ok(*words, "--json").err)) == 1


@pytest.mark.parametrize("command", ["plan", "run"])
def test_fresh_facts_need_no_word(front: Front, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    live_on(OLD_AFTER_DAYS - 30, monkeypatch)
    front.write("still.rhflow.yaml", STILL)
    quick = ["--quick"] if command == "run" else []
    assert warnings(front.ok(command, "still.rhflow.yaml", "--provider", "simulator", *quick).err) == []
