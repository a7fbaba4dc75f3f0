"""A number nobody knows exactly yet: between `low` and `high`, both exact decimals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from rhflow.catalog.model import Param
from rhflow.ground.references import Resolved


@dataclass(frozen=True, slots=True)
class Span:
    """`low <= high`."""

    low: Decimal
    high: Decimal

    @classmethod
    def of(cls, values: Iterable[Decimal]) -> Span | None:
        """From the least to the greatest; None where there is no value."""
        found = list(values)
        return cls(min(found), max(found)) if found else None

    @property
    def exact(self) -> bool:
        return self.low == self.high

    def times(self, other: Span) -> Span:
        """The product; all amounts here are positive or zero."""
        return Span(self.low * other.low, self.high * other.high)

    def __str__(self) -> str:
        low, high = f"{self.low.normalize():f}", f"{self.high.normalize():f}"
        return low if self.exact else f"{low}–{high}"


ONE = Span(Decimal(1), Decimal(1))

_DIGITS = 15
"""A number beyond this many places is no count and no length."""


def number(value: Resolved) -> Decimal | None:
    """A finite number, also one written as text (`"6"`); None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found.adjusted()) < _DIGITS else None


def possible(param: Param) -> Span | None:
    """Every positive number the parameter takes: its options, else its range; None where open."""
    if param.enum:
        numbers = [number(option) for option in param.enum]
        return Span.of(item for item in numbers if item is not None and item > 0)
    if param.min is None or param.max is None or param.max <= 0:
        return None
    return Span(Decimal(str(max(param.min, 0))), Decimal(str(param.max)))


def span_of(param: Param, value: Resolved) -> Span | None:
    """The numbers a value may turn out to be: itself, or all that are possible.

    Text that is no number (`auto`), a number that counts nothing (`-1`: the model chooses) and a
    leaf nobody knows yet stand for everything the parameter takes.
    """
    known = number(value)
    if known is not None and known > 0:
        return Span(known, known)
    return possible(param)
