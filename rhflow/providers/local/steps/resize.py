"""`local/resize`: a film in another size or frame rate."""

from __future__ import annotations

from pathlib import Path

from rhflow.catalog.model import Model, Param
from rhflow.catalog.price import FREE
from rhflow.ground.media import Kind
from rhflow.ground.values import JsonObject
from rhflow.providers.local.arguments import Arguments
from rhflow.providers.local.film.assembly import Order, make_film
from rhflow.providers.local.step import StepFailed

MODEL = Model(
    endpoint="local/resize",
    names=("local/resize",),
    task="local",
    family="local",
    output=Kind.VIDEO,
    params=(
        Param(name="video", type="video", required=True),
        Param(
            name="resolution",
            type="string",
            about="such as 720p, 4k or 1280x720; bars where the shape differs",
        ),
        Param(name="fps", type="integer", min=1, max=120),
    ),
    price=FREE,
    version=1,
)


async def run(args: JsonObject, workdir: Path) -> list[Path]:
    """Never stretched: where the proportions differ, black bars fill the rest. Nothing is sharpened."""
    read = Arguments("local/resize", args)
    path = read.path("video")
    resolution, fps = read.text("resolution"), read.integer("fps", 1, 120)
    if not resolution and fps is None:
        raise StepFailed("local/resize was told neither a resolution nor fps", "Give one, like 720p or 24.")
    order = Order(clips=[(path, f"video ({path.name})")], resolution=resolution, fps=fps)
    return [await make_film(order, workdir)]
