"""Submits and price previews: the body is checked, priced, and for a submit booked before it is answered."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from rhflow.catalog.check import check_arguments
from rhflow.catalog.model import Model
from rhflow.ground.hashing import digest_bytes
from rhflow.ground.media import Kind
from rhflow.ground.references import Resolved
from rhflow.ground.values import JsonObject, Path, path_text, plain
from rhflow.simulator import wire
from rhflow.simulator.inputs import urls_in
from rhflow.simulator.keys import Key
from rhflow.simulator.office import Office
from rhflow.simulator.ordering import Refused, base_of, may_order_models, order, webhook_of
from rhflow.simulator.pricing import price_of
from rhflow.simulator.reading import parsed_object, whole_body
from rhflow.simulator.shelf import name_in
from rhflow.simulator.task import Fate, Submission

SUBMIT_PREFIX = "/openapi/v2/"
PREVIEW_PREFIX = "/openapi/v2/price-preview/"

_NOT_PARAMETERS = ("webhookUrl", "appCode")
"""What a body may hold on any model beside its parameters."""
_BY_TOKENS = "-token/"
"""In the name of models that are billed by what they used; their preview can say 0 (RunningHub API, 2.5)."""
_ADDRESSES = ("http://", "https://", "data:", "asset://")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A body that was found good."""

    model: Model
    arguments: JsonObject
    body_sha256: str
    webhook: str | None


class Submitting:
    """The counter where things are ordered."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def submit(self, request: Request, key: Key) -> Response:
        """Book the job and its price in one transaction, then answer."""
        asked = await self._read(request, key, SUBMIT_PREFIX)
        if isinstance(asked, Response):
            return asked
        office, base = self._office, base_of(request)
        fault = office.faults.due("run", asked.model.id)
        price = await asyncio.to_thread(price_of, asked.model, asked.arguments, office.shelf)
        new = Submission(
            endpoint=asked.model.id,
            task=asked.model.task,
            output=asked.model.output.value,
            arguments=asked.arguments,
            kinds=_kinds(asked.model),
            body_sha256=asked.body_sha256,
            key_tail=key.tail,
            price=price,
            own_machine=asked.model.hosting == "runninghub",
            fate=fault.fate if fault and fault.fate else Fate(),
            payer=key.kind,
            webhook=asked.webhook,
            base=base,
            token=_token(asked.model, asked.arguments),
            is_instant=office.settings.instant_text and asked.model.output is Kind.TEXT,
        )
        task = await order(office, new, key)
        if isinstance(task, Refused):
            return wire.refusal(task.code, task.message)
        return wire.accepted(task, office.database.now(), base)

    async def preview(self, request: Request, key: Key) -> Response:
        """The price of the same body, with nothing started (RunningHub API, price preview)."""
        asked = await self._read(request, key, PREVIEW_PREFIX)
        if isinstance(asked, Response):
            return asked
        price = await asyncio.to_thread(price_of, asked.model, asked.arguments, self._office.shelf)
        if price is None and _BY_TOKENS in asked.model.id:
            price = Decimal(0)
        text = "unknown" if price is None else f"{plain(price)} {asked.model.price.currency}"
        return wire.Answer(
            {
                "estimatedPrice": None if price is None else float(price),
                "currency": asked.model.price.currency,
                "priceText": text,
                "priceTextEn": text,
                "freeLimit": False,
                "isFreeThisCall": False,
                "remainingFreeLimitCount": 0,
                "freeLimitCount": 0,
            }
        )

    async def _read(self, request: Request, key: Key, prefix: str) -> _Asked | Response:
        """Find the model and check the body, or say what is wrong with them."""
        endpoint = request.scope["path"].removeprefix(prefix)
        catalog = self._office.settings.catalog
        model = catalog.find(endpoint)
        if model is None or model.endpoint != endpoint or model.is_local:
            near = (
                model.endpoint if model and model.endpoint and not model.is_local else catalog.near(endpoint)
            )
            meant = f"; perhaps {near} is meant" if near else ""
            return wire.refusal(1001, f"invalid url: there is no endpoint {endpoint}{meant}", http=404)
        refused = may_order_models(key)
        if refused is not None:
            return wire.refusal(refused.code, refused.message)
        content = await whole_body(request)
        if content is None:
            return wire.refusal(1007, "the body is too large", http=413)
        body = parsed_object(content)
        if body is None:
            return wire.refusal(1007, "the body has to be a JSON object")
        webhook = webhook_of(body.get("webhookUrl"))
        if isinstance(webhook, Refused):
            return wire.refusal(1007, webhook.message)
        given = {name: value for name, value in body.items() if name not in _NOT_PARAMETERS}
        wrong = _complaints(model, given) if model.params_known else []
        if wrong:
            return wire.refusal(1007, f"invalid params: {'; '.join(wrong[:5])}")
        too_large = self._too_large(model, given)
        if too_large:
            return wire.refusal(1008, too_large)
        return _Asked(model, given, digest_bytes(content), webhook)

    def _too_large(self, model: Model, arguments: JsonObject) -> str | None:
        """The complaint about a file of ours above its parameter's limit."""
        for param in model.params:
            if param.max_size_mb is None or param.name not in arguments:
                continue
            for url in urls_in(arguments[param.name]):
                name = name_in(url)
                served = self._office.shelf.find(name) if name else None
                if served and served.bytes > param.max_size_mb * 1_048_576:
                    size = f"{served.bytes / 1_048_576:.1f} MB"
                    return f"{param.name}: the file has {size}, {param.max_size_mb:g} MB are allowed"
        return None


def _complaints(model: Model, given: JsonObject) -> list[str]:
    """What is wrong with a body as it came, a sentence each, naming the field.

    On the wire nothing is filled in and nothing is reworded: `6` is not `"6"` (RunningHub API, submit).
    """
    checked = check_arguments(model, cast("dict[str, Resolved]", given))
    wrong = [_sentence(item.path, item.message) for item in checked.complaints if item.severity == "error"]
    wrong += [f"{name} is missing" for name in checked.filled]
    wrong += [
        f"{name} wants {checked.arguments[name]!r}, not {value!r}"
        for name, value in given.items()
        if name in checked.arguments and checked.arguments[name] != value
    ]
    for param in model.params:
        if param.kind is not None:
            wrong += [
                f"{param.name} wants the address of {param.kind.value} data, not {url[:60]!r}"
                for url in urls_in(given.get(param.name))
                if not url.lower().startswith(_ADDRESSES)
            ]
    return wrong


def _token(model: Model, arguments: JsonObject) -> str:
    """By what a repeated submit is known, where a model has such a parameter (RunningHub API, 9)."""
    found = (arguments.get(param.name) for param in model.params if param.role == "idempotency-token")
    return next((token for token in found if isinstance(token, str)), "")


def _sentence(path: Path, message: str) -> str:
    place = path_text(path)
    return message if not place or place in message else f"{place}: {message}"


def _kinds(model: Model) -> dict[str, str]:
    return {param.name: param.kind.value for param in model.params if param.kind is not None}
