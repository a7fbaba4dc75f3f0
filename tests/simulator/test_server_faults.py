"""What goes wrong on request, as a client sees it, and what is on the bill afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from rhflow.simulator.faults import BadFault, Fault, Faults
from tests.simulator.server_house import CLIP, KEY, PICTURE, House, house
from tests.simulator.test_server_files import picture


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture
def home(shared: House) -> Iterator[House]:
    yield shared
    shared.faults()


def booked(home: House) -> int:
    return len(home.bill()["entries"])


def test_cut_before_anything_is_booked(home: House) -> None:
    before = booked(home)
    home.faults({"on": "submit", "do": "drop_before", "nth": 1})
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        home.submit()
    assert booked(home) == before
    assert home.submit()["errorCode"] == ""
    assert booked(home) == before + 1


def test_cut_after_it_was_booked(home: House) -> None:
    before = booked(home)
    home.faults({"on": "submit", "do": "drop_after", "nth": 1})
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        home.submit(prompt="lost and paid")
    assert booked(home) == before + 1
    lost = home.bill()["entries"][-1]["task_id"]
    assert home.wait(lost)["status"] == "SUCCESS"


@pytest.mark.parametrize("after", [False, True])
def test_an_answer_in_place_of_the_real_one(home: House, after: bool) -> None:
    before = booked(home)
    body = {"taskId": "", "errorCode": "1010", "errorMessage": "out of order"}
    home.faults({"on": "submit", "answer": {"status": 503, "body": body}, "after": after, "times": 1})
    answer = home.client.post(PICTURE, json={"prompt": "x", "size": "1k"})
    assert answer.status_code == 503
    assert answer.json() == body
    assert booked(home) == before + after


def test_an_answer_that_is_no_json(home: House) -> None:
    home.faults(
        {"on": "query", "do": {"answer": {"status": 502, "body": "<html>Bad Gateway</html>"}}, "times": 2}
    )
    statuses = [home.client.post("/openapi/v2/query", json={"taskId": "1"}).status_code for _ in range(3)]
    assert statuses == [502, 502, 200]


def test_headers_of_an_answer(home: House) -> None:
    home.faults({"on": "submit", "answer": {"status": 429, "headers": {"Retry-After": "3"}}, "times": 1})
    answer = home.client.post(PICTURE, json={})
    assert (answer.status_code, answer.headers["retry-after"], answer.content) == (429, "3", b"")


@pytest.mark.parametrize("after", [False, True])
def test_a_submit_that_the_client_gave_up_on_is_paid_all_the_same(home: House, after: bool) -> None:
    before = booked(home)
    home.faults({"on": "submit", "stall": 1.5, "after": after, "times": 1})
    patience = httpx.Timeout(20, read=0.2)
    with httpx.Client(base_url=home.url, headers=home.client.headers, timeout=patience) as hasty:
        with pytest.raises(httpx.ReadTimeout):
            hasty.post(PICTURE, json={"prompt": "x", "size": "1k"})
        assert booked(home) == before + after
    end = time.monotonic() + 20
    while booked(home) == before and time.monotonic() < end:
        time.sleep(0.02)
    assert booked(home) == before + 1


@pytest.mark.parametrize("after", [False, True])
def test_a_stall_ends_in_the_answer(home: House, after: bool) -> None:
    home.faults({"on": "query", "stall": 0.2, "after": after, "times": 1})
    start = time.monotonic()
    assert home.query("1")["errorCode"] == "1004"
    assert time.monotonic() - start >= 0.2


def gather(got: bytearray, answer: httpx.Response) -> None:
    for chunk in answer.iter_raw():
        got.extend(chunk)


def test_a_download_cut_short(home: House) -> None:
    url = home.upload(picture())["data"]["download_url"]
    whole = home.client.get(url).content
    home.faults({"on": "download", "truncate": 20, "times": 1})
    got = bytearray()
    with home.client.stream("GET", url) as answer:
        assert answer.headers["content-length"] == str(len(whole))
        with pytest.raises(httpx.RemoteProtocolError):
            gather(got, answer)
    assert got == whole[:20]
    assert home.client.get(url).content == whole


def test_truncating_beyond_the_end_changes_nothing(home: House) -> None:
    url = home.upload(picture())["data"]["download_url"]
    home.faults({"on": "download", "truncate": 1_000_000})
    assert home.client.get(url).content == picture()


def test_a_corrupt_download(home: House) -> None:
    content = picture() + bytes(5000)
    url = home.upload(content)["data"]["download_url"]
    home.faults({"on": "download", "corrupt": True, "times": 1})
    spoiled = home.client.get(url).content
    assert len(spoiled) == len(content)
    assert not spoiled.startswith(b"\x89PNG")
    assert spoiled[2000:] == content[2000:]
    assert home.client.get(url).content == content


def test_a_download_that_has_expired(home: House) -> None:
    url = home.made()["results"][0]["url"]
    home.faults({"on": "download", "endpoint": "/output/", "expire": True, "times": 1})
    assert home.client.get(home.upload(picture())["data"]["download_url"]).status_code == 200
    assert home.client.get(url).status_code == 404
    assert home.client.get(url).status_code == 200


def test_an_upload_that_is_cut(home: House) -> None:
    home.faults({"on": "upload", "do": "drop_before", "times": 1})
    content = picture("blue") + bytes(3_000_000)
    with pytest.raises(httpx.TransportError):
        home.upload(content)
    assert home.upload(content)["code"] == 0


def test_a_polling_connection_that_is_cut_in_the_middle_of_the_answer(home: House) -> None:
    home.faults({"on": "query", "truncate": 10, "times": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        home.query("1")


def test_jobs_that_fail(home: House) -> None:
    home.faults(
        {
            "on": "run",
            "endpoint": "image-to-video",
            "fail": {"code": 1501, "message": "content check"},
            "nth": 2,
        }
    )
    clip = {"imageUrl": "https://a.example/x.png", "duration": "5"}
    home.made()
    answers = [home.made(CLIP, **clip) for _ in range(3)]
    assert [answer["errorCode"] for answer in answers] == ["", "1501", ""]
    assert answers[1]["status"] == "FAILED"
    assert answers[1]["errorMessage"] == "content check"
    assert answers[1]["usage"]["thirdPartyConsumeMoney"] == "1.00"  # bought, whatever came of it


def test_a_job_without_results_and_a_slow_one(home: House) -> None:
    home.faults({"on": "run", "empty": True, "times": 1}, {"on": "run", "stall": 0.5, "nth": 2})
    empty = home.made()
    assert (empty["status"], empty["results"]) == ("SUCCESS", [])
    start = time.monotonic()
    assert len(home.made()["results"]) == 1
    assert time.monotonic() - start > 0.5


def test_a_fault_on_a_refused_body_is_not_used_up(home: House) -> None:
    home.faults({"on": "run", "fail": {"code": 1015}, "times": 1})
    assert home.submit(size="9k")["errorCode"] == "1007"
    assert home.made()["errorCode"] == "1015"


def test_faults_are_counted(home: House) -> None:
    told = {"on": "query", "answer": {"status": 500}, "nth": 2}
    home.faults(told)
    statuses = [home.client.post("/openapi/v2/query", json={"taskId": "1"}).status_code for _ in range(3)]
    assert statuses == [200, 500, 200]
    assert home.client.get("/simulator/faults").json() == {"faults": [{**told, "seen": 3, "played": 1}]}


def test_faults_from_the_start(tmp_path: Path) -> None:
    told = [{"on": "submit", "answer": {"status": 500, "body": "no"}, "times": 1}]
    with house(tmp_path, faults=told) as home:
        assert home.client.post(PICTURE, json={}).text == "no"


def test_a_cut_touches_nobody_else(home: House) -> None:
    home.faults({"on": "submit", "do": "drop_after", "nth": 1})
    with home.caller(KEY) as other:
        assert other.post("/openapi/v2/query", json={"taskId": "1"}).status_code == 200
        with pytest.raises(httpx.TransportError):
            home.submit()
        assert other.post("/openapi/v2/query", json={"taskId": "1"}).status_code == 200


BAD: list[Any] = [
    "drop",
    {},
    {"on": "submit"},
    {"on": "everything", "do": "drop_before"},
    {"on": "submit", "do": "explode"},
    {"on": "submit", "do": "drop_before", "nth": 0},
    {"on": "submit", "do": "drop_before", "times": "2"},
    {"on": "submit", "do": "drop_before", "colour": 1},
    {"on": "submit", "answer": {"status": "many"}},
    {"on": "submit", "answer": "no"},
    {"on": "submit", "stall": "long"},
    {"on": "download", "truncate": -1},
    {"on": "submit", "fail": {"code": 1}},
    {"on": "run", "do": "drop_before"},
    {"on": "run", "fail": {"code": "many"}},
    {"on": "run", "fail": 7},
]


@pytest.mark.parametrize("told", BAD)
def test_a_fault_that_makes_no_sense(home: House, told: Any) -> None:
    with pytest.raises(BadFault):
        Faults([told])
    answer = home.client.post("/simulator/faults", json=[told])
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")


def test_a_body_that_is_no_list(home: House) -> None:
    assert home.client.post("/simulator/faults", json={"fault": 1}).status_code == 400


def test_the_first_that_is_due_plays() -> None:
    faults = Faults([{"on": "query", "stall": 1, "nth": 2}, {"on": "query", "stall": 2}])
    due = [faults.due("query", "") for _ in range(3)]
    assert [fault.stall_s for fault in due if isinstance(fault, Fault)] == [2, 1, 2]
