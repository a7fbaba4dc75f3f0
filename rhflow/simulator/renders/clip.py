"""Clips: out of a picture, of several, or of words alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import camera, encode, gait, passage, picture, words
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.film import PICTURES, Film, kind_of, planned, shown
from rhflow.simulator.renders.play import DETAIL, Actor, Play, detailed, moved
from rhflow.simulator.renders.puppet import Puppet
from rhflow.simulator.renders.request import Request, Shot
from rhflow.simulator.renders.still import Still
from rhflow.simulator.renders.subject import Figure


def text_to_video(request: Request) -> list[Rendered]:
    """Paint the words, shot by shot, and let what is in them move."""
    if request.media(*PICTURES):
        return image_to_video(request)
    film = planned(request, None)
    scenes = []
    for index, (shot, frames) in enumerate(_cuts(request, film)):
        dice = request.dice if index == 0 else request.dice.split(f"shot {index}")
        scenes.append(painted(shot.prompt, film, frames, dice))
    return shown(request, film, chain.from_iterable(scenes))


def image_to_video(request: Request) -> list[Rendered]:
    """The given picture comes alive; from a first picture to a last one; through several in turn."""
    stills = given_stills(request)
    if not stills:
        return text_to_video(request)
    film = planned(request, stills[0].shape)
    if request.flag("loop"):
        stills = [stills[0], stills[0]]
    if len(stills) > 1:
        frames = passage.through(stills[:6], film.drawn, film.total, request.dice)
        return shown(request, film, frames)
    scenes = []
    for index, (shot, count) in enumerate(_cuts(request, film)):
        still = stills[0] if index == 0 else closer(stills[0], index)
        dice = request.dice.split(f"film {index}")
        scenes.append(alive(still, shot.prompt, film, count, dice, reach=request.reach()))
    return shown(request, film, chain.from_iterable(scenes))


def painted(prompt: str, film: Film, count: int, dice: Dice) -> Iterator[Image.Image]:
    """Frames of a painting out of words, its figures moving."""
    size = film.drawn
    large = (round(size[0] * DETAIL / 2) * 2, round(size[1] * DETAIL / 2) * 2)
    reading = words.read(prompt)
    whole = picture.paint(reading, large, dice)
    backdrop = picture.paint(reading, large, dice, is_bare=True).picture if whole.figures else whole.picture
    actors = actors_of(whole, prompt, dice)
    move = camera.choose(prompt, dice.split("film"))
    return Play(backdrop, actors, moved(move, count), size, count, film.fps).frames()


def alive(
    still: Still,
    prompt: str,
    film: Film,
    count: int,
    dice: Dice,
    *,
    reach: float = 1.0,
    first: int = 0,
) -> Iterator[Image.Image]:
    """Frames that begin with the picture as it is; `first` skips so many."""
    size = film.drawn
    large = movable(detailed(still, size))
    actors = actors_of(large, prompt, dice, reach)
    move = camera.onward(prompt, dice.split("move"), reach)
    total = count + first
    return Play(large.bare(), actors, moved(move, total), size, total, film.fps).frames(first)


def movable(still: Still) -> Still:
    """The same picture with those of its figures that are worth moving: not what fills all of it."""
    known = still.studied()
    kept = [figure for figure in known.figures or () if figure.share < 0.5 and figure.clear > 0.18]
    return Still(known.picture, tuple(kept))


def actors_of(still: Still, prompt: str, dice: Dice, reach: float = 1.0) -> list[Actor]:
    """Its figures, each with a gait; those whose edges are not sure stay where they are."""
    size = still.picture.size
    plain = still.has_plain_ground()
    return [
        Actor(
            Puppet(still.picture, figure),
            gait.of(
                figure, prompt, size, dice.split(f"gait {number}"), reach, is_sure=bool(figure.name) or plain
            ),
        )
        for number, figure in enumerate(still.figures or ())
    ]


def closer(still: Still, index: int) -> Still:
    """Another view of the same: near its first figure, or near the middle; wide again every other time."""
    if index % 2 == 0:
        return still
    known = still.studied()
    wide, high = still.picture.size
    x, y = known.figures[0].middle if known.figures else (wide / 2, high / 2)
    across, down = wide * 0.55, high * 0.55
    left, top = min(max(0.0, x - across / 2), wide - across), min(max(0.0, y - down / 2), high - down)
    box = (round(left), round(top), round(left + across), round(top + down))
    figures = []
    for figure in known.figures or ():
        mask = figure.mask.crop(box)
        if mask.point([255 if value > 127 else 0 for value in range(256)]).getbbox():
            figures.append(Figure.of(mask, figure.name, figure.clear))
    return Still(still.picture.crop(box), tuple(figures))


def _cuts(request: Request, film: Film) -> list[tuple[Shot, int]]:
    """Each shot and its number of frames; together they are the film."""
    shots = request.shots()
    weights = [shot.seconds or film.seconds / len(shots) for shot in shots]
    ends = [round(film.total * sum(weights[:index]) / sum(weights)) for index in range(len(shots) + 1)]
    return [(shot, max(2, ends[index + 1] - ends[index])) for index, shot in enumerate(shots)]


def given_stills(request: Request) -> list[Still]:
    """Every picture of the order; where there are only videos, their last frames."""
    stills = [picture.open_still(file) for file in request.media() if kind_of(file) == "picture"]
    if stills:
        return stills
    return [last_still(request, file) for file in request.media() if kind_of(file) == "video"]


def last_still(request: Request, file: Path) -> Still:
    """The last frame of a video.

    Raises:
        UnreadableInput: it is none.
    """
    encode.look(file)
    with TemporaryDirectory(dir=request.folder) as held:
        frame = Path(held) / "last.ppm"
        encode.last_frame(file, frame)
        return picture.open_still(frame)
