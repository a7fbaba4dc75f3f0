"""Pictures: out of words, or out of a picture and words."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageEnhance, ImageOps

from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import caption, finish, palette, scene, words
from rhflow.simulator.renders.colour import darker, mix
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.errors import UnreadableInput
from rhflow.simulator.renders.request import Request

LARGEST_DRAWN = 2048
"""The long edge above which pictures are drawn smaller and enlarged."""


def text_to_image(request: Request) -> list[Rendered]:
    """As many pictures as asked for, each a variation of its own."""
    results = []
    reading = words.read(request.prompt)
    for index in range(request.count()):
        dice = request.dice if index == 0 else request.dice.split(f"variation {index}")
        clean = paint(reading, request.picture_size(), dice)
        results.append(_captioned(request, reading, clean, index, dice))
    return results


def paint(reading: words.Reading, size: tuple[int, int], dice: Dice) -> Image.Image:
    """A scene of this size, drawn smaller and enlarged where it is very large."""
    scale = min(1.0, LARGEST_DRAWN / max(size))
    drawn = (max(64, round(size[0] * scale)), max(64, round(size[1] * scale)))
    picture = scene.paint(reading, *drawn, dice)
    return picture if drawn == size else picture.resize(size, Image.Resampling.LANCZOS)


def image_to_image(request: Request) -> list[Rendered]:
    """The first picture given, restyled after the words; further ones come in as insets of light."""
    files = request.media()
    sources = [open_picture(file) for file in files]
    if not sources:
        return text_to_image(request)
    reading = words.read(request.prompt)
    size = request.picture_size(sources[0].size)
    results = []
    for index in range(request.count()):
        dice = request.dice if index == 0 else request.dice.split(f"variation {index}")
        picture = ImageOps.fit(sources[0], size, Image.Resampling.LANCZOS)
        for other in sources[1:4]:
            picture = Image.blend(picture, ImageOps.fit(other, size, Image.Resampling.BILINEAR), 0.3)
        results.append(_captioned(request, reading, restyle(picture, reading, dice), index, dice))
    return results


def restyle(picture: Image.Image, reading: words.Reading, dice: Dice) -> Image.Image:
    """Keep the picture, change its light and hand; a hint of the asked elements is laid over it."""
    setting = scene.choose_setting(reading, dice.split("setting"))
    colours, hour = palette.choose(reading, setting, dice.split("palette"))
    grey = ImageOps.autocontrast(picture.convert("L"), cutoff=1)
    toned = ImageOps.colorize(
        grey,
        darker(colours.near, 0.35),
        mix(colours.sky[3], (255, 255, 255), 0.25),
        mid=mix(colours.sky[1], colours.far, 0.5),
    )
    says = bool(reading.time or reading.colours or reading.style or reading.weathers)
    mixed = Image.blend(picture, toned, 0.55 if says else 0.3)
    mixed = ImageEnhance.Color(mixed).enhance(0.85 if hour in {"noir", "fog", "ink"} else 1.12)
    dressed = scene.overlay(mixed, reading, colours, dice)
    return finish.styled(dressed, reading.style, dice.split("finish"))


def _captioned(
    request: Request, reading: words.Reading, clean: Image.Image, index: int, dice: Dice
) -> Rendered:
    setting = scene.choose_setting(reading, dice.split("setting"))
    colours, _ = palette.choose(reading, setting, dice.split("palette"))
    written = caption.Caption(caption.model_name(request.order.endpoint), request.prompt)
    shade = finish.PAPER if reading.style in finish.ON_PAPER else darker(colours.near, 0.55)
    done = caption.put_on(
        clean, written, shade, darker(colours.accent, 0.25) if shade is finish.PAPER else colours.accent
    )
    kind = request.image_format()
    path = request.folder / f"image-{index + 1}.{'jpg' if kind == 'jpeg' else kind}"
    caption.save(done, str(path), kind, caption.hidden_strip(clean) if max(clean.size) <= 4096 else None)
    return Rendered(str(path), path.suffix.lstrip("."))


def open_picture(path: Path) -> Image.Image:
    """A picture file as RGB without our caption.

    Raises:
        UnreadableInput: it is no picture, or a broken one.
    """
    try:
        with Image.open(path) as opened:
            opened.load()
            turned = ImageOps.exif_transpose(opened) if opened.getexif().get(0x0112, 1) != 1 else opened
            return caption.without_caption(turned)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadableInput(f"The input {path.name} is no picture that can be read") from error
