"""Workflows, apps and quick creations: from the author's nodes to what goes over the wire, and back."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from rhflow.catalog_files import load_errors
from rhflow.ground.media import Kind
from rhflow.ground.references import Resolved, UrlMedia
from rhflow.lifecycle.failure import FailureKind
from rhflow.ports import (
    Accepted,
    JobReport,
    Lost,
    PollFailed,
    Refused,
    RemoteResult,
    Request,
    Staged,
    SubmitAnswer,
    Usage,
)
from rhflow.providers.runninghub.client import RunningHubClient
from rhflow.providers.runninghub.goods import Goods, goods_of
from rhflow.providers.runninghub.provider import RESULT_LIVES_S, RunningHubProvider
from tests.providers.runninghub import rude_server as rude
from tests.providers.runninghub.rude_server import Heard, RudeServer, page
from tests.providers.runninghub.test_secrets import everything_of
from tests.providers.runninghub.test_staging import Shelf
from tests.providers.runninghub.test_submits import JOB, KEY, QUICK

PASSWORD = 'open, "sesame"; 芝麻'
APP = "1957344152277151746"


def seller_at(url: str, **more: Any) -> RunningHubProvider:
    client = RunningHubClient(url, KEY, patience=more.pop("patience", QUICK))
    options: dict[str, Any] = {"environ": {"APP_PASSWORD": PASSWORD, "SHORT": "yes"}} | more
    return RunningHubProvider(
        client,
        name="test",
        realm="test",
        facts=load_errors(),
        now=lambda: 1_000_000.0,
        waits=(0.01,),
        **options,
    )


class Site(RudeServer):
    """Takes uploads and purchases of every form; remembers what was bought where."""

    def __init__(self) -> None:
        super().__init__(self.serve)
        self.bought: list[tuple[str, Any]] = []
        self.demo: dict[str, Any] | None = None
        self.query: dict[str, Any] = {}
        self.gone = False

    @property
    def uploads(self) -> int:
        return sum(heard.path.endswith("/media/upload/binary") for heard in self.heard)

    async def serve(self, line: rude.Line) -> None:
        await line.say(self.answer(await line.hear()))

    def answer(self, heard: Heard) -> bytes:
        path = heard.path.partition("?")[0]
        if path.endswith("/media/upload/binary"):
            name = f"openapi/upload-{self.uploads}.png"
            return page(200, {"code": 0, "data": {"download_url": f"{self.url}/{name}", "fileName": name}})
        if path.startswith("/openapi/upload-"):
            return page(404 if self.gone else 206, b"x", "image/png")
        if path == "/openapi/v2/query":
            return page(200, self.query)
        if path == "/api/webapp/apiCallDemo":
            return page(
                200, {"code": 901, "msg": "no"} if self.demo is None else {"code": 0, "data": self.demo}
            )
        self.bought.append((path, heard.json()))
        if path.startswith("/openapi/v2/run/"):
            return page(200, {"taskId": JOB, "status": "QUEUED", "errorCode": ""})
        return page(200, {"code": 0, "msg": "success", "data": {"taskId": JOB, "taskStatus": "CREATE"}})


async def bought(site: Site, shelf: Shelf, endpoint: str, **arguments: Resolved) -> Any:
    """Stage and buy; path and body that arrived."""
    seller = seller_at(site.url)
    try:
        staged = await seller.stage(Request(endpoint, arguments), shelf)
        assert await seller.submit(staged, "attempt-1") == Accepted(JOB)
        return site.bought[-1]
    finally:
        await seller.close()


@pytest.mark.parametrize(
    ("endpoint", "goods"),
    [
        ("workflow/1904136902449209346", Goods("workflow", "1904136902449209346")),
        ("app/77", Goods("app", "77")),
        ("quick/002", Goods("quick", "002")),
        (f"quick/{APP}-002", Goods("quick", "002", APP)),
        ("quick/a-b", Goods("quick", "a-b")),
        ("chat/glm-5.2", Goods("chat", "glm-5.2")),
        ("chat/google/gemini-3.5-flash:free", Goods("chat", "google/gemini-3.5-flash:free")),
        ("workflow", Goods("model", "workflow")),
        ("seedream-v4/text-to-image", Goods("model", "seedream-v4/text-to-image")),
        ("workflows/1", Goods("model", "workflows/1")),
    ],
)
def test_what_an_endpoint_names(endpoint: str, goods: Goods) -> None:
    assert goods_of(endpoint) == goods


@pytest.mark.parametrize(
    "endpoint",
    [
        "workflow/my-flow",
        "workflow/１２",
        "workflow/1/2",
        "workflow/1 ",
        f"app/{'1' * 31}",
        "app/../x",
        "quick/a b",
        "quick/ä",
        "chat/../v1",
        "chat/a//b",
        "chat/a b",
        "chat/a?b",
        "chat/.",
    ],
)
def test_what_names_nothing_is_refused_before_anything_leaves(endpoint: str, tmp_path: Path) -> None:
    async def run() -> None:
        async with RudeServer(rude.fin_after_all) as server:
            seller = seller_at(server.url)
            with pytest.raises(PollFailed) as caught:
                await seller.stage(Request(endpoint, {"nodes": {"6": {"text": "x"}}}), Shelf(tmp_path))
            answer = await seller.submit(Staged(endpoint, {}), "a")
            await seller.close()
            assert (caught.value.failure.kind, caught.value.failure.repeatable) == (
                FailureKind.REFUSED_INPUT,
                False,
            )
            assert isinstance(answer, Refused)
            assert server.connections == 0

    asyncio.run(run())


def test_a_workflow_goes_the_newer_way_with_every_argument_and_type(tmp_path: Path) -> None:
    async def run() -> None:
        async with Site() as site:
            shelf = Shelf(tmp_path)
            path, body = await bought(
                site,
                shelf,
                "workflow/77",
                nodes={
                    "6": {"text": "rain", "image": shelf.file()},
                    "12:3": {"seed": 9007199254740991, "cfg": 7.5, "on": True, "off": None, "list": [1, "b"]},
                    "9": {"again": shelf.blob(), "url": UrlMedia("https://x.example/a.png", Kind.IMAGE)},
                },
                instance="plus",
                use_personal_queue=True,
                retain_seconds=60,
                add_metadata=False,
            )
            assert path == "/openapi/v2/run/workflow/77"
            assert body == {
                "nodeInfoList": [
                    {"nodeId": "6", "fieldName": "text", "fieldValue": "rain"},
                    {"nodeId": "6", "fieldName": "image", "fieldValue": "openapi/upload-1.png"},
                    {"nodeId": "12:3", "fieldName": "seed", "fieldValue": 9007199254740991},
                    {"nodeId": "12:3", "fieldName": "cfg", "fieldValue": 7.5},
                    {"nodeId": "12:3", "fieldName": "on", "fieldValue": True},
                    {"nodeId": "12:3", "fieldName": "off", "fieldValue": None},
                    {"nodeId": "12:3", "fieldName": "list", "fieldValue": [1, "b"]},
                    {"nodeId": "9", "fieldName": "again", "fieldValue": "openapi/upload-1.png"},
                    {"nodeId": "9", "fieldName": "url", "fieldValue": "https://x.example/a.png"},
                ],
                "instanceType": "plus",
                "usePersonalQueue": True,
                "retainSeconds": 60,
                "addMetadata": False,
            }
            assert site.uploads == 1

    asyncio.run(run())


def test_an_app_goes_the_newer_way_and_without_nodes_runs_as_it_is(tmp_path: Path) -> None:
    async def run() -> None:
        async with Site() as site:
            assert await bought(site, Shelf(tmp_path), f"app/{APP}") == (f"/openapi/v2/run/ai-app/{APP}", {})
            assert KEY not in str(site.bought)  # the newer calls have it in the header alone
            assert site.heard[-1].headers["authorization"] == f"Bearer {KEY}"

    asyncio.run(run())


def test_a_whole_graph_goes_the_older_way(tmp_path: Path) -> None:
    async def run() -> None:
        async with Site() as site:
            shelf = Shelf(tmp_path)
            graph: Resolved = {"1": {"class_type": "LoadImage", "inputs": {"image": shelf.file(), "n": 2}}}
            path, body = await bought(site, shelf, "workflow/77", graph=graph, instance="default")
            assert path == "/task/openapi/create"
            sent = json.loads(body.pop("workflow"))
            assert sent["1"]["inputs"] == {"image": "openapi/upload-1.png", "n": 2}
            assert body == {"apiKey": KEY, "workflowId": "77", "instanceType": "default"}

    asyncio.run(run())


@pytest.mark.parametrize(
    ("endpoint", "path", "who"),
    [
        ("workflow/77", "/task/openapi/create", {"workflowId": "77"}),
        ("app/77", "/task/openapi/ai-app/run", {"webappId": "77"}),
    ],
)
def test_a_password_goes_the_way_that_takes_one(
    endpoint: str, path: str, who: dict[str, str], tmp_path: Path
) -> None:
    async def run() -> None:
        async with Site() as site:
            arrived = await bought(
                site,
                Shelf(tmp_path),
                endpoint,
                nodes={"6": {"text": "x"}},
                access_password={"env": "APP_PASSWORD"},
            )
            item = {"nodeId": "6", "fieldName": "text", "fieldValue": "x"}
            wanted = {"apiKey": KEY, "accessPassword": PASSWORD, "nodeInfoList": [item], **who}
            assert arrived == (path, wanted)

    asyncio.run(run())


FIELDS = [
    {
        "nodeId": "39",
        "nodeName": "LoadImage",
        "fieldName": "image",
        "fieldType": "IMAGE",
        "description": "上传图像",
    },
    {"nodeId": "159", "nodeName": "ImpactSwitch", "fieldName": "select", "fieldType": "SWITCH"},
]


def test_a_quick_creation_names_nodes_and_types(tmp_path: Path) -> None:
    async def run() -> None:
        async with Site() as site:
            site.demo = {"webappName": "P", "nodeInfoList": FIELDS}
            shelf = Shelf(tmp_path)
            nodes: Resolved = {
                "39": {"image": shelf.file()},
                "159": {"select": "2"},
                "7": {"n": 1, "f": 0.5, "b": True},
            }
            seller = seller_at(site.url)
            for _ in range(2):
                staged = await seller.stage(Request(f"quick/{APP}-002", {"nodes": nodes}), shelf)
                await seller.submit(staged, "a")
            await seller.close()
            path, body = site.bought[-1]
            assert path == "/task/openapi/quick-ai-app/run"
            items = body.pop("nodeInfoList")
            assert body == {"apiKey": KEY, "webappId": APP, "quickCreateCode": "002"}
            assert items[0] == {**FIELDS[0], "fieldValue": "openapi/upload-1.png"}
            assert items[1] == {**FIELDS[1], "fieldValue": "2"}
            assert [(item["fieldType"], "nodeName" in item) for item in items[2:]] == [
                ("INT", False),
                ("FLOAT", False),
                ("BOOLEAN", False),
            ]
            asked = [heard.path for heard in site.heard if "apiCallDemo" in heard.path]
            assert asked == [f"/api/webapp/apiCallDemo?webappId={APP}&apiKey={KEY}"]  # once

    asyncio.run(run())


def test_a_quick_creation_nobody_describes_is_sent_all_the_same(tmp_path: Path) -> None:
    async def run() -> None:
        async with Site() as site:
            for endpoint in ("quick/002", f"quick/{APP}-002"):
                _, body = await bought(site, Shelf(tmp_path), endpoint, nodes={"39": {"text": "x"}})
                assert body["nodeInfoList"] == [
                    {"nodeId": "39", "fieldName": "text", "fieldValue": "x", "fieldType": "STRING"}
                ]
            assert [("webappId" in body) for _, body in site.bought] == [False, True]

    asyncio.run(run())


@pytest.mark.parametrize(
    ("endpoint", "arguments", "words"),
    [
        ("workflow/7", {"nodes": [1]}, "nodes is a mapping"),
        ("workflow/7", {"nodes": {"6": "text"}}, "node 6 wants a mapping"),
        ("workflow/7", {"nodes": {}, "graph": {}}, "give nodes or graph, not both"),
        ("app/7", {"graph": {}}, "only a workflow takes a whole graph"),
        ("app/7", {"nods": {}}, "nobody knows how to send nods"),
        ("app/7", {"access_password": {"env": "NOT_SET"}}, "the environment variable NOT_SET"),
        ("app/7", {"access_password": {"file": "x"}}, "the name of an environment variable"),
        ("app/7", {"access_password": 5}, "the name of an environment variable"),
        ("workflow/7", {"graph": {"1": {"seed": 2**60}}}, "cannot be"),
    ],
)
def test_arguments_that_make_no_request_are_told_before_money_is_promised(
    endpoint: str, arguments: dict[str, Resolved], words: str, tmp_path: Path
) -> None:
    async def run() -> None:
        seller = seller_at("http://127.0.0.1:9")
        with pytest.raises(PollFailed) as caught:
            await seller.stage(Request(endpoint, arguments), Shelf(tmp_path))
        await seller.close()
        failure = caught.value.failure
        assert (failure.kind, failure.repeatable) == (FailureKind.REFUSED_INPUT, False)
        assert endpoint in failure.message
        assert words in failure.message or words == "cannot be"

    asyncio.run(run())


# Uploads under their names


def test_a_name_is_used_again_while_the_bytes_live(tmp_path: Path) -> None:
    async def run() -> None:
        async with Site() as site:
            shelf = Shelf(tmp_path)
            nodes: Resolved = {"6": {"image": shelf.file()}}
            await bought(site, shelf, "workflow/7", nodes=nodes)
            await bought(site, shelf, "app/7", nodes=nodes)
            assert site.uploads == 1
            model = seller_at(site.url)
            staged = await model.stage(
                Request("skyreels-v4/image-to-video-fast", {"image": shelf.file()}), shelf
            )
            await model.close()
            assert staged.body == {"image": f"{site.url}/openapi/upload-1.png"}
            assert site.uploads == 1
            site.gone = True
            _, body = await bought(site, shelf, "workflow/7", nodes=nodes)
            assert site.uploads == 2
            assert body["nodeInfoList"][0]["fieldValue"] == "openapi/upload-2.png"

    asyncio.run(run())


def test_a_result_of_the_site_is_uploaded_for_nodes(tmp_path: Path) -> None:
    """Its address is good for models; a node wants a name, and only an upload has one."""

    async def run() -> None:
        async with Site() as site:
            shelf = Shelf(tmp_path)
            _, body = await bought(
                site, shelf, "app/7", nodes={"6": {"image": shelf.blob(url=site.url + "/x.png")}}
            )
            assert body["nodeInfoList"][0]["fieldValue"] == "openapi/upload-1.png"

    asyncio.run(run())


def test_an_upload_without_a_name_is_told(tmp_path: Path) -> None:
    async def run() -> None:
        upload = page(200, {"code": 0, "data": {"download_url": "https://x.example/a.png"}})
        async with RudeServer(rude.answers(upload)) as server:
            seller, shelf = seller_at(server.url), Shelf(tmp_path)
            with pytest.raises(PollFailed, match="what nodes may call it"):
                await seller.stage(Request("app/7", {"nodes": {"6": {"image": shelf.file()}}}), shelf)
            await seller.close()

    asyncio.run(run())


# Webhooks


def test_a_webhook_is_sent_along_and_only_where_there_is_one(tmp_path: Path) -> None:
    async def run() -> None:
        async with Site() as site:
            hooks = {"a1": "https://me.example/hook/a1"}
            seller = seller_at(site.url, webhook=hooks.get)
            shelf = Shelf(tmp_path)
            for endpoint in ("workflow/7", "app/7", "quick/7", "skyreels-v4/x"):
                staged = await seller.stage(Request(endpoint, {}), shelf)
                assert "webhookUrl" not in str(staged.body)
                await seller.submit(staged, "a1")
                assert site.bought[-1][1]["webhookUrl"] == hooks["a1"]
                await seller.submit(staged, "a2")
                assert "webhookUrl" not in site.bought[-1][1]
            await seller.close()

    asyncio.run(run())


HOOK = "https://me.example/secret-of-this-run-4711/a1"


async def complains_of_the_webhook(line: rude.Line) -> None:
    heard = await line.hear()
    address = json.loads(heard.body)["webhookUrl"]
    path = address.removeprefix("https://me.example")
    await line.say(page(200, {"code": 803, "msg": f"cannot reach {address}: me.example refused POST {path}"}))


def test_the_address_of_a_webhook_is_quoted_neither_whole_nor_in_part(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    async def run() -> SubmitAnswer:
        async with RudeServer(complains_of_the_webhook) as server:
            seller = seller_at(server.url, webhook=lambda _attempt: HOOK)
            staged = await seller.stage(Request("app/7", {}), Shelf(tmp_path))
            answer = await seller.submit(staged, "a1")
            await seller.close()
            return answer

    answer = asyncio.run(run())
    assert isinstance(answer, Refused)
    assert "cannot reach ***: me.example refused POST ***" in answer.failure.message
    assert "4711" not in f"{answer!r} {caplog.text}"


# Passwords are told to nobody


async def echoes(line: rude.Line) -> None:
    heard = await line.hear()
    said = heard.body.decode()
    await line.say(
        page(200, {"code": 803, "msg": f"wrong: {json.loads(said or '{}').get('accessPassword')} {said}"})
    )


@pytest.mark.parametrize("manner", [echoes, rude.fin_after_all, rude.stall, rude.garbage])
@pytest.mark.parametrize("given", [{"env": "APP_PASSWORD"}, PASSWORD])
def test_a_password_is_in_the_request_and_nowhere_else(
    manner: rude.Manner, given: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    async def run() -> list[Any]:
        async with RudeServer(manner) as server:
            seller = seller_at(server.url)
            staged = await seller.stage(Request("app/7", {"access_password": given}), Shelf(tmp_path))
            answer = await seller.submit(staged, "a")
            assert isinstance(answer, Refused | Lost)
            with pytest.raises(PollFailed) as caught:
                await seller.report(JOB)
            await seller.close()
            assert server.heard[0].json()["accessPassword"] == PASSWORD  # type: ignore[index]
            kept = [staged] if isinstance(given, dict) else []
            return [answer, caught.value, seller, seller._reader, seller._reader.veil, *kept]

    for item in asyncio.run(run()):
        text = everything_of(item) if isinstance(item, BaseException) else f"{item!r} {item}"
        assert "sesame" not in text
        assert KEY not in text
    assert "sesame" not in caplog.text
    assert KEY not in caplog.text


def test_a_short_password_does_not_turn_words_into_stars(tmp_path: Path) -> None:
    async def run() -> None:
        async with RudeServer(
            rude.answers(page(200, {"code": 803, "msg": "yesterday you said yes"}))
        ) as server:
            seller = seller_at(server.url)
            staged = await seller.stage(
                Request("app/7", {"access_password": {"env": "SHORT"}}), Shelf(tmp_path)
            )
            answer = await seller.submit(staged, "a")
            await seller.close()
            assert isinstance(answer, Refused)
            assert '"yesterday you said ***"' in answer.failure.message

    asyncio.run(run())


# Results


def test_results_come_by_node_and_with_what_they_cost() -> None:
    async def run() -> None:
        async with Site() as site:
            site.query = {
                "taskId": JOB,
                "status": "SUCCESS",
                "errorCode": "",
                "usage": {"consumeCoins": "7", "taskCostTime": "32", "consumeMoney": None},
                "results": [
                    {"url": f"{site.url}/a.png", "outputType": "png", "nodeId": "9"},
                    {"url": None, "text": "a caption", "outputType": "txt", "nodeId": "12"},
                ],
            }
            seller = seller_at(site.url)
            report = await seller.report(JOB)
            await seller.close()
            until = 1_000_000.0 + RESULT_LIVES_S
            assert report == JobReport(
                "succeeded",
                (
                    RemoteResult(f"{site.url}/a.png", "png", None, "9", until),
                    RemoteResult(None, "txt", "a caption", "12"),
                ),
                Usage(coins="7", seconds="32"),
            )

    asyncio.run(run())


def test_a_workflow_that_fails_says_where() -> None:
    async def run() -> None:
        async with Site() as site:
            reason = {
                "exception_type": "torch.OutOfMemoryError",
                "exception_message": "Allocation on device\n  failed",
                "node_name": "KSampler",
                "node_id": "3",
                "traceback": ["…"],
            }
            site.query = {"taskId": JOB, "status": "FAILED", "errorCode": "1000", "failedReason": reason}
            seller = seller_at(site.url)
            first = (await seller.report(JOB)).failure
            site.query = {"taskId": JOB, "status": "FAILED", "failedReason": {"node_name": "VAE Decode"}}
            second = (await seller.report(JOB)).failure
            site.query = {"taskId": JOB, "status": "FAILED", "failedReason": {"exception_message": "boom"}}
            third = (await seller.report(JOB)).failure
            await seller.close()
            assert first is not None
            assert second is not None
            assert third is not None
            assert first.message.endswith(
                'The workflow stopped at node KSampler (3) with: "Allocation on device failed"'
            )
            assert (
                second.message
                == "RunningHub ended the task as failed. The workflow stopped at node VAE Decode."
            )
            assert third.message == 'RunningHub ended the task as failed. The reason: "boom"'

    asyncio.run(run())


def test_a_graph_that_comfyui_refuses_says_which_node(tmp_path: Path) -> None:
    tips = {
        "result": False,
        "node_errors": {"6": {"errors": [{"message": "Required input is missing", "details": "clip"}]}},
    }

    async def run() -> None:
        said = page(
            200, {"code": 433, "msg": "VALIDATE_PROMPT_FAILED", "data": {"promptTips": json.dumps(tips)}}
        )
        async with RudeServer(rude.answers(said)) as server:
            seller = seller_at(server.url)
            staged = await seller.stage(Request("workflow/7", {"graph": {}}), Shelf(tmp_path))
            answer = await seller.submit(staged, "a")
            await seller.close()
            assert isinstance(answer, Refused)
            assert (answer.failure.kind, answer.failure.code) == (FailureKind.REFUSED_INPUT, "433")
            assert "node 6: Required input is missing: clip" in answer.failure.message

    asyncio.run(run())


def test_no_price_is_asked_for_what_the_site_prices_by_use() -> None:
    async def run() -> None:
        async with RudeServer(rude.fin_after_all) as server:
            seller = seller_at(server.url)
            told = await seller.price_preview("workflow/7", {})
            await seller.close()
            assert (told.amount, server.connections) == (None, 0)
            assert told.notes

    asyncio.run(run())
