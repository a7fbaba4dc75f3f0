"""The colours of a picture: chosen by time of day, weather, place and the colour words of the prompt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from rhflow.simulator.renders.colour import Rgb, darker, lighter, luma, mix, rgb, shift, toward_hue
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.words import Reading


@dataclass(frozen=True, slots=True)
class Palette:
    """Named colours; land fades from `near` over `far` into the lowest colour of the sky."""

    sky: tuple[Rgb, Rgb, Rgb, Rgb]
    """Top, upper, lower, horizon."""
    light: Rgb
    """Sun, moon, lit windows."""
    far: Rgb
    near: Rgb
    accent: Rgb
    dark: bool = False
    """Night: stars and lit windows."""

    @property
    def haze(self) -> Rgb:
        return self.sky[3]

    def land(self, depth: float) -> Rgb:
        """The colour of land at a depth from 0 (foreground) to 1 (horizon)."""
        if depth > 0.6:
            return mix(self.far, self.haze, (depth - 0.6) / 0.4 * 0.62)
        return mix(self.near, self.far, depth / 0.6)


def _palette(text: str, *, dark: bool = False) -> Palette:
    """Eight colours in one line: four of the sky, light, far, near, accent."""
    first, second, third, fourth, light, far, near, accent = (rgb(part) for part in text.split())
    return Palette((first, second, third, fourth), light, far, near, accent, dark)


BY_TIME: dict[str, tuple[Palette, ...]] = {
    "dawn": (
        _palette("#4f79a8 #a3b5d0 #f5c4a4 #ffe6bd #fff6dc #c39a9c #2b3352 #e8694a"),
        _palette("#63589a #bd85b0 #f6b3a0 #ffe3c6 #fff1da #b387a4 #2d2748 #f2665c"),
        _palette("#3c8298 #8fbfbb #f2d3a6 #fff0cb #fff8e0 #a4a897 #23424d #ee7b4c"),
    ),
    "day": (
        _palette("#2f86bf #74bbdd #c6e6ea #f6f0da #fffbe8 #93bdb6 #1f5152 #e4572e"),
        _palette("#4798c6 #98d0dc #dcefd9 #fbf3d2 #fffce8 #a7c6a0 #2b5a40 #d1495b"),
        _palette("#3f74b5 #8db4e0 #d3e3ee #fdf1de #fffdf0 #a9b7c9 #2c4163 #f2a33c"),
    ),
    "golden": (
        _palette("#3a2f6d #a04d80 #f0796a #ffc56e #fff2bd #bf6178 #2a1638 #ffd166"),
        _palette("#243f66 #84658a #ee9260 #ffd57e #fff3c4 #ad6e62 #261d30 #ff8c5a"),
        _palette("#8a3b46 #d9624b #f79b52 #ffd98a #fff6d2 #a8503f #2e141f #ffe3a0"),
    ),
    "dusk": (
        _palette("#1b2150 #433f7f #8f5e9c #e9a092 #fff1d6 #5f4d88 #14112d #ffb86b"),
        _palette("#0f2a43 #23587a #6096a4 #f1bd90 #fff3da #41708a #0c1d2e #ffa45c"),
        _palette("#2a1d4f #6b3f79 #b8627f #f3a98c #ffeeda #6d4575 #1a1030 #ffc27a"),
    ),
    "night": (
        _palette("#060c26 #10204a #213e70 #44719a #f8f3d8 #294d78 #050b1d #ffd27d", dark=True),
        _palette("#0b0a2b #1f1a55 #3d3580 #6f639f #f6efe0 #403a78 #070620 #ffcb8a", dark=True),
        _palette("#04161f #0b3040 #175465 #3f8489 #f4f6e0 #1c5363 #03101a #ffd98f", dark=True),
    ),
    "storm": (_palette("#28303e #465464 #78868d #b4b9b0 #f2f4ee #6c7982 #151b22 #f4c95d"),),
    "fog": (
        _palette("#93a9b4 #b4c4c8 #d6ddd7 #efe9da #fffaf0 #b2bec0 #33444e #d9785a"),
        _palette("#a89fae #c6bcc2 #e2d7d2 #f5ebdd #fffaf2 #bdb1b6 #43394d #c8684f"),
    ),
    "winter": (
        _palette("#6fa3cc #aecde2 #dbe9f0 #fbf3ea #fffdf6 #b5cbdd #2a4766 #e05a47"),
        _palette("#7d8fc4 #b8bfe0 #e4ddea #fdeee4 #fffaf2 #bcbcd8 #313a63 #ee7a5e"),
    ),
    "space": (
        _palette("#04050f #0b0d2c #20174f #4a2a70 #fdf3dc #5a3a80 #0a0820 #ff8f5e", dark=True),
        _palette("#030a12 #07203a #0f4260 #2a7080 #fff4dc #7a4a52 #140c18 #ffb35c", dark=True),
    ),
    "underwater": (
        _palette("#7fe0dc #2fa9c0 #12708f #0b4468 #f2fff4 #1d7f96 #06263f #ff8a6b"),
        _palette("#9be4c8 #45b5a6 #1c7d86 #0d4a5e #fafff0 #2a8a86 #072b38 #ffa24f"),
    ),
    "neon": (
        _palette("#0b0524 #2c0a4c #7a1d82 #ff4f8b #ffe9f3 #5a2080 #090418 #19e3ff", dark=True),
        _palette("#05091f #10245a #3f2f9a #e052b0 #fff0fb #38318c #050616 #2affc6", dark=True),
    ),
    "noir": (_palette("#15171b #34373d #6d7076 #b9b9b4 #f4f1e8 #55585e #0b0c0f #e8e2d0", dark=True),),
    "ink": (_palette("#e9e2d2 #efe8d9 #f3ecdf #f6f0e4 #d8503f #b9b6ad #26282b #c8402f"),),
}
LAND: dict[str, tuple[str, str, float]] = {
    "forest": ("#7fa88f", "#0f3327", 0.5),
    "meadow": ("#a7c184", "#2c5a34", 0.5),
    "desert": ("#e2a468", "#7a3420", 1.1),
    "city": ("#8592b8", "#1b2038", 0.3),
    "sea": ("#7fa3b5", "#173447", 0.35),
    "underwater": ("#1d7f96", "#06263f", 0.0),
}
"""Far and near land by setting, and how much of it shows by day."""

_BY_LIGHT = {"day": 1.0, "dawn": 0.6, "fog": 0.4, "winter": 0.25, "golden": 0.35, "dusk": 0.3, "night": 0.3}
"""How much of the land's own colour the light of the hour lets through."""


def hour(reading: Reading, setting: str, dice: Dice) -> str:
    """Which row of `BY_TIME` the prompt asks for; the dice where it says nothing."""
    if setting in {"underwater", "space"}:
        return setting
    if reading.style in {"noir", "ink", "neon"}:
        return reading.style
    if reading.time in {"night", "dusk", "dawn", "golden"}:
        return reading.time
    for weather, row in (
        ("aurora", "night"),
        ("fireflies", "night"),
        ("storm", "storm"),
        ("fog", "fog"),
        ("snow", "winter"),
        ("frost", "winter"),
    ):
        if weather in reading.weathers:
            return row
    if reading.time is not None:
        return reading.time
    if "embers" in reading.weathers or reading.mood == "dark":
        return "dusk"
    if reading.mood == "happy" or "rain" in reading.weathers:
        return "day"
    return dice.pick(("dawn", "day", "golden", "day", "dusk", "golden"))


def choose(reading: Reading, setting: str, dice: Dice) -> tuple[Palette, str]:
    """The palette of the picture and the hour it shows."""
    now = hour(reading, setting, dice)
    palette = dice.pick(BY_TIME[now])
    if setting in LAND and now in _BY_LIGHT:
        far, near, share = LAND[setting]
        share *= _BY_LIGHT[now]
        palette = replace(
            palette, far=mix(palette.far, rgb(far), share), near=mix(palette.near, rgb(near), share)
        )
    if reading.style == "noir":
        return palette, now
    for index, text in enumerate(reading.colours[:2]):
        palette = _coloured(palette, rgb(text), first=index == 0, soft=now == "ink")
    if reading.mood == "dreamy":
        palette = replace(palette, sky=_each(palette.sky, lambda colour: shift(colour, 0.02, 0.92, 1.04)))
    return palette, now


def _coloured(palette: Palette, colour: Rgb, *, first: bool, soft: bool) -> Palette:
    """Lean the whole picture towards a colour word; greys and white only touch light and accent."""
    if max(colour) - min(colour) < 25:
        return replace(palette, accent=mix(palette.accent, colour, 0.6))
    if not first or soft:
        return replace(palette, accent=colour)
    shares = (0.12, 0.28, 0.42, 0.36)
    sky = tuple(toward_hue(tone, colour, share) for tone, share in zip(palette.sky, shares, strict=True))
    accent = lighter(colour, 0.25) if luma(palette.near) < 0.35 else darker(colour, 0.1)
    return replace(
        palette,
        sky=(sky[0], sky[1], sky[2], sky[3]),
        far=toward_hue(palette.far, colour, 0.4),
        near=toward_hue(palette.near, colour, 0.35),
        accent=accent,
    )


def _each(sky: tuple[Rgb, Rgb, Rgb, Rgb], change: Callable[[Rgb], Rgb]) -> tuple[Rgb, Rgb, Rgb, Rgb]:
    first, second, third, fourth = (change(colour) for colour in sky)
    return first, second, third, fourth
