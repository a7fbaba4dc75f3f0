"""What a result cost, in the money it was paid in."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from rhflow.app.pruning import Kept, Piece
from rhflow.ground.values import Json, Money
from rhflow.lifecycle import events
from rhflow.store.holdings import Holding, Holdings
from rhflow.store.journal import Journal
from tests.store.test_journal import collected, intended, tell

Opens = Callable[..., Journal]


@pytest.mark.parametrize(
    ("usage", "estimated", "cost"),
    [
        ({"money": "0.9", "currency": "USD"}, "7.00", Money(Decimal("0.9"), "USD")),
        ({"money": "0.9"}, "7.00", Money(Decimal("0.9"), "USD")),
        ({"money": None}, "7.00", Money(Decimal("7.00"), "USD")),
        (None, None, None),
    ],
)
def test_the_far_sides_word_counts_before_the_estimate(
    usage: Json, estimated: str | None, cost: Money | None
) -> None:
    held = Holding(
        key="k",
        run="r",
        task="a",
        model="m",
        artifacts=(),
        usage=usage,
        estimated=estimated,
        made=0,
        provider="runninghub",
        run_currency="USD",
    )
    assert held.cost == cost
    assert held.currency == (cost.currency if cost else None)


def test_the_currency_is_that_of_the_runs_purchases(opens: Opens) -> None:
    journal = opens()
    tell(
        journal, events.Keyed("k", "fake/picture", {}), intended(currency="USD"), events.Accepted("1", "job")
    )
    tell(journal, events.JobSucceeded("1", [], {"money": "0.9"}), collected())
    (held,) = Holdings(journal).all()
    assert held.cost == Money(Decimal("0.9"), "USD")


def test_two_currencies_never_add_up() -> None:
    def piece(money: Money | None) -> Piece:
        return Piece("k", "r", "a", "m", (), paid=True, cost=money, last_use=0)

    kept = Kept(
        (piece(Money(Decimal(1))), piece(Money(Decimal(2), "USD")), piece(Money(Decimal(3))), piece(None))
    )
    assert kept.to_json() == {"results": 4, "charged": {"CNY": "4.00", "USD": "2.00"}}
