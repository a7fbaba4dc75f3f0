"""The past-tense facts of the journal.

Each is a frozen value with a JSON form; the class name is the event's name everywhere (journal,
logs, `--events`). Fields are JSON already, so that reading an old journal needs no other room.
New fields get defaults: an event of an older version stays readable.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import ClassVar, TypeAlias

from rhflow.ground.errors import JournalDamaged
from rhflow.ground.values import Json, JsonObject, as_object
from rhflow.lifecycle.failure import Failure


@dataclass(frozen=True, slots=True)
class Keyed:
    """All inputs are known: this is the exact request, and its key."""

    key: str
    endpoint: str
    request: JsonObject
    """The arguments with media as leaves (`ground/references.py`), never with a URL that dies."""


@dataclass(frozen=True, slots=True)
class CacheHit:
    """The result was there already; `run` and `task` say who bought it."""

    key: str
    model: str
    artifacts: list[Json]
    run: str
    task: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """It is not to run, and that is no failure."""

    reason: str


@dataclass(frozen=True, slots=True)
class Adopted:
    """Somebody else's purchase of the same key, still open, is ours now too. `job` is None in doubt."""

    key: str
    attempt: str
    run: str
    task: str
    job: str | None


@dataclass(frozen=True, slots=True)
class SubmitIntended:
    """Written, and durable, before the request leaves. The unit of money."""

    key: str
    attempt: str
    endpoint: str
    provider: str
    reserved: str | None = None
    """Upper bound of what it may cost, a decimal string; None where nobody knows."""
    currency: str = "CNY"
    owner: str = ""
    """The process that will send it."""
    known: int | None = None
    """How many purchases and results of the key its writer knew of; one more since, and it is not written."""
    before: JsonObject | None = None
    """What the far side had said last of the key's queue (`evidence.Count`), where somebody had asked."""
    realm: str = ""
    """The far side that is paid; empty in a journal of an older version."""


@dataclass(frozen=True, slots=True)
class Accepted:
    attempt: str
    job: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Proof that nothing was bought."""

    attempt: str
    failure: Failure


@dataclass(frozen=True, slots=True)
class Lost:
    """It was sent, or may have been, and nothing proves what became of it."""

    attempt: str
    failure: Failure


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the key's queue says of a lost submit. It decides nothing; a person may."""

    attempt: str
    before: JsonObject | None
    """`evidence.Count`: before the submit, and after it."""
    after: JsonObject
    says: str
    """What that looks like, as a sentence."""


@dataclass(frozen=True, slots=True)
class Found:
    """The lost submit turned up: a late answer, or a person who looked."""

    attempt: str
    job: str
    by: str = "answer"


@dataclass(frozen=True, slots=True)
class Absent:
    """The lost submit may be repeated: proof, free work, or somebody's consent (`by`)."""

    attempt: str
    by: str


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The lost submit is written off."""

    attempt: str
    failure: Failure


@dataclass(frozen=True, slots=True)
class JobStarted:
    """The far side took it out of its queue."""

    attempt: str


@dataclass(frozen=True, slots=True)
class CancelAsked:
    """The far side was asked to stop a job; `taken` where it said yes. Its own last word ends the job."""

    attempt: str
    taken: bool
    said: str | None = None


@dataclass(frozen=True, slots=True)
class JobSucceeded:
    attempt: str
    results: list[Json]
    usage: JsonObject = field(default_factory=dict)
    took: float | None = None
    """Seconds from acceptance to its end, as near as the looks at it tell; None where nobody looked."""


@dataclass(frozen=True, slots=True)
class JobFailed:
    """The far side's terminal answer."""

    attempt: str
    failure: Failure
    usage: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Collected:
    """The results are on this disk, checked, hashed and synced."""

    attempt: str
    key: str
    model: str
    artifacts: list[Json]
    usage: JsonObject = field(default_factory=dict)
    also: list[str] = field(default_factory=list)
    """Keys of the rungs that failed before it: the result answers for them, too."""


@dataclass(frozen=True, slots=True)
class ResultLost:
    """Bought, made, and not to be had: dead link or bad media. Never a reason to buy again unasked."""

    attempt: str
    failure: Failure


@dataclass(frozen=True, slots=True)
class RetryPlanned:
    """Another try at `due` (seconds since 1970); `counts` where it spends one of the author's retries."""

    due: float
    counts: bool = False


@dataclass(frozen=True, slots=True)
class FellBack:
    """It has failed for good, and the next rung of the author's ladder is asked. `rung` counts from 0."""

    rung: int
    uses: str
    failure: Failure
    remembered: str | None = None
    """The task that met the failure, where this one did not ask the same model in vain once more."""


@dataclass(frozen=True, slots=True)
class GaveUp:
    failure: Failure


@dataclass(frozen=True, slots=True)
class Blocked:
    """It cannot start: something it needs failed, or its inputs make no request."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Reopened:
    """A failed task is tried again by somebody's consent."""

    by: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    by: str


Event: TypeAlias = (
    Keyed
    | CacheHit
    | Skipped
    | Adopted
    | SubmitIntended
    | Accepted
    | Refused
    | Lost
    | Evidence
    | Found
    | Absent
    | Abandoned
    | JobStarted
    | CancelAsked
    | JobSucceeded
    | JobFailed
    | Collected
    | ResultLost
    | RetryPlanned
    | FellBack
    | GaveUp
    | Blocked
    | Reopened
    | Cancelled
)


class Registry:
    """Event classes by name."""

    classes: ClassVar[dict[str, type[Event]]] = {
        cls.__name__: cls
        for cls in (
            Keyed,
            CacheHit,
            Skipped,
            Adopted,
            SubmitIntended,
            Accepted,
            Refused,
            Lost,
            Evidence,
            Found,
            Absent,
            Abandoned,
            JobStarted,
            CancelAsked,
            JobSucceeded,
            JobFailed,
            Collected,
            ResultLost,
            RetryPlanned,
            FellBack,
            GaveUp,
            Blocked,
            Reopened,
            Cancelled,
        )
    }


def name_of(event: Event) -> str:
    """The event's name, as the journal and the logs have it."""
    return type(event).__name__


def body_of(event: Event) -> JsonObject:
    """Its fields as JSON."""
    body: JsonObject = {}
    for item in fields(event):
        value = getattr(event, item.name)
        body[item.name] = value.to_json() if isinstance(value, Failure) else value
    return body


def read_event(name: str, body: Json) -> Event:
    """An event out of the journal. Fields of a newer version are left out.

    Raises:
        JournalDamaged: no such event, or fields are missing. Unreadable state blocks; it never buys.
    """
    cls = Registry.classes.get(name)
    if cls is None:
        raise JournalDamaged(
            f"The journal holds an event {name!r} that this version does not know",
            "Use the version of rhflow that wrote it, or a newer one.",
        )
    try:
        given = as_object(body, name)
        known = {item.name for item in fields(cls)}
        values: dict[str, object] = {key: value for key, value in given.items() if key in known}
        if "failure" in values:
            values["failure"] = Failure.from_json(as_object(given["failure"], "failure"))
        return cls(**values)  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError) as error:
        raise JournalDamaged(f"The journal holds a damaged {name} event: {error}") from error
