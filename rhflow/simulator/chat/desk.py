"""`POST /v1/chat/completions`: whole or streamed, billed by tokens (RunningHub API, section 6)."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from rhflow.ground.hashing import digest_bytes
from rhflow.ground.values import Json, JsonObject
from rhflow.simulator import bill, wire
from rhflow.simulator.chat import tokens
from rhflow.simulator.chat.instance import is_sound
from rhflow.simulator.chat.reply import read, reply_to
from rhflow.simulator.keys import Key
from rhflow.simulator.office import Office
from rhflow.simulator.ordering import may_order_models
from rhflow.simulator.reading import parsed_object, whole_body

MODEL = "simulator-chat"
_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_MOST_CHOICES = 8
_A_PICTURE = 300
"""Tokens."""
_A_MESSAGE = 4


@dataclass(frozen=True, slots=True)
class _Choice:
    """One answer, cut where it is too long."""

    pieces: list[str]
    ends: Literal["stop", "length"]

    @property
    def text(self) -> str:
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class _Answer:
    """Everything that is said to a request."""

    id: str
    model: str
    created: int
    choices: list[_Choice]
    prompt_tokens: int

    @property
    def tokens(self) -> int:
        return sum(len(choice.pieces) for choice in self.choices)

    @property
    def usage(self) -> JsonObject:
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.tokens,
            "total_tokens": self.prompt_tokens + self.tokens,
        }


class ChatDesk:
    """The counter of the language models."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def models(self, _request: Request, _key: Key) -> Response:
        """The models: any name is taken, so one stands for all."""
        return wire.Answer(
            {
                "object": "list",
                "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "simulator"}],
            }
        )

    async def complete(self, request: Request, key: Key) -> Response:
        """One request."""
        refused = may_order_models(key)
        if refused is not None:
            return wire.chat_refusal(refused.code, refused.message)
        content = await whole_body(request)
        body = parsed_object(content or b"")
        if body is None:
            return wire.chat_refusal(1007, "the body has to be a JSON object")
        wrong = _complaint(body)
        if wrong is not None:
            return wire.chat_refusal(1007, wrong)
        answer = await asyncio.to_thread(_answer, body, self._office.database.now())
        if not await asyncio.to_thread(self._book, answer, key, digest_bytes(content or b"")):
            return wire.chat_refusal(812, "the wallet does not cover this answer")
        if body.get("stream") is True:
            options = body.get("stream_options")
            counts = isinstance(options, dict) and options.get("include_usage") is True
            return StreamingResponse(_stream(answer, counts=counts), media_type="text/event-stream")
        return wire.Answer(_whole(answer))

    def _book(self, answer: _Answer, key: Key, body_sha256: str) -> bool:
        """Write its price on the bill; False where the wallet does not cover it."""
        office = self._office
        price = tokens.price_of(answer.prompt_tokens, answer.tokens)
        entry = bill.Entry(
            answer.id, f"chat/{answer.model}", body_sha256, office.database.now(), price, key.tail
        )
        with office.database.writing() as write:
            wallet: Decimal | None = office.settings.wallet
            if wallet is not None and bill.spent(write) + price > wallet:
                return False
            bill.book(write, entry)
        return True


def _complaint(body: JsonObject) -> str | None:
    """What is wrong with a request, as a sentence."""
    messages = body.get("messages")
    if not isinstance(body.get("model"), str) or not body["model"]:
        return "model: it is missing"
    if not isinstance(messages, list) or not messages:
        return "messages: a list with at least one message is wanted"
    for number, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            return f"messages[{number}]: role is one of {', '.join(_ROLES)}"
        if not isinstance(message.get("content"), str | list | None):
            return f"messages[{number}]: content is a text or a list of parts"
    for name in ("max_tokens", "max_completion_tokens", "n"):
        value = body.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            return f"{name}: it is a whole number from 1"
    told = body.get("response_format")
    if told is not None and not isinstance(told, dict):
        return "response_format: it is an object"
    held = told.get("json_schema") if isinstance(told, dict) else None
    if isinstance(held, dict) and not is_sound(held.get("schema", True)):
        return "response_format: its schema is no JSON Schema"
    return None


def _answer(body: JsonObject, now: float) -> _Answer:
    """Make up the answer. Takes a while for a large schema."""
    asked = read(body)
    said = body.get("max_completion_tokens") or body.get("max_tokens")
    most = said if isinstance(said, int) else None
    many = body.get("n")
    choices = []
    for number in range(min(many, _MOST_CHOICES) if isinstance(many, int) else 1):
        pieces = tokens.pieces(reply_to(asked, number))
        is_cut = most is not None and len(pieces) > most
        choices.append(_Choice(pieces[:most], "length" if is_cut else "stop"))
    heard = sum(_A_MESSAGE + len(tokens.pieces(text)) for text in asked.said) + asked.pictures * _A_PICTURE
    return _Answer(f"chatcmpl-{time.time_ns()}", str(body["model"]), int(now), choices, heard)


def _whole(answer: _Answer) -> JsonObject:
    choices: list[Json] = [
        {
            "index": index,
            "message": {"role": "assistant", "content": choice.text},
            "logprobs": None,
            "finish_reason": choice.ends,
        }
        for index, choice in enumerate(answer.choices)
    ]
    return {
        "id": answer.id,
        "object": "chat.completion",
        "created": answer.created,
        "model": answer.model,
        "choices": choices,
        "usage": answer.usage,
    }


async def _stream(answer: _Answer, *, counts: bool) -> AsyncIterator[str]:
    """Server-sent events: a chunk per token, and a last word."""
    head: JsonObject = {
        "id": answer.id,
        "object": "chat.completion.chunk",
        "created": answer.created,
        "model": answer.model,
    }
    for index, choice in enumerate(answer.choices):
        yield _event({**head, "choices": [_delta(index, {"role": "assistant", "content": ""}, None)]})
        for piece in choice.pieces:
            yield _event({**head, "choices": [_delta(index, {"content": piece}, None)]})
            await asyncio.sleep(0)
        yield _event({**head, "choices": [_delta(index, {}, choice.ends)]})
    if counts:
        yield _event({**head, "choices": [], "usage": answer.usage})
    yield "data: [DONE]\n\n"


def _delta(index: int, delta: JsonObject, ends: str | None) -> JsonObject:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": ends}


def _event(value: JsonObject) -> str:
    return f"data: {json.dumps(value)}\n\n"
