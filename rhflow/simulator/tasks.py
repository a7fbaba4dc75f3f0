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
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

from rhflow.ground.values import JsonObject
from rhflow.simulator import bill
from rhflow.simulator.database import Database
from rhflow.simulator.timing import Timing

Status: TypeAlias = Literal["QUEUED", "RUNNING", "SUCCESS", "FAILED", "CANCEL"]

LEASE_S = 15.0
"""A claim not renewed for so long belongs to nobody."""

_KEEP_ARGUMENTS = 65_536
"""Arguments longer than this (media inside them) are let go when the job has ended."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What a fault has in store for one job: an error at its end, no results, a longer run."""

    code: str = ""
    message: str = ""
    empty: bool = False
    stall_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A submit that was found good."""

    endpoint: str
    task: str
    output: str
    arguments: JsonObject
    kinds: dict[str, str]
    """The media parameters and their kinds."""
    body_sha256: str
    key_tail: str
    price: Decimal | None
    own_machine: bool
    """The vendor runs the model on its own machines and bills it in another field."""
    fate: Fate = field(default_factory=Fate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One job as the database has it; times in simulated seconds since 1970."""

    id: str
    endpoint: str
    client_id: str
    key_tail: str
    accepted_at: float
    queued_until: float
    due_at: float
    state: str
    results: list[JsonObject]
    """Each `{"name": <file name> | null, "type": "png", "text": null}`."""
    code: str
    message: str
    price: Decimal | None
    own_machine: bool

    def status(self, now: float) -> Status:
        """What a client is told at that moment."""
        if self.state == "cancelled":
            return "CANCEL"
        if self.state in ("done", "failed") and now >= self.due_at:
            return "SUCCESS" if self.state == "done" else "FAILED"
        return "QUEUED" if now < self.queued_until else "RUNNING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One job in the hands of one renderer."""

    id: str
    endpoint: str
    task: str
    output: str
    arguments: JsonObject
    kinds: dict[str, str]
    fate: Fate
    due_at: float


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ended: its results and their files, or a code and a sentence."""

    results: list[JsonObject] = field(default_factory=list)
    files: list[NewFile] = field(default_factory=list)
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that was put on the shelf, by name."""

    name: str
    mime: str
    bytes: int


Turned: TypeAlias = Literal["busy", "broke"]
"""Why nothing was accepted: all places taken, or the wallet too thin."""

_COLUMNS = (
    "id, endpoint, client_id, key_tail, accepted_at, queued_until, due_at, state, results, code, message, "
    "price, own_machine"
)
_OPEN = "(state IN ('waiting', 'rendering') OR (due_at > ? AND state <> 'cancelled'))"
_FREE = "(state = 'waiting' OR (state = 'rendering' AND lease < ?))"


class Tasks:
    """All jobs of one folder."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def accept(
        self, new: Submission, timing: Timing, *, limit: int, wallet: Decimal | None = None
    ) -> Task | Turned:
        """Write the job and its line of the bill, durably; or say why not."""
        now = self._database.now()
        queued_until = now + timing.queued_s
        due_at = queued_until + timing.running_s + new.fate.stall_s
        client_id = secrets.token_hex(16)
        with self._database.writing() as write:
            if _count_open(write, new.key_tail, now) >= limit:
                return "busy"
            if wallet is not None and new.price is not None and bill.spent(write) + new.price > wallet:
                return "broke"
            task_id = _fresh_id(write)
            price = None if new.price is None else str(new.price)
            write.execute(
                "INSERT INTO tasks (id, endpoint, task, output, client_id, key_tail, accepted_at,"
                " queued_until, due_at, state, price, own_machine, fate, kinds, arguments)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?, ?, ?)",
                (
                    *(task_id, new.endpoint, new.task, new.output, client_id, new.key_tail),
                    *(now, queued_until, due_at, price, new.own_machine),
                    json.dumps([new.fate.code, new.fate.message, new.fate.empty, new.fate.stall_s]),
                    *(json.dumps(new.kinds), json.dumps(new.arguments)),
                ),
            )
            entry = bill.Entry(task_id, new.endpoint, new.body_sha256, now, new.price, new.key_tail)
            bill.book(write, entry)
        found = self.find(task_id)
        assert found is not None
        return found

    def find(self, task_id: str) -> Task | None:
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM tasks WHERE id = ?", (task_id,))  # noqa: S608  # constant
        return _task(rows[0]) if rows else None

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

    def cancel(self, task_id: str) -> bool:
        """Stop a job that has not ended in the client's eyes; False where it has."""
        now = self._database.now()
        with self._database.writing() as write:
            done = write.execute(
                f"UPDATE tasks SET state = 'cancelled', owner = NULL WHERE id = ? AND {_OPEN}",  # noqa: S608
                (task_id, now),
            )
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
        expires_at = max(self._database.now(), claim.due_at) + lifetime_s
        with self._database.writing() as write:
            done = write.execute(
                "UPDATE tasks SET state = ?, owner = NULL, lease = NULL, results = ?, code = ?, message = ?,"
                " arguments = CASE WHEN length(arguments) > ? THEN '{}' ELSE arguments END"
                " WHERE id = ? AND owner = ? AND state = 'rendering'",
                (
                    *(state, json.dumps(ending.results), ending.code, ending.message),
                    *(_KEEP_ARGUMENTS, claim.id, owner),
                ),
            )
            if done.rowcount != 1:
                return False
            write.executemany(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)",
                [(file.name, file.mime, file.bytes, expires_at) for file in ending.files],
            )
            return True


def _count_open(write: sqlite3.Connection, key_tail: str, now: float) -> int:
    count: int = write.execute(
        f"SELECT count(*) FROM tasks WHERE key_tail = ? AND {_OPEN}",  # noqa: S608  # constants
        (key_tail, now),
    ).fetchone()[0]
    return count


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
        }
    )


def _claim(row: sqlite3.Row) -> Claim:
    code, message, empty, stall_s = json.loads(row["fate"])
    return Claim(
        id=row["id"],
        endpoint=row["endpoint"],
        task=row["task"],
        output=row["output"],
        arguments=json.loads(row["arguments"]),
        kinds=json.loads(row["kinds"]),
        fate=Fate(code, message, empty, stall_s),
        due_at=row["due_at"],
    )
