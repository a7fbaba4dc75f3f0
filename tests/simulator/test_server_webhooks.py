"""Webhooks: delivered to a real receiver, again where it was slow or rude, and told about afterwards."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from rhflow.simulator.server import Timing
from rhflow.simulator.settings import RENDERER
from tests.simulator.server_house import PICTURE, TALE, House, house
from tests.simulator.test_server_workflows import CREATE, PICTURE_FLOW, old

SOON = Timing(queued_s=0.02, running_s=0.02, webhook_timeout_s=20, webhook_again_s=(0.05, 0.05, 0.05))
IMPATIENT = replace(SOON, webhook_timeout_s=0.3)
DETAIL, RETRY = "/task/openapi/getWebhookDetail", "/task/openapi/retryWebhook"


class Receiver:
    """Takes what comes; `answers` are the statuses it gives in turn, the last one for ever."""

    def __init__(self, answers: list[int], wait_s: float) -> None:
        self.came: list[dict[str, Any]] = []
        self.url = ""
        self._answers, self._wait_s = answers, wait_s

    def take(self, body: bytes) -> int:
        self.came.append(json.loads(body))
        time.sleep(self._wait_s)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    def wait(self, count: int, limit_s: float = 10) -> list[dict[str, Any]]:
        end = time.monotonic() + limit_s
        while len(self.came) < count:
            assert time.monotonic() < end, self.came
            time.sleep(0.01)
        return self.came


@contextmanager
def receiver(*answers: int, wait_s: float = 0) -> Iterator[Receiver]:
    taken = Receiver(list(answers) or [200], wait_s)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = taken.take(body)
            try:
                self.send_response(status)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"ok")
            except OSError:
                pass  # the simulator did not wait

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    taken.url = f"http://127.0.0.1:{server.server_port}/hook?x=1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def detail(home: House, task: str) -> dict[str, Any]:
    return old(home, DETAIL, taskId=task)


def until(
    home: House, task: str, good: Callable[[dict[str, Any]], bool], limit_s: float = 10
) -> dict[str, Any]:
    """The webhook's detail, once it is as wanted."""
    end = time.monotonic() + limit_s
    while not ((told := detail(home, task))["code"] == 0 and good(told["data"])):
        assert time.monotonic() < end, told
        time.sleep(0.01)
    return told["data"]


def test_a_model_job_tells_its_end(tmp_path: Path) -> None:
    with house(tmp_path, timing=SOON) as home, receiver() as hook:
        task = home.submit(webhookUrl=hook.url)["taskId"]
        (event,) = hook.wait(1)
        assert (event["event"], event["taskId"]) == ("TASK_END", task)
        data = json.loads(event["eventData"])
        assert data == home.query(task)
        assert data["status"] == "SUCCESS"
        assert data["results"][0]["url"].startswith(home.url)
        assert data["taskUsageList"][0]["taskId"] == task
        assert data["parentTaskId"] is None
        assert home.client.get(data["results"][0]["url"]).status_code == 200
        told = until(home, task, lambda item: item["callbackStatus"] == "SUCCESS")
        assert told["callbackResponse"] == "ok"
        assert told["retryCount"] == 0
        assert told["webhookUrl"] == hook.url
        assert told["event"] == "TASK_END"
        assert {"id", "userApiKey", "taskId", "eventData", "createTime", "updateTime"} <= set(told)
        time.sleep(0.2)
        assert len(hook.came) == 1


def test_a_v1_job_speaks_v1(tmp_path: Path) -> None:
    with house(tmp_path, timing=SOON, renderer=RENDERER) as home, receiver() as hook:
        task = old(home, CREATE, workflowId=PICTURE_FLOW, webhookUrl=hook.url)["data"]["taskId"]
        (event,) = hook.wait(1)
        data = json.loads(event["eventData"])
        assert data["code"] == 0
        assert data["data"][0]["nodeId"] == "9"
        assert data == old(home, "/task/openapi/outputs", taskId=task)
        home.faults({"on": "run", "code": 1015, "reason": {"node_id": "3"}, "times": 1})
        old(home, CREATE, workflowId=PICTURE_FLOW, webhookUrl=hook.url)
        failed = json.loads(hook.wait(2)[1]["eventData"])
        assert failed["code"] == 805
        assert failed["data"]["failedReason"] == {"node_id": "3"}


def test_a_receiver_that_says_no_is_tried_four_times(tmp_path: Path) -> None:
    with house(tmp_path, timing=SOON) as home, receiver(500) as hook:
        task = home.submit(webhookUrl=hook.url)["taskId"]
        hook.wait(4)
        told = until(home, task, lambda item: item["retryCount"] == 3)
        assert told["callbackStatus"] == "FAILED"
        time.sleep(0.3)
        assert len(hook.came) == 4
        assert {json.dumps(each) for each in hook.came} == {json.dumps(hook.came[0])}


def test_a_receiver_that_comes_round(tmp_path: Path) -> None:
    with house(tmp_path, timing=SOON) as home, receiver(503, 302, 204) as hook:
        task = home.submit(webhookUrl=hook.url)["taskId"]
        assert until(home, task, lambda item: item["callbackStatus"] == "SUCCESS")["retryCount"] == 2


def test_a_slow_receiver_counts_as_failed_and_holds_up_nobody(tmp_path: Path) -> None:
    with house(tmp_path, timing=IMPATIENT) as home, receiver(wait_s=30) as slow, receiver() as quick:
        first = home.submit(webhookUrl=slow.url)["taskId"]
        slow.wait(1)
        start = time.monotonic()
        home.submit(prompt="b", webhookUrl=quick.url)
        quick.wait(1, 20)
        assert home.query(first)["status"] == "SUCCESS"
        assert time.monotonic() - start < 25
        slow.wait(2)
        assert until(home, first, lambda item: item["retryCount"] >= 1)["callbackStatus"] == "FAILED"


def test_nobody_listens(tmp_path: Path) -> None:
    with house(tmp_path, timing=SOON) as home:
        task = home.submit(webhookUrl="http://127.0.0.1:9/hook")["taskId"]
        told = until(home, task, lambda item: item["retryCount"] == 3)
        assert "refused" in told["callbackResponse"].lower()
        listed = home.client.get("/simulator/webhooks").json()["webhooks"]
        assert [each["taskId"] for each in listed] == [task]


def test_duplicates_and_losses_by_fault(tmp_path: Path) -> None:
    with house(tmp_path, timing=SOON) as home, receiver() as hook:
        home.faults({"on": "webhook", "duplicate": 2, "times": 1})
        home.submit(webhookUrl=hook.url)
        hook.wait(3)
        home.faults({"on": "webhook", "do": "drop_before", "times": 1})
        lost = home.submit(prompt="b", webhookUrl=hook.url)["taskId"]
        assert until(home, lost, lambda item: item["callbackStatus"] == "SUCCESS")["retryCount"] == 1
        assert len(hook.came) == 4
        home.faults({"on": "webhook", "do": "drop_after", "times": 1})
        home.submit(prompt="c", webhookUrl=hook.url)
        assert len({event["taskId"] for event in hook.wait(6)[4:]}) == 1, "it came, and came again"
        home.faults({"on": "webhook", "stall": 60, "times": 1})
        home.submit(prompt="d", webhookUrl=hook.url)
        time.sleep(0.3)
        assert len(hook.came) == 6
        end = time.monotonic() + 20
        while len(hook.came) < 7:
            assert time.monotonic() < end
            home.advance(61)
            time.sleep(0.02)


def test_the_schedule_is_in_simulated_time(tmp_path: Path) -> None:
    slowly = Timing(queued_s=0.02, running_s=0.02)
    with house(tmp_path, timing=slowly) as home, receiver(500) as hook:
        task = home.submit(webhookUrl=hook.url)["taskId"]
        for number, pause in enumerate(slowly.webhook_again_s):
            hook.wait(number + 1)
            told = until(home, task, lambda item: bool(item["callbackResponse"]))
            while told["retryCount"] < number:
                told = detail(home, task)["data"]
            time.sleep(0.1)
            assert len(hook.came) == number + 1
            home.advance(pause)
        hook.wait(4)
        assert sum(slowly.webhook_again_s) <= 183


def test_telling_once_more_on_request(tmp_path: Path) -> None:
    with house(tmp_path, timing=SOON) as home, receiver(500) as rude, receiver() as kind:
        task = home.submit(webhookUrl=rude.url)["taskId"]
        told = until(home, task, lambda item: item["retryCount"] == 3)
        assert old(home, RETRY, webhookId=told["id"], webhookUrl=kind.url)["code"] == 0
        kind.wait(1)
        now = until(home, task, lambda item: item["callbackStatus"] == "SUCCESS")
        assert now["webhookUrl"] == kind.url
        assert old(home, RETRY, webhookId=told["id"])["code"] == 0
        kind.wait(2)
        assert old(home, RETRY, webhookId="1")["code"] == 1
        assert old(home, RETRY, webhookId=told["id"], webhookUrl="file:///etc/passwd")["code"] == 301


def test_no_event_no_detail(tmp_path: Path) -> None:
    with house(tmp_path, timing=Timing(queued_s=60, running_s=60)) as home:
        without = home.submit()["taskId"]
        asleep = home.submit(webhookUrl="http://127.0.0.1:9/")["taskId"]
        for task in (without, asleep, "1"):
            assert detail(home, task) == {"code": 1, "msg": "webhook event not exists", "data": None}


def test_a_cancelled_job_ends_too(tmp_path: Path) -> None:
    patient = Timing(queued_s=60, running_s=60, webhook_timeout_s=1)
    with house(tmp_path, timing=patient) as home, receiver() as hook:
        task = home.submit(webhookUrl=hook.url)["taskId"]
        old(home, "/task/openapi/cancel", taskId=task)
        (event,) = hook.wait(1)
        assert json.loads(event["eventData"])["status"] == "CANCEL"


def test_a_restart_delivers_what_was_left(tmp_path: Path) -> None:
    with receiver() as hook:
        with house(tmp_path, timing=Timing(queued_s=30, running_s=30)) as home:
            task = home.submit(webhookUrl=hook.url)["taskId"]
        with house(tmp_path, timing=SOON) as home:
            home.advance(100)
            assert hook.wait(1)[0]["taskId"] == task


def test_stopping_does_not_wait_for_a_receiver(tmp_path: Path) -> None:
    timing = Timing(queued_s=0, running_s=0, webhook_timeout_s=60)
    with receiver(wait_s=60) as hook, house(tmp_path, timing=timing) as home:
        home.submit(TALE, prompt="x", webhookUrl=hook.url)
        hook.wait(1)
        start = time.monotonic()
        home.server.stop()
        assert time.monotonic() - start < 20


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/",
        "javascript:alert(1)",
        "//a.example",
        "http://",
        "http://a b",
        7,
        ["x"],
        "http://é.example",
    ],
)
def test_an_address_that_is_none(tmp_path: Path, url: Any) -> None:
    with house(tmp_path) as home:
        said = home.client.post(PICTURE, json={"prompt": "x", "size": "1k", "webhookUrl": url}).json()
        assert (said["errorCode"], said["taskId"]) == ("1007", "")
        assert "webhookUrl" in said["errorMessage"]
        assert home.bill()["entries"] == []
        assert home.submit(webhookUrl="")["errorCode"] == ""
