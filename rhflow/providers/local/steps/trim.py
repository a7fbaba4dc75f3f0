"""`local/trim`: a part of a film, to the frame."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from rhflow.catalog.model import Model, Param
from rhflow.catalog.price import FREE
from rhflow.ground.media import Kind
from rhflow.ground.values import JsonObject
from rhflow.providers.local.arguments import Arguments
from rhflow.providers.local.film.assembly import Order, make_film
from rhflow.providers.local.step import StepFailed

_LONGEST = 86_400

MODEL = Model(
    endpoint="local/trim",
    names=("local/trim",),
    task="local",
    family="local",
    output=Kind.VIDEO,
    params=(
        Param(name="video", type="video", required=True),
        Param(name="start", type="number", min=0, max=_LONGEST, about="seconds from the beginning"),
        Param(
            name="end",
            type="number",
            min=0,
            max=_LONGEST,
            about="seconds from the beginning; this or duration",
        ),
        Param(name="duration", type="number", min=0, max=_LONGEST, about="seconds; this or end"),
    ),
    price=FREE,
    version=1,
)


async def run(args: JsonObject, workdir: Path) -> list[Path]:
    """From `start` (seconds, 0) to `end` (the film's end), or `duration` seconds of it.

    Coded anew, because a film can only be cut without that where its coder happened to put a key frame.
    """
    read = Arguments("local/trim", args)
    path = read.path("video")
    start = _seconds(read.number("start", 0, _LONGEST)) or Fraction(0)
    end, length = _seconds(read.number("end", 0, _LONGEST)), _seconds(read.number("duration", 0, _LONGEST))
    if end is not None and length is not None:
        raise StepFailed("local/trim was given end and duration", "Give one of the two.")
    if length is not None:
        end = start + length
    if end is not None and end <= start:
        raise StepFailed(f"local/trim: the part asked for ends at {float(end):g} s, before it begins")
    order = Order(clips=[(path, f"video ({path.name})")], window=(start, end))
    return [await make_film(order, workdir)]


def _seconds(value: float | None) -> Fraction | None:
    """To the microsecond: no frame is that short."""
    return None if value is None else Fraction(round(value * 1_000_000), 1_000_000)
