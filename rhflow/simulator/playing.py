"""Faults as they are played on a connection: cut for real, answered wrongly, late or not at all.

The client sees its connection end without an answer, as with a gateway that dies.
"""

from __future__ import annotations

import asyncio
import json
from typing import Literal, Protocol, TypeAlias

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rhflow.ground.values import JsonObject
from rhflow.simulator import wire
from rhflow.simulator.faults import Coded, Fault

_CORRUPTED = 1024

Form: TypeAlias = Literal["task", "v1", "upload", "chat", "bare"]
"""How a call says that it refuses: the bare v2 object, one of the two envelopes, OpenAI's, or not at all."""


class Lines(Protocol):
    """Who can end a connection."""

    def cut(self, client: object, *, flush: bool) -> None:
        """End the connection of that client address; with `flush`, after what was written has left."""


async def play(
    fault: Fault, form: Form, app: ASGIApp, scope: Scope, receive: Receive, send: Send, lines: Lines
) -> None:
    """One call in which the fault is due; `form` is how that call says no."""
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
    elif fault.coded is not None:
        await (await _say(fault, fault.coded, form, app, scope, receive))(scope, receive, send)
    elif fault.expire:
        await _drain(receive)
        said = "Not Found" if fault.expire == 404 else "Forbidden"
        await PlainTextResponse(said, fault.expire)(scope, receive, send)
    elif fault.truncate is not None or fault.corrupt:
        tampered = _Tampered(send, fault)
        await app(scope, receive, tampered)
        if tampered.is_cut:
            await _hang_up(scope, receive, lines, flush=True)
    elif fault.after:
        await _late(fault.stall_s, app, scope, receive, send)
    else:
        await app(scope, receive, send)


async def _say(
    fault: Fault, coded: Coded, form: Form, app: ASGIApp, scope: Scope, receive: Receive
) -> Response:
    """The answer with a code in it, after or instead of the call."""
    kept: list[Message] = []

    async def keep(message: Message) -> None:
        kept.append(message)

    if coded.over or fault.after:
        await app(scope, receive, keep)
    else:
        await _drain(receive)
    if coded.http >= 400:
        return PlainTextResponse(coded.message or "the gateway says no", coded.http)
    if form == "chat":
        return wire.chat_refusal(coded.code, coded.message)
    return wire.Answer(_laid_over(_body(kept) if coded.over else {}, coded, form))


def _body(kept: list[Message]) -> JsonObject:
    """The JSON object of an answer; nothing where it is something else."""
    content = b"".join(
        message.get("body", b"") for message in kept if message["type"] == "http.response.body"
    )
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _laid_over(body: JsonObject, coded: Coded, form: Form) -> JsonObject:
    if form == "task":
        told: JsonObject = {"errorCode": str(coded.code), "errorMessage": coded.message}
        return {**wire.refused(coded.code, coded.message), **body, **told}
    word = "message" if form == "upload" else "msg"
    return {"data": None, **body, "code": coded.code, word: coded.message}


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
