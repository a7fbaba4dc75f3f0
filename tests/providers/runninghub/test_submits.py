"""Every way a submit can end, on a real socket: the answer it must end in, and one POST at most."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from rhflow.catalog_files import load_errors
from rhflow.lifecycle.failure import FailureKind
from rhflow.ports import Accepted, Lost, Refused, Staged, SubmitAnswer
from rhflow.providers.runninghub.client import Patience, RunningHubClient
from rhflow.providers.runninghub.provider import RunningHubProvider
from tests.providers.runninghub import rude_server as rude
from tests.providers.runninghub.rude_server import RudeServer, page

KEY = "0123456789abcdef0123456789abcdef"
JOB = "2013508786110730241"
ENDPOINT = "skyreels-v4/image-to-video-fast"
QUICK = Patience(
    connect=1.0,
    submit_write=0.4,
    submit_read=0.4,
    submit_total=2.0,
    poll=0.4,
    poll_total=1.0,
    transfer=0.6,
    alive=0.6,
)


def provider(url: str, patience: Patience = QUICK, **more: Any) -> RunningHubProvider:
    client = RunningHubClient(url, KEY, patience=patience, **more)
    return RunningHubProvider(
        client, name="test", realm="test", facts=load_errors(), now=lambda: 1_000_000.0, waits=(0.01, 0.01)
    )


async def buy(url: str, patience: Patience = QUICK, **more: Any) -> SubmitAnswer:
    seller = provider(url, patience, **more)
    try:
        return await seller.submit(Staged(ENDPOINT, {"prompt": "雨", "duration": 5}), "attempt-1")
    finally:
        await seller.close()


def task(**fields: object) -> bytes:
    body = {"taskId": "", "status": "", "errorCode": "", "errorMessage": "", "results": None}
    return page(200, body | fields)


def refusal(status: int, code: object) -> bytes:
    return page(status, {"taskId": "", "errorCode": code, "errorMessage": "no"})


ROWS: list[tuple[str, rude.Manner, type[SubmitAnswer], str | None]] = [
    ("fin before reading", rude.fin_before_reading, Lost, "no-answer"),
    ("rst after headers", rude.rst_after_headers, Lost, "no-answer"),
    ("fin after all", rude.fin_after_all, Lost, "no-answer"),
    ("rst after all", rude.rst_after_all, Lost, "no-answer"),
    ("half a status line", rude.half_a_status_line, Lost, "no-answer"),
    ("half a header", rude.half_a_header, Lost, "no-answer"),
    ("truncated body", rude.truncated_body, Lost, "no-answer"),
    ("truncated body, rst", rude.truncated_body_rst, Lost, "no-answer"),
    ("truncated chunks", rude.truncated_chunks, Lost, "no-answer"),
    ("cut without length", rude.cut_without_length, Lost, "no-id"),
    ("broken gzip", rude.broken_gzip, Lost, "no-answer"),
    ("garbage", rude.garbage, Lost, "no-answer"),
    ("interim answer, fin", rude.interim_then_fin, Lost, "no-answer"),
    ("stall", rude.stall, Lost, "no-answer"),
    ("stall in body", rude.stall_in_body, Lost, "no-answer"),
    ("never reads", rude.never_read, Lost, "no-answer"),
    ("drips for ever", rude.drip, Lost, "no-answer"),
    ("never ends", rude.endless, Lost, "no-answer"),
    ("200, empty", rude.answers(page(200, b"")), Lost, "no-id"),
    ("200, html", rude.answers(page(200, "<html>Hello</html>", "text/html")), Lost, "no-id"),
    ("200, a list", rude.answers(page(200, "[]")), Lost, "no-id"),
    ("200, deep nesting", rude.answers(page(200, "[" * 100_000)), Lost, "no-id"),
    ("200, nothing set", rude.answers(task()), Lost, "no-id"),
    ("200, code 0 alone", rude.answers(page(200, {"code": 0, "msg": "success"})), Lost, "no-id"),
    ("200, id", rude.answers(task(taskId=JOB, status="RUNNING")), Accepted, None),
    ("200, id and code", rude.answers(task(taskId=JOB, errorCode="1014")), Accepted, None),
    ("200, id as a number", rude.answers(page(200, f'{{"taskId": {JOB}}}')), Accepted, None),
    ("200, id inside data", rude.answers(page(200, {"code": 0, "data": {"taskId": JOB}})), Accepted, None),
    ("500, id", rude.answers(page(500, {"taskId": JOB})), Accepted, None),
    ("200, id null in words", rude.answers(task(taskId="null", errorCode="812")), Refused, "812"),
    ("200, id no float can hold", rude.answers(page(200, '{"taskId": 2.0135e18}')), Lost, "no-id"),
    ("200, 812", rude.answers(refusal(200, "812")), Refused, "812"),
    ("200, 812 as a number", rude.answers(refusal(200, 812)), Refused, "812"),
    (
        "200, 421 in an envelope",
        rude.answers(page(200, {"code": 421, "msg": "TASK_QUEUE_MAXED"})),
        Refused,
        "421",
    ),
    ("200, 1000", rude.answers(refusal(200, "1000")), Lost, "1000"),
    ("200, unknown code", rude.answers(refusal(200, "1999")), Lost, "1999"),
    ("400, 1007", rude.answers(refusal(400, "1007")), Refused, "1007"),
    ("400, nothing else", rude.answers(page(400, "bad", "text/plain")), Lost, "http-400"),
    ("400, repeated in the body", rude.answers(page(400, {"code": 400})), Lost, "http-400"),
    ("401", rude.answers(page(401, b"")), Refused, "http-401"),
    ("401, unclear code inside", rude.answers(refusal(401, "1000")), Lost, "1000"),
    ("401, unknown code inside", rude.answers(refusal(401, "77")), Lost, "77"),
    ("403", rude.answers(page(403, "<html>", "text/html")), Refused, "http-403"),
    ("404", rude.answers(page(404, b"")), Refused, "http-404"),
    (
        "404, repeated in the body",
        rude.answers(page(404, {"code": 404, "msg": "Not Found"})),
        Refused,
        "http-404",
    ),
    ("408", rude.answers(page(408, b"")), Lost, "http-408"),
    ("413", rude.answers(page(413, b"")), Refused, "http-413"),
    ("418", rude.answers(page(418, b"")), Lost, "http-418"),
    ("429", rude.answers(page(429, b"")), Refused, "http-429"),
    ("500", rude.answers(page(500, b"")), Lost, "http-5xx"),
    ("500, 1014 inside", rude.answers(refusal(500, "1014")), Refused, "1014"),
    ("502, html", rude.answers(page(502, "<html>Bad gateway</html>", "text/html")), Lost, "http-5xx"),
    ("504", rude.answers(page(504, b"")), Lost, "http-5xx"),
    ("301", rude.answers(page(301, b"", Location="https://www.example.org/x")), Lost, "http-301"),
    ("307", rude.answers(page(307, b"", Location="/openapi/v2/again")), Lost, "http-307"),
    ("308", rude.answers(page(308, b"", Location="https://www.example.org/x")), Lost, "http-308"),
]


@pytest.mark.parametrize(("manner", "ends", "code"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_how_a_submit_ends(manner: rude.Manner, ends: type[SubmitAnswer], code: str | None) -> None:
    async def run() -> None:
        async with RudeServer(manner) as server:
            answer = await buy(server.url)
            await asyncio.sleep(0.05)
            assert type(answer) is ends
            assert server.paid <= 1
            assert server.connections == 1
            if isinstance(answer, Accepted):
                assert answer.job == JOB
            else:
                failure = answer.failure
                assert failure.code == code
                assert failure.charged == ("unknown" if ends is Lost else "no")
                assert (failure.kind is FailureKind.IN_DOUBT) is (ends is Lost)
                assert failure.message.endswith((".", '"'))
                assert KEY not in repr(answer)

    asyncio.run(run())


def test_a_reset_before_reading_is_never_called_bought() -> None:
    async def run() -> None:
        async with RudeServer(rude.rst_before_reading) as server:
            answer = await buy(server.url)  # the kernel decides whether the connect or the read fails
            assert isinstance(answer, Refused | Lost)
            assert server.paid == 0

    asyncio.run(run())


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def test_a_closed_port_is_proof_that_nothing_left() -> None:
    answer = asyncio.run(buy(f"http://127.0.0.1:{free_port()}"))
    assert isinstance(answer, Refused)
    assert (answer.failure.kind, answer.failure.code) == (FailureKind.NOT_SENT, "network")
    assert "127.0.0.1 cannot be reached" in answer.failure.message
    assert "refused" in answer.failure.message


def test_a_name_nobody_knows_is_proof_too() -> None:
    answer = asyncio.run(buy("http://nowhere.invalid", trust_env=False))
    assert isinstance(answer, Refused)
    assert (answer.failure.kind, answer.failure.code) == (FailureKind.NOT_SENT, "network")
    assert "nowhere.invalid" in answer.failure.message


def test_no_secure_connection_is_proof_too() -> None:
    async def run() -> SubmitAnswer:
        async def speaks_plainly(line: rude.Line) -> None:
            await line.reader.read(100)
            await line.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        async with RudeServer(speaks_plainly) as server:
            return await buy(f"https://127.0.0.1:{server.port}")

    answer = asyncio.run(run())
    assert isinstance(answer, Refused)
    assert "no secure connection" in answer.failure.message


@pytest.mark.parametrize("proxy", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_behind_a_proxy_nothing_is_proof(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(proxy, f"http://user:hunter2@127.0.0.1:{free_port()}")
    answer = asyncio.run(buy("http://stand-in.example:8000"))
    assert isinstance(answer, Lost)
    assert "proxy" in answer.failure.message
    assert "hunter2" not in repr(answer)


def test_no_proxy_brings_the_proof_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("NO_PROXY", ".invalid")
    assert isinstance(asyncio.run(buy("http://stand-in.invalid:8000")), Refused)


def test_what_goes_over_the_wire() -> None:
    async def run() -> rude.Heard:
        async with RudeServer(rude.answers(task(taskId=JOB))) as server:
            await buy(server.url + "/openapi/v2//")
            return server.heard[0]

    heard = asyncio.run(run())
    assert (heard.method, heard.path) == ("POST", f"/openapi/v2/{ENDPOINT}")
    assert heard.body == '{"duration":5,"prompt":"雨"}'.encode()
    assert heard.headers["authorization"] == f"Bearer {KEY}"
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["connection"] == "close"
    assert heard.headers["content-length"] == str(len(heard.body))
    assert heard.headers["user-agent"].startswith("rhflow/")


def test_a_result_that_comes_with_the_submit_is_handed_on() -> None:
    results = [{"text": "a haiku", "outputType": "txt"}]
    cases = [
        (task(taskId=JOB, status="SUCCESS", results=results), True),
        (task(taskId=JOB, status="SUCCESS", results=[]), False),
        (task(taskId=JOB, status="FAILED", errorCode="1501"), False),
        (task(taskId=JOB, status="RUNNING", results=results), False),
    ]

    async def run(said: bytes) -> SubmitAnswer:
        async with RudeServer(rude.answers(said)) as server:
            return await buy(server.url)

    for said, has_report in cases:
        answer = asyncio.run(run(said))
        assert isinstance(answer, Accepted)
        assert (answer.report is not None) is has_report


@pytest.mark.parametrize("endpoint", ["../../evil", "", "a//b", "a/./b"])
def test_a_wrong_endpoint_is_refused_here(endpoint: str) -> None:
    async def run() -> None:
        async with RudeServer(rude.fin_after_all) as server:
            seller = provider(server.url)
            answer = await seller.submit(Staged(endpoint, {}), "a")
            await seller.close()
            assert isinstance(answer, Refused)
            assert server.connections == 0

    asyncio.run(run())


@pytest.mark.parametrize("body", [{"x": float("nan")}, {"x": 2**60}, {"x": "\ud800"}])
def test_a_body_that_json_cannot_carry_is_refused_here(body: dict[str, Any]) -> None:
    async def run() -> SubmitAnswer:
        seller = provider("http://127.0.0.1:9")
        try:
            return await seller.submit(Staged(ENDPOINT, body), "a")
        finally:
            await seller.close()

    answer = asyncio.run(run())
    assert isinstance(answer, Refused)
    assert answer.failure.kind is FailureKind.REFUSED_INPUT


def test_many_submits_at_once_arrive_once_each() -> None:
    async def run() -> None:
        async with RudeServer(rude.answers(task(taskId=JOB))) as server:
            seller = provider(server.url, Patience())
            answers = await asyncio.gather(
                *(seller.submit(Staged(ENDPOINT, {"n": n}), f"a{n}") for n in range(200))
            )
            await seller.close()
            assert all(isinstance(answer, Accepted) for answer in answers)
            assert sorted(heard.json()["n"] for heard in server.heard) == list(range(200))  # type: ignore[index]

    asyncio.run(run())
