"""Where drawing is done: in this thread, or in a child process."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from pkgutil import resolve_name
from typing import Any, Protocol

from rhflow.simulator.job import Job, carry_out, outcome_from_json
from rhflow.simulator.order import Outcome, Render


class Crashed(Exception):
    """The renderer fell over; the message is its last words."""


class Bench(Protocol):
    """One place to draw at."""

    def draw(self, job: Job) -> Outcome:
        """Draw it to the end.

        Raises:
            Crashed: the renderer did.
        """

    def kill(self) -> None:
        """Stop what is being drawn, from another thread; `draw` raises then."""


class ThreadBench:
    """Draws in the calling thread: for cheap pictures."""

    def __init__(self, renderer: str | Render) -> None:
        self._renderer = renderer

    def draw(self, job: Job) -> Outcome:
        try:
            render: Render = (
                resolve_name(self._renderer) if isinstance(self._renderer, str) else self._renderer
            )
            return carry_out(job, render)
        except Exception as error:
            raise Crashed(f"{type(error).__name__}: {error}") from error

    def kill(self) -> None:
        """There is no stopping a thread: the drawing ends by itself."""


class ProcessBench:
    """Draws in a child process, which is started for the first job and again after a crash."""

    def __init__(self, renderer: str) -> None:
        self._renderer = renderer
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._is_closed = False

    def draw(self, job: Job) -> Outcome:
        child = self._running()
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(json.dumps(job.to_json()).encode() + b"\n")
            child.stdin.flush()
            line = child.stdout.readline()
        except (OSError, ValueError) as error:
            self._bury(child)
            raise Crashed("the render process is gone") from error
        if not line.endswith(b"\n"):
            self._bury(child)
            raise Crashed("the render process died")
        answer: dict[str, Any] = json.loads(line)
        if "crash" in answer:
            raise Crashed(answer["crash"])
        return outcome_from_json(answer)

    def kill(self) -> None:
        with self._lock:
            self._is_closed = True
            child = self._child
        if child is not None:
            _fell(child)

    def close(self) -> None:
        """After the last job, from the drawing thread: wait for the child."""
        self.kill()
        if self._child is not None:
            self._bury(self._child)

    def _running(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._is_closed:
                raise Crashed("the simulator is closing")
            if self._child is None:
                self._child = _start(self._renderer)
            return self._child

    def _bury(self, child: subprocess.Popen[bytes]) -> None:
        _fell(child)
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        child.wait()
        with self._lock:
            self._child = None


def _fell(child: subprocess.Popen[bytes]) -> None:
    """Kill it, and an ffmpeg it may have started where the system can tell."""
    if sys.platform != "win32" and child.poll() is None:
        with contextlib.suppress(OSError):
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()


def _start(renderer: str) -> subprocess.Popen[bytes]:
    """A child that sees the same modules as this process.

    Own processes in place of multiprocessing: a script without a `__main__` guard may use the simulator,
    and a child ends with its standard input, so none outlives a parent that was killed.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen(  # noqa: S603  # a list, no shell, our own interpreter
        [sys.executable, "-P", "-m", "rhflow.simulator.worker", renderer],  # -P: not what lies about here
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
