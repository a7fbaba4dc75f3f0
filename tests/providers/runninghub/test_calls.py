"""The catalogue of free calls: what is asked, where the key stands, how each answer is read."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rhflow.lifecycle.failure import FailureKind
from rhflow.ports import JobReport, PollFailed, RemoteResult, Usage
from rhflow.providers.runninghub.calls import account, apps, assets, library, tasks, webhooks, workflows
from rhflow.providers.runninghub.calls.call import Call
from rhflow.providers.runninghub.parcels import Parcel
from tests.providers.runninghub import rude_server as rude
from tests.providers.runninghub.rude_server import Heard, RudeServer, answers, page
from tests.providers.runninghub.test_submits import JOB, KEY, provider
from tests.providers.runninghub.test_verdicts import READER


def ok(data: object, word: str = "msg") -> bytes:
    return page(200, {"code": 0, word: "success", "data": data})


def asked(call: Call[Any], said: bytes) -> tuple[Any, Heard]:
    """The value of a call, and what went over the wire for it."""

    async def run() -> tuple[Any, Heard]:
        async with RudeServer(answers(said)) as server:
            seller = provider(server.url)
            try:
                value = await seller.ask(call)
            except PollFailed as trouble:
                value = trouble.failure
            await seller.close()
            (heard,) = server.heard
            return value, heard

    return asyncio.run(run())


OLDER, NEWER, IN_ADDRESS, OWN_SPELLING = "apiKey", "", "query", "apikey"
WIRE: list[tuple[Call[Any], str, str, dict[str, Any] | None, str]] = [
    (tasks.query(JOB), "POST", "/openapi/v2/query", {"taskId": JOB}, NEWER),
    (tasks.status(JOB), "POST", "/task/openapi/status", {"taskId": JOB}, OLDER),
    (tasks.outputs(JOB), "POST", "/task/openapi/outputs", {"taskId": JOB}, OLDER),
    (tasks.cancel(JOB), "POST", "/task/openapi/cancel", {"taskId": JOB}, OLDER),
    (account.balance(), "POST", "/uc/openapi/accountStatus", {}, OWN_SPELLING),
    (account.queue(), "GET", "/openapi/v2/queue/status", None, NEWER),
    (account.keys(), "GET", "/openapi/v2/api-key/list", None, NEWER),
    (workflows.graph("77"), "POST", "/api/openapi/getJsonApiFormat", {"workflowId": "77"}, OLDER),
    (apps.app("77"), "GET", "/api/webapp/apiCallDemo?webappId=77", None, IN_ADDRESS),
    (
        apps.apps(2, 99, "HOTTEST", 30),
        "POST",
        "/openapi/v2/aiapp/list",
        {"current": 2, "size": 50, "sort": "HOTTEST", "days": 30},
        NEWER,
    ),
    (apps.styles("77", 2), "POST", "/api/fast/creation/model/params", {"type": 2, "webappId": "77"}, NEWER),
    (
        library.resources("LORA", "ink", ["SDXL"], ["style"], 3, 99),
        "POST",
        "/openapi/v2/resource/list",
        {
            "resourceType": "LORA",
            "resourceName": "ink",
            "baseModels": ["SDXL"],
            "tags": ["style"],
            "current": 3,
            "size": 50,
        },
        NEWER,
    ),
    (
        library.lora_place("ink", "0" * 32),
        "POST",
        "/api/openapi/getLoraUploadUrl",
        {"loraName": "ink", "md5Hex": "0" * 32},
        OLDER,
    ),
    (assets.assets("query", {"id": "7"}), "POST", "/openapi/v2/assets/query", {"id": "7"}, NEWER),
    (assets.groups("create", {}), "POST", "/openapi/v2/assets/groups/create", {}, NEWER),
    (webhooks.detail(JOB), "POST", "/task/openapi/getWebhookDetail", {"taskId": JOB}, OLDER),
    (
        webhooks.retry("9", "https://me.example/x"),
        "POST",
        "/task/openapi/retryWebhook",
        {"webhookId": "9", "webhookUrl": "https://me.example/x"},
        OLDER,
    ),
]


@pytest.mark.parametrize("row", WIRE, ids=lambda row: row[2])
def test_what_goes_over_the_wire(
    row: tuple[Call[Any], str, str, dict[str, Any] | None, str], caplog: pytest.LogCaptureFixture
) -> None:
    call, method, path, body, key = row
    caplog.set_level(logging.DEBUG)
    _, heard = asked(call, page(503, b""))
    assert heard.method == method
    assert heard.path == path + (f"&apiKey={KEY}" if key == IN_ADDRESS else "")
    assert heard.headers["authorization"] == f"Bearer {KEY}"
    if body is None:
        assert heard.body == b""
    else:
        assert heard.json() == body | ({key: KEY} if key in (OLDER, OWN_SPELLING) else {})
    assert KEY not in caplog.text
    assert "503" in caplog.text  # the library's own log is there, and knows nothing of the key


FILES = [
    {
        "fileUrl": "https://x.example/a.png",
        "fileType": "png",
        "taskCostTime": "42",
        "nodeId": "9",
        "consumeCoins": "8",
        "consumeMoney": None,
        "thirdPartyConsumeMoney": None,
    },
    {
        "fileUrl": "https://x.example/b.mp4",
        "fileType": "mp4",
        "taskCostTime": "42",
        "nodeId": 12,
        "consumeCoins": "8",
    },
]
RESULTS = (
    RemoteResult("https://x.example/a.png", "png", None, "9"),
    RemoteResult("https://x.example/b.mp4", "mp4", None, "12"),
)


@pytest.mark.parametrize(
    ("call", "said", "report"),
    [
        (tasks.outputs, ok(FILES), JobReport("succeeded", RESULTS, Usage(coins="8", seconds="42"))),
        (tasks.outputs, ok([]), JobReport("succeeded")),
        (tasks.outputs, ok(None), JobReport("running")),
        (
            tasks.outputs,
            page(200, {"code": 804, "msg": "APIKEY_TASK_IS_RUNNING", "data": {"netWssUrl": "wss://x"}}),
            JobReport("running"),
        ),
        (
            tasks.outputs,
            page(200, {"code": 813, "msg": "APIKEY_TASK_IS_QUEUED", "data": None}),
            JobReport("queued"),
        ),
        (tasks.status, ok("QUEUED"), JobReport("queued")),
        (tasks.status, ok("RUNNING"), JobReport("running")),
        (tasks.status, ok("SUCCESS"), JobReport("succeeded")),
        (tasks.status, ok("SOMETHING_NEW"), JobReport("running")),
        (tasks.status, ok("CANCELLED"), JobReport("cancelled")),
    ],
)
def test_where_a_task_stands_by_the_older_calls(
    call: Callable[[str], Call[Any]], said: bytes, report: JobReport
) -> None:
    assert asked(call(JOB), said)[0] == report


def test_why_a_task_failed_by_the_older_calls() -> None:
    reason = {"node_name": "KSampler", "node_id": "3", "exception_message": "out of memory"}
    said = page(200, {"code": 805, "msg": "APIKEY_TASK_STATUS_ERROR", "data": {"failedReason": reason}})
    report, _ = asked(tasks.outputs(JOB), said)
    assert report.state == "failed"
    assert (report.failure.code, report.failure.charged, report.failure.repeatable) == (
        "805",
        "unknown",
        False,
    )
    assert report.failure.message.endswith('The workflow stopped at node KSampler (3) with: "out of memory"')
    failed, _ = asked(tasks.status(JOB), ok("FAILED"))
    assert (failed.state, failed.failure.kind) == ("failed", FailureKind.VENDOR_ERROR)


def test_account() -> None:
    keys, _ = asked(
        account.keys(),
        ok(
            [
                {
                    "key": "0123****cdef",
                    "apiKeyName": "film",
                    "status": "NORMAL",
                    "quotaLimit": "100.50",
                    "quotaUsed": 3,
                }
            ]
        ),
    )
    assert keys == [account.KeyOnList("0123****cdef", "film", "NORMAL", "100.50", "3", "")]
    left, _ = asked(account.balance(), ok({"remainCoins": "12", "remainMoney": None, "apiType": "NORMAL"}))
    assert (left.coins, left.money, left.key_type) == ("12", None, "NORMAL")
    load, _ = asked(
        account.queue(), ok({"apiKeyType": "SHARED", "concurrentLimit": 50, "runningCount": "2"}, "message")
    )
    assert (load.limit, load.running, load.queued) == ("50", "2", None)


def test_the_graph_of_a_workflow() -> None:
    graph = {"6": {"class_type": "CLIPTextEncode", "inputs": {"text": "rain", "seed": 2**60, "cfg": 7.5}}}
    assert asked(workflows.graph("77"), ok({"prompt": json.dumps(graph)}))[0] == graph
    for data in ({}, {"prompt": "no json"}, {"prompt": "[1]"}, None, {"prompt": "[" * 100_000}):
        failure, _ = asked(workflows.graph("77"), ok(data))
        assert (failure.kind, failure.repeatable) == (FailureKind.VENDOR_ERROR, True)


def test_what_an_app_takes() -> None:
    fields = [
        {
            "nodeId": "52",
            "nodeName": "RH_Translator",
            "fieldName": "prompt",
            "fieldValue": "a cat",
            "fieldType": "STRING",
            "description": None,
            "descriptionEn": "what to draw",
        },
        {
            "nodeId": "2",
            "nodeName": "Ratio",
            "fieldName": "aspect",
            "fieldValue": "16:9",
            "fieldType": "list",
            "fieldData": '["16:9", "9:16"]',
            "description": "比例",
        },
        {"nodeId": "3", "fieldName": "odd", "fieldData": "[unreadable"},
    ]
    app, _ = asked(
        apps.app("77"), ok({"webappName": "Cats", "accessEncrypted": True, "nodeInfoList": fields})
    )
    assert (app.name, app.is_protected) == ("Cats", True)
    assert [(field.node, field.name, field.type, field.description) for field in app.fields] == [
        ("52", "prompt", "STRING", "what to draw"),
        ("2", "aspect", "LIST", "比例"),
        ("3", "odd", "", ""),
    ]
    assert [field.choices for field in app.fields] == [None, ["16:9", "9:16"], "[unreadable"]
    failure, _ = asked(apps.app("77"), ok({"webappName": "Cats"}))
    assert failure.kind is FailureKind.VENDOR_ERROR


def test_the_list_of_apps_and_their_styles() -> None:
    example = "curl -X POST https://www.runninghub.cn/openapi/v2/run/ai-app/1957344152277151746 -d …"
    listed = {
        "records": [{"title": "Cats", "invokeExample": example}, {"webappId": "9", "name": "Dogs"}, 5],
        "total": "2",
    }
    found, _ = asked(apps.apps(), ok(listed))
    assert [(item.id, item.title) for item in found] == [("1957344152277151746", "Cats"), ("9", "Dogs")]
    styles, _ = asked(apps.styles("77", 2), ok([{"id": "1", "modelName": "ink", "modelLoar1Weight": 0.7}]))
    assert styles == [{"id": "1", "modelName": "ink", "modelLoar1Weight": "0.7"}]


def test_model_files() -> None:
    found, _ = asked(
        library.resources("LORA"),
        ok({"records": [{"resourceName": "Ink", "nodeModelName": "ink.safetensors", "baseModel": "SDXL"}]}),
    )
    assert found == [library.Resource("Ink", "ink.safetensors", "SDXL")]
    assert asked(library.resources("GGUF"), ok({"records": []}))[0] == []
    for data in ({"url": "https://x"}, {"fileName": "a", "url": "file:///etc/passwd"}):
        assert asked(library.lora_place("a", "b"), ok(data))[0].kind is FailureKind.VENDOR_ERROR


def test_assets_go_through_as_they_are() -> None:
    assert asked(assets.assets("list", {}), ok({"records": [{"id": 9007199254740993}]}))[0] == {
        "records": [{"id": "9007199254740993"}]
    }


# Webhooks

DETAIL = {
    "id": "71",
    "userApiKey": "0123****",
    "taskId": JOB,
    "webhookUrl": "https://me.example/x",
    "event": "TASK_END",
    "callbackStatus": "FAILED",
    "callbackResponse": "timeout",
    "retryCount": 3,
    "createTime": "2026-09-01 16:05:07",
    "updateTime": "2026-09-01 16:08:10",
}


def test_the_notice_of_a_task_and_the_report_in_it() -> None:
    newer = json.dumps({"taskId": JOB, "status": "SUCCESS", "results": [{"url": "https://x.example/a.png"}]})
    told, _ = asked(webhooks.detail(JOB), ok({**DETAIL, "eventData": newer}))
    assert (told.id, told.job, told.tries, told.is_delivered, told.answer) == ("71", JOB, 3, False, "timeout")
    assert webhooks.report_in(READER, told).results == (RemoteResult("https://x.example/a.png"),)
    older, _ = asked(
        webhooks.detail(JOB), ok({**DETAIL, "eventData": json.dumps({"code": 0, "data": FILES})})
    )
    assert webhooks.report_in(READER, older).results == RESULTS
    broken, _ = asked(webhooks.detail(JOB), ok({**DETAIL, "eventData": "…"}))
    with pytest.raises(PollFailed):
        webhooks.report_in(READER, broken)
    none, _ = asked(webhooks.detail(JOB), page(200, {"code": 1, "msg": "webhook event not exists"}))
    assert '"webhook event not exists"' in none.message


@pytest.mark.parametrize(
    ("body", "notice"),
    [
        (json.dumps({"event": "TASK_END", "taskId": JOB, "eventData": "{}"}).encode(), ("TASK_END", JOB)),
        (f'{{"taskId": {JOB}}}'.encode(), ("", JOB)),
        (b'{"event": "TASK_END"}', None),
        (b"[]", None),
        (b"", None),
        (b"\xff\x00", None),
    ],
)
def test_a_notice_that_came(body: bytes, notice: tuple[str, str] | None) -> None:
    found = webhooks.read_notice(body)
    assert (None if found is None else (found.event, found.job)) == notice


# Files by the older call, and LoRAs


def test_a_file_by_the_older_call(tmp_path: Path) -> None:
    data = b"\x89PNG\r\n\x1a\n" + b"x" * 1000
    (tmp_path / "a.png").write_bytes(data)
    parcel = Parcel(tmp_path / "a.png", hashlib.sha256(data).hexdigest(), "png")

    async def run() -> None:
        async with RudeServer(answers(ok({"fileName": "api/a.png", "fileType": "image"}))) as server:
            seller = provider(server.url)
            assert await seller._transfers.older_upload(parcel, "image") == "api/a.png"
            (heard,) = server.heard
            assert heard.path == "/task/openapi/upload"
            assert heard.headers["content-length"] == str(len(heard.body))
            assert f'name="apiKey"\r\n\r\n{KEY}\r\n'.encode() in heard.body
            assert b'name="fileType"\r\n\r\nimage\r\n' in heard.body
            assert b"\r\n\r\n" + data + b"\r\n--" in heard.body
            with (tmp_path / "a.png").open("ab") as file:
                file.truncate(31 * 1024 * 1024)
            with pytest.raises(PollFailed) as caught:
                await seller._transfers.older_upload(parcel)
            await seller.close()
            assert (caught.value.failure.code, caught.value.failure.repeatable) == ("809", False)
            assert server.connections == 1

    asyncio.run(run())


SIGNED = "?q-sign-algorithm=sha1&q-signature=c0ffee%2Fc0ffee"


def test_a_lora_goes_to_its_signed_address_without_the_key(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    data = bytes(range(256)) * 10_000
    path = tmp_path / "ink.safetensors"
    path.write_bytes(data)
    md5 = hashlib.md5(data).hexdigest()

    async def run() -> None:
        stored: list[Heard] = []

        async def site(line: rude.Line) -> None:
            heard = await line.hear()
            if heard.method == "PUT":
                stored.append(heard)
                await line.say(page(503 if len(stored) == 1 else 200, b""))
                return
            address = f"{line.server.url}/loras/{md5}.safetensors{SIGNED}"
            await line.say(ok({"fileName": f"api-lora-cn/{md5}.safetensors", "url": address}))

        async with RudeServer(site) as server:
            seller = provider(server.url)
            assert await seller.upload_lora(path, "ink") == f"api-lora-cn/{md5}.safetensors"
            await seller.close()
            assert server.heard[0].json() == {"apiKey": KEY, "loraName": "ink", "md5Hex": md5}
            assert [heard.path for heard in stored] == [f"/loras/{md5}.safetensors{SIGNED}"] * 2
            assert stored[1].body == data
            assert stored[1].headers["content-type"] == "application/octet-stream"
            assert stored[1].headers["content-length"] == str(len(data))
            assert "authorization" not in stored[1].headers

    asyncio.run(run())
    assert "c0ffee" not in caplog.text
    assert KEY not in caplog.text


def test_a_known_lora_is_not_sent_again(tmp_path: Path) -> None:
    path = tmp_path / "ink.safetensors"
    path.write_bytes(b"x")

    async def run() -> None:
        async with RudeServer(answers(ok({"fileName": "api-lora-cn/a.safetensors"}))) as server:
            seller = provider(server.url)
            assert await seller.upload_lora(path, "ink") == "api-lora-cn/a.safetensors"
            await seller.close()
            assert server.connections == 1

    asyncio.run(run())


@pytest.mark.parametrize(("status", "tries"), [(403, 3), (500, 3), (400, 1), (413, 1)])
def test_a_lora_that_is_not_taken(status: int, tries: int, tmp_path: Path) -> None:
    path = tmp_path / "ink.safetensors"
    path.write_bytes(b"x")

    async def run() -> None:
        async with RudeServer(answers(page(status, "<Error/>", "application/xml"))) as server:
            seller = provider(server.url)
            with pytest.raises(PollFailed) as caught:
                await seller._transfers.put(
                    f"{server.url}/x?sign=1", Parcel(path, hashlib.sha256(b"x").hexdigest(), "")
                )
            await seller.close()
            assert server.connections == tries
            assert f"HTTP {status}" in caught.value.failure.message

    asyncio.run(run())


def test_a_lora_that_changed_is_not_stored_whole(tmp_path: Path) -> None:
    path = tmp_path / "ink.safetensors"
    path.write_bytes(b"x" * 3_000_000)

    async def run() -> None:
        async with RudeServer(answers(page(200, b""))) as server:
            seller = provider(server.url)
            with pytest.raises(PollFailed) as caught:
                await seller._transfers.put(f"{server.url}/x", Parcel(path, "0" * 64, ""))
            await seller.close()
            await asyncio.sleep(0.1)
            assert caught.value.failure.code == "changed"
            assert not any(heard.whole for heard in server.heard)

    asyncio.run(run())
