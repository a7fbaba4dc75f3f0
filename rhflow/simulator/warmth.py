"""Machines that stay warm: for so long after a task, the next one of the same kind finds its machine ready.

`retainSeconds` (RunningHub API, workflow tasks: enterprise-shared keys only, 10 to 180 s, billed). What no
source says, and is decided here: the machine waits from the end of its task, for the same key, the same
workflow or app and the same kind of machine; one task takes it, and it stays again only if that task says so,
too; a task that is cancelled keeps none. All the seconds asked for are billed with the task that asked, used
or not.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from rhflow.ground.values import JsonObject
from rhflow.simulator.database import Database
from rhflow.simulator.task import Submission


@dataclass(frozen=True, slots=True)
class KeptMachine:
    """One machine that was kept, is, or will be; times in simulated seconds since 1970."""

    task_id: str
    """Whose end it was kept after, and who pays."""
    key_tail: str
    endpoint: str
    machine: str
    retain_s: float
    since: float | None
    """None while its task has not ended."""
    until: float | None
    taken_by: str | None

    def to_json(self, now: float) -> JsonObject:
        is_warm = self.since is not None and self.until is not None and self.since <= now < self.until
        return {
            "task_id": self.task_id,
            "key_tail": self.key_tail,
            "endpoint": self.endpoint,
            "machine": self.machine,
            "retain_s": self.retain_s,
            "is_warm": is_warm and self.taken_by is None,
            "until": self.until,
            "taken_by": self.taken_by,
        }


def promise(write: sqlite3.Connection, new: Submission, task_id: str) -> None:
    """Note that the machine of this task is to be kept, where it is."""
    if new.retain_s:
        write.execute(
            "INSERT INTO kept_machines (task_id, key_tail, endpoint, machine, retain_s)"
            " VALUES (?, ?, ?, ?, ?)",
            (task_id, new.key_tail, new.endpoint, new.machine, new.retain_s),
        )


def begin(write: sqlite3.Connection, task_id: str, ended_at: float) -> None:
    """The task has ended: its machine waits from now on, if it was to."""
    write.execute(
        "UPDATE kept_machines SET since = ?, until = ? + retain_s WHERE task_id = ?",
        (ended_at, ended_at, task_id),
    )


def let_go(write: sqlite3.Connection, task_id: str) -> None:
    """The task was cancelled: nothing is kept for it."""
    write.execute("DELETE FROM kept_machines WHERE task_id = ?", (task_id,))


def take(write: sqlite3.Connection, new: Submission, task_id: str, now: float) -> bool:
    """Whether a warm machine waits for this task; it is taken, that with the least time left."""
    row = write.execute(
        "SELECT task_id FROM kept_machines WHERE key_tail = ? AND endpoint = ? AND machine = ?"
        " AND taken_by IS NULL AND since <= ? AND until > ? ORDER BY until LIMIT 1",
        (new.key_tail, new.endpoint, new.machine, now, now),
    ).fetchone()
    if row is not None:
        write.execute("UPDATE kept_machines SET taken_by = ? WHERE task_id = ?", (task_id, row["task_id"]))
    return row is not None


def before(database: Database, task_id: str) -> str | None:
    """The task whose warm machine this one took."""
    rows = database.rows("SELECT task_id FROM kept_machines WHERE taken_by = ?", (task_id,))
    return str(rows[0][0]) if rows else None


def read(database: Database) -> list[KeptMachine]:
    """Every machine that was to be kept, oldest task first."""
    rows = database.rows("SELECT * FROM kept_machines ORDER BY task_id")
    return [KeptMachine(**{name: row[name] for name in row.keys()}) for row in rows]  # noqa: SIM118  # a Row
