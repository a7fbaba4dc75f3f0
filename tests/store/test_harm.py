"""What disks do to a home: torn pages, no room, no rights. It blocks with a sentence, or it recovers."""

from __future__ import annotations

import contextlib
import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rhflow.app.recollection import Recollection
from rhflow.ground.errors import JournalDamaged, StoreError
from rhflow.lifecycle import events
from rhflow.store.blobs import LocalBlobs
from rhflow.store.holdings import Holdings
from rhflow.store.journal import Journal
from tests.lifecycle.examples import EVENTS
from tests.runner.world import World, plan, states, task
from tests.store.freeze import frozen

Opens = Callable[..., Journal]


def fill(journal: Journal, tasks: int = 60) -> None:
    """A journal of many pages, all of them in the file."""
    for number in range(tasks):
        journal.append(
            "run-1", f"t{number:03}", 0, events.Keyed(f"{number:03}" * 100, "e", {"a": "b" * 300}), 1.0
        )
        intended = events.SubmitIntended(f"{number:03}" * 100, f"a{number}", "e", "simulator", "1")
        journal.append("run-1", f"t{number:03}", 1, intended, 2.0)


def tear(path: Path, page: int, size: int = 4096) -> None:
    """A hundred bytes in the middle of a page are something else."""
    with path.open("r+b") as file:
        file.seek((page - 1) * size + 1500)
        file.write(b"\xa5" * 100)


# -- the journal ----------------------------------------------------------------------------------------


def root_pages(path: Path) -> dict[str, int]:
    connection = sqlite3.connect(path)
    found = dict(connection.execute("select name, rootpage from sqlite_master where rootpage > 0"))
    connection.close()
    return found


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("of", ["events", "attempts"])
def test_a_torn_page_in_the_middle_blocks_and_buys_nothing(
    opens: Opens, home: Path, of: str, read_only: bool
) -> None:
    journal = opens()
    fill(journal)
    journal.close()
    path = home / "journal.db"
    page = root_pages(path)[of]
    with path.open("r+b") as file:  # the header of the page itself: what a torn write leaves
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 100)
    with pytest.raises(JournalDamaged, match="is damaged") as told:  # noqa: PT012  # at opening or later
        torn = opens("other", read_only=read_only)
        torn.events("run-1")
        torn.open_attempts()
    assert "nothing is bought" in (told.value.hint or "")


def test_a_page_torn_inside_its_rows_is_no_readable_story(opens: Opens, home: Path) -> None:
    """SQLite does not see it: the bytes of a value are anybody's. The value is not taken for a fact."""
    journal = opens()
    fill(journal)
    journal.close()
    path = home / "journal.db"
    whole = path.read_bytes()
    spoiled = 0
    for page in range(2, len(whole) // 4096):
        path.write_bytes(whole)
        tear(path, page)
        for name in ("journal.db-wal", "journal.db-shm"):
            (home / name).unlink(missing_ok=True)
        try:
            torn = opens(f"o{page}")
            told = torn.events("run-1")
            torn.open_attempts()
            torn.close()
        except StoreError:
            spoiled += 1
        else:
            known = {event.attempt for _, _, event in told if isinstance(event, events.SubmitIntended)}
            assert known <= {f"a{number}" for number in range(60)}, "nothing is made up"
    assert spoiled > 5


def test_wherever_a_key_is_torn_its_purchase_is_known_or_it_blocks(opens: Opens, home: Path) -> None:
    """The page is a page and the row is a row, of a purchase nobody made; the real one must stay known."""
    journal = opens()
    fill(journal)
    journal.close()
    path, key = home / "journal.db", "007" * 100
    whole = path.read_bytes()
    places = [found.start() for found in re.finditer(key[:250].encode(), whole)]
    assert len(places) >= 4, "the event, its body, the row of the purchase, and its indexes"
    blocked = 0
    for number, place in enumerate(places):
        path.write_bytes(whole[: place + 99] + b"x" + whole[place + 100 :])
        try:
            torn = opens(f"o{number}")
        except JournalDamaged:
            blocked += 1
        else:
            attempt = torn.open_attempt(key)
            assert attempt is not None
            assert torn.known_of(key) == 1
            torn.close()
    assert blocked >= 2


def test_a_run_over_a_torn_journal_buys_nothing(tmp_path: Path) -> None:
    world = World(tmp_path / ".rhflow")
    process = world.process()
    many = plan(*(task(f"t{number}") for number in range(30)))
    process.go(many)
    process.end()
    before = dict(world.far.bill)
    path = world.home / "journal.db"
    page = root_pages(path)["events"]
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 100)
    with pytest.raises(JournalDamaged):
        world.process().go(many, "run-2")
    assert dict(world.far.bill) == before
    world.close()


@pytest.mark.parametrize("lost", [1, 100, 4096 + 24, 3 * 4120])
def test_a_wal_torn_at_its_end_is_recovered(opens: Opens, home: Path, tmp_path: Path, lost: int) -> None:
    """The machine went down before the last frames were whole: what was on the disk before is there."""
    journal = opens()
    fill(journal, 5)
    copy = tmp_path / "after the crash"
    copy.mkdir()
    for name in ("journal.db", "journal.db-wal"):
        shutil.copy(home / name, copy / name)
    wal = copy / "journal.db-wal"
    wal.write_bytes(wal.read_bytes()[:-lost])
    back = Journal(copy, "me")
    told = back.events("run-1")
    assert 0 < len(told) < 10 or lost == 1
    back.append("run-9", "t", 0, EVENTS["Keyed"], 1.0)
    back.close()
    again = Journal(copy, "again", read_only=True)
    assert again.read("runs") == []
    again.close()


def test_a_wal_of_noise_is_no_fact(opens: Opens, home: Path, tmp_path: Path) -> None:
    journal = opens()
    fill(journal, 5)
    journal.close()
    known = opens("reader", read_only=True).events("run-1")
    (home / "journal.db-wal").write_bytes(os.urandom(50_000))
    assert opens("after").events("run-1") == known


# -- no room --------------------------------------------------------------------------------------------


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Nothing this process writes may grow beyond that: what a full disk is like, without one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_file_that_may_not_grow_keeps_the_journal_whole(opens: Opens, home: Path) -> None:
    journal = opens()
    fill(journal, 20)
    size = (home / "journal.db-wal").stat().st_size
    with file_size_limit(size + 2000), pytest.raises(StoreError) as told:  # noqa: PT012  # one of them
        for number in range(400):
            journal.append(f"run-{number}", "t", 0, events.Keyed("k" * 3000, "e", {}), 1.0)
    assert told.value.exit_code == 9
    assert "Traceback" not in str(told.value)
    known = len(journal.events("run-1"))
    assert known == 40
    journal.append("run-1", "after", 0, EVENTS["Keyed"], 3.0)
    assert opens("other").events("run-1", "after") != []


def test_bytes_that_do_not_fit_leave_nothing_half(home: Path) -> None:
    blobs = LocalBlobs(home / "objects")
    kept, _ = blobs.put_bytes(b"small")
    with file_size_limit(1000), pytest.raises(StoreError) as told:
        blobs.put_bytes(b"x" * 5000)
    assert told.value.exit_code == 9
    assert blobs.has(kept, verify=True)
    objects = list((home / "objects").glob("[0-9a-f][0-9a-f]/*"))
    assert len(objects) == 1
    assert blobs.put_bytes(b"x" * 5000)[1] == 5000


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of one megabyte, where this machine lets us have one."""
    place = Path(tempfile.mkdtemp())
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    try:
        if mount is None or unmount is None or not hasattr(os, "geteuid") or os.geteuid():
            pytest.skip("no disk can be mounted here; the limit on file sizes stands in for it")
        words = [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
        if subprocess.run(words, check=False, capture_output=True).returncode:
            pytest.skip("no disk can be mounted here; the limit on file sizes stands in for it")
        try:
            yield place
        finally:
            subprocess.run([unmount, "-l", str(place)], check=True)
    finally:
        place.rmdir()


def test_a_disk_that_is_full(small_disk: Path) -> None:
    world = World(small_disk / ".rhflow")
    with contextlib.closing(world):
        _fill_and_go(world, small_disk / "filler")


def _fill_and_go(world: World, filler: Path) -> None:
    process = world.process()
    process.go(plan(task("a")))
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):  # noqa: PT012
        while file.write(b"x" * 4096):
            pass
    before = dict(world.far.bill)
    with pytest.raises(StoreError, match="disk is full") as told:
        world.process().go(plan(task("a"), task("b")), "run-2")
    assert "rhflow resume" in (told.value.hint or "")
    filler.unlink()
    later = world.process()
    assert states(later.go(plan(task("a"), task("b")), "run-2")) == {"a": "done", "b": "done"}
    assert before["a"] == 1
    assert world.far.bill == {"a": 1, "b": 1}


# -- no rights ------------------------------------------------------------------------------------------


def test_a_file_where_the_objects_should_be(home: Path) -> None:
    home.mkdir()
    (home / "objects").write_text("in the way")
    blobs = LocalBlobs(home / "objects")
    with pytest.raises(StoreError, match=r"could not be written|may not be written") as told:
        blobs.put_bytes(b"x")
    assert told.value.exit_code == 9
    assert not blobs.has("ab" * 32, verify=True)
    assert blobs.size("ab" * 32) is None


LOOK = """
import os, sys
import urllib.parse  # pathlib loads it late, when this Python's own folder may be out of reach
from pathlib import Path
from rhflow.ground.errors import StoreError
from rhflow.store import migrating
from rhflow.store.blobs import LocalBlobs
from rhflow.store.journal import Journal
migrating.steps()
if os.geteuid() == 0:  # rights mean nothing to root
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
home, what = Path(sys.argv[1]), sys.argv[2]
try:
    if what == "put":
        LocalBlobs(home / "objects").put_bytes(b"something new")
    else:
        journal = Journal(home, "me", read_only=what == "read")
        print(len(journal.events("run-1")))
except StoreError as error:
    print(f"{type(error).__name__} {error.exit_code}: {error}")
"""


def look(home: Path, what: str) -> str:
    """What a process says to which rights mean something."""
    words = [sys.executable, "-c", LOOK, str(home), what]
    said = subprocess.run(words, check=False, capture_output=True, text=True)
    assert said.stderr == ""
    return said.stdout


@pytest.fixture
def frozen_rights() -> Iterator[Callable[[Path], Path]]:
    """`frozen_rights(home)`: a copy of the home that anybody may read and nobody may write."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)

    def freeze(home: Path) -> Path:
        copy = folder / "home"
        shutil.copytree(home, copy)
        for path in [copy, *copy.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        return copy

    yield freeze
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    shutil.rmtree(folder)


@pytest.fixture
def readable(opens: Opens, home: Path, frozen_rights: Callable[[Path], Path]) -> Path:
    journal = opens()
    for number in range(3):
        journal.append("run-1", f"t{number}", 0, EVENTS["Keyed"], 1.0)
    LocalBlobs(home / "objects").put_bytes(b"something")
    journal.close()
    return frozen_rights(home)


def test_a_home_that_may_not_be_written_can_be_read(readable: Path) -> None:
    assert look(readable, "read") == "3\n"


@pytest.mark.parametrize("what", ["write", "put"])
def test_a_home_that_may_not_be_written_says_so(readable: Path, what: str) -> None:
    said = look(readable, what)
    assert said.startswith("StoreError 9: ")
    assert "rights" in said


def test_what_is_still_in_the_side_file_is_not_left_out_unsaid(
    opens: Opens, home: Path, frozen_rights: Callable[[Path], Path]
) -> None:
    """Where the WAL cannot be read, its facts are missing: that blocks, or they are there."""
    journal = opens()
    for number in range(3):
        journal.append("run-1", f"t{number}", 0, EVENTS["Keyed"], 1.0)
    copy = frozen_rights(home)
    (copy / "journal.db-shm").chmod(0o000)
    said = look(copy, "read")
    assert said == "3\n" or said.startswith("StoreError 9: ")


def test_an_older_journal_that_may_not_be_written_is_read_through_a_copy(
    home: Path, frozen_rights: Callable[[Path], Path]
) -> None:
    frozen(1).thaw(home)
    assert int(look(frozen_rights(home), "read")) > 10


# -- what a plan sees -------------------------------------------------------------------------------------


def test_a_plan_sees_what_is_missing_or_cut_short(tmp_path: Path) -> None:
    world = World(tmp_path / ".rhflow")
    process = world.process()
    run = process.go(plan(task("a")))
    key = run.state("a").key or ""
    memory = Recollection(process.journal, Holdings(process.journal), process.blobs)
    assert memory.recall(key) is not None
    assert memory.lost(key) is None
    path = process.blobs.path(str(run.state("a").artifacts[0]["sha256"]))  # type: ignore[call-overload,index]
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1])
    assert memory.recall(key) is None
    assert getattr(memory.lost(key), "why", None) == "damaged"
    path.unlink()
    assert getattr(memory.lost(key), "why", None) == "missing"
    assert memory.lost("nobody's") is None
    world.close()
