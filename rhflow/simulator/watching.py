"""Progress of a running graph over a WebSocket, in ComfyUI's messages (RunningHub API, progress).

A hint and no more, as at the vendor: how far a job is follows from the clock, each node taking its share
of the time, and only the last messages wait for the true end.
"""

from __future__ import annotations

import asyncio
import json
import urllib.parse
from collections.abc import AsyncIterator, Coroutine, Iterator

from starlette.types import Receive, Scope, Send

from rhflow.ground.hashing import digest_bytes
from rhflow.ground.values import Json, JsonObject
from rhflow.simulator import warmth
from rhflow.simulator.database import Database
from rhflow.simulator.task import ENDED, Task
from rhflow.simulator.tasks import Tasks
from rhflow.simulator.workflows.graph import BadGraph, Graph, read_graph
from rhflow.simulator.workflows.judge import order_of, outputs_of, unchanged
from rhflow.simulator.workflows.machine_time import node_seconds

PATH = "/ws/c_instance"
LOOK_EVERY_S = 0.1
_STEPS = 4
"""Messages about a node that takes its time."""
POLICY_VIOLATION = 1008


async def watch(database: Database, tasks: Tasks, scope: Scope, receive: Receive, send: Send) -> None:
    """One watcher, from its greeting until the job has ended or it leaves (ASGI)."""
    await receive()
    asked = urllib.parse.parse_qs(scope.get("query_string", b"").decode("latin-1"))
    task = tasks.of_client(asked.get("clientId", [""])[0])
    if scope["path"] != PATH or task is None or asked.get("Rh-Comfy-Auth") != [pass_of(task)]:
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        return
    await send({"type": "websocket.accept"})
    await until_left(_tell(database, tasks, task, send), receive)


async def until_left(telling: Coroutine[None, None, None], receive: Receive) -> None:
    """Tell it to the end, or until the watcher leaves."""
    told, leaving = asyncio.create_task(telling), asyncio.create_task(_left(receive))
    try:
        await asyncio.wait((told, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        told.cancel()
        leaving.cancel()
        await asyncio.gather(told, leaving, return_exceptions=True)


def pass_of(task: Task) -> str:
    """What lets a watcher in (`Rh-Comfy-Auth`): it stands in the address, so the address is a secret."""
    return digest_bytes(f"watch {task.id} {task.client_id}".encode())


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def _tell(database: Database, tasks: Tasks, task: Task, send: Send) -> None:
    async for kind, data in progress_of(database, tasks, task):
        text = json.dumps({"type": kind, "data": {**data, "prompt_id": task.id}})
        await send({"type": "websocket.send", "text": text})
    await send({"type": "websocket.close", "code": 1000})


async def progress_of(database: Database, tasks: Tasks, task: Task) -> AsyncIterator[tuple[str, JsonObject]]:
    """Everything there is to say of a job, when it is time to."""
    graph, cached = _graph(tasks, task), _cached(database, tasks, task)
    yield "execution_start", {}
    yield "execution_cached", {"nodes": [*cached]}
    waiting = [item for item in _plan(graph) if item[2].get("node") not in cached]
    span = max(task.due_at - task.queued_until, 0.001)
    while task.status(database.now()) not in ENDED:
        done = (database.now() - task.queued_until) / span
        while waiting and waiting[0][0] <= done:
            _, kind, data = waiting.pop(0)
            yield kind, data
        await asyncio.sleep(LOOK_EVERY_S)
        task = tasks.find(task.id) or task
    if task.status(database.now()) == "SUCCESS":
        for _, kind, data in waiting:
            yield kind, data
        for name in outputs_of(graph):
            made: list[Json] = [item["name"] for item in task.results if item.get("node") == name]
            yield "executed", {"node": name, "output": {"files": made}}
        yield "executing", {"node": None}
        yield "execution_success", {}
    else:
        yield "execution_error", {**task.reason} or {"exception_message": task.message or "interrupted"}


def _cached(database: Database, tasks: Tasks, task: Task) -> list[str]:
    """The nodes that a warm machine has done already for the task before."""
    former = warmth.before(database, task.id)
    before = tasks.find(former) if former is not None else None
    return [] if before is None else unchanged(_graph(tasks, task), _graph(tasks, before))


def _plan(graph: Graph) -> Iterator[tuple[float, str, JsonObject]]:
    """Messages about nodes, each with the part of the time after which it is due."""
    names = order_of(graph, outputs_of(graph)) if graph else []
    seconds = {name: node_seconds(graph[name], graph) + 0.05 for name in names}
    whole, past = sum(seconds.values()) or 1.0, 0.0
    for name in names:
        yield past / whole, "executing", {"node": name}
        if seconds[name] > 1:
            for step in range(1, _STEPS + 1):
                at = (past + seconds[name] * step / _STEPS) / whole
                yield at, "progress", {"node": name, "value": step, "max": _STEPS}
        past += seconds[name]


def _graph(tasks: Tasks, task: Task) -> Graph:
    """The graph of a job; nothing where it was too large to be kept."""
    try:
        return read_graph(tasks.arguments_of(task.id).get("graph"))
    except BadGraph:
        return {}
