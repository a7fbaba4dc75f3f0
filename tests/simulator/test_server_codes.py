"""Every code of the vendor can be had by a fault, in the form of the call it answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from rhflow.simulator.codes import known_codes
from rhflow.simulator.faults import BadFault, read
from tests.simulator.server_house import KEY, PICTURE, House, house
from tests.simulator.test_server_files import picture
from tests.simulator.test_server_workflows import CREATE, PICTURE_FLOW, old

GOOD = {"prompt": "x", "size": "1k"}
NUMBERS = [int(code) for code in known_codes() if code.isdecimal() and code not in ("0", "200")]
STATUSES = [code for code in known_codes() if code.startswith("http-")]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("simulator"), concurrency=200) as running:
        yield running


@pytest.fixture
def home(shared: House) -> Iterator[House]:
    yield shared
    shared.faults()


def test_every_code_on_a_submit(home: House) -> None:
    assert len(NUMBERS) > 50
    before = len(home.bill()["entries"])
    home.faults(*({"call": "submit", "code": code, "nth": nth} for nth, code in enumerate(NUMBERS, 1)))
    for code in NUMBERS:
        said = home.client.post(PICTURE, json=GOOD).json()
        assert (said["errorCode"], said["taskId"]) == (str(code), "")
        assert said["errorMessage"]
    home.faults(
        *({"on": "submit", "code": code, "message": "no", "nth": nth} for nth, code in enumerate(NUMBERS, 1))
    )
    for code in NUMBERS:
        told = home.client.post(CREATE, json={"apiKey": KEY, "workflowId": PICTURE_FLOW}).json()
        assert told == {"code": code, "msg": "no", "data": None}
    assert len(home.bill()["entries"]) == before


def test_every_code_at_the_end_of_a_job(home: House) -> None:
    home.faults(*({"on": "run", "code": code, "nth": nth} for nth, code in enumerate(NUMBERS, 1)))
    tasks = [home.submit()["taskId"] for _ in NUMBERS]
    assert [home.wait(task)["errorCode"] for task in tasks] == [str(code) for code in NUMBERS]


@pytest.mark.parametrize("code", STATUSES)
def test_every_status(home: House, code: str) -> None:
    home.faults({"on": "query", "code": code})
    status = home.client.post("/openapi/v2/query", json={"taskId": "1"}).status_code
    assert status == (502 if code == "http-5xx" else int(code[5:]))


def test_a_task_id_that_comes_with_an_error(home: House) -> None:
    before = len(home.bill()["entries"])
    home.faults({"on": "submit", "code": 1000, "over": True, "nth": 1})
    said = home.client.post(PICTURE, json=GOOD).json()
    assert said["errorCode"] == "1000"
    assert said["taskId"] == home.bill()["entries"][-1]["task_id"]
    home.faults({"on": "submit", "code": 1010, "after": True, "nth": 1})
    hidden = home.client.post(PICTURE, json=GOOD).json()
    assert (hidden["errorCode"], hidden["taskId"]) == ("1010", "")
    assert len(home.bill()["entries"]) == before + 2, "accepted, and not told"


def test_an_upload_that_succeeds_with_code_200(home: House) -> None:
    home.faults({"on": "upload", "code": 200, "message": "success", "over": True})
    said = home.upload(picture())
    assert (said["code"], said["message"]) == (200, "success")
    assert said["data"]["download_url"]
    home.faults({"on": "upload", "code": 808})
    assert home.upload(picture())["code"] == 808


def test_codes_in_a_poll_and_in_a_conversation(home: House) -> None:
    task = home.submit()["taskId"]
    home.faults({"on": "query", "code": 1003, "nth": 1})
    assert home.query(task)["errorCode"] == "1003"
    assert home.wait(task)["status"] == "SUCCESS"
    home.faults({"on": "outputs", "code": 804})
    assert old(home, "/task/openapi/outputs", taskId=task)["code"] == 804
    home.faults({"on": "chat", "code": 1003})
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
    answer = home.client.post("/v1/chat/completions", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "1003")


def test_a_file_that_is_forbidden_after_a_day(home: House) -> None:
    url = home.upload(picture())["data"]["download_url"]
    home.faults({"on": "download", "expire": 403})
    assert home.client.get(url).status_code == 403


def test_faults_in_the_settings(tmp_path: Path) -> None:
    with house(tmp_path, faults=[{"call": "submit", "code": 421}]) as home:
        assert home.submit()["errorCode"] == "421"


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({"on": "submit", "code": "many"}, "number of the vendor"),
        ({"on": "submit", "code": "http-200"}, "http-400"),
        ({"on": "submit", "code": -1}, "number of the vendor"),
        ({"on": "submit", "message": "x"}, "one of"),
        ({"on": "submit", "duplicate": 1}, "webhook"),
        ({"on": "submit", "stall": -1}, "seconds"),
        ({"on": "submit", "stall": "nan"}, "seconds"),
        ({"on": "webhook", "code": 1}, "webhook"),
        ({"on": "webhook", "duplicate": 0}, "whole number"),
        ({"on": "run", "code": 1, "reason": "x"}, "object"),
        ({"on": "download", "expire": 500}, "404"),
        ({"on": "query", "answer": {"status": 99}}, "HTTP status"),
    ],
)
def test_what_makes_no_sense_is_said(told: Any, word: str) -> None:
    with pytest.raises(BadFault, match=word):
        read(told)


def test_what_a_code_is_called(home: House) -> None:
    with httpx.Client(base_url=home.url, trust_env=False) as bare:
        said = bare.post(CREATE, json={"apiKey": KEY, "workflowId": "1"}).json()
    assert said["msg"].startswith("WORKFLOW_NOT_EXISTS")
