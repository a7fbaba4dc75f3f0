"""The indexes that are drawn from events: open purchases, who waits for them, finished results."""

from __future__ import annotations

import json
import sqlite3

from rhflow.ground.values import JsonObject
from rhflow.lifecycle import events
from rhflow.lifecycle.events import Event

GUARDS_MONEY = (
    events.SubmitIntended,
    events.Accepted,
    events.Refused,
    events.Lost,
    events.Found,
    events.Absent,
    events.Abandoned,
    events.Adopted,
    events.JobSucceeded,
    events.JobFailed,
    events.Collected,
    events.ResultLost,
    events.Reopened,
)
"""Events that must be on the disk before anybody acts on them."""


def project(cursor: sqlite3.Cursor, run: str, task: str, event: Event, at: float) -> None:
    """Bring the indexes up to date with one event, inside the transaction that appends it."""
    match event:
        case events.SubmitIntended():
            cursor.execute(
                "insert into attempts (attempt, key, run, task, endpoint, provider, owner, state, at,"
                " reserved, currency) values (?, ?, ?, ?, ?, ?, ?, 'submitting', ?, ?, ?)",
                (
                    event.attempt,
                    event.key,
                    run,
                    task,
                    event.endpoint,
                    event.provider,
                    event.owner,
                    at,
                    event.reserved,
                    event.currency,
                ),
            )
            _hold(cursor, event.attempt, run, task)
        case events.Adopted():
            _hold(cursor, event.attempt, run, task)
        case events.Accepted() | events.Found():
            changed = cursor.execute(
                "update attempts set state = 'submitted', job = ? where attempt = ? and state <> 'closed'",
                (event.job, event.attempt),
            )
            if changed.rowcount == 0 and isinstance(event, events.Found):
                _bring_in(cursor, run, task, event, at)
            _hold(cursor, event.attempt, run, task)
        case events.Lost():
            cursor.execute("update attempts set state = 'doubtful' where attempt = ?", (event.attempt,))
        case events.Refused():
            _close(cursor, event.attempt, "refused")
        case events.Absent():
            _close(cursor, event.attempt, "absent")
        case events.Abandoned():
            _close(cursor, event.attempt, "abandoned")
        case events.JobFailed():
            _close(cursor, event.attempt, "failed", charged_of(event.usage))
        case events.ResultLost():
            _close(cursor, event.attempt, "lost")
        case events.JobSucceeded():
            cursor.execute(
                "update attempts set charged = ? where attempt = ?", (charged_of(event.usage), event.attempt)
            )
        case events.Collected():
            _close(cursor, event.attempt, "collected", charged_of(event.usage))
            cursor.execute(
                "insert or replace into results values (?, ?, ?, ?, ?, ?,"
                " (select reserved from attempts where attempt = ?), ?)",
                (
                    event.key,
                    run,
                    task,
                    event.model,
                    json.dumps(event.artifacts),
                    json.dumps(event.usage),
                    event.attempt,
                    at,
                ),
            )
        case _:
            pass


def _hold(cursor: sqlite3.Cursor, attempt: str, run: str, task: str) -> None:
    cursor.execute("insert or ignore into holders values (?, ?, ?)", (attempt, run, task))


def _close(cursor: sqlite3.Cursor, attempt: str, outcome: str, charged: str | None = None) -> None:
    cursor.execute(
        "update attempts set state = 'closed', outcome = ?, charged = coalesce(?, charged) where attempt = ?"
        " and state <> 'closed'",
        (outcome, charged, attempt),
    )


def _bring_in(cursor: sqlite3.Cursor, run: str, task: str, event: events.Found, at: float) -> None:
    """A purchase made elsewhere, or written off earlier, becomes an open attempt of its task's key."""
    row = cursor.execute(
        "select json_extract(body, '$.key'), json_extract(body, '$.endpoint') from events"
        " where run = ? and task = ? and name in ('Keyed', 'SubmitIntended') order by seq desc limit 1",
        (run, task),
    ).fetchone()
    if row is None:
        return
    cursor.execute("delete from attempts where attempt = ?", (event.attempt,))
    cursor.execute(
        "insert into attempts (attempt, key, run, task, endpoint, provider, owner, job, state, at, currency)"
        " values (?, ?, ?, ?, ?, '', '', ?, 'submitted', ?, 'CNY')",
        (event.attempt, row[0], run, task, row[1], event.job, at),
    )


def charged_of(usage: JsonObject) -> str | None:
    """What the far side says a job cost, in the host's currency; None where it does not say."""
    for name in ("third_party", "money"):
        value = usage.get(name)
        if isinstance(value, str) and value:
            return value
    return None
