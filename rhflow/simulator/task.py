"""One job as a value: what was asked for, where it stands, how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

from rhflow.ground.values import JsonObject
from rhflow.simulator.keys import Kind

Status: TypeAlias = Literal["QUEUED", "RUNNING", "SUCCESS", "FAILED", "CANCEL"]

ENDED = ("SUCCESS", "FAILED", "CANCEL")

WORKFLOW = "workflow"
"""The `task` of a job that runs a graph; all others are the catalogue's."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What a fault has in store for one job: an error at its end, no results, a longer run."""

    code: str = ""
    message: str = ""
    empty: bool = False
    stall_s: float = 0.0
    reason: JsonObject = field(default_factory=dict)
    """`failedReason`, where the fault gives one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A submit that was found good."""

    endpoint: str
    task: str
    output: str
    arguments: JsonObject
    kinds: dict[str, str]
    """The media parameters and their kinds."""
    body_sha256: str
    key_tail: str
    price: Decimal | None
    own_machine: bool
    """The vendor runs the model on its own machines and bills it in another field."""
    fate: Fate = field(default_factory=Fate)
    payer: Kind = "SHARED"
    coins: int | None = None
    machine_s: float | None = None
    """Seconds of machine time it is billed for; None where they are not what is billed."""
    machine: str = ""
    """The kind of machine a graph runs on."""
    retain_s: float = 0.0
    """How long that machine is kept warm afterwards."""
    is_v1: bool = False
    """Ordered by a v1 call, which decides how its webhook speaks."""
    webhook: str | None = None
    base: str = ""
    """How the client names this server, for addresses in a webhook."""
    token: str = ""
    """What the client called this submit (`clientToken`): the same again is the same job."""
    is_instant: bool = False
    """Neither queued nor run for longer than it takes to make."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One job as the database has it; times in simulated seconds since 1970."""

    id: str
    endpoint: str
    client_id: str
    key_tail: str
    accepted_at: float
    queued_until: float
    due_at: float
    state: str
    results: list[JsonObject]
    """Each `{"name": <file name> | null, "type": "png", "text": null, "node": "9" | null}`."""
    code: str
    message: str
    price: Decimal | None
    own_machine: bool
    payer: Kind
    coins: int | None
    machine_s: float | None
    reason: JsonObject
    is_v1: bool

    def status(self, now: float) -> Status:
        """What a client is told at that moment."""
        if self.state == "cancelled":
            return "CANCEL"
        if self.state in ("done", "failed") and now >= self.due_at:
            return "SUCCESS" if self.state == "done" else "FAILED"
        return "QUEUED" if now < self.queued_until else "RUNNING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One job in the hands of one renderer."""

    id: str
    endpoint: str
    task: str
    output: str
    arguments: JsonObject
    kinds: dict[str, str]
    fate: Fate
    due_at: float


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that was put on the shelf, by name."""

    name: str
    mime: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ended: its results and their files, or a code and a sentence."""

    results: list[JsonObject] = field(default_factory=list)
    files: list[NewFile] = field(default_factory=list)
    code: str = ""
    message: str = ""
    reason: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a key may: jobs at a time, places in its own queue behind them, money."""

    limit: int
    queue: int = 0
    wallet: Decimal | None = None
    coins: int | None = None


Turned: TypeAlias = Literal["busy", "full", "broke"]
"""Why nothing was accepted: all places taken, the own queue, too, or the wallet too thin."""
