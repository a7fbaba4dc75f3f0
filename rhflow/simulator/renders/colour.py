"""Colours as plain triples, and the few things done with them."""

from __future__ import annotations

import colorsys
from typing import TypeAlias

Rgb: TypeAlias = tuple[int, int, int]


def rgb(text: str) -> Rgb:
    """`#12ab3f` as a triple."""
    digits = text.lstrip("#")
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def mix(first: Rgb, second: Rgb, share: float) -> Rgb:
    """From the first (share 0) to the second (share 1)."""
    share = min(1.0, max(0.0, share))
    a, b, c = (round(x + (y - x) * share) for x, y in zip(first, second, strict=True))
    return a, b, c


def lighter(colour: Rgb, share: float) -> Rgb:
    return mix(colour, (255, 255, 255), share)


def darker(colour: Rgb, share: float) -> Rgb:
    return mix(colour, (0, 0, 0), share)


def luma(colour: Rgb) -> float:
    """How light it looks, 0 to 1."""
    return (0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]) / 255


def shift(colour: Rgb, hue: float = 0.0, saturation: float = 1.0, light: float = 1.0) -> Rgb:
    """Turn the hue (in turns), scale saturation and lightness."""
    h, level, s = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    r, g, b = colorsys.hls_to_rgb((h + hue) % 1.0, min(1.0, level * light), min(1.0, s * saturation))
    return round(r * 255), round(g * 255), round(b * 255)


def toward_hue(colour: Rgb, target: Rgb, share: float) -> Rgb:
    """The hue of the target at the lightness of the colour, mixed in by `share`."""
    h, _, s = colorsys.rgb_to_hls(*(part / 255 for part in target))
    _, level, own = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    r, g, b = colorsys.hls_to_rgb(h, level, s * 0.75 + own * 0.25)
    return mix(colour, (round(r * 255), round(g * 255), round(b * 255)), share)
