"""The same clean room and the same far side as at the front door, and a film that was paid for before.

Making it takes seconds and every test of the store wants one: it is made once, and each test has a copy.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import _untouched, far, far_side, front, untouched
from tests.cli.front import KEY, STILL, STILL_AND_CLIP, FarSide, Front, board

__all__ = ["_untouched", "far", "far_side", "front", "made_before", "paid", "paid_far", "untouched"]

HERON, OTTER = ("a heron", "it flies up"), ("an otter", "it dives")


class LastingFarSide(FarSide):
    """A far side for many tests: each sees the bill of the film, and what was added since it began."""

    film: tuple[dict[str, Any], ...] = ()
    mark = 0

    def bill(self) -> list[dict[str, Any]]:
        return [*self.film, *super().bill()[self.mark :]]

    def begin(self) -> None:
        self.mark = len(super().bill())
        self.faults()


@contextlib.contextmanager
def _environment(folder: Path, far: FarSide) -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    for name in list(os.environ):
        if name.startswith(("RHFLOW_", "RUNNINGHUB_", "RH_API_")):
            patch.delenv(name)
    for name, value in (
        ("RUNNINGHUB_BASE_URL", far.address),
        ("RUNNINGHUB_API_KEY", KEY),
        ("RHFLOW_POLL", "0.02"),
    ):
        patch.setenv(name, value)
    patch.chdir(folder)
    try:
        yield
    finally:
        patch.undo()


@pytest.fixture(scope="session")
def made_before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, LastingFarSide]]:
    """A folder with a film of four paid pieces, and a still of the simulator's; and who made the four."""
    far = LastingFarSide(tmp_path_factory.mktemp("far"))
    folder = tmp_path_factory.mktemp("made") / "place"
    (folder / ".rhflow").mkdir(parents=True)
    maker = Front(folder)
    maker.write("board.rhflow.yaml", STILL_AND_CLIP)
    maker.write("board.yaml", board(HERON, OTTER))
    maker.write("still.rhflow.yaml", STILL)
    with _environment(folder, far):
        maker.ok("run", "board.rhflow.yaml", "--yes")
        maker.ok("run", "still.rhflow.yaml", "--provider", "simulator", "--quick")
    far.film = tuple(far.bill())
    yield folder, far
    far.close()


@pytest.fixture
def paid_far(
    made_before: tuple[Path, LastingFarSide], monkeypatch: pytest.MonkeyPatch
) -> Iterator[LastingFarSide]:
    """Whoever was paid for the film, as the environment names it."""
    far = made_before[1]
    monkeypatch.setenv("RUNNINGHUB_BASE_URL", far.address)
    monkeypatch.setenv("RUNNINGHUB_API_KEY", KEY)
    monkeypatch.setenv("RHFLOW_POLL", "0.02")
    far.begin()
    yield far
    far.faults()


@pytest.fixture
def paid(front: Front, paid_far: LastingFarSide, made_before: tuple[Path, LastingFarSide]) -> Front:
    """A copy of the film's folder to do anything with."""
    shutil.rmtree(front.folder / ".rhflow")
    shutil.copytree(made_before[0], front.folder, dirs_exist_ok=True)
    old, new = str(made_before[0]), str(front.folder)
    with contextlib.closing(sqlite3.connect(front.folder / ".rhflow" / "journal.db")) as db, db:
        db.execute("update placed set path = replace(path, ?, ?)", (old, new))
        db.execute("update runs set body = replace(body, ?, ?)", (old, new))
        db.execute("update events set body = replace(body, ?, ?)", (old, new))
        for path in (front.folder / "out").rglob("*"):
            facts = (path.stat().st_mtime_ns, str(path))
            db.execute("update placed set mtime = ? where path = ?", facts)
    return front
