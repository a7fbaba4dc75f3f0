"""Pictures: out of words, or out of a picture and words."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageOps

from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import caption, finish, memo, palette, scene, words
from rhflow.simulator.renders.colour import darker
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.errors import UnreadableInput
from rhflow.simulator.renders.request import Request
from rhflow.simulator.renders.still import Still

LARGEST_DRAWN = 2048
"""The long edge above which pictures are drawn smaller and enlarged."""


def text_to_image(request: Request) -> list[Rendered]:
    """As many pictures as asked for, each a variation of its own."""
    results = []
    reading = words.read(request.prompt)
    for index in range(request.count()):
        dice = request.dice if index == 0 else request.dice.split(f"variation {index}")
        clean = paint(reading, request.picture_size(), dice)
        if request.text("background") == "transparent":
            results.append(saved(request, clean.alone(), f"image-{index + 1}"))
        else:
            results.append(captioned(request, reading, clean, index, dice))
    return results


def paint(reading: words.Reading, size: tuple[int, int], dice: Dice, *, is_bare: bool = False) -> Still:
    """A scene of this size, drawn smaller and enlarged where it is very large."""
    scale = min(1.0, LARGEST_DRAWN / max(size))
    drawn = (max(64, round(size[0] * scale)), max(64, round(size[1] * scale)))
    painted = scene.paint(reading, *drawn, dice, is_bare=is_bare)
    return painted if drawn == size else painted.fitted(size)


def captioned(request: Request, reading: words.Reading, clean: Still, index: int, dice: Dice) -> Rendered:
    """Write result number `index`: the picture with its caption, and its memo inside."""
    setting = scene.choose_setting(reading, dice.split("setting"))
    colours, _ = palette.choose(reading, setting, dice.split("palette"))
    written = caption.Caption(caption.model_name(request.order.endpoint), request.prompt)
    shade = finish.PAPER if reading.style in finish.ON_PAPER else darker(colours.near, 0.55)
    accent = darker(colours.accent, 0.25) if shade is finish.PAPER else colours.accent
    done = caption.put_on(clean.picture, written, shade, accent)
    kept = memo.memo(clean.picture, clean.figures) if max(clean.picture.size) <= 4096 else None
    return saved(request, done, f"image-{index + 1}", kept)


def saved(request: Request, picture: Image.Image, name: str, kept: bytes | None = None) -> Rendered:
    """Write a picture in the format asked for; what is transparent stays so where the format can say it."""
    kind = request.image_format()
    if picture.mode == "RGBA" and kind == "jpeg":
        kind = "png"
    path = request.folder / f"{name}.{'jpg' if kind == 'jpeg' else kind}"
    memo.save(picture, str(path), kind, kept)
    return Rendered(str(path), path.suffix.lstrip("."))


def open_picture(path: Path) -> Image.Image:
    """A picture file as RGB without our caption.

    Raises:
        UnreadableInput: it is no picture, or a broken one.
    """
    return open_still(path).picture


def open_still(path: Path) -> Still:
    """A picture file as RGB without our caption, with the figures its painter noted.

    Raises:
        UnreadableInput: it is no picture, or a broken one.
    """
    try:
        with Image.open(path) as opened:
            opened.load()
            turned = ImageOps.exif_transpose(opened) if opened.getexif().get(0x0112, 1) != 1 else opened
            return Still(*memo.recall(turned))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadableInput(f"The input {path.name} is no picture that can be read") from error
