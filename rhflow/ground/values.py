"""JSON values and money: the two things every floor passes around.

Pure; no domain words. Money is a Decimal with a currency and never a float.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
"""What JSON can say. Integers above 2^53 travel as strings (RFC 8785 refuses them)."""

JsonObject: TypeAlias = dict[str, Json]

Path: TypeAlias = tuple[str | int, ...]
"""A place inside a document: mapping keys and list indexes from the root."""


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount in one currency (`CNY`, `USD`)."""

    amount: Decimal
    currency: str = "CNY"

    @classmethod
    def parse(cls, text: str, default_currency: str = "CNY") -> Money:
        """Read `40 CNY`, `40` or `2.5 usd`.

        Raises:
            ValueError: the text is no amount, is negative, or is not finite.
        """
        words = text.split()
        if not 1 <= len(words) <= 2:
            raise ValueError(f"{text!r} is not an amount; write it as 40 CNY")
        try:
            amount = Decimal(words[0])
        except InvalidOperation:
            raise ValueError(f"{text!r} is not an amount; write it as 40 CNY") from None
        if not amount.is_finite() or amount < 0:
            raise ValueError(f"{text!r} is not an amount that can be spent")
        currency = words[1].upper() if len(words) == 2 else default_currency
        if currency not in CURRENCIES:
            raise ValueError(f"{currency!r} is no currency of the vendor; use CNY or USD")
        return cls(amount, currency)

    def __str__(self) -> str:
        return f"{plain(self.amount)} {self.currency}"


CURRENCIES = ("CNY", "USD")


def plain(amount: Decimal) -> str:
    """A decimal as people and JSON write it: no exponent, no trailing zeros beyond cents.

    `1.010` becomes `1.01`, `3` becomes `3.00`, `0.001` stays.
    """
    text = format(amount.normalize(), "f")
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(2, '0')}"


def as_object(value: Json, what: str = "value") -> JsonObject:
    """The value as a JSON object.

    Raises:
        ValueError: it is something else.
    """
    if not isinstance(value, dict):
        raise ValueError(f"{what} is not an object")
    return value


def walk(value: object, path: Path = ()) -> list[tuple[Path, object]]:
    """Every leaf of nested mappings and sequences with its path, in document order."""
    if isinstance(value, Mapping):
        return [leaf for key, item in value.items() for leaf in walk(item, (*path, key))]
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [leaf for index, item in enumerate(value) for leaf in walk(item, (*path, index))]
    return [(path, value)]


def path_text(path: Path) -> str:
    """A path as people write it: `with.imageUrls[0]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else part)
    return text
