"""Kinds of keys: who may order what, how much at a time, and who pays how."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from rhflow.simulator.server import Timing
from tests.simulator.server_house import KEY, PICTURE, TALE, House, house
from tests.simulator.test_server_workflows import CREATE, PICTURE_FLOW

NORMAL, EXCLUSIVE = "a-normal-key-of-mine-0001", "an-exclusive-key-of-mine-0002"
FREE, LAPSED = "a-free-key-0003", "a-lapsed-key-0004"
PATIENT = Timing(queued_s=60, running_s=60)
GOOD = {"prompt": "x", "size": "1k"}


def create(home: House, key: str, **more: Any) -> dict[str, Any]:
    with httpx.Client(base_url=home.url, trust_env=False) as bare:
        return bare.post(CREATE, json={"apiKey": key, "workflowId": PICTURE_FLOW, **more}).json()


def queue(home: House, key: str) -> dict[str, Any]:
    with home.caller(key) as at:
        return at.get("/openapi/v2/queue/status").json()["data"]


def account(home: House, key: str) -> dict[str, Any]:
    with home.caller(key) as at:
        return at.post("/uc/openapi/accountStatus", json={"apikey": key}).json()["data"]


def test_standard_models_are_for_shared_keys(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        for key in (NORMAL, EXCLUSIVE, FREE, LAPSED):
            with home.caller(key) as at:
                for path in (PICTURE, PICTURE.replace("v2/", "v2/price-preview/")):
                    said = at.post(path, json=GOOD).json()
                    assert (said["errorCode"], said["taskId"]) == ("1014", "")
                assert at.post("/openapi/v2/assets/list", json={}).json()["code"] == 1014
                chat = at.post(
                    "/v1/chat/completions",
                    json={"model": "m", "messages": [{"role": "user", "content": "x"}]},
                )
                assert (chat.status_code, chat.json()["error"]["code"]) == (403, "1014")
        assert home.bill()["entries"] == []


def test_a_consumer_runs_one_workflow_and_pays_coins(tmp_path: Path) -> None:
    with house(tmp_path, coins=7, timing=PATIENT) as home:
        first = create(home, NORMAL)
        assert first["code"] == 0
        assert create(home, NORMAL)["code"] == 421
        told = queue(home, NORMAL)
        assert (told["apiKeyType"], told["concurrentLimit"], told["totalCurrentTasks"]) == ("NORMAL", 1, "1")
        money = account(home, NORMAL)
        assert (money["apiType"], money["remainMoney"], money["currency"]) == ("NORMAL", None, None)
        assert money["remainCoins"] == "4"
        home.advance(120)
        usage = home.wait(first["data"]["taskId"])["usage"]
        assert usage == {
            "consumeMoney": None,
            "consumeCoins": "3",
            "taskCostTime": "13",
            "thirdPartyConsumeMoney": None,
        }
        second = create(home, NORMAL)
        home.advance(120)
        home.wait(second["data"]["taskId"])
        broke = create(home, NORMAL)
        assert broke["code"] == 416
        assert broke["msg"].startswith("TASK_CREATE_FAILED_BY_NOT_ENOUGH_WALLET")
        bill = home.bill()
        assert [entry["coins"] for entry in bill["entries"]] == [3, 3]
        assert (bill["coins"], bill["total"], bill["unknown"]) == (6, "0.00", 0)


def test_an_exclusive_key_waits_for_its_machines(tmp_path: Path) -> None:
    with house(tmp_path, machines=2, personal_queue=2, timing=PATIENT) as home:
        assert [create(home, EXCLUSIVE)["code"] for _ in range(3)] == [0, 0, 415]
        waiting = [create(home, EXCLUSIVE, usePersonalQueue=form) for form in (True, "true")]
        assert [each["code"] for each in waiting] == [0, 0]
        assert create(home, EXCLUSIVE, usePersonalQueue=True)["code"] == 814
        told = queue(home, EXCLUSIVE)
        assert (told["apiKeyType"], told["instanceCount"], told["totalCurrentTasks"]) == ("EXCLUSIVE", 2, "4")
        home.advance(90)
        assert queue(home, EXCLUSIVE)["runningCount"] == "2"
        assert home.query(waiting[0]["data"]["taskId"])["status"] == "QUEUED"
        home.advance(100)
        assert home.query(waiting[0]["data"]["taskId"])["status"] == "RUNNING"
        home.advance(1000)
        usage = home.wait(waiting[1]["data"]["taskId"])["usage"]
        assert usage["consumeMoney"] is None
        assert usage["taskCostTime"] == "13"
        assert home.bill()["total"] == "0.00"
        assert account(home, EXCLUSIVE)["remainMoney"] is None


def test_machines_and_plans_that_are_not_there(tmp_path: Path) -> None:
    with house(tmp_path, machines=0) as home:
        assert create(home, EXCLUSIVE)["code"] == 415
        assert create(home, EXCLUSIVE, instanceType="plus")["code"] == 435
        assert create(home, LAPSED)["code"] == 436
        assert create(home, FREE)["code"] == 801
        assert create(home, NORMAL, retainSeconds=20)["code"] == 301
        with home.caller(FREE) as at:
            said = at.post(f"/openapi/v2/run/workflow/{PICTURE_FLOW}", json={}).json()
            assert (said["errorCode"], said["taskId"]) == ("801", "")
        assert home.bill()["entries"] == []


def test_a_shared_key_pays_workflows_from_its_wallet(tmp_path: Path) -> None:
    with house(tmp_path, wallet=Decimal("0.05")) as home:
        assert [create(home, KEY)["code"] for _ in range(2)] == [0, 812]
        assert account(home, KEY)["remainMoney"] == "0.024"


def test_an_empty_wallet_buys_nothing(tmp_path: Path) -> None:
    with house(tmp_path, wallet=Decimal(0)) as home:
        assert home.submit()["errorCode"] == "812"
        assert account(home, KEY)["remainMoney"] == "0.00"
        assert home.made(TALE, prompt="what nobody prices passes")["status"] == "SUCCESS"


def test_kinds_by_settings_and_no_other_key(tmp_path: Path) -> None:
    known = {"one-of-a-kind": "normal", "shared-though-it-says-normal": "shared"}
    with house(tmp_path, keys=known, accept_keys=frozenset(known)) as home:
        assert queue(home, "one-of-a-kind")["apiKeyType"] == "NORMAL"
        assert queue(home, "shared-though-it-says-normal")["apiKeyType"] == "SHARED"
        with home.caller("a-stranger") as at:
            assert at.get("/openapi/v2/queue/status").status_code == 401
        assert create(home, "a-stranger")["code"] == 802
        with home.caller("one-of-a-kind") as at:
            listed = at.get("/openapi/v2/api-key/list").json()["data"]
        assert {each["key"] for each in listed} == {"****kind", "****rmal"}
        assert "one-of-a-kind" not in str(listed)


def test_a_key_says_what_it_has_spent(tmp_path: Path) -> None:
    with house(tmp_path, wallet=Decimal(10)) as home:
        home.submit()
        (told,) = home.client.get("/openapi/v2/api-key/list").json()["data"]
        assert (told["quotaLimit"], told["quotaUsed"]) == ("10.00", "0.10")


@pytest.mark.parametrize("path", ["/task/openapi/nothing", "/uc/nothing", "/api/nothing"])
def test_an_address_that_is_no_api_address(tmp_path: Path, path: str) -> None:
    with house(tmp_path) as home:
        answer = home.client.post(path, json={})
        assert answer.status_code == 404
        assert answer.json()["code"] == 412
        assert home.client.get(CREATE).json()["code"] == 412
        assert home.client.post(CREATE, content=b"no json").json()["code"] == 301
