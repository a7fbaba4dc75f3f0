"""ComfyUI's WebSocket behind a native proxy: what becomes of the prompts of one client, as it happens."""

from __future__ import annotations

import asyncio
import json
import secrets
import urllib.parse
from collections.abc import AsyncIterator

from starlette.types import Receive, Scope, Send

from rhflow.ground.values import JsonObject
from rhflow.simulator.comfy.address import door_of
from rhflow.simulator.comfy.desk import may_enter
from rhflow.simulator.comfy.history import Prompt, failure
from rhflow.simulator.comfy.queue import Queue
from rhflow.simulator.office import Office
from rhflow.simulator.task import ENDED
from rhflow.simulator.watching import LOOK_EVERY_S, POLICY_VIOLATION, progress_of, until_left


async def tell(office: Office, scope: Scope, receive: Receive, send: Send) -> None:
    """One listener, until it leaves (ASGI)."""
    await receive()
    door = door_of(scope["path"])
    key = office.keys.find(door.key) if door is not None else None
    if door is None or key is None or door.path != "/ws" or may_enter(key, door.machine) is not None:
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        return
    asked = urllib.parse.parse_qs(scope.get("query_string", b"").decode("latin-1"))
    client = asked.get("clientId", [""])[0] or secrets.token_hex(16)
    queue = Queue(office.database, office.tasks, door.place, key.tail)

    async def say() -> None:
        async for kind, data in _news(office, queue, client):
            await send({"type": "websocket.send", "text": json.dumps({"type": kind, "data": data})})

    await send({"type": "websocket.accept"})
    await until_left(say(), receive)


async def _news(office: Office, queue: Queue, client: str) -> AsyncIterator[tuple[str, JsonObject]]:
    """How long the queue is, whenever that changes, and each prompt of this client as it runs."""
    known: int | None = None
    done = {task.id for _, task in queue.tasks() if task.status(office.database.now()) in ENDED}
    while True:
        remaining = await asyncio.to_thread(queue.remaining)
        if remaining != known:
            status: JsonObject = {"exec_info": {"queue_remaining": remaining}}
            yield "status", {"status": status, **({"sid": client} if known is None else {})}
            known = remaining
        for number, task in await asyncio.to_thread(queue.tasks):
            if task.id in done or task.status(office.database.now()) == "QUEUED":
                continue
            done.add(task.id)
            prompt = await asyncio.to_thread(queue.prompt, number, task)
            if prompt.client == client:
                async for message in _course(office, prompt):
                    yield message
                break
        await asyncio.sleep(LOOK_EVERY_S)


async def _course(office: Office, prompt: Prompt) -> AsyncIterator[tuple[str, JsonObject]]:
    """One prompt, in ComfyUI's messages."""
    async for kind, data in progress_of(office.database, office.tasks, prompt.task):
        task = office.tasks.find(prompt.task.id) or prompt.task
        name = {"prompt_id": prompt.id}
        if kind == "executed":
            made = Prompt(task, prompt.number, prompt.arguments).outputs().get(str(data["node"]), {})
            yield kind, {"node": data["node"], "display_node": data["node"], "output": made, **name}
        elif kind == "execution_error" and task.state == "cancelled":
            yield "execution_interrupted", {"node_id": None, "node_type": None, "executed": [], **name}
        elif kind == "execution_error":
            yield kind, {**failure(task), **name}
        else:
            yield kind, {**data, **name}
