"""Which process still lives, without asking for process ids.

Each process holds an exclusive lock on a small SQLite file for as long as it lives; the kernel
releases it at death, however it came. SQLite's locks exist on Linux, macOS and Windows, a process id may be
given to somebody else, and a lock cannot. A file that can be locked belonged to the dead.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path


class Presence:
    """The sign of life of this process in one home; released by `close` or by death."""

    def __init__(self, folder: Path, owner: str) -> None:
        self.owner = owner
        self._path = folder / f"{owner}.alive"
        folder.mkdir(parents=True, exist_ok=True)
        self._lock: sqlite3.Connection | None = _hold(self._path)

    def close(self) -> None:
        """Let others see that this process is done."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None
            with contextlib.suppress(OSError):
                self._path.unlink()


def is_alive(folder: Path, owner: str) -> bool:
    """Whether the process that called itself `owner` still lives.

    A missing file means it ended in good order. Whatever cannot be told counts as alive: hands off.
    """
    path = folder / f"{owner}.alive"
    if not owner or not path.exists():
        return False
    try:
        _hold(path, wait_s=0).close()
    except sqlite3.Error:
        return True
    with contextlib.suppress(OSError):  # the dead do not tidy up
        path.unlink()
    return False


def _hold(path: Path, wait_s: float = 5) -> sqlite3.Connection:
    lock = sqlite3.connect(path, timeout=wait_s, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("begin exclusive")
    except sqlite3.Error:
        lock.close()
        raise
    return lock
