"""Machines kept warm by `retainSeconds`: who finds one, for how long, and who pays (RunningHub API, 5.1)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rhflow.simulator.server import Timing
from rhflow.simulator.settings import RENDERER
from tests.simulator.server_house import KEY, House, house
from tests.simulator.test_server_watching import messages
from tests.simulator.test_server_workflows import CREATE, EDIT_APP, PICTURE_FLOW, RESTYLE, change, old

COLD = Timing(queued_s=3_600, running_s=60)
"""Only a warm machine spares an hour in the queue; nothing here waits for real."""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path, timing=COLD, renderer=RENDERER) as running:
        yield running


def begun(home: House, flow: str = PICTURE_FLOW, **body: Any) -> dict[str, Any]:
    answer = old(home, CREATE, workflowId=flow, **body)
    assert answer["code"] == 0, answer
    return answer["data"]


def ended(home: House, task: str) -> None:
    """Move the clock to the end of that task; only its drawing takes real time."""
    if home.query(task)["status"] == "QUEUED":
        home.advance(COLD.queued_s)
    home.advance(COLD.running_s)
    assert home.wait(task)["status"] == "SUCCESS"


def machines(home: House) -> list[dict[str, Any]]:
    return home.client.get("/simulator/machines").json()["machines"]


def test_the_next_task_starts_at_once_and_the_one_after_it_does_not(home: House) -> None:
    first = begun(home, retainSeconds=180)
    assert first["taskStatus"] == "QUEUED"
    assert machines(home)[0]["is_warm"] is False, "its task has not ended"
    ended(home, first["taskId"])
    assert machines(home)[0]["is_warm"] is True
    second = begun(home)
    assert second["taskStatus"] == "RUNNING"
    assert second["netWssUrl"], "null only while queued"
    assert machines(home)[0]["taken_by"] == second["taskId"]
    assert begun(home)["taskStatus"] == "QUEUED", "one machine, one task"
    ended(home, second["taskId"])
    assert begun(home)["taskStatus"] == "QUEUED", "the second did not ask for it to be kept"


def test_it_is_kept_as_long_as_each_task_says_so(home: House) -> None:
    status = []
    for _ in range(3):
        task = begun(home, retainSeconds=100)
        status.append(task["taskStatus"])
        ended(home, task["taskId"])
    assert status == ["QUEUED", "RUNNING", "RUNNING"]


def test_it_grows_cold(home: House) -> None:
    ended(home, begun(home, retainSeconds=10)["taskId"])
    home.advance(11)
    assert begun(home)["taskStatus"] == "QUEUED"


@pytest.mark.parametrize(
    ("flow", "more"), [(RESTYLE, {}), (PICTURE_FLOW, {"instanceType": "plus"})], ids=["workflow", "machine"]
)
def test_it_waits_for_the_same_workflow_on_the_same_machine(
    home: House, flow: str, more: dict[str, Any]
) -> None:
    ended(home, begun(home, retainSeconds=180)["taskId"])
    assert begun(home, flow, **more)["taskStatus"] == "QUEUED"
    assert begun(home)["taskStatus"] == "RUNNING"


def test_it_waits_for_the_key_that_pays(home: House) -> None:
    ended(home, begun(home, retainSeconds=180)["taskId"])
    with home.caller("another-shared-key-STUV") as other:
        answer = other.post(CREATE, json={"workflowId": PICTURE_FLOW}).json()
    assert answer["data"]["taskStatus"] == "QUEUED"
    assert begun(home)["taskStatus"] == "RUNNING"


def test_a_cancelled_task_keeps_none(home: House) -> None:
    task = begun(home, retainSeconds=180)["taskId"]
    assert old(home, "/task/openapi/cancel", taskId=task)["code"] == 0
    assert machines(home) == []


def test_apps_and_the_newer_call_know_it_too(home: House) -> None:
    path = f"/openapi/v2/run/ai-app/{EDIT_APP}"
    first = home.client.post(path, json={"retainSeconds": 60}).json()
    assert first["errorCode"] == "", first
    ended(home, first["taskId"])
    assert home.client.post(path, json={}).json()["status"] == "RUNNING"


def test_the_seconds_are_billed_to_the_key_that_asked(home: House) -> None:
    warm, cold = begun(home, retainSeconds=100), begun(home)
    prices = {item["task_id"]: item for item in home.bill()["entries"]}
    more = Decimal(prices[warm["taskId"]]["price"]) - Decimal(prices[cold["taskId"]]["price"])
    assert more == 100 * Decimal("0.002")
    assert prices[warm["taskId"]]["key_tail"] == KEY[-4:]


def test_a_warm_machine_has_done_what_did_not_change(home: House) -> None:
    ended(home, begun(home, retainSeconds=180, nodeInfoList=[change("6", "text", "a fox")])["taskId"])
    second = begun(home, nodeInfoList=[change("6", "text", "a crane")])
    told = messages(second["netWssUrl"])
    assert next(told)["type"] == "execution_start"
    cached = next(told)
    told.close()
    assert cached["type"] == "execution_cached"
    assert set(cached["data"]["nodes"]) == {"4", "5", "7"}, "model, canvas and the other words"


def test_a_cold_machine_has_done_nothing(home: House) -> None:
    task = begun(home)["taskId"]
    home.advance(COLD.queued_s + 1)
    told = messages(old(home, "/task/openapi/outputs", taskId=task)["data"]["netWssUrl"])
    assert [next(told)["type"], next(told)["data"]["nodes"]] == ["execution_start", []]
    told.close()
