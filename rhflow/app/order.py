"""What a run is told to do, and what somebody agreed to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from rhflow.app.author_texts import AuthorTexts
from rhflow.ground.values import JsonObject, Money, as_object
from rhflow.planning.plan import Plan
from rhflow.ports import RunRecord


@dataclass(frozen=True, slots=True)
class SimulatorChoice:
    """How the simulator in this process behaves; waits in seconds."""

    quick: bool = False
    queued_s: float = 0.2
    running_s: float = 0.3


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Where the world reaches us when a task has ended, and where we listen."""

    public: str
    port: int
    host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What somebody agreed to; kept with the run, so that a resume needs no new yes.

    The caps of a day and of the project are no part of it: they are read anew whenever something is bought.
    """

    limit: Money | None = None
    """What the run may cost."""
    step: Money | None = None
    """What each of its steps may cost."""
    allow_unknown_price: bool = False

    def to_json(self) -> JsonObject:
        return {
            "limit": str(self.limit) if self.limit else None,
            "step": str(self.step) if self.step else None,
            "allow_unknown_price": self.allow_unknown_price,
        }

    @classmethod
    def from_json(cls, body: JsonObject) -> Consent:
        """The reverse of `to_json`."""
        limit, step = body.get("limit"), body.get("step")
        return cls(
            limit=Money.parse(str(limit)) if limit else None,
            step=Money.parse(str(step)) if step else None,
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
    texts: AuthorTexts | None = None
    """What it was planned from; None where it goes on with an old run."""
    buy_failed_again: bool = False
    """A resume with consent: failed purchases that may pass another time are bought again."""
    webhooks: Webhooks | None = None
    """Where to be told that jobs have ended; None: by looking alone."""
    is_to_end: bool = False
    """`rhflow cancel`: nothing is bought, what goes is cancelled where that can be."""

    @classmethod
    def going_on(cls, record: RunRecord, plan: Plan, base_url: str) -> Order:
        """To go on with a run as it was begun; `base_url` where it says none."""
        body = record.body
        return cls(
            run=record.id,
            plan=plan,
            consent=Consent.from_json(as_object(body.get("consent") or {}, "consent")),
            out=Path(str(body.get("out"))),
            base_url=str(body.get("base_url") or base_url),
            simulator=SimulatorChoice(quick=body.get("quick") is True),
            fail_fast=body.get("fail_fast") is True,
            is_new=False,
        )
