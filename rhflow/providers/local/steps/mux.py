"""`local/mux`: a film with another sound: a voice over it, or instead of its own."""

from __future__ import annotations

from pathlib import Path

from rhflow.catalog.model import Model, Param
from rhflow.catalog.price import FREE
from rhflow.ground.media import Kind
from rhflow.ground.values import JsonObject
from rhflow.providers.local.arguments import Arguments
from rhflow.providers.local.film.assembly import Order, make_film
from rhflow.providers.local.film.soundtrack import Music

MODEL = Model(
    endpoint="local/mux",
    names=("local/mux",),
    task="local",
    family="local",
    output=Kind.VIDEO,
    params=(
        Param(name="video", type="video", required=True),
        Param(name="audio", type="audio", required=True, about="takes the place of the film's own sound"),
        Param(
            name="keep_sound",
            type="boolean",
            default=False,
            about="the film's own sound stays, the new one quieter beneath it",
        ),
        Param(name="loop", type="boolean", default=False, about="from the start again where it is short"),
    ),
    price=FREE,
    version=1,
)


async def run(args: JsonObject, workdir: Path) -> list[Path]:
    """As long as the film: longer sound is cut, shorter sound ends in silence or, with `loop`, repeats.

    With `keep_sound` the film's own sound stays, and the new one lies 9 dB lower beneath it.
    """
    read = Arguments("local/mux", args)
    video, audio = read.path("video"), read.path("audio")
    order = Order(
        clips=[(video, f"video ({video.name})")],
        music=Music(audio, f"audio ({audio.name})", loops=read.flag("loop"), fades=read.flag("loop")),
        keeps_sound=read.flag("keep_sound"),
    )
    return [await make_film(order, workdir)]
