"""What a submit costs here: the catalogue's upper bound for exactly this body."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from rhflow.catalog.model import Model
from rhflow.catalog.quote import quote
from rhflow.ground.references import Resolved
from rhflow.ground.values import JsonObject
from rhflow.media.probe import probe
from rhflow.simulator.inputs import urls_in
from rhflow.simulator.shelf import Shelf, name_in

_BY_LENGTH = ("second", "second_from", "5_seconds")


def price_of(model: Model, arguments: JsonObject, shelf: Shelf) -> Decimal | None:
    """CNY, or None where nobody publishes a price.

    Blocks: it looks into the input media where their length counts.
    """
    seconds = _lengths(model, arguments, shelf) if model.price.unit in _BY_LENGTH else {}
    return quote(model, cast("dict[str, Resolved]", arguments), seconds).high


def _lengths(model: Model, arguments: JsonObject, shelf: Shelf) -> dict[str, float]:
    """Seconds of the media of every video and audio parameter, as far as the files are here."""
    found: dict[str, float] = {}
    for param in model.params:
        if param.type not in ("video", "audio") or param.name not in arguments:
            continue
        for url in urls_in(arguments[param.name]):
            name = name_in(url)
            served = shelf.find(name) if name else None
            seen = probe(served.path) if served else None
            if seen is not None and seen.seconds is not None:
                found[param.name] = found.get(param.name, 0.0) + seen.seconds
    return found
