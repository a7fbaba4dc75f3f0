"""The jobs: accepted and billed in one transaction, claimed by a renderer, ended once.

    waiting ── claim ──> rendering ── finish ──> done | failed
       ^                     │
       └── claimer is gone ──┘        cancelled: from any of them but a result that was already due

What a client sees is something else: it follows from these states and two moments, `queued_until`
and `due_at`.
"""

from __future__ import annotations

import json
import random
import secrets
import sqlite3
import time
from dataclasses import astuple
from decimal import Decimal

from rhflow.ground.values import JsonObject
from rhflow.simulator import bill, warmth, webhooks
from rhflow.simulator.database import Database
from rhflow.simulator.task import Claim, Ending, Fate, Submission, Task, Terms, Turned
from rhflow.simulator.timing import Timing

LEASE_S = 15.0
"""A claim not renewed for so long belongs to nobody."""

_KEEP_ARGUMENTS = 65_536
"""Arguments longer than this (media inside them) are let go when the job has ended."""

_COLUMNS = (
    "id, endpoint, client_id, key_tail, accepted_at, queued_until, due_at, state, results, code, message, "
    "price, own_machine, payer, coins, machine_s, reason, is_v1"
)
_OPEN = "(state IN ('waiting', 'rendering') OR (due_at > ? AND state <> 'cancelled'))"
_FREE = "(state = 'waiting' OR (state = 'rendering' AND lease < ?))"


class Tasks:
    """All jobs of one folder."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def accept(self, new: Submission, timing: Timing, terms: Terms) -> Task | Turned:
        """Write the job and its line of the bill, durably; or say why not."""
        client_id = secrets.token_hex(16)
        with self._database.writing() as write:
            known = _under_token(write, new)
            if known is not None:
                return known
            now = self._database.now()
            ahead = _count_open(write, new.key_tail, now)
            if ahead >= terms.limit + terms.queue:
                return "full" if terms.queue else "busy"
            if _is_broke(write, new, terms):
                return "broke"
            task_id = _fresh_id(write)
            free_at = now if ahead < terms.limit else _free_at(write, new.key_tail, now, ahead - terms.limit)
            starts_at_once = new.is_instant or warmth.take(write, new, task_id, now)
            queued_until = free_at + (0 if starts_at_once else timing.queued_s)
            due_at = queued_until + (0 if new.is_instant else timing.running_s) + new.fate.stall_s
            write.execute(
                "INSERT INTO tasks (id, endpoint, task, output, client_id, key_tail, accepted_at,"
                " queued_until, due_at, state, price, own_machine, fate, kinds, arguments,"
                " payer, coins, machine_s, is_v1)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(task_id, new.endpoint, new.task, new.output, client_id, new.key_tail),
                    *(now, queued_until, due_at, None if new.price is None else str(new.price)),
                    new.own_machine,
                    json.dumps(astuple(new.fate)),
                    *(json.dumps(new.kinds), json.dumps(new.arguments)),
                    *(new.payer, new.coins, new.machine_s, new.is_v1),
                ),
            )
            entry = bill.Entry(
                task_id, new.endpoint, new.body_sha256, now, new.price, new.key_tail, new.coins
            )
            bill.book(write, entry)
            warmth.promise(write, new, task_id)
            if new.token:
                write.execute(
                    "INSERT INTO tokens VALUES (?, ?, ?, ?)",
                    (new.key_tail, new.endpoint, new.token, task_id),
                )
            if new.webhook:
                webhooks.plan(write, webhooks.Plan(task_id, new.webhook, new.base, new.key_tail), due_at, now)
        found = self.find(task_id)
        assert found is not None
        return found

    def find(self, task_id: str) -> Task | None:
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM tasks WHERE id = ?", (task_id,))  # noqa: S608  # constant
        return _task(rows[0]) if rows else None

    def of_client(self, client_id: str) -> Task | None:
        """The job of a `clientId`, which only its client knows."""
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM tasks WHERE client_id = ?",  # noqa: S608  # constant
            (client_id,),
        )
        return _task(rows[0]) if rows else None

    def arguments_of(self, task_id: str) -> JsonObject:
        """What a job was asked for."""
        rows = self._database.rows("SELECT arguments FROM tasks WHERE id = ?", (task_id,))
        found: JsonObject = json.loads(rows[0][0]) if rows else {}
        return found

    def all(self) -> list[Task]:
        """Every job, oldest first."""
        return [
            _task(row)
            for row in self._database.rows(f"SELECT {_COLUMNS} FROM tasks ORDER BY accepted_at, id")  # noqa: S608
        ]

    def arguments(self) -> dict[str, JsonObject]:
        """What each job was asked for, by id: the call records of a real far side."""
        rows = self._database.rows("SELECT id, arguments FROM tasks")
        return {row["id"]: json.loads(row["arguments"]) for row in rows}

    def open(self, key_tail: str) -> list[Task]:
        """The jobs of a key that count against its limit."""
        return [
            _task(row)
            for row in self._database.rows(
                f"SELECT {_COLUMNS} FROM tasks WHERE key_tail = ? AND {_OPEN}",  # noqa: S608  # constants
                (key_tail, self._database.now()),
            )
        ]

    def of_place(self, endpoint: str, key_tail: str) -> list[Task]:
        """The jobs of a key at one endpoint, oldest first."""
        return [
            _task(row)
            for row in self._database.rows(
                f"SELECT {_COLUMNS} FROM tasks WHERE endpoint = ? AND key_tail = ?"  # noqa: S608  # constant
                " ORDER BY accepted_at, id",
                (endpoint, key_tail),
            )
        ]

    def cancel(self, task_id: str) -> bool:
        """Stop a job that has not ended in the client's eyes; False where it has."""
        now = self._database.now()
        with self._database.writing() as write:
            done = write.execute(
                f"UPDATE tasks SET state = 'cancelled', owner = NULL WHERE id = ? AND {_OPEN}",  # noqa: S608
                (task_id, now),
            )
            if done.rowcount == 1:
                warmth.let_go(write, task_id)
            return done.rowcount == 1

    def claim(self, owner: str) -> Claim | None:
        """Take the oldest job that nobody draws."""
        lapsed = time.time()
        if not self._database.rows(f"SELECT 1 FROM tasks WHERE {_FREE} LIMIT 1", (lapsed,)):  # noqa: S608
            return None
        with self._database.writing() as write:
            row = write.execute(
                f"SELECT * FROM tasks WHERE {_FREE} ORDER BY accepted_at, id LIMIT 1",  # noqa: S608
                (lapsed,),
            ).fetchone()
            if row is None:
                return None
            write.execute(
                "UPDATE tasks SET state = 'rendering', owner = ?, lease = ? WHERE id = ?",
                (owner, lapsed + LEASE_S, row["id"]),
            )
        return _claim(row)

    def renew(self, owner: str) -> None:
        """Say that the owner still works on what it holds."""
        with self._database.writing() as write:
            write.execute(
                "UPDATE tasks SET lease = ? WHERE owner = ? AND state = 'rendering'",
                (time.time() + LEASE_S, owner),
            )

    def release(self, owner: str, task_id: str | None = None) -> None:
        """Give back one job of the owner, or all."""
        with self._database.writing() as write:
            write.execute(
                "UPDATE tasks SET state = 'waiting', owner = NULL, lease = NULL"
                " WHERE owner = ? AND state = 'rendering' AND (? IS NULL OR id = ?)",
                (owner, task_id, task_id),
            )

    def owners(self) -> list[str]:
        """Who holds jobs now."""
        rows = self._database.rows("SELECT DISTINCT owner FROM tasks WHERE state = 'rendering'")
        return [row[0] for row in rows]

    def finish(self, claim: Claim, owner: str, ending: Ending, lifetime_s: float) -> bool:
        """Write the end of a job with its files; False where it is no longer the owner's (cancelled, say)."""
        state = "failed" if ending.code else "done"
        ended_at = max(self._database.now(), claim.due_at)
        with self._database.writing() as write:
            done = write.execute(
                "UPDATE tasks SET state = ?, owner = NULL, lease = NULL, results = ?, code = ?, message = ?,"
                " reason = ?,"
                " arguments = CASE WHEN length(arguments) > ? THEN '{}' ELSE arguments END"
                " WHERE id = ? AND owner = ? AND state = 'rendering'",
                (
                    *(state, json.dumps(ending.results), ending.code, ending.message),
                    json.dumps(ending.reason) if ending.reason else "",
                    *(_KEEP_ARGUMENTS, claim.id, owner),
                ),
            )
            if done.rowcount != 1:
                return False
            warmth.begin(write, claim.id, ended_at)
            write.executemany(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)",
                [(file.name, file.mime, file.bytes, ended_at + lifetime_s) for file in ending.files],
            )
            return True


def _under_token(write: sqlite3.Connection, new: Submission) -> Task | None:
    """The job that this very submit has made already, by its token."""
    if not new.token:
        return None
    row = write.execute(
        f"SELECT {_COLUMNS} FROM tasks WHERE id ="  # noqa: S608  # constant
        " (SELECT task_id FROM tokens WHERE key_tail = ? AND endpoint = ? AND token = ?)",
        (new.key_tail, new.endpoint, new.token),
    ).fetchone()
    return None if row is None else _task(row)


def _count_open(write: sqlite3.Connection, key_tail: str, now: float) -> int:
    count: int = write.execute(
        f"SELECT count(*) FROM tasks WHERE key_tail = ? AND {_OPEN}",  # noqa: S608  # constants
        (key_tail, now),
    ).fetchone()[0]
    return count


def _free_at(write: sqlite3.Connection, key_tail: str, now: float, waiting: int) -> float:
    """When a machine is free for one that has so many waiting before it: each takes the first to end."""
    row = write.execute(
        f"SELECT due_at FROM tasks WHERE key_tail = ? AND {_OPEN} ORDER BY due_at LIMIT 1 OFFSET ?",  # noqa: S608
        (key_tail, now, waiting),
    ).fetchone()
    return max(now, float(row[0]))


def _is_broke(write: sqlite3.Connection, new: Submission, terms: Terms) -> bool:
    """Whether what is left does not cover it. What nobody prices is covered."""
    if new.coins is not None and terms.coins is not None:
        return bill.coins_spent(write) + new.coins > terms.coins
    if new.price is not None and new.price > 0 and terms.wallet is not None:
        return bill.spent(write) + new.price > terms.wallet
    return False


def _fresh_id(write: sqlite3.Connection) -> str:
    """19 decimal digits, above 2^53, growing with time (RunningHub API, submit)."""
    while True:
        task_id = str(time.time_ns() // 1000 * 1000 + random.randrange(1000))  # noqa: S311  # no secret
        if write.execute("SELECT 1 FROM tasks WHERE id = ?", (task_id,)).fetchone() is None:
            return task_id


def _task(row: sqlite3.Row) -> Task:
    values = {name: row[name] for name in row.keys()}  # noqa: SIM118  # a Row iterates over values
    return Task(
        **{
            **values,
            "results": json.loads(row["results"] or "[]"),
            "price": None if row["price"] is None else Decimal(row["price"]),
            "own_machine": bool(row["own_machine"]),
            "reason": json.loads(row["reason"] or "{}"),
            "is_v1": bool(row["is_v1"]),
        }
    )


def _claim(row: sqlite3.Row) -> Claim:
    return Claim(
        id=row["id"],
        endpoint=row["endpoint"],
        task=row["task"],
        output=row["output"],
        arguments=json.loads(row["arguments"]),
        kinds=json.loads(row["kinds"]),
        fate=Fate(*json.loads(row["fate"])),
        due_at=row["due_at"],
    )
