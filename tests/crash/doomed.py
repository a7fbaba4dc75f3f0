"""rhflow in a process of its own that kills itself at one moment, as a power cut would.

python doomed.py MOMENT WORD…     the words of a command line

MOMENT is `before EVENT` or `after EVENT` (that append to the journal), `leaving` (the request is marked as on
its way, and no byte of it is written), or `answered` (the answer was read, and nobody was told).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

from rhflow.cli.main import run
from rhflow.lifecycle.events import name_of
from rhflow.providers.runninghub import client
from rhflow.providers.runninghub.provider import RunningHubProvider
from rhflow.store.journal import Journal


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def doom(moment: str) -> None:
    """Let it end there."""
    append, submit = Journal.append, RunningHubProvider.submit

    def appended(self: Journal, *given: Any, **named: Any) -> None:
        name = name_of(given[3])
        if moment == f"before {name}":
            die()
        append(self, *given, **named)
        if moment == f"after {name}":
            die()

    async def traced(_watch: object, event: str, _details: Mapping[str, object]) -> None:
        if event.endswith("send_request_headers.started"):
            die()

    async def submitted(self: RunningHubProvider, *given: Any) -> Any:
        answer = await submit(self, *given)
        die()
        return answer

    Journal.append = appended  # type: ignore[method-assign]
    if moment == "leaving":
        client._Watch.trace = traced  # type: ignore[method-assign,assignment]
    if moment == "answered":
        RunningHubProvider.submit = submitted  # type: ignore[method-assign,assignment]


if __name__ == "__main__":
    doom(sys.argv[1])
    sys.exit(run(sys.argv[2:]))
