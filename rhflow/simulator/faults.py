"""Things that go wrong on request: what tests and drills ask for with `POST /simulator/faults`.

A fault belongs to one kind of call and plays its part in the n-th of them, in the first few, or in all. How
it is played on a connection is in `playing`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from starlette.responses import JSONResponse, PlainTextResponse, Response

from rhflow.ground.values import Json, JsonObject
from rhflow.simulator.codes import known_codes, meaning
from rhflow.simulator.task import Fate

CALLS = (
    *("submit", "query", "upload", "download", "preview", "cancel", "account", "queue"),
    *("status", "outputs", "workflow", "app", "lora", "put", "assets", "resources", "keys", "chat", "detail"),
    "proxy",
)
"""The calls of the wire, as a fault names them."""
BEHIND = ("run", "webhook")
"""What happens behind them: the job after a submit, the call of a receiver at its end."""

_KEYS = frozenset({"on", "call", "endpoint", "nth", "times", "do"})
_DOINGS = frozenset(
    {"drop", "after", "answer", "stall", "truncate", "corrupt", "expire", "fail", "empty"}
    | {"code", "message", "over", "reason", "duplicate"}
)
_OF_RUN = frozenset({"fail", "empty", "stall", "code", "message", "reason"})
_OF_WEBHOOK = frozenset({"drop", "stall", "duplicate"})
_ONLY_BEHIND = frozenset({"fail", "empty", "reason", "duplicate"})

Drop: TypeAlias = Literal["before", "after"]


class BadFault(Exception):
    """A fault that makes no sense; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Coded:
    """One of the vendor's codes as an answer, in the form of the call it answers."""

    code: int
    """0 for a bare HTTP status."""
    message: str
    http: int = 200
    over: bool = False
    """The call is carried out, and the code is laid over its answer: a task id may come with an error."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong."""

    on: str
    endpoint: str = ""
    nth: int | None = None
    times: int | None = None
    drop: Drop | None = None
    after: bool = False
    """With `answer`, `code` and `stall`: the call was carried out first."""
    answer: Response | None = None
    coded: Coded | None = None
    stall_s: float = 0.0
    truncate: int | None = None
    corrupt: bool = False
    expire: int = 0
    """The status of a file that is gone, 404 or 403."""
    fate: Fate | None = None
    duplicate: int = 0
    """How often a webhook comes once more."""
    seen: int = 0
    played: int = 0
    told: JsonObject = field(default_factory=dict)
    """As it was asked for."""

    def meets(self, on: str, subject: str) -> bool:
        """Whether this call is one it counts; counts it."""
        if on != self.on or self.endpoint not in subject:
            return False
        self.seen += 1
        return (self.nth is None or self.seen == self.nth) and (self.times is None or self.seen <= self.times)


class Faults:
    """The faults of one server, in order; the first that is due plays. May be asked from any thread."""

    def __init__(self, told: Iterable[Json] = ()) -> None:
        self._faults = [read(item) for item in told]
        self._lock = threading.Lock()

    def replace(self, told: Sequence[Json]) -> None:
        """Forget the old ones, counts and all.

        Raises:
            BadFault: one of the new ones makes no sense; the old ones stay.
        """
        self._faults = [read(item) for item in told]

    def due(self, on: str, subject: str) -> Fault | None:
        """The fault that plays in this call; counts it for all of them."""
        if not self._faults:
            return None
        with self._lock:
            due = [fault for fault in self._faults if fault.meets(on, subject)]
            if not due:
                return None
            due[0].played += 1
            return due[0]

    def to_json(self) -> Json:
        return [{**fault.told, "seen": fault.seen, "played": fault.played} for fault in self._faults]


def read(told: Json) -> Fault:
    """One fault out of its JSON form.

    Raises:
        BadFault: it has an unknown field, or a value of the wrong kind.
    """
    if not isinstance(told, dict):
        raise BadFault("A fault has to be an object.")
    do = told.get("do", {})
    doing: dict[str, Any] = {"drop": do} if isinstance(do, str) else dict(do) if isinstance(do, dict) else {}
    doing |= {key: value for key, value in told.items() if key not in _KEYS}
    on = told.get("on", told.get("call"))
    _refuse_nonsense(on, doing)
    try:
        return Fault(
            on=str(on),
            endpoint=str(told.get("endpoint") or ""),
            nth=_count(told.get("nth"), "nth"),
            times=_count(told.get("times"), "times"),
            drop=_drop(doing.get("drop")),
            after=bool(doing.get("after", False)),
            answer=_answer(doing.get("answer")),
            coded=_coded(doing) if on != "run" else None,
            stall_s=_seconds(doing.get("stall")),
            truncate=_count(doing.get("truncate"), "truncate", least=0),
            corrupt=bool(doing.get("corrupt", False)),
            expire=_gone(doing.get("expire")),
            fate=_fate(doing) if on == "run" else None,
            duplicate=_count(doing.get("duplicate"), "duplicate") or 0,
            told=told,
        )
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadFault(f"A fault has a value of the wrong kind: {error}.") from error


def _refuse_nonsense(on: object, doing: dict[str, Any]) -> None:
    """Say what no fault does, and what none of this kind does."""
    strange = sorted(set(doing) - _DOINGS)
    if strange or not set(doing) - {"after", "message", "over", "reason"}:
        known = ", ".join(sorted(_DOINGS - {"drop", "after", "message", "over", "reason"}))
        raise BadFault(
            f"A fault does one of drop_before, drop_after, {known}; not {', '.join(strange) or 'nothing'}."
        )
    if on not in (*CALLS, *BEHIND):
        raise BadFault(f'"on" of a fault is one of {", ".join(CALLS)}, run and webhook; not {on!r}.')
    if on == "run" and not set(doing) <= _OF_RUN:
        raise BadFault('A fault on "run" does one of fail, code, empty, stall.')
    if on == "webhook" and not set(doing) <= _OF_WEBHOOK:
        raise BadFault('A fault on "webhook" does one of drop_before, drop_after, duplicate, stall.')
    if on not in BEHIND and set(doing) & _ONLY_BEHIND:
        words = ", ".join(f'"{word}"' for word in sorted(set(doing) & _ONLY_BEHIND))
        raise BadFault(f'{words}: for a fault on "run" or "webhook".')


def _count(value: Any, name: str, least: int = 1) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise BadFault(f'"{name}" of a fault is a whole number from {least}; not {value!r}.')
    return value


def _seconds(value: Any) -> float:
    seconds = float(value or 0)
    if not 0 <= seconds < 1e9:
        raise BadFault(f'"stall" of a fault is a number of seconds from 0; not {value!r}.')
    return seconds


def _drop(value: Any) -> Drop | None:
    match value:
        case None:
            return None
        case "drop_before":
            return "before"
        case "drop_after":
            return "after"
    raise BadFault(f'"do" of a fault is drop_before, drop_after or an object; not {value!r}.')


def _gone(value: Any) -> int:
    if value in (None, False):
        return 0
    if value is True:
        return 404
    if value in (403, 404):
        return int(value)
    raise BadFault(f'"expire" of a fault is true, 403 or 404; not {value!r}.')


def _answer(value: Any) -> Response | None:
    if value is None:
        return None
    body, status, headers = value.get("body", ""), int(value.get("status", 200)), value.get("headers")
    if not 100 <= status <= 599:
        raise BadFault(f'"status" of an answer is an HTTP status; not {status}.')
    if isinstance(body, str):
        return PlainTextResponse(body, status, headers)
    return JSONResponse(body, status, headers)


def _coded(doing: dict[str, Any]) -> Coded | None:
    if "code" not in doing:
        return None
    said = str(doing["code"])
    message = str(doing.get("message", ""))
    if said.startswith("http-"):
        status = 502 if said == "http-5xx" else _code(said.removeprefix("http-"))
        if not 400 <= status <= 599:
            raise BadFault(
                f'"code" of a fault is a code of the vendor or http-400 to http-599; not {said!r}.'
            )
        return Coded(0, message, status)
    code = _code(said)
    return Coded(code, message or _meaning(code), over=bool(doing.get("over", False)))


def _code(value: Any) -> int:
    """A code of the vendor."""
    try:
        code = int(value)
    except (TypeError, ValueError):
        code = -1
    if not 0 <= code <= 99_999:
        raise BadFault(
            f'"code" of a fault is a number of the vendor, or http-429 and the like; not {value!r}.'
        )
    return code


def _meaning(code: int) -> str:
    """What the vendor means by it; one that nobody knows is allowed, too, for clients have to bear it."""
    return meaning(code) if str(code) in known_codes() else f"code {code}"


def _fate(doing: dict[str, Any]) -> Fate:
    fail = {key: doing[key] for key in ("code", "message", "reason") if key in doing} | (
        doing.get("fail") or {}
    )
    fails = "fail" in doing or "code" in doing
    code = str(_code(fail.get("code", 1015))) if fails else ""
    message = str(fail.get("message", "the model ended without a result"))
    reason = fail.get("reason") or {}
    if not isinstance(reason, dict):
        raise BadFault('"reason" of a fault is an object.')
    return Fate(code, message if code else "", bool(doing.get("empty")), _seconds(doing.get("stall")), reason)
