"""Scenes made out of several pictures: their figures meet in one place.

A reference with a figure lends that figure; one without lends its place, or hangs as a print where there is
a place already. So whatever was given can be seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image, ImageFilter, ImageOps

from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import cast, clip, extend, film, picture, retouch, words
from rhflow.simulator.renders.colour import Rgb
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.play import DETAIL
from rhflow.simulator.renders.request import Request
from rhflow.simulator.renders.still import Still
from rhflow.simulator.renders.subject import Figure

MOST = 7
_FRAME: Rgb = (246, 242, 234)


def reference_to_video(request: Request) -> list[Rendered]:
    """Whatever was given meets in one scene: the figures of all pictures, and of all videos, move in it."""
    if request.text("omniReferenceTaskType") in {"edit", "extend"} and request.media(*film.VIDEOS):
        edits = request.text("omniReferenceTaskType") == "edit"
        return retouch.restyle(request) if edits else extend.video_extend(request)
    stills = [_reference(request, file) for file in request.media() if film.kind_of(file) != "sound"]
    if not stills:
        return clip.text_to_video(request)
    plan = film.planned(request, None)
    size = plan.drawn
    large = (round(size[0] * DETAIL / 2) * 2, round(size[1] * DETAIL / 2) * 2)
    met = scene_of(stills, request.prompt, large, request.dice)
    frames = clip.alive(
        met, request.prompt, plan, plan.total, request.dice.split("film 0"), reach=request.reach() * 0.6
    )
    return film.shown(request, plan, frames)


def _reference(request: Request, file: Path) -> Still:
    """A picture, or what a video shows at its end."""
    return clip.last_still(request, file) if film.kind_of(file) == "video" else picture.open_still(file)


@dataclass(frozen=True, slots=True)
class Guest:
    """Something cut out of a reference, RGBA, with the name its painter gave it."""

    sheet: Image.Image
    name: str = ""
    is_cut_off: bool = False
    """By the lower edge of its picture: it has no feet to stand on."""

    @property
    def height(self) -> float:
        """In heights of the scene."""
        if self.name == "print":
            return 0.5
        role = cast.ROLES.get(self.name)
        return min(0.8, role.size * 1.5) if role else 0.75 if self.is_cut_off else 0.55


def scene_of(stills: Sequence[Still], prompt: str, size: tuple[int, int], dice: Dice) -> Still:
    """One still of this size in which every reference shows; each guest is a figure of it."""
    known = [still.studied() for still in stills[:MOST]]
    brought = [_guests(still, prompt) for still in known]
    hosts = [still for still, came in zip(known, brought, strict=True) if not came]
    guests = [guest for came in brought for guest in came]
    if hosts:
        ground = hosts[0].fitted(size)
        guests += [Guest(_framed(host.picture), "print") for host in hosts[1:]]
    else:
        ground = _painted(prompt, size, dice)
    return _gathered(ground.picture, guests, dice)


def joined(base: Still, others: Sequence[Still], prompt: str, dice: Dice) -> Still:
    """A picture as it is, with the figures of others in it; where they have none, with prints of them."""
    known = base.studied()
    guests: list[Guest] = []
    for still in others[: MOST - 1]:
        studied = still.studied()
        guests += _guests(studied, prompt) or [Guest(_framed(studied.picture), "print")]
    tall = [one.height / cast.ROLES[one.name].size for one in known.figures or () if one.name in cast.ROLES]
    unit = min(tall[0] / base.picture.height / 1.5, 1.0) if tall else 1.0
    met = _gathered(known.picture, guests, dice, unit)
    return Still(met.picture, (*(known.figures or ()), *(met.figures or ())))


def _painted(prompt: str, size: tuple[int, int], dice: Dice) -> Still:
    """The place the words tell of, without the figures they tell of: those are given."""
    reading = words.read(prompt)
    return picture.paint(replace(reading, subjects=[]), size, dice.split("place"), is_bare=True)


def _guests(still: Still, prompt: str) -> list[Guest]:
    """The figures a reference is about: those the words name, else the largest; none of a mere place."""
    figures = [one for one in still.figures or () if one.clear > 0.22 and 0.004 < one.share < 0.8]
    named = [one for one in figures if one.name and one.name in words.read(prompt).subjects]
    figures.sort(key=lambda one: -one.share * one.clear)
    chosen = named[:2] or figures[:1]
    return [
        Guest(_cut(still.picture, one), one.name, is_cut_off=one.box[3] >= still.picture.height - 3)
        for one in chosen
    ]


def _cut(whole: Image.Image, figure: Figure) -> Image.Image:
    sheet = whole.crop(figure.box).convert("RGBA")
    sheet.putalpha(figure.mask.crop(figure.box))
    return sheet


def _framed(whole: Image.Image) -> Image.Image:
    """A whole picture as a print with a pale border."""
    print_ = whole.copy()
    print_.thumbnail((720, 720), Image.Resampling.LANCZOS)
    return ImageOps.expand(print_, max(4, round(min(print_.size) * 0.035)), _FRAME).convert("RGBA")


def _gathered(ground: Image.Image, guests: Sequence[Guest], dice: Dice, unit: float = 1.0) -> Still:
    """The guests side by side, feet on one line, none over another; prints a little higher.

    `unit` is how large figures are in this picture, against how large they are where they are all of it.
    """
    wide, high = ground.size
    done = ground.copy()
    figures: list[Figure] = []
    count = max(1, len(guests))
    slot = wide * 0.92 / count
    for index, one in enumerate(dice.split("order").shuffled(guests)):
        scale = min(slot * 0.98 / one.sheet.width, high * one.height * unit / one.sheet.height)
        size = (max(2, round(one.sheet.width * scale)), max(2, round(one.sheet.height * scale)))
        sheet = one.sheet.resize(size, Image.Resampling.LANCZOS)
        foot = high if one.is_cut_off else round(high * (0.76 if one.name == "print" else 0.93))
        left = round(wide * 0.04 + slot * (index + 0.5) - size[0] / 2)
        left = min(max(0, left), wide - size[0])
        if not one.is_cut_off:
            _shade(done, left, foot, size, is_framed=one.name == "print")
        done.paste(sheet, (left, foot - size[1]), sheet)
        mask = Image.new("L", ground.size)
        mask.paste(sheet.getchannel("A"), (left, foot - size[1]))
        figures.append(Figure.of(mask, one.name))
    return Still(done, tuple(figures))


def _shade(done: Image.Image, left: int, foot: int, size: tuple[int, int], *, is_framed: bool) -> None:
    """A soft shadow: on the ground, or behind a frame."""
    dark = Image.new("L", done.size)
    if is_framed:
        dark.paste(110, (left + 3, foot - size[1] + 5, left + size[0] + 3, foot + 5))
    else:
        tall = max(2, round(size[0] * 0.07))
        spot = ImageOps.invert(Image.radial_gradient("L")).point(
            [round(max(0, value - 70) * 0.62) for value in range(256)]
        )
        dark.paste(
            spot.resize((max(2, round(size[0] * 1.05)), tall * 2)),
            (round(left - size[0] * 0.025), foot - tall),
        )
    done.paste((8, 8, 16), (0, 0), dark.filter(ImageFilter.GaussianBlur(max(1.0, done.height / 220))))
