"""The simulator's own calls, below `/simulator/`: a page, the bill, the jobs, the clock, the faults."""

from __future__ import annotations

import asyncio
import functools
import json
import math
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from rhflow.ground.values import Json, JsonObject, plain
from rhflow.simulator import bill, warmth, wire
from rhflow.simulator.faults import BadFault
from rhflow.simulator.office import Office
from rhflow.simulator.openapi import describe
from rhflow.simulator.shelf import PREFIX

_FURTHEST_S = 1e9
"""How far the clock goes in one move."""
_LATEST_S = 1e11
"""How far in all: three thousand years, for calendars end."""


class Control:
    """The door at the back."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def page(self, _request: Request) -> Response:
        """A page for people; it asks the calls below."""
        return HTMLResponse(_page())

    async def openapi(self, request: Request) -> Response:
        """Every call in OpenAPI's form; `?models=no` leaves the models of the catalogue out."""
        catalog = self._office.settings.catalog
        models = () if request.query_params.get("models") == "no" else catalog.models
        return wire.Answer(describe(models))

    async def library(self, _request: Request) -> Response:
        """What can be run by an id."""
        library = self._office.library
        return wire.Answer(
            {
                "workflows": [
                    {
                        "id": item.id,
                        "name": item.name,
                        "nodes": len(item.graph),
                        "is_protected": item.access_password is not None,
                        "ran_once": item.ran_once,
                    }
                    for item in library.workflows.values()
                ],
                "apps": [
                    {
                        "id": item.id,
                        "name": item.name,
                        "fields": [f"{field.node}.{field.name}" for field in item.fields],
                        "is_protected": item.access_password is not None,
                        "quick_create_code": item.quick_create_code,
                    }
                    for item in library.apps.values()
                ],
            }
        )

    async def bill(self, _request: Request) -> Response:
        return wire.Answer(bill.read(self._office.database).to_json())

    async def tasks(self, request: Request) -> Response:
        """Every job, oldest first; `?last=N` only the last few."""
        now, asked = self._office.database.now(), self._office.tasks.arguments()
        told = request.query_params.get("last", "")
        found = self._office.tasks.all()
        listed: list[Json] = [
            {
                "task_id": task.id,
                "endpoint": task.endpoint,
                "status": task.status(now),
                "error_code": task.code,
                "error_message": task.message,
                "accepted_at": task.accepted_at,
                "arguments": asked.get(task.id, {}),
                "price": None if task.price is None else plain(task.price),
                "key_tail": task.key_tail,
                **({"results": _links(task.results)} if task.status(now) == "SUCCESS" and told else {}),
            }
            for task in (found[-int(told) :] if told.isdecimal() and 0 < int(told) <= 1000 else found)
        ]
        return wire.Answer({"tasks": listed})

    async def webhooks(self, _request: Request) -> Response:
        """Every webhook and how its receiver took it."""
        return wire.Answer({"webhooks": [hook.to_json() for hook in self._office.webhooks.all()]})

    async def machines(self, _request: Request) -> Response:
        """Every machine that was to be kept warm after a task, and who took it."""
        now = self._office.database.now()
        return wire.Answer({"machines": [kept.to_json(now) for kept in warmth.read(self._office.database)]})

    async def clock(self, request: Request) -> Response:
        """`{"advance_s": N}` moves the clock forward, for every process on this folder."""
        database = self._office.database
        if request.method != "POST":
            return wire.Answer({"offset_s": database.offset(), "now": database.now()})
        body = await _json(request)
        seconds = body.get("advance_s") if isinstance(body, dict) else None
        if (
            isinstance(seconds, bool)
            or not isinstance(seconds, int | float)
            or not 0 <= seconds <= _FURTHEST_S
        ):
            return _wrong(f'Send {{"advance_s": N}} with N from 0 to {_FURTHEST_S:.0f}.')
        if database.offset() + seconds > _LATEST_S:
            return _wrong(
                f"The clock goes no further than {_LATEST_S:.0f} s ahead; a new folder has a new one."
            )
        offset = await asyncio.to_thread(database.advance, float(seconds))
        self._office.postman.ring()
        return wire.Answer({"offset_s": offset, "now": database.now()})

    async def faults(self, request: Request) -> Response:
        """`{"faults": [...]}` (or the bare list) takes the place of the faults before."""
        if request.method == "POST":
            body = await _json(request)
            told = body.get("faults") if isinstance(body, dict) else body
            if not isinstance(told, list):
                return _wrong('Send {"faults": [...]}.')
            try:
                self._office.faults.replace(told)
            except BadFault as error:
                return _wrong(str(error))
        return wire.Answer({"faults": self._office.faults.to_json()})


@functools.cache
def _page() -> str:
    return (files("rhflow.simulator") / "data" / "page.html").read_text("utf-8")


def _links(results: list[JsonObject]) -> list[Json]:
    return [
        {
            "path": f"{PREFIX}{item['name']}" if item["name"] else None,
            "type": item["type"],
            "text": item["text"],
        }
        for item in results
    ]


def _wrong(message: str) -> Response:
    return wire.Answer({"error": message}, 400)


async def _json(request: Request) -> Json:
    try:
        body: Json = json.loads(await request.body(), parse_constant=lambda _: math.nan)
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return None
    return body
