"""Things that go wrong on request: what tests and drills ask for with `POST /simulator/faults`.

A fault belongs to one kind of call and plays its part in the n-th of them, in the first few, or in all. It
cuts connections for real: the client sees its connection end without an answer, as with a gateway that dies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rhflow.ground.values import Json, JsonObject
from rhflow.simulator.tasks import Fate

CALLS = ("submit", "query", "upload", "download", "preview", "cancel", "account", "queue")
"""The calls of the wire, as a fault names them; `run` is the job behind a submit."""

_KEYS = frozenset({"on", "endpoint", "nth", "times", "do"})
_DOINGS = frozenset({"drop", "after", "answer", "stall", "truncate", "corrupt", "expire", "fail", "empty"})
_CORRUPTED = 1024

Drop: TypeAlias = Literal["before", "after"]


class Lines(Protocol):
    """Who can end a connection."""

    def cut(self, client: object, *, flush: bool) -> None:
        """End the connection of that client address; with `flush`, after what was written has left."""


class BadFault(Exception):
    """A fault that makes no sense; the message is a sentence."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong."""

    on: str
    endpoint: str = ""
    nth: int | None = None
    times: int | None = None
    drop: Drop | None = None
    after: bool = False
    """With `answer` and `stall`: the call was carried out first."""
    answer: Response | None = None
    stall_s: float = 0.0
    truncate: int | None = None
    corrupt: bool = False
    expire: bool = False
    fate: Fate | None = None
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
    """The faults of one server, in order; the first that is due plays."""

    def __init__(self, told: Iterable[JsonObject] = ()) -> None:
        self._faults = [read(item) for item in told]

    def replace(self, told: Sequence[Json]) -> None:
        """Forget the old ones, counts and all.

        Raises:
            BadFault: one of the new ones makes no sense; the old ones stay.
        """
        self._faults = [read(item) for item in told]

    def due(self, on: str, subject: str) -> Fault | None:
        """The fault that plays in this call; counts it for all of them."""
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
    strange = sorted(set(doing) - _DOINGS)
    on = told.get("on")
    if strange or not doing:
        known = ", ".join(sorted(_DOINGS - {"drop"}))
        raise BadFault(
            f"A fault does one of drop_before, drop_after, {known}; not {', '.join(strange) or 'nothing'}."
        )
    if on not in (*CALLS, "run"):
        raise BadFault(f'"on" of a fault is one of {", ".join(CALLS)} and run; not {on!r}.')
    if on == "run" and not set(doing) <= {"fail", "empty", "stall"}:
        raise BadFault('A fault on "run" does one of fail, empty, stall.')
    if on != "run" and set(doing) & {"fail", "empty"}:
        raise BadFault('"fail" and "empty" are for a fault on "run".')
    try:
        return Fault(
            on=str(on),
            endpoint=str(told.get("endpoint") or ""),
            nth=_count(told.get("nth"), "nth"),
            times=_count(told.get("times"), "times"),
            drop=_drop(doing.get("drop")),
            after=bool(doing.get("after", False)),
            answer=_answer(doing.get("answer")),
            stall_s=float(doing.get("stall") or 0),
            truncate=_count(doing.get("truncate"), "truncate", least=0),
            corrupt=bool(doing.get("corrupt", False)),
            expire=bool(doing.get("expire", False)),
            fate=_fate(doing) if on == "run" else None,
            told=told,
        )
    except (TypeError, ValueError, AttributeError) as error:
        raise BadFault(f"A fault has a value of the wrong kind: {error}.") from error


def _count(value: Any, name: str, least: int = 1) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise BadFault(f'"{name}" of a fault is a whole number from {least}; not {value!r}.')
    return value


def _drop(value: Any) -> Drop | None:
    match value:
        case None:
            return None
        case "drop_before":
            return "before"
        case "drop_after":
            return "after"
    raise BadFault(f'"do" of a fault is drop_before, drop_after or an object; not {value!r}.')


def _answer(value: Any) -> Response | None:
    if value is None:
        return None
    body, status, headers = value.get("body", ""), int(value.get("status", 200)), value.get("headers")
    if isinstance(body, str):
        return PlainTextResponse(body, status, headers)
    return JSONResponse(body, status, headers)


def _fate(doing: dict[str, Any]) -> Fate:
    fail = doing.get("fail") or {}
    code = str(int(fail.get("code", 1015))) if "fail" in doing else ""
    message = str(fail.get("message", "the model ended without a result"))
    return Fate(code, message if code else "", bool(doing.get("empty")), float(doing.get("stall") or 0))


async def play(fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send, lines: Lines) -> None:
    """One call in which the fault is due."""
    if fault.stall_s and not fault.after:
        receive = await _whole(receive)
        await asyncio.sleep(fault.stall_s)
    if fault.drop == "before":
        await _hang_up(scope, receive, lines)
    elif fault.drop == "after":
        await app(scope, receive, _nowhere)
        await _hang_up(scope, receive, lines)
    elif fault.answer is not None:
        await (app(scope, receive, _nowhere) if fault.after else _drain(receive))
        await fault.answer(scope, receive, send)
    elif fault.expire:
        await _drain(receive)
        await PlainTextResponse("Not Found", 404)(scope, receive, send)
    elif fault.truncate is not None or fault.corrupt:
        tampered = _Tampered(send, fault)
        await app(scope, receive, tampered)
        if tampered.is_cut:
            await _hang_up(scope, receive, lines, flush=True)
    elif fault.after:
        await _late(fault.stall_s, app, scope, receive, send)
    else:
        await app(scope, receive, send)


async def _nowhere(_message: Message) -> None:
    """The answer is lost."""


async def _drain(receive: Receive) -> None:
    """Read the request to its end, as a server does before it answers."""
    while True:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body"):
            return


async def _whole(receive: Receive) -> Receive:
    """The request, read to its end: what is done with it later no longer depends on who still listens."""
    kept: list[Message] = []
    while not kept or (kept[-1]["type"] == "http.request" and kept[-1].get("more_body")):
        kept.append(await receive())
    kept.reverse()

    async def again() -> Message:
        return kept.pop() if kept else await receive()

    return again


async def _hang_up(scope: Scope, receive: Receive, lines: Lines, *, flush: bool = False) -> None:
    """Cut, and wait until the server has noticed, so that it does not answer by itself."""
    lines.cut(scope["client"], flush=flush)
    while (await receive())["type"] != "http.disconnect":
        pass


async def _late(stall_s: float, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Carry it out now, answer later."""
    kept: list[Message] = []

    async def keep(message: Message) -> None:
        kept.append(message)

    await app(scope, receive, keep)
    await asyncio.sleep(stall_s)
    for message in kept:
        await send(message)


class _Tampered:
    """A `send` that spoils the body: cuts it short of its announced length, or changes its first bytes."""

    def __init__(self, send: Send, fault: Fault) -> None:
        self._send = send
        self._left = fault.truncate
        self._corrupt = _CORRUPTED if fault.corrupt else 0
        self.is_cut = False

    async def __call__(self, message: Message) -> None:
        if self.is_cut:
            return
        if message["type"] != "http.response.body":
            await self._send(message)
            return
        body: bytes = message.get("body", b"")
        if self._corrupt:
            body = bytes(byte ^ 0x5A for byte in body[: self._corrupt]) + body[self._corrupt :]
            self._corrupt = max(self._corrupt - len(body), 0)
        if self._left is None:
            await self._send({**message, "body": body})
            return
        body, self._left = body[: self._left], self._left - len(body)
        self.is_cut = self._left < 0
        await self._send(
            {**message, "body": body, "more_body": self.is_cut or message.get("more_body", False)}
        )
