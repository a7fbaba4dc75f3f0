"""What a run is told to do, and what somebody agreed to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from rhflow.ground.values import JsonObject, Money
from rhflow.planning.plan import Plan


@dataclass(frozen=True, slots=True)
class SimulatorChoice:
    """How the simulator in this process behaves; waits in seconds."""

    quick: bool = False
    queued_s: float = 0.2
    running_s: float = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What somebody agreed to; kept with the run, so that a resume needs no new yes."""

    limit: Money | None = None
    allow_unknown_price: bool = False

    def to_json(self) -> JsonObject:
        return {
            "limit": str(self.limit) if self.limit else None,
            "allow_unknown_price": self.allow_unknown_price,
        }

    @classmethod
    def from_json(cls, body: JsonObject) -> Consent:
        """The reverse of `to_json`."""
        limit = body.get("limit")
        return cls(
            limit=Money.parse(str(limit)) if limit else None,
            allow_unknown_price=body.get("allow_unknown_price") is True,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A run to carry out."""

    run: str
    plan: Plan
    consent: Consent
    out: Path
    base_url: str
    simulator: SimulatorChoice = field(default_factory=SimulatorChoice)
    is_new: bool = True
    fail_fast: bool = False
    buy_failed_again: bool = False
    """A resume with consent: failed purchases that may pass another time are bought again."""
