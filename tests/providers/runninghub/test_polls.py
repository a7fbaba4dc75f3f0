"""What a poll's answer says of a job, and when it says nothing of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from rhflow.lifecycle.failure import FailureKind
from rhflow.ports import JobReport, PollFailed, RemoteResult, Usage
from rhflow.providers.runninghub.client import Places, RunningHubClient
from rhflow.providers.runninghub.exchange import Answer
from tests.providers.runninghub import rude_server as rude
from tests.providers.runninghub.rude_server import RudeServer, page, routes
from tests.providers.runninghub.test_submits import JOB, KEY, free_port, provider
from tests.providers.runninghub.test_verdicts import READER

URL = "https://files.example/output/a.png"
RESULTS = [{"url": URL, "outputType": "png", "text": None, "nodeId": "9"}]


def said(http: int = 200, **fields: Any) -> Answer:
    body = {"taskId": JOB, "status": "", "errorCode": "", "errorMessage": "", "results": None} | fields
    return Answer(http, json.dumps(body).encode(), "application/json")


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (said(status="QUEUED"), "queued"),
        (said(status="RUNNING"), "running"),
        (said(status="CREATE"), "queued"),
        (said(status="running"), "running"),
        (said(status="POLISHING"), "running"),
        (said(status="RUNNING", errorCode="1000"), "running"),
        (said(errorCode="804", errorMessage="APIKEY_TASK_IS_RUNNING"), "running"),
        (said(errorCode="813"), "queued"),
        (
            Answer(200, b'{"code": 804, "msg": "APIKEY_TASK_IS_RUNNING", "data": {"netWssUrl": "wss://x"}}'),
            "running",
        ),
        (Answer(200, b'{"code": 0, "data": {"taskStatus": "QUEUED"}}'), "queued"),
        (said(status="SUCCESS", results=RESULTS), "succeeded"),
        (said(status="SUCCESS", results=[]), "succeeded"),
        (said(status="SUCCESS"), "succeeded"),
        (said(status="FAILED", errorMessage="success", results=RESULTS), "succeeded"),
        (said(status="FAILED", errorMessage="success", results=[]), "failed"),
        (said(status="FAILED", errorMessage="boom", results=RESULTS), "failed"),
        (said(status="FAILED"), "failed"),
        (said(status="ERROR"), "failed"),
        (said(errorCode="1501"), "failed"),
        (said(errorCode="805"), "failed"),
        (said(status="CANCEL"), "cancelled"),
        (said(status="CANCELED"), "cancelled"),
        (said(status="CANCELLED"), "cancelled"),
    ],
)
def test_states(answer: Answer, state: str) -> None:
    report = READER.report(answer)
    assert report.state == state
    assert (report.failure is not None) is (state == "failed")


GONE, THROTTLED, VENDOR = FailureKind.GONE, FailureKind.THROTTLED, FailureKind.VENDOR_ERROR
KEYLESS, INPUT = FailureKind.UNAUTHORIZED, FailureKind.REFUSED_INPUT


@pytest.mark.parametrize(
    ("answer", "kind", "repeatable"),
    [
        (said(errorCode="1003"), THROTTLED, True),
        (said(status="RUNNING", errorCode="1003"), THROTTLED, True),
        (said(taskId="", status="FAILED", errorCode="1003"), THROTTLED, True),
        (said(taskId="", status="FAILED", errorCode="1002"), KEYLESS, False),
        (said(errorCode="421"), THROTTLED, True),
        (said(errorCode="1000"), VENDOR, True),
        (said(errorCode="1005"), VENDOR, True),
        (said(errorCode="4711"), VENDOR, True),
        (said(errorCode="1502"), VENDOR, True),
        (said(errorCode="1004"), GONE, False),
        (said(errorCode="807"), GONE, False),
        (Answer(200, b'{"code": 423, "msg": "TASK_NOT_FOUNED"}'), GONE, False),
        (said(errorCode="1002"), KEYLESS, False),
        (said(errorCode="802"), KEYLESS, False),
        (said(errorCode="1001"), INPUT, False),
        (said(), VENDOR, True),
        (Answer(200, b""), VENDOR, True),
        (Answer(200, b"<html>", "text/html; charset=utf-8"), VENDOR, True),
        (Answer(401, b""), KEYLESS, False),
        (Answer(403, b"<html>"), KEYLESS, False),
        (Answer(404, b""), INPUT, False),
        (Answer(429, b""), THROTTLED, True),
        (Answer(408, b""), VENDOR, True),
        (Answer(500, b""), VENDOR, True),
        (said(500, status="FAILED"), VENDOR, True),
        (said(503, errorCode="1003"), THROTTLED, True),
        (Answer(302, b"", location="https://elsewhere.example/login"), INPUT, False),
    ],
)
def test_answers_that_are_no_report(answer: Answer, kind: FailureKind, repeatable: bool) -> None:
    with pytest.raises(PollFailed) as caught:
        READER.report(answer)
    failure = caught.value.failure
    assert (failure.kind, failure.repeatable, failure.charged) == (kind, repeatable, "no")
    assert str(caught.value) == failure.message


def test_a_failed_task_tells_all_it_knows() -> None:
    usage = {"consumeMoney": None, "consumeCoins": None, "taskCostTime": "32", "thirdPartyConsumeMoney": None}
    reason = {"exception_message": "out of memory", "node_name": "KSampler"}
    report = READER.report(
        said(
            status="FAILED", errorCode="1000", errorMessage="unknown\nerror", failedReason=reason, usage=usage
        )
    )
    failure = report.failure
    assert failure is not None
    assert (failure.kind, failure.code, failure.charged, failure.repeatable) == (
        VENDOR,
        "1000",
        "unknown",
        True,
    )
    assert failure.message.endswith(
        'It said: "unknown error" The workflow stopped at node KSampler with: "out of memory"'
    )
    assert report.usage == Usage(seconds="32")


@pytest.mark.parametrize(
    ("code", "kind", "repeatable"),
    [
        ("1501", FailureKind.REFUSED_CONTENT, False),
        ("1015", VENDOR, True),
        ("1007", INPUT, False),
        ("1004", VENDOR, False),
        ("", VENDOR, True),
        ("9999", VENDOR, True),
    ],
)
def test_how_a_failed_task_failed(code: str, kind: FailureKind, repeatable: bool) -> None:
    failure = READER.report(said(status="FAILED", errorCode=code)).failure
    assert failure is not None
    assert (failure.kind, failure.repeatable) == (kind, repeatable)
    assert failure.charged == "unknown"


@pytest.mark.parametrize("code", ["421", "1003", "415", "814", "1520"])
@pytest.mark.parametrize(
    "evidence",
    [{"usage": {"taskCostTime": "3"}}, {"failedReason": {"exception_message": "rate limit upstream"}}],
)
def test_back_pressure_ends_a_task_only_with_evidence(code: str, evidence: dict[str, Any]) -> None:
    with pytest.raises(PollFailed) as caught:
        READER.report(said(status="FAILED", errorCode=code))
    assert (caught.value.failure.kind, caught.value.failure.repeatable) == (THROTTLED, True)
    report = READER.report(said(status="FAILED", errorCode=code, **evidence))
    assert report.failure is not None
    assert (report.state, report.failure.kind) == ("failed", VENDOR)


def test_a_failed_task_with_a_bill_was_charged() -> None:
    usage = {"thirdPartyConsumeMoney": "0.400"}
    report = READER.report(said(status="FAILED", errorCode="1015", usage=usage))
    assert report.failure is not None
    assert report.failure.charged == "yes"
    assert report.usage == Usage(currency="CNY", third_party="0.400")


def test_results_and_usage_come_through() -> None:
    usage = {
        "consumeMoney": None,
        "consumeCoins": "7",
        "taskCostTime": "32",
        "thirdPartyConsumeMoney": "1.20",
    }
    report = READER.report(said(status="SUCCESS", results=[*RESULTS, {"text": "hi"}, {}], usage=usage))
    assert report == JobReport(
        "succeeded",
        (RemoteResult(URL, "png", None, "9"), RemoteResult(None, None, "hi", None)),
        Usage(None, "CNY", "7", "1.20", "32"),
    )


def test_a_poll_over_the_wire_and_its_key() -> None:
    async def run() -> None:
        answer = page(200, {"taskId": JOB, "status": "RUNNING"})
        async with RudeServer(routes({"/openapi/v2/query": answer})) as server:
            seller = provider(server.url)
            assert (await seller.report(JOB)).state == "running"
            await seller.close()
            (heard,) = server.heard
            assert heard.json() == {"taskId": JOB}
            assert heard.headers["authorization"] == f"Bearer {KEY}"

    asyncio.run(run())


@pytest.mark.parametrize(
    ("manner", "code"),
    [
        (rude.fin_after_all, "no-answer"),
        (rude.stall, "no-answer"),
        (rude.drip, "no-answer"),
        (rude.garbage, "no-answer"),
        (rude.truncated_body, "no-answer"),
        (rude.endless, "no-answer"),
    ],
)
def test_a_poll_without_an_answer_may_be_repeated(manner: rude.Manner, code: str) -> None:
    async def run() -> None:
        async with RudeServer(manner) as server:
            seller = provider(server.url)
            with pytest.raises(PollFailed) as caught:
                await seller.report(JOB)
            await seller.close()
            failure = caught.value.failure
            assert (failure.kind, failure.code, failure.repeatable) == (VENDOR, code, True)

    asyncio.run(run())


def test_an_unreachable_host_is_told_apart() -> None:
    async def run() -> None:
        seller = provider(f"http://127.0.0.1:{free_port()}")
        with pytest.raises(PollFailed) as caught:
            await seller.report(JOB)
        await seller.close()
        failure = caught.value.failure
        assert (failure.kind, failure.code, failure.repeatable) == (FailureKind.NOT_SENT, "network", True)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("said_back", "done"),
    [
        (page(200, {"code": 0, "msg": "success", "data": None}), True),
        (page(200, {"code": 423, "msg": "TASK_NOT_FOUNED"}), False),
        (page(200, {"code": 807, "msg": "APIKEY_TASK_NOT_FOUND"}), False),
        (page(404, b""), False),
    ],
)
def test_cancel(said_back: bytes, done: bool) -> None:
    async def run() -> None:
        async with RudeServer(routes({"/task/openapi/cancel": said_back})) as server:
            seller = provider(server.url)
            assert await seller.cancel(JOB) is done
            await seller.close()
            assert server.heard[0].json() == {"apiKey": KEY, "taskId": JOB}

    asyncio.run(run())


@pytest.mark.parametrize("said_back", [page(401, b""), page(500, b""), page(200, {"code": 802})])
def test_cancel_says_when_it_does_not_know(said_back: bytes) -> None:
    async def run() -> None:
        async with RudeServer(rude.answers(said_back)) as server:
            seller = provider(server.url)
            with pytest.raises(PollFailed):
                await seller.cancel(JOB)
            await seller.close()

    asyncio.run(run())


def test_account() -> None:
    balance = {
        "remainCoins": "12",
        "currentTaskCounts": "1",
        "remainMoney": "88.50",
        "currency": "CNY",
        "apiType": "SHARED",
    }
    queue = {"apiKeyType": "SHARED", "concurrentLimit": 50, "runningCount": "2", "queuedCount": "3"}

    async def run(table: dict[str, Any]) -> Any:
        async with RudeServer(routes(table)) as server:
            seller = provider(server.url)
            try:
                return await seller.account()
            finally:
                await seller.close()

    def envelope(data: object) -> bytes:
        return page(200, {"code": 0, "msg": "success", "data": data})

    both = {"/uc/openapi/accountStatus": envelope(balance), "/openapi/v2/queue/status": envelope(queue)}
    account = asyncio.run(run(both))
    assert (account.key_type, account.money, account.currency, account.coins) == (
        "SHARED",
        "88.50",
        "CNY",
        "12",
    )
    assert (account.concurrency, account.running, account.queued) == (50, 2, 3)
    alone = asyncio.run(run({"/uc/openapi/accountStatus": envelope(balance)}))
    assert (alone.concurrency, alone.running) == (None, 1)
    with pytest.raises(PollFailed) as caught:
        asyncio.run(
            run({"/uc/openapi/accountStatus": page(200, {"code": 802, "msg": "APIKEY_UNAUTHORIZED"})})
        )
    assert caught.value.failure.kind is KEYLESS
    assert ".ai" in str(caught.value.failure.hint)


def test_polls_take_as_few_connections_as_they_can() -> None:
    """One after the other they need one, many at once no more than there are places; all are let go of."""
    said = page(200, {"taskId": JOB, "status": "RUNNING"}).replace(b"Connection: close\r\n", b"")

    async def stays(line: rude.Line) -> None:
        while True:
            await line.hear()
            await asyncio.sleep(0.001)  # so that they meet
            await line.say(said)

    async def ask() -> tuple[int, int]:
        async with RudeServer(stays) as server:
            client = RunningHubClient(server.url, KEY, places=Places(polls=3))
            for _ in range(5):
                assert isinstance(await client.call("/openapi/v2/query", {"taskId": JOB}), Answer)
            one = server.connections
            calls = (client.call("/openapi/v2/query", {"taskId": JOB}) for _ in range(20))
            assert all(isinstance(answer, Answer) for answer in await asyncio.gather(*calls))
            await client.close()
            async with asyncio.timeout(10):
                while server._tasks:  # each ends with its connection
                    await asyncio.sleep(0.01)
            return one, server.connections

    assert asyncio.run(ask()) == (1, 3)
