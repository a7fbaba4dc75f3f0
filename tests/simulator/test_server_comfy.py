"""Native proxies: ComfyUI's own calls at a machine of an exclusive key (RunningHub API, 5.3)."""

from __future__ import annotations

import io
import json
import logging
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from websockets.sync.client import connect

from rhflow.simulator.settings import RENDERER
from tests.simulator.server_house import HELD, KEY, House, house
from tests.simulator.test_server_files import picture
from tests.simulator.test_server_workflows import CREATE, PICTURE_FLOW, RESTYLE, old

MINE, BIG = "my-exclusive-key-0002", "my-exclusive-plus-key-0005"


class Comfy:
    """A client of ComfyUI, whose address happens to be a proxy's."""

    def __init__(self, home: House, key: str = MINE, kind: str = "proxy") -> None:
        self.home = home
        self.base = f"{home.url}/{kind}/{key}"
        self.http = home.client

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.http.get(self.base + path, params=query)

    def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return self.http.post(self.base + path, json=body, **more)

    def prompt(self, graph: Any, **more: Any) -> str:
        answer = self.post("/prompt", {"prompt": graph, **more})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["prompt_id"])

    def queue(self) -> tuple[list[str], list[str]]:
        """What runs and what waits, by id."""
        told = self.get("/queue").json()
        assert set(told) == {"queue_running", "queue_pending"}
        return [item[1] for item in told["queue_running"]], [item[1] for item in told["queue_pending"]]

    def ended(self, prompt: str) -> dict[str, Any]:
        """Its history, once there is one: it is drawn, and then its time passes."""
        for _ in range(1000):
            told = self.get(f"/history/{prompt}").json()
            if told:
                return dict(told[prompt])
            self.home.advance(HELD.queued_s)
            time.sleep(0.02)
        raise AssertionError("it never ended")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path, timing=HELD, renderer=RENDERER) as running:
        yield running


def graph_of(home: House, flow: str, **inputs: Any) -> dict[str, Any]:
    """A saved graph with other values: `n6_text="…"`."""
    told = old(home, "/api/openapi/getJsonApiFormat", workflowId=flow)
    graph = json.loads(told["data"]["prompt"])
    for name, value in inputs.items():
        node, _, field = name.removeprefix("n").partition("_")
        graph[node]["inputs"][field] = value
    return dict(graph)


def test_a_prompt_from_queue_to_picture(home: House) -> None:
    comfy = Comfy(home)
    graph = graph_of(home, PICTURE_FLOW, n6_text="a heron")
    answer = comfy.post("/prompt", {"prompt": graph, "client_id": "me", "extra_data": {"a": 1}}).json()
    assert set(answer) == {"prompt_id", "number", "node_errors"}
    prompt = answer["prompt_id"]
    assert str(uuid.UUID(prompt)) == prompt
    assert (answer["number"], answer["node_errors"]) == (0, {})
    assert comfy.get("/prompt").json() == {"exec_info": {"queue_remaining": 1}}
    (item,) = comfy.get("/queue").json()["queue_pending"]
    assert item[:2] == [0, prompt]
    assert item[2]["6"]["inputs"]["text"] == "a heron"
    assert item[3:] == [{"a": 1, "client_id": "me"}, ["9"]]
    assert comfy.get(f"/history/{prompt}").json() == {}
    home.advance(HELD.queued_s)
    assert comfy.queue() == ([prompt], [])
    told = comfy.ended(prompt)
    assert set(told) == {"prompt", "outputs", "status", "meta"}
    assert (told["status"]["status_str"], told["status"]["completed"]) == ("success", True)
    assert [name for name, _ in told["status"]["messages"]][::2] == ["execution_start", "execution_success"]
    (made,) = told["outputs"]["9"]["images"]
    assert made["filename"].startswith("ComfyUI_")
    assert (made["subfolder"], made["type"]) == ("", "output")
    seen = comfy.get("/view", **made)
    assert seen.headers["content-type"] == "image/png"
    with Image.open(io.BytesIO(seen.content)) as image:
        assert json.loads(image.info["prompt"])["6"]["inputs"]["text"] == "a heron"
    assert comfy.queue() == ([], [])
    assert list(comfy.get("/history").json()) == [prompt]


def test_the_same_below_api(home: House) -> None:
    comfy = Comfy(home)
    assert comfy.get("/api/prompt").json() == comfy.get("/prompt").json()


def test_a_file_goes_in_and_is_loaded(home: House) -> None:
    comfy = Comfy(home)
    answer = comfy.http.post(f"{comfy.base}/upload/image", files={"image": ("me.png", picture())}).json()
    assert (answer["subfolder"], answer["type"]) == ("", "input")
    assert comfy.get("/view", filename=answer["name"], type="input").content == picture()
    prompt = comfy.prompt(graph_of(home, RESTYLE, n10_image=answer["name"]))
    told = comfy.ended(prompt)
    assert told["outputs"]["9"]["images"][0]["filename"].startswith("restyled_")


@pytest.mark.parametrize(
    ("change", "kind", "node"),
    [
        ({"n3_steps": 0}, "prompt_outputs_failed_validation", "3"),
        ({"n9_images": ["77", 0]}, "prompt_outputs_failed_validation", "9"),
    ],
)
def test_what_comfyui_refuses_before_it_runs(
    home: House, change: dict[str, Any], kind: str, node: str
) -> None:
    answer = Comfy(home).post("/prompt", {"prompt": graph_of(home, PICTURE_FLOW, **change)})
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == kind
    assert answer.json()["node_errors"][node]["errors"]
    assert home.bill()["entries"] == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({}, "no_prompt"),
        (["x"], "no_prompt"),
        ({"prompt": "{"}, "invalid_prompt"),
        ({"prompt": {"1": {"inputs": {}}}}, "invalid_prompt"),
        ({"prompt": {"1": {"class_type": "ImageInvert", "inputs": {}}}}, "prompt_no_outputs"),
    ],
)
def test_what_is_no_prompt(home: House, body: Any, kind: str) -> None:
    answer = Comfy(home).post("/prompt", body)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, kind)


def test_one_machine_one_after_the_other(home: House) -> None:
    comfy, graph = Comfy(home), graph_of(home, PICTURE_FLOW)
    first, second = comfy.prompt(graph), comfy.prompt(graph)
    home.advance(HELD.queued_s)
    assert comfy.queue() == ([first], [second])
    assert comfy.post("/queue", {"delete": [first, second]}).status_code == 200
    assert comfy.queue() == ([first], []), "what runs is not taken out"
    assert second not in comfy.get("/history").json(), "what only waited leaves no trace"
    assert comfy.post("/interrupt").status_code == 200
    assert comfy.queue() == ([], [])
    told = comfy.get(f"/history/{first}").json()[first]
    assert (told["status"]["status_str"], told["status"]["completed"]) == ("error", False)
    assert told["status"]["messages"][-1][0] == "execution_interrupted"
    assert comfy.post("/history", {"delete": [first]}).status_code == 200
    assert comfy.get("/history").json() == {}


def test_the_rented_machine_costs_nothing_a_prompt(home: House) -> None:
    comfy = Comfy(home)
    comfy.prompt(graph_of(home, PICTURE_FLOW))
    (entry,) = home.bill()["entries"]
    assert (entry["price"], entry["key_tail"], entry["endpoint"]) == ("0.00", "0002", "comfyui/default")


def test_the_machine_is_the_one_that_workflows_run_on(home: House) -> None:
    Comfy(home).prompt(graph_of(home, PICTURE_FLOW))
    with home.caller(MINE) as at:
        assert at.post(CREATE, json={"workflowId": PICTURE_FLOW}).json()["code"] == 415


def test_a_node_that_fails_is_in_the_history(home: House) -> None:
    reason = {"node_id": "3", "node_name": "KSampler", "exception_message": "out of memory"}
    home.faults({"on": "run", "code": 1000, "reason": reason})
    comfy = Comfy(home)
    told = comfy.ended(comfy.prompt(graph_of(home, PICTURE_FLOW)))
    assert told["outputs"] == {}
    name, data = told["status"]["messages"][-1]
    assert (name, data["node_id"], data["node_type"]) == ("execution_error", "3", "KSampler")
    assert data["exception_message"] == "out of memory"


@pytest.mark.parametrize(
    ("key", "kind", "status", "code"),
    [
        (KEY, "proxy", 403, 436),
        ("a-normal-key-0001", "proxy", 403, 436),
        ("a-lapsed-key-0004", "proxy", 403, 436),
        (MINE, "proxy-plus", 403, 435),
        (BIG, "proxy-plus", 200, None),
        (BIG, "proxy", 200, None),
    ],
)
def test_proxies_are_for_exclusive_keys(
    home: House, key: str, kind: str, status: int, code: int | None
) -> None:
    answer = Comfy(home, key, kind).get("/system_stats")
    assert answer.status_code == status
    assert answer.json().get("code") == code


def test_a_key_nobody_knows(tmp_path: Path) -> None:
    with house(tmp_path, accept_keys=frozenset({MINE})) as home:
        assert Comfy(home).get("/queue").status_code == 200
        answer = Comfy(home, "another-exclusive-key").get("/queue")
        assert (answer.status_code, answer.json()["code"]) == (401, 802)


def test_two_machines_of_one_account_are_two(home: House) -> None:
    small, big = Comfy(home, BIG), Comfy(home, BIG, "proxy-plus")
    prompt = big.prompt(graph_of(home, PICTURE_FLOW))
    assert big.queue() == ([], [prompt])
    assert small.queue() == ([], [])
    assert big.get("/system_stats").json()["devices"][0]["vram_total"] == 48 * 1024**3
    assert small.get("/system_stats").json()["devices"][0]["vram_total"] == 24 * 1024**3


def test_nobody_sees_what_another_made(home: House) -> None:
    mine, other = Comfy(home), Comfy(home, "other-exclusive-key-0009")
    prompt = mine.prompt(graph_of(home, PICTURE_FLOW))
    (made,) = mine.ended(prompt)["outputs"]["9"]["images"]
    assert mine.get("/view", **made).status_code == 200
    assert other.get("/view", **made).status_code == 404
    assert other.get(f"/history/{prompt}").json() == {}


def test_what_the_machine_says_of_itself(home: House) -> None:
    comfy = Comfy(home)
    told = comfy.get("/object_info/KSampler").json()["KSampler"]
    assert told["input"]["required"]["steps"][0] == "INT"
    assert "euler" in told["input"]["required"]["sampler_name"][0]
    assert told["output"] == ["LATENT"]
    assert len(comfy.get("/object_info").json()) > 70
    assert comfy.get("/object_info/Nothing").json() == {}
    assert "checkpoints" in comfy.get("/models").json()
    assert "sd_xl_base_1.0.safetensors" in comfy.get("/models/checkpoints").json()
    assert comfy.get("/models/nothing").status_code == 404
    assert comfy.get("/embeddings").json() == []


@pytest.mark.parametrize("path", ["", "/", "/nothing", "/prompt/", "/history/a/b", "/simulator/bill"])
def test_what_is_not_there(home: House, path: str) -> None:
    assert Comfy(home).get(path).status_code == 404


def test_the_wrong_method(home: House) -> None:
    for key in (MINE, KEY):  # as everywhere, the method is looked at before the key
        answer = home.client.delete(f"/proxy/{key}/queue")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET,POST")


@pytest.mark.parametrize("name", ["../../simulator.db", "/etc/passwd", "..", "nothing.png", ""])
def test_no_name_leads_out(home: House, name: str) -> None:
    for kind in ("output", "input", "temp", "other"):
        assert Comfy(home).get("/view", filename=name, type=kind).status_code in (400, 404)
        assert Comfy(home).get("/view", filename="x", subfolder=name, type=kind).status_code in (400, 404)


def test_the_socket_tells_of_this_clients_prompts(home: House) -> None:
    comfy = Comfy(home)
    with connect(comfy.base.replace("http", "ws") + "/ws?clientId=me", proxy=None) as line:
        first = json.loads(line.recv(10))
        assert first["type"] == "status"
        assert first["data"] == {"status": {"exec_info": {"queue_remaining": 0}}, "sid": "me"}
        prompt = comfy.prompt(graph_of(home, PICTURE_FLOW), client_id="me")
        comfy.ended(prompt)
        comfy.prompt(graph_of(home, PICTURE_FLOW), client_id="somebody else")
        told = []
        while not told or told[-1]["type"] != "execution_success":
            told.append(json.loads(line.recv(20)))
    about = [item for item in told if item["type"] != "status"]
    assert {item["data"]["prompt_id"] for item in about} == {prompt}
    assert [item["type"] for item in about][:2] == ["execution_start", "execution_cached"]
    (executed,) = [item["data"] for item in about if item["type"] == "executed"]
    assert executed["output"]["images"][0]["type"] == "output"
    assert {item["data"]["node"] for item in about if item["type"] == "executing"} >= {"3", "9", None}


def test_faults_meet_it(home: House) -> None:
    home.faults({"on": "proxy", "endpoint": "/prompt", "code": "http-502", "nth": 1})
    comfy, graph = Comfy(home), graph_of(home, PICTURE_FLOW)
    assert comfy.get("/queue").status_code == 200
    assert comfy.post("/prompt", {"prompt": graph}).status_code == 502
    assert comfy.post("/prompt", {"prompt": graph}).status_code == 200


def test_the_key_in_the_path_is_not_written_down(tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    with house(tmp_path / "far", record=record) as home:
        assert Comfy(home).get("/queue").status_code == 200
        assert Comfy(home, BIG, "proxy-plus").get("/api/queue").status_code == 200
    lines = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    assert [line["path"] for line in lines] == ["/proxy/****0002/queue", "/proxy-plus/****0005/api/queue"]
    assert MINE not in record.read_text("utf-8")


def test_the_key_in_the_path_reaches_no_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with house(tmp_path) as home:
        caplog.set_level(logging.DEBUG, "uvicorn.error")
        comfy = Comfy(home)
        with connect(comfy.base.replace("http", "ws") + "/ws?clientId=me", proxy=None) as line:
            assert json.loads(line.recv(10))["type"] == "status"
        assert comfy.get("/queue").status_code == 200
    ours = [record for record in caplog.records if record.name.startswith(("uvicorn", "rhflow"))]
    assert ours, "it would be heard"
    assert not any(MINE in record.getMessage() for record in ours)
