"""The budget of a run: room for the purchases that are being prepared, beside what the ledger holds.

The journal has the last word: it takes an intention only within its caps, in one transaction with the sum.
Here is looked early, before media are brought over for a purchase that there is no room for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from rhflow.catalog.price import Quote
from rhflow.ground.caps import CapKind, Caps
from rhflow.ground.values import Money
from rhflow.lifecycle.ledger import passes

Committed = Callable[[CapKind, Money], Decimal]
"""What the ledger counts against a cap, in the cap's currency."""


@dataclass(frozen=True, slots=True)
class _Held:
    """Room for a purchase that is not in the ledger yet."""

    amount: Decimal
    currency: str
    step: str


class Budget:
    """Holds room for a purchase from before its media go over until its intention is written down.

    What is held is the upper bound of the quote (or the author's `max_cost`).
    """

    def __init__(self, caps: Caps | None = None, *, allow_unknown: bool = False) -> None:
        self.caps = caps or Caps()
        self._allow_unknown = allow_unknown
        self._held: dict[str, _Held] = {}

    def reserve(self, attempt: str, step: str, quote: Quote, committed: Committed) -> str | None:
        """Hold room for one purchase of a step; a sentence why not, where it would pass a cap."""
        if quote.high is None and not self._allow_unknown:
            return (
                "nobody publishes its price; give the step a max_cost, or allow it with --allow-unknown-price"
            )
        for kind, cap in self.caps:
            counted = committed(kind, cap) + self.held(cap.currency, step if kind == "step" else None)
            refusal = passes(kind, cap, counted, quote.high, quote.currency)
            if refusal is not None:
                return refusal
        self._held[attempt] = _Held(quote.high or Decimal(0), quote.currency, step)
        return None

    def release(self, attempt: str) -> None:
        """It is in the ledger now, or will not be bought."""
        self._held.pop(attempt, None)

    def held(self, currency: str, step: str | None = None) -> Decimal:
        """What is held in that currency: of one step, or of all."""
        return sum(
            (
                item.amount
                for item in self._held.values()
                if item.currency == currency and step in (None, item.step)
            ),
            Decimal(0),
        )
