"""`local/first_frame`: the first picture of a film."""

from __future__ import annotations

from pathlib import Path

from rhflow.catalog.model import Model, Param
from rhflow.catalog.price import FREE
from rhflow.ground.media import Kind
from rhflow.ground.values import JsonObject
from rhflow.providers.local.arguments import Arguments
from rhflow.providers.local.film.still import first_still

MODEL = Model(
    endpoint="local/first_frame",
    names=("local/first_frame",),
    task="local",
    family="local",
    output=Kind.IMAGE,
    params=(Param(name="video", type="video", required=True),),
    price=FREE,
    version=1,
)


async def run(args: JsonObject, workdir: Path) -> list[Path]:
    """A PNG, to be the cover, or the picture another clip is made from."""
    path = Arguments("local/first_frame", args).path("video")
    goal = workdir / "first_frame.png"
    await first_still(path, f"video ({path.name})", goal)
    return [goal]
