"""From the journal of an older version to ours: numbered steps, each in one transaction.

`migrations/0001_….sql` is the first journal there was, and each later file what was added since. A new home
goes through all of them, so that there is one way to a schema and not two. A step only adds: an older rhflow
that is at work in the home meanwhile writes down what it has bought, and buys nothing more. Before the first
step of a journal that holds something, a copy is put beside it.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
import time
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

from rhflow.ground.errors import StoreError
from rhflow.store.durable import put_in_place
from rhflow.store.queries import QUERIES

_NAME = re.compile(r"(\d{4})_[a-z_]+\.sql")
BACKUPS = "journal.v*.backup"
"""What the copies are called: `journal.v1.20261121-040333.backup`."""


@cache
def steps() -> tuple[tuple[int, str], ...]:
    """Number and SQL of each step, from 1 without gaps.

    Raises:
        ValueError: a number is missing or there twice.
    """
    found = []
    for item in files("rhflow.store").joinpath("migrations").iterdir():
        named = _NAME.fullmatch(item.name)
        if named is not None:
            found.append((int(named[1]), item.read_text("utf-8")))
    found.sort()
    if [number for number, _ in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"the steps of the journal are {[number for number, _ in found]}")
    return tuple(found)


VERSION = len(steps())


def version_of(connection: sqlite3.Connection) -> int:
    """Which version wrote it; 0 where nobody has yet."""
    (version,) = connection.execute("pragma user_version").fetchone()
    return int(version)


def refuse_newer(connection: sqlite3.Connection, path: Path) -> int:
    """The version, where we can read it.

    Raises:
        StoreError: a newer rhflow wrote it.
    """
    version = version_of(connection)
    if version > VERSION:
        raise StoreError(
            f"{path} was written by a newer version of rhflow ({version}; this one knows {VERSION})",
            "Use that version, or name another home with --home.",
        )
    return version


def refuse_to_buy_beside_newer(connection: sqlite3.Connection, path: Path) -> None:
    """A newer rhflow may promise more than we know of: what was bought is written down, and nothing more.

    Raises:
        StoreError: one has taken the home over since we opened it.
    """
    version = version_of(connection)
    if version > VERSION:
        raise StoreError(
            f"{path} was taken over by a newer version of rhflow ({version}; this one knows {VERSION}). "
            "Nothing more is bought by this one",
            "What was bought is known. Go on with the newer one: rhflow resume.",
        )


def migrate(connection: sqlite3.Connection, path: Path | None) -> None:
    """Take every step that is missing, all of them or none; whoever else opens the home meanwhile waits, and
    finds it done.

    Args:
        connection: the journal, not inside a transaction.
        path: where it lies, so that a copy can be put beside it; None for one that is nowhere.

    Raises:
        StoreError: a newer rhflow wrote it.
        sqlite3.Error, OSError: it cannot be written; it is as it was.
    """
    if version_of(connection) == steps()[-1][0]:
        return
    with _alone(connection):
        version = refuse_newer(connection, path or Path("journal.db"))
        missing = [step for step in steps() if step[0] > version]  # none, where another process was quicker
        if missing and version and path is not None and _holds_runs(connection):
            back_up(path, version)
        for number, sql in missing:
            for statement in _statements(sql):
                connection.execute(statement)
            connection.execute(f"pragma user_version = {number}")


def migrated_copy(connection: sqlite3.Connection) -> sqlite3.Connection:
    """An older journal as ours would be, in memory: for those who only read."""
    copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.backup(copy)
    connection.close()
    migrate(copy, None)
    return copy


def back_up(path: Path, version: int) -> Path:
    """A copy of the journal beside it, durable before it has its name.

    Raises:
        sqlite3.Error, OSError: it could not be written; nothing of it is left.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    target = path.with_name(f"journal.v{version}.{stamp}.backup")
    partial = target.with_name(f".{target.name}.part")
    partial.unlink(missing_ok=True)
    try:
        source = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        with contextlib.closing(source), contextlib.closing(sqlite3.connect(partial)) as copy:
            source.backup(copy)
        put_in_place(partial, target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return target


def _holds_runs(connection: sqlite3.Connection) -> bool:
    """A journal nobody has begun a run in needs no copy."""
    return connection.execute(QUERIES["any_run"]).fetchone() is not None


@contextlib.contextmanager
def _alone(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction that waits for its turn before it looks."""
    connection.execute("begin immediate")
    try:
        yield
        connection.execute("commit")
    finally:
        if connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("rollback")


def _statements(sql: str) -> Iterator[str]:
    """One by one: `executescript` would end the transaction we are in."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
