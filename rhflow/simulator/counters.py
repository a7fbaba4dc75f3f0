"""Everything that is asked about what runs: queries, cancels, the account, the queue."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal

from starlette.requests import Request
from starlette.responses import Response

from rhflow.ground.values import JsonObject, plain
from rhflow.simulator import bill, wire
from rhflow.simulator.office import Office, bearer, tail_of
from rhflow.simulator.uploading import base_of

_PURSE = Decimal(10_000)
"""What the account shows where no wallet was set: it never grows empty."""


class Counters:
    """The counters where questions are asked."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def query(self, request: Request, _key_tail: str) -> Response:
        """Where a job stands (RunningHub API, query V2)."""
        body = await _object(request)
        task_id = body.get("taskId")
        if not task_id:
            return wire.refusal(1007, "taskId: it is missing")
        task = self._office.tasks.find(str(task_id))
        if task is None:
            return wire.refusal(1004, f"task not found: {task_id}")
        return wire.report(task, self._office.database.now(), base_of(request))

    async def cancel(self, request: Request) -> Response:
        """Stop a job; what it cost stays on the bill."""
        body = await _object(request)
        if not self._knows(request, body):
            return wire.envelope(None, 802, "APIKEY_UNAUTHORIZED")
        task = self._office.tasks.find(str(body.get("taskId", "")))
        if task is None:
            return wire.envelope(None, 423, "TASK_NOT_FOUNED")
        if not await asyncio.to_thread(self._office.tasks.cancel, task.id):
            return wire.envelope(None, 807, "APIKEY_TASK_NOT_FOUND: the task has ended already")
        return wire.envelope(None)

    async def account(self, request: Request) -> Response:
        """Money and running jobs, numbers as text."""
        body = await _object(request)
        if not self._knows(request, body):
            return wire.envelope(None, 802, "APIKEY_UNAUTHORIZED")
        office = self._office
        left = (office.settings.wallet or _PURSE) - bill.read(office.database).total
        running = len(office.tasks.open(tail_of(_key(request, body))))
        return wire.envelope(
            {
                "remainCoins": "0",
                "currentTaskCounts": str(running),
                "remainMoney": plain(max(left, Decimal(0))),
                "currency": "CNY",
                "apiType": "SHARED",
            }
        )

    async def queue(self, _request: Request, key_tail: str) -> Response:
        """A key's limit and what it has going."""
        now = self._office.database.now()
        states = [task.status(now) for task in self._office.tasks.open(key_tail)]
        queued = states.count("QUEUED")
        return wire.envelope(
            {
                "apiKeyType": "SHARED",
                "concurrentLimit": self._office.settings.concurrency,
                "runningCount": str(len(states) - queued),
                "queuedCount": str(queued),
                "totalCurrentTasks": str(len(states)),
            }
        )

    def _knows(self, request: Request, body: JsonObject) -> bool:
        """Whether a v1 call names a key that is known."""
        key, known = _key(request, body), self._office.settings.accept_keys
        return bool(key) and (known is None or key in known)


def _key(request: Request, body: JsonObject) -> str:
    """The v1 calls take the key from the header or from the body, in two spellings."""
    return bearer(request) or str(body.get("apiKey") or body.get("apikey") or "")


async def _object(request: Request) -> JsonObject:
    try:
        body = json.loads(await request.body())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
