"""The four sockets in the wall: who does the work, what is remembered, where bytes are kept, time.

Floor 5, pure: protocols and the values they exchange. `providers/` and `store/` satisfy them
without knowing each other; the runner is handed objects that do.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from rhflow.ground.caps import CapKind, Caps
from rhflow.ground.references import BlobMedia, FileMedia, Resolved
from rhflow.ground.values import Json, JsonObject
from rhflow.lifecycle.events import Event
from rhflow.lifecycle.failure import Failure
from rhflow.lifecycle.ledger import Entry
from rhflow.lifecycle.notices import Glimpse
from rhflow.planning.memory import OpenAttempt, Recalled


@dataclass(frozen=True, slots=True)
class Request:
    """The exact request of one task: endpoint, and arguments in which media are leaves.

    The leaves are `FileMedia` and `BlobMedia` (bytes at hand) or `UrlMedia`; nothing waits any more.
    """

    endpoint: str
    arguments: dict[str, Resolved]


@dataclass(frozen=True, slots=True)
class Staged:
    """A request with every medium in the form the far side takes: the body that will be sent.

    What must not be written down (keys, passwords) and what is no part of the request (webhooks) the
    provider puts in as it leaves.
    """

    endpoint: str
    body: JsonObject


@dataclass(frozen=True, slots=True)
class Accepted:
    """The far side has it; `job` is its handle. `results` are there at once for some models."""

    job: str
    report: JobReport | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Proof that nothing was bought: it never left, or the answer says not accepted."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Lost:
    """It was sent, or may have been, and nothing proves what became of it."""

    failure: Failure


SubmitAnswer: TypeAlias = Accepted | Refused | Lost


@dataclass(frozen=True, slots=True)
class RemoteResult:
    """One result as the far side lists it; `text` where it is text and needs no download."""

    url: str | None
    type: str | None = None
    text: str | None = None
    node: str | None = None
    expires: float | None = None
    """When its address dies (seconds since 1970); None where it does not."""

    def to_json(self) -> JsonObject:
        return {
            "url": self.url,
            "type": self.type,
            "text": self.text,
            "node": self.node,
            "expires": self.expires,
        }

    @classmethod
    def from_json(cls, body: JsonObject) -> RemoteResult:
        """The reverse of `to_json`."""
        url, kind, text, node = (_text(body.get(name)) for name in ("url", "type", "text", "node"))
        expires = body.get("expires")
        return cls(url, kind, text, node, float(expires) if isinstance(expires, int | float) else None)


def _text(value: Json) -> str | None:
    return None if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Usage:
    """What the far side says it cost; decimal strings, each None where it does not say."""

    money: str | None = None
    currency: str | None = None
    coins: str | None = None
    third_party: str | None = None
    seconds: str | None = None

    def to_json(self) -> JsonObject:
        return {
            "money": self.money,
            "currency": self.currency,
            "coins": self.coins,
            "third_party": self.third_party,
            "seconds": self.seconds,
        }


JobState: TypeAlias = Literal["queued", "running", "succeeded", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class JobReport:
    """Where a job stands. `failure` is set with `failed`; a poll that got no answer is no report."""

    state: JobState
    results: tuple[RemoteResult, ...] = ()
    usage: Usage = field(default_factory=Usage)
    failure: Failure | None = None
    is_odd: bool = False
    """It contradicts itself: worth asking again before it is believed."""


@dataclass(frozen=True, slots=True)
class Download:
    """A result on this disk, not in the store yet."""

    path: Path | None
    text: str | None
    url: str | None
    expires: float | None
    node: str | None = None


class PollFailed(Exception):
    """A call that may be repeated freely (query, upload, download) got no usable answer.

    `failure.repeatable` tells whether asking again can help (a wrong key cannot).
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Conflict(Exception):
    """The journal would not take an event: somebody else was first, or the key has an open attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """The caps of a purchase, and with which others it counts: of its run, its step, its far side."""

    caps: Caps
    run: str
    tasks: tuple[str, ...]
    """Every task of the same declared step."""
    provider: str
    realm: str


class OverCap(Exception):
    """The journal would not take an intention: the purchase would pass a cap. Nothing was written."""

    def __init__(self, kind: CapKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Uploads(Protocol):
    """What a provider may ask while it stages: bytes, and where they were uploaded before."""

    def open_path(self, media: FileMedia | BlobMedia) -> Path:
        """A readable file with exactly these bytes."""

    async def recall(self, realm: str, sha256: str) -> str | None:
        """The URL of an earlier upload that should still live."""

    async def remember(self, realm: str, sha256: str, url: str, expires: float) -> None:
        """Keep where these bytes were uploaded; `expires` in seconds since 1970."""


class Provider(Protocol):
    """Who does the work. Five verbs; each may raise `PollFailed` but `submit`, which never raises."""

    @property
    def name(self) -> str:
        """`runninghub`, `simulator`, `local`."""

    @property
    def realm(self) -> str:
        """What enters the key: the same request in another realm is another purchase."""

    @property
    def is_paid(self) -> bool:
        """False for work that is free to repeat."""

    async def stage(self, request: Request, uploads: Uploads) -> Staged:
        """Bring every medium to where the far side can read it."""

    async def submit(self, staged: Staged, attempt: str) -> SubmitAnswer:
        """Send it once. Every way it can end is a value; nothing is ever sent twice."""

    async def report(self, job: str) -> JobReport:
        """Ask where the job stands."""

    async def collect(self, report: JobReport, folder: Path) -> list[Download]:
        """Bring every result into `folder`."""

    async def cancel(self, job: str) -> bool:
        """Ask the far side to stop; False where it would not."""

    async def close(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True, slots=True)
class Queue:
    """What the key may have going at once, and what it has; each None where the far side does not say."""

    limit: int | None
    running: int | None
    queued: int | None

    @property
    def going(self) -> int | None:
        """All it has going."""
        return None if self.running is None else self.running + (self.queued or 0)


@runtime_checkable
class TellsItsQueue(Protocol):
    """A verb some providers have beside the five: what the key has going. Free."""

    async def queue(self) -> Queue:
        """Ask. Raises PollFailed."""


@runtime_checkable
class TellsProgress(Protocol):
    """Another such verb: how far a running job is, as it says itself. Free, and proves nothing."""

    def progress(self, endpoint: str, job: str) -> AsyncGenerator[Glimpse, None]:
        """Listen until the job has no more to say, which may be at once. Raises nothing of its own."""


class Account(Protocol):
    """What the far side says of a key; each None where it does not say."""

    @property
    def bars_models(self) -> str | None:
        """Why the key buys no standard models, as a sentence begins; None where it does, or nobody says."""

    @property
    def money(self) -> str | None:
        """What is left, a decimal string."""

    @property
    def currency(self) -> str | None:
        """What that is in."""


@runtime_checkable
class TellsItsAccount(Protocol):
    """Another such verb: what the key is and has. Free."""

    async def account(self) -> Account:
        """Ask. Raises PollFailed."""


class Clock(Protocol):
    """Time, handed in so that tests can hold it."""

    def now(self) -> float:
        """Seconds since 1970."""

    async def sleep(self, seconds: float) -> None: ...


class Blobs(Protocol):
    """Bytes by digest."""

    def put_file(self, path: Path, suffix: str) -> tuple[str, int]:
        """Move a file in durably; its SHA-256 and size. Raises StoreError."""

    def put_bytes(self, data: bytes, suffix: str) -> tuple[str, int]:
        """The same for bytes at hand."""

    def path(self, sha256: str) -> Path:
        """Where the bytes are (or would be)."""

    def has(self, sha256: str, *, verify: bool = False) -> bool:
        """Whether they are there; with `verify`, whether they are what the name says."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run as the list of runs knows it."""

    id: str
    pipeline: str
    file: str
    provider: str
    started: float
    status: str
    body: JsonObject


class JournalPort(Protocol):
    """Facts, and the indexes drawn from them (see `store/journal.py`)."""

    @property
    def owner(self) -> str:
        """What this process calls itself in leases and intentions."""

    def append(
        self,
        run: str,
        task: str,
        expected: int,
        event: Event,
        at: float,
        within: Allowance | None = None,
        then: Event | None = None,
    ) -> None:
        """Append as number `expected + 1`; an intention only `within` its caps. `then` follows: both or none.

        Raises Conflict, OverCap, StoreError.
        """

    def events(self, run: str, task: str | None = None) -> list[tuple[str, float, Event]]:
        """Task, time and event, in order of each task. Raises JournalDamaged."""

    def recall(self, key: str) -> Recalled | None:
        """The finished result of a key."""

    def job_of_result(self, run: str, task: str) -> str | None:
        """The far side's handle of the job whose result that task of that run brought home."""

    def open_attempt(self, key: str) -> OpenAttempt | None:
        """The purchase on that key that has not ended."""

    def known_of(self, key: str) -> int:
        """How many purchases of that key were ever intended in this home, and one more where it has a result.

        That one may have come in a crate: whoever looked before it came has looked too early.
        """

    def doubts_of(self, key: str) -> int:
        """How many purchases of that key may have been bought, and nobody knows."""

    def attempt(self, attempt: str) -> tuple[str, str | None, str | None] | None:
        """State, job and outcome of a purchase."""

    def durations(self, endpoint: str, provider: str) -> list[float]:
        """Seconds that jobs of that model took from acceptance to end, as far as known; newest last."""

    def holders(self, attempt: str) -> list[tuple[str, str]]:
        """Runs and tasks that wait for this purchase."""

    def ledger(self, run: str | None = None, since: float = 0.0) -> list[Entry]:
        """Purchases of a run, or of the whole home from a moment on (seconds since 1970); oldest first."""

    def committed(self, kind: CapKind, within: Allowance, currency: str, at: float) -> Decimal:
        """What is spent and promised over the stretch of that cap, in that currency."""

    def committed_later(self, within: Allowance, currency: str, at: float) -> Decimal:
        """What of that counts for a day, and bears a later date: a clock was set back."""

    def lives(self, owner: str) -> bool:
        """Whether that process still lives."""
