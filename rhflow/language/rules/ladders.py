"""Fallbacks: each does what the first would have done, differently, and not at any price."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from rhflow.catalog.quote import quote
from rhflow.ground.diagnostics import Diagnostic
from rhflow.ground.values import Json, plain
from rhflow.language.expressions.tree import Expression, ListValue, Literal, MapValue, Text, Value
from rhflow.language.free_form import gives_anything
from rhflow.language.pipeline import Call
from rhflow.language.rules.promises import promised
from rhflow.language.survey import Survey

DEAR = 10
"""So many times the price of the first is worth a word."""


def fallback_makes_the_same(seen: Survey) -> Iterable[Diagnostic]:
    """A fallback gives the kind of thing its step gives."""
    for spot in seen.spots:
        first = spot.step.body
        if not isinstance(first, Call) or gives_anything(first.model):
            continue
        for rung in spot.step.fallback:
            if rung.model.output is not first.model.output and not gives_anything(rung.model):
                made, wanted = _KINDS[rung.model.output], _KINDS[first.model.output]
                message = f"{rung.uses} makes {made}, and this step {wanted}"
                yield Diagnostic(rung.uses_mark, message, "media-kind")


_KINDS = {
    "image": "an image",
    "video": "a video",
    "audio": "a sound",
    "text": "text",
    "model3d": "a 3D model",
}


def fallback_is_another(seen: Survey) -> Iterable[Diagnostic]:
    """Asking the same again is what `retry` is for."""
    for spot in seen.spots:
        asked = [_shape(spot.step.body)] if isinstance(spot.step.body, Call) else []
        for rung in spot.step.fallback:
            shape = _shape(rung)
            if shape in asked:
                who = "the step itself" if shape == asked[0] else "a fallback before it"
                message = f"this fallback asks for the same as {who}"
                yield Diagnostic(rung.uses_mark, message, "same-fallback", "retry: 1 asks again")
            asked.append(shape)


def fallback_is_affordable(seen: Survey) -> Iterable[Diagnostic]:
    """A fallback that costs ten times as much should be meant."""
    for spot in seen.spots:
        first = spot.step.body
        if not isinstance(first, Call):
            continue
        usual = quote(first.model, promised(first, seen.types))
        for rung in spot.step.fallback:
            dear = quote(rung.model, promised(rung, seen.types))
            if not usual.high or dear.low is None or dear.currency != usual.currency:
                continue
            if dear.low >= DEAR * usual.high:
                times = (dear.low / usual.high).quantize(Decimal(1))
                message = (
                    f"this fallback costs {plain(dear.low)} {dear.currency}, "
                    f"{times} times the {plain(usual.high)} {usual.currency} of the step"
                )
                hint = "max_cost keeps a step from buying it"
                yield Diagnostic(rung.uses_mark, message, "dear-fallback", hint, "warning")


def _shape(call: Call) -> Json:
    """What is asked for, without places: equal for equal requests."""
    return [call.model.id, _written(call.arguments)]


def _written(value: Value) -> Json:
    match value:
        case Literal():
            return [type(value.value).__name__, value.value]
        case Expression():
            return {"expression": value.source}
        case Text():
            pieces: list[Json] = [
                part if isinstance(part, str) else {"expression": part.source} for part in value.parts
            ]
            return ["text", *pieces]
        case ListValue():
            return ["list", *(_written(item) for item in value.items)]
        case MapValue():
            return {key: _written(item) for key, item in sorted(value.items.items())}
