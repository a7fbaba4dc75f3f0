"""Progress over a WebSocket: ComfyUI's messages, in their order, until the true end."""

from __future__ import annotations

import json
import socket
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rhflow.simulator import watching
from rhflow.simulator.server import Timing
from rhflow.simulator.settings import RENDERER
from tests.simulator.server_house import House, house
from tests.simulator.test_server_workflows import CREATE, PICTURE_FLOW, RESTYLE, change, old

wsproto = pytest.importorskip("wsproto")


def messages(url: str) -> Iterator[dict[str, Any]]:
    """What a server tells over a WebSocket, until it closes."""
    parts = urllib.parse.urlsplit(url)
    assert parts.scheme == "ws"
    with socket.create_connection((parts.hostname, parts.port), 20) as line:
        line.settimeout(20)
        talk = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
        target = f"{parts.path}?{parts.query}"
        line.sendall(talk.send(wsproto.events.Request(host=parts.netloc, target=target)))
        while True:
            talk.receive_data(line.recv(65_536) or None)
            for event in talk.events():
                if isinstance(event, wsproto.events.RejectConnection | wsproto.events.CloseConnection):
                    return
                if isinstance(event, wsproto.events.TextMessage):
                    yield json.loads(event.data)


def running(home: House, **body: Any) -> str:
    """A job that runs, and where its progress is told."""
    answer = old(home, CREATE, **body)
    assert answer["data"]["netWssUrl"] is None, "null while queued"
    task = answer["data"]["taskId"]
    end = time.monotonic() + 10
    while (told := old(home, "/task/openapi/outputs", taskId=task))["code"] == 813:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert told["code"] == 804, told
    return told["data"]["netWssUrl"]


def test_a_graph_tells_how_far_it_is(tmp_path: Path) -> None:
    with house(tmp_path, renderer=RENDERER, timing=Timing(queued_s=0.05, running_s=0.6)) as home:
        start = time.monotonic()
        told = list(messages(running(home, workflowId=PICTURE_FLOW)))
        assert time.monotonic() - start > 0.4, "it is told while it happens"
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
    with house(tmp_path, renderer=RENDERER, timing=Timing(queued_s=0.05, running_s=0.3)) as home:
        home.faults(
            {"on": "run", "code": 1000, "reason": {"node_id": "3", "exception_message": "out of memory"}}
        )
        told = list(messages(running(home, workflowId=RESTYLE, nodeInfoList=[change("6", "text", "x")])))
    assert told[-1]["type"] == "execution_error"
    assert told[-1]["data"]["exception_message"] == "out of memory"


def test_a_stranger_is_told_nothing(tmp_path: Path) -> None:
    with house(tmp_path, timing=Timing(queued_s=0.05, running_s=60), renderer=RENDERER) as home:
        base = home.url.replace("http", "ws")
        assert list(messages(f"{base}/ws/c_instance?clientId=nobody")) == []
        assert list(messages(f"{base}/elsewhere?clientId=nobody")) == []
        url = running(home, workflowId=PICTURE_FLOW)
        first = messages(url)
        assert next(first)["type"] == "execution_start"
        first.close()
        start = time.monotonic()
    assert time.monotonic() - start < 3, "a watcher that left, or stays, does not hold up the end"


def test_without_the_package_there_is_no_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert watching.CAN_WATCH
    monkeypatch.setattr("rhflow.simulator.office.CAN_WATCH", False)
    with house(tmp_path, timing=Timing(queued_s=0, running_s=60), renderer=RENDERER) as home:
        task = old(home, CREATE, workflowId=PICTURE_FLOW)["data"]["taskId"]
        assert old(home, "/task/openapi/outputs", taskId=task)["data"] == {"netWssUrl": None}
