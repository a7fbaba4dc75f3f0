"""Where `--events` goes. Whoever reads the events slowly, or no more, never makes a purchase wait."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import select
import stat
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from rhflow.cli.streams import is_gone, say
from rhflow.ground.errors import UsageError
from rhflow.ground.values import Json

_MOST_WAITING = 20_000
"""Events that may wait for a reader, some megabytes of them."""
_PATIENCE_S = 3.0
"""How long the end of a run waits for a reader who takes nothing."""


class EventStream:
    """One JSON object a line. What cannot be written ends the telling with a sentence, and never the run.

    A file is written at once. A pipe or a terminal may have a reader who stops reading, and a write to it
    then takes for ever: a thread of its own does that, and the run goes on.
    """

    def __init__(self, stream: TextIO, name: str) -> None:
        self._stream = stream
        self._name = name
        self._is_detached = False
        self._told = 0
        self._written = 0
        self._waiting: queue.Queue[bytes | None] = queue.Queue(_MOST_WAITING)
        self._thread: threading.Thread | None = None
        if _may_block(stream):
            self._thread = threading.Thread(
                target=self._write_on, args=(os.dup(stream.fileno()),), name="events", daemon=True
            )
            self._thread.start()

    def tell(self, document: Json) -> None:
        """One event. Returns at once, and raises nothing."""
        if self._is_detached:
            return
        line = json.dumps(document, ensure_ascii=False) + "\n"
        if self._thread is None:
            self._write_now(line)
            return
        try:
            self._waiting.put_nowait(line.encode())
            self._told += 1
        except queue.Full:
            self._detach(f"Nobody reads the events on {self._name}. The run goes on without telling.")

    def close(self) -> None:
        """See the last events written, as long as somebody takes them."""
        if self._thread is None or self._is_detached:
            return
        seen, since = -1, time.monotonic()
        with contextlib.suppress(queue.Full):
            self._waiting.put(None, timeout=_PATIENCE_S)
        while self._thread.is_alive() and time.monotonic() - since < _PATIENCE_S:
            self._thread.join(0.05)
            if self._written != seen:
                seen, since = self._written, time.monotonic()
        if self._thread.is_alive():
            left = self._told - self._written
            self._detach(f"Nobody reads the events on {self._name}; the last {left} of them are dropped.")

    def _write_now(self, line: str) -> None:
        try:
            self._stream.write(line)
            self._stream.flush()
        except OSError as error:
            self._failed(error)

    def _write_on(self, handle: int) -> None:
        """In the thread: one after the other, until the end or until there is nobody."""
        try:
            while (line := self._waiting.get()) is not None:
                _write_all(handle, line)
                self._written += 1
        except OSError as error:
            self._failed(error)
        finally:
            os.close(handle)

    def _failed(self, error: OSError) -> None:
        if is_gone(error):  # whoever read has left, as `head` does: nothing to tell anybody
            self._is_detached = True
            return
        why = error.strerror or str(error)
        self._detach(f"Events cannot be written to {self._name}: {why}. The run goes on without them.")

    def _detach(self, message: str) -> None:
        self._is_detached = True
        say(message)


def _may_block(stream: TextIO) -> bool:
    try:
        return not stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):  # a stand-in without a file behind it
        return False


def _write_all(handle: int, line: bytes) -> None:
    while line:
        try:
            line = line[os.write(handle, line) :]
        except BlockingIOError:  # some parents hand out pipes that do not block
            select.select([], [handle], [], 1.0)


@contextlib.contextmanager
def events_stream(target: str | None, *, as_json: bool) -> Iterator[EventStream | None]:
    """Where `--events` goes, until the run has ended; None where nobody asked.

    Raises:
        UsageError: it cannot be written, or standard output is taken by `--json`.
    """
    with contextlib.ExitStack() as stack:
        if target is None:
            yield None
            return
        if target == "-":
            if as_json:
                raise UsageError("--events - and --json both want standard output", "Give --events a file.")
            opened = EventStream(sys.stdout, "standard output")
        else:
            opened = EventStream(stack.enter_context(_appending(target)), target)
        stack.callback(opened.close)
        yield opened


@contextlib.contextmanager
def _appending(target: str) -> Iterator[TextIO]:
    """The file at `target`, at its end. Its last bytes may fail to be written: that has been said by then."""
    try:
        file = Path(target).open("a", encoding="utf-8")  # noqa: SIM115  # closed below
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror or error}") from error
    try:
        yield file
    finally:
        with contextlib.suppress(OSError):
            file.close()
