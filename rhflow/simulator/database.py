"""The simulator's state on disk: one SQLite file, shared by every process that serves the folder.

A write is durable when `writing()` has been left. Time is simulated: the machine's clock plus an offset
that is kept here, so that moving it moves it for everybody and for good.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rhflow.ground.errors import StoreError

_VERSION = 2

_SCHEMA = """
CREATE TABLE IF NOT EXISTS clock (only INTEGER PRIMARY KEY CHECK (only = 1), offset_s REAL NOT NULL);
INSERT OR IGNORE INTO clock VALUES (1, 0);
CREATE TABLE IF NOT EXISTS tasks (
    id TEXT PRIMARY KEY, endpoint TEXT NOT NULL, task TEXT NOT NULL, output TEXT NOT NULL,
    client_id TEXT NOT NULL, key_tail TEXT NOT NULL,
    accepted_at REAL NOT NULL, queued_until REAL NOT NULL, due_at REAL NOT NULL,
    state TEXT NOT NULL, owner TEXT, lease REAL,
    results TEXT, code TEXT NOT NULL DEFAULT '', message TEXT NOT NULL DEFAULT '',
    price TEXT, own_machine INTEGER NOT NULL, fate TEXT NOT NULL, kinds TEXT NOT NULL,
    arguments TEXT NOT NULL,
    payer TEXT NOT NULL DEFAULT 'SHARED', coins INTEGER, machine_s REAL, reason TEXT NOT NULL DEFAULT '',
    is_v1 INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tasks_open ON tasks (accepted_at) WHERE state IN ('waiting', 'rendering');
CREATE INDEX IF NOT EXISTS tasks_due ON tasks (due_at);
CREATE TABLE IF NOT EXISTS bill (
    task_id TEXT PRIMARY KEY, endpoint TEXT NOT NULL, body_sha256 TEXT NOT NULL, at REAL NOT NULL,
    price TEXT, key_tail TEXT NOT NULL, coins INTEGER
);
CREATE TABLE IF NOT EXISTS files (
    name TEXT PRIMARY KEY, mime TEXT NOT NULL, bytes INTEGER NOT NULL, expires_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS webhooks (
    id TEXT PRIMARY KEY, task_id TEXT NOT NULL, url TEXT NOT NULL, base TEXT NOT NULL,
    key_tail TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'asleep', event_data TEXT NOT NULL DEFAULT '',
    response TEXT NOT NULL DEFAULT '', tries INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL,
    created_at REAL NOT NULL, updated_at REAL NOT NULL, lease REAL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS webhooks_open ON webhooks (next_at) WHERE state IN ('asleep', 'due');
CREATE INDEX IF NOT EXISTS webhooks_of_task ON webhooks (task_id);
CREATE TABLE IF NOT EXISTS loras (
    md5 TEXT PRIMARY KEY, name TEXT NOT NULL, bytes INTEGER, key_tail TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS asset_groups (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL, created_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS assets (
    id TEXT PRIMARY KEY, group_id TEXT, name TEXT NOT NULL, kind TEXT NOT NULL, url TEXT NOT NULL,
    path TEXT, created_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kept_machines (
    task_id TEXT PRIMARY KEY, key_tail TEXT NOT NULL, endpoint TEXT NOT NULL, machine TEXT NOT NULL,
    retain_s REAL NOT NULL, since REAL, until REAL, taken_by TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS kept_machines_free ON kept_machines (key_tail, endpoint) WHERE taken_by IS NULL;
CREATE TABLE IF NOT EXISTS forgotten (task_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tokens (
    key_tail TEXT NOT NULL, endpoint TEXT NOT NULL, token TEXT NOT NULL, task_id TEXT NOT NULL,
    PRIMARY KEY (key_tail, endpoint, token)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS signing (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

_SINCE_1 = """
ALTER TABLE tasks ADD COLUMN payer TEXT NOT NULL DEFAULT 'SHARED';
ALTER TABLE tasks ADD COLUMN coins INTEGER;
ALTER TABLE tasks ADD COLUMN machine_s REAL;
ALTER TABLE tasks ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE tasks ADD COLUMN is_v1 INTEGER NOT NULL DEFAULT 0;
ALTER TABLE bill ADD COLUMN coins INTEGER
"""
"""What version 1 lacks in the tables it has."""


class Database:
    """One connection that writes, one that reads; both may be used from any thread."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Raises:
            StoreError: it cannot be opened, or is none of ours.
        """
        self.path = path
        self._write_lock, self._read_lock = threading.Lock(), threading.Lock()
        try:
            self._writer = self._connect()
        except (sqlite3.Error, OSError) as error:
            raise self._damaged(error) from error
        try:
            self._prepare()
            self._reader = self._connect()
        except (sqlite3.Error, OSError) as error:
            self._writer.close()
            raise self._damaged(error) from error
        except StoreError:
            self._writer.close()
            raise

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        return connection

    def _prepare(self) -> None:
        self._enter_wal()
        self._writer.execute("PRAGMA synchronous = FULL")
        with self.writing() as write:
            version = write.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, 1, _VERSION):
                raise StoreError(
                    f"{self.path} was written by another version of the simulator",
                    "Move its folder away; the simulator begins a new one (its money is play money).",
                )
            for statement in [*(_SINCE_1.split(";") if version == 1 else ()), *_SCHEMA.split(";")]:
                write.execute(statement)
            write.execute(f"PRAGMA user_version = {_VERSION}")

    def _enter_wal(self) -> None:
        """Processes that make the file at the same time meet here, and this lock does not wait by itself."""
        for _ in range(100):
            try:
                self._writer.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:
                time.sleep(0.05)
            else:
                return
        self._writer.execute("PRAGMA journal_mode = WAL")

    def _damaged(self, error: Exception) -> StoreError:
        return StoreError(
            f"The simulator's state in {self.path} cannot be used: {error}",
            "Free the disk or move the folder away; the simulator begins a new one.",
        )

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: on disk when left, undone where an exception leaves it."""
        with self._write_lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        """What is on disk now."""
        with self._read_lock:
            return self._reader.execute(sql, values).fetchall()

    def now(self) -> float:
        """Simulated seconds since 1970."""
        return time.time() + self.offset()

    def offset(self) -> float:
        """How far the simulated clock is ahead of the machine's, in seconds."""
        ahead: float = self.rows("SELECT offset_s FROM clock")[0][0]
        return ahead

    def advance(self, seconds: float) -> float:
        """Move the clock forward; the new offset."""
        with self.writing() as write:
            write.execute("UPDATE clock SET offset_s = offset_s + ?", (seconds,))
            offset: float = write.execute("SELECT offset_s FROM clock").fetchone()[0]
            return offset

    def close(self) -> None:
        """Let go of the file; an open transaction ends first."""
        with self._write_lock, self._read_lock:
            self._reader.close()
            self._writer.close()
