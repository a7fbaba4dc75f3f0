"""`purchases.log`: a line for each purchase, before its request leaves; the journal's witness against itself.

A journal whose side file was lost, or that came back from yesterday's copy, is whole and looks like any
other. But it knows less than was bought, and would buy that again. The lines are for that, and for people;
nothing reads more of them than the last ones.
"""

from __future__ import annotations

import contextlib
import os
import re
from datetime import UTC, datetime
from pathlib import Path

from rhflow.store.durable import sync_folder

NAME = "purchases.log"
MOST = 100
"""How many of the last purchases are asked for. What a journal loses is always its newest part."""
_TAIL_BYTES = 64 * 1024
_LINE = re.compile(r"(?P<at>\S+) (?P<attempt>[0-9A-Za-z_-]{1,64}) \S+ .+")


class Receipts:
    """The file in one home. It is a second witness: where it cannot be written, the first one is enough."""

    def __init__(self, home: Path) -> None:
        self.path = home / NAME

    def note(self, attempt: str, run: str, task: str, at: float) -> None:
        """Add a purchase; on the disk when it returns, as far as the disk takes it."""
        moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
        line = f"{moment} {attempt} {run} {' '.join(task.split())}\n".encode()
        with contextlib.suppress(OSError):
            is_new = not self.path.exists()
            handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                if _is_torn(handle):
                    line = b"\n" + line
                os.write(handle, line)  # one write: lines of two processes do not mix
                os.fsync(handle)
            finally:
                os.close(handle)
            if is_new:
                sync_folder(self.path.parent)

    def last(self) -> list[tuple[str, str]]:
        """The newest purchases, oldest first: attempt, and when (ISO 8601). A torn line is passed over.

        Raises:
            OSError: it is there, and cannot be read.
        """
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _TAIL_BYTES))
                text = file.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return []
        lines = text.split("\n")[:-1]  # behind the last line break stands what was torn
        found = [match for match in map(_LINE.fullmatch, lines) if match is not None]
        return [(match["attempt"], match["at"]) for match in found[-MOST:]]


def _is_torn(handle: int) -> bool:
    """Whether the last line was not written to its end: a disk was full, or the power went."""
    if not os.fstat(handle).st_size:
        return False
    os.lseek(handle, -1, os.SEEK_END)
    return os.read(handle, 1) != b"\n"
