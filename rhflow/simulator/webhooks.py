"""Webhooks as they are kept: one row for every job that was submitted with a `webhookUrl`.

    asleep ── the job ends ──> due ── delivered ──> sent
                                │ ^
                        refused │ │ again, later        failed: after the last try
                                └─┘

Delivering is the business of the postman; here is only what is written down, so that a killed server
delivers after its next start (RunningHub API, webhooks).
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from rhflow.ground.values import JsonObject
from rhflow.simulator.database import Database

EVENT = "TASK_END"
_KEPT = 2_000
"""Characters of a receiver's answer that are kept."""
LEASE_S = 60.0
"""A delivery that takes longer than this, in real seconds, belongs to nobody."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A webhook that was asked for with a submit."""

    task_id: str
    url: str
    base: str
    """How the submitting client names this server."""
    key_tail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One row; times in simulated seconds since 1970."""

    id: str
    task_id: str
    url: str
    base: str
    key_tail: str
    state: str
    event_data: str
    response: str
    tries: int
    created_at: float
    updated_at: float

    def to_json(self) -> JsonObject:
        """As `getWebhookDetail` shows it. The key is masked: none is kept."""
        return {
            "id": self.id,
            "userApiKey": f"****{self.key_tail}",
            "taskId": self.task_id,
            "webhookUrl": self.url,
            "event": EVENT,
            "eventData": self.event_data,
            "callbackStatus": "SUCCESS" if self.state == "sent" else "FAILED",
            "callbackResponse": self.response,
            "retryCount": max(self.tries - 1, 0),
            "createTime": _moment(self.created_at),
            "updateTime": _moment(self.updated_at),
        }


_COLUMNS = (
    "id, task_id, url, base, key_tail, state, event_data, response, tries, created_at, updated_at"  # as above
)


def plan(write: sqlite3.Connection, wanted: Plan, due_at: float, now: float) -> None:
    """Note down a webhook inside the transaction that accepts its job."""
    write.execute(
        "INSERT INTO webhooks (id, task_id, url, base, key_tail, next_at, created_at, updated_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            str(time.time_ns() // 1000 * 1000 + secrets.randbelow(1000)),
            *(wanted.task_id, wanted.url, wanted.base, wanted.key_tail, due_at, now, now),
        ),
    )


class Webhooks:
    """All webhooks of one folder."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def is_any_open(self) -> bool:
        """Whether one is still to be delivered."""
        return bool(self._database.rows("SELECT 1 FROM webhooks WHERE state IN ('asleep', 'due') LIMIT 1"))

    def of_task(self, task_id: str) -> Webhook | None:
        """The event of a job, once there was one."""
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM webhooks WHERE task_id = ? AND state <> 'asleep'",  # noqa: S608  # constant
            (task_id,),
        )
        return Webhook(**rows[0]) if rows else None

    def all(self) -> list[Webhook]:
        """Every webhook, the oldest first."""
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM webhooks ORDER BY id")  # noqa: S608  # constant
        return [Webhook(**row) for row in rows]

    def wake(self, event_data: Callable[[str, str], str]) -> None:
        """Make due what waited for jobs that ended; `event_data` of a job's id and the base of addresses."""
        now = self._database.now()
        ended = self._database.rows(
            "SELECT w.id, w.task_id, w.base FROM webhooks w JOIN tasks t ON t.id = w.task_id"
            " WHERE w.state = 'asleep'"
            " AND (t.state = 'cancelled' OR (t.state IN ('done', 'failed') AND t.due_at <= ?))",
            (now,),
        )
        for row in ended:
            said = event_data(row["task_id"], row["base"])
            with self._database.writing() as write:
                write.execute(
                    "UPDATE webhooks SET state = 'due', event_data = ?, next_at = ?, updated_at = ?"
                    " WHERE id = ? AND state = 'asleep'",
                    (said, now, now, row["id"]),
                )

    def take(self, most: int) -> list[Webhook]:
        """Take those to be delivered now, so that nobody else does."""
        now, clock = self._database.now(), time.time()
        open_ones = "state = 'due' AND next_at <= ? AND coalesce(lease, 0) < ?"
        if most <= 0 or not self._database.rows(
            f"SELECT 1 FROM webhooks WHERE {open_ones} LIMIT 1",  # noqa: S608  # constants
            (now, clock),
        ):
            return []
        with self._database.writing() as write:
            rows = write.execute(
                f"SELECT {_COLUMNS} FROM webhooks WHERE {open_ones} ORDER BY next_at LIMIT ?",  # noqa: S608
                (now, clock, most),
            ).fetchall()
            write.executemany(
                "UPDATE webhooks SET lease = ? WHERE id = ?", [(clock + LEASE_S, row["id"]) for row in rows]
            )
        return [Webhook(**row) for row in rows]

    def put_back(self, hook: Webhook, wait_s: float) -> None:
        """Deliver it later than thought; this was no try."""
        with self._database.writing() as write:
            write.execute(
                "UPDATE webhooks SET next_at = ?, lease = NULL WHERE id = ?",
                (self._database.now() + wait_s, hook.id),
            )

    def settle(self, hook: Webhook, *, is_taken: bool, response: str, again_s: float | None) -> None:
        """Write how a try went: taken, to be tried again after so long, or given up."""
        now = self._database.now()
        state = "sent" if is_taken else "failed" if again_s is None else "due"
        with self._database.writing() as write:
            write.execute(
                "UPDATE webhooks SET state = ?, response = ?, tries = tries + 1, next_at = ?, updated_at = ?,"
                " lease = NULL WHERE id = ?",
                (state, response[:_KEPT], now + (again_s or 0), now, hook.id),
            )

    def again(self, webhook_id: str, url: str | None) -> bool:
        """Have an event delivered once more, perhaps elsewhere; False where there is none."""
        now = self._database.now()
        with self._database.writing() as write:
            done = write.execute(
                "UPDATE webhooks SET state = 'due', next_at = ?, updated_at = ?, lease = NULL,"
                " url = coalesce(?, url) WHERE id = ? AND state <> 'asleep'",
                (now, now, url, webhook_id),
            )
            return done.rowcount == 1


def event(task_id: str, event_data: str) -> bytes:
    """The body of a delivery."""
    return json.dumps({"event": EVENT, "taskId": task_id, "eventData": event_data}).encode()


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
