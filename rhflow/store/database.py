"""`journal.db`, opened: two connections, transactions, and sentences for whatever goes wrong with it.

Two connections to one WAL database: what guards money commits with `synchronous=FULL` (on disk before
the call returns), what could be worked out again commits with NORMAL. The order of both is kept by the WAL.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rhflow.ground.errors import JournalDamaged, StoreError
from rhflow.store.alive import Owner, Presence, the_living
from rhflow.store.durable import make_folder
from rhflow.store.migrating import VERSION, migrate, migrated_copy, refuse_newer
from rhflow.store.queries import QUERIES
from rhflow.store.receipts import NAME, Receipts

_BUSY_S = 30.0
_LEAST_ROOM = 64 * 1024
"""Bytes that the side files of a WAL want at the least."""


class Database:
    """One home's journal, as a file. Whoever opens it to write shows a sign of life for as long."""

    def __init__(self, home: Path, owner: str, *, read_only: bool = False) -> None:
        self.home = home
        self.owner = owner
        self._living = home / "living"
        self._presence: Presence | None = None
        self._connections: list[sqlite3.Connection] = []
        self._path = path = home / "journal.db"
        self.receipts = Receipts(home)
        try:
            _refuse_a_home_that_lost_it(home)
            if read_only:
                self._guard = self._notes = self._opened(_open_for_reading(path))
                return
            make_folder(home)
            self._presence = Presence(self._living, owner)
            self._guard = self._opened(_connect(path))
            self._guard.execute("pragma synchronous = full")
            self._guard.execute("pragma fullfsync = 1")  # macOS: its plain fsync stops at the drive's cache
            refuse_newer(self._guard, path)
            refuse_damaged(self._guard, path)
            migrate(self._guard, path)
            _wait_for_writers(self._guard)
            refuse_behind_its_receipts(self._guard, path, self.receipts)
            self._notes = self._opened(_connect(path))
            self._notes.execute("pragma synchronous = normal")
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise self._sentence(error) from error
        except StoreError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the files and of everything this process held."""
        for connection in reversed(self._connections):
            connection.close()
        if self._presence is not None:
            self._presence.close()

    def others_at_work(self) -> list[Owner]:
        """Who else has this home open to work in it."""
        return the_living(self._living, but=self.owner)

    @contextlib.contextmanager
    def transaction(self, *, durable: bool) -> Iterator[sqlite3.Cursor]:
        """All or nothing, alone among the writers; with `durable` on the disk when it returns.

        Raises:
            StoreError: the disk is full, or the journal cannot be written.
        """
        connection = self._guard if durable else self._notes
        cursor = connection.cursor()
        try:
            cursor.execute("begin immediate")
            yield cursor
            cursor.execute("commit")
        except sqlite3.Error as error:
            raise self._sentence(error) from error
        finally:
            if connection.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    cursor.execute("rollback")
            cursor.close()

    def read(self, query: str, **values: object) -> list[Any]:
        """The rows of a query of `queries.sql`.

        Raises:
            StoreError: the journal cannot be read.
        """
        try:
            return self._notes.execute(QUERIES[query], values).fetchall()
        except sqlite3.Error as error:
            raise self._sentence(error) from error

    def check_memory(self) -> None:
        """See that the journal knows of the last purchases: whoever writes has seen that on opening it.

        Raises:
            JournalDamaged: it does not.
        """
        try:
            refuse_behind_its_receipts(self._notes, self._path, self.receipts)
        except (sqlite3.Error, OSError) as error:
            raise self._sentence(error) from error

    def check(self) -> None:
        """See that tables and indexes are whole and say the same, and know of the last purchases.

        Raises:
            JournalDamaged: they are not, or do not.
        """
        self.check_memory()
        try:
            refuse_damaged(self._notes, self._path)
        except sqlite3.Error as error:
            raise self._sentence(error) from error

    def _opened(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        self._connections.append(connection)
        return connection

    def _sentence(self, error: sqlite3.Error | OSError) -> StoreError:
        return _as_store_error(error, self._path)


def _wait_for_writers(connection: sqlite3.Connection) -> None:
    """Whoever deletes has looked who is at work, under this lock: either our sign of life was seen, or we
    wait until it is done, and plan with what is left.
    """
    connection.execute("begin immediate")
    connection.execute("rollback")


def refuse_damaged(connection: sqlite3.Connection, path: Path) -> None:
    """A page that was torn may still read as a row, of another key. An index knows better: 2 ms for each MB.

    Raises:
        JournalDamaged: tables and indexes do not fit each other.
    """
    (found,) = connection.execute("pragma integrity_check(1)").fetchone()
    if found != "ok":
        raise _damaged(path, " ".join(str(found).split()))


def refuse_behind_its_receipts(connection: sqlite3.Connection, path: Path, receipts: Receipts) -> None:
    """A journal that lost its newest part is whole, and does not know what it would buy again.

    Raises:
        JournalDamaged: purchases were made from this home of which it knows nothing.
    """
    told = receipts.last()  # read first: a line is written when the journal has it
    lost = [
        at
        for attempt, at in told
        if not connection.execute(QUERIES["attempt"], {"attempt": attempt}).fetchone()
    ]
    if not lost:
        return
    since = f"the one of {lost[0]}" if len(lost) == 1 else f"{len(lost)} purchases since {lost[0]}"
    raise JournalDamaged(
        f"{path} does not know {since}, of which {receipts.path} does: it is older than its home, "
        "or was copied without its side file (journal.db-wal)",
        "Bring back the newest journal, with its side files. If there is none, see on the site what was "
        f"bought since; then remove {NAME}, and what the journal does not know may be bought again.",
    )


def _damaged(path: Path, why: str) -> JournalDamaged:
    hint = "Restore it from a copy; nothing is bought while it cannot be read."
    return JournalDamaged(f"{path} is damaged ({why})", hint)


def _refuse_a_home_that_lost_it(home: Path) -> None:
    """A home that holds results and no journal has lost what it knew of money: it is no new home.

    Raises:
        JournalDamaged: so it is.
    """
    path = home / "journal.db"
    if path.is_file() and path.stat().st_size:
        return
    if not _holds_results(home):
        return
    copies = sorted(home.glob("journal.v*.backup"), key=lambda copy: copy.stat().st_mtime)
    hint = f"There is a copy: {copies[-1]}. " if copies else "Restore it from a copy. "
    raise JournalDamaged(
        f"{path} is {'empty' if path.is_file() else 'missing'}, and {home} holds results of earlier runs",
        f"{hint}To begin anew, name another home with --home: nothing that was bought would be known there.",
    )


def _holds_results(home: Path) -> bool:
    runs = any((home / "runs").glob("*/plan.json"))
    return runs or any((home / "objects").glob("[0-9a-f][0-9a-f]/*"))


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


def _open_for_reading(path: Path) -> sqlite3.Connection:
    """A connection that writes nothing; an empty memory where there is no journal yet.

    An older journal is read through a copy in memory that has every step.
    """
    if not path.exists():
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        migrate(connection, None)
        return connection
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?{_how_to_read(path)}",
        uri=True,
        timeout=_BUSY_S,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute("pragma schema_version").fetchone()
        is_older = refuse_newer(connection, path) < VERSION
    except (sqlite3.Error, StoreError):
        connection.close()
        raise
    return migrated_copy(connection) if is_older else connection


def _how_to_read(path: Path) -> str:
    """A WAL wants side files even of a reader; where none can be made, and none is missing, nobody writes."""
    try:  # one look: whoever closes the journal takes the file away
        has_unwritten = path.with_name(path.name + "-wal").stat().st_size > 0
    except FileNotFoundError:
        has_unwritten = False
    is_frozen = not os.access(path.parent, os.W_OK) and not has_unwritten
    return "immutable=1" if is_frozen else "mode=ro"


def _as_store_error(error: sqlite3.Error | OSError, path: Path) -> StoreError:
    said = str(error)
    code = getattr(error, "sqlite_errorname", "")
    is_full = code == "SQLITE_FULL" or "disk is full" in said or getattr(error, "errno", None) == errno.ENOSPC
    if is_full or (code.startswith("SQLITE_IOERR") and _has_no_room(path.parent)):
        return StoreError(
            f"The disk is full: {path} could not be written",
            "Make room, then go on with: rhflow resume. What was bought is known and is not bought again.",
        )
    if (
        code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))
        or "malformed" in said
        or "not a database" in said
    ):
        return _damaged(path, said)
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        at_work = the_living(path.parent / "living")
        who = f" (at work here: {', '.join(map(str, at_work))})" if at_work else ""
        return StoreError(
            f"{path} is busy: another program has held it for {_BUSY_S:g} s{who}", "Wait for it; try again."
        )
    if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")) or isinstance(error, OSError):
        return StoreError(
            f"{path} cannot be opened or written ({said})", "Mend the rights, or use --home DIR."
        )
    return StoreError(
        f"{path} cannot be used ({said})", "Look after the disk, then go on with: rhflow resume"
    )


def _has_no_room(folder: Path) -> bool:
    """Whether a page more does not fit; SQLite calls that an I/O error where it is about its side files."""
    try:
        return shutil.disk_usage(folder).free < _LEAST_ROOM
    except OSError:
        return False
