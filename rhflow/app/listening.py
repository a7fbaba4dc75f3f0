"""Webhooks for one run: the address that goes along with every submit, and what is done when it is called."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

from rhflow.app.order import Webhooks
from rhflow.ground.errors import UsageError
from rhflow.lifecycle.notices import Notice
from rhflow.providers.runninghub.calls.webhooks import read_notice
from rhflow.runner.run import Run
from rhflow.web.webhooks import Receiver, listening


def webhooks_of(url: str | None, port: int | None, host: str | None) -> Webhooks | None:
    """What the options say; None where nobody asked for webhooks.

    Raises:
        UsageError: they make no sense.
    """
    if url is None:
        if port is not None or host is not None:
            raise UsageError(
                "A port for webhooks, and no address to call it by",
                "Add --webhook-url https://…, under which the world reaches that port.",
            )
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise UsageError(f"{url!r} is no address to be called at", "It looks like https://hooks.example.com.")
    if port is None:
        raise UsageError(
            "Nobody knows where that address leads on this machine",
            "Add --webhook-port N: the port it leads to.",
        )
    if not 0 < port < 65536:
        raise UsageError(f"{port} is no port", "Give a number from 1 to 65535.")
    return Webhooks(url, port) if host is None else Webhooks(url, port, host)


class Doorbell:
    """Takes what webhooks say to the run: to a task that sleeps, or to one that is parked in doubt."""

    def __init__(self) -> None:
        self._run: Run | None = None

    def belongs_to(self, run: Run) -> None:
        """From now on it rings there."""
        self._run = run

    def __call__(self, attempt: str, job: str) -> None:
        run = self._run
        if run is None:
            return
        name = next((name for name, state in run.states.items() if state.attempt == attempt), None)
        if name is not None and run.hints.tell(attempt, job):
            run.bells.ring(name)
            run.revived.put_nowait(name)


@contextlib.asynccontextmanager
async def doorbell(chosen: Webhooks | None) -> AsyncIterator[tuple[Doorbell, Callable[[str], str] | None]]:
    """Listen as long as the caller is inside; the bell, and the address of each attempt.

    Raises:
        UsageError: nobody can listen there.
    """
    bell = Doorbell()
    if chosen is None:
        yield bell, None
        return
    receiver = Receiver(chosen.public, _job, bell)
    async with listening(receiver, chosen.host, chosen.port):
        yield bell, receiver.address


def said(chosen: Webhooks) -> Notice:
    """That somebody listens."""
    return Notice("webhook", f"Webhooks for {chosen.public} are received on {chosen.host}:{chosen.port}.")


def _job(body: bytes) -> str | None:
    notice = read_notice(body)
    return notice.job if notice is not None else None
