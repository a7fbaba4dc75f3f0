"""What a request costs by the published rules: `Price` (the rules) and `Quote` (the answer).

Unknown is a value, never zero. Facts: `pricing` of the catalogue data (CNY).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from rhflow.ground.values import Json

Unit: TypeAlias = Literal["call", "image", "second", "second_from", "1000_characters", "5_seconds"]
Basis: TypeAlias = Literal["fixed", "by-parameter", "headline", "unknown", "free"]


@dataclass(frozen=True, slots=True)
class PriceRule:
    """One line of a price table: applies where every named argument has the named value.

    Values are compared as text without case. An empty value stands for "any, and the price is
    per unit of it" (eight models; most likely a price per image).
    """

    when: Mapping[str, str]
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The published rules of one model."""

    basis: Basis
    currency: str = "CNY"
    unit: Unit = "call"
    amount: Decimal | None = None
    rules: tuple[PriceRule, ...] = ()
    as_of: str | None = None
    raw: str | None = None
    """The vendor's own words where nobody could read them as a rule."""


UNKNOWN = Price(basis="unknown")
FREE = Price(basis="free", amount=Decimal(0))


@dataclass(frozen=True, slots=True)
class Quote:
    """What one request would cost: a range, or unknown (both bounds None)."""

    low: Decimal | None
    high: Decimal | None
    currency: str = "CNY"
    why: str = ""

    @property
    def known(self) -> bool:
        return self.low is not None and self.high is not None

    def to_json(self) -> Json:
        """`{"low", "high", "currency"}` with decimal strings, or null where unknown."""
        if self.low is None or self.high is None:
            return None
        return {"low": str(self.low), "high": str(self.high), "currency": self.currency}
