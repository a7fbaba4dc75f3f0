"""The journal: events per task, and the indexes drawn from them in the same transaction.

Two connections to one WAL database: what guards money commits with `synchronous=FULL` (on disk before
the call returns), what could be worked out again commits with NORMAL. The order of both is kept by the WAL.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from rhflow.ground.artifact import Artifact
from rhflow.ground.errors import JournalDamaged, RunBusy, StoreError
from rhflow.ground.values import Json, JsonObject, as_object
from rhflow.lifecycle.events import Event, Keyed, body_of, name_of, read_event
from rhflow.planning.memory import Asked, OpenAttempt, Recalled
from rhflow.ports import Conflict, RunRecord
from rhflow.store.alive import Presence, is_alive
from rhflow.store.projection import GUARDS_MONEY, project
from rhflow.store.queries import QUERIES

VERSION = 1
_BUSY_S = 30.0
_TAKEN = ("SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE")


class Journal:
    """One home's memory. Not for several threads at once; several processes are welcome."""

    def __init__(self, home: Path, owner: str, *, read_only: bool = False) -> None:
        self.home = home
        self.owner = owner
        self._living = home / "living"
        self._presence: Presence | None = None
        self._read_only = read_only
        self._connections: list[sqlite3.Connection] = []
        path = home / "journal.db"
        try:
            if read_only:
                self._guard = self._notes = self._opened(_open_for_reading(path))
                self._refuse_newer()
                return
            home.mkdir(parents=True, exist_ok=True)
            self._presence = Presence(self._living, owner)
            self._guard = self._opened(_connect(path))
            self._prepare()
            self._notes = self._opened(_connect(path))
            self._guard.execute("pragma synchronous = full")
            self._guard.execute("pragma fullfsync = 1")  # macOS: its plain fsync stops at the drive's cache
            self._notes.execute("pragma synchronous = normal")
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise _as_store_error(error, path) from error
        except StoreError:
            self.close()
            raise

    def _opened(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        self._connections.append(connection)
        return connection

    def _refuse_newer(self) -> int:
        (version,) = self._guard.execute("pragma user_version").fetchone()
        if version > VERSION:
            raise StoreError(
                f"{self.home / 'journal.db'} was written by a newer version of rhflow",
                "Use that version, or name another home with --home.",
            )
        return int(version)

    def _prepare(self) -> None:
        if self._refuse_newer() < VERSION:
            self._guard.executescript(_schema())
            self._guard.execute(f"pragma user_version = {VERSION}")

    def close(self) -> None:
        """Let go of the files and of everything this process held."""
        for connection in reversed(self._connections):
            connection.close()
        if self._presence is not None:
            self._presence.close()

    # -- runs ---------------------------------------------------------------------------------

    def begin(self, run: RunRecord) -> None:
        """Write a new run down, durably."""
        with self._transaction(durable=True) as cursor:
            row = {name: getattr(run, name) for name in run.__slots__}
            cursor.execute(QUERIES["begin_run"], {**row, "body": json.dumps(run.body)})

    def set_status(self, run: str, status: str, body: JsonObject | None = None) -> None:
        """Note where the run stands, and its body where given."""
        with self._transaction(durable=True) as cursor:
            cursor.execute(QUERIES["set_status"], {"run": run, "status": status})
            if body is not None:
                cursor.execute(QUERIES["set_body"], {"run": run, "body": json.dumps(body)})

    def runs(self) -> list[RunRecord]:
        """Every run, newest first."""
        records = [
            RunRecord(run, pipeline, file, provider, started, status, _object(body, f"run {run}"))
            for run, pipeline, file, provider, started, status, body in self._read("runs")
        ]
        return sorted(records, key=lambda record: (record.started, record.id), reverse=True)

    # -- events -------------------------------------------------------------------------------

    def append(self, run: str, task: str, expected: int, event: Event, at: float) -> None:
        """Append one event as number `expected + 1`, with everything drawn from it.

        Raises:
            Conflict: somebody else appended first, or another attempt on the key is open.
            StoreError: the disk is full, or the journal cannot be written.
        """
        with self._transaction(durable=isinstance(event, GUARDS_MONEY)) as cursor:
            row = {"run": run, "task": task, "expected": expected, "at": at}
            row |= {"name": name_of(event), "body": json.dumps(body_of(event))}
            if cursor.execute(QUERIES["append_event"], row).rowcount != 1:
                raise Conflict(f"event {expected + 1} of {task} in run {run} is not the next one")
            try:
                project(cursor, run, task, event, at)
            except sqlite3.IntegrityError as error:
                if error.sqlite_errorname not in _TAKEN:
                    raise
                raise Conflict(str(error)) from error

    def events(self, run: str, task: str | None = None) -> list[tuple[str, float, Event]]:
        """The events of a run, or of one task of it: task, time, event, in order of each task.

        Raises:
            JournalDamaged: an event cannot be read, or one is missing.
        """
        rows = self._read("events_of_run" if task is None else "events_of_task", run=run, task=task)
        found: list[tuple[str, float, Event]] = []
        counted: dict[str, int] = {}
        for name, seq, at, event, body in rows:
            counted[name] = counted.get(name, 0) + 1
            if seq != counted[name]:
                raise JournalDamaged(
                    f"The journal lacks event {counted[name]} of {name} in run {run}",
                    "Restore journal.db from a copy; nothing is bought while it cannot be read.",
                )
            found.append((name, at, read_event(event, _json(body, f"an event of {name}"))))
        return found

    # -- results and purchases ------------------------------------------------------------------

    def recall(self, key: str) -> Recalled | None:
        """The finished result of a key."""
        for run, task, model, artifacts, usage, estimated in self._read("recall", key=key):
            made = _artifacts(artifacts, f"the result of {task} in run {run}")
            return Recalled(key, made, model, run, task, _json(usage, "usage"), estimated)
        return None

    def open_attempt(self, key: str) -> OpenAttempt | None:
        """The purchase on that key that has not ended, whoever made it."""
        rows = self._read("open_attempt", key=key)
        return OpenAttempt(*rows[0]) if rows else None

    def open_attempts(self) -> list[OpenAttempt]:
        """Every purchase of this home that has not ended, oldest first."""
        return [OpenAttempt(*row) for row in self._read("open_attempts")]

    def purchases_of(self, key: str) -> int:
        """How many purchases of that key were ever intended."""
        return int(self._read("purchases_of", key=key)[0][0])

    def attempt(self, attempt: str) -> tuple[str, str | None, str | None] | None:
        """State, job and outcome of a purchase, whoever holds it."""
        rows = self._read("attempt", attempt=attempt)
        return rows[0] if rows else None

    def holders(self, attempt: str) -> list[tuple[str, str]]:
        """Runs and tasks that wait for this purchase."""
        return self._read("holders", attempt=attempt)

    def ledger(self, run: str) -> list[tuple[str | None, str | None, str, str | None]]:
        """Purchases of a run that may have cost money: reserved, charged, currency, outcome."""
        return self._read("ledger", run=run)

    def last_request(self, pipeline: str, task: str) -> Asked | None:
        """The request that task of that pipeline made last, whatever became of it."""
        for body, provider in self._read("last_request", pipeline=pipeline, task=task):
            keyed = read_event("Keyed", _json(body, f"a request of {task}"))
            if isinstance(keyed, Keyed):
                return Asked(keyed.endpoint, provider, keyed.request)
        return None

    # -- who works ------------------------------------------------------------------------------

    def lives(self, owner: str) -> bool:
        """Whether that process still lives (this one does)."""
        return owner == self.owner or is_alive(self._living, owner)

    def lease(self, name: str, at: float) -> None:
        """Hold a name for this process; a dead owner's lease is free.

        Raises:
            RunBusy: a living process holds it.
        """
        with self._transaction(durable=False) as cursor:
            row = cursor.execute(QUERIES["leased_by"], {"name": name}).fetchone()
            if row is not None and row[0] != self.owner and self.lives(row[0]):
                raise RunBusy(
                    f"Another rhflow is working on {name} just now", "Wait for it, or stop it with Ctrl-C."
                )
            cursor.execute(QUERIES["lease"], {"name": name, "owner": self.owner, "at": at})

    def is_leased(self, name: str) -> bool:
        """Whether a living process holds that name."""
        rows = self._read("leased_by", name=name)
        return bool(rows) and self.lives(str(rows[0][0]))

    # -- memories that may be lost ----------------------------------------------------------------

    def upload(self, realm: str, sha256: str, now: float) -> str | None:
        """Where these bytes were uploaded, if that should still live."""
        rows = self._read("upload", realm=realm, sha256=sha256, now=now)
        return str(rows[0][0]) if rows else None

    def remember(self, table: Literal["uploads", "files", "urls", "placed"], row: Sequence[object]) -> None:
        """Keep one row of a memory (see `schema.sql`); the newest wins."""
        with self._transaction(durable=False) as cursor:
            cursor.execute(QUERIES[f"remember_{table}"], tuple(row))

    def remembered(self, table: Literal["files", "urls", "placed"], name: str) -> tuple[object, ...] | None:
        """One row of a memory by its first column."""
        rows = self._read(f"remembered_{table}", name=name)
        return tuple(rows[0]) if rows else None

    # -- hands ------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _transaction(self, *, durable: bool) -> Iterator[sqlite3.Cursor]:
        connection = self._guard if durable else self._notes
        cursor = connection.cursor()
        try:
            cursor.execute("begin immediate")
            yield cursor
            cursor.execute("commit")
        except sqlite3.Error as error:
            raise _as_store_error(error, self.home / "journal.db") from error
        finally:
            if connection.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    cursor.execute("rollback")
            cursor.close()

    def _read(self, query: str, **values: object) -> list[Any]:
        try:
            return self._notes.execute(QUERIES[query], values).fetchall()
        except sqlite3.Error as error:
            raise _as_store_error(error, self.home / "journal.db") from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        _use_wal(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    """Two processes that open a new home at once: SQLite does not wait here by itself."""
    deadline = time.monotonic() + _BUSY_S
    while True:
        try:
            connection.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _schema() -> str:
    return files("rhflow.store").joinpath("schema.sql").read_text("utf-8")


def _open_for_reading(path: Path) -> sqlite3.Connection:
    """A connection that writes nothing; an empty memory where there is no journal yet."""
    if not path.exists():
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        connection.executescript(_schema())
        return connection
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro",
        uri=True,
        timeout=_BUSY_S,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute("select count(*) from sqlite_master").fetchone()
    return connection


def _json(text: object, what: str) -> Json:
    try:
        value: Json = json.loads(str(text))
    except ValueError as error:
        raise JournalDamaged(f"The journal holds no readable JSON for {what}") from error
    return value


def _object(text: object, what: str) -> JsonObject:
    value = _json(text, what)
    if not isinstance(value, dict):
        raise JournalDamaged(f"The journal holds something else than an object for {what}")
    return value


def _artifacts(text: object, what: str) -> tuple[Artifact, ...]:
    items = _json(text, what)
    try:
        if not isinstance(items, list):
            raise TypeError("no list")
        return tuple(Artifact.from_json(as_object(item, "an artifact")) for item in items)
    except (KeyError, TypeError, ValueError) as error:
        raise JournalDamaged(f"The journal holds a damaged record of {what}: {error}") from error


def _as_store_error(error: sqlite3.Error | OSError, path: Path) -> StoreError:
    said = str(error)
    code = getattr(error, "sqlite_errorname", "")
    if code == "SQLITE_FULL" or "disk is full" in said or getattr(error, "errno", None) == 28:
        return StoreError(
            f"The disk is full: {path} could not be written",
            "Make room, then go on with: rhflow resume. What was bought is known and is not bought again.",
        )
    if code in ("SQLITE_CORRUPT", "SQLITE_NOTADB") or "malformed" in said or "not a database" in said:
        return JournalDamaged(
            f"{path} is damaged ({said})",
            "Restore it from a copy; nothing is bought while it cannot be read.",
        )
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreError(f"{path} is busy: another program has held it for {_BUSY_S:g} s", "Try again.")
    if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")) or isinstance(error, OSError):
        return StoreError(
            f"{path} cannot be opened or written ({said})", "Mend the rights, or use --home DIR."
        )
    return StoreError(f"{path} cannot be used ({said})")
