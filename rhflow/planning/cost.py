"""What a plan costs: sums of quotes, and running times before anything has run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rhflow.catalog.model import Model
from rhflow.catalog.price import Quote
from rhflow.catalog.quote import output_seconds, quote
from rhflow.ground.references import Deferred, FileMedia, Ref, Resolved, refs_in
from rhflow.planning.plan import Bill, Judgement, Task, bill


def bill_of(judgements: Mapping[str, Judgement]) -> Bill:
    """What a judged plan would cost now."""
    return bill(item.quote for item in judgements.values())


def declared_quote(model: Model, arguments: Mapping[str, Resolved], tasks: Mapping[str, Task]) -> Quote:
    """The price before anything has run: running times are the declared ones of earlier tasks."""
    return quote(model, arguments, declared_seconds(arguments, tasks))


def declared_length(
    model: Model, arguments: Mapping[str, Resolved], tasks: Mapping[str, Task]
) -> float | None:
    """Declared running time of what the request makes."""
    return output_seconds(model, arguments, declared_seconds(arguments, tasks))


def declared_seconds(arguments: Mapping[str, Resolved], tasks: Mapping[str, Task]) -> dict[str, float]:
    """Declared running time of the media in each argument; lists are summed."""
    found: dict[str, float] = {}
    for name, value in arguments.items():
        items = value if isinstance(value, list) else [value]
        seconds: list[float] = []
        for item in items:
            length = None
            if isinstance(item, FileMedia):
                length = item.seconds
            elif isinstance(item, Ref) and item.task in tasks:
                length = tasks[item.task].seconds
            elif isinstance(item, Deferred):  # one of them it will be: the longest is on the safe side
                lengths = [tasks[ref.task].seconds for ref in refs_in(item) if ref.task in tasks]
                length = max((length for length in lengths if length is not None), default=None)
            if length is not None:
                seconds.append(length)
        if items and len(seconds) == len(items):
            found[name] = math.fsum(seconds)  # the same to the last bit on every version of Python
    return found


def repeated(price: Quote, retries: int) -> Quote:
    """The price with the author's retries: the dearest case buys it that much oftener."""
    if retries == 0 or price.high is None:
        return price
    return replace(
        price, high=price.high * (1 + retries), why=f"{price.why}, bought up to {1 + retries} times"
    )


def dearest(quotes: Sequence[Quote]) -> Quote:
    """The price of a ladder: from its first rung's to its dearest one's."""
    first, *others = quotes
    highs = [item.high for item in quotes if item.high is not None]
    if not others or first.high is None:
        return first
    if len(highs) < len(quotes):
        return Quote(None, None, first.currency, why="nobody publishes the price of a fallback")
    return replace(first, high=max(highs), why=f"{first.why}, or a fallback")
