"""Two readings of one contract: what our client understands of what the simulator says."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from rhflow.catalog_files import load_errors
from rhflow.ports import JobReport, PollFailed
from rhflow.providers.runninghub.calls import account, apps, assets, library, tasks, webhooks, workflows
from rhflow.providers.runninghub.calls.call import Call
from rhflow.providers.runninghub.client import RunningHubClient
from rhflow.providers.runninghub.provider import RunningHubProvider
from rhflow.simulator.server import Timing
from rhflow.simulator.settings import RENDERER
from tests.simulator.server_house import KEY, House, house
from tests.simulator.test_server_files import picture
from tests.simulator.test_server_keys import NORMAL
from tests.simulator.test_server_webhooks import receiver
from tests.simulator.test_server_workflows import ALIVE_APP, CREATE, PICTURE_FLOW, QUICK_APP, old

T = TypeVar("T")
SOON = Timing(queued_s=0.02, running_s=0.02)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("simulator"), renderer=RENDERER, timing=SOON) as running:
        yield running


def asked(home: House, call: Call[T], key: str = KEY) -> T:
    """A call of our client."""

    async def main() -> T:
        client = RunningHubClient(home.url, key, trust_env=False)
        provider = RunningHubProvider(
            client, name="simulator", realm="test", facts=load_errors(), now=time.time
        )
        try:
            return await provider.ask(call)
        finally:
            await provider.close()

    return asyncio.run(main())


def ended(home: House, task: str, call: str = "query") -> JobReport:
    end = time.monotonic() + 20
    while (report := asked(home, getattr(tasks, call)(task))).state in ("queued", "running"):
        assert time.monotonic() < end, report
    return report


def test_jobs_are_read_alike_in_three_ways(home: House) -> None:
    task = old(home, CREATE, workflowId=PICTURE_FLOW)["data"]["taskId"]
    first, second = ended(home, task), ended(home, task, "outputs")
    assert [item.url for item in first.results] == [item.url for item in second.results]
    assert asked(home, tasks.status(task)).state == first.state
    with pytest.raises(PollFailed):
        asked(home, tasks.outputs("1"))


def test_the_account_and_the_keys(home: House) -> None:
    left, load = asked(home, account.balance()), asked(home, account.queue())
    found = account.account_of(left, load, "CNY")
    assert (found.key_type, found.currency, found.concurrency) == ("SHARED", "CNY", 50)
    assert found.bars_models is None
    assert found.money
    consumer = account.account_of(
        asked(home, account.balance(), NORMAL), asked(home, account.queue(), NORMAL), "CNY"
    )
    assert consumer.key_type == "NORMAL"
    assert consumer.bars_models
    assert consumer.coins
    assert consumer.money is None
    (key,) = asked(home, account.keys())
    assert key.key.endswith(KEY[-4:])


def test_workflows_apps_and_models(home: House) -> None:
    assert asked(home, workflows.graph(PICTURE_FLOW))["6"]
    with pytest.raises(PollFailed):
        asked(home, workflows.graph("1"))
    app = asked(home, apps.app(ALIVE_APP))
    assert app.name == "A picture comes alive"
    assert {field.type for field in app.fields} >= {"IMAGE", "INT", "LIST"}
    assert all(field.node and field.name and field.description for field in app.fields)
    assert any(field.choices for field in app.fields if field.type == "LIST")
    assert ALIVE_APP in {item.id for item in asked(home, apps.apps())}
    assert asked(home, apps.styles(QUICK_APP, 6))
    assert [item.file for item in asked(home, library.resources("LORA", "grain"))] == [
        "film-grain-xl.safetensors"
    ]
    place = asked(home, library.lora_place("mine", "0" * 32))
    assert place.file == f"api-lora-cn/{'0' * 32}.safetensors"
    assert place.address
    url = home.upload(picture(size=320))["data"]["download_url"]
    made = asked(home, assets.assets("create", {"url": url, "name": "a"}))
    assert isinstance(made, dict)
    assert str(made["assetUri"]).startswith("asset://")
    assert asked(home, assets.groups("list", {}))


def test_webhooks(home: House, tmp_path: Path) -> None:
    with receiver() as hook:
        task = home.submit(webhookUrl=hook.url)["taskId"]
        (event,) = hook.wait(1)
        notice = webhooks.read_notice(json.dumps(event).encode())
        assert notice is not None
        assert notice.job == task
        end = time.monotonic() + 10
        while not (told := asked(home, webhooks.detail(task))).is_delivered:
            assert time.monotonic() < end
        assert told.job == task
        assert told.data == event["eventData"]
        asked(home, webhooks.retry(told.id, hook.url))
        hook.wait(2)
    with pytest.raises(PollFailed):
        asked(home, webhooks.detail("1"))
