"""The budget of a run: hold before the purchase, settle after it."""

from __future__ import annotations

from decimal import Decimal

from rhflow.catalog.price import Quote
from rhflow.ground.values import Money, plain


class Budget:
    """Reserve before the purchase, settle after it; never both sides of a limit.

    The reservation is the upper bound of the quote (or the author's `max_cost`); once the far side has said
    what it charged, that counts instead.
    """

    def __init__(self, limit: Money | None, *, allow_unknown: bool = False) -> None:
        self.limit = limit
        self._allow_unknown = allow_unknown
        self._held: dict[str, Decimal] = {}
        self.spent = Decimal(0)

    def already(self, attempt: str, amount: Decimal) -> None:
        """Count a purchase of an earlier part of the same run; one still open may yet be settled."""
        self._held[attempt] = amount

    def reserve(self, attempt: str, quote: Quote) -> str | None:
        """Hold the upper bound for one purchase; a sentence why not, where that would pass the limit."""
        if quote.high is None and not self._allow_unknown:
            return (
                "nobody publishes its price; give the step a max_cost, or allow it with --allow-unknown-price"
            )
        if self.limit is not None and quote.high is not None and quote.currency != self.limit.currency:
            return f"its price is in {quote.currency} and the budget in {self.limit.currency}"
        amount = quote.high or Decimal(0)
        if self.limit is not None and self.committed + amount > self.limit.amount:
            return (
                f"it may cost {plain(amount)} {self.limit.currency}, "
                f"{plain(self.committed)} of {self.limit} are spent or promised"
            )
        self._held[attempt] = amount
        return None

    def release(self, attempt: str) -> None:
        """The purchase did not happen."""
        self._held.pop(attempt, None)

    def settle(self, attempt: str, charged: str | None) -> None:
        """The purchase has ended; what the far side charged, where it says so, else the reservation."""
        held = self._held.pop(attempt, None)
        if charged is not None:
            self.spent += Decimal(charged)
        elif held is not None:
            self.spent += held

    @property
    def committed(self) -> Decimal:
        """Spent and promised."""
        return self.spent + sum(self._held.values(), Decimal(0))
