"""`local/text_card`: words on a plain ground for some seconds: a title, a chapter, the end."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from PIL import Image, ImageColor

from rhflow.catalog.model import Model, Param
from rhflow.catalog.price import FREE
from rhflow.ground.media import Kind
from rhflow.ground.values import JsonObject
from rhflow.media import ffmpeg
from rhflow.media.lettering import Colour, Lettering, NoFont, draw_text
from rhflow.providers.local.arguments import Arguments
from rhflow.providers.local.film.segments import X264
from rhflow.providers.local.film.shape import BT709, even
from rhflow.providers.local.step import StepFailed

MODEL = Model(
    endpoint="local/text_card",
    names=("local/text_card",),
    task="local",
    family="local",
    output=Kind.VIDEO,
    params=(
        Param(name="text", type="string", required=True),
        Param(name="subtitle", type="string", about="a smaller line below"),
        Param(name="seconds", type="number", min=0.1, max=600, default=3),
        Param(name="size", type="string", default="1280x720", about="width x height"),
        Param(name="fps", type="integer", min=1, max=120, default=24),
        Param(name="color", type="string", default="#f4f1ea"),
        Param(name="background", type="string", default="#16181d"),
    ),
    price=FREE,
    version=1,
)


async def run(args: JsonObject, workdir: Path) -> list[Path]:
    """A silent MP4, ready to stand among the clips of `local/concat`."""
    read = Arguments("local/text_card", args)
    width, height = _size(read.text("size", "1280x720"))
    text, subtitle = read.text("text"), read.text("subtitle")
    colour, ground = (_colour(name, read.text(name, plain)) for name, plain in _COLOURS.items())
    still, film = workdir / "card.png", workdir / "text_card.mp4"
    card = await asyncio.to_thread(_draw, (text, subtitle), (width, height), colour, ground)
    card.save(still, compress_level=1)
    fps, seconds = read.integer("fps", 1, 120) or 24, read.number("seconds", 0.1, 600) or 3.0
    await ffmpeg.run_async(
        [
            *("-loop", "1", "-framerate", str(fps), *ffmpeg.source(still)),
            *("-vf", f"scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,{BT709}"),
            *("-frames:v", str(max(round(seconds * fps), 1))),
            *(*X264, "-movflags", "+faststart", *ffmpeg.BITEXACT, "-f", "mp4", ffmpeg.target(film)),
        ]
    )
    return [film]


_COLOURS = {"color": "#f4f1ea", "background": "#16181d"}


def _draw(texts: tuple[str, str], size: tuple[int, int], colour: Colour, ground: Colour) -> Image.Image:
    """Title and subtitle in the middle of the card, as one block."""
    width, height = size
    letters = max(round(min(width * 0.075, height * 0.11)), 14)
    blocks = []
    for text, scale in zip(texts, (1.0, 0.48), strict=True):
        setting = Lettering(
            max(round(letters * scale), 10), round(width * 0.8), max_lines=4, colour=colour, has_outline=False
        )
        try:
            block = draw_text(text, setting)
        except NoFont as error:
            raise StepFailed(
                f"local/text_card: no font here can draw {error.letters[:12]!r}",
                "Install rhflow[cjk] for Chinese, Japanese and Korean, or name a font file in RHFLOW_FONT.",
            ) from None
        if block is not None:
            blocks.append(block)
    card = Image.new("RGB", size, ground)
    gap = round(letters * 0.55)
    y = (height - sum(block.height for block in blocks) - gap * (len(blocks) - 1)) // 2
    for block in blocks:
        card.paste(block, ((width - block.width) // 2, y), block)
        y += block.height + gap
    return card


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{2,4})[x×](\d{2,4})", text.strip().lower())
    if found is None:
        raise StepFailed(f"local/text_card: size is {text!r}; it wants something like 1280x720")
    return even(int(found[1])), even(int(found[2]))


def _colour(name: str, text: str) -> Colour:
    try:
        red, green, blue = ImageColor.getrgb(text)[:3]
    except ValueError:
        raise StepFailed(
            f"local/text_card: {name} is {text!r}; it wants a colour like #16181d or navy"
        ) from None
    return red, green, blue
