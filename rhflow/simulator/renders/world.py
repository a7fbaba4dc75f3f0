"""Worlds: a picture all around, a flight through it, and the card of a world that was made."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

from PIL import Image, ImageFilter, ImageOps

from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import clip, film, picture, words
from rhflow.simulator.renders.request import Request
from rhflow.simulator.renders.still import Still

SIZE = (2048, 1024)
"""Of a panorama: all directions around, straight up to straight down."""
_TOUR_S = 8.0
_PARTS = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))
"""How the digits of an id are grouped."""


def image_to_world(request: Request) -> list[Rendered]:
    """A panorama that begins and ends at the same place: the picture ahead, its surroundings all around."""
    path = request.folder / "world-1.png"
    around(_begin(request), request).save(path, compress_level=3)
    return [Rendered(str(path), "png")]


def video_to_world(request: Request) -> list[Rendered]:
    """A turn on the spot in the world that a video shows."""
    plan = film.Film(request.video_size(16 / 9, 720), request.seconds(_TOUR_S), request.prompt)
    return film.shown(request, plan, turn(around(_begin(request), request), plan))


def text_to_world(request: Request) -> list[Rendered]:
    """The card of a world: its id, what it shows, where one stands in it."""
    dice = request.dice.split("world")
    reading = words.read(request.prompt)
    card = {
        "world_id": "-".join(dice.seed[first:last] for first, last in _PARTS),
        "display_name": request.text("displayName") or request.prompt[:64] or "World",
        "status": "SUCCEEDED",
        "caption": request.prompt,
        "scene": {
            "places": [*reading.settings, *reading.hints],
            "time": reading.time,
            "weather": reading.weathers,
            "things": reading.subjects,
            "style": reading.style,
        },
        "spawn": {"position": [0.0, 1.6, 0.0], "yaw_degrees": dice.whole(0, 359)},
        "extent_m": [dice.whole(20, 60), dice.whole(8, 20), dice.whole(20, 60)],
    }
    return [Rendered(None, "txt", json.dumps(card, ensure_ascii=False))]


def _begin(request: Request) -> Still:
    """What is ahead: the picture, the last frame of the video, else a painting of the words."""
    stills = clip.given_stills(request)
    if stills:
        return stills[0]
    return picture.paint(words.read(request.prompt), (1280, 720), request.dice)


def around(still: Still, request: Request) -> Image.Image:
    """A picture all around, twice as wide as high."""
    if request.flag("isPano"):
        return ImageOps.fit(still.picture, SIZE, Image.Resampling.LANCZOS)
    known = still.studied()
    ahead = known.fitted((SIZE[0] // 2, round(SIZE[0] / 2 / still.shape)))
    behind = ImageOps.mirror(ahead.bare())  # the figures are met once
    high = min(ahead.picture.height, round(SIZE[1] * 0.7))
    cut = (ahead.picture.height - high) // 2
    belt = Image.new("RGB", (SIZE[0], high))
    half = SIZE[0] // 4
    belt.paste(behind.crop((half, cut, half * 2, cut + high)), (0, 0))
    belt.paste(ahead.picture.crop((0, cut, half * 2, cut + high)), (half, 0))
    belt.paste(behind.crop((0, cut, half, cut + high)), (half * 3, 0))
    return _closed(belt)


def _closed(belt: Image.Image) -> Image.Image:
    """A belt of pictures with sky above and ground below, which melt into one colour at the poles."""
    wide, high = SIZE
    top = round((high - belt.height) * 0.55)
    foot = top + belt.height
    edge = round(belt.height * 0.1)
    done = Image.new("RGB", SIZE)
    done.paste(belt, (0, top))
    sky = ImageOps.flip(belt.crop((0, 0, wide, round(belt.height * 0.3)))).resize((wide, top + edge))
    ground = ImageOps.flip(belt.crop((0, round(belt.height * 0.9), wide, belt.height)))
    ground = ground.resize((wide, high - foot + edge))
    done.paste(_around_blur(sky, 40), (0, 0), _fade(sky.size, edge))
    done.paste(_around_blur(ground, 30), (0, foot - edge), ImageOps.flip(_fade(ground.size, edge)))
    for start, step in ((0, 1), (high - 1, -1)):  # towards a pole a row is ever less long
        for index in range(0, round(high * 0.2), 8):
            y = start + index * step
            row = (0, min(y, y + 7 * step), wide, min(y, y + 7 * step) + 8)
            strength = (1 - index / (high * 0.2)) ** 2
            done.paste(_around_blur(done.crop(row), 6 + wide * 0.12 * strength), row[:2])
    return done


def _around_blur(piece: Image.Image, radius: float) -> Image.Image:
    """Blurred sideways, with what leaves on the right coming back on the left."""
    pad = min(piece.width, round(radius * 2))
    wide = Image.new("RGB", (piece.width + 2 * pad, piece.height))
    wide.paste(piece, (pad, 0))
    wide.paste(piece.crop((piece.width - pad, 0, piece.width, piece.height)), (0, 0))
    wide.paste(piece.crop((0, 0, pad, piece.height)), (piece.width + pad, 0))
    soft = wide.filter(ImageFilter.BoxBlur((radius, 2.0)))
    return soft.crop((pad, 0, pad + piece.width, piece.height))


def _fade(size: tuple[int, int], edge: int) -> Image.Image:
    """A mask that lets go over the last rows."""
    column = Image.new("L", (1, size[1]))
    column.putdata([round(255 * min(1.0, (size[1] - 1 - y) / edge)) for y in range(size[1])])
    return column.resize(size)


def turn(panorama: Image.Image, plan: film.Film) -> Iterator[Image.Image]:
    """Once around, looking a little up and down on the way."""
    wide, high = panorama.size
    size = plan.drawn
    doubled = Image.new("RGB", (wide * 2, high))
    doubled.paste(panorama, (0, 0))
    doubled.paste(panorama, (wide, 0))
    tall = high * 0.5
    across = tall * size[0] / size[1]
    for index in range(plan.total):
        share = index / max(1, plan.total - 1)
        left = (0.5 * wide - across / 2 + share * wide) % wide
        level = high * 0.5 + math.sin(share * math.tau) * high * 0.05
        box = (left, level - tall / 2, left + across, level + tall / 2)
        yield doubled.resize(size, Image.Resampling.BILINEAR, box=box)
