"""What is said of notices while a run works: to whom, and where it stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rhflow.cli.event_stream import EventStream
from rhflow.cli.live import Progress
from rhflow.lifecycle.notices import Glimpse, Notice
from tests.runner.world import plan, task

MINOR = Notice("pace", "room for two", is_minor=True)
GLIMPSE = Notice("progress", "a: node 3, 1 of 4", "a", is_minor=True, glimpse=Glimpse("3", 1, 4))
PLAIN = Notice("network", "the line is down")
URGENT = Notice("expiry", "a: its result dies", "a", is_urgent=True)


def told(path: Path, *, quiet: bool = False, verbose: bool = False) -> list[str]:
    """What goes into `--events` of all four."""
    with path.open("w", encoding="utf-8") as file:
        shown = Progress(
            "r1", plan(task("a")), quiet=quiet, verbose=verbose, events=EventStream(file, str(path))
        )
        with shown:
            for notice in (MINOR, GLIMPSE, PLAIN, URGENT):
                shown.notice(notice)
    return [json.loads(line)["about"] for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize(
    ("options", "said", "events"),
    [
        ({}, [PLAIN, URGENT], ["progress", "network", "expiry"]),
        ({"quiet": True}, [URGENT], ["progress", "network", "expiry"]),
        ({"verbose": True}, [MINOR, GLIMPSE, PLAIN, URGENT], ["pace", "progress", "network", "expiry"]),
    ],
    ids=["plain", "quiet", "verbose"],
)
def test_each_notice_is_told_to_those_who_want_it(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: dict[str, bool],
    said: list[Notice],
    events: list[str],
) -> None:
    assert told(tmp_path / "events.jsonl", **options) == events
    assert capsys.readouterr().err.splitlines() == [notice.message for notice in said]
