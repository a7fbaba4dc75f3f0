"""A render worker: a child process that draws one job at a time (`-m rhflow.simulator.worker RENDERER`).

One JSON line in, one JSON line out. It is in a session of its own, so that Ctrl-C in the terminal is not
for it, and it ends when its standard input ends: when its parent lets go, or is killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import sys
import threading
import traceback
from pkgutil import resolve_name
from typing import Any, BinaryIO

from rhflow.simulator.job import Job, carry_out, outcome_to_json
from rhflow.simulator.order import Render


def main(renderer: str) -> None:
    """Draw until standard input ends.

    Args:
        renderer: where the renderer is, as `package.module:function`.
    """
    answers = _take_stdout()
    with contextlib.suppress(AttributeError, OSError):
        os.nice(5)  # the machine is the author's first
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()
    while True:
        answer = draw(json.loads(lines.get()), renderer)
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def draw(job: dict[str, Any], renderer: str) -> dict[str, Any]:
    """One job to its answer: `results`, `failed`, or `crash` with the renderer's last words."""
    try:
        render: Render = resolve_name(renderer)
        return outcome_to_json(carry_out(Job.from_json(job), render))
    except Exception:  # noqa: BLE001  # whatever it is, the parent decides
        return {"crash": traceback.format_exc(limit=-3)}


def _take_stdout() -> BinaryIO:
    """Standard output for the answers alone: what anybody prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _listen(lines: queue.SimpleQueue[bytes]) -> None:
    for line in sys.stdin.buffer:
        lines.put(line)
    _leave()


def _leave() -> None:
    """End now, in the middle of a drawing if need be, and take ffmpeg along where the system can."""
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
