"""A home of an older version: it opens, it is brought up to date once, and nothing is bought again."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from rhflow.ground.errors import JournalDamaged, StoreError
from rhflow.lifecycle.events import Registry, body_of, read_event
from rhflow.lifecycle.states import State
from rhflow.lifecycle.transitions import fold
from rhflow.ports import Conflict
from rhflow.store import database, migrating
from rhflow.store.journal import VERSION, Journal
from rhflow.store.queries import read_queries
from tests.lifecycle.examples import EVENTS
from tests.runner.world import World, committed, states
from tests.store.freeze import HOMES, Frozen, frozen

Opens = Callable[..., Journal]
HERE = Path(__file__).parent
VERSIONS = sorted(int(folder.name[1:]) for folder in HOMES.iterdir())


@pytest.fixture(params=VERSIONS, ids=lambda version: f"v{version}")
def old(request: pytest.FixtureRequest, home: Path) -> Frozen:
    """A home as that version left it."""
    found = frozen(request.param)
    found.thaw(home)
    return found


def tables(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("select name, sql from sqlite_master where sql is not null").fetchall()
    return {name: " ".join(sql.split()) for name, sql in rows}


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return migrating.version_of(connection)


def rows(path: Path) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("select * from events order by run, task, seq").fetchall()


def copies(home: Path) -> list[Path]:
    return sorted(home.glob(migrating.BACKUPS))


# -- what is in it ------------------------------------------------------------------------------------


def test_the_first_version_is_frozen_with_every_event_it_knew() -> None:
    assert VERSIONS[0] == 1
    words = """
        Keyed CacheHit Skipped Adopted SubmitIntended Accepted Refused Lost Found Absent Abandoned JobStarted
        JobSucceeded JobFailed Collected ResultLost RetryPlanned FellBack GaveUp Blocked Reopened Cancelled
    """
    assert {name for _, _, name, _ in _events(frozen(1))} == set(words.split())


def test_an_old_home_opens_and_every_task_stands_where_it_stood(
    opens: Opens, home: Path, old: Frozen
) -> None:
    before = rows(home / "journal.db")
    journal = opens()
    assert version(home / "journal.db") == VERSION
    assert rows(home / "journal.db") == before
    assert [run.id for run in journal.runs()] == ["run-3", "run-2", "run-1"] or len(journal.runs()) == 3
    stand = {run: _stand(journal, run) for run in ("run-1", "run-2", "run-3")}
    assert stand["run-1"] == {
        **dict.fromkeys(("clip", "ladder", "paste", "refused", "still", "words"), State.DONE),
        "blocked": State.FAILED,
        "failed": State.FAILED,
        "in doubt": State.DOUBTFUL,
        "in flight": State.SUBMITTED,
    }
    assert stand["run-3"]["written off"] is State.FAILED
    assert stand["run-3"]["found"] is State.SUBMITTED
    assert {item.task for item in journal.open_attempts()} >= {"in doubt", "in flight", "found"}
    hit = journal.recall(next(key for _, task, name, key in _keys(old) if (task, name) == ("still", "Keyed")))
    assert hit is not None
    assert hit.usage == {
        "money": "0.9",
        "currency": "CNY",
        "coins": None,
        "third_party": None,
        "seconds": None,
    }
    assert journal.upload("simulator", "ab" * 32, 1_700_000_000.0) == "https://far.example/up.png"


def test_a_resume_of_an_old_run_submits_nothing_and_collects_what_was_out(home: Path, old: Frozen) -> None:
    world = World(home)
    world.far = old.far
    before = world.far.bill
    process = world.process()
    run = process.go(old.plan)
    assert world.far.bill == before, "nothing is bought by a change of version"
    assert {name: state for name, state in states(run).items() if state != "done"} == {
        "in doubt": "doubtful",
        "failed": "failed",
        "blocked": "failed",
    }
    assert committed(run) > 0, "what was spent before is known"
    world.close()


def test_a_new_run_over_an_old_home_finds_everything(home: Path, old: Frozen) -> None:
    world = World(home)
    world.far = old.far
    before = world.far.bill
    run = world.process().go(old.plan, "run-9")
    assert world.far.bill == before
    assert Counter(states(run).values()) == {"done": 9, "doubtful": 1}
    world.close()


def _stand(journal: Journal, run: str) -> dict[str, State]:
    told: dict[str, list[Any]] = {}
    for task, at, event in journal.events(run):
        told.setdefault(task, []).append((at, event))
    return {task: fold(history).state for task, history in told.items()}


def _events(home: Frozen) -> list[tuple[str, str, str, dict[str, Any]]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(home.sql)
        found = connection.execute("select run, task, name, body from events").fetchall()
    return [(run, task, name, json.loads(body)) for run, task, name, body in found]


def _keys(home: Frozen) -> list[tuple[str, str, str, str]]:
    return [(run, task, name, body["key"]) for run, task, name, body in _events(home) if body.get("key")]


# -- events have versions, too ------------------------------------------------------------------------


@pytest.mark.parametrize("home_of", VERSIONS)
def test_every_event_as_it_was_written_then_says_the_same_today(home_of: int) -> None:
    for run, task, name, body in _events(frozen(home_of)):
        now = body_of(read_event(name, body))
        assert {field: now[field] for field in body if field != "failure"} == {
            field: value for field, value in body.items() if field != "failure"
        }, (run, task, name)
        assert (now.get("failure") or {}).items() >= (body.get("failure") or {}).items()


@pytest.mark.parametrize("name", Registry.classes)
def test_a_field_of_a_newer_version_is_left_out(name: str) -> None:
    body = body_of(EVENTS[name]) | {"a_field_of_tomorrow": 1}
    assert read_event(name, body) == EVENTS[name]


# -- the steps ----------------------------------------------------------------------------------------


def test_the_steps_are_numbered_without_gaps() -> None:
    assert [number for number, _ in migrating.steps()] == list(range(1, VERSION + 1))


def test_an_old_home_ends_with_the_tables_of_a_new_one(
    opens: Opens, home: Path, old: Frozen, tmp_path: Path
) -> None:
    opens().close()
    fresh = Journal(tmp_path / "fresh", "me")
    fresh.close()
    assert tables(home / "journal.db") == tables(tmp_path / "fresh" / "journal.db")


def test_a_copy_of_the_old_journal_lies_beside_it(opens: Opens, home: Path, old: Frozen) -> None:
    before = rows(home / "journal.db")
    was = version(home / "journal.db")
    opens().close()
    if was == VERSION:
        assert copies(home) == []
        return
    (copy,) = copies(home)
    assert version(copy) == was
    assert rows(copy) == before
    opens("again").close()
    assert copies(home) == [copy], "once is enough"
    shutil.copy(copy, home / "journal.db")
    assert _stand(opens("restored"), "run-1")["still"] is State.DONE


def test_a_new_home_needs_no_copy(opens: Opens, home: Path) -> None:
    opens()
    assert version(home / "journal.db") == VERSION
    assert copies(home) == []


def test_an_rhflow_of_the_old_version_goes_on_beside_us(opens: Opens, home: Path, old: Frozen) -> None:
    """It opened the home before us and is in the middle of a run: every statement it has must still work."""
    theirs = read_queries((old.folder / "queries.sql").read_text("utf-8"))
    with closing(sqlite3.connect(home / "journal.db", isolation_level=None)) as worker:
        worker.execute("select count(*) from runs").fetchone()
        opens("newer")
        for name, query in theirs.items():
            named = {part.split()[0].strip("(),;") for part in query.split(":")[1:]}
            values: Any = tuple([None] * query.count("?")) if "?" in query else dict.fromkeys(named)
            worker.execute(f"explain {query}", values).fetchall()
            assert name
        given = {
            "id": "r",
            "pipeline": "p",
            "file": "f",
            "provider": "x",
            "started": 1.0,
            "status": "running",
        }
        worker.execute(theirs["begin_run"], given | {"body": "{}"})
        event = {
            "run": "r",
            "task": "t",
            "expected": 0,
            "at": 1.0,
            "name": "Skipped",
            "body": '{"reason": "x"}',
        }
        worker.execute(theirs["append_event"], event)
    assert opens("later").events("r") == [("t", 1.0, read_event("Skipped", {"reason": "x"}))]


def test_a_reader_of_an_old_home_writes_nothing(opens: Opens, home: Path, old: Frozen) -> None:
    before = (home / "journal.db").read_bytes()
    listed = {path for path in home.rglob("*") if path.is_file()}
    reader = opens("reader", read_only=True)
    assert _stand(reader, "run-1")["still"] is State.DONE
    assert reader.read("pins") == []
    with pytest.raises((StoreError, Conflict)):
        reader.append("run-1", "still", 99, EVENTS["Keyed"], 1.0)
    reader.close()
    assert (home / "journal.db").read_bytes() == before
    assert {path for path in home.rglob("*") if path.is_file()} == listed


def test_a_step_that_fails_leaves_the_old_journal(
    opens: Opens, home: Path, old: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = (*migrating.steps(), (VERSION + 1, "create table half (a text);\nselect 1 from nowhere;\n"))
    was = version(home / "journal.db")
    monkeypatch.setattr(migrating, "steps", lambda: broken)
    with pytest.raises(StoreError, match="no such table: nowhere"):
        opens()
    assert "half" not in tables(home / "journal.db")
    assert version(home / "journal.db") == was
    monkeypatch.undo()
    assert _stand(opens("later"), "run-1")["still"] is State.DONE
    assert {version(copy) for copy in copies(home)} == {was}


def test_without_room_for_a_copy_nothing_is_changed(
    opens: Opens, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen(1).thaw(home)

    def no_room(_path: Path, _version: int) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(migrating, "back_up", no_room)
    with pytest.raises(StoreError, match="disk is full"):
        opens()
    assert version(home / "journal.db") == 1
    assert "pins" not in tables(home / "journal.db")
    monkeypatch.undo()
    opens("later").close()
    assert version(home / "journal.db") == VERSION


# -- sudden death, and several at once ------------------------------------------------------------------

DIES = """
import os, signal, sqlite3, sys
from pathlib import Path
from rhflow.store import migrating
home, stops = Path(sys.argv[1]), int(sys.argv[2])
connection = sqlite3.connect(home / "journal.db", isolation_level=None)
connection.execute("pragma journal_mode = wal")
connection.execute("pragma synchronous = full")
told = [0]
def count(_statement):
    told[0] += 1
    if told[0] == stops:
        os.kill(os.getpid(), signal.SIGKILL)
connection.set_trace_callback(count)
migrating.migrate(connection, home / "journal.db")
print("done")
"""


@pytest.mark.parametrize("stops", [2, 4, 6, 8, 10, 11, 12])
def test_a_death_at_any_statement_leaves_one_version_or_the_other(
    opens: Opens, home: Path, stops: int
) -> None:
    frozen(1).thaw(home)
    before = rows(home / "journal.db")
    died = subprocess.run(
        [sys.executable, "-c", DIES, str(home), str(stops)], check=False, capture_output=True, text=True
    )
    assert died.returncode == -9, died.stdout + died.stderr
    found = version(home / "journal.db")
    assert 1 <= found <= VERSION
    assert ("pins" in tables(home / "journal.db")) == (found >= 2)
    journal = opens()
    assert rows(home / "journal.db") == before
    assert _stand(journal, "run-1")["in flight"] is State.SUBMITTED
    assert all(version(copy) == 1 for copy in copies(home))


def test_many_at_once_take_the_steps_once(home: Path) -> None:
    frozen(1).thaw(home)
    started = [
        subprocess.Popen(
            [sys.executable, str(HERE / "other_process.py"), str(home), f"owner-{number}", "open"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    assert [process.communicate(timeout=60) for process in started] == [("ready\n", "")] * 4
    assert version(home / "journal.db") == VERSION
    assert [version(copy) for copy in copies(home)] == [1]


@pytest.mark.parametrize("nth", [1, 2])
def test_whoever_comes_in_between_finds_all_of_it_or_nothing(home: Path, nth: int) -> None:
    """Another process opens the home each time that we are about to wait for our turn."""
    frozen(1).thaw(home)
    path, begun = home / "journal.db", 0
    with closing(sqlite3.connect(path, isolation_level=None)) as ours:

        def another(statement: str) -> None:
            nonlocal begun
            begun += statement == "begin immediate"
            if statement == "begin immediate" and begun == nth:
                with closing(sqlite3.connect(path, isolation_level=None)) as theirs:
                    migrating.migrate(theirs, path)

        ours.set_trace_callback(another)
        migrating.migrate(ours, path)
    assert version(path) == VERSION
    assert [version(copy) for copy in copies(home)] == [1]


# -- a home without its journal -------------------------------------------------------------------------


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("how", ["missing", "empty"])
def test_a_home_that_lost_its_journal_is_no_new_home(
    opens: Opens, home: Path, how: str, read_only: bool
) -> None:
    frozen(1).thaw(home)
    (home / "journal.db").unlink()
    if how == "empty":
        (home / "journal.db").touch()
    before = set(home.rglob("*"))
    with pytest.raises(JournalDamaged, match=f"journal.db is {how}") as told:
        opens(read_only=read_only)
    assert "Restore it from a copy" in (told.value.hint or "")
    assert set(home.rglob("*")) == before
    (home / "journal.v1.20261121-000000.backup").touch()
    with pytest.raises(JournalDamaged) as told:
        opens("again", read_only=read_only)
    assert "20261121" in (told.value.hint or "")


def test_a_home_with_nothing_in_it_is_a_new_one(opens: Opens, home: Path) -> None:
    for name in ("objects/incoming", "runs", "living"):
        (home / name).mkdir(parents=True)
    (home / "journal.db").touch()
    assert opens().runs() == []
    assert database.VERSION == VERSION
