"""Every way a connection can fail under a purchase, by number: how it ends, and that it is sent once.

The numbers are those of the study our transport was chosen by. Its verdicts are the law here: what
came out as "never received" is `Refused`, what may have been received is `Lost`, an answer is an
answer. In no row is a request repeated that may have arrived.
"""

from __future__ import annotations

import asyncio
import math
import random
import socket
import ssl
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest

from rhflow.lifecycle.failure import FailureKind
from rhflow.ports import Accepted, Lost, Refused, Staged, SubmitAnswer
from rhflow.providers.runninghub.client import Patience, Places
from rhflow.providers.runninghub.provider import RunningHubProvider
from tests.providers.runninghub import rude_server as rude
from tests.providers.runninghub.far_thread import FarServer
from tests.providers.runninghub.rude_server import Line, RudeServer, page
from tests.providers.runninghub.test_submits import ENDPOINT, JOB, free_port, provider, task

HURRY = Patience(
    connect=0.3, submit_write=0.25, submit_read=0.25, submit_total=2.0, poll=0.3, transfer=0.3, alive=0.3
)
CALM = Patience(connect=3.0, submit_write=3.0, submit_read=3.0, submit_total=6.0)
"""For rows in which nobody's patience is at stake, so that a busy machine changes nothing."""
MB = 1_000_000
PEM = Path(__file__).with_name("loopback.pem")
ACCEPTS = task(taskId=JOB, status="RUNNING")

Server: TypeAlias = RudeServer
Ends: TypeAlias = tuple[type[SubmitAnswer], ...]

SAFE: Ends = (Refused,)
DOUBT: Ends = (Lost,)
DONE: Ends = (Accepted,)


def order(size: int = 100) -> Staged:
    return Staged(ENDPOINT, {"prompt": "x" * size})


def check(answer: SubmitAnswer, ends: Ends) -> None:
    assert type(answer) in ends
    if isinstance(answer, Lost):
        assert (answer.failure.kind, answer.failure.charged) == (FailureKind.IN_DOUBT, "unknown")
    if isinstance(answer, Refused):
        assert answer.failure.charged == "no"


def arrived_once(server: Server, answer: SubmitAnswer) -> None:
    """The law: nothing goes twice, and what arrived whole is never called unsent."""
    assert server.connections <= 1
    assert server.paid <= 1
    if isinstance(answer, Refused) and answer.failure.kind is FailureKind.NOT_SENT:
        assert server.paid == 0


# What a server can do, beyond the manners it already has.


async def reads_when_nobody_waits(line: Line) -> None:
    await asyncio.sleep(0.45)
    await line.hear()


async def accepts_when_nobody_waits(line: Line) -> None:
    await line.hear()
    await asyncio.sleep(0.4)
    await line.say(ACCEPTS)


async def rst_after_big_headers(line: Line) -> None:
    await line.hear_headers()
    await asyncio.sleep(0.02)
    line.reset()


def drains_at(seconds: float) -> rude.Manner:
    """Takes the whole request about when the client gives up writing it, and says nothing."""

    async def manner(line: Line) -> None:
        await asyncio.sleep(max(0.0, seconds + random.uniform(-0.015, 0.015)))
        await line.hear()

    return manner


def hears_headers_then(seconds: float) -> rude.Manner:
    """Reads the headers, so that the client is known to write, and the rest after a while."""

    async def manner(line: Line) -> None:
        heard = await line.hear_headers()
        await asyncio.sleep(seconds)
        heard.body = await line.reader.readexactly(int(heard.headers["content-length"]))
        heard.whole = True

    return manner


async def begun(server: Server) -> None:
    """Until the server has the headers of a request."""
    async with asyncio.timeout(10):
        while not server.heard:
            await asyncio.sleep(0.005)


def closes_after(low: int, high: int) -> rude.Manner:
    async def manner(line: Line) -> None:
        heard = await line.hear_headers()
        left = random.randint(low, high)
        while left > 0:
            piece = await line.reader.read(min(65_536, left))
            left -= len(piece)
            if not piece:
                break
            heard.body += piece
        heard.whole = len(heard.body) == int(heard.headers["content-length"])

    return manner


async def closes_at_the_last_bytes(line: Line) -> None:
    heard = await line.hear_headers()
    length = int(heard.headers["content-length"])
    wanted = length - random.randint(0, 2)
    heard.body = await line.reader.readexactly(wanted)
    heard.whole = wanted == length


async def early_no_and_closes(line: Line) -> None:
    await line.hear_headers()
    await line.say(page(413, b""))


async def early_no_and_drains(line: Line) -> None:
    heard = await line.hear_headers()
    await line.say(page(413, b""))
    left = int(heard.headers["content-length"])
    while left > 0 and (piece := await line.reader.read(65_536)):
        left -= len(piece)


async def drips_to_its_end(line: Line) -> None:
    await line.hear()
    for byte in ACCEPTS[:60]:
        await line.say(bytes([byte]))
        await asyncio.sleep(0.01)
    await line.say(ACCEPTS[60:])


async def banner_held_open(line: Line) -> None:
    await line.hear()
    await line.say(b"SSH-2.0-OpenSSH_9.6\r\n")
    await asyncio.sleep(3600)


async def bad_length(line: Line) -> None:
    await line.hear()
    await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}")


def long_header(size: int) -> rude.Manner:
    async def manner(line: Line) -> None:
        await line.hear()
        await line.say(page(200, {"taskId": JOB}, X_Long="y" * size))

    return manner


async def redirects(line: Line) -> None:
    await line.hear()
    await line.say(page(307, b"", Location=f"{line.server.url}/openapi/v2/again"))


TABLE: list[tuple[str, rude.Manner, int, Ends, int | None]] = [
    # row, manner, bytes of the body, how it may end, whole requests received (None: none or one)
    ("06 accept, FIN before reading", rude.fin_before_reading, 100, DOUBT, 0),
    ("06b accept, RST before reading", rude.rst_before_reading, 100, (Lost, Refused), 0),
    ("07a accept, never read, small body", rude.never_read, 100, DOUBT, 0),
    ("07b reads only after the client gave up", reads_when_nobody_waits, 100, DOUBT, 1),
    ("07c accepts only after the client gave up", accepts_when_nobody_waits, 100, DOUBT, 1),
    ("07d never read, 8 MB", rude.never_read, 8 * MB, DOUBT, 0),
    ("07f drained at the write timeout, 8 MB", drains_at(0.25), 8 * MB, DOUBT, None),
    ("08a headers only, RST, 2 kB", rude.rst_after_headers, 2000, DOUBT, 0),
    ("08b headers only, RST, 8 MB", rst_after_big_headers, 8 * MB, DOUBT, 0),
    ("09 whole request, FIN, no answer", rude.fin_after_all, 100, DOUBT, 1),
    ("10 whole request, RST", rude.rst_after_all, 100, DOUBT, 1),
    ("11a half a status line, FIN", rude.half_a_status_line, 100, DOUBT, 1),
    ("11b half a header, FIN", rude.half_a_header, 100, DOUBT, 1),
    ("12a truncated body, FIN", rude.truncated_body, 100, DOUBT, 1),
    ("12b truncated body, RST", rude.truncated_body_rst, 100, DOUBT, 1),
    ("12c truncated chunks, FIN", rude.truncated_chunks, 100, DOUBT, 1),
    ("12d without length, cut by FIN", rude.cut_without_length, 100, DOUBT, 1),
    ("12e broken gzip", rude.broken_gzip, 100, DOUBT, 1),
    ("13a garbage bytes", rude.garbage, 100, DOUBT, 1),
    ("13b another protocol's banner, held open", banner_held_open, 100, DOUBT, 1),
    ("13c bad content-length", bad_length, 100, DOUBT, 1),
    ("14 whole request, stalls for ever", rude.stall, 100, DOUBT, 1),
    ("14b stalls inside the body", rude.stall_in_body, 100, DOUBT, 1),
    ("14c drips to its end", drips_to_its_end, 100, DONE, 1),
    ("16a closes at a random byte of 4 MB", closes_after(1, 4 * MB - 1), 4 * MB, DOUBT, 0),
    ("16b closes at the last bytes of 200 kB", closes_at_the_last_bytes, 200_000, DOUBT, None),
    ("16c early 413 and close during 8 MB", early_no_and_closes, 8 * MB, (Lost, Refused), 0),
    ("16d early 413, keeps draining 8 MB", early_no_and_drains, 8 * MB, SAFE, 0),
    ("18 redirect is not followed", redirects, 100, DOUBT, 1),
    ("20 interim answer, FIN", rude.interim_then_fin, 100, DOUBT, 1),
    ("21a answer with a 70 kB header", long_header(70_000), 100, DONE, 1),
    ("21b answer with a 200 kB header", long_header(200_000), 100, DOUBT, 1),
]
TIMED = {"07a", "07b", "07c", "07d", "07f", "13b", "14", "14b"}
"""Rows that end because the client gives up."""
TIMES = {"06b": 5, "16a": 4, "16b": 8, "16c": 3}
"""Rows that depend on the moment are tried more than once."""


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_row(row: tuple[str, rude.Manner, int, Ends, int | None]) -> None:
    name, manner, size, ends, received = row

    async def run() -> None:
        for _ in range(TIMES.get(name.split()[0], 1)):
            async with RudeServer(manner) as server:
                seller = provider(server.url, HURRY if name.split()[0] in TIMED else CALM)
                answer = await seller.submit(order(size), "a")
                await seller.close()
                await asyncio.sleep(0.35 if name.startswith(("07b", "07c", "07f")) else 0.03)  # the late ones
                check(answer, ends)
                arrived_once(server, answer)
                assert received in (None, server.paid)
                if isinstance(answer, Refused):
                    assert answer.failure.code in ("http-413", "network")

    asyncio.run(run())


async def buy(url: str, patience: Patience = HURRY, **more: Any) -> SubmitAnswer:
    seller = provider(url, patience, **more)
    try:
        return await seller.submit(order(), "a")
    finally:
        await seller.close()


def test_row_01_closed_port() -> None:
    check(asyncio.run(buy(f"http://127.0.0.1:{free_port()}")), SAFE)


def test_row_02_name_does_not_resolve() -> None:
    check(asyncio.run(buy("http://nowhere.invalid", trust_env=False)), SAFE)


def test_row_02b_name_resolution_stalls(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()

        async def stalls(*_: object, **__: object) -> object:
            await asyncio.sleep(30)
            raise AssertionError

        monkeypatch.setattr(loop, "getaddrinfo", stalls)
        monkeypatch.setattr(loop, "create_connection", stalls)
        began = loop.time()
        check(await buy("http://stand-in.invalid", trust_env=False), SAFE)
        assert 0.2 < loop.time() - began < 1.5

    asyncio.run(run())


@pytest.mark.skipif(sys.platform != "linux", reason="the length of a backlog is exact on Linux only")
def test_row_03_backlog_full() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        answer = asyncio.run(buy(f"http://127.0.0.1:{port}"))
        for filler in fillers:
            filler.close()
    check(answer, SAFE)
    assert isinstance(answer, Refused)
    assert "nobody picked up in time" in answer.failure.message


def test_row_04_no_place_free() -> None:
    """Our places stand in front of the pool, so that none queues inside it: it waits its turn, and goes."""

    async def run() -> None:
        async with RudeServer(rude.stall) as server:
            seller = provider(server.url, HURRY, places=Places(submits=1))
            answers = await asyncio.gather(*(seller.submit(order(), f"a{n}") for n in range(2)))
            await seller.close()
            for answer in answers:
                check(answer, DOUBT)
            assert server.paid == server.connections == 2

    asyncio.run(run())


# TLS


def tls_server(*, wants_client: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    if wants_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(PEM)
    return context


async def buy_over_tls(
    manner: rude.Manner, context: ssl.SSLContext | None, patience: Patience = CALM
) -> tuple[SubmitAnswer, Server]:
    async with RudeServer(manner, tls=context) as server:
        answer = await buy(f"https://127.0.0.1:{server.port}", patience)
        await asyncio.sleep(0.03)
        return answer, server


async def hangs_up(line: Line) -> None:
    await line.reader.read(64)


async def says_http(line: Line) -> None:
    await line.reader.read(64)
    await line.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def accepts(line: Line) -> None:
    await line.hear()
    await line.say(ACCEPTS)


@pytest.mark.parametrize(
    ("manner", "context"),
    [
        pytest.param(accepts, tls_server(), id="05a untrusted certificate"),
        pytest.param(says_http, None, id="05b the port speaks plain HTTP"),
        pytest.param(hangs_up, None, id="05c FIN in the handshake"),
        pytest.param(rude.never_read, None, id="05d the handshake stalls"),
    ],
)
def test_row_05_no_secure_connection(manner: rude.Manner, context: ssl.SSLContext | None) -> None:
    patience = HURRY if manner is rude.never_read else CALM
    answer, server = asyncio.run(buy_over_tls(manner, context, patience))
    check(answer, SAFE)
    assert server.paid == 0


def test_row_05e_client_certificate_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS 1.3 is done for the client before the server refuses it: that is no proof."""
    monkeypatch.setenv("SSL_CERT_FILE", str(PEM))
    answer, server = asyncio.run(buy_over_tls(accepts, tls_server(wants_client=True)))
    check(answer, DOUBT)
    assert server.paid == 0
    trusted, server = asyncio.run(buy_over_tls(accepts, tls_server()))
    check(trusted, DONE)  # the same with nothing wrong
    assert server.paid == 1


# Writing


@pytest.fixture
def small_buffer() -> Iterator[None]:
    """The system takes 100 kB of a request at a time and no more."""
    real = asyncio.base_events.BaseEventLoop.create_connection

    async def create(self: Any, *args: Any, **more: Any) -> Any:
        transport, protocol = await real(self, *args, **more)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 100_000)
        return transport, protocol

    patch = pytest.MonkeyPatch()
    patch.setattr(asyncio.base_events.BaseEventLoop, "create_connection", create)
    yield
    patch.undo()


def test_row_07e_a_body_is_never_streamed() -> None:
    async def run() -> None:
        async with RudeServer(accepts) as server:
            seller = provider(server.url)
            check(await seller.submit(order(8 * MB), "a"), DONE)
            await seller.close()
            (heard,) = server.heard
            assert heard.headers["content-length"] == str(len(heard.body)) == str(8 * MB + 13)
            assert "transfer-encoding" not in heard.headers

    asyncio.run(run())


@pytest.mark.usefixtures("small_buffer")
@pytest.mark.parametrize(
    ("size", "times"),
    [
        pytest.param(3 * MB, 3, id="07g drained at the write timeout, 3 MB"),
        pytest.param(400_000, 3, id="07i the same, small request, small buffer"),
        pytest.param(900_000, 3, id="07j drained within 20 ms of the timeout"),
    ],
)
def test_row_07_drained_as_the_client_gives_up(size: int, times: int) -> None:
    async def run() -> None:
        causes: set[str] = set()
        for _ in range(times):
            async with RudeServer(drains_at(0.25), small_buffer=True) as server:
                seller = provider(server.url, HURRY)
                answer = await seller.submit(order(size), "a")
                await seller.close()
                await asyncio.sleep(0.05)
                check(answer, DOUBT)
                arrived_once(server, answer)
                causes.add(answer.failure.message.partition("(")[2].partition(")")[0])
        assert causes <= {"WriteTimeout", "RemoteProtocolError", "ReadTimeout", "ReadError"}
        assert causes & {"WriteTimeout", "RemoteProtocolError"}

    asyncio.run(run())


async def stands_still(
    seller: RunningHubProvider, server: Server, size: int, *, stop: bool = False
) -> SubmitAnswer:
    """Our own loop is blocked while the request is being written, for longer than writing may take."""
    journal: list[SubmitAnswer] = []

    async def work() -> None:
        journal.append(await seller.submit(order(size), "a"))
        await asyncio.sleep(0)

    task_here = asyncio.create_task(work())
    await begun(server)
    if stop:
        task_here.cancel()
    time.sleep(0.4)
    await asyncio.gather(task_here, return_exceptions=True)
    await seller.close()
    (answer,) = journal
    return answer


@pytest.mark.usefixtures("small_buffer")
@pytest.mark.parametrize(
    "stop",
    [
        pytest.param(False, id="07h our own loop is blocked over the write timeout"),
        pytest.param(True, id="17f cancelled in writing, our own loop blocked"),
    ],
)
def test_row_own_loop_blocked(stop: bool) -> None:
    patience = replace(HURRY, connect=5.0)
    with FarServer(hears_headers_then(0.1), small_buffer=True) as server:
        answer = asyncio.run(stands_still(provider(server.url, patience), server, 3 * MB, stop=stop))
        time.sleep(0.1)
        check(answer, DOUBT)
        arrived_once(server, answer)


# Cancelling: what was sent is waited for, what was not is taken back


async def cancelled(
    url: str, after: float, size: int = 100, patience: Patience = HURRY, server: Server | None = None
) -> tuple[SubmitAnswer, bool]:
    """The answer that a cancelled caller still gets, and whether it was cancelled then."""
    seller = provider(url, patience)
    journal: list[SubmitAnswer] = []

    async def work() -> None:
        journal.append(await seller.submit(order(size), "a"))
        await asyncio.sleep(0)

    task_here = asyncio.create_task(work())
    if server is not None:
        await begun(server)
    await asyncio.sleep(after)
    task_here.cancel()
    await asyncio.gather(task_here, return_exceptions=True)
    await seller.close()
    await asyncio.sleep(0.05)
    (answer,) = journal
    return answer, task_here.cancelled()


def test_row_17a_cancelled_while_connecting() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        answer, was_cancelled = asyncio.run(cancelled(f"http://127.0.0.1:{port}", 0.05))
        for filler in fillers:
            filler.close()
    check(answer, SAFE)
    assert was_cancelled


@pytest.mark.usefixtures("small_buffer")
@pytest.mark.parametrize(
    ("manner", "size", "received"),
    [
        pytest.param(hears_headers_then(3600), 3 * MB, 0, id="17b cancelled in writing, never drained"),
        pytest.param(rude.fin_after_all, 100, 1, id="17c cancelled in reading"),
        pytest.param(hears_headers_then(0.05), 3 * MB, None, id="17e cancelled as the server drains"),
    ],
)
def test_row_17_cancelled_under_way(manner: rude.Manner, size: int, received: int | None) -> None:
    async def run() -> None:
        slow = slowly(manner) if size == 100 else manner
        async with RudeServer(slow, small_buffer=True) as server:
            patience = replace(HURRY, connect=5.0)
            answer, was_cancelled = await cancelled(server.url, 0.04, size, patience, server)
            check(answer, DOUBT)
            arrived_once(server, answer)
            assert received in (None, server.paid)
            assert was_cancelled

    asyncio.run(run())


def slowly(manner: rude.Manner) -> rude.Manner:
    async def slow(line: Line) -> None:
        await manner(line)
        await asyncio.sleep(0.15)

    return slow


def test_row_17d_cancelled_at_any_moment() -> None:
    async def run() -> None:
        for _ in range(15):
            async with RudeServer(accepts) as server:
                answer, _was = await cancelled(server.url, random.uniform(0, 0.006), patience=CALM)
                arrived_once(server, answer)
                check(answer, (Accepted, Refused))
                assert isinstance(answer, Accepted) is (server.paid == 1)

    asyncio.run(run())


# Our own mistakes: the library says so in ways of its own, after bytes have left


Tamper: TypeAlias = Callable[[httpx.Request], httpx.Request]


def rewritten(request: httpx.Request, content: Any, length: int | None = None) -> httpx.Request:
    headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"content-length"]
    if length is not None:
        headers.append((b"Content-Length", str(length).encode()))
    return httpx.Request(
        request.method, request.url, headers=headers, content=content, extensions=request.extensions
    )


async def too_much() -> AsyncIterator[bytes]:
    yield b"x" * 100
    yield b"y" * 100


async def breaks_off() -> AsyncIterator[bytes]:
    yield b"x" * 50
    raise OSError("the disk is gone")


async def breaks_after_its_last() -> AsyncIterator[bytes]:
    yield b"x" * 100
    raise OSError("the disk is gone")


def with_bad_header(request: httpx.Request) -> httpx.Request:
    request.headers.raw.append((b"X-Bad", b"a\nb"))
    headers = [*request.headers.raw, (b"X-Bad", b"a\nb")]
    return httpx.Request("POST", request.url, headers=headers, content=b"{}", extensions=request.extensions)


@pytest.mark.parametrize(
    ("tamper", "received"),
    [
        pytest.param(lambda r: rewritten(r, too_much(), 100), 1, id="19a longer than declared"),
        pytest.param(lambda r: rewritten(r, breaks_short(), 100), 0, id="19b shorter than declared"),
        pytest.param(lambda r: rewritten(r, breaks_off(), 100), 0, id="19c the body breaks off"),
        pytest.param(lambda r: rewritten(r, breaks_after_its_last(), 100), 1, id="19d after the last byte"),
        pytest.param(with_bad_header, 0, id="19e illegal header value"),
    ],
)
def test_row_19_a_request_that_is_wrong_itself(
    tamper: Tamper, received: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with RudeServer(rude.fin_after_all) as server:
            seller = provider(server.url, CALM)
            http = seller._client._submits.http
            real = http.build_request
            monkeypatch.setattr(http, "build_request", lambda *a, **k: tamper(real(*a, **k)))
            answer = await seller.submit(order(), "a")
            await seller.close()
            await asyncio.sleep(0.05)
            check(answer, DOUBT)
            arrived_once(server, answer)
            assert server.paid == received

    asyncio.run(run())


async def breaks_short() -> AsyncIterator[bytes]:
    yield b"x" * 50


# Retries and stale connections


def test_row_22_the_transport_repeats_nothing() -> None:
    async def run() -> None:
        async with RudeServer(rude.fin_after_all) as server:
            seller = provider(server.url, CALM)
            for pool in (seller._client._submits, seller._client._chats):
                assert pool.http._transport._pool._retries == 0  # type: ignore[attr-defined]
                assert pool.http.follow_redirects is False
            check(await seller.submit(order(), "a"), DOUBT)
            await seller.close()
            await asyncio.sleep(0.05)
            assert (server.connections, server.paid) == (1, 1)

    asyncio.run(run())


def test_row_22b_a_closed_port_is_tried_once() -> None:
    quickest = math.inf
    for _ in range(5):  # a retry would wait half a second each time; a busy machine does so now and then
        began = time.monotonic()
        check(asyncio.run(buy(f"http://127.0.0.1:{free_port()}")), SAFE)
        quickest = min(quickest, time.monotonic() - began)
    assert quickest < 0.45


async def _keeps_open_then(line: Line, end: Callable[[Line], Awaitable[None]]) -> None:
    """Pays no heed to `Connection: close`: offers the connection for more, then ends it."""
    await line.hear()
    body = f'{{"taskId":"{JOB}"}}'.encode()
    await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    await end(line)


async def _fin(line: Line) -> None:
    line.writer.write_eof()


async def _rst(line: Line) -> None:
    line.reset()


async def _waits(line: Line) -> None:
    await line.reader.read(1)


@pytest.mark.parametrize("end", [_fin, _rst, _waits])
def test_a_stale_connection_cannot_be_met(end: Callable[[Line], Awaitable[None]]) -> None:
    async def run() -> None:
        async with RudeServer(lambda line: _keeps_open_then(line, end)) as server:
            seller = provider(server.url)
            for number in range(20):
                check(await seller.submit(order(), f"a{number}"), (Accepted, Lost) if end is _rst else DONE)
            await seller.close()
            assert server.paid == server.connections == 20

    asyncio.run(run())


NUMBERS = """
    01 02 02b 03 04 05a 05b 05c 05d 05e 06 06b 07a 07b 07c 07d 07e 07f 07g 07h 07i 07j 08a 08b 09 10 11a 11b
    12a 12b 12c 12d 12e 13a 13b 13c 14 14b 14c 16a 16b 16c 16d 17a 17b 17c 17d 17e 17f 18 19a 19b 19c 19d 19e
    20 21a 21b 22 22b
"""


def test_no_row_is_left_out() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    named = {word for row in TABLE for word in row[0].split()[:1]}
    named |= {part.split()[0] for part in text.split('id="')[1:]}
    named |= {part.split("_")[0] for part in text.split("def test_row_")[1:]}
    assert len(NUMBERS.split()) == 60
    assert set(NUMBERS.split()) <= named
