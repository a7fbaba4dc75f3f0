"""The journal: events per task, and the indexes drawn from them in the same transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

from rhflow.ground.caps import CapKind
from rhflow.ground.errors import JournalDamaged, RunBusy
from rhflow.ground.values import JsonObject
from rhflow.lifecycle.events import Event, Keyed, SubmitIntended, body_of, name_of, read_event
from rhflow.lifecycle.ledger import Entry
from rhflow.lifecycle.rhythm import MOST_REMEMBERED
from rhflow.planning.memory import Asked, OpenAttempt, Recalled
from rhflow.ports import Allowance, Conflict, RunRecord
from rhflow.store.alive import Owner, is_alive
from rhflow.store.database import Database
from rhflow.store.ledger import add_up, read_entry, scope
from rhflow.store.migrating import VERSION, refuse_to_buy_beside_newer
from rhflow.store.projection import GUARDS_MONEY, project
from rhflow.store.queries import QUERIES
from rhflow.store.rows import read_artifacts, read_json, read_mapping

__all__ = ["VERSION", "Journal"]

_TAKEN = ("SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE")


class Journal(Database):
    """One home's memory. Not for several threads at once; several processes are welcome."""

    # -- runs ---------------------------------------------------------------------------------

    def begin(self, run: RunRecord) -> None:
        """Write a new run down, durably."""
        with self.transaction(durable=True) as cursor:
            row = {name: getattr(run, name) for name in run.__slots__}
            cursor.execute(QUERIES["begin_run"], {**row, "body": json.dumps(run.body)})

    def set_status(self, run: str, status: str, body: JsonObject | None = None) -> None:
        """Note where the run stands, and its body where given."""
        with self.transaction(durable=True) as cursor:
            cursor.execute(QUERIES["set_status"], {"run": run, "status": status})
            if body is not None:
                cursor.execute(QUERIES["set_body"], {"run": run, "body": json.dumps(body)})

    def runs(self) -> list[RunRecord]:
        """Every run, newest first."""
        records = [
            RunRecord(run, pipeline, file, provider, started, status, read_mapping(body, f"run {run}"))
            for run, pipeline, file, provider, started, status, body in self.read("runs")
        ]
        return sorted(records, key=lambda record: (record.started, record.id), reverse=True)

    # -- events -------------------------------------------------------------------------------

    def append(
        self,
        run: str,
        task: str,
        expected: int,
        event: Event,
        at: float,
        within: Allowance | None = None,
        then: Event | None = None,
    ) -> None:
        """Append one event as number `expected + 1`, with everything drawn from it, and `then` behind it.

        Raises:
            Conflict: somebody else appended first, or another attempt on the key is open.
            OverCap: it intends a purchase that would pass a cap of `within`; nothing was written.
            StoreError: the disk is full, or the journal cannot be written; or it intends a purchase, and a
                newer rhflow has taken the home over.
        """
        told = (event,) if then is None else (event, then)
        buys = isinstance(event, SubmitIntended)
        with self.transaction(durable=any(isinstance(item, GUARDS_MONEY) for item in told)) as cursor:
            if buys:
                refuse_to_buy_beside_newer(cursor.connection, self._path)
            for number, item in enumerate(told, expected):
                row = {"run": run, "task": task, "expected": number, "at": at}
                row |= {"name": name_of(item), "body": json.dumps(body_of(item))}
                if cursor.execute(QUERIES["append_event"], row).rowcount != 1:
                    raise Conflict(f"event {number + 1} of {task} in run {run} is not the next one")
                try:
                    project(cursor, run, task, item, at, within)
                except sqlite3.IntegrityError as error:
                    if error.sqlite_errorname not in _TAKEN:
                        raise
                    raise Conflict(str(error)) from error
        if isinstance(event, SubmitIntended) and event.provider != "local":  # what is free may be forgotten
            self.receipts.note(event.attempt, run, task, at)

    def events(self, run: str, task: str | None = None) -> list[tuple[str, float, Event]]:
        """The events of a run, or of one task of it: task, time, event, in order of each task.

        Raises:
            JournalDamaged: an event cannot be read, or one is missing.
        """
        rows = self.read("events_of_run" if task is None else "events_of_task", run=run, task=task)
        found: list[tuple[str, float, Event]] = []
        counted: dict[str, int] = {}
        for name, seq, at, event, body in rows:
            counted[name] = counted.get(name, 0) + 1
            if seq != counted[name]:
                raise JournalDamaged(
                    f"The journal lacks event {counted[name]} of {name} in run {run}",
                    "Restore journal.db from a copy; nothing is bought while it cannot be read.",
                )
            found.append((name, at, read_event(event, read_json(body, f"an event of {name}"))))
        return found

    # -- results and purchases ------------------------------------------------------------------

    def recall(self, key: str) -> Recalled | None:
        """The finished result of a key."""
        for run, task, model, artifacts, usage, estimated in self.read("recall", key=key):
            made = read_artifacts(artifacts, f"the result of {task} in run {run}")
            return Recalled(key, made, model, run, task, read_json(usage, "usage"), estimated)
        return None

    def job_of_result(self, run: str, task: str) -> str | None:
        """The far side's handle of the job whose result that task of that run brought home."""
        rows = self.read("job_of_result", run=run, task=task)
        return str(rows[0][0]) if rows else None

    def open_attempt(self, key: str) -> OpenAttempt | None:
        """The purchase on that key that has not ended, whoever made it."""
        rows = self.read("open_attempt", key=key)
        return OpenAttempt(*rows[0]) if rows else None

    def open_attempts(self) -> list[OpenAttempt]:
        """Every purchase of this home that has not ended, oldest first."""
        return [OpenAttempt(*row) for row in self.read("open_attempts")]

    def known_of(self, key: str) -> int:
        """How many purchases of that key were ever intended; its result, where there is one, counts, too."""
        return int(self.read("known_of", key=key)[0][0])

    def doubts_of(self, key: str) -> int:
        """How many purchases of that key may have been bought, and nobody knows."""
        return int(self.read("doubts_of", key=key)[0][0])

    def attempt(self, attempt: str) -> tuple[str, str | None, str | None] | None:
        """State, job and outcome of a purchase, whoever holds it."""
        rows = self.read("attempt", attempt=attempt)
        return rows[0] if rows else None

    def holders(self, attempt: str) -> list[tuple[str, str]]:
        """Runs and tasks that wait for this purchase."""
        return self.read("holders", attempt=attempt)

    def durations(self, endpoint: str, provider: str) -> list[float]:
        """Seconds that the last jobs of that model took from acceptance to end; newest last."""
        rows = self.read("durations", endpoint=endpoint, provider=provider, most=MOST_REMEMBERED)
        return [float(took) for (took,) in reversed(rows)]

    def ledger(self, run: str | None = None, since: float = 0.0) -> list[Entry]:
        """Purchases of a run, or of the whole home from a moment on (seconds since 1970); oldest first."""
        rows = self.read("ledger", since=since) if run is None else self.read("ledger_of_run", run=run)
        return [read_entry(row) for row in rows]

    def committed(self, kind: CapKind, within: Allowance, currency: str, at: float) -> Decimal:
        """What is spent and promised over the stretch of that cap, in that currency."""
        return add_up(self.read(f"committed_{kind}", **scope(within, currency, at)))

    def committed_later(self, within: Allowance, currency: str, at: float) -> Decimal:
        """What of that counts for a day, and bears a later date: a clock was set back."""
        return add_up(self.read("committed_later", **scope(within, currency, at)))

    def cache_hits(self, since: float = 0.0) -> list[tuple[str, str, float, str]]:
        """Run, task, time and model of every result that was there already, from a moment on."""
        return self.read("cache_hits", since=since)

    def moments(self, since: float = 0.0) -> list[tuple[str, str, float]]:
        """Attempt, name of the event and its time: acceptances, first sights at work, ends."""
        return self.read("moments", since=since)

    def last_request(self, pipeline: str, task: str) -> Asked | None:
        """The request that task of that pipeline made last, whatever became of it."""
        for body, provider in self.read("last_request", pipeline=pipeline, task=task):
            keyed = read_event("Keyed", read_json(body, f"a request of {task}"))
            if isinstance(keyed, Keyed):
                return Asked(keyed.endpoint, provider, keyed.request)
        return None

    # -- who works ------------------------------------------------------------------------------

    def lives(self, owner: str) -> bool:
        """Whether that process still lives (this one does)."""
        return owner == self.owner or is_alive(self._living, owner)

    def lease(self, name: str, at: float) -> None:
        """Hold a name for this process; a dead owner's lease is free.

        Raises:
            RunBusy: a living process holds it.
        """
        with self.transaction(durable=False) as cursor:
            row = cursor.execute(QUERIES["leased_by"], {"name": name}).fetchone()
            if row is not None and row[0] != self.owner and self.lives(row[0]):
                raise _busy(name, Owner.read(row[0]), row[1], at)
            cursor.execute(QUERIES["lease"], {"name": name, "owner": self.owner, "at": at})

    def leave_word(self, name: str, at: float) -> None:
        """Leave a word for other processes: that it was left, and when, is all it says."""
        with self.transaction(durable=False) as cursor:
            cursor.execute(QUERIES["lease"], {"name": name, "owner": self.owner, "at": at})

    def word_left(self, name: str) -> float | None:
        """When a word was left under that name last."""
        rows = self.read("leased_by", name=name)
        return float(rows[0][1]) if rows else None

    def is_leased(self, name: str) -> bool:
        """Whether a living process holds that name."""
        rows = self.read("leased_by", name=name)
        return bool(rows) and self.lives(str(rows[0][0]))

    # -- memories that may be lost ----------------------------------------------------------------

    def upload(self, realm: str, sha256: str, now: float) -> str | None:
        """Where these bytes were uploaded, if that should still live."""
        rows = self.read("upload", realm=realm, sha256=sha256, now=now)
        return str(rows[0][0]) if rows else None

    def remember(self, table: Literal["uploads", "files", "urls", "placed"], row: Sequence[object]) -> None:
        """Keep one row of a memory (see `migrations/`); the newest wins."""
        with self.transaction(durable=False) as cursor:
            cursor.execute(QUERIES[f"remember_{table}"], tuple(row))

    def remembered(self, table: Literal["files", "urls", "placed"], name: str) -> tuple[object, ...] | None:
        """One row of a memory by its first column."""
        rows = self.read(f"remembered_{table}", name=name)
        return tuple(rows[0]) if rows else None


def _busy(name: str, owner: Owner, since: float, now: float) -> RunBusy:
    """Who holds it, since when, and that nothing has to be deleted."""
    began = datetime.fromtimestamp(since)  # noqa: DTZ006  # for people: their own clock
    is_today = now - since < 86_400
    told = began.strftime("%H:%M:%S" if is_today else "%Y-%m-%d %H:%M:%S")
    if owner.is_elsewhere:
        hint = f"Wait for it, or stop it there ({owner.host}): one computer at a time works on a home."
    else:
        hint = "Wait for it, or stop it with Ctrl-C there. Should it die, its hold ends by itself."
    return RunBusy(f"Another rhflow ({owner}) has been working on {name} since {told}", hint)
