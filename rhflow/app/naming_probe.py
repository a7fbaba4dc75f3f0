"""Which of two spellings a model takes: asked by price-preview, which is free and starts nothing.

Some models are documented with two names for every parameter (RunningHub API, notes on self-hosted models),
and no page says which one the site takes. A request in each form settles it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from rhflow.app.far_side import far_side
from rhflow.app.session import Session
from rhflow.catalog.example import example_arguments
from rhflow.catalog.model import Model, Naming
from rhflow.catalog.naming import wire_arguments
from rhflow.ground.errors import AccountError, NetworkError, UsageError
from rhflow.ground.media import Kind
from rhflow.ground.values import Json, JsonObject
from rhflow.lifecycle.failure import FailureKind
from rhflow.ports import PollFailed

_STAND_INS = {Kind.IMAGE: "png", Kind.VIDEO: "mp4", Kind.AUDIO: "mp3"}


@dataclass(frozen=True, slots=True)
class Probe:
    """What the site said to one spelling."""

    naming: Naming
    is_taken: bool
    said: str


async def probe_naming(opened: Session, model: Model) -> list[Probe]:
    """Ask for the price of an example request in every spelling.

    Raises:
        UsageError: the model has one spelling, or no path.
        AccountError, NetworkError: nobody could be asked.
    """
    if model.endpoint is None or not any(param.node_field for param in model.params):
        raise UsageError(f"{model.names[0]} is spelled one way only", "There is nothing to settle.")
    site = far_side(opened, opened.settings.base_url, waits=(), is_spelled=True)
    body = _example(model)
    found: list[Probe] = []
    try:
        for naming in get_args(Naming):
            try:
                price = await site.price_preview(model.endpoint, wire_arguments(model, body, naming))
            except PollFailed as error:
                _refuse(error)
                found.append(Probe(naming, is_taken=False, said=error.failure.message))
            else:
                found.append(Probe(naming, is_taken=True, said=price.text or "a price nobody can read"))
    finally:
        await site.close()
    return found


def _refuse(error: PollFailed) -> None:
    """What is no answer about the spelling ends the question."""
    failure = error.failure
    if failure.kind in (FailureKind.UNAUTHORIZED, FailureKind.NO_FUNDS):
        raise AccountError(failure.message, failure.hint) from error
    if failure.kind is FailureKind.NOT_SENT:
        raise NetworkError(failure.message, failure.hint) from error


def _example(model: Model) -> JsonObject:
    """The example's arguments with an address in place of every file."""
    body: JsonObject = {}
    for name, value in example_arguments(model).items():
        param = model.param(name)
        if param is None or param.kind is None:
            body[name] = value
            continue
        address: Json = f"https://example.com/stand-in.{_STAND_INS[param.kind]}"
        body[name] = [address] if param.multiple else address
    return body
