"""Reasons to buy nothing more, and what each means to whoever called us."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from rhflow.ground.errors import (
    EXIT_ACCOUNT,
    EXIT_BUDGET,
    EXIT_FAILED,
    EXIT_FAR_SIDE,
    EXIT_INTERRUPTED,
    EXIT_NETWORK,
    EXIT_STATE,
)


class StopReason(StrEnum):
    """Why nothing more is bought in this run."""

    INTERRUPTED = "interrupted"
    BUDGET = "budget"
    ACCOUNT = "account"
    NETWORK = "network"
    FAR_SIDE = "far_side"
    STORE = "store"
    CANCELLED = "cancelled"
    """Somebody wants the run to end: `rhflow cancel`."""
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
    StopReason.CANCELLED: EXIT_INTERRUPTED,
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
