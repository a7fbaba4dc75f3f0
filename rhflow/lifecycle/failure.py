"""`Failure`: the world said no. A value in the journal, never an exception."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from rhflow.ground.values import Json, JsonObject


class FailureKind(StrEnum):
    """What sort of no it was; policy reads this and never the message."""

    NOT_SENT = "not_sent"
    """Proven: the request never left."""
    THROTTLED = "throttled"
    """Back-pressure: not accepted, come again later. Costs no attempt."""
    REFUSED_INPUT = "refused_input"
    REFUSED_CONTENT = "refused_content"
    NO_FUNDS = "no_funds"
    UNAUTHORIZED = "unauthorized"
    VENDOR_ERROR = "vendor_error"
    WITHDRAWN = "withdrawn"
    """The model asked for is not there (any more): nobody's request passes."""
    IN_DOUBT = "in_doubt"
    """Sent, and no answer that proves anything."""
    BAD_MEDIA = "bad_media"
    """What came back is not what was promised."""
    GONE = "gone"
    """It was there and is not any more."""
    LOCAL = "local"
    """A step on this machine failed."""
    UPSTREAM = "upstream"
    """A step it needs failed."""
    BUDGET = "budget"
    """The purchase would have passed a limit; nothing was bought."""
    CANCELLED = "cancelled"


Charged: TypeAlias = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Failure:
    """One no: what sort, the vendor's code, a sentence, and whether it cost money."""

    kind: FailureKind
    message: str
    code: str | None = None
    hint: str | None = None
    charged: Charged = "no"
    repeatable: bool = False
    """The same request may pass another time."""
    wait_s: float | None = None
    """How long to wait at least before that, where the far side's own words say so."""

    def to_json(self) -> JsonObject:
        body: JsonObject = {
            "kind": self.kind.value,
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "charged": self.charged,
            "repeatable": self.repeatable,
        }
        return body if self.wait_s is None else {**body, "wait_s": self.wait_s}

    @classmethod
    def from_json(cls, body: JsonObject) -> Failure:
        """The reverse of `to_json`; unknown kinds of a newer version read as a vendor error."""
        kind = str(body["kind"])
        known = FailureKind(kind) if kind in set(FailureKind) else FailureKind.VENDOR_ERROR
        charged, wait_s = body.get("charged"), body.get("wait_s")
        return cls(
            known,
            str(body["message"]),
            _text(body.get("code")),
            _text(body.get("hint")),
            charged if charged in ("yes", "no", "unknown") else "unknown",  # type: ignore[arg-type]
            body.get("repeatable") is True,
            float(wait_s) if isinstance(wait_s, int | float) else None,
        )


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
