"""The API over HTTP: who we are, how long we wait, and that a purchase is sent once.

Four pools, so that one kind of traffic cannot hold up or poison another: submits and chats (a
fresh connection each: a stale pooled one is the commonest innocent cause of doubt), polls and
other free calls (kept alive, each on a line of its own), transfers (`transfers.py`, which talks to
other hosts too). A semaphore stands in front of each pool; a request never queues inside the library.

Nothing here repeats anything and nothing here reads a body: `verdicts` and `reading` do.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from rhflow import __version__
from rhflow.ground.values import Json
from rhflow.providers.runninghub.exchange import Answer, AnswerTooLong, Exchange, NoAnswer, whole_answer
from rhflow.providers.runninghub.routes import RoutedTransport, proxy_for, transport
from rhflow.providers.runninghub.secret import Secret
from rhflow.providers.runninghub.site import CHAT_PATH, Site, read_site

logger = logging.getLogger(__name__)

USER_AGENT = f"rhflow/{__version__}"
MOST_ANSWER_BYTES = 16 * 1024 * 1024
"""An answer of the API is a JSON object of a few kilobytes; texts of text models come in it too."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Waiting times in seconds. Read and write are per piece of data, not for the whole.

    The submit's are long on purpose: giving up early does not take a purchase back, it only
    makes a doubt. A chat answers when it is done, so it gets longer still. `submit_total` ends an
    answer that drips for ever. `chat_kept` is how long another process, which has heard the answer of
    a chat, is given to write it down.
    """

    connect: float = 15.0
    submit_write: float = 60.0
    submit_read: float = 120.0
    chat_read: float = 600.0
    submit_total: float = 900.0
    poll: float = 30.0
    poll_total: float = 60.0
    transfer: float = 60.0
    alive: float = 10.0
    chat_kept: float = 15.0


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
    """One HTTP client and the semaphore in front of it; `is_proxied`: somebody stands in between."""

    http: httpx.AsyncClient = field(repr=False)
    places: asyncio.Semaphore
    is_proxied: bool = False


@dataclass(slots=True)
class _Lines:
    """HTTP clients of one connection each, as many as requests are under way at once.

    The library's pool asks the system about each of its connections when a request begins and when it ends:
    with sixteen of them that was half of what a poll cost. Who was free last is taken first, so that
    few are kept alive.
    """

    make: Callable[[], httpx.AsyncClient]
    places: asyncio.Semaphore
    made: list[httpx.AsyncClient] = field(default_factory=list, repr=False)
    free: list[httpx.AsyncClient] = field(default_factory=list, repr=False)

    @asynccontextmanager
    async def line(self) -> AsyncIterator[httpx.AsyncClient]:
        """One of them, for oneself alone; waits while all are taken."""
        async with self.places:
            if not self.free:
                self.made.append(self.make())
                self.free.append(self.made[-1])
            http = self.free.pop()
            try:
                yield http
            finally:
                self.free.append(http)

    async def close(self) -> None:
        """Let go of every connection."""
        for http in self.made:
            await http.aclose()


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
        self.tls = tls = httpx.create_ssl_context(trust_env=trust_env)
        self.trusts_env = trust_env
        wait = self.patience

        def way(site: Site) -> str | None:
            return proxy_for(site.scheme, site.host, site.port) if trust_env else None

        def pool(site: Site, read_s: float) -> _Pool:
            through = way(site)
            timeout = httpx.Timeout(read_s, connect=wait.connect, write=wait.submit_write)
            return _pool(transport(through, tls, 0), timeout, places.submits, is_proxied=through is not None)

        proxy = way(self.site)

        def line() -> httpx.AsyncClient:
            return _http(transport(proxy, tls, 1), httpx.Timeout(wait.poll, connect=wait.connect))

        self._submits = pool(self.site, wait.submit_read)
        self._chats = pool(self.site.chat, wait.chat_read)
        self._polls = _Lines(line, asyncio.Semaphore(places.polls))
        self._transfers = _pool(
            RoutedTransport(tls, places.transfers, trust_env=trust_env),
            httpx.Timeout(wait.transfer, connect=wait.connect),
            places.transfers,
        )

    def __repr__(self) -> str:
        return f"RunningHubClient({self.site.base!r})"

    @property
    def is_proxied(self) -> bool:
        """Whether calls to the site go through a proxy."""
        return self._submits.is_proxied

    @property
    def transfer_pool(self) -> tuple[httpx.AsyncClient, asyncio.Semaphore]:
        """The client for bytes, which sends no key by itself, and its semaphore."""
        return self._transfers.http, self._transfers.places

    def authorization(self) -> dict[str, str]:
        """The header with the key; only for requests to the site itself."""
        return {"Authorization": f"Bearer {self.key.reveal()}"}

    async def submit(self, address: str, body: bytes) -> Exchange:
        """POST a purchase, once. Never raises but for an address that is not the site's own.

        A caller cancelled meanwhile still gets the outcome: a POST that has begun to leave is
        waited for, one that has not is taken back; the cancellation then comes out at the
        caller's next `await`, so that the outcome can be written down first.

        Raises:
            ValueError: the key may not go there; nothing was sent.
        """
        pool = self._pool_of(address)
        watch = _Watch()
        post = asyncio.create_task(self._post_once(pool, address, body, watch))
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
            host = urlsplit(address).hostname or self.site.host
            return NoAnswer(asyncio.CancelledError(), host, entered=False, handed_over=False)
        return post.result()

    def _pool_of(self, address: str) -> _Pool:
        chat = self.site.chat
        if chat.owns(address) and address == chat.base + CHAT_PATH:
            return self._chats
        if not self.site.owns(address):
            raise ValueError(f"{address!r} is no address of {self.site.base}")
        return self._submits

    async def _post_once(self, pool: _Pool, address: str, body: bytes, watch: _Watch) -> Exchange:
        try:
            async with pool.places:
                request = pool.http.build_request(
                    "POST",
                    address,
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
                    return await _exchange(pool.http, request)
        except (KeyboardInterrupt, SystemExit):
            raise  # the process ends here; what was intended stands in the journal
        except BaseException as error:  # noqa: BLE001  # whatever it is, it is an outcome of a purchase
            host = urlsplit(address).hostname or self.site.host
            return NoAnswer(error, host, watch.entered, watch.handed_over, pool.is_proxied)

    async def call(
        self, path: str, body: Mapping[str, Json] | None = None, *, secret_query: str = ""
    ) -> Exchange:
        """A call that is free and may be repeated: POST with a body, GET without. Raises only when cancelled.

        `path` stands below the base address (`/openapi/v2/query`), with its query where it has one.
        `secret_query` is added to that as it leaves, and to nothing that could be logged.
        """
        content = None if body is None else json.dumps(body).encode()
        headers = self.authorization() | ({} if body is None else {"Content-Type": "application/json"})
        url = httpx.URL(self.site.base + path)
        extensions = {}
        if secret_query:
            joint = b"&" if url.query else b"?"
            extensions["target"] = url.raw_path + joint + secret_query.encode()
        async with self._polls.line() as http:
            try:
                async with asyncio.timeout(self.patience.poll_total):
                    request = http.build_request(
                        "GET" if body is None else "POST",
                        url,
                        content=content,
                        headers=headers,
                        extensions=extensions,
                    )
                    return await _exchange(http, request)
            except Exception as error:  # noqa: BLE001  # raw OSError and h11 errors come out of the library too
                return NoAnswer(error, self.site.host, proxied=self.is_proxied)

    async def close(self) -> None:
        """Let go of every connection."""
        for pool in (self._submits, self._chats, self._transfers):
            await pool.http.aclose()
        await self._polls.close()


def _pool(
    way: httpx.AsyncBaseTransport, timeout: httpx.Timeout, places: int, *, is_proxied: bool = False
) -> _Pool:
    return _Pool(_http(way, timeout), asyncio.Semaphore(places), is_proxied)


def _http(way: httpx.AsyncBaseTransport, timeout: httpx.Timeout) -> httpx.AsyncClient:
    # Identity: an answer that cannot be unpacked would be one more way into doubt.
    headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
    return httpx.AsyncClient(
        transport=way, timeout=timeout, headers=headers, follow_redirects=False, trust_env=False
    )


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
    return whole_answer(response.status_code, response.headers, bytes(body))


def _rearm_cancellation() -> None:
    """Put a swallowed cancellation back; the count of requests, which task groups read, stays the same."""
    task = asyncio.current_task()
    if task is not None:
        if task.cancelling():
            task.uncancel()
        task.cancel()
