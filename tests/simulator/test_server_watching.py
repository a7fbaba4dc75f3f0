"""Progress over a WebSocket: ComfyUI's messages, in their order, until the true end."""

from __future__ import annotations

import json
import time
from collections.abc import Generator
from http import HTTPStatus
from pathlib import Path
from typing import Any

from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from rhflow.simulator.settings import RENDERER
from tests.simulator.server_house import HELD, House, house
from tests.simulator.test_server_workflows import CREATE, PICTURE_FLOW, RESTYLE, change, old


def messages(url: str) -> Generator[dict[str, Any], None, None]:
    """What a server tells over a WebSocket, until it closes; nothing where it does not let us in."""
    try:
        with connect(url, proxy=None) as line:
            for message in line:
                yield json.loads(message)
    except InvalidStatus as refused:
        if refused.response.status_code != HTTPStatus.FORBIDDEN:
            raise


def running(home: House, **body: Any) -> str:
    """A job that runs, and where its progress is told."""
    answer = old(home, CREATE, **body)
    assert answer["data"]["netWssUrl"] is None, "null while queued"
    task = answer["data"]["taskId"]
    home.advance(HELD.queued_s)
    told = old(home, "/task/openapi/outputs", taskId=task)
    assert told["code"] == 804, told
    return told["data"]["netWssUrl"]


def test_a_graph_tells_how_far_it_is(tmp_path: Path) -> None:
    with house(tmp_path, renderer=RENDERER, timing=HELD) as home:
        telling = messages(running(home, workflowId=PICTURE_FLOW))
        told = [next(telling) for _ in range(3)]
        assert told[2]["type"] == "executing", "it is told while it happens"
        assert home.client.get("/simulator/tasks").json()["tasks"][0]["status"] == "RUNNING"
        home.advance(HELD.running_s)
        told += telling
    kinds = [item["type"] for item in told]
    assert kinds[:2] == ["execution_start", "execution_cached"]
    assert kinds[-2:] == ["executing", "execution_success"]
    nodes = [item["data"]["node"] for item in told if item["type"] == "executing"]
    assert set(nodes) == {"3", "4", "5", "6", "7", "8", "9", None}
    assert nodes.index("4") < nodes.index("6") < nodes.index("3") < nodes.index("8") < nodes.index("9")
    progress = [item["data"] for item in told if item["type"] == "progress" and item["data"]["node"] == "3"]
    assert [item["value"] for item in progress] == [1, 2, 3, 4]
    (executed,) = [item["data"] for item in told if item["type"] == "executed"]
    assert executed["node"] == "9"
    assert len({item["data"]["prompt_id"] for item in told}) == 1


def test_a_graph_that_fails_says_so(tmp_path: Path) -> None:
    with house(tmp_path, renderer=RENDERER, timing=HELD) as home:
        home.faults(
            {"on": "run", "code": 1000, "reason": {"node_id": "3", "exception_message": "out of memory"}}
        )
        telling = messages(running(home, workflowId=RESTYLE, nodeInfoList=[change("6", "text", "x")]))
        told = [next(telling)]
        home.advance(HELD.running_s)
        told += telling
    assert told[-1]["type"] == "execution_error"
    assert told[-1]["data"]["exception_message"] == "out of memory"


def test_a_stranger_is_told_nothing(tmp_path: Path) -> None:
    with house(tmp_path, timing=HELD, renderer=RENDERER) as home:
        base = home.url.replace("http", "ws")
        assert list(messages(f"{base}/ws/c_instance?clientId=nobody")) == []
        assert list(messages(f"{base}/elsewhere?clientId=nobody")) == []
        url = running(home, workflowId=PICTURE_FLOW)
        assert list(messages(url.partition("&Rh-Comfy-Auth")[0])) == [], (
            "the address carries what lets one in"
        )
        first = messages(url)
        assert next(first)["type"] == "execution_start"
        first.close()
        start = time.monotonic()
    assert time.monotonic() - start < 20, "a watcher that left, or stays, does not hold up the end"
