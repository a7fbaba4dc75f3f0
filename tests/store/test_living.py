"""Who lives: signs of life, leases, and several processes on one home."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rhflow.ground.errors import RunBusy, StoreError
from rhflow.store import database
from rhflow.store.alive import Owner, Presence, is_alive, new_owner, the_living, this_host
from rhflow.store.holdings import Holdings
from rhflow.store.journal import Journal
from rhflow.store.queries import QUERIES
from tests.lifecycle.examples import EVENTS

Opens = Callable[..., Journal]
SCRIPT = Path(__file__).parent / "other_process.py"


@contextmanager
def process(*words: str | Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The other process, once it has done its part, and what it said."""
    started = subprocess.Popen(  # our own script
        [sys.executable, str(SCRIPT), *map(str, words)], stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    try:
        yield started, started.stdout.readline().strip()
    finally:
        started.kill()
        started.wait()
        started.stdout.close()


def test_a_lease_is_held_by_one_and_freed_by_its_death(opens: Opens, home: Path) -> None:
    journal = opens()
    with process(home, "other", "lease", "run 1") as (other, said):
        assert said == "ready"
        assert journal.lives("other")
        assert journal.is_leased("run 1")
        with pytest.raises(RunBusy, match="run 1"):
            journal.lease("run 1", 2.0)
        journal.lease("run 2", 2.0)
        other.kill()
        other.wait()
        assert not journal.lives("other")
        assert not journal.is_leased("run 1")
    journal.lease("run 1", 3.0)
    assert opens("third").is_leased("run 1")
    assert not (home / "living" / "other.alive").exists(), "the dead are tidied away"


def test_who_holds_it_is_said_and_its_death_heals_by_itself(opens: Opens, home: Path) -> None:
    """With the names that processes give themselves."""
    script = (
        "import sys, time; from pathlib import Path; from rhflow.store.alive import new_owner; "
        "from rhflow.store.journal import Journal; journal = Journal(Path(sys.argv[1]), new_owner()); "
        "journal.lease('run 1', time.time()); print('ready', flush=True); time.sleep(60)"
    )
    journal = opens(new_owner())
    other = subprocess.Popen([sys.executable, "-c", script, str(home)], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    try:
        assert other.stdout.readline() == "ready\n"
        with pytest.raises(RunBusy) as told:
            journal.lease("run 1", time.time())
        held = f"(process {other.pid}) has been working on run 1 since "
        assert re.search(re.escape(held) + r"\d\d:\d\d:\d\d$", told.value.message)
        assert "its hold ends by itself" in (told.value.hint or "")
        assert "delete" not in str(told.value)
        assert [owner.pid for owner in the_living(home / "living", but=journal.owner)] == [other.pid]
    finally:
        other.kill()
        other.communicate()
    journal.lease("run 1", time.time())
    assert the_living(home / "living", but=journal.owner) == []


def test_a_stopped_process_still_holds_what_it_holds(opens: Opens, home: Path) -> None:
    """It is not dead: it may go on at any moment, in the middle of a purchase."""
    journal = opens()
    with process(home, "other", "lease", "run 1") as (other, said):
        assert said == "ready"
        other.send_signal(signal.SIGSTOP)
        with pytest.raises(RunBusy):
            journal.lease("run 1", 2.0)
        other.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("age_s", [10.0, 200_000.0])
def test_another_computer_is_named(opens: Opens, home: Path, age_s: float) -> None:
    """A home on a shared drive: the lock is held from elsewhere."""
    there = "render-box-2-4242-0123abcd"
    held = Presence(home / "living", there)
    journal = opens()
    with journal.transaction(durable=True) as cursor:
        cursor.execute(QUERIES["lease"], {"name": "run 1", "owner": there, "at": 1_700_000_000.0})
    with pytest.raises(RunBusy) as told:
        journal.lease("run 1", 1_700_000_000.0 + age_s)
    assert "(process 4242 on the computer render-box-2)" in told.value.message
    assert ("since 2023-11-1" in told.value.message) == (age_s > 86_400)
    assert "one computer at a time" in (told.value.hint or "")
    held.close()
    journal.lease("run 1", 1_700_000_020.0)


def test_the_name_of_an_owner_can_be_read() -> None:
    mine = Owner.read(new_owner())
    assert (mine.pid, mine.host, mine.is_elsewhere) == (os.getpid(), this_host(), False)
    assert str(mine) == f"process {os.getpid()}"
    assert str(Owner.read("a-b-c-77-00ff00ff")) == "process 77 on the computer a-b-c"
    for odd in ("", "me", "a-b", "a-77-xyz", "owner-1"):
        assert str(Owner.read(odd)) == odd
        assert not Owner.read(odd).is_elsewhere


def test_who_makes_it_busy_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_BUSY_S", 0.2)
    journal = Journal(home, "me")
    other = Journal(home, new_owner())
    with other.transaction(durable=True), pytest.raises(StoreError, match="is busy") as told:
        journal.append("run-1", "a", 0, EVENTS["Skipped"], 1.0)
    assert f"at work here: me, process {os.getpid()}" in told.value.message
    assert journal.events("run-1") == []
    journal.append("run-1", "a", 0, EVENTS["Skipped"], 1.0)
    journal.close()
    other.close()


def test_two_processes_cannot_open_one_key(opens: Opens, home: Path) -> None:
    opens().close()
    said = []
    with process(home, "left", "intend", "k", "1") as (_, left):
        said.append(left)
        with process(home, "right", "intend", "k", "2") as (_, right):
            said.append(right)
    assert said == ["ready", "conflict"]
    attempt = opens().open_attempt("k")
    assert attempt is not None
    assert (attempt.attempt, attempt.owner) == ("1", "left")
    assert not opens("me2").lives("left")


def test_who_comes_while_somebody_deletes_waits_and_then_looks(opens: Opens, home: Path) -> None:
    """Else it would plan with what is just being deleted, and buy what somebody thinks is there."""
    holdings = Holdings(opens("me"))
    words = [sys.executable, str(SCRIPT), str(home), "newcomer", "open"]
    with holdings.undisturbed():
        comes = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        end = time.monotonic() + 30
        while not the_living(home / "living", but="me"):
            assert time.monotonic() < end
            time.sleep(0.02)
        with pytest.raises(subprocess.TimeoutExpired):
            comes.communicate(timeout=0.3)
    assert comes.communicate(timeout=30)[0] == "ready\n"


def test_a_new_home_may_be_opened_by_many_at_once(home: Path) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT), str(home), f"owner-{number}", "open"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    said = [process.communicate(timeout=60) for process in started]
    assert said == [("ready\n", "")] * 4


def test_two_owners_in_one_process_see_each_other(opens: Opens) -> None:
    first, second = opens("first"), opens("second")
    for _ in range(2):  # looking must not drop the lock that is looked at
        assert first.lives("second")
        assert second.lives("first")
        assert first.lives("first")
    first.lease("run 1", 1.0)
    with pytest.raises(RunBusy):
        second.lease("run 1", 2.0)
    first.lease("run 1", 3.0)
    first.close()
    assert second.lives("second")
    assert not second.lives("first")
    second.lease("run 1", 4.0)


def test_closing_one_does_not_drop_the_lock_of_the_other_for_other_processes(
    opens: Opens, home: Path
) -> None:
    """POSIX drops all locks of a process on a file when any handle of it is closed; SQLite knows."""
    journal, passing = opens("me"), opens("passing")
    journal.lease("run 1", 1.0)
    assert passing.lives("me")
    passing.close()
    opens("third")
    asked = "import sys; from pathlib import Path; from rhflow.store.alive import is_alive; "
    asked += f"print(is_alive(Path({str(home / 'living')!r}), 'me'))"
    found = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "True"


def test_a_sign_of_life_ends_with_close_and_not_before(tmp_path: Path) -> None:
    presence = Presence(tmp_path, "me")
    assert is_alive(tmp_path, "me")
    presence.close()
    presence.close()
    assert not is_alive(tmp_path, "me")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("owner", ["", "nobody"])
def test_who_never_was_does_not_live(tmp_path: Path, owner: str) -> None:
    assert not is_alive(tmp_path, owner)
    assert list(tmp_path.iterdir()) == []


def test_a_sign_that_nobody_holds_belongs_to_the_dead(tmp_path: Path) -> None:
    presence = Presence(tmp_path, "me")
    copied = tmp_path / "copied.alive"
    shutil.copy(tmp_path / "me.alive", copied)
    assert not is_alive(tmp_path, "copied")
    assert not copied.exists()
    presence.close()


def test_what_cannot_be_told_counts_as_alive(tmp_path: Path) -> None:
    (tmp_path / "odd.alive").write_bytes(b"this is no lock file" * 300)
    assert is_alive(tmp_path, "odd")
    (tmp_path / "folder.alive").mkdir()
    assert is_alive(tmp_path, "folder")


def test_a_reader_minds_no_side_file_that_goes_while_it_looks(
    opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens().close()
    is_file = Path.is_file
    monkeypatch.setattr(Path, "is_file", lambda path: path.name.endswith("-wal") or is_file(path))
    assert opens("reader", read_only=True).runs() == []
