"""The contract: every published code on every surface of the API, and what the client makes of it.

What is expected is drawn from the published table alone (`verdict`, `on_submit`), not from the client's.
There are 2,700 pairs; a test is one surface, and names each code that is wrong there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rhflow.catalog.errors import ErrorFact
from rhflow.catalog_files import load_errors
from rhflow.ground.hashing import digest_bytes
from rhflow.lifecycle.failure import FailureKind
from rhflow.ports import Accepted, JobReport, Lost, PollFailed, Refused, Staged
from rhflow.providers.runninghub.calls import account, apps, assets, library, tasks, webhooks, workflows
from rhflow.providers.runninghub.client import RunningHubClient
from rhflow.providers.runninghub.parcels import Parcel
from rhflow.providers.runninghub.provider import RunningHubProvider
from tests.providers.runninghub.far_thread import Answering, FarServer
from tests.providers.runninghub.rude_server import page
from tests.providers.runninghub.test_submits import ENDPOINT, JOB, KEY

FACTS = load_errors()
K = FailureKind
GOING_ON = {"804": "running", "813": "queued"}
SUCCESS = {"0", "200"}
ENDS = {"805", "1501", "1505"}


class Desk:
    """A provider and the far side it talks to, both kept for all questions."""

    def __init__(self, folder: Path) -> None:
        self.says = Answering()
        self.far = FarServer(self.says)
        self.server = self.far.__enter__()
        client = RunningHubClient(self.server.url, KEY)
        self.seller = RunningHubProvider(
            client, name="test", realm="test", facts=FACTS, now=lambda: 1_000_000.0, waits=()
        )
        path = folder / "a.png"
        path.write_bytes(b"\x89PNG\r\n\x1a\nx")
        self.parcel = Parcel(path, digest_bytes(path.read_bytes()), "png")

    def close(self) -> None:
        self.far.thread.run(self.seller.close())
        self.far.__exit__()

    def get(self, said: bytes, work: Callable[[Desk], Coroutine[Any, Any, Any]]) -> Any:
        self.says.page = said
        before = self.server.paid
        answer = self.far.thread.run(self._outcome(work))
        assert self.server.paid - before <= 1
        return answer

    async def _outcome(self, work: Callable[[Desk], Coroutine[Any, Any, Any]]) -> Any:
        try:
            return await work(self)
        except PollFailed as trouble:
            return trouble.failure


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("contract"))
    yield made
    made.close()


def for_each_fact(prove: Callable[[ErrorFact], None]) -> None:
    """Prove it of every published code; all that are wrong are told at once."""
    wrong = []
    for fact in FACTS:
        try:
            prove(fact)
        except Exception as error:
            wrong.append(f"code {fact.code}, {type(error).__name__}: {error}")
    assert not wrong, "\n\n".join(wrong)


def bare(code: str, http: int = 200, **more: object) -> bytes:
    """The newer object: the code is a text."""
    return page(http, {"taskId": "", "status": "", "errorCode": code, "errorMessage": "no", **more})


def enveloped(code: str, word: str = "msg", http: int = 200) -> bytes:
    """The older envelope: the code is a number."""
    return page(http, {"code": int(code), word: "no", "data": None})


def openai_error(code: str) -> bytes:
    return page(200, {"error": {"message": "no", "type": "error", "param": None, "code": int(code)}})


def of_status(fact: ErrorFact) -> bytes:
    return page(int(fact.code.removeprefix("http-").replace("xx", "02")), b"", "text/plain")


def buying(endpoint: str, body: dict[str, Any]) -> Callable[[Desk], Coroutine[Any, Any, Any]]:
    return lambda desk: desk.seller.submit(Staged(endpoint, body), "attempt-1")


@dataclass(frozen=True)
class Surface:
    """One call of the API, and the form in which it says no."""

    name: str
    says: Callable[[str], bytes]
    work: Callable[[Desk], Coroutine[Any, Any, Any]]
    keeps_ids: bool = True


NODES = {"nodeInfoList": [{"nodeId": "6", "fieldName": "text", "fieldValue": "rain"}]}
PURCHASES = [
    Surface("model, HTTP 200", bare, buying(ENDPOINT, {"prompt": "x"})),
    Surface("model, HTTP 400", lambda code: bare(code, 400), buying(ENDPOINT, {"prompt": "x"})),
    Surface("model, HTTP 500", lambda code: bare(code, 500), buying(ENDPOINT, {"prompt": "x"})),
    Surface("model, envelope", enveloped, buying(ENDPOINT, {"prompt": "x"})),
    Surface("workflow", bare, buying("workflow/77", NODES)),
    Surface("app", bare, buying("app/77", NODES)),
    Surface("whole graph", enveloped, buying("workflow/77", {"workflow": "{}", "workflowId": "77"})),
    Surface("app, older", enveloped, buying("app/77", {"accessPassword": "open sesame", **NODES})),
    Surface("quick", enveloped, buying("quick/1957344152277151746-002", NODES)),
    Surface("chat, own error", enveloped, buying("chat/glm", {"messages": []}), keeps_ids=False),
    Surface("chat, OpenAI's error", openai_error, buying("chat/glm", {"messages": []}), keeps_ids=False),
]


@pytest.mark.parametrize("surface", PURCHASES, ids=lambda surface: surface.name)
def test_what_a_purchase_answered_with_it_is(desk: Desk, surface: Surface) -> None:
    for_each_fact(lambda fact: _buys(desk, fact, surface))


def _buys(desk: Desk, fact: ErrorFact, surface: Surface) -> None:
    is_status = fact.code.startswith("http-")
    said = of_status(fact) if is_status else surface.says(fact.code)
    answer = desk.get(said, surface.work)
    if fact.on_submit == "not-accepted":
        assert isinstance(answer, Refused)
        assert (answer.failure.code, answer.failure.charged) == (fact.code, "no")
        assert fact.meaning in answer.failure.message
        assert (answer.failure.kind is K.WITHDRAWN) is (fact.code in ("1001", "http-404"))
        assert answer.failure.wait_s == (30.0 if fact.code == "415" else None)
    else:
        assert isinstance(answer, Lost)  # "accepted" without a task id included
        assert (answer.failure.kind, answer.failure.charged) == (K.IN_DOUBT, "unknown")
    assert answer.failure.hint


@pytest.mark.parametrize(
    "surface", [item for item in PURCHASES if item.keeps_ids], ids=lambda surface: surface.name
)
def test_a_task_id_outweighs_whatever_stands_beside_it(desk: Desk, surface: Surface) -> None:
    for_each_fact(lambda fact: _buys_with_an_id(desk, fact, surface))


def _buys_with_an_id(desk: Desk, fact: ErrorFact, surface: Surface) -> None:
    is_status = fact.code.startswith("http-")
    status, code = (int(fact.code[5:].replace("xx", "02")), "") if is_status else (200, fact.code)
    forms = [
        {"taskId": JOB, "errorCode": code, "status": "FAILED"},
        {"code": int(code or 0), "msg": "no", "data": {"taskId": JOB, "taskStatus": "CREATE"}},
    ]
    for form in forms:
        assert desk.get(page(status, form), surface.work) == Accepted(JOB)


def asking(call: Any) -> Callable[[Desk], Coroutine[Any, Any, Any]]:
    return lambda desk: desk.seller.ask(call)


POLLS = [
    Surface("query", bare, asking(tasks.query(JOB))),
    Surface("query, id", lambda code: bare(code, taskId=JOB), asking(tasks.query(JOB))),
    Surface("query, envelope", enveloped, asking(tasks.query(JOB))),
    Surface("outputs", enveloped, asking(tasks.outputs(JOB))),
    Surface("status", enveloped, asking(tasks.status(JOB))),
]
FREE = [
    Surface(
        "upload", lambda code: enveloped(code, "message"), lambda d: d.seller._transfers.upload(d.parcel)
    ),
    Surface("older upload", enveloped, lambda d: d.seller._transfers.older_upload(d.parcel)),
    Surface("preview", bare, lambda d: d.seller.price_preview(ENDPOINT, {})),
    Surface("cancel", enveloped, asking(tasks.cancel(JOB))),
    Surface("balance", enveloped, asking(account.balance())),
    Surface("queue", lambda code: enveloped(code, "message"), asking(account.queue())),
    Surface("keys", enveloped, asking(account.keys())),
    Surface("graph", enveloped, asking(workflows.graph("77"))),
    Surface("app", enveloped, asking(apps.app("77"))),
    Surface("apps", enveloped, asking(apps.apps())),
    Surface("styles", enveloped, asking(apps.styles("77", 2))),
    Surface("resources", enveloped, asking(library.resources("LORA"))),
    Surface("lora place", enveloped, asking(library.lora_place("a", "0" * 32))),
    Surface("assets", enveloped, asking(assets.assets("list", {}))),
    Surface("asset groups", enveloped, asking(assets.groups("list", {}))),
    Surface("webhook detail", enveloped, asking(webhooks.detail(JOB))),
    Surface("webhook retry", enveloped, asking(webhooks.retry("9", "https://x.example"))),
]


def kinds_of(fact: ErrorFact) -> tuple[set[FailureKind], bool]:
    """What a free call answered with it is, by the published verdict: its kind; whether to ask again."""
    if fact.verdict == "fix input":
        return {K.REFUSED_INPUT, K.REFUSED_CONTENT}, False
    if fact.verdict == "fix account":
        return {K.UNAUTHORIZED, K.NO_FUNDS}, False
    if fact.code in ("423", "807", "1004"):
        return {K.GONE}, False
    return {K.VENDOR_ERROR, K.THROTTLED}, True


@pytest.mark.parametrize("surface", [*POLLS, *FREE], ids=lambda surface: surface.name)
def test_what_a_free_call_answered_with_it_is(desk: Desk, surface: Surface) -> None:
    for_each_fact(lambda fact: _asks(desk, fact, surface))


def _asks(desk: Desk, fact: ErrorFact, surface: Surface) -> None:
    said = of_status(fact) if fact.code.startswith("http-") else surface.says(fact.code)
    answer = desk.get(said, surface.work)
    if surface in POLLS and fact.code in GOING_ON:
        assert isinstance(answer, JobReport)
        assert answer.state == GOING_ON[fact.code]
        return
    if surface in POLLS and fact.code in ENDS:
        assert isinstance(answer, JobReport)
        assert answer.state == "failed"
        assert answer.failure is not None
        assert (answer.failure.code, answer.failure.charged) == (fact.code, "unknown")
        return
    if fact.code in SUCCESS and (surface in FREE or surface.name == "outputs"):
        return  # see the tests of each call
    kinds, repeatable = kinds_of(fact)
    assert answer.kind in kinds
    assert (answer.repeatable, answer.charged) == (repeatable, "no")
    if fact.code not in SUCCESS:
        assert answer.code == fact.code
        assert fact.meaning in answer.message
    throttles = fact.verdict.startswith("retry later") and fact.on_submit == "not-accepted"
    assert (answer.kind is K.THROTTLED) is throttles


def test_the_table_is_the_published_one() -> None:
    codes = [fact.code for fact in FACTS]
    assert len(codes) == len(set(codes)) > 60
    text = (Path(__file__).parents[3] / "rhflow/catalog/data/errors.json").read_text(encoding="utf-8")
    assert [str(item["code"]) for item in json.loads(text)] == codes
