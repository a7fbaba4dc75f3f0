"""The indexes that are drawn from events: open purchases, who waits for them, finished results."""

from __future__ import annotations

import json
import sqlite3

from rhflow.ground.values import JsonObject
from rhflow.lifecycle import events
from rhflow.lifecycle.events import Event
from rhflow.lifecycle.ledger import charge_of, coins_of
from rhflow.ports import Allowance, Conflict
from rhflow.store.ledger import keep_within
from rhflow.store.queries import QUERIES

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


CLOSED_AS: dict[type[Event], str] = {
    events.Refused: "refused",
    events.Absent: "absent",
    events.Abandoned: "abandoned",
    events.JobFailed: "failed",
    events.ResultLost: "lost",
    events.Collected: "collected",
}
"""Events that end a purchase, and how it ended."""

_MAY_HAVE_BEEN_BOUGHT = "on_doubt: repeat"
"""The one word by which a lost submit is repeated without anything that speaks against its acceptance."""


def project(
    cursor: sqlite3.Cursor, run: str, task: str, event: Event, at: float, within: Allowance | None = None
) -> None:
    """Bring the indexes up to date with one event, inside the transaction that appends it.

    Raises:
        Conflict: the key was bought, or its result came in, since the writer of an intention looked; or what
            is said not to have been accepted was found by another of its holders.
        OverCap: the intended purchase would pass a cap of `within`.
        sqlite3.IntegrityError: another purchase of the key is open.
    """
    where: dict[str, object] = {"run": run, "task": task, "at": at}
    match event:
        case events.SubmitIntended():
            if within is not None:
                keep_within(cursor, within, event, at)
            _intend(cursor, where, event)
        case events.Adopted():
            cursor.execute(QUERIES["hold"], {**where, "attempt": event.attempt})
        case events.Accepted() | events.Found():
            _accept(cursor, where, event)
        case events.Lost():
            cursor.execute(QUERIES["doubt"], {"attempt": event.attempt})
        case events.JobSucceeded():
            cursor.execute(QUERIES["charge"], {"attempt": event.attempt, **_charge(event.usage)})
        case events.Abandoned() | events.ResultLost():
            if _is_let_go_of(cursor, where, event):
                _close(cursor, event)
        case events.Refused() | events.Absent() | events.JobFailed() | events.Collected():
            if isinstance(event, events.Absent):
                _refuse_what_was_found(cursor, event.attempt)
            _close(cursor, event)
            if isinstance(event, events.Collected):
                _keep_result(cursor, where, event)
        case _:
            pass


def _intend(cursor: sqlite3.Cursor, where: dict[str, object], event: events.SubmitIntended) -> None:
    (known,) = cursor.execute(QUERIES["known_of"], {"key": event.key}).fetchone()
    if event.known is not None and event.known != known:
        raise Conflict("the same request was bought, or its result came in, since its writer looked")
    names = ("attempt", "key", "endpoint", "provider", "realm", "owner", "reserved", "currency")
    row = {**where, **{name: getattr(event, name) for name in names}}
    cursor.execute(QUERIES["intend"], row)
    cursor.execute(QUERIES["hold"], row)


def _accept(cursor: sqlite3.Cursor, where: dict[str, object], event: events.Accepted | events.Found) -> None:
    """The job is known. One made elsewhere, or written off earlier, becomes an open purchase of the key."""
    row = {**where, "attempt": event.attempt, "job": event.job}
    changed = cursor.execute(QUERIES["accept"], row)
    if changed.rowcount == 0 and isinstance(event, events.Found):
        newest = cursor.execute(QUERIES["newest_key"], row).fetchone()
        if newest is not None:
            cursor.execute(QUERIES["bring_in"], {**row, "key": newest[0], "endpoint": newest[1]})
    cursor.execute(QUERIES["hold"], row)


_Ends = (
    events.Refused
    | events.Absent
    | events.Abandoned
    | events.JobFailed
    | events.ResultLost
    | events.Collected
)


def _close(cursor: sqlite3.Cursor, event: _Ends) -> None:
    """The purchase has ended, for everybody who waits for it."""
    usage = event.usage if isinstance(event, events.JobFailed | events.Collected) else {}
    row = {"attempt": event.attempt, "outcome": CLOSED_AS[type(event)], **_charge(usage)}
    cursor.execute(QUERIES["close"], {**row, "proven": "0" if _cost_nothing(event) else None})


def _is_let_go_of(
    cursor: sqlite3.Cursor, where: dict[str, object], event: events.Abandoned | events.ResultLost
) -> bool:
    """Whether nobody waits for the purchase any more, now that this task does not.

    What one of its holders gives up, another may still bring home; until then nobody buys it again. Only the
    task that bought it writes it off for all.
    """
    row = {**where, "attempt": event.attempt}
    cursor.execute(QUERIES["let_go_of_purchase"], row)
    if isinstance(event, events.Abandoned) and cursor.execute(QUERIES["is_its_buyer"], row).fetchone():
        return True
    return not cursor.execute(QUERIES["holders"], row).fetchall()


def _refuse_what_was_found(cursor: sqlite3.Cursor, attempt: str) -> None:
    """Nobody repeats a lost submit that another of its holders knows to have been accepted.

    Raises:
        Conflict: one does.
    """
    known = cursor.execute(QUERIES["attempt"], {"attempt": attempt}).fetchone()
    if known is not None and known[0] == "submitted":
        raise Conflict("another run has found the job of this purchase")


def _keep_result(cursor: sqlite3.Cursor, where: dict[str, object], event: events.Collected) -> None:
    row = {**where, "attempt": event.attempt, "key": event.key, "model": event.model}
    row |= {"artifacts": json.dumps(event.artifacts), "usage": json.dumps(event.usage)}
    cursor.execute(QUERIES["keep_result"], row)
    for key in event.also:
        cursor.execute(QUERIES["keep_result_for"], {**row, "key": key})


def _charge(usage: JsonObject) -> dict[str, str | None]:
    """What the far side says a job cost, as columns; None where it does not say."""
    charge, coins = charge_of(usage), coins_of(usage)
    return {
        "charged": None if charge is None else format(charge.amount, "f"),
        "charged_currency": None if charge is None else charge.currency,
        "coins": None if coins is None else format(coins, "f"),
    }


def _cost_nothing(event: Event) -> bool:
    """Whether the end of a purchase proves that nothing was charged."""
    if isinstance(event, events.Absent):
        return event.by != _MAY_HAVE_BEEN_BOUGHT
    return isinstance(event, events.Refused | events.JobFailed | events.Abandoned) and (
        isinstance(event, events.Refused) or event.failure.charged == "no"
    )
