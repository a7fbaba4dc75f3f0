"""This machine fails: no room, no rights, torn files. The second table of `docs/reliability.md`.

Real files, and where it can be mounted a real disk. What nobody can read or write blocks, and buys nothing.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.front import STILL, FarSide, Front, Said
from tests.reliability.page import Table
from tests.runs.test_damage import flip

pytestmark = pytest.mark.skipif(os.name == "nt", reason="mounts, rights and signals are POSIX")
RUN = ("run", "still.rhflow.yaml", "--yes")
OTHER = STILL.replace("a heron", "an otter")
ROOM_KB = (*range(0, 96, 8), *range(96, 400, 48))
"""How much room is left on the disk as the run begins; the last of them is enough for all of it."""


@dataclass(frozen=True)
class Ended:
    """A line of the table."""

    what: str
    then: str
    bought: int
    heals: str
    in_all: int

    @property
    def cells(self) -> tuple[str, ...]:
        return self.what, self.then, str(self.bought), self.heals, str(self.in_all)


NAMES = (
    "the disk is full, at whatever point of a run",
    "the home may not be written",
    "a page of the journal is torn in the middle",
    "the journal's side file (WAL) is cut short",
    "the journal's side file (WAL) is lost",
    "the journal is gone, and the objects are not",
    "an object has a flipped bit, its copy in the output folder is whole",
    "an object is missing, and so is its copy",
    "an object is missing for good: no copy, and its link is dead",
    "the plan of a run is torn",
)
MACHINE = Table(
    "The machine",
    ("what is broken", "what the next command does", "bought by it", "what heals it", "bought in all"),
    NAMES,
    ("bought by it", "bought in all"),
)


@pytest.fixture
def still(front: Front) -> Front:
    front.write("still.rhflow.yaml", STILL)
    return front


def blocks(said: Said) -> None:
    """It ends with a sentence and exit 9."""
    assert said.code == 9, said.err
    assert "error: " in said.err


def journal(front: Front) -> Path:
    return front.folder / ".rhflow" / "journal.db"


def blob(front: Front) -> Path:
    (path,) = (path for path in (front.folder / ".rhflow" / "objects").glob("??/*"))
    return path


def without_copies(front: Front) -> None:
    shutil.rmtree(front.folder / "out")


def holds(ended: Ended) -> None:
    assert ended.in_all <= 2
    assert MACHINE.holds(ended.cells), "what was seen is not on the page"


# -- a disk -------------------------------------------------------------------------------------------


@contextmanager
def disk(place: Path, *, size: str = "4m") -> Iterator[None]:
    """A small disk of its own in place of that folder, where this machine lets us have one."""
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    if mount is None or unmount is None or os.geteuid():
        pytest.skip("no disk can be mounted here; tests/store has limits on the sizes of files in its place")
    words = [mount, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    if subprocess.run(words, check=False, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here; tests/store has limits on the sizes of files in its place")
    try:
        yield
    finally:
        subprocess.run([unmount, "-l", str(place)], check=True)


def leave_room(place: Path, kilobytes: int) -> Path:
    """Fill the disk, but for so much."""
    filler = place / "filler"
    free = shutil.disk_usage(place).free
    filler.write_bytes(b"x" * max(0, free - kilobytes * 1024))
    return filler


def goes_on(still: Front, far: FarSide) -> bool:
    """What a person does once there is room again; whether it ended well."""
    for _ in range(4):
        known = still.json("runs", "runs")["runs"]
        said = still.call("resume", "--json") if known else still.call(*RUN, "--json")
        if said.code == 0:
            return True
        assert said.code == 8, said.err
        bill = far.bill()
        word = ("--task-id", bill[0]["task_id"]) if bill else ("--repeat",)
        still.ok("settle", said.document["run"], "still", *word)
    return False


@pytest.mark.usefixtures("hurried")
def test_a_full_disk_at_every_point_of_a_run(still: Front, far: FarSide) -> None:
    """Wherever the room ends, what was bought is bought once, and comes home when there is room again."""
    home = still.folder / ".rhflow"
    codes: list[int] = []
    for number, kilobytes in enumerate(ROOM_KB):
        still.write("still.rhflow.yaml", STILL.replace("a heron", f"heron number {number}"))
        before = len(far.bill())
        with disk(home):
            still.call("runs")
            filler = leave_room(home, kilobytes)
            said = still.call(*RUN)
            codes.append(said.code)
            assert len(far.bill()) - before <= 1
            if said.code:
                assert said.code == 9, said.err
                assert "disk is full" in said.err or "No space left" in said.err, said.err
            if len(far.bill()) > before and said.code == 9:
                assert "rhflow resume" in said.err or "task id" in said.err, said.err
            filler.unlink()
            far_now = _Since(far, before)
            assert goes_on(still, far_now)  # type: ignore[arg-type]
            assert len(far_now.bill()) == 1
            assert still.json("run", "show")["status"] == "done"
    assert codes[0] == 9
    assert codes[-1] == 0, "the last of them had room enough"
    holds(Ended(NAMES[0], "blocks, exit 9", 0 if codes[0] == 9 else 1, "room, then `resume`", 1))


class _Since:
    """The far side's bill from a moment on."""

    def __init__(self, far: FarSide, mark: int) -> None:
        self._far, self._mark = far, mark

    def bill(self) -> list[dict[str, str]]:
        return self._far.bill()[self._mark :]


def test_a_home_that_may_not_be_written(still: Front, far: FarSide) -> None:
    home = still.folder / ".rhflow"
    with disk(home):
        still.ok(*RUN)
        still.write("still.rhflow.yaml", OTHER)
        subprocess.run(["mount", "-o", "remount,ro", str(home)], check=True)
        blocks(still.call(*RUN))
        assert still.json("run", "show")["status"] == "done", "it can still be read"
        assert len(far.bill()) == 1
        subprocess.run(["mount", "-o", "remount,rw", str(home)], check=True)
        still.ok(*RUN)
        holds(Ended(NAMES[1], "blocks, exit 9", 0, "the right to write, then `run`", len(far.bill())))


# -- torn files ---------------------------------------------------------------------------------------


def test_a_torn_page(still: Front, far: FarSide) -> None:
    still.ok(*RUN)
    path = journal(still)
    whole = path.read_bytes()
    with contextlib.closing(sqlite3.connect(path)) as db:
        (page,) = db.execute("select rootpage from sqlite_master where name = 'events'").fetchone()
    path.write_bytes(whole[: (page - 1) * 4096] + b"\xa5" * 100 + whole[(page - 1) * 4096 + 100 :])
    still.write("still.rhflow.yaml", OTHER)
    for words in (RUN, ("resume",), ("show",)):
        blocks(still.call(*words))
    assert len(far.bill()) == 1
    path.write_bytes(whole)
    still.ok(*RUN)
    holds(Ended(NAMES[2], "blocks, exit 9", 0, "a copy of the journal, then `run`", len(far.bill())))


def killed_after_acceptance(still: Front, far: FarSide) -> Path:
    """A run that died with its last facts in the side file; that file."""
    far.faults({"on": "run", "stall": 1.0})
    worker = still.process(*RUN)
    end = time.monotonic() + 20
    while not _knows_acceptance(still):
        assert time.monotonic() < end
        time.sleep(0.02)
    worker.kill()
    worker.communicate()
    far.faults()
    side = journal(still).with_name("journal.db-wal")
    assert side.stat().st_size > 0
    return side


def _knows_acceptance(still: Front) -> bool:
    try:
        with contextlib.closing(sqlite3.connect(f"file:{journal(still)}?mode=ro", uri=True)) as db:
            return bool(db.execute("select count(*) from events where name = 'Accepted'").fetchone()[0])
    except sqlite3.OperationalError:
        return False


@pytest.mark.parametrize("lost", ["cut short", "lost"])
def test_a_side_file(still: Front, far: FarSide, lost: str) -> None:
    side = killed_after_acceptance(still, far)
    whole = side.read_bytes()
    if lost == "lost":
        side.unlink()
        side.with_name("journal.db-shm").unlink(missing_ok=True)
    else:
        _cut_before_the_acceptance(side, far.bill()[0]["task_id"].encode())
    said = still.call("resume", "--json")
    name = NAMES[3] if lost == "cut short" else NAMES[4]
    if lost == "cut short":
        assert said.code == 8, said.err  # the intention is there, the answer is not: nobody knows
        still.ok("settle", said.document["run"], "still", "--task-id", far.bill()[0]["task_id"])
        still.ok("resume")
        holds(Ended(name, "in doubt, exit 8", 0, "`settle --task-id`, `resume`", len(far.bill())))
    else:
        for words in (("resume", "--json"), RUN, ("plan", "still.rhflow.yaml")):
            said = still.call(*words)
            blocks(said)
            assert "copied without its side file" in said.err
        assert "copied without its side file" in still.call("doctor").out
        assert len(far.bill()) == 1
        side.write_bytes(whole)
        still.ok("resume")
        holds(
            Ended(name, "blocks, exit 9", 0, "the side file, or a newer copy, then `resume`", len(far.bill()))
        )


def _cut_before_the_acceptance(side: Path, job: bytes) -> None:
    """In the middle of the frame that first names the job."""
    whole = side.read_bytes()
    frame = 24 + 4096
    first = next(
        number for number in range(len(whole) // frame) if job in whole[32 + number * frame :][:frame]
    )
    side.write_bytes(whole[: 32 + first * frame + 2000])


def test_the_journal_is_gone(still: Front, far: FarSide) -> None:
    still.ok(*RUN)
    whole = journal(still).read_bytes()
    for path in journal(still).parent.glob("journal.db*"):
        path.unlink()
    said = still.call(*RUN)
    blocks(said)
    assert len(far.bill()) == 1
    journal(still).write_bytes(whole)
    still.ok(*RUN)
    holds(Ended(NAMES[5], "blocks, exit 9", 0, "a copy of the journal, then `run`", len(far.bill())))


def test_an_object_with_a_copy(still: Front, far: FarSide) -> None:
    still.ok(*RUN)
    flip(blob(still))
    still.ok(*RUN)
    assert not blob(still).name.endswith("bad")
    holds(Ended(NAMES[6], "mends it from the copy, exit 0", 0, "–", len(far.bill())))


def test_an_object_that_is_still_over_there(still: Front, far: FarSide) -> None:
    still.ok(*RUN)
    blob(still).unlink()
    without_copies(still)
    still.ok(*RUN)
    holds(Ended(NAMES[7], "collects it again, exit 0", 0, "–", len(far.bill())))


def test_an_object_that_is_gone_for_good(still: Front, far: FarSide) -> None:
    still.ok(*RUN)
    blob(still).unlink()
    without_copies(still)
    far.faults({"on": "download", "expire": True})
    said = still.call(*RUN)
    assert said.code == 9, said.err
    assert len(far.bill()) == 1
    far.faults()
    key = said.err.partition("rhflow cache forget ")[2][:12]
    still.ok("cache", "forget", key)
    still.ok(*RUN)
    heals = "`cache forget`, then `run`: it is bought anew"
    holds(Ended(NAMES[8], "blocks, exit 9", 0, heals, len(far.bill())))


def test_a_torn_plan(still: Front, far: FarSide) -> None:
    run = still.json("run", *RUN)["run"]
    path = still.folder / ".rhflow" / "runs" / run / "plan.json"
    path.write_bytes(path.read_bytes()[:200])
    for words in (("resume", run), ("show", run)):
        blocks(still.call(*words))
    assert len(far.bill()) == 1
    still.ok(*RUN)
    holds(
        Ended(NAMES[9], "blocks, exit 9", 0, "`run`: it finds in the store what was bought", len(far.bill()))
    )


def test_the_page_has_every_line_and_no_other() -> None:
    assert MACHINE.names_on_page() == list(MACHINE.names)
