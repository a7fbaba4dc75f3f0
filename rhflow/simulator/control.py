"""The simulator's own calls, below `/simulator/`: the bill, the jobs, the clock, the faults."""

from __future__ import annotations

import asyncio
import json
import math

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rhflow.ground.values import Json, plain
from rhflow.simulator import bill
from rhflow.simulator.faults import BadFault
from rhflow.simulator.office import Office


class Control:
    """The door at the back."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def bill(self, _request: Request) -> Response:
        return JSONResponse(bill.read(self._office.database).to_json())

    async def tasks(self, _request: Request) -> Response:
        now, asked = self._office.database.now(), self._office.tasks.arguments()
        listed: list[Json] = [
            {
                "task_id": task.id,
                "endpoint": task.endpoint,
                "status": task.status(now),
                "error_code": task.code,
                "accepted_at": task.accepted_at,
                "arguments": asked.get(task.id, {}),
                "price": None if task.price is None else plain(task.price),
                "key_tail": task.key_tail,
            }
            for task in self._office.tasks.all()
        ]
        return JSONResponse({"tasks": listed})

    async def clock(self, request: Request) -> Response:
        """`{"advance_s": N}` moves the clock forward, for every process on this folder."""
        body = await _json(request)
        seconds = body.get("advance_s") if isinstance(body, dict) else None
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < math.inf:
            return _wrong('Send {"advance_s": N} with N from 0.')
        offset = await asyncio.to_thread(self._office.database.advance, float(seconds))
        return JSONResponse({"offset_s": offset, "now": self._office.database.now()})

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
        return JSONResponse({"faults": self._office.faults.to_json()})


def _wrong(message: str) -> Response:
    return JSONResponse({"error": message}, 400)


async def _json(request: Request) -> Json:
    try:
        body: Json = json.loads(await request.body())
    except ValueError:
        return None
    return body
