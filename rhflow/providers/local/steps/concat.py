"""`local/concat`: clips one after another, with captions and music, as one film."""

from __future__ import annotations

from pathlib import Path

from rhflow.catalog.model import Model, Param
from rhflow.catalog.price import FREE
from rhflow.ground.media import Kind
from rhflow.ground.values import JsonObject
from rhflow.providers.local.arguments import Arguments
from rhflow.providers.local.film.assembly import Order, make_film
from rhflow.providers.local.film.soundtrack import Music
from rhflow.providers.local.step import StepFailed

MODEL = Model(
    endpoint="local/concat",
    names=("local/concat",),
    task="local",
    family="local",
    output=Kind.VIDEO,
    params=(
        Param(
            name="clips",
            type="video",
            required=True,
            multiple=True,
            about="one after another; what was skipped is left out",
        ),
        Param(
            name="audio",
            type="audio",
            about="music under the whole film: looped, cut to its length, faded out",
        ),
        Param(
            name="captions",
            type="array",
            item_type="string",
            about='one for each clip; "" where there is none',
        ),
        Param(
            name="resolution",
            type="string",
            about="such as 720p, 4k or 1280x720; else that of the largest clip",
        ),
        Param(name="fps", type="integer", min=1, max=120, about="else the highest of the clips, up to 60"),
        Param(
            name="transition",
            type="enum",
            enum=("cut", "fade"),
            default="cut",
            about="fade melts each clip into the next",
        ),
    ),
    price=FREE,
    version=1,
)


async def run(args: JsonObject, workdir: Path) -> list[Path]:
    """Clips that are null (their steps were skipped) are left out, and their captions with them."""
    read = Arguments("local/concat", args)
    slots = read.paths("clips")
    clips = [(path, f"clips[{slot}] ({path.name})") for slot, path in enumerate(slots) if path is not None]
    if not clips:
        raise StepFailed("There is nothing to join: clips is empty, or every one of them was skipped")
    music = read.optional_path("audio")
    order = Order(
        clips=clips,
        captions=_captions(read.texts("captions"), slots),
        music=Music(music, f"audio ({music.name})") if music else None,
        resolution=read.text("resolution"),
        fps=read.integer("fps", 1, 120),
        fades=read.choice("transition", ("cut", "fade")) == "fade",
    )
    return [await make_film(order, workdir)]


def _captions(texts: list[str | None], slots: list[Path | None]) -> list[str | None]:
    """One for each clip that is there: by slot, or in order where there is one for each."""
    present = [slot for slot, path in enumerate(slots) if path is not None]
    if not texts or len(texts) == len(present):
        return texts
    if len(texts) != len(slots):
        raise StepFailed(
            f"local/concat has {len(slots)} clips and {len(texts)} captions",
            'Give one caption per clip; "" where there is none.',
        )
    return [texts[slot] for slot in present]
