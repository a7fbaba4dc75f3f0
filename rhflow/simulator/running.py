"""Workflows and apps, ordered: the v1 and v2 calls that run a graph (RunningHub API, section 5)."""

from __future__ import annotations

import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from rhflow.ground.hashing import digest_bytes
from rhflow.ground.values import Json, JsonObject
from rhflow.simulator import wire
from rhflow.simulator.codes import title
from rhflow.simulator.keys import Key
from rhflow.simulator.office import Office
from rhflow.simulator.ordering import Refused, base_of, may_run_workflows, order, webhook_of
from rhflow.simulator.reading import json_object
from rhflow.simulator.task import WORKFLOW, Fate, Submission, Task
from rhflow.simulator.workflows.graph import (
    BadGraph,
    BadNodeInfo,
    Graph,
    changed,
    graph_json,
    read_changes,
    read_graph,
    reseeded,
)
from rhflow.simulator.workflows.judge import judge
from rhflow.simulator.workflows.library import App, Workflow
from rhflow.simulator.workflows.machine_time import MACHINES, coins_for, machine_seconds, money_for

RUN_WORKFLOW = "/openapi/v2/run/workflow/"
RUN_APP = "/openapi/v2/run/ai-app/"

Ran: TypeAlias = "tuple[Task, str] | Refused"
"""An accepted job and its `promptTips`."""


@dataclass(frozen=True, slots=True)
class _Manner:
    """How a graph is to be run, beside what is in it."""

    machine: str
    waits: bool
    retain_s: int
    writes_metadata: bool
    webhook: str | None


class Running:
    """The counter where graphs are handed in."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def create(self, request: Request, key: Key, body: JsonObject) -> Response:
        """v1: a saved workflow, as it is, with changes, or with another graph in its place."""
        return self._v1(
            await self._workflow(request, key, _text(body, "workflowId"), body, is_v1=True), request
        )

    async def run_workflow(self, request: Request, key: Key) -> Response:
        """v2: the same, without another graph."""
        name = request.scope["path"].removeprefix(RUN_WORKFLOW)
        return await self._v2(request, lambda body: self._workflow(request, key, name, body, is_v1=False))

    async def run_app_v1(self, request: Request, key: Key, body: JsonObject) -> Response:
        return self._v1(await self._app(request, key, _text(body, "webappId"), body, is_v1=True), request)

    async def run_app(self, request: Request, key: Key) -> Response:
        name = request.scope["path"].removeprefix(RUN_APP)
        return await self._v2(request, lambda body: self._app(request, key, name, body, is_v1=False))

    async def run_quick(self, request: Request, key: Key, body: JsonObject) -> Response:
        """v1: an app by its quick-create code."""
        name = _text(body, "webappId")
        app = self._office.library.apps.get(name)
        if app is not None and app.quick_create_code != body.get("quickCreateCode"):
            return wire.envelope(None, 301, f"{title(301)}: quickCreateCode is not that of this app")
        return self._v1(await self._app(request, key, name, body, is_v1=True), request)

    async def _workflow(self, request: Request, key: Key, name: str, body: JsonObject, *, is_v1: bool) -> Ran:
        if not name:
            return Refused(301 if is_v1 else 1007, "workflowId: it is missing")
        workflow = self._office.library.workflows.get(name)
        if workflow is None:
            return Refused(380, f"{title(380)}: there is no workflow {name}")
        if not workflow.ran_once:
            return Refused(810, f"{title(810)}: workflow {name} never ran to its end")
        try:
            if is_v1 and body.get("workflow"):
                graph = read_graph(body["workflow"])
            else:
                changes = read_changes(body.get("nodeInfoList"))
                graph = reseeded(
                    changed(workflow.graph, changes), {(each.node, each.field) for each in changes}, _roll
                )
        except BadGraph as error:
            return Refused(301, f"{title(301)}: {error}")
        except BadNodeInfo as error:
            return _bad_nodes(error, is_v1=is_v1)
        return await self._run(request, key, workflow, graph, body, is_v1=is_v1)

    async def _app(self, request: Request, key: Key, name: str, body: JsonObject, *, is_v1: bool) -> Ran:
        if not name:
            return Refused(301 if is_v1 else 1007, "webappId: it is missing")
        app = self._office.library.apps.get(name)
        if app is None:
            return Refused(901, f"{title(901)}: there is no app {name}")
        try:
            changes = app.judged(read_changes(body.get("nodeInfoList")))
            graph = reseeded(
                changed(app.graph, changes), {(each.node, each.field) for each in changes}, _roll
            )
        except BadNodeInfo as error:
            return _bad_nodes(error, is_v1=is_v1)
        return await self._run(request, key, app, graph, body, is_v1=is_v1)

    async def _run(
        self,
        request: Request,
        key: Key,
        thing: Workflow | App,
        graph: Graph,
        body: JsonObject,
        *,
        is_v1: bool,
    ) -> Ran:
        wrong = 301 if is_v1 else 1007
        if thing.access_password is not None and body.get("accessPassword") != thing.access_password:
            return Refused(wrong, "accessPassword: it is missing or wrong")
        manner = _manner(body, key)
        if isinstance(manner, str):
            return Refused(wrong, manner)
        refused = may_run_workflows(key, manner.machine)
        if refused is not None:
            return refused
        verdict = judge(graph, self._office.loadable.is_there)
        tips = verdict.tips(graph)
        if not verdict.is_good:
            return Refused(433, f"{title(433)}: {_first_error(tips)}", tips)
        new = self._submission(request, key, thing, graph, manner, is_v1=is_v1)
        task = await order(self._office, new, key, waits=manner.waits)
        return task if isinstance(task, Refused) else (task, tips)

    def _submission(
        self, request: Request, key: Key, thing: Workflow | App, graph: Graph, manner: _Manner, *, is_v1: bool
    ) -> Submission:
        is_app = isinstance(thing, App)
        endpoint = f"{'ai-app' if is_app else WORKFLOW}/{thing.id}"
        fault = self._office.faults.due("run", endpoint)
        told = graph_json(graph)
        seconds = machine_seconds(graph)
        return Submission(
            endpoint=endpoint,
            task=WORKFLOW,
            output=WORKFLOW,
            arguments={
                "graph": told,
                "id": thing.id,
                "name": thing.name,
                "metadata": manner.writes_metadata and not is_app,
            },
            kinds={},
            body_sha256=digest_bytes(json.dumps(told, sort_keys=True).encode()),
            key_tail=key.tail,
            price=_price(key, seconds + manner.retain_s, manner.machine),
            own_machine=True,
            fate=fault.fate if fault and fault.fate else Fate(),
            payer=key.kind,
            coins=coins_for(seconds, manner.machine) if key.kind == "NORMAL" else None,
            machine_s=seconds,
            machine=manner.machine,
            retain_s=manner.retain_s,
            is_v1=is_v1,
            webhook=manner.webhook,
            base=base_of(request),
        )

    def _v1(self, ran: Ran, request: Request) -> Response:
        if isinstance(ran, Refused):
            return wire.envelope({"promptTips": ran.tips} if ran.tips else None, ran.code, ran.message)
        task, tips = ran
        now = self._office.database.now()
        status = task.status(now)
        is_fresh = self._office.settings.says_create and status in ("QUEUED", "RUNNING")
        return wire.envelope(
            {
                "netWssUrl": self._office.watch_url(task, base_of(request)),
                "taskId": task.id,
                "clientId": task.client_id,
                "taskStatus": "CREATE" if is_fresh else status,
                "promptTips": tips,
            }
        )

    async def _v2(self, request: Request, run: Callable[[JsonObject], Awaitable[Ran]]) -> Response:
        body = await json_object(request)
        if body is None:
            return wire.refusal(1007, "the body has to be a JSON object")
        ran = await run(body)
        if isinstance(ran, Refused):
            return wire.refusal(ran.code, ran.message, tips=ran.tips)
        task, tips = ran
        return wire.accepted(task, self._office.database.now(), base_of(request), tips)


def _manner(body: JsonObject, key: Key) -> _Manner | str:
    """How it is to be run, or the sentence about what is wrong."""
    machine = body.get("instanceType") or "default"
    if not isinstance(machine, str) or machine not in MACHINES:
        return f"instanceType: it is one of {', '.join(MACHINES)}"
    waits = _switch(body.get("usePersonalQueue"), default=False)
    writes = _switch(body.get("addMetadata"), default=True)
    if waits is None or writes is None:
        return "usePersonalQueue and addMetadata are true or false"
    retain = body.get("retainSeconds")
    if retain is not None and not (
        isinstance(retain, int) and not isinstance(retain, bool) and 10 <= retain <= 180
    ):
        return "retainSeconds: it is a whole number from 10 to 180"
    if retain is not None and key.kind != "SHARED":
        return "retainSeconds: it is for enterprise-shared keys only"
    webhook = webhook_of(body.get("webhookUrl"))
    if isinstance(webhook, Refused):
        return webhook.message
    return _Manner(machine, waits, retain if isinstance(retain, int) else 0, writes, webhook)


def _switch(value: Json, *, default: bool) -> bool | None:
    """A boolean, also as the text that many clients send."""
    if value is None:
        return default
    return {"true": True, "false": False}.get(str(value).lower())


def _price(key: Key, seconds: float, machine: str) -> Decimal | None:
    """CNY of a shared key; machines of an exclusive one are rented; a consumer pays coins."""
    if key.kind == "NORMAL":
        return None
    return money_for(seconds, machine) if key.kind == "SHARED" else Decimal(0)


def _bad_nodes(error: BadNodeInfo, *, is_v1: bool) -> Refused:
    code = 803 if is_v1 else 1101
    return Refused(code, f"{title(code)}: {error}")


def _first_error(tips: str) -> str:
    """A word about what ComfyUI found first."""
    told = json.loads(tips)
    for node, found in told["node_errors"].items():
        first = found["errors"][0]
        return f"node {node} ({found['class_type']}): {first['message']}: {first['details']}"
    return f"{told['error']['message']}: {told['error']['details']}".removesuffix(": ")


def _text(body: JsonObject, name: str) -> str:
    """An id, which some clients send as a number."""
    value = body.get(name)
    is_id = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value) if is_id else ""


def _roll(sides: int) -> int:
    return random.randrange(sides)  # noqa: S311  # a seed, no secret
