"""The ledger as the journal keeps it: what counts against a cap, and the refusal to pass one.

The sum and the promise are one transaction: two processes cannot both find room for the last cent.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from rhflow.ground.errors import JournalDamaged
from rhflow.ground.values import Money
from rhflow.lifecycle.events import SubmitIntended
from rhflow.lifecycle.ledger import Entry, dated_later, day_of, passes
from rhflow.ports import Allowance, OverCap
from rhflow.store.queries import QUERIES


def keep_within(cursor: sqlite3.Cursor, within: Allowance, event: SubmitIntended, at: float) -> None:
    """Look, alone among the writers, whether there is room for this purchase.

    Raises:
        OverCap: there is not.
        JournalDamaged: an amount cannot be read.
    """
    amount = None if event.reserved is None else read_amount(event.reserved)
    for kind, cap in within.caps:
        rows = cursor.execute(QUERIES[f"committed_{kind}"], scope(within, cap.currency, at)).fetchall()
        refusal = passes(kind, cap, add_up(rows), amount, event.currency)
        if refusal is not None:
            later = cursor.execute(QUERIES["committed_later"], scope(within, cap.currency, at)).fetchall()
            raise OverCap(kind, refusal + (dated_later(add_up(later), cap) if kind == "day" else ""))


def scope(within: Allowance, currency: str, at: float) -> dict[str, object]:
    """Which purchases count together, as the values of a query."""
    since, until = day_of(at)
    return {
        "run": within.run,
        "tasks": json.dumps(within.tasks),
        "provider": within.provider,
        "realm": within.realm,
        "currency": currency,
        "since": since,
        "until": until,
    }


def add_up(rows: Iterable[tuple[str, int]]) -> Decimal:
    """The exact sum of amounts, each with how often it is there."""
    return sum((read_amount(amount) * times for amount, times in rows), Decimal(0))


def read_amount(text: str) -> Decimal:
    """An amount out of the journal.

    Raises:
        JournalDamaged: it is none. Unreadable state blocks; it never buys.
    """
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise JournalDamaged(f"The journal holds {text!r} where an amount of money should stand") from None
    if not amount.is_finite():
        raise JournalDamaged(f"The journal holds {text!r} where an amount of money should stand")
    return amount


def read_entry(row: tuple[Any, ...]) -> Entry:
    """A row of the ledger.

    Raises:
        JournalDamaged: an amount cannot be read.
    """
    attempt, key, run, task, endpoint, provider, realm, state, at, currency, *money, job, outcome, owner = row
    reserved, charged, charged_currency, coins = money
    return Entry(
        attempt=attempt,
        key=key,
        run=run,
        task=task,
        endpoint=endpoint,
        provider=provider,
        realm=realm or provider,
        state=state,
        at=at,
        currency=currency,
        reserved=None if reserved is None else Money(read_amount(reserved), currency),
        charged=None if charged is None else Money(read_amount(charged), charged_currency or currency),
        coins=None if coins is None else read_amount(coins),
        job=job,
        outcome=outcome,
        owner=owner,
    )
