"""What holds a run back: its budget, how many things at once, and reasons to stop buying."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from rhflow.catalog.price import Quote
from rhflow.ground.errors import (
    EXIT_ACCOUNT,
    EXIT_BUDGET,
    EXIT_FAILED,
    EXIT_FAR_SIDE,
    EXIT_INTERRUPTED,
    EXIT_NETWORK,
    EXIT_STATE,
)
from rhflow.ground.values import Money, plain


class StopReason(StrEnum):
    """Why nothing more is bought in this run."""

    INTERRUPTED = "interrupted"
    BUDGET = "budget"
    ACCOUNT = "account"
    NETWORK = "network"
    FAR_SIDE = "far_side"
    STORE = "store"
    FAILED = "failed"
    """A step failed, and the author wants to stop at the first."""


EXIT_OF_STOP = {
    StopReason.INTERRUPTED: EXIT_INTERRUPTED,
    StopReason.BUDGET: EXIT_BUDGET,
    StopReason.ACCOUNT: EXIT_ACCOUNT,
    StopReason.NETWORK: EXIT_NETWORK,
    StopReason.FAR_SIDE: EXIT_FAR_SIDE,
    StopReason.STORE: EXIT_STATE,
    StopReason.FAILED: EXIT_FAILED,
}


@dataclass(slots=True)
class Stop:
    """Set once by whoever finds out; read before every purchase."""

    reasons: dict[StopReason, str] = field(default_factory=dict)

    def set(self, reason: StopReason, message: str) -> None:
        """Nothing more is bought. The first message of each reason is kept."""
        self.reasons.setdefault(reason, message)

    @property
    def is_set(self) -> bool:
        return bool(self.reasons)

    def stops_the_promised(self) -> bool:
        """Whether not even what the budget holds a place for is bought: any reason but the budget."""
        return any(reason is not StopReason.BUDGET for reason in self.reasons)


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


SENDS_AT_ONCE = 4
"""Submits on their way at the same time: what a sudden death can leave in doubt, at most."""


class Lanes:
    """How many things at once: paid work, work on this machine, and submits on their way."""

    def __init__(self, paid: int, local: int) -> None:
        self._paid = asyncio.Semaphore(paid)
        self._local = asyncio.Semaphore(local)
        self.sending = asyncio.Semaphore(min(paid, SENDS_AT_ONCE))

    def of(self, *, is_paid: bool) -> asyncio.Semaphore:
        return self._paid if is_paid else self._local
