"""Acts on words and pictures."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter, ImageOps

from rhflow.ground.values import Json
from rhflow.simulator.chat.reply import read, reply_to
from rhflow.simulator.order import Rendered
from rhflow.simulator.workflows import metadata
from rhflow.simulator.workflows.graph import Node
from rhflow.simulator.workflows.studio import (
    Studio,
    as_prompt,
    first_medium,
    number,
    open_picture,
    pictures_of,
    text_of,
)
from rhflow.simulator.workflows.values import Canvas, Names, NodeFailed, Pictures, Prompt, Sound, Take, Value

Given = dict[str, Value]
_LARGEST = 8192
_TEXTS = ("text", "prompt", "tags", "lyrics")
_MODES = {"multiply": ImageChops.multiply, "screen": ImageChops.screen, "difference": ImageChops.difference}


def names(_studio: Studio, _node: Node, given: Given) -> tuple[Value, ...]:
    """A loader, or something put on a model."""
    before = [word for value in given.values() if isinstance(value, Names) for word in value.words]
    own = [text_of(value) for value in given.values() if isinstance(value, str | int | float)]
    return (Names((*before, *own)),) * 3


def prompt(_studio: Studio, _node: Node, given: Given) -> tuple[Value, ...]:
    """Words become a conditioning; conditionings and pictures that come along are joined to it."""
    parts = [as_prompt(given[name]) for name in _TEXTS if given.get(name)]
    parts += [as_prompt(value) for value in given.values() if isinstance(value, Prompt | Pictures)]
    marks = [text_of(value) for value in given.values() if isinstance(value, int | float)]
    text = ", ".join(part.text for part in parts if part.text)
    held = tuple(file for part in parts for file in part.pictures)
    return (Prompt(text, held, (*(mark for part in parts for mark in part.marks), *marks)),)


def prompt_pair(studio: Studio, node: Node, given: Given) -> tuple[Value, ...]:
    """A control picture for the positive words."""
    rest = {name: value for name, value in given.items() if name != "negative"}
    return (*prompt(studio, node, rest), as_prompt(given.get("negative")))


def silence(_studio: Studio, _node: Node, _given: Given) -> tuple[Value, ...]:
    """A conditioning that says nothing."""
    return (Prompt(),)


def value(_studio: Studio, _node: Node, given: Given) -> tuple[Value, ...]:
    """A number or text of its own."""
    return (next(iter(given.values()), None),)


def join_text(_studio: Studio, _node: Node, given: Given) -> tuple[Value, ...]:
    """Two texts in one."""
    return (
        text_of(given.get("delimiter")).join(
            [text_of(given.get("string_a")), text_of(given.get("string_b"))]
        ),
    )


def choose(_studio: Studio, _node: Node, given: Given) -> tuple[Value, ...]:
    """One of two, by a switch."""
    return (given.get("on_true") if given.get("boolean") is True else given.get("on_false"),)


def same(_studio: Studio, _node: Node, given: Given) -> tuple[Value, ...]:
    """What comes in goes out; here nothing is encoded."""
    canvases = [item for item in given.values() if isinstance(item, Canvas)]
    return (canvases[0] if canvases else first_medium(given),) * 3


def canvas(_studio: Studio, _node: Node, given: Given) -> tuple[Value, ...]:
    """An empty latent."""
    return (
        Canvas(
            round(number(given.get("width"), 0)),
            round(number(given.get("height"), 0)),
            round(number(given.get("batch_size"), 1)),
            round(number(given.get("length"), 0)),
            number(given.get("seconds"), 0.0),
        ),
    )


def moving_canvas(studio: Studio, node: Node, given: Given) -> tuple[Value, ...]:
    """An empty film with its first and last frame."""
    (empty,) = canvas(studio, node, given)
    assert isinstance(empty, Canvas)
    first = given.get("start_image")
    last = given.get("end_image")
    film = replace(
        empty,
        frames=max(empty.frames, 1),
        first=pictures_of(first)[:1] if first is not None else (),
        last=pictures_of(last)[:1] if last is not None else (),
    )
    return as_prompt(given.get("positive")), as_prompt(given.get("negative")), film


def sample(studio: Studio, node: Node, given: Given) -> tuple[Value, ...]:
    """The sampler: words and a latent become pictures, sound, or a film that is drawn later."""
    positive, negative = as_prompt(given.get("positive")), as_prompt(given.get("negative"))
    latent, model = given.get("latent_image"), given.get("model")
    marks = [f"{name}={text_of(item)}" for name, item in given.items() if isinstance(item, str | int | float)]
    marks += [*positive.marks, *(model.words if isinstance(model, Names) else ())]
    arguments: dict[str, Json] = {
        "prompt": positive.text,
        "negativePrompt": negative.text,
        "marks": "; ".join(marks),
    }
    if isinstance(latent, Canvas) and latent.frames:
        return (Take(positive.text, latent, tuple(marks)),)
    if isinstance(latent, Canvas) and latent.seconds:
        sized: dict[str, Json] = {**arguments, "duration": latent.seconds}
        return (Sound(studio.draw_files(node, "text-to-music", "audio", sized)[0]),)
    if isinstance(latent, Canvas):
        size: dict[str, Json] = {"width": latent.width, "height": latent.height, "n": min(latent.count, 10)}
        task = "image-to-image" if positive.pictures else "text-to-image"
        media = {"image": positive.pictures}
        return (Pictures(studio.draw_files(node, task, "image", {**arguments, **size}, media)),)
    sources = pictures_of(latent)
    if number(given.get("denoise"), 1.0) < 0.02:
        return (Pictures(sources),)
    drawn: list[Path] = []
    for source in sources:
        others = tuple(file for file in positive.pictures if file != source)
        drawn += studio.draw_files(
            node, "image-to-image", "image", arguments, {"firstImage": (source,), "image": others}
        )
    return (Pictures(tuple(drawn)),)


def scale(studio: Studio, node: Node, given: Given) -> tuple[Value, ...]:
    """Another size: exact, by a factor, or by a number of pixels."""
    made = []
    for file in pictures_of(given.get("image")):
        picture = open_picture(file)
        size = _size(picture.size, given)
        if text_of(given.get("crop")) == "center":
            picture = ImageOps.fit(picture, size, Image.Resampling.LANCZOS)
        else:
            picture = picture.resize(size, Image.Resampling.LANCZOS)
        made.append(_kept(studio, node, picture))
    return (Pictures(tuple(made)),)


def _size(now: tuple[int, int], given: Given) -> tuple[int, int]:
    wide, high = number(given.get("width"), 0), number(given.get("height"), 0)
    if wide or high:
        wide, high = wide or now[0] * high / now[1], high or now[1] * wide / now[0]
    else:
        by = number(given.get("scale_by"), 1.0)
        if "megapixels" in given:
            by = math.sqrt(number(given["megapixels"], 1.0) * 1024 * 1024 / (now[0] * now[1]))
        wide, high = now[0] * by, now[1] * by
    return min(max(round(wide), 1), _LARGEST), min(max(round(high), 1), _LARGEST)


def upscale(studio: Studio, node: Node, given: Given) -> tuple[Value, ...]:
    """As many times larger as the model's name says, else four times."""
    model = given.get("upscale_model")
    said = re.search(r"(\d)x|x(\d)", " ".join(model.words) if isinstance(model, Names) else "", re.IGNORECASE)
    times = int(said[1] or said[2]) if said else 4
    made = []
    for file in pictures_of(given.get("image")):
        given_one = open_picture(file)
        wide, high = given_one.size
        asked: dict[str, Json] = {"upscale": times}
        plain = _kept(studio, node, given_one)
        (large,) = studio.draw_files(
            node, "image-tools", "image", asked, {"image": (plain,)}, "image-upscale"
        )
        size = (min(wide * times, _LARGEST), min(high * times, _LARGEST))
        picture = open_picture(large)
        made.append(large if picture.size == size else _kept(studio, node, picture.resize(size)))
    return (Pictures(tuple(made)),)


def retouch(studio: Studio, node: Node, given: Given) -> tuple[Value, ...]:
    """Inverted, blurred, sharpened or cropped."""
    made = []
    for file in pictures_of(given.get("image")):
        picture = open_picture(file)
        if "blur_radius" in given:
            picture = picture.filter(ImageFilter.GaussianBlur(number(given["blur_radius"], 1)))
        elif "sharpen_radius" in given:
            percent = round(number(given.get("alpha"), 1) * 100)
            picture = picture.filter(ImageFilter.UnsharpMask(number(given["sharpen_radius"], 1), percent))
        elif "x" in given:
            left, top = (round(number(given.get(name), 0)) for name in ("x", "y"))
            left, top = min(left, picture.width - 1), min(top, picture.height - 1)
            right = min(left + round(number(given.get("width"), 1)), picture.width)
            picture = picture.crop(
                (left, top, right, min(top + round(number(given.get("height"), 1)), picture.height))
            )
        else:
            picture = ImageOps.invert(picture)
        made.append(_kept(studio, node, picture))
    return (Pictures(tuple(made)),)


def blend(studio: Studio, node: Node, given: Given) -> tuple[Value, ...]:
    """One picture over another."""
    below, above = (open_picture(pictures_of(given.get(name))[0]) for name in ("image1", "image2"))
    above = above.resize(below.size, Image.Resampling.LANCZOS)
    mode = _MODES.get(text_of(given.get("blend_mode")))
    mixed = Image.blend(below, mode(below, above) if mode else above, number(given.get("blend_factor"), 0.5))
    return (Pictures((_kept(studio, node, mixed),)),)


def batch(_studio: Studio, _node: Node, given: Given) -> tuple[Value, ...]:
    """Pictures put together."""
    held = [file for item in given.values() if isinstance(item, Pictures) for file in item.files]
    return (Pictures(tuple(held)),)


def describe(studio: Studio, node: Node, given: Given) -> tuple[Value, ...]:
    """What can be said of a picture: the picture, no mask, the words, and an empty list."""
    shown = given.get("image")
    said = studio.draw(node, "image-to-text", "text", {"prompt": ""}, {"image": pictures_of(shown)[:1]})
    return shown, None, said[0].text or "", "[]"


def ask(_studio: Studio, _node: Node, given: Given) -> tuple[Value, ...]:
    """A language model's answer."""
    messages: list[Json] = [
        {"role": "system", "content": text_of(given.get("role"))},
        {"role": "user", "content": text_of(given.get("prompt"))},
    ]
    return (reply_to(read({"messages": messages, "seed": text_of(given.get("seed"))})),)


def save_text(studio: Studio, node: Node, given: Given) -> tuple[Value, ...]:
    """A text as a result."""
    said = text_of(next(iter(given.values()), ""))
    path = studio.file(node, "txt")
    path.write_text(said, encoding="utf-8")
    studio.saved.append(Rendered(str(path), "txt", said, node.id))
    return (said,)


def save_pictures(studio: Studio, node: Node, files: tuple[Path, ...]) -> None:
    """Pictures as results: PNG, with the workflow in them where that was asked for."""
    for file in files:
        if file.suffix != ".png":
            file = _kept(studio, node, open_picture(file))  # noqa: PLW2901
        content = file.read_bytes()
        if studio.metadata:
            content = metadata.written_into(content, studio.metadata)
        result = studio.file(node, "png")
        result.write_bytes(content)
        studio.save(node, result, "png")


def _kept(studio: Studio, node: Node, picture: Image.Image) -> Path:
    path = studio.file(node, "png")
    try:
        picture.save(path, compress_level=3)
    except (OSError, ValueError) as error:
        raise NodeFailed(f"The picture could not be saved: {error}", type(error).__name__) from error
    return path
