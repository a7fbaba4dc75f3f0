"""What a request costs by the published rules: `Price` (the rules) and `Quote` (the answer).

Unknown is a value, never zero. Facts: `pricing` of the catalogue data (CNY).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, TypeAlias

from rhflow.ground.values import Json, plain

Unit: TypeAlias = Literal["call", "image", "second", "second_from", "1000_characters", "5_seconds"]
Basis: TypeAlias = Literal["fixed", "by-parameter", "headline", "unknown", "free"]


UNIT_WORDS: dict[Unit, str] = {
    "call": "a call",
    "image": "an image",
    "second": "a second",
    "second_from": "a second",
    "1000_characters": "per 1000 characters",
    "5_seconds": "per 5 seconds",
}
"""How a unit reads after an amount."""


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
    set_in: str | None = None
    """The settings file it was set in by the user; None where it is the vendor's."""

    def describe(self) -> str:
        """The price for a person: `1.01–1.69 CNY a call, by duration`; `unknown`; `free`."""
        if self.basis == "free":
            return "free"
        amounts = [rule.price for rule in self.rules] or ([] if self.amount is None else [self.amount])
        if not amounts:
            return "unknown"
        if self.set_in is not None and self.amount is not None:
            return f"{plain(self.amount)} {self.currency} {UNIT_WORDS[self.unit]} (set in {self.set_in})"
        low, high = plain(min(amounts)), plain(max(amounts))
        figure = low if low == high else f"{low}–{high}"
        at_least = "at least " if self.unit == "second_from" else ""
        text = f"{at_least}{figure} {self.currency} {UNIT_WORDS[self.unit]}"
        choices = list(
            dict.fromkeys(name for rule in self.rules for name, value in rule.when.items() if value)
        )
        counts = list(
            dict.fromkeys(name for rule in self.rules for name, value in rule.when.items() if not value)
        )
        if choices:
            text += f", by {' and '.join(choices)}"
        if counts:
            text += f", times {' and '.join(counts)}"
        return f"{text} (headline of {self.as_of})" if self.basis == "headline" else text


UNKNOWN = Price(basis="unknown")
FREE = Price(basis="free", amount=Decimal(0))


@dataclass(frozen=True, slots=True)
class Quote:
    """What one request would cost: a range, or unknown (both bounds None)."""

    low: Decimal | None
    high: Decimal | None
    currency: str = "CNY"
    why: str = ""
    at_least: bool = False
    """The vendor gives only a minimum: both bounds are that minimum, the bill may be higher."""

    @property
    def known(self) -> bool:
        return self.low is not None and self.high is not None

    def to_json(self) -> Json:
        """`{"low", "high", "currency"}` with decimal strings, or null where unknown."""
        if self.low is None or self.high is None:
            return None
        shown: Json = {"low": plain(self.low), "high": plain(self.high), "currency": self.currency}
        if self.at_least and isinstance(shown, dict):
            shown["at_least"] = True
        return shown


def in_currency(quote: Quote, currency: str) -> Quote:
    """The quote for a host that bills in that currency.

    Amounts in another one say nothing of its prices, so they become unknown; nothing stays nothing.
    """
    if not quote.known or quote.currency == currency or quote.high == 0:
        return quote if quote.currency == currency else replace(quote, currency=currency)
    why = f"this host bills in {currency}, and the published price is in {quote.currency}"
    return Quote(None, None, currency, why)
