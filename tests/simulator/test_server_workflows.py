"""Workflows and apps: ordered in every way there is, refused for every reason, and really made."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from rhflow.ground.errors import UsageError
from rhflow.simulator.faults import BEHIND, CALLS
from rhflow.simulator.keys import WORDS
from rhflow.simulator.server import Timing
from rhflow.simulator.settings import RENDERER
from rhflow.simulator.workflows.library import Library
from rhflow.simulator.workflows.node import node_kinds
from tests.simulator.server_house import KEY, House, house
from tests.simulator.test_server_files import picture

CREATE, OUTPUTS, STATUS = "/task/openapi/create", "/task/openapi/outputs", "/task/openapi/status"
PICTURE_FLOW = "1904136902449209346"
RESTYLE = "1904136902449209401"
CLIP_FLOW = "1904136902449209402"
THREE = "1904136902449209404"
LOCKED = "1904136902449209405"
SONG = "1904136902449209406"
NEVER_RUN = "1904136902449209407"
WITH_LORA = "1904136902449209408"
EDIT_APP = "1877265245566922800"
ALIVE_APP = "1877265245566922801"
SOUND_APP = "1877265245566922802"
QUICK_APP = "1877265245566922804"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("simulator"), renderer=RENDERER) as running:
        yield running


def old(home: House, path: str, **body: Any) -> dict[str, Any]:
    """A v1 call, with the key where v1 has it."""
    with httpx.Client(base_url=home.url, trust_env=False) as bare:
        answer = bare.post(path, json={"apiKey": KEY, **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


def change(node: str, field: str, value: Any) -> dict[str, Any]:
    return {"nodeId": node, "fieldName": field, "fieldValue": value}


def results(home: House, task: str) -> list[dict[str, Any]]:
    """The v1 results, once they are there."""
    end = time.monotonic() + 30
    while (answer := old(home, OUTPUTS, taskId=task))["code"] in (804, 813):
        assert time.monotonic() < end, answer
        time.sleep(0.01)
    assert answer["code"] == 0, answer
    return answer["data"]


def content(home: House, item: dict[str, Any]) -> bytes:
    return home.client.get(item["fileUrl"]).content


def run_v1(home: House, flow: str, *changes: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    answer = old(home, CREATE, workflowId=flow, nodeInfoList=list(changes), **more)
    assert answer["code"] == 0, answer
    return results(home, answer["data"]["taskId"])


def test_a_workflow_as_it_was_saved(home: House) -> None:
    answer = old(home, CREATE, workflowId=PICTURE_FLOW)
    assert (answer["code"], answer["msg"]) == (0, "success")
    data = answer["data"]
    assert re.fullmatch(r"[0-9]{19}", data["taskId"])
    assert data["taskStatus"] in ("QUEUED", "RUNNING"), "which of them, the next test says"
    assert json.loads(data["promptTips"])["outputs_to_execute"] == ["9"]
    (item,) = results(home, data["taskId"])
    assert item["fileType"] == "png"
    assert item["nodeId"] == "9"
    assert item["taskCostTime"] == "13"
    assert item["consumeMoney"] == "0.026"
    assert item["consumeCoins"] is None
    assert content(home, item).startswith(b"\x89PNG")
    assert old(home, STATUS, taskId=data["taskId"])["data"] == "SUCCESS"
    again = home.query(data["taskId"])
    assert again["status"] == "SUCCESS"
    assert again["results"][0]["nodeId"] == "9"
    assert again["usage"]["consumeMoney"] == "0.026"
    assert again["taskUsageList"][0]["usage"] == again["usage"]
    entry = home.bill()["entries"][-1]
    assert (entry["endpoint"], entry["price"]) == (f"workflow/{PICTURE_FLOW}", "0.026")


def test_how_far_it_is_as_a_code(tmp_path: Path) -> None:
    with house(tmp_path, timing=Timing(queued_s=60, running_s=60)) as home:
        begun = old(home, CREATE, workflowId=PICTURE_FLOW)["data"]
        task = begun["taskId"]
        assert (begun["taskStatus"], begun["netWssUrl"]) == ("QUEUED", None)
        newer = home.client.post(f"/openapi/v2/run/workflow/{PICTURE_FLOW}", json={}).json()
        assert newer["status"] == "QUEUED"
        assert old(home, OUTPUTS, taskId=task)["code"] == 813
        assert old(home, STATUS, taskId=task)["data"] == "QUEUED"
        home.advance(90)
        running = old(home, OUTPUTS, taskId=task)
        assert running["code"] == 804
        assert running["msg"] == "APIKEY_TASK_IS_RUNNING"
        assert "netWssUrl" in running["data"]
        assert old(home, "/task/openapi/cancel", taskId=task)["code"] == 0
        stopped = old(home, OUTPUTS, taskId=task)
        assert stopped["code"] == 805
        assert stopped["data"]["failedReason"]["exception_message"]
        assert old(home, STATUS, taskId=task)["data"] == "FAILED"
        assert old(home, OUTPUTS, taskId="1")["code"] == 423
        assert old(home, OUTPUTS)["code"] == 301


def test_words_and_seeds_decide_the_picture(home: House) -> None:
    def made(*changes: dict[str, Any]) -> bytes:
        (item,) = run_v1(home, PICTURE_FLOW, *changes, addMetadata=False)
        return content(home, item)

    same = [made(change("6", "text", "a fox"), change("3", "seed", 7)) for _ in range(2)]
    assert same[0] == same[1]
    assert made(change("6", "text", "a crane"), change("3", "seed", 7)) != same[0]
    assert made(change("6", "text", "a fox"), change("3", "seed", "8")) != same[0]
    assert (
        made(
            change("4", "ckpt_name", "other.safetensors"),
            change("6", "text", "a fox"),
            change("3", "seed", 7),
        )
        != same[0]
    )
    assert made(change("6", "text", "a fox")) != made(change("6", "text", "a fox")), "seeds are rolled"


def test_a_picture_that_was_uploaded_is_what_is_restyled(home: House) -> None:
    names = []
    for colour in ("red", "blue"):
        form = {"apiKey": KEY, "fileType": "input"}
        told = home.client.post(
            "/task/openapi/upload", data=form, files={"file": ("a.png", picture(colour, size=64))}
        ).json()
        assert told["code"] == 0
        assert re.fullmatch(r"api/[0-9a-f]{64}\.png", told["data"]["fileName"])
        names.append(told["data"]["fileName"])
    names.append(home.upload(picture("green", size=64))["data"]["fileName"])
    made = [
        content(home, run_v1(home, RESTYLE, change("10", "image", name), change("3", "seed", 1))[0])
        for name in names
    ]
    assert len(set(made)) == 3


def test_a_whole_graph_in_place_of_the_saved_one(home: House) -> None:
    graph = json.loads(old(home, "/api/openapi/getJsonApiFormat", workflowId=RESTYLE)["data"]["prompt"])
    assert graph["6"]["class_type"] == "CLIPTextEncode"
    name = home.upload(picture(size=40))["data"]["fileName"]
    graph = {
        "1": {"class_type": "LoadImage", "inputs": {"image": name}},
        "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
        "3": {
            "class_type": "ImageScaleBy",
            "inputs": {"image": ["2", 0], "upscale_method": "lanczos", "scale_by": 0.5},
        },
        "4": {"class_type": "SaveImage", "inputs": {"images": ["3", 0]}},
        "5": {"class_type": "SomebodysOwnNode", "inputs": {"anything": ["2", 0]}},
        "6": {"class_type": "PreviewImage", "inputs": {"images": ["5", 0]}},
    }
    made = run_v1(home, PICTURE_FLOW, change("99", "is", "ignored"), workflow=json.dumps(graph))
    assert {item["nodeId"] for item in made} == {"4", "6"}
    sizes = {item["nodeId"]: Image.open(io.BytesIO(content(home, item))) for item in made}
    assert sizes["4"].size == (20, 20)
    assert sizes["4"].getpixel((5, 5)) == (0, 255, 255), "red, inverted"
    assert sizes["6"].size == (40, 40), "an unknown node hands on what comes in"


def test_metadata_is_written_when_asked_for(home: House) -> None:
    def texts(*, add: Any) -> dict[str, str]:
        (item,) = run_v1(home, PICTURE_FLOW, change("6", "text", "a kite"), addMetadata=add)
        image = Image.open(io.BytesIO(content(home, item)))
        image.load()
        return image.text

    written = texts(add=True)
    assert json.loads(written["prompt"])["6"]["inputs"]["text"] == "a kite"
    assert json.loads(written["workflow"])["id"] == PICTURE_FLOW
    assert not texts(add=False)
    app = home.client.post(f"/openapi/v2/run/ai-app/{EDIT_APP}", json={}).json()
    (made,) = home.wait(app["taskId"])["results"]
    image = Image.open(io.BytesIO(home.client.get(made["url"]).content))
    image.load()
    assert not image.text, "apps keep theirs to themselves"


def test_several_results_know_their_nodes(home: House) -> None:
    made = {item["nodeId"]: item for item in run_v1(home, THREE)}
    assert set(made) == {"9", "21", "30"}
    small, large = (Image.open(io.BytesIO(content(home, made[node]))) for node in ("9", "21"))
    assert large.size == (small.width * 2, small.height * 2)
    assert made["30"]["fileType"] == "txt"
    assert content(home, made["30"]).decode() == made["30"]["text"]


@pytest.mark.parametrize(
    ("workflow", "suffix", "magic"),
    [(CLIP_FLOW, "mp4", b"ftyp"), (SONG, "mp3", b"ID3"), (WITH_LORA, "png", b"PNG")],
)
def test_films_songs_and_loras(home: House, workflow: str, suffix: str, magic: bytes) -> None:
    (item,) = run_v1(home, workflow)
    assert item["fileType"] == suffix
    assert magic in content(home, item)[:16]


@pytest.mark.parametrize(
    ("workflow", "body", "code", "word"),
    [
        ("1", {}, 380, "1"),
        (NEVER_RUN, {}, 810, "never ran"),
        (PICTURE_FLOW, {"nodeInfoList": [change("66", "text", "x")]}, 803, "66"),
        (PICTURE_FLOW, {"nodeInfoList": [change("6", "colour", "x")]}, 803, "colour"),
        (PICTURE_FLOW, {"nodeInfoList": [change("6", "text", 7)]}, 803, "text"),
        (PICTURE_FLOW, {"nodeInfoList": [change("3", "steps", "many")]}, 803, "steps"),
        (PICTURE_FLOW, {"nodeInfoList": [{"nodeId": "6"}]}, 803, "fieldName"),
        (PICTURE_FLOW, {"nodeInfoList": {}}, 803, "list"),
        (PICTURE_FLOW, {"nodeInfoList": [change("3", "steps", 0)]}, 433, "steps"),
        (PICTURE_FLOW, {"nodeInfoList": [change("3", "sampler_name", "magic")]}, 433, "sampler_name"),
        (PICTURE_FLOW, {"nodeInfoList": [change("9", "images", ["77", 0])]}, 433, "images"),
        (PICTURE_FLOW, {"nodeInfoList": [change("9", "images", ["6", 0])]}, 433, "mismatch"),
        (RESTYLE, {"nodeInfoList": [change("10", "image", "nobodys.png")]}, 433, "nobodys.png"),
        (
            RESTYLE,
            {"nodeInfoList": [change("10", "image", f"openapi/{'0' * 64}.png")]},
            433,
            "Invalid image file",
        ),
        (WITH_LORA, {"nodeInfoList": [change("12", "lora_name", "api-lora-cn/nothing")]}, 433, "lora"),
        (PICTURE_FLOW, {"instanceType": "huge"}, 301, "instanceType"),
        (PICTURE_FLOW, {"retainSeconds": 5}, 301, "retainSeconds"),
        (PICTURE_FLOW, {"retainSeconds": True}, 301, "retainSeconds"),
        (PICTURE_FLOW, {"usePersonalQueue": "maybe"}, 301, "usePersonalQueue"),
        (PICTURE_FLOW, {"addMetadata": 7}, 301, "addMetadata"),
        (PICTURE_FLOW, {"webhookUrl": "ftp://example.com"}, 301, "webhookUrl"),
        (PICTURE_FLOW, {"workflow": "{"}, 301, "JSON"),
        (PICTURE_FLOW, {"workflow": '{"nodes": [], "links": []}'}, 301, "API"),
        (PICTURE_FLOW, {"workflow": '{"1": {"class_type": "ImageInvert", "inputs": {}}}'}, 433, "no outputs"),
        (LOCKED, {}, 301, "accessPassword"),
        (LOCKED, {"accessPassword": "wrong"}, 301, "accessPassword"),
    ],
)
def test_what_is_refused_is_not_booked(home: House, workflow: str, body: Any, code: int, word: str) -> None:
    before = len(home.bill()["entries"])
    answer = old(home, CREATE, workflowId=workflow, **body)
    assert answer["code"] == code, answer
    assert word in answer["msg"]
    if code == 433:
        tips = json.loads(answer["data"]["promptTips"])
        assert tips["result"] is False
        assert tips["error"]
    if "workflow" not in body:
        said = home.client.post(f"/openapi/v2/run/workflow/{workflow}", json=body).json()
        assert said["taskId"] == ""
        assert said["errorCode"] == {803: "1101", 301: "1007"}.get(code, str(code)), said
    assert len(home.bill()["entries"]) == before


def test_node_errors_in_comfys_words(home: House) -> None:
    said = home.client.post(
        f"/openapi/v2/run/workflow/{PICTURE_FLOW}", json={"nodeInfoList": [change("3", "steps", 0)]}
    ).json()
    tips = json.loads(said["promptTips"])
    (error,) = tips["node_errors"]["3"]["errors"]
    assert error["type"] == "value_smaller_than_min"
    assert error["extra_info"]["input_name"] == "steps"
    assert tips["node_errors"]["3"]["class_type"] == "KSampler"
    assert tips["node_errors"]["3"]["dependent_outputs"] == ["9"]


def test_a_graph_in_a_circle(home: House) -> None:
    graph = {
        "1": {"class_type": "ImageInvert", "inputs": {"image": ["2", 0]}},
        "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}},
    }
    answer = old(home, CREATE, workflowId=PICTURE_FLOW, workflow=json.dumps(graph))
    assert answer["code"] == 433
    assert "cycle" in answer["msg"]


def test_v2_runs_workflows(home: House) -> None:
    body = {"nodeInfoList": [change("6", "text", "a heron")], "instanceType": "plus", "retainSeconds": 60}
    answer = home.client.post(f"/openapi/v2/run/workflow/{PICTURE_FLOW}", json=body).json()
    assert answer["errorCode"] == ""
    assert home.wait(answer["taskId"])["results"][0]["nodeId"] == "9"
    assert home.bill()["entries"][-1]["price"] == "0.292", "13 s and 60 s of waiting, twice as dear"


def test_a_password(home: House) -> None:
    assert run_v1(home, LOCKED, accessPassword="open-sesame")[0]["nodeId"] == "9"


def test_an_app_tells_its_inputs(home: House) -> None:
    with httpx.Client(base_url=home.url, trust_env=False) as bare:
        told = bare.get("/api/webapp/apiCallDemo", params={"apiKey": KEY, "webappId": ALIVE_APP}).json()
        assert (
            bare.get("/api/webapp/apiCallDemo", params={"apiKey": KEY, "webappId": "1"}).json()["code"] == 901
        )
        assert bare.get("/api/webapp/apiCallDemo", params={"webappId": ALIVE_APP}).json()["code"] == 802
    assert told["code"] == 0
    data = told["data"]
    assert {
        "curl",
        "accessEncrypted",
        "webappName",
        "statisticsInfo",
        "covers",
        "tags",
        "nodeInfoList",
    } <= set(data)
    kinds = {item["fieldType"] for item in data["nodeInfoList"]}
    assert {"IMAGE", "STRING", "INT", "FLOAT", "BOOLEAN", "LIST"} == kinds
    (choices,) = [item for item in data["nodeInfoList"] if item["fieldType"] == "LIST"]
    assert json.loads(choices["fieldData"])[0] == ["video/h264-mp4", "video/webm", "image/gif"]
    sound = Library().apps[SOUND_APP]
    assert {field.type for field in sound.fields} >= {"VIDEO", "AUDIO", "SWITCH"}


def test_an_app_runs_in_both_forms(home: House) -> None:
    name = home.upload(picture(size=64))["data"]["fileName"]
    changes = [change("39", "image", name), {**change("52", "prompt", "at night"), "description": "x"}]
    first = home.client.post(f"/openapi/v2/run/ai-app/{EDIT_APP}", json={"nodeInfoList": changes}).json()
    assert home.wait(first["taskId"])["results"][0]["nodeId"] == "60"
    for form in (EDIT_APP, int(EDIT_APP)):
        second = old(home, "/task/openapi/ai-app/run", webappId=form, nodeInfoList=changes)
        assert second["code"] == 0
    assert results(home, second["data"]["taskId"])[0]["nodeId"] == "60"
    assert home.bill()["entries"][-1]["endpoint"] == f"ai-app/{EDIT_APP}"


@pytest.mark.parametrize(
    ("app", "changes", "word"),
    [
        (EDIT_APP, [change("41", "megapixels", 2.0)], "no input"),
        (EDIT_APP, [change("3", "steps", 3)], "not from"),
        (EDIT_APP, [change("3", "scheduler", "magic")], "none of"),
        (EDIT_APP, [change("52", "prompt", 5)], "STRING"),
        (ALIVE_APP, [change("63", "value", "maybe")], "BOOLEAN"),
        (SOUND_APP, [change("5", "volume", "loud")], "FLOAT"),
    ],
)
def test_an_app_takes_only_what_it_shows(home: House, app: str, changes: Any, word: str) -> None:
    said = home.client.post(f"/openapi/v2/run/ai-app/{app}", json={"nodeInfoList": changes}).json()
    assert said["errorCode"] == "1101"
    assert word in said["errorMessage"]
    assert old(home, "/task/openapi/ai-app/run", webappId=app, nodeInfoList=changes)["code"] == 803
    assert home.client.post("/openapi/v2/run/ai-app/1", json={}).json()["errorCode"] == "901"


def test_an_app_with_a_clip_and_a_sound(home: House) -> None:
    answer = home.client.post(f"/openapi/v2/run/ai-app/{SOUND_APP}", json={}).json()
    (made,) = home.wait(answer["taskId"])["results"]
    assert made["outputType"] == "mp4"
    assert b"ftyp" in home.client.get(made["url"]).content[:16]


def test_the_format_of_a_film_is_a_choice(home: House) -> None:
    body = {"nodeInfoList": [change("28", "format", "image/gif"), change("61", "value", 17)]}
    answer = home.client.post(f"/openapi/v2/run/ai-app/{ALIVE_APP}", json=body).json()
    (made,) = home.wait(answer["taskId"])["results"]
    assert made["outputType"] == "gif"
    assert home.client.get(made["url"]).content.startswith(b"GIF8")


def test_quick_create(home: House) -> None:
    told = old(home, "/api/fast/creation/model/params", type="006", webappId=QUICK_APP)
    assert told["data"][0]["nodeId"] == "6"
    run = "/task/openapi/quick-ai-app/run"
    assert old(home, run, webappId=QUICK_APP, quickCreateCode="007")["code"] == 301
    changes = [{**change("5", "batch_size", 3), "nodeName": "EmptyLatentImage", "fieldType": "INT"}]
    answer = old(home, run, webappId=QUICK_APP, quickCreateCode="006", nodeInfoList=changes)
    assert len(results(home, answer["data"]["taskId"])) == 3
    assert old(home, "/api/fast/creation/model/params", type="006", webappId=EDIT_APP)["code"] == 901


def test_finding_apps(home: House) -> None:
    told = home.client.post(
        "/openapi/v2/aiapp/list", json={"current": 1, "size": 2, "sort": "HOTTEST"}
    ).json()
    assert told["code"] == 0
    assert len(told["data"]["records"]) == 2
    assert told["data"]["total"] == len(Library().apps)
    assert home.client.post("/openapi/v2/aiapp/list", json={"size": 51}).json()["code"] == 301


def test_a_node_that_fails_says_where(home: House) -> None:
    name = home.upload(picture()[:60] + bytes(200))["data"]["fileName"]
    answer = home.client.post(
        f"/openapi/v2/run/workflow/{RESTYLE}", json={"nodeInfoList": [change("10", "image", name)]}
    ).json()
    failed = home.wait(answer["taskId"])
    assert (failed["status"], failed["errorCode"], failed["errorMessage"]) == (
        "FAILED",
        "1000",
        "unknown error",
    )
    reason = failed["failedReason"]
    assert reason["node_id"] == "11"
    assert reason["node_name"] == "ImageScaleToTotalPixels"
    assert "cannot identify" in reason["exception_message"]
    assert {"exception_type", "current_inputs", "current_outputs", "traceback"} <= set(reason)
    assert old(home, OUTPUTS, taskId=answer["taskId"])["data"]["failedReason"] == reason


def test_an_upload_dies_before_its_node_runs(tmp_path: Path) -> None:
    with house(tmp_path, renderer=RENDERER, workers=0) as home:
        name = home.upload(picture())["data"]["fileName"]
        body = {"nodeInfoList": [change("10", "image", name)]}
        task = home.client.post(f"/openapi/v2/run/workflow/{RESTYLE}", json=body).json()["taskId"]
        home.advance(90_000)
    with house(tmp_path, renderer=RENDERER) as home:
        failed = home.wait(task)
        assert failed["errorCode"] == "1013"
        assert "expired" in failed["errorMessage"]


def test_the_first_status_can_be_create(tmp_path: Path) -> None:
    with house(tmp_path, says_create=True, renderer=RENDERER) as home:
        answer = old(home, CREATE, workflowId=PICTURE_FLOW)
        assert answer["data"]["taskStatus"] == "CREATE"
        assert results(home, answer["data"]["taskId"])


def test_own_workflows_stand_beside_ours(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    (folder / "workflows").mkdir(parents=True)
    graph = {
        "1": {"class_type": "PrimitiveString", "inputs": {"value": "hello"}},
        "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
    }
    (folder / "workflows" / "42.json").write_text(json.dumps(graph))
    with house(tmp_path / "home", library=folder, renderer=RENDERER) as home:
        (item,) = run_v1(home, "42", change("1", "value", "own"))
        assert item["text"] == "own"
        assert run_v1(home, PICTURE_FLOW)
        listed = home.client.get("/simulator/library").json()
        assert "42" in {each["id"] for each in listed["workflows"]}
    (folder / "workflows" / "43.json").write_text("[]")
    with pytest.raises(UsageError, match=r"43\.json"), house(tmp_path / "home", library=folder):
        pass
    with pytest.raises(UsageError, match="no folder"), house(tmp_path / "home", library=tmp_path / "none"):
        pass


def test_every_saved_graph_is_sound() -> None:
    library = Library()
    assert len(library.workflows) >= 4
    assert len(library.apps) >= 3
    for app in library.apps.values():
        for field in app.fields:
            assert field.told["fieldValue"] == app.graph[field.node].inputs[field.name]


def test_the_page_names_everything_that_can_be_run_and_go_wrong() -> None:
    page = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")
    library = Library()
    for name in (*library.workflows, *library.apps):
        assert f"`{name}`" in page
    for call in (*CALLS, *BEHIND):
        assert f"`{call}`" in page, call
    for word in WORDS[1:]:
        assert f"| `{word}` |" in page
    assert f"Some {len(node_kinds())} classes" in " ".join(page.split())
