"""The documented calls, asked over a real connection."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from rhflow.catalog.model import Model
from rhflow.catalog_files import load_catalog
from rhflow.simulator.server import Timing
from tests.simulator.server_house import (
    CLIP,
    HELD,
    KEY,
    OWN,
    PICTURE,
    REFERENCES,
    SECRET,
    SPEECH,
    TALE,
    House,
    house,
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("simulator")) as running:
        yield running


def test_a_submit_answers_the_bare_object(tmp_path: Path) -> None:
    with house(tmp_path, timing=HELD) as home:
        answer = home.submit()
    assert re.fullmatch(r"[0-9]{19}", answer["taskId"])
    assert int(answer["taskId"]) > 2**53
    assert answer["status"] == "QUEUED"
    assert answer["errorCode"] == ""
    assert answer["errorMessage"] == ""
    assert answer["results"] is None
    assert re.fullmatch(r"[0-9a-f]{32}", answer["clientId"])
    tips = json.loads(answer["promptTips"])
    assert tips["result"] is True
    assert set(tips) == {"result", "error", "outputs_to_execute", "node_errors"}


def test_the_phases_of_a_job(tmp_path: Path) -> None:
    with house(tmp_path, timing=HELD) as home:
        task = home.submit()["taskId"]
        for status, seconds in (("QUEUED", HELD.queued_s), ("RUNNING", HELD.running_s)):
            answer = home.query(task)
            assert answer["status"] == status
            assert answer["results"] is None
            assert set(answer["usage"].values()) == {None}
            home.advance(seconds)
        assert home.wait(task)["status"] == "SUCCESS"


def test_a_finished_picture(home: House) -> None:
    answer = home.made(prompt="a heron twice")
    assert answer["status"] == "SUCCESS"
    assert answer["failedReason"] == {}
    assert answer["usage"] == {
        "consumeMoney": None,
        "consumeCoins": None,
        "taskCostTime": "0",
        "thirdPartyConsumeMoney": "0.10",
    }
    assert [item["outputType"] for item in answer["results"]] == ["png", "png"]
    for item in answer["results"]:
        assert item["text"] is None
        assert item["nodeId"] is None
        assert item["url"].startswith(f"{home.url}/files/output/{answer['taskId']}/")
        picture = home.client.get(item["url"])
        assert picture.headers["content-type"] == "image/png"
        assert picture.content.startswith(b"\x89PNG")


def test_text_comes_without_an_address(home: House) -> None:
    (result,) = home.made(TALE, prompt="a tale")["results"]
    assert result["url"] is None
    assert result["outputType"] == "txt"
    assert result["text"]


def test_usage_names_who_is_paid(home: House) -> None:
    own, unknown = home.made(OWN, prompt="x")["usage"], home.made(TALE, prompt="x")["usage"]
    assert own["consumeMoney"] == "0.03"
    assert own["thirdPartyConsumeMoney"] is None
    assert unknown["consumeMoney"] is None
    assert unknown["thirdPartyConsumeMoney"] is None
    assert unknown["consumeCoins"] == "0"


GOOD: dict[str, Any] = {"prompt": "a heron", "size": "1k"}


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        (PICTURE, {"size": "1k"}, "prompt"),
        (PICTURE, {"prompt": "a heron"}, "size"),
        (PICTURE, {**GOOD, "size": "8k"}, "size"),
        (PICTURE, {**GOOD, "colour": "red"}, "colour"),
        (PICTURE, {**GOOD, "prompt": "x" * 201}, "prompt"),
        (PICTURE, {**GOOD, "prompt": 7}, "prompt"),
        (PICTURE, {**GOOD, "seed": "7"}, "seed"),
        (PICTURE, {**GOOD, "seed": -1}, "seed"),
        (PICTURE, {**GOOD, "seed": None}, "seed"),
        (CLIP, {"imageUrl": "https://a.example/x.png", "duration": 5}, "duration"),
        (CLIP, {"imageUrl": ["https://a.example/x.png"], "duration": "5"}, "imageUrl"),
        (CLIP, {"imageUrl": "pictures/x.png", "duration": "5"}, "imageUrl"),
        (CLIP, {"imageUrl": "https://a.example/x.mp4", "duration": "5"}, "imageUrl"),
        (REFERENCES, {"imageUrls": "https://a.example/x.png"}, "imageUrls"),
        (REFERENCES, {"imageUrls": ["https://a.example/x.png"] * 4}, "imageUrls"),
        (PICTURE, [], "object"),
        (PICTURE, "text", "object"),
    ],
)
def test_a_bad_body_is_refused_and_not_booked(home: House, path: str, body: Any, word: str) -> None:
    before = len(home.bill()["entries"])
    for place in (path, path.replace("/openapi/v2/", "/openapi/v2/price-preview/")):
        answer = home.client.post(place, json=body)
        assert answer.status_code == 200
        said = answer.json()
        assert said["errorCode"] == "1007"
        assert said["taskId"] == ""
        assert word in said["errorMessage"]
    assert len(home.bill()["entries"]) == before


def test_a_body_that_is_no_json_is_refused(home: House) -> None:
    assert home.client.post(PICTURE, content=b"{").json()["errorCode"] == "1007"


def test_words_of_every_model_are_no_parameters(home: House) -> None:
    assert home.submit(webhookUrl="http://127.0.0.1:9/hook", appCode="x")["errorCode"] == ""


def test_undocumented_parameters_pass(home: House) -> None:
    assert home.made(SECRET, anything=[1], at=True)["status"] == "SUCCESS"


@pytest.mark.parametrize(
    "path",
    [
        "/openapi/v2/ink/text-to-pudding",
        "/openapi/v2/ink text-to-image",  # a documentation name is no path
        "/openapi/v2/ink/old-text-to-image",
        "/openapi/v2/INK/text-to-image",
        "/openapi/v2/",
        "/openapi/v2/price-preview/ink/text-to-pudding",
        "/nothing",
    ],
)
def test_an_unknown_address(home: House, path: str) -> None:
    answer = home.client.post(path, json=GOOD)
    assert answer.status_code == 404
    assert answer.json()["errorCode"] == "1001"


def test_the_wrong_method(home: House) -> None:
    for path in (PICTURE, "/openapi/v2/query"):
        answer = home.client.get(path)
        assert answer.status_code == 405
        assert answer.json()["errorCode"] == "1009"


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer"}, {"Authorization": KEY}, {"Authorization": "Basic abc"}]
)
def test_without_a_key_nothing_is_answered(home: House, headers: dict[str, str]) -> None:
    with httpx.Client(base_url=home.url, headers=headers) as stranger:
        for path in (PICTURE, "/openapi/v2/query"):
            answer = stranger.post(path, json=GOOD)
            assert answer.status_code == 401
            assert answer.json()["errorCode"] == "1002"
        assert stranger.get("/openapi/v2/queue/status").status_code == 401
        upload = stranger.post("/openapi/v2/media/upload/binary", files={"file": b"x"})
        assert upload.status_code == 401
        assert upload.json()["code"] == 1002
        assert stranger.post("/uc/openapi/accountStatus", json={}).json()["code"] == 802
        assert stranger.post("/task/openapi/cancel", json={"taskId": "1"}).json()["code"] == 802


def test_known_keys_only(tmp_path: Path) -> None:
    with house(tmp_path, accept_keys=frozenset({KEY})) as home, home.caller("another-key") as stranger:
        assert home.submit()["errorCode"] == ""
        assert stranger.post(PICTURE, json=GOOD).json()["errorCode"] == "1002"
        assert stranger.post("/uc/openapi/accountStatus", json={}).json()["code"] == 802
        assert len(home.bill()["entries"]) == 1


def test_an_unknown_task(home: House) -> None:
    answer = home.client.post("/openapi/v2/query", json={"taskId": "1999999999999999999"})
    assert answer.status_code == 200
    assert answer.json()["errorCode"] == "1004"
    assert home.client.post("/openapi/v2/query", json={}).json()["errorCode"] == "1007"
    assert home.client.post("/openapi/v2/query", content=b"?").json()["errorCode"] == "1007"


@pytest.mark.parametrize(
    ("prompt", "code", "words"),
    [
        ("unreadable", "1013", "cannot be read"),
        ("crash", "1015", "fell over"),
        ("lie", "1015", "did not make"),
    ],
)
def test_a_job_that_fails(home: House, prompt: str, code: str, words: str) -> None:
    answer = home.made(prompt=prompt)
    assert answer["status"] == "FAILED"
    assert answer["errorCode"] == code
    assert words in answer["errorMessage"]
    assert answer["failedReason"] == {}
    assert answer["results"] is None


def test_the_preview_costs_nothing(home: House) -> None:
    before = len(home.bill()["entries"])
    answer = home.client.post(
        "/openapi/v2/price-preview/ink/text-to-image", json={**GOOD, "size": "2k"}
    ).json()
    assert answer["estimatedPrice"] == 0.3
    assert answer["currency"] == "CNY"
    assert answer["priceTextEn"] == "0.30 CNY"
    assert answer["isFreeThisCall"] is False
    unknown = home.client.post("/openapi/v2/price-preview/ink/text-to-text", json={"prompt": "x"}).json()
    assert unknown["estimatedPrice"] is None
    assert len(home.bill()["entries"]) == before


def test_the_bill_is_exact_under_many_hands(tmp_path: Path) -> None:
    with house(tmp_path, concurrency=1000) as home:

        def buy(number: int) -> str:
            return home.submit(prompt=f"heron {number}", size="2k" if number % 3 == 0 else "1k")["taskId"]

        with ThreadPoolExecutor(16) as pool:
            ids = list(pool.map(buy, range(60)))
        bill = home.bill()
        assert Counter(entry["task_id"] for entry in bill["entries"]) == Counter(ids)
        assert bill["total"] == "10.00"  # 20 at 0.30, 40 at 0.10
        assert home.simulator.bill().to_json() == bill
        assert {entry["key_tail"] for entry in bill["entries"]} == {"WXYZ"}
        assert {entry["endpoint"] for entry in bill["entries"]} == {"ink/text-to-image"}
        assert len({entry["body_sha256"] for entry in bill["entries"]}) == 60
        assert {home.wait(each)["status"] for each in ids} == {"SUCCESS"}


def test_the_bill_names_the_bytes_that_came(home: House) -> None:
    body = b'{"size": "1k",   "prompt": "spaces count"}'
    home.client.post(PICTURE, content=body)
    assert home.bill()["entries"][-1]["body_sha256"] == sha256(body).hexdigest()


def test_no_key_is_kept(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        home.made()
        home.upload(b"\x89PNG\r\n\x1a\n")
        home.client.post("/uc/openapi/accountStatus", json={"apikey": KEY})
        with home.caller("secret") as short:
            short.post(PICTURE, json=GOOD)
        assert home.bill()["entries"][-1]["key_tail"] == ""
        kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert KEY[:-4].encode() not in kept
    assert b"secret" not in kept


def test_the_limit_of_a_key(tmp_path: Path) -> None:
    with house(tmp_path, concurrency=2, timing=HELD) as home:
        first, second = home.submit(), home.submit()
        third = home.client.post(PICTURE, json=GOOD)
        assert third.status_code == 200
        assert third.json()["errorCode"] == "421"
        assert third.json()["taskId"] == ""
        with home.caller("another-key-9876") as other:
            assert other.post(PICTURE, json=GOOD).json()["errorCode"] == ""
        assert len(home.bill()["entries"]) == 3
        home.advance(HELD.queued_s + HELD.running_s)
        home.wait(first["taskId"])
        home.wait(second["taskId"])
        assert home.submit()["errorCode"] == ""


def test_the_limit_is_exact_under_many_hands(tmp_path: Path) -> None:
    with house(tmp_path, concurrency=5, timing=HELD) as home:
        with ThreadPoolExecutor(16) as pool:
            codes = Counter(pool.map(lambda _: home.submit()["errorCode"], range(32)))
        assert codes == {"": 5, "421": 27}


def test_an_empty_wallet(tmp_path: Path) -> None:
    with house(tmp_path, wallet=Decimal("0.25")) as home:
        codes = [home.submit()["errorCode"] for _ in range(3)]
        assert codes == ["", "", "812"]
        account = home.client.post("/uc/openapi/accountStatus", json={"apikey": KEY}).json()["data"]
        assert account["remainMoney"] == "0.05"


def test_the_account_and_the_queue(tmp_path: Path) -> None:
    with house(tmp_path, timing=Timing(queued_s=60, running_s=60)) as home:
        home.submit(), home.submit()
        with httpx.Client(base_url=home.url) as bare:  # the v1 form: the key in the body
            account = bare.post("/uc/openapi/accountStatus", json={"apikey": KEY}).json()
        assert account["code"] == 0
        assert account["data"]["currentTaskCounts"] == "2"
        assert account["data"]["apiType"] == "SHARED"
        assert account["data"]["currency"] == "CNY"
        assert account["data"]["remainMoney"] == "10000.00", "without a wallet the purse never grows empty"
        queue = home.client.get("/openapi/v2/queue/status").json()
        assert queue["code"] == 0
        assert queue["data"] == {
            "apiKeyType": "SHARED",
            "concurrentLimit": 50,
            "runningCount": "0",
            "queuedCount": "2",
            "totalCurrentTasks": "2",
        }
        home.advance(90)
        assert home.client.get("/openapi/v2/queue/status").json()["data"]["runningCount"] == "2"


def test_cancelling(tmp_path: Path) -> None:
    with house(tmp_path, timing=Timing(queued_s=60, running_s=60)) as home:
        task = home.submit()["taskId"]

        def cancel(task_id: str) -> int:
            return home.client.post("/task/openapi/cancel", json={"apiKey": KEY, "taskId": task_id}).json()[
                "code"
            ]

        assert cancel("1999999999999999999") == 423
        assert cancel(task) == 0
        answer = home.query(task)
        assert answer["status"] == "CANCEL"
        assert answer["results"] is None
        assert home.client.get("/openapi/v2/queue/status").json()["data"]["totalCurrentTasks"] == "0"
        assert cancel(task) == 807
        assert len(home.bill()["entries"]) == 1  # what was bought stays bought
        other = home.submit()["taskId"]
        home.advance(1000)
        assert home.wait(other)["status"] == "SUCCESS"
        assert cancel(other) == 807


def test_a_cancel_while_it_is_drawn_leaves_nothing(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        task = home.submit(prompt="slow 0.3")["taskId"]
        home.client.post("/task/openapi/cancel", json={"taskId": task})
    assert list((tmp_path / "files" / "output").rglob("*.png")) == []
    assert list((tmp_path / "files" / ".work").iterdir()) == []


def test_the_list_of_tasks(home: House) -> None:
    done = home.made(SPEECH, prompt="hello")
    assert done["results"][0]["outputType"] == "mp3"
    listed = {item["task_id"]: item for item in home.client.get("/simulator/tasks").json()["tasks"]}
    assert listed[done["taskId"]] == {
        "task_id": done["taskId"],
        "endpoint": "ink/text-to-audio",
        "status": "SUCCESS",
        "error_code": "",
        "error_message": "",
        "accepted_at": listed[done["taskId"]]["accepted_at"],
        "arguments": {"prompt": "hello"},
        "price": "0.07",
        "key_tail": "WXYZ",
    }


@pytest.mark.parametrize("body", [{}, {"advance_s": -1}, {"advance_s": True}, {"advance_s": "1"}, []])
def test_the_clock_only_goes_forward(home: House, body: Any) -> None:
    assert home.client.post("/simulator/clock", json=body).status_code == 400


def test_addresses_follow_the_host_header(home: House) -> None:
    done = home.made()
    answer = home.client.post(
        "/openapi/v2/query", json={"taskId": done["taskId"]}, headers={"Host": "simulator.test:99"}
    ).json()
    assert answer["results"][0]["url"].startswith("http://simulator.test:99/files/output/")
    odd = home.client.post(
        "/openapi/v2/query", json={"taskId": done["taskId"]}, headers={"Host": "a/b"}
    ).json()
    assert odd["results"][0]["url"].startswith(f"{home.url}/files/")


def _smallest(model: Model) -> dict[str, Any]:
    """A body with nothing but what is required."""
    body: dict[str, Any] = {}
    for param in model.params:
        if not param.required:
            continue
        if param.kind is not None:
            suffix = {"image": "png", "video": "mp4", "audio": "mp3"}[param.kind.value]
            value: Any = f"https://media.example/a.{suffix}"
            body[param.name] = [value] if param.multiple else value
        elif param.default is not None:
            body[param.name] = param.default
        elif param.type in ("enum", "array") and param.enum:
            body[param.name] = param.enum[0] if param.type == "enum" else [param.enum[0]]
        else:
            body[param.name] = {"integer": 1, "number": 1, "boolean": True, "array": ["x"], "object": {}}.get(
                param.type, "a heron over a lake"
            )
    return body


def test_every_model_of_the_catalogue_is_served(tmp_path: Path) -> None:
    """Submitted with the least it asks for, each is accepted, or refused by name of a field."""
    catalog, threads = load_catalog(), threading.active_count()
    models = [model for model in catalog.models if model.endpoint and not model.is_local]
    refused = {}
    patient = Timing(queued_s=900, running_s=900)
    with house(tmp_path, catalog=catalog, concurrency=10_000, timing=patient, workers=0) as home:
        for model in models:
            answer = home.client.post(f"/openapi/v2/{model.endpoint}", json=_smallest(model)).json()
            if answer["errorCode"]:
                assert answer["errorCode"] == "1007", (model.endpoint, answer)
                refused[model.endpoint] = answer["errorMessage"]
        assert len(home.bill()["entries"]) == len(models) - len(refused)
    assert len(models) > 300
    assert len(refused) < 12, refused
    assert threading.active_count() < threads + 8, "no thread a request"


def test_a_client_token_names_a_submit(tmp_path: Path) -> None:
    """Only two models have it; the same token is the same job, whatever came of the first answer."""
    path = "/openapi/v2/volc-subtitle-erase/video"
    body = {"videoUrl": "https://example.com/a.mp4", "clientToken": "mine-1"}
    with house(tmp_path, catalog=load_catalog(), timing=HELD, concurrency=1) as home:
        model = load_catalog().find("volc-subtitle-erase/video")
        assert model is not None
        body = {**_smallest(model), **body}
        home.faults({"on": "submit", "do": "drop_after", "nth": 1})
        with pytest.raises(httpx.TransportError):
            home.client.post(path, json=body)
        again = [home.client.post(path, json=body).json() for _ in range(2)]
        assert {answer["errorCode"] for answer in again} == {""}
        assert again[0]["taskId"] == again[1]["taskId"]
        (entry,) = home.bill()["entries"]
        assert entry["task_id"] == again[0]["taskId"]
        other = home.client.post(path, json={**body, "clientToken": "mine-2"}).json()
        assert other["errorCode"] == "421", "another token is another job"


def test_a_model_billed_by_tokens_is_previewed_at_nothing(tmp_path: Path) -> None:
    path = "bytedance/seedance-2.5-token/image-to-video"
    with house(tmp_path, catalog=load_catalog()) as home:
        model = load_catalog().find(path)
        assert model is not None
        told = home.client.post(f"/openapi/v2/price-preview/{path}", json=_smallest(model)).json()
        assert told["estimatedPrice"] == 0, told
        answer = home.client.post(f"/openapi/v2/{path}", json=_smallest(model)).json()
        assert answer["errorCode"] == ""
        assert home.bill()["entries"][0]["price"] is None, "what it really costs, nobody publishes"
