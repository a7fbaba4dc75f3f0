"""The API over HTTP: who we are, how long we wait, and that a purchase is sent once.

Three pools, so that one kind of traffic cannot hold up or poison another: submits (a fresh
connection each: a stale pooled one is the commonest innocent cause of doubt), polls and other
free calls (kept alive), transfers (`transfers.py`, which talks to other hosts too). A semaphore
stands in front of each pool; a request never queues inside the library.

Nothing here repeats anything and nothing here reads a body: `verdicts` and `reading` do.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from rhflow import __version__
from rhflow.ground.values import Json
from rhflow.providers.runninghub.exchange import Answer, AnswerTooLong, Exchange, NoAnswer
from rhflow.providers.runninghub.routes import RoutedTransport, proxy_for, transport
from rhflow.providers.runninghub.secret import Secret
from rhflow.providers.runninghub.site import read_site

logger = logging.getLogger(__name__)

USER_AGENT = f"rhflow/{__version__}"
MOST_ANSWER_BYTES = 16 * 1024 * 1024
"""An answer of the API is a JSON object of a few kilobytes; texts of text models come in it too."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Waiting times in seconds. Read and write are per piece of data, not for the whole.

    The submit's are long on purpose: giving up early does not take a purchase back, it only
    makes a doubt. `submit_total` ends an answer that drips for ever.
    """

    connect: float = 15.0
    submit_write: float = 60.0
    submit_read: float = 120.0
    submit_total: float = 900.0
    poll: float = 30.0
    poll_total: float = 60.0
    transfer: float = 60.0
    alive: float = 10.0


@dataclass(frozen=True, slots=True)
class Places:
    """How many requests of each kind may be under way at once."""

    submits: int = 32
    polls: int = 16
    transfers: int = 4


@dataclass(slots=True)
class _Watch:
    """How far one submit got. `trace` is called by the core transport before each of its steps."""

    entered: bool = False
    handed_over: bool = False

    async def trace(self, event: str, _details: Mapping[str, object]) -> None:
        if event.endswith("send_request_headers.started"):
            self.handed_over = True


@dataclass(slots=True)
class _Pool:
    """One HTTP client and the semaphore in front of it."""

    http: httpx.AsyncClient = field(repr=False)
    places: asyncio.Semaphore


class RunningHubClient:
    """Connections to one site under one key. Its repr shows the host and never the key.

    Raises:
        SettingsError: base address, key or proxy make no sense.
    """

    def __init__(
        self,
        base_url: str,
        key: Secret | str,
        *,
        patience: Patience | None = None,
        places: Places | None = None,
        trust_env: bool = True,
    ) -> None:
        self.site = read_site(base_url)
        self.key = key if isinstance(key, Secret) else Secret(key)
        self.patience = patience or Patience()
        places = places or Places()
        proxy = proxy_for(self.site.scheme, self.site.host, self.site.port) if trust_env else None
        self.is_proxied = proxy is not None
        tls = httpx.create_ssl_context(trust_env=trust_env)
        wait = self.patience
        self._submits = self._pool(
            transport(proxy, tls, 0),
            httpx.Timeout(wait.submit_read, connect=wait.connect, write=wait.submit_write),
            places.submits,
        )
        self._polls = self._pool(
            transport(proxy, tls, places.polls), httpx.Timeout(wait.poll, connect=wait.connect), places.polls
        )
        self._transfers = self._pool(
            RoutedTransport(tls, places.transfers, trust_env=trust_env),
            httpx.Timeout(wait.transfer, connect=wait.connect),
            places.transfers,
        )

    @staticmethod
    def _pool(way: httpx.AsyncBaseTransport, timeout: httpx.Timeout, places: int) -> _Pool:
        # Identity: an answer that cannot be unpacked would be one more way into doubt.
        headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
        http = httpx.AsyncClient(
            transport=way, timeout=timeout, headers=headers, follow_redirects=False, trust_env=False
        )
        return _Pool(http, asyncio.Semaphore(places))

    def __repr__(self) -> str:
        return f"RunningHubClient({self.site.base!r})"

    @property
    def transfer_pool(self) -> tuple[httpx.AsyncClient, asyncio.Semaphore]:
        """The client for bytes, which sends no key by itself, and its semaphore."""
        return self._transfers.http, self._transfers.places

    def authorization(self) -> dict[str, str]:
        """The header with the key; only for requests to the site itself."""
        return {"Authorization": f"Bearer {self.key.reveal()}"}

    async def submit(self, endpoint: str, body: bytes) -> Exchange:
        """POST a purchase, once. Never raises but for a wrong endpoint path (ValueError, nothing sent).

        A caller cancelled meanwhile still gets the outcome: a POST that has begun to leave is
        waited for, one that has not is taken back; the cancellation then comes out at the
        caller's next `await`, so that the outcome can be written down first.
        """
        url = self.site.endpoint(endpoint)
        watch = _Watch()
        post = asyncio.create_task(self._post_once(url, body, watch))
        stops = 0
        while not post.done():
            try:
                await asyncio.wait({post})
            except asyncio.CancelledError:
                stops += 1
                if not watch.handed_over:
                    post.cancel()
        if stops:
            _rearm_cancellation()
        if post.cancelled():
            return NoAnswer(asyncio.CancelledError(), self.site.host, entered=False, handed_over=False)
        return post.result()

    async def _post_once(self, url: str, body: bytes, watch: _Watch) -> Exchange:
        try:
            async with self._submits.places:
                request = self._submits.http.build_request(
                    "POST",
                    url,
                    content=body,
                    headers={
                        **self.authorization(),
                        "Content-Type": "application/json",
                        "Connection": "close",
                    },
                    extensions={"trace": watch.trace},
                )
                watch.entered = True
                async with asyncio.timeout(self.patience.submit_total):
                    return await _exchange(self._submits.http, request)
        except (KeyboardInterrupt, SystemExit):
            raise  # the process ends here; what was intended stands in the journal
        except BaseException as error:  # noqa: BLE001  # whatever it is, it is an outcome of a purchase
            return NoAnswer(error, self.site.host, watch.entered, watch.handed_over, self.is_proxied)

    async def call(self, path: str, body: Mapping[str, Json] | None) -> Exchange:
        """A call that is free and may be repeated: POST with a body, GET without. Raises only when cancelled.

        `path` stands below the base address (`/openapi/v2/query`).
        """
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = self.authorization() | ({} if body is None else {"Content-Type": "application/json"})
        async with self._polls.places:
            try:
                async with asyncio.timeout(self.patience.poll_total):
                    request = self._polls.http.build_request(
                        "GET" if body is None else "POST",
                        self.site.base + path,
                        content=content,
                        headers=headers,
                    )
                    return await _exchange(self._polls.http, request)
            except Exception as error:  # noqa: BLE001  # raw OSError and h11 errors come out of the library too
                return NoAnswer(error, self.site.host, proxied=self.is_proxied)

    async def close(self) -> None:
        """Let go of every connection."""
        for pool in (self._submits, self._polls, self._transfers):
            await pool.http.aclose()


async def _exchange(http: httpx.AsyncClient, request: httpx.Request) -> Answer:
    """Send and read to the end, but no further than an answer of the API can go."""
    response = await http.send(request, stream=True)
    try:
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > MOST_ANSWER_BYTES:
                raise AnswerTooLong(f"the answer is longer than {MOST_ANSWER_BYTES} bytes")
    finally:
        await response.aclose()
    headers = response.headers
    return Answer(
        response.status_code, bytes(body), headers.get("content-type", ""), headers.get("location", "")
    )


def _rearm_cancellation() -> None:
    """Put a swallowed cancellation back; the count of requests, which task groups read, stays the same."""
    task = asyncio.current_task()
    if task is not None:
        if task.cancelling():
            task.uncancel()
        task.cancel()
