"""An rhflow is at work while a newer one takes over its home: it buys nothing more, and nothing is lost."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable

import pytest

from rhflow.simulator.server import Timing
from rhflow.store import database, journal, migrating
from tests.cli.conftest import far_side, front
from tests.cli.front import STILL_AND_CLIP, FarSide, Front, board

__all__ = ["far_side", "front"]

NEWER = """\
alter table runs add column rating text not null default '';
alter table events add column weather text;
alter table results add column colour text;
alter table attempts add column mood text;
alter table holders add column since real;
alter table leases add column why text;
alter table placed add column how text;
"""
"""A step of tomorrow: it only adds, as every step does."""
SHOTS = (("a heron", "it flies up"), ("an otter", "it dives"))


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch, front: Front) -> Callable[[], None]:
    """`newer()`: from then on this process is the newer version, and the home is its own."""

    def take_over() -> None:
        steps = (*migrating.steps(), (migrating.VERSION + 1, NEWER))
        monkeypatch.setattr(migrating, "steps", lambda: steps)
        for module in (migrating, database, journal):
            monkeypatch.setattr(module, "VERSION", len(steps))
        path = front.folder / ".rhflow" / "journal.db"
        connection = sqlite3.connect(path, isolation_level=None)
        migrating.migrate(connection, path)
        connection.close()

    return take_over


def test_the_older_one_stops_buying_and_the_newer_one_collects(
    front: Front, far_side: Callable[..., FarSide], newer: Callable[[], None]
) -> None:
    far = far_side(timing=Timing(0.2, 1.5))
    front.write("it.rhflow.yaml", STILL_AND_CLIP)
    front.write("board.yaml", board(*SHOTS))
    older = front.process("run", "it.rhflow.yaml", "--yes")
    end = time.monotonic() + 60
    while len(far.bill()) < len(SHOTS):
        assert time.monotonic() < end
        time.sleep(0.02)
    newer()
    _, err = older.communicate(timeout=60)
    assert older.returncode == 9, err
    assert "newer version of rhflow" in err
    assert "Nothing more is bought" in err
    assert "Traceback" not in err
    assert len(far.bill()) == len(SHOTS), "the stills were bought; a clip was not"
    (row,) = front.json("runs", "runs")["runs"]
    document = front.json("run", "resume", row["run"])
    assert document["outputs"]["film"]
    assert len(far.bill()) == 2 * len(SHOTS)
    assert set(Counter(job["arguments"].get("prompt") for job in far.tasks()).values()) == {1}
