"""Whether SQLite can do in a folder what the journal needs of it: tried, not believed.

A write-ahead log, and locks that another process sees. Network folders fail at the second without saying so,
and then two processes could each believe to be alone with the money.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

_OTHER_PROCESS = """
import sqlite3, sys
lock = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
try:
    lock.execute("begin exclusive")
except sqlite3.OperationalError as error:
    print("locked" if "locked" in str(error) else "failed")
else:
    print("free")
"""
_PATIENCE_S = 20


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it. `trouble` says why nothing could be tried."""

    version: str
    has_wal: bool = False
    has_locks: bool = False
    trouble: str | None = None


def try_sqlite(folder: Path) -> Trial:
    """Make a small database there, lock it, let another process knock; nothing is left behind."""
    version = sqlite3.sqlite_version
    try:
        place = Path(tempfile.mkdtemp(prefix=".trial-", dir=folder))
    except OSError as error:
        return Trial(version, trouble=error.strerror or str(error))
    try:
        return Trial(version, has_wal=_keeps_a_log(place / "log.db"), has_locks=_locks(place / "lock.db"))
    except (sqlite3.Error, OSError, subprocess.SubprocessError) as error:
        return Trial(version, trouble=str(error))
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _keeps_a_log(path: Path) -> bool:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        (mode,) = connection.execute("pragma journal_mode = wal").fetchone()
        connection.execute("pragma synchronous = full")
        connection.execute("pragma user_version = 7")
        (kept,) = connection.execute("pragma user_version").fetchone()
    finally:
        connection.close()
    return bool(mode == "wal" and kept == 7)


def _locks(path: Path) -> bool:
    """Whether a process of its own finds our lock in its way."""
    lock = sqlite3.connect(path, isolation_level=None)
    try:
        lock.execute("begin exclusive")
        said = subprocess.run(  # noqa: S603  # our own interpreter, a list, no shell
            [sys.executable, "-I", "-c", _OTHER_PROCESS, str(path)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    finally:
        lock.close()
    return said.stdout.strip() == b"locked"
