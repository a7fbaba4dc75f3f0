"""`local/last_frame`: the last picture of a film."""

from __future__ import annotations

from pathlib import Path

from rhflow.catalog.model import Model, Param
from rhflow.catalog.price import FREE
from rhflow.ground.media import Kind
from rhflow.ground.values import JsonObject
from rhflow.providers.local.arguments import Arguments
from rhflow.providers.local.film.still import last_still

MODEL = Model(
    endpoint="local/last_frame",
    names=("local/last_frame",),
    task="local",
    family="local",
    output=Kind.IMAGE,
    params=(Param(name="video", type="video", required=True),),
    price=FREE,
    version=1,
)


async def run(args: JsonObject, workdir: Path) -> list[Path]:
    """A PNG: the first picture of a clip that goes on from here."""
    path = Arguments("local/last_frame", args).path("video")
    goal = workdir / "last_frame.png"
    await last_still(path, f"video ({path.name})", goal)
    return [goal]
