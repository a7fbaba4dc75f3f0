"""A journal that lost its newest part is whole; the lines in `purchases.log` know better."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rhflow.ground.errors import JournalDamaged
from rhflow.lifecycle import events
from rhflow.ports import Conflict
from rhflow.store.journal import Journal
from rhflow.store.receipts import MOST, NAME, Receipts
from tests.store.test_journal import intended, tell

Opens = Callable[..., Journal]


def buy(journal: Journal, number: int, task: str = "a") -> None:
    """One purchase from intention to acceptance."""
    attempt = f"attempt-{number}"
    tell(journal, events.Keyed(f"k{number}", "fake/picture", {}), intended(attempt, f"k{number}"), task=task)


def test_each_purchase_is_a_line(opens: Opens, tmp_path: Path) -> None:
    journal = opens()
    buy(journal, 1, "shots[0].clip")
    buy(journal, 2, "b")
    assert journal.receipts.path.read_text("utf-8").splitlines() == [
        "1970-01-01T00:00:02+00:00 attempt-1 run-1 shots[0].clip",
        "1970-01-01T00:00:02+00:00 attempt-2 run-1 b",
    ]
    assert [attempt for attempt, _ in journal.receipts.last()] == ["attempt-1", "attempt-2"]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks into /proc")
def test_line_and_name_are_on_the_disk_before_the_request_leaves(
    opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, sync, synced = opens(), os.fsync, list[Path]()

    def note(handle: int) -> None:
        sync(handle)
        synced.append(Path(os.readlink(f"/proc/self/fd/{handle}")))

    monkeypatch.setattr(os, "fsync", note)
    buy(journal, 1)
    path = journal.receipts.path
    assert synced == [path, path.parent]
    buy(journal, 2, "b")
    assert synced == [path, path.parent, path], "the name is there since the first"


def test_what_is_free_or_was_not_intended_is_no_line(opens: Opens) -> None:
    journal = opens()
    free = events.SubmitIntended("k", "1", "local/concat", "local", "0")
    tell(journal, events.Keyed("k", "local/concat", {}), free)
    with pytest.raises(Conflict):
        journal.append("run-1", "a", 0, intended("2"), 1.0)
    assert not journal.receipts.path.exists()


def test_a_journal_of_yesterday_blocks_until_it_is_brought_back(opens: Opens, tmp_path: Path) -> None:
    journal = opens()
    buy(journal, 1)
    journal.close()
    shutil.copy(journal.home / "journal.db", tmp_path / "yesterday")
    journal = opens()
    buy(journal, 2, "b")
    buy(journal, 3, "c")
    journal.close()
    shutil.copy(journal.home / "journal.db", tmp_path / "today")
    shutil.copy(tmp_path / "yesterday", journal.home / "journal.db")
    with pytest.raises(JournalDamaged, match="does not know 2 purchases since 1970-01-01") as blocked:
        opens()
    assert NAME in (blocked.value.hint or "")
    shutil.copy(tmp_path / "today", journal.home / "journal.db")
    assert opens().attempt("attempt-3") is not None


def test_a_person_may_say_that_the_old_one_has_to_do(opens: Opens, tmp_path: Path) -> None:
    journal = opens()
    journal.close()
    shutil.copy(journal.home / "journal.db", tmp_path / "empty")
    journal = opens()
    buy(journal, 1)
    journal.close()
    shutil.copy(tmp_path / "empty", journal.home / "journal.db")
    with pytest.raises(JournalDamaged, match="the one of 1970"):
        opens()
    (journal.home / NAME).unlink()
    assert opens().attempt("attempt-1") is None


def test_torn_and_foreign_lines_say_nothing(tmp_path: Path) -> None:
    receipts = Receipts(tmp_path)
    receipts.note("one", "run", "a", 0.0)
    with receipts.path.open("ab") as file:
        file.write(b"\0\0\0\n<<<<<<< HEAD\n1970-01-01T00:00:00+00:00 two ru")
    assert receipts.last() == [("one", "1970-01-01T00:00:00+00:00")]
    receipts.note("three", "run", "a\nb  c", 0.0)
    receipts.note("four", "run", "d", 0.0)
    assert [attempt for attempt, _ in receipts.last()] == ["one", "three", "four"]


def test_only_the_newest_are_read(tmp_path: Path) -> None:
    receipts = Receipts(tmp_path)
    line = "1970-01-01T00:00:00+00:00 {} run a\n"
    receipts.path.write_text("".join(line.format(number) for number in range(50_000)), encoding="utf-8")
    assert [attempt for attempt, _ in receipts.last()] == [str(n) for n in range(50_000 - MOST, 50_000)]


def test_a_second_witness_who_cannot_write_stops_nobody(opens: Opens) -> None:
    journal = opens()
    journal.receipts.path.mkdir()
    buy(journal, 1)
    assert journal.attempt("attempt-1") is not None
