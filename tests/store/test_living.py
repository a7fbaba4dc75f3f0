"""Who lives: signs of life, leases, and several processes on one home."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rhflow.ground.errors import RunBusy
from rhflow.store.alive import Presence, is_alive
from rhflow.store.journal import Journal

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
