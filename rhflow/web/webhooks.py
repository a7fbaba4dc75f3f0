"""Webhooks, received: a path nobody can guess, a small body, an answer at once, and no trust.

The vendor signs nothing and may call twice (RunningHub API, webhooks). So what comes is a hint which job to
look at; whoever gets it asks the far side itself. The address names the attempt, so that a job can be found
whose submit never got its answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import secrets
import socket
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator

import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from rhflow.ground.errors import UsageError

MOST_BYTES = 1024 * 1024
"""A notice holds a report of a few kilobytes; texts of text models come in it, too."""
_BODY_S = 10.0
_REMEMBERED = 10_000
_ATTEMPT = re.compile(r"[0-9A-Za-z_-]{1,64}")

logging.getLogger("uvicorn").addHandler(logging.NullHandler())  # garbage that comes in is not news

Read = Callable[[bytes], str | None]
"""The job that a notice speaks of; None where the bytes are no notice."""
Tell = Callable[[str, str], None]
"""Called once for each attempt and job that a notice names. Must return at once."""


class Receiver:
    """The ASGI application behind one run's secret path."""

    def __init__(self, public: str, read: Read, tell: Tell) -> None:
        """`public` is where the world reaches this machine, without the secret part."""
        self._public = public.rstrip("/")
        self._token = secrets.token_urlsafe(24)
        self._read = read
        self._tell = tell
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def __repr__(self) -> str:
        return "Receiver(***)"

    def address(self, attempt: str) -> str:
        """Where the far side is to call when that attempt has ended. Secret: it must not be written down."""
        return f"{self._public}/{self._token}/{attempt}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request (ASGI)."""
        request = Request(scope, receive)
        with contextlib.suppress(ClientDisconnect):
            await (await self._answer(request))(scope, receive, send)

    async def _answer(self, request: Request) -> PlainTextResponse:
        attempt = self._attempt(request.url.path)
        if attempt is None:
            return PlainTextResponse("not found", 404)
        if request.method != "POST":
            return PlainTextResponse("use POST", 405, {"Allow": "POST"})
        try:
            body = await _small_body(request)
        except TimeoutError:
            return PlainTextResponse("too slow", 408)
        if body is None:
            return PlainTextResponse("too large", 413)
        job = self._read(body)
        if job is None:
            return PlainTextResponse("no notice", 400)
        if self._is_new(attempt, job):
            self._tell(attempt, job)
        return PlainTextResponse("ok")

    def _attempt(self, path: str) -> str | None:
        """The attempt a path names; None where it does not know the secret.

        A tunnel may add or keep a path of its own: only the last two parts count.
        """
        parts = path.strip("/").split("/")
        if len(parts) < 2 or not secrets.compare_digest(parts[-2].encode(), self._token.encode()):
            return None
        return parts[-1] if _ATTEMPT.fullmatch(parts[-1]) else None

    def _is_new(self, attempt: str, job: str) -> bool:
        if (attempt, job) in self._known:
            return False
        self._known[attempt, job] = None
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return True


async def _small_body(request: Request) -> bytes | None:
    """The whole body, None where it is longer than a notice can be."""
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > MOST_BYTES:
        return None
    body = bytearray()
    async with asyncio.timeout(_BODY_S):
        async for piece in request.stream():
            body += piece
            if len(body) > MOST_BYTES:
                return None
    return bytes(body)


class _Server(uvicorn.Server):
    """uvicorn beside the run in its loop: Ctrl-C is the run's business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def listening(receiver: Receiver, host: str, port: int) -> AsyncIterator[int]:
    """Serve while the caller is inside; the port.

    Raises:
        UsageError: nobody can listen there.
    """
    listener = _listener(host, port)
    server = _Server(_config(receiver))
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="webhooks")
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        await asyncio.wait({serving}, timeout=2.0)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        listener.close()


def _config(receiver: Receiver) -> uvicorn.Config:
    return uvicorn.Config(
        receiver,
        http="h11",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,  # the path is a secret
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=64,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=1,
    )


def _listener(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"Webhooks cannot be received on {host}:{port}: {error}",
            "Name a free port of this machine with --webhook-port.",
        ) from error
    listener.setblocking(False)
    return listener
