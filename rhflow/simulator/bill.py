"""The bill: one row for every submit that was accepted, written with the task in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from rhflow.ground.values import JsonObject, plain
from rhflow.simulator.database import Database


@dataclass(frozen=True, slots=True)
class Entry:
    """One purchase. `price` in CNY, None where the catalogue knows none; `at` in simulated seconds."""

    task_id: str
    endpoint: str
    body_sha256: str
    at: float
    price: Decimal | None
    key_tail: str
    coins: int | None = None
    """RH coins, where a consumer pays; then there is no price."""

    def to_json(self) -> JsonObject:
        return {
            "task_id": self.task_id,
            "endpoint": self.endpoint,
            "body_sha256": self.body_sha256,
            "at": datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds"),
            "price": None if self.price is None else plain(self.price),
            "key_tail": self.key_tail,
            **({} if self.coins is None else {"coins": self.coins}),
        }


@dataclass(frozen=True, slots=True)
class Bill:
    """Everything that was bought, oldest first."""

    entries: Sequence[Entry]

    @property
    def total(self) -> Decimal:
        """The sum of the known prices."""
        return sum((entry.price for entry in self.entries if entry.price is not None), Decimal(0))

    def of(self, key_tail: str) -> Decimal:
        """What a key has spent."""
        mine = (entry.price for entry in self.entries if entry.key_tail == key_tail)
        return sum((price for price in mine if price is not None), Decimal(0))

    @property
    def coins(self) -> int:
        """The sum of what was paid in RH coins."""
        return sum(entry.coins or 0 for entry in self.entries)

    def to_json(self) -> JsonObject:
        return {
            "entries": [entry.to_json() for entry in self.entries],
            "total": plain(self.total),
            "currency": "CNY",
            "unknown": sum(entry.price is None and entry.coins is None for entry in self.entries),
            **({"coins": self.coins} if self.coins else {}),
        }


def read(database: Database) -> Bill:
    """The whole bill."""
    return Bill([_entry(row) for row in database.rows("SELECT * FROM bill ORDER BY at, task_id")])


def spent(write: sqlite3.Connection) -> Decimal:
    """The total as this transaction sees it."""
    rows = write.execute("SELECT price FROM bill WHERE price IS NOT NULL")
    return sum((Decimal(row[0]) for row in rows), Decimal(0))


def coins_spent(write: sqlite3.Connection) -> int:
    """The coins of all bills as this transaction sees them."""
    total: int = write.execute("SELECT coalesce(sum(coins), 0) FROM bill").fetchone()[0]
    return total


def book(write: sqlite3.Connection, entry: Entry) -> None:
    """Add one row inside the caller's transaction."""
    price = None if entry.price is None else str(entry.price)
    write.execute(
        "INSERT INTO bill (task_id, endpoint, body_sha256, at, price, key_tail, coins)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (entry.task_id, entry.endpoint, entry.body_sha256, entry.at, price, entry.key_tail, entry.coins),
    )


def _entry(row: sqlite3.Row) -> Entry:
    price = None if row["price"] is None else Decimal(row["price"])
    return Entry(
        row["task_id"], row["endpoint"], row["body_sha256"], row["at"], price, row["key_tail"], row["coins"]
    )
