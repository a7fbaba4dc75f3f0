"""What the key's queue says of a submit whose answer was lost: counts before and after, a careful sentence.

Nothing here decides. Other work under the same key makes the counts say too much, and a job that ended at
once makes them say too little; a person looks at the vendor's call records.
"""

from __future__ import annotations

from dataclasses import dataclass

from rhflow.ground.values import Json, JsonObject

_NOTHING_TOLD = "it was not accepted, or has ended by now: that cannot be told apart"
_NO_TRACE = "it was probably not accepted, or something has ended meanwhile"


@dataclass(frozen=True, slots=True)
class Count:
    """How many tasks the key had going at a moment, and how many of them we knew as ours."""

    at: float
    """Seconds since 1970."""
    going: int
    """Running and queued, whoever sent them."""
    ours: int
    """Accepted from this run and not known to have ended."""

    @property
    def strange(self) -> int:
        """Tasks that are not ours, as far as we know."""
        return self.going - self.ours

    def to_json(self) -> JsonObject:
        return {"at": self.at, "going": self.going, "ours": self.ours}

    @classmethod
    def from_json(cls, body: JsonObject) -> Count:
        """The reverse of `to_json`.

        Raises:
            KeyError, ValueError: it is none.
        """
        return cls(float(str(body["at"])), int(str(body["going"])), int(str(body["ours"])))


def read_count(body: Json) -> Count | None:
    """A count out of an event; None where there is none that can be read."""
    try:
        return Count.from_json(body) if isinstance(body, dict) else None
    except (KeyError, ValueError):
        return None


def weigh(before: Count | None, after: Count, *, may_have_ended: bool = False) -> str:
    """What the counts look like, as a sentence without a full stop.

    `may_have_ended`: so much time has passed that the job could be over; then its absence tells nothing.
    """
    no_trace = _NOTHING_TOLD if may_have_ended else _NO_TRACE
    if before is None:
        found = "it may have been accepted" if after.strange > 0 else no_trace
        return f"after it {_going(after)}: {found}"
    found = "it was probably accepted" if after.strange > before.strange else no_trace
    return f"before it {_going(before)}; after it {_going(after)}: {found}"


def _going(count: Count) -> str:
    if not count.going:
        return "no task was going under the key"
    tasks = "1 task was" if count.going == 1 else f"{count.going} tasks were"
    return f"{tasks} going under the key, {count.ours} of them known here"
