"""What one ordinary request costs: the figure by which models are compared."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from rhflow.catalog.example import example_arguments
from rhflow.catalog.model import Model
from rhflow.catalog.price import Quote
from rhflow.catalog.quote import quote
from rhflow.ground.media import Kind
from rhflow.ground.references import Resolved

INPUT_SECONDS = 5.0
"""How long an input film or sound is taken to be, where the price goes by that."""


def ordinary_quote(model: Model) -> Quote:
    """The price of the example request (`example_arguments`): `low` is the lowest anybody publishes for it.

    Where it goes by the length of a sound or film that goes in, that is taken to be five seconds.
    """
    arguments = cast("dict[str, Resolved]", example_arguments(model))
    found = quote(model, arguments)
    if found.known:
        return found
    seconds = {param.name: INPUT_SECONDS for param in model.params if param.kind in (Kind.VIDEO, Kind.AUDIO)}
    assumed = quote(model, arguments, seconds)
    if not assumed.known:
        return found
    return replace(assumed, why=f"{assumed.why}, for an input of {INPUT_SECONDS:g} s")
