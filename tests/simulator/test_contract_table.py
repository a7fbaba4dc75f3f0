"""The contract, on both sides at once: every documented call made by our client to our simulator, every code.

Two tables of docs/simulator.md come out of it. That no call is left out is proved by the simulator's own
record of what was asked, against the description it gives of itself.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rhflow.catalog.errors import ErrorFact
from rhflow.catalog_files import load_errors
from rhflow.ground.errors import SettingsError
from rhflow.ground.references import Resolved
from rhflow.lifecycle.failure import Failure
from rhflow.ports import Accepted, JobReport, Lost, PollFailed, Refused, Request, Staged
from rhflow.providers.runninghub.calls import account, apps, assets, library, tasks, webhooks, workflows
from rhflow.providers.runninghub.calls.call import Call, in_envelope
from rhflow.providers.runninghub.client import RunningHubClient
from rhflow.providers.runninghub.parcels import Parcel
from rhflow.providers.runninghub.provider import RunningHubProvider
from rhflow.simulator.openapi import describe
from rhflow.simulator.server import Timing
from rhflow.simulator.settings import RENDERER
from tests.providers.runninghub.test_contract import kinds_of
from tests.providers.runninghub.test_staging import Shelf
from tests.simulator.server_house import CATALOG, KEY, House, house
from tests.simulator.shown_tables import show
from tests.simulator.test_server_files import picture
from tests.simulator.test_server_keys import EXCLUSIVE, FREE, LAPSED, NORMAL
from tests.simulator.test_server_webhooks import receiver
from tests.simulator.test_server_workflows import (
    EDIT_APP,
    LOCKED,
    NEVER_RUN,
    PICTURE_FLOW,
    QUICK_APP,
    RESTYLE,
)

FACTS = {fact.code: fact for fact in load_errors()}
MODEL, CLIP, TALE = "ink/text-to-image", "ink/image-to-video", "ink/text-to-text"
GOOD: dict[str, Resolved] = {"prompt": "a heron", "size": "1k"}
SOON = Timing(queued_s=0.02, running_s=0.02)
LATE = Timing(queued_s=60, running_s=60)
UNPLUGGED: dict[str, Resolved] = {"9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x"}}}


class Desk:
    """Our client at the counter of a simulator, for as long as one `act`."""

    def __init__(self, home: House, seller: RunningHubProvider, folder: Path) -> None:
        self.home = home
        self.seller = seller
        self.folder = folder
        self.shelf = Shelf(folder)

    async def buy(self, endpoint: str, **arguments: Resolved) -> Any:
        staged = await self.seller.stage(Request(endpoint, arguments), self.shelf)
        return await self.seller.submit(staged, "attempt-1")

    async def bought(self, endpoint: str, **arguments: Resolved) -> str:
        answer = await self.buy(endpoint, **arguments)
        assert isinstance(answer, Accepted), answer
        return answer.job

    async def ended(self, job: str) -> JobReport:
        while (report := await self.seller.report(job)).state in ("queued", "running"):
            await asyncio.sleep(0.02)
        return report

    async def made(self, endpoint: str, **arguments: Resolved) -> JobReport:
        report = await self.ended(await self.bought(endpoint, **arguments))
        assert report.state == "succeeded", report
        return report

    async def ask(self, call: Call[Any]) -> Any:
        return await self.seller.ask(call)

    def parcel(self, data: bytes, suffix: str = "png") -> Parcel:
        path = self.folder / f"parcel.{suffix}"
        path.write_bytes(data)
        return Parcel(path, hashlib.sha256(data).hexdigest(), suffix)


Play = Callable[[Desk], Awaitable[Any]]


def act(home: House, folder: Path, play: Play, key: str = KEY) -> Any:
    """What comes of it; a free call's no as the Failure it is."""

    async def main() -> Any:
        seller = RunningHubProvider(
            RunningHubClient(home.url, key, trust_env=False),
            name="simulator",
            realm="test",
            facts=FACTS.values(),
            now=time.time,
            waits=(),
            environ={"PASSWORD": "open-sesame"},
        )
        try:
            return await play(Desk(home, seller, folder))
        except PollFailed as trouble:
            return trouble.failure
        finally:
            await seller.close()

    return asyncio.run(main())


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("record") / "calls.jsonl"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, recorded: Path) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("simulator")
    with house(folder, renderer=RENDERER, timing=SOON, record=recorded) as running:
        yield running


# -- every call of the API, as our client makes it


async def a_model(desk: Desk) -> None:
    report = await desk.made(MODEL, **GOOD)
    assert report.usage.third_party == "0.10"
    (download,) = await desk.seller.collect(report, desk.folder)
    assert download.path is not None
    assert download.path.read_bytes().startswith(b"\x89PNG")


async def a_text(desk: Desk) -> None:
    report = await desk.made(TALE, prompt="a heron")
    assert report.results[0].text


async def a_medium(desk: Desk) -> None:
    """The upload goes out before the submit, and its address stands in the body."""
    assert await desk.made(CLIP, imageUrl=desk.shelf.file(picture(size=64)), duration="5")


async def a_preview(desk: Desk) -> None:
    assert str((await desk.seller.price_preview(MODEL, {**GOOD})).amount) == "0.1"  # type: ignore[dict-item]


async def a_workflow(desk: Desk) -> None:
    report = await desk.made(f"workflow/{PICTURE_FLOW}", nodes={"6": {"text": "rain"}})
    assert report.results[0].node == "9"


async def a_locked_workflow(desk: Desk) -> None:
    nodes = {"10": {"image": desk.shelf.file(picture(size=64))}}
    assert await desk.made(f"workflow/{LOCKED}", nodes=nodes, access_password={"env": "PASSWORD"})


async def a_whole_graph(desk: Desk) -> None:
    graph = await desk.ask(workflows.graph(PICTURE_FLOW))
    assert await desk.made(f"workflow/{PICTURE_FLOW}", graph=graph)


async def an_app(desk: Desk) -> None:
    nodes = {"39": {"image": desk.shelf.file(picture(size=64))}, "52": {"prompt": "snow"}}
    assert await desk.made(f"app/{EDIT_APP}", nodes=nodes)


async def an_older_app(desk: Desk) -> None:
    password = {"env": "PASSWORD"}
    assert await desk.made("app/1877265245566922803", access_password=password, nodes={"6": {"text": "rain"}})


async def a_quick_creation(desk: Desk) -> None:
    assert await desk.made(f"quick/{QUICK_APP}-006", nodes={"6": {"text": "rain"}})


async def the_older_questions(desk: Desk) -> None:
    report = await desk.made(f"workflow/{PICTURE_FLOW}")
    job = desk.home.bill()["entries"][-1]["task_id"]
    assert (await desk.ask(tasks.status(job))).state == "succeeded"
    assert [item.url for item in (await desk.ask(tasks.outputs(job))).results] == [report.results[0].url]


async def a_cancel(desk: Desk) -> None:
    desk.home.faults({"on": "run", "stall": 60})
    job = await desk.bought(f"workflow/{PICTURE_FLOW}")
    desk.home.faults()
    assert await desk.seller.cancel(job) is True
    assert (await desk.seller.report(job)).state == "cancelled"


async def an_older_upload(desk: Desk) -> None:
    name = await desk.seller._transfers.older_upload(desk.parcel(picture()))
    assert name.startswith("api/")


async def a_lora(desk: Desk) -> None:
    path = desk.folder / "mine.safetensors"
    path.write_bytes(b"lora" * 100)
    name = await desk.seller.upload_lora(path, "mine")
    assert name in {item.file for item in await desk.ask(library.resources("LORA"))}


async def the_account(desk: Desk) -> None:
    told = await desk.seller.account()
    assert (told.key_type, told.currency, told.concurrency) == ("SHARED", "CNY", 50)
    assert (await desk.seller.queue()).limit == 50


async def the_keys(desk: Desk) -> None:
    (key,) = await desk.ask(account.keys())
    assert (key.key, key.status) == (f"****{KEY[-4:]}", "1")


async def the_apps(desk: Desk) -> None:
    assert (await desk.ask(apps.app(EDIT_APP))).fields
    assert EDIT_APP in {item.id for item in await desk.ask(apps.apps())}
    assert await desk.ask(apps.styles(QUICK_APP, 6))


async def the_assets(desk: Desk) -> None:
    group = await desk.ask(assets.groups("create", {"name": "faces"}))
    told = (await desk.seller._transfers.upload(desk.parcel(picture(size=320)))).url
    made = await desk.ask(assets.assets("create", {"url": told, "name": "a", "groupId": group["groupId"]}))
    name = {"assetId": made["assetId"]}
    assert (await desk.ask(assets.assets("query", name)))["assetUri"].startswith("asset://")
    assert await desk.ask(assets.assets("update", {**name, "name": "b"}))
    assert await desk.ask(assets.assets("list", {}))
    await desk.ask(assets.assets("delete", name))
    one = {"groupId": group["groupId"]}
    assert await desk.ask(assets.groups("list", {}))
    assert await desk.ask(assets.groups("query", one))
    assert await desk.ask(assets.groups("update", {**one, "name": "others"}))
    await desk.ask(assets.groups("delete", one))


async def a_chat(desk: Desk) -> None:
    answer = await desk.buy("chat/some-model", prompt="Name a bird.")
    assert isinstance(answer, Accepted)
    assert answer.report is not None
    assert answer.report.results[0].text


async def a_webhook(desk: Desk) -> None:
    with receiver() as hook:
        desk.seller._webhook = lambda _attempt: hook.url
        job = await desk.bought(MODEL, **GOOD)
        (event,) = await asyncio.to_thread(hook.wait, 1)
        notice = webhooks.read_notice(json.dumps(event).encode())
        assert notice is not None
        assert notice.job == job
        while not (told := await desk.ask(webhooks.detail(job))).is_delivered:
            await asyncio.sleep(0.02)
        await desk.ask(webhooks.retry(told.id, hook.url))
        await asyncio.to_thread(hook.wait, 2)


CALLS: dict[str, tuple[str, Play]] = {
    "submit a model, query, download": ("2.1, 2.2", a_model),
    "a text model": ("2.2", a_text),
    "price preview": ("2.5", a_preview),
    "upload, address in a body": ("3, 4", a_medium),
    "the older upload": ("4", an_older_upload),
    "LoRA: place, then PUT": ("4", a_lora),
    "run a workflow": ("5.2", a_workflow),
    "run a workflow behind a password": ("5.1", a_locked_workflow),
    "the graph of a workflow; a whole graph": ("5.1", a_whole_graph),
    "status and outputs": ("5.1", the_older_questions),
    "run an app": ("5.3", an_app),
    "run an app, the older way": ("5.3", an_older_app),
    "inputs of an app; apps; styles": ("5.3", the_apps),
    "quick create": ("5.3", a_quick_creation),
    "balance and queue": ("6", the_account),
    "keys": ("6", the_keys),
    "assets and their groups": ("6", the_assets),
    "language model": ("6", a_chat),
    "webhook: told, detail, again": ("7", a_webhook),
    "cancel": ("8", a_cancel),
}
"""Every call there is -> its section of the API's notes, and how our client makes it."""

NATIVE = "native proxy of an exclusive key, ComfyUI's own calls for its clients; `/proxy-plus/` the same"
ONLY_OTHERS = {
    "get /v1/models": "not documented by the vendor; other clients of language models ask for it",
    **{
        f"{method} /{door}/{{key}}/{name}": NATIVE
        for door in ("proxy", "proxy-plus")
        for methods, name in (
            ("get post", "prompt"),
            ("get post", "queue"),
            ("get post", "history"),
            ("get", "history/{prompt_id}"),
            ("post", "interrupt"),
            ("post", "free"),
            ("post", "upload/image"),
            ("get", "view"),
            ("get", "object_info"),
            ("get", "object_info/{node_class}"),
            ("get", "system_stats"),
            ("get", "models"),
            ("get", "models/{folder}"),
            ("get", "embeddings"),
            ("get", "extensions"),
        )
        for method in methods.split()
    },
}
"""What the simulator answers, and our client never asks."""


@dataclass(frozen=True)
class Row:
    """What one row sent (`post /openapi/v2/query`, as the simulator describes it), and how it ended."""

    sent: frozenset[str]
    outcome: Any


@pytest.fixture(scope="module")
def rows(home: House, recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    """Every row, played once."""
    described = _described()
    found: dict[str, Row] = {}
    for name, (_, play) in CALLS.items():
        before = recorded.stat().st_size if recorded.exists() else 0
        try:
            outcome = act(home, tmp_path_factory.mktemp("row"), play)
        except Exception as error:  # its own test says so
            outcome = error
        lines = _until_marked(home, recorded, len(found))[before:].splitlines()
        sent = {(item["method"].lower(), item["path"].partition("?")[0]) for item in map(json.loads, lines)}
        called = {
            call
            for call, pattern in described.items()
            if any(pattern.fullmatch(f"{method} {path}") for method, path in sent)
        }
        found[name] = Row(frozenset(called), outcome)
    return found


def _until_marked(home: House, recorded: Path, number: int) -> bytes:
    """The record with everything that was asked so far: a line is written when its answer has left."""
    mark = f"/end-of-row-{number}"
    home.client.get(mark)
    end = time.monotonic() + 10
    while mark.encode() not in (told := recorded.read_bytes()):
        assert time.monotonic() < end
        time.sleep(0.005)
    return told


@pytest.mark.parametrize("name", CALLS)
def test_our_client_makes_the_call(rows: dict[str, Row], name: str) -> None:
    if isinstance(rows[name].outcome, Exception):
        raise rows[name].outcome
    assert rows[name].outcome is None
    assert rows[name].sent


def _described() -> dict[str, re.Pattern[str]]:
    """Every call the simulator tells of, its own back door left out; of the models one."""
    models = [model for model in CATALOG.models if model.endpoint == MODEL]
    told: Any = describe(models)["paths"]
    calls = [
        f"{method} {path}" for path, item in told.items() for method in item if "/simulator/" not in path
    ]
    return {call: re.compile(re.sub(r"\\\{\w+\\\}", "[^ ]+", re.escape(call))) for call in calls}


def test_no_call_is_left_out(rows: dict[str, Row]) -> None:
    reached = set[str]().union(*(row.sent for row in rows.values()))
    assert set(_described()) - reached == set(ONLY_OTHERS)
    sections = {section for written, _ in CALLS.values() for section in written.split(", ")}
    assert sections == {"2.1", "2.2", "2.5", "3", "4", "5.1", "5.2", "5.3", "6", "7", "8"}


def test_the_page_shows_the_calls(rows: dict[str, Row]) -> None:
    lines, known = [], set[str]()
    for name, (section, play) in CALLS.items():
        new = sorted(rows[name].sent - known)  # each address where it is met first
        known |= rows[name].sent
        wire = ", ".join(f"`{call.partition(' ')[2].replace(MODEL, '{endpoint}')}`" for call in new)
        lines.append([name, section, wire or "the same", "answers", "reads it", f"`{play.__name__}`"])
    for why in dict.fromkeys(ONLY_OTHERS.values()):
        calls = [call.partition(" ")[2] for call, said in ONLY_OTHERS.items() if said == why]
        paths = dict.fromkeys(path for path in calls if not path.startswith("/proxy-plus/"))
        section = "5.3" if why == NATIVE else ""
        lines.append([why, section, ", ".join(f"`{path}`" for path in paths), "answers", "never asks", ""])
    show("contract calls", ["call", "section", "on the wire", "simulator", "client", "test"], lines)


# -- every code


def _run(key: str, flow: str = PICTURE_FLOW, times: int = 1, **more: Resolved) -> tuple[Play, str]:
    async def play(desk: Desk) -> Any:
        for _ in range(times - 1):
            await desk.bought(f"workflow/{flow}", **more)
        return await desk.buy(f"workflow/{flow}", **more)

    return play, key


def _asks(call: Call[Any], key: str = KEY) -> tuple[Play, str]:
    return (lambda desk: desk.ask(call)), key


def _buys(endpoint: str, key: str = KEY, **arguments: Resolved) -> tuple[Play, str]:
    return (lambda desk: desk.buy(endpoint, **arguments)), key


async def _cancels_what_ended(desk: Desk) -> Any:
    await desk.made(MODEL, **GOOD)
    return await desk.ask(tasks.cancel(desk.home.bill()["entries"][-1]["task_id"]))


async def _sends_a_large_file(desk: Desk) -> Any:
    return await desk.seller._transfers.older_upload(desk.parcel(b"\x89PNG\r\n\x1a\n" + bytes(31 << 20)))


async def _gives_a_large_file(desk: Desk) -> Any:
    data = picture() + bytes(2 << 20)
    return await desk.buy(CLIP, imageUrl=desk.shelf.file(data), duration="5")


async def _gives_what_is_gone(desk: Desk) -> Any:
    gone = f"{desk.home.url}/files/openapi/{'0' * 64}.png"
    return await desk.ended(
        (await desk.seller.submit(Staged(CLIP, {"imageUrl": gone, "duration": "5"}), "a")).job  # type: ignore[union-attr]
    )


async def _breaks_a_node(desk: Desk) -> Any:
    torn = desk.shelf.file(picture()[:60] + bytes(200))
    return await desk.ended(await desk.bought(f"workflow/{RESTYLE}", nodes={"10": {"image": torn}}))


async def _asks_too_early(desk: Desk) -> Any:
    return await desk.ask(tasks.outputs(await desk.bought(MODEL, **GOOD)))


async def _asks_of_a_failure(desk: Desk) -> Any:
    desk.home.faults({"on": "run", "code": 1501})
    job = await desk.bought(MODEL, **GOOD)
    desk.home.faults()
    await desk.ended(job)
    return await desk.ask(tasks.outputs(job))


_NOWHERE: Call[Any] = Call("/task/openapi/nowhere", in_envelope(lambda data: data), {}, key="apiKey")
_WRONG_METHOD: Call[Any] = Call("/openapi/v2/query", in_envelope(lambda data: data))
_BY_ITSELF: dict[str, tuple[tuple[Play, str], dict[str, Any]]] = {
    "1": (_asks(webhooks.detail("1")), {}),
    "301": (_asks(tasks.status("")), {}),
    "380": (_asks(workflows.graph("1")), {}),
    "412": (_asks(_NOWHERE), {}),
    "415": (_run(EXCLUSIVE, times=2), {"timing": LATE}),
    "416": (_run(NORMAL), {"coins": 0}),
    "421": (_run(NORMAL, times=2), {"timing": LATE}),
    "423": (_asks(tasks.outputs("1")), {}),
    "433": (_buys(f"workflow/{PICTURE_FLOW}", graph=UNPLUGGED), {}),
    "435": (_run(EXCLUSIVE, instance="plus"), {}),
    "436": (_run(LAPSED), {}),
    "801": (_run(FREE), {}),
    "802": (_asks(account.balance()), {"accept_keys": frozenset({"another"})}),
    "803": (
        _run(KEY, LOCKED, nodes={"999": {"text": "x"}}, access_password={"env": "PASSWORD"}),
        {},
    ),
    "804": ((_asks_too_early, KEY), {"timing": Timing(queued_s=0, running_s=60)}),
    "805": ((_asks_of_a_failure, KEY), {}),
    "807": ((_cancels_what_ended, KEY), {}),
    "809": ((_sends_a_large_file, KEY), {}),
    "810": (_run(KEY, NEVER_RUN), {}),
    "812": (_buys(MODEL, **GOOD), {"wallet": 0}),
    "813": ((_asks_too_early, KEY), {"timing": LATE}),
    "814": (_run(EXCLUSIVE, times=3, use_personal_queue=True), {"timing": LATE, "personal_queue": 1}),
    "901": (_asks(apps.app("1")), {}),
    "1000": ((_breaks_a_node, KEY), {}),
    "1001": (_buys("no/such-model"), {}),
    "1002": (_asks(account.queue()), {"accept_keys": frozenset({"another"})}),
    "1004": (_asks(tasks.query("1")), {}),
    "1007": (_buys(MODEL, prompt=3, size="1k"), {}),
    "1008": ((_gives_a_large_file, KEY), {}),
    "1009": (_asks(_WRONG_METHOD), {}),
    "1013": ((_gives_what_is_gone, KEY), {}),
    "1014": (_buys(MODEL, NORMAL, **GOOD), {}),
    "1101": (_run(KEY, nodes={"999": {"text": "x"}}), {}),
}
"""What the simulator says without being told to: how our client comes by it, and the simulator's settings."""


def code_of(outcome: Any) -> str | None:
    """The code in whatever came of it."""
    if isinstance(outcome, Refused | Lost):
        return outcome.failure.code
    if isinstance(outcome, JobReport):
        return {"running": "804", "queued": "813"}.get(outcome.state) or (
            outcome.failure.code if outcome.failure else None
        )
    return outcome.code if isinstance(outcome, Failure) else None


@pytest.mark.parametrize("code", _BY_ITSELF)
def test_the_simulator_says_it_by_itself(tmp_path: Path, code: str) -> None:
    (play, key), options = _BY_ITSELF[code]
    with house(tmp_path / "far", **{"renderer": RENDERER, "timing": SOON} | options) as own:
        outcome = act(own, tmp_path, play, key)
        assert code_of(outcome) == code, outcome
        if isinstance(outcome, Refused):
            assert FACTS[code].on_submit == "not-accepted"
            assert outcome.failure.hint


def words_of(outcome: Any) -> str:
    """A verdict as the page has it."""
    match outcome:
        case Accepted():
            return "bought"
        case Refused():
            return f"not bought: {outcome.failure.kind.value}"
        case Lost():
            return "in doubt"
        case JobReport(failure=None):
            return str(outcome.state)
        case JobReport():
            return f"failed: {outcome.failure.kind.value}"
        case Failure():
            return "asked again" if outcome.repeatable else f"given up: {outcome.kind.value}"
    raise AssertionError(outcome)


def fault(code: str, call: str) -> dict[str, Any]:
    return {"on": call, "code": int(code) if code.isdecimal() else code, "times": 1}


@pytest.fixture(scope="module")
def verdicts(home: House, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, Any]]:
    """What our client makes of every code: of a submit, and of a query."""
    folder = tmp_path_factory.mktemp("verdicts")
    found: dict[str, tuple[Any, Any]] = {}

    async def all_of_them(desk: Desk) -> None:
        job = await desk.bought(MODEL, **GOOD)
        await desk.ended(job)
        for code in FACTS:
            desk.home.faults(fault(code, "submit"))
            bought = await desk.buy(MODEL, **GOOD)
            desk.home.faults(fault(code, "query"))
            try:
                asked: Any = await desk.ask(tasks.query(job))
            except PollFailed as trouble:
                asked = trouble.failure
            desk.home.faults()
            found[code] = bought, asked

    assert act(home, folder, all_of_them) is None
    return found


SUCCESS = ("0", "200")
GOING_ON = {"804": "running", "813": "queued"}
ENDS = ("805", "1501", "1505")


@pytest.mark.parametrize("fact", FACTS.values(), ids=lambda fact: str(fact.code))
def test_the_code_becomes_the_right_verdict(verdicts: dict[str, tuple[Any, Any]], fact: ErrorFact) -> None:
    bought, asked = verdicts[fact.code]
    if fact.on_submit == "not-accepted":
        assert isinstance(bought, Refused)
        assert (bought.failure.code, bought.failure.charged) == (fact.code, "no")
    else:
        assert isinstance(bought, Lost), "without a task id nobody knows"
    assert bought.failure.hint
    if fact.code in GOING_ON:
        assert asked.state == GOING_ON[fact.code]
    elif fact.code in ENDS:
        assert asked.failure.code == fact.code
    elif fact.code not in SUCCESS:
        kinds, repeatable = kinds_of(fact)
        assert (asked.kind in kinds, asked.repeatable, asked.code) == (True, repeatable, fact.code)


def test_the_page_shows_the_codes(verdicts: dict[str, tuple[Any, Any]]) -> None:
    assert set(_BY_ITSELF) <= set(FACTS) == set(verdicts)
    rows = []
    for code, (bought, asked) in verdicts.items():
        origin = "by itself, and by a fault" if code in _BY_ITSELF else "by a fault"
        name = FACTS[code].title if FACTS[code].title != code else ""
        rows.append([code, name, origin, words_of(bought), words_of(asked)])
    show("contract codes", ["code", "", "the simulator says it", "to a submit", "to a query"], rows)


def test_the_client_refuses_to_be_sent_elsewhere(home: House) -> None:
    with pytest.raises(SettingsError):
        RunningHubClient(home.url.replace("http://", "ftp://"), KEY)
