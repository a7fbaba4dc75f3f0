"""`local/captions`: words at the foot of a film, all through it."""

from __future__ import annotations

from pathlib import Path

from rhflow.catalog.model import Model, Param
from rhflow.catalog.price import FREE
from rhflow.ground.media import Kind
from rhflow.ground.values import JsonObject
from rhflow.providers.local.arguments import Arguments
from rhflow.providers.local.film.assembly import Order, make_film

MODEL = Model(
    endpoint="local/captions",
    names=("local/captions",),
    task="local",
    family="local",
    output=Kind.VIDEO,
    params=(
        Param(name="video", type="video", required=True),
        Param(
            name="text",
            type="string",
            required=True,
            about="the words at the foot of the film, from beginning to end",
        ),
    ),
    price=FREE,
    version=1,
)


async def run(args: JsonObject, workdir: Path) -> list[Path]:
    """Where films are joined anyway, `local/concat` writes the captions in the same go."""
    read = Arguments("local/captions", args)
    path = read.path("video")
    order = Order(clips=[(path, f"video ({path.name})")], captions=[read.text("text") or None])
    return [await make_film(order, workdir)]
