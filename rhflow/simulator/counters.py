"""Everything that is asked about jobs and money: queries, cancels, webhooks, the account, the queue."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from starlette.requests import Request
from starlette.responses import Response

from rhflow.ground.values import JsonObject, plain
from rhflow.simulator import bill, wire
from rhflow.simulator.codes import title
from rhflow.simulator.keys import Key
from rhflow.simulator.office import Office
from rhflow.simulator.ordering import Refused, base_of, terms_of, webhook_of
from rhflow.simulator.reading import json_object
from rhflow.simulator.task import Task

_PURSE = Decimal(10_000)
_COINS = 10_000
"""What the account shows where no wallet was set: it never grows empty."""


class Counters:
    """The counters where questions are asked."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def query(self, request: Request, _key: Key) -> Response:
        """Where a job stands (RunningHub API, query V2)."""
        body = await json_object(request) or {}
        task_id = body.get("taskId")
        if not task_id:
            return wire.refusal(1007, "taskId: it is missing")
        task = self._find(task_id)
        if task is None:
            return wire.refusal(1004, f"task not found: {str(task_id)[:40]}")
        return wire.Answer(wire.report(task, self._office.database.now(), base_of(request)))

    async def status(self, _request: Request, _key: Key, body: JsonObject) -> Response:
        """v1: one word. A cancelled job counts as failed there."""
        task = self._find(body.get("taskId"))
        if task is None:
            return _missing_task(body)
        word = task.status(self._office.database.now())
        return wire.envelope("FAILED" if word == "CANCEL" else word)

    async def outputs(self, request: Request, _key: Key, body: JsonObject) -> Response:
        """v1: the results, or how far it is as a code."""
        task = self._find(body.get("taskId"))
        if task is None:
            return _missing_task(body)
        base = base_of(request)
        watch = self._office.watch_url(task, base)
        return wire.Answer(wire.outputs(task, self._office.database.now(), base, watch))

    async def cancel(self, _request: Request, _key: Key, body: JsonObject) -> Response:
        """Stop a job; what it cost stays on the bill."""
        task = self._find(body.get("taskId"))
        if task is None:
            return _missing_task(body)
        if not await asyncio.to_thread(self._office.tasks.cancel, task.id):
            return wire.envelope(None, 807, f"{title(807)}: the task has ended already")
        self._office.postman.ring()
        return wire.envelope(None)

    async def webhook_detail(self, _request: Request, _key: Key, body: JsonObject) -> Response:
        """What became of the webhook of a job."""
        hook = self._office.webhooks.of_task(str(body.get("taskId", "")))
        return _no_event() if hook is None else wire.envelope(hook.to_json())

    async def retry_webhook(self, _request: Request, _key: Key, body: JsonObject) -> Response:
        """Call the receiver once more, perhaps at another address."""
        url = webhook_of(body.get("webhookUrl"))
        if isinstance(url, Refused):
            return wire.envelope(None, url.code, url.message)
        name = str(body.get("webhookId", ""))
        if not await asyncio.to_thread(self._office.webhooks.again, name, url):
            return _no_event()
        self._office.postman.ring()
        return wire.envelope(None)

    async def account(self, _request: Request, key: Key, _body: JsonObject) -> Response:
        """Money or coins, and running jobs, numbers as text."""
        office = self._office
        spent = bill.read(office.database)
        is_shared, is_normal = key.kind == "SHARED", key.kind == "NORMAL"
        wallet, coins = office.settings.wallet, office.settings.coins
        money = _PURSE if wallet is None else max(wallet - spent.total, Decimal(0))
        left = _COINS if coins is None else max(coins - spent.coins, 0)
        return wire.envelope(
            {
                "remainCoins": str(left) if is_normal else "0",
                "currentTaskCounts": str(len(office.tasks.open(key.tail))),
                "remainMoney": plain(money) if is_shared else None,
                "currency": "CNY" if is_shared else None,
                "apiType": key.kind,
            }
        )

    async def queue(self, _request: Request, key: Key) -> Response:
        """A key's limit and what it has going."""
        now = self._office.database.now()
        states = [task.status(now) for task in self._office.tasks.open(key.tail)]
        queued = states.count("QUEUED")
        machines = self._office.settings.machines
        return wire.envelope(
            {
                "apiKeyType": key.kind,
                "concurrentLimit": terms_of(key, self._office.settings, waits=False).limit,
                "runningCount": str(len(states) - queued),
                "queuedCount": str(queued),
                "totalCurrentTasks": str(len(states)),
                **({"instanceCount": machines} if key.kind == "EXCLUSIVE" else {}),
            }
        )

    def _find(self, task_id: object) -> Task | None:
        """The job of that id, unless its record is too old to be known."""
        task = self._office.tasks.find(str(task_id)) if task_id else None
        if task is None:
            return None
        age = self._office.database.now() - task.due_at
        return task if age <= self._office.settings.timing.record_s else None


def _missing_task(body: JsonObject) -> Response:
    if not body.get("taskId"):
        return wire.envelope(None, 301, f"{title(301)}: taskId is missing")
    return wire.envelope(None, 423, title(423))


def _no_event() -> Response:
    return wire.envelope(None, 1, "webhook event not exists")
