"""A client that somebody else wrote speaks to the simulator as to the vendor.

`runninghub-sdk` (MIT; Python, v1 and v2 calls) was made against the vendor's own answers. Each call below is a row in
the table of `docs/simulator.md`.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from runninghub_sdk import RunningHubClient
from runninghub_sdk.exceptions import RunningHubError

from rhflow.catalog_files import load_catalog
from rhflow.simulator.server import SimulatorServer, SimulatorSettings, Timing
from tests.cli.front import KEY, ROOT

WORKFLOW, APP = "1904136902449209346", "1877265245566922800"
PAGE = ROOT / "docs" / "simulator.md"
CALLS: dict[str, Callable[..., None]] = {}


def call(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Enter a call of the client under its name."""

    def enter(play: Callable[..., None]) -> Callable[..., None]:
        CALLS[name] = play
        return play

    return enter


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHubClient]:
    settings = SimulatorSettings(
        folder=tmp_path_factory.mktemp("far"), catalog=load_catalog(), timing=Timing(0.02, 0.02), quick=True
    )
    with SimulatorServer(settings) as server:
        made = RunningHubClient(api_key=KEY, base_url=server.base_url)
        yield made
        made.close()


def picture() -> io.BytesIO:
    content = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(content, "PNG")
    content.seek(0)
    return content


def waited(client: RunningHubClient, task: str) -> list[Any]:
    return list(client.wait_for_completion(task, poll_interval=0.05, timeout=30))


@call("run_model_api, wait_for_query_v2_completion")
def model(client: RunningHubClient) -> None:
    accepted = client.run_model_api("seedream-v4/text-to-image", {"prompt": "a heron", "resolution": "2k"})
    assert accepted.task_id
    ended = client.wait_for_query_v2_completion(accepted.task_id, poll_interval=0.05, timeout=30)
    assert str(ended.status).endswith("SUCCESS")
    assert ended.results
    assert ended.results[0]["url"].startswith("http")


@call("preview_model_price")
def price(client: RunningHubClient) -> None:
    found = client.preview_model_price("seedream-v4/text-to-image", {"prompt": "a heron"})
    assert found.currency == "CNY"
    assert float(found.estimated_price) == 0.14


@call("get_queue_status")
def queue(client: RunningHubClient) -> None:
    assert int(client.get_queue_status().concurrent_limit) == 50


@call("get_account_status")
def account(client: RunningHubClient) -> None:
    assert "SHARED" in str(client.get_account_status().api_type)


@call("list_api_keys")
def keys(client: RunningHubClient) -> None:
    assert client.list_api_keys()


@call("upload_file, upload_image")
def upload(client: RunningHubClient) -> None:
    assert client.upload_image(picture())
    assert client.upload_file(picture())


@call("run, get_status, get_outputs")
def workflow(client: RunningHubClient) -> None:
    nodes = [{"nodeId": "6", "fieldName": "text", "fieldValue": "a heron in the reeds"}]
    task = client.run(WORKFLOW, nodes)
    outputs = waited(client, task.task_id)
    assert [output.node_id for output in outputs] == ["9"]
    assert outputs[0].file_url.startswith("http")


@call("cancel")
def cancel(client: RunningHubClient) -> None:
    task = client.run(WORKFLOW)
    client.cancel(task.task_id)


@call("get_workflow_json")
def graph(client: RunningHubClient) -> None:
    nodes = client.get_workflow_json_parsed(WORKFLOW)
    assert {"6", "9"} <= set(nodes)


@call("get_ai_app_api_demo, run_ai_app")
def app(client: RunningHubClient) -> None:
    demo = client.get_ai_app_api_demo(APP)
    assert {str(node.node_id) for node in demo.node_info_list} >= {"39", "52"}
    task = client.run_ai_app(APP, [{"nodeId": "52", "fieldName": "prompt", "fieldValue": "in winter"}])
    assert waited(client, task.task_id)


@call("get_webhook_detail")
def webhook(client: RunningHubClient) -> None:
    came = threading.Event()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert told["event"] == "TASK_END"
            self.send_response(200)
            self.end_headers()
            came.set()

        def log_message(self, *_: object) -> None:
            pass

    receiver = HTTPServer(("127.0.0.1", 0), Receiver)
    worker = threading.Thread(target=receiver.serve_forever, daemon=True)
    worker.start()
    try:
        task = client.run(WORKFLOW, webhook_url=f"http://127.0.0.1:{receiver.server_port}/told")
        waited(client, task.task_id)
        assert came.wait(10)
        assert client.get_webhook_detail(task.task_id).task_id == task.task_id
    finally:
        receiver.shutdown()
        receiver.server_close()
        worker.join()


@call("an error: no such workflow")
def nothing(client: RunningHubClient) -> None:
    with pytest.raises(RunningHubError):
        client.run("1")


@pytest.mark.parametrize("name", CALLS)
def test_it_works_as_with_the_vendor(client: RunningHubClient, name: str) -> None:
    CALLS[name](client)


def test_the_page_has_a_row_for_each() -> None:
    page = Path(PAGE).read_text(encoding="utf-8")
    missing = [name for name in CALLS if f"| {name} |" not in page]
    assert missing == []
