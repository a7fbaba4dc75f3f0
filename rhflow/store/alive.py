"""Which process still lives, without asking for process ids.

Each process holds an exclusive lock on a small SQLite file for as long as it lives; the kernel
releases it at death, however it came. SQLite's locks exist on Linux, macOS and Windows, a process id may be
given to somebody else, and a lock cannot. A file that can be locked belonged to the dead. The file is called
after its owner, so that a message can say who it is: computer, process id, and something nobody else has.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import socket
import sqlite3
from dataclasses import dataclass
from pathlib import Path

_OWNER = re.compile(r"(?P<host>.+)-(?P<pid>\d+)-[0-9a-f]{8}")
_SUFFIX = ".alive"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who called itself so: what its name says."""

    name: str
    host: str | None
    pid: int | None

    @classmethod
    def read(cls, name: str) -> Owner:
        """An owner's name, taken apart."""
        found = _OWNER.fullmatch(name)
        return cls(name, found["host"], int(found["pid"])) if found else cls(name, None, None)

    @property
    def is_elsewhere(self) -> bool:
        """It runs on another computer, which shares this home over the network."""
        return self.host is not None and self.host != this_host()

    def __str__(self) -> str:
        if self.pid is None:
            return self.name
        return f"process {self.pid}" + (f" on the computer {self.host}" if self.is_elsewhere else "")


def this_host() -> str:
    """The name of the computer we are on, as it stands in the name of an owner."""
    return "".join(char if char.isalnum() else "-" for char in socket.gethostname())[:40] or "here"


def new_owner() -> str:
    """What this process calls itself: `host-pid-` and eight hexadecimal digits."""
    return f"{this_host()}-{os.getpid()}-{secrets.token_hex(4)}"


class Presence:
    """The sign of life of this process in one home; released by `close` or by death."""

    def __init__(self, folder: Path, owner: str) -> None:
        self.owner = owner
        self._path = folder / f"{owner}{_SUFFIX}"
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
    path = folder / f"{owner}{_SUFFIX}"
    if not owner or not path.exists():
        return False
    if _is_held(path):
        return True
    with contextlib.suppress(OSError):  # the dead do not tidy up
        path.unlink()
    return False


def the_living(folder: Path, but: str | None = None) -> list[Owner]:
    """Who is at work in the home now, `but` one left out.

    Nothing is tidied away here: a file that nobody holds may be that of a process which is about to.
    """
    paths = sorted(folder.glob(f"*{_SUFFIX}"))
    names = {path.name.removesuffix(_SUFFIX): path for path in paths}
    return [Owner.read(name) for name, path in names.items() if name != but and _is_held(path)]


def _is_held(path: Path) -> bool:
    try:
        _hold(path, wait_s=0).close()
    except sqlite3.Error:
        return True
    return False


def _hold(path: Path, wait_s: float = 5) -> sqlite3.Connection:
    lock = sqlite3.connect(path, timeout=wait_s, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("begin exclusive")
    except sqlite3.Error:
        lock.close()
        raise
    return lock
