"""`local/contact_sheet`: many pictures side by side on one, with their numbers."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageOps

from rhflow.catalog.model import Model, Param
from rhflow.catalog.price import FREE
from rhflow.ground.media import Kind
from rhflow.ground.values import JsonObject
from rhflow.media.lettering import Lettering, NoFont, draw_text
from rhflow.providers.local.arguments import Arguments
from rhflow.providers.local.step import StepFailed

_GROUND = (38, 41, 48)
_INK = (226, 224, 218)

MODEL = Model(
    endpoint="local/contact_sheet",
    names=("local/contact_sheet",),
    task="local",
    family="local",
    output=Kind.IMAGE,
    params=(
        Param(name="images", type="image", required=True, multiple=True),
        Param(
            name="labels", type="array", item_type="string", about="one for each picture; else their numbers"
        ),
        Param(name="columns", type="integer", min=1, max=20, about="else what suits their number"),
        Param(name="width", type="integer", min=200, max=8000, default=1920, about="pixels"),
    ),
    price=FREE,
    version=1,
)


async def run(args: JsonObject, workdir: Path) -> list[Path]:
    """A PNG; pictures keep their number (from 1) when others were skipped, unless `labels` name them."""
    read = Arguments("local/contact_sheet", args)
    slots = read.paths("images")
    labels = read.texts("labels")
    if labels and len(labels) != len(slots):
        raise StepFailed(f"local/contact_sheet has {len(slots)} images and {len(labels)} labels")
    named = [
        (path, (labels[slot] or "") if labels else str(slot + 1))
        for slot, path in enumerate(slots)
        if path is not None
    ]
    if not named:
        raise StepFailed("There is nothing to show: images is empty, or every one of them was skipped")
    columns = read.integer("columns", 1, 20) or _columns(len(named))
    goal = workdir / "contact_sheet.png"
    await asyncio.to_thread(_draw, named, columns, read.integer("width", 200, 8000) or 1920, goal)
    return [goal]


def _columns(count: int) -> int:
    """As many as make the sheet about as wide as it is high, one to six."""
    return min(max(round(math.sqrt(count) + 0.3), 1), 6)


def _draw(named: Sequence[tuple[Path, str]], columns: int, width: int, goal: Path) -> None:
    """Cells are as high as the pictures need on the average, so that alike pictures leave no bars."""
    gap = max(width // 96, 4)
    cell = (width - gap * (columns + 1)) // columns
    pictures = [_open(path, index) for index, (path, _) in enumerate(named)]
    ratios = sorted(picture.height / picture.width for picture in pictures)
    height = round(cell * min(max(ratios[len(ratios) // 2], 0.4), 1.8))
    has_labels = any(label for _, label in named)
    letters = max(round(cell * 0.05), 11)
    foot = round(letters * 1.9) if has_labels else 0
    rows = -(-len(named) // columns)
    sheet = Image.new("RGB", (width, rows * (height + foot + gap) + gap), _GROUND)
    for index, (picture, (_, label)) in enumerate(zip(pictures, named, strict=True)):
        row, column = divmod(index, columns)
        x, y = gap + column * (cell + gap), gap + row * (height + foot + gap)
        shown = ImageOps.contain(picture, (cell, height), Image.Resampling.LANCZOS)
        sheet.paste(shown, (x + (cell - shown.width) // 2, y + (height - shown.height) // 2))
        _write(sheet, label, (x, y + height), cell, letters)
    sheet.save(goal)


def _open(path: Path, index: int) -> Image.Image:
    try:
        with Image.open(path) as image:
            return ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise StepFailed(
            f"local/contact_sheet: images[{index}] ({path.name}) is no picture that can be read",
            "Look at what made it.",
        ) from None


def _write(sheet: Image.Image, label: str, corner: tuple[int, int], cell: int, letters: int) -> None:
    try:
        drawn = draw_text(label, Lettering(letters, cell, max_lines=1, colour=_INK, has_outline=False))
    except NoFont as error:
        raise StepFailed(f"local/contact_sheet: no font here can draw {error.letters[:12]!r}") from None
    if drawn is not None:
        drawn.thumbnail((cell, round(letters * 1.5)))
        x, y = corner
        sheet.paste(
            drawn, (x + (cell - drawn.width) // 2, y + (round(letters * 1.9) - drawn.height) // 2), drawn
        )
