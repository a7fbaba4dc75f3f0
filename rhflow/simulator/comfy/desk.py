"""ComfyUI's calls behind a native proxy: prompts, queue, history, files, nodes.

The calls and their forms are ComfyUI's own: `/prompt`, `/queue`, `/history`, `/view`, `/upload/image`,
`/object_info` and so on. What a wrong key is answered is not documented: 401 and 403 with the codes of the
older calls are a guess.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from rhflow.ground.values import Json, JsonObject
from rhflow.simulator import wire
from rhflow.simulator.codes import title
from rhflow.simulator.comfy.address import Door, door_of
from rhflow.simulator.comfy.described import folders, models_in, object_info, system_stats
from rhflow.simulator.comfy.history import Prompt, file_behind, prompt_id, task_behind
from rhflow.simulator.comfy.queue import Queue, submission
from rhflow.simulator.keys import Key
from rhflow.simulator.library_desk import models_on_disk
from rhflow.simulator.multipart import Malformed
from rhflow.simulator.office import Office
from rhflow.simulator.ordering import Refused, may_run_workflows, order
from rhflow.simulator.reading import json_object
from rhflow.simulator.uploading import FOR_NODES, keep, place_for_draft, receive
from rhflow.simulator.workflows.graph import BadGraph, read_graph
from rhflow.simulator.workflows.judge import judge

_STATUS = {802: 401, 801: 403, 435: 403, 436: 403, 814: 429, 415: 429}


@dataclass(frozen=True, slots=True)
class _Call:
    """One call that may be answered: whose, where, and the last part of its path where that is a name."""

    request: Request
    door: Door
    key: Key
    queue: Queue
    name: str = ""


Answers: TypeAlias = Callable[[_Call], Awaitable[Response]]


class ComfyDesk:
    """The counter behind the proxies."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._calls: dict[str, dict[str, Answers]] = {
            "/prompt": {"GET": self._remaining, "POST": self._prompt},
            "/queue": {"GET": self._queue, "POST": self._change_queue},
            "/history": {"GET": self._history, "POST": self._change_history},
            "/history/": {"GET": self._history},
            "/interrupt": {"POST": self._interrupt},
            "/free": {"POST": self._nothing_to_do},
            "/upload/image": {"POST": self._upload},
            "/upload/mask": {"POST": self._upload},
            "/view": {"GET": self._view},
            "/object_info": {"GET": self._object_info},
            "/object_info/": {"GET": self._object_info},
            "/system_stats": {"GET": self._system_stats},
            "/models": {"GET": self._models},
            "/models/": {"GET": self._models},
            "/embeddings": {"GET": self._none},
            "/extensions": {"GET": self._none},
        }
        """By path; one that ends with a slash has a name behind it."""

    async def answer(self, request: Request) -> Response:
        """One call; what ComfyUI has not is 404, as there."""
        door = door_of(request.scope["path"])
        assert door is not None
        path, name = door.path, ""
        if path not in self._calls or path.endswith("/"):
            path, slash, name = door.path.rpartition("/")
            path += slash
        verbs = self._calls.get(path if name or not path.endswith("/") else "")
        method = "GET" if request.method == "HEAD" else request.method
        if verbs is not None and method not in verbs:
            return PlainTextResponse("405: Method Not Allowed", 405, {"Allow": ",".join(verbs)})
        key = self._office.keys.find(door.key)
        if key is None:
            return _refusal(Refused(802, title(802)))
        refused = may_enter(key, door.machine)
        if refused is not None:
            return _refusal(refused)
        if verbs is None:
            return PlainTextResponse("404: Not Found", 404)
        queue = Queue(self._office.database, self._office.tasks, door.place, key.tail)
        return await verbs[method](_Call(request, door, key, queue, name))

    async def _prompt(self, call: _Call) -> Response:
        """Put a graph into the queue, or say what is wrong with it, node by node."""
        body = await json_object(call.request) or {}
        if "prompt" not in body:
            return _wrong("no_prompt", "No prompt provided", "No prompt provided")
        try:
            graph = read_graph(body["prompt"])
        except BadGraph as error:
            return _wrong("invalid_prompt", "Cannot execute because the prompt is no graph.", str(error))
        verdict = judge(graph, self._office.loadable.is_there)
        if not verdict.is_good:
            tips = json.loads(verdict.tips(graph))
            return wire.Answer({"error": tips["error"], "node_errors": tips["node_errors"]}, 400)
        number = await asyncio.to_thread(call.queue.count)
        client, extra = body.get("client_id"), body.get("extra_data")
        sent: JsonObject = {
            "client_id": client if isinstance(client, str) else None,
            "extra_data": extra if isinstance(extra, dict) else {},
        }
        new = submission(call.door, call.key, graph, sent, self._office.faults)
        task = await order(self._office, new, call.key, waits=True)
        if isinstance(task, Refused):
            return _refusal(task)
        return wire.Answer({"prompt_id": prompt_id(task), "number": number, "node_errors": {}})

    async def _remaining(self, call: _Call) -> Response:
        count = await asyncio.to_thread(call.queue.remaining)
        return wire.Answer({"exec_info": {"queue_remaining": count}})

    async def _queue(self, call: _Call) -> Response:
        running, pending = await asyncio.to_thread(
            lambda: (call.queue.open("RUNNING"), call.queue.open("QUEUED"))
        )
        return wire.Answer(
            {
                "queue_running": [prompt.queued() for prompt in running],
                "queue_pending": [prompt.queued() for prompt in pending],
            }
        )

    async def _change_queue(self, call: _Call) -> Response:
        """`clear`, or `delete` with ids: what waits, not what runs."""
        body = await json_object(call.request) or {}
        waiting = await asyncio.to_thread(call.queue.open, "QUEUED")
        await asyncio.to_thread(call.queue.cancel, _meant(body, waiting), forget=True)
        return Response()

    async def _history(self, call: _Call) -> Response:
        """What has ended, oldest first; `max_items` the newest few, `offset` from where on."""
        ended = await asyncio.to_thread(call.queue.ended)
        query = call.request.query_params
        if call.name:
            ended = [prompt for prompt in ended if prompt.id == call.name]
        elif (offset := _whole(query.get("offset"))) is not None:
            ended = ended[offset:]
        most = None if call.name else _whole(query.get("max_items"))
        if most is not None:
            ended = ended[:most] if "offset" in query else ended[max(len(ended) - most, 0) :]
        now = self._office.database.now()
        return wire.Answer({prompt.id: prompt.told(now) for prompt in ended})

    async def _change_history(self, call: _Call) -> Response:
        body = await json_object(call.request) or {}
        ended = await asyncio.to_thread(call.queue.ended)
        await asyncio.to_thread(call.queue.forget, _meant(body, ended))
        return Response()

    async def _interrupt(self, call: _Call) -> Response:
        """Stop what runs, or only the prompt that is named."""
        body = await json_object(call.request) or {}
        running = await asyncio.to_thread(call.queue.open, "RUNNING")
        named = body.get("prompt_id")
        stopped = [prompt for prompt in running if named in (None, prompt.id)]
        await asyncio.to_thread(call.queue.cancel, stopped)
        return Response()

    async def _upload(self, call: _Call) -> Response:
        """A file for nodes. It is named after its content, whatever it was called; the answer says how."""
        try:
            with place_for_draft(self._office.shelf) as path:
                draft, _ = await receive(call.request, path, part="image")
                kept = await keep(self._office.shelf, path, draft, FOR_NODES)
        except Malformed as error:
            return PlainTextResponse(str(error), 400)
        return wire.Answer({"name": kept.name, "subfolder": "", "type": "input"})

    async def _view(self, call: _Call) -> Response:
        """A file that was made, or handed in; of this key, on this machine."""
        query = call.request.query_params
        name, kind = query.get("filename", ""), query.get("type", "output")
        if not name or kind not in ("input", "output", "temp") or ".." in name or name.startswith("/"):
            return PlainTextResponse("400: Bad Request", 400)
        behind = file_behind(name, query.get("subfolder", ""), kind)
        if behind is not None and kind != "input":
            mine = await asyncio.to_thread(self._office.tasks.of_place, call.door.place, call.key.tail)
            behind = behind if task_behind(name) in {task.id for task in mine} else None
        served = self._office.shelf.find(behind) if behind else None
        if served is None:
            return Response(status_code=404)
        shown = name.rpartition("/")[2]
        return FileResponse(
            served.path, media_type=served.mime, filename=shown, content_disposition_type="inline"
        )

    async def _object_info(self, call: _Call) -> Response:
        return wire.Answer(object_info(call.name or None))

    async def _system_stats(self, call: _Call) -> Response:
        return wire.Answer(system_stats(call.door.machine))

    async def _models(self, call: _Call) -> Response:
        if not call.name:
            return wire.Answer(folders())
        known = [*models_on_disk(), *await asyncio.to_thread(self._office.loras.resources)]
        found = models_in(call.name, known)
        return Response(status_code=404) if found is None else wire.Answer(found)

    async def _none(self, _call: _Call) -> Response:
        return wire.Answer([])

    async def _nothing_to_do(self, _call: _Call) -> Response:
        return Response()


def may_enter(key: Key, machine: str) -> Refused | None:
    """Native proxies are for exclusive keys (RunningHub API, AI apps), on machines they have."""
    if key.kind != "EXCLUSIVE":
        return Refused(436, f"{title(436)}: this key is {key.kind}, and a proxy needs an EXCLUSIVE one")
    return may_run_workflows(key, machine)


def _refusal(refused: Refused) -> Response:
    return wire.envelope(None, refused.code, refused.message, http=_STATUS.get(refused.code, 400))


def _wrong(kind: str, message: str, details: str) -> Response:
    error: JsonObject = {"type": kind, "message": message, "details": details, "extra_info": {}}
    return wire.Answer({"error": error, "node_errors": {}}, 400)


def _meant(body: JsonObject, prompts: list[Prompt]) -> list[Prompt]:
    """All with `clear`, else those that `delete` names."""
    if body.get("clear"):
        return prompts
    named: Json = body.get("delete")
    return [prompt for prompt in prompts if isinstance(named, list) and prompt.id in named]


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() and len(text) < 10 else None
