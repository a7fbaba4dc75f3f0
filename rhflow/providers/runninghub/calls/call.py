"""One free call of the API as a value, and the way to carry it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeAlias, TypeVar
from urllib.parse import urlencode

from pydantic import ValidationError

from rhflow.ground.values import JsonObject
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.ports import PollFailed
from rhflow.providers.runninghub.client import RunningHubClient
from rhflow.providers.runninghub.exchange import Exchange
from rhflow.providers.runninghub.reading import Reader
from rhflow.providers.runninghub.wire import EnvelopeWire

T = TypeVar("T")

KeyPlace: TypeAlias = Literal["header", "apiKey", "apikey", "query"]
"""Where the key stands beside the header: nowhere, in the body under one of two spellings, in the address."""


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """Where it goes below the base address, what it says, how its answer is read; GET without a body.

    `read` may raise PollFailed.
    """

    path: str
    read: Callable[[Reader, Exchange], T]
    body: JsonObject | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    key: KeyPlace = "header"


async def ask(client: RunningHubClient, reader: Reader, call: Call[T]) -> T:
    """Carry out a call, once.

    Raises:
        PollFailed: nobody answered, or the answer is a no.
    """
    return call.read(reader, await send(client, call))


async def send(client: RunningHubClient, call: Call[T]) -> Exchange:
    """Make the call, once, and do not read what is answered yet. Raises only when cancelled."""
    path = f"{call.path}?{urlencode(call.query)}" if call.query else call.path
    key, body = client.key.reveal(), call.body
    if call.key in ("apiKey", "apikey"):
        body = {call.key: key, **(body or {})}
    secret_query = urlencode({"apiKey": key}) if call.key == "query" else ""
    return await client.call(path, body, secret_query=secret_query)


def in_envelope(read: Callable[[Any], T]) -> Callable[[Reader, Exchange], T]:
    """A reader for `{code, msg, data}`: `read` gets `data`; its ValueError says that this makes no sense."""

    def reading(reader: Reader, exchange: Exchange) -> T:
        envelope: EnvelopeWire = reader.envelope(exchange)
        try:
            return read(envelope.data)
        except (ValueError, ValidationError) as error:
            what = "answered with something that is not what was asked for"
            message = f"{reader.site.host} {what}."
            raise PollFailed(
                Failure(FailureKind.VENDOR_ERROR, message, "no-answer", repeatable=True)
            ) from error

    return reading


def mapping(data: Any) -> dict[str, Any]:
    """`data` as an object; an empty one where it is something else."""
    return data if isinstance(data, dict) else {}


def records(data: Any) -> list[dict[str, Any]]:
    """The items of a list, bare or on a page (`records` or `list`); what is no object is left out.

    Raises:
        ValueError: there is no list.
    """
    if isinstance(data, dict):
        data = next((data[name] for name in ("records", "list") if name in data), None)
    if not isinstance(data, list):
        raise ValueError("no list")
    return [item for item in data if isinstance(item, dict)]


def text(value: Any) -> str:
    """A text, or a number as it was written; empty for anything else."""
    return value.strip() if isinstance(value, str) else ""
