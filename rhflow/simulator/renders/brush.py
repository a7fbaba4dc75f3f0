"""What every hand does to a frame: flatten it, find its lines, count its tones, light it from the side."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageEnhance, ImageFilter


def flat(frame: Image.Image, share: int = 2) -> Image.Image:
    """Without small things."""
    small = frame.reduce(share).filter(ImageFilter.MedianFilter(3))
    return small.resize(frame.size, Image.Resampling.BICUBIC)


def lines(frame: Image.Image, least: int, strength: float) -> Image.Image:
    """Dark lines on white where colours change."""
    edges = frame.convert("L").filter(ImageFilter.BoxBlur(0.8)).filter(ImageFilter.FIND_EDGES)
    table = [255 - min(255, round(max(0, value - least) * strength)) for value in range(256)]
    drawn = edges.point(table)
    drawn.paste(255, (0, 0, drawn.width, 2))
    drawn.paste(255, (0, drawn.height - 2, *drawn.size))
    drawn.paste(255, (0, 0, 2, drawn.height))
    drawn.paste(255, (drawn.width - 2, 0, *drawn.size))
    return drawn


def inked(frame: Image.Image, lines: Image.Image) -> Image.Image:
    """The frame under lines."""
    return ImageChops.multiply(frame, Image.merge("RGB", [lines] * 3))


def rich(frame: Image.Image, by: float) -> Image.Image:
    """With more or less colour."""
    return ImageEnhance.Color(frame).enhance(by)


def steps(count: int) -> list[int]:
    """A table that leaves so many tones of each colour."""
    gap = 255 / (count - 1)
    return [min(255, round(round(value / gap) * gap)) for value in range(256)] * 3


def lit(frame: Image.Image, by: float, lift: float = 0.0) -> Image.Image:
    """More or less contrast around the middle, and more light."""
    return frame.point([min(255, max(0, round((value - 128) * by + 128 + lift))) for value in range(256)] * 3)


def toned(texture: Image.Image) -> Image.Image:
    """A grey picture as an RGB one."""
    return Image.merge("RGB", [texture] * 3)


def embossed(frame: Image.Image, blur: float, strength: float) -> Image.Image:
    """Lit from the upper left as if the light parts stood out."""
    soft = frame.convert("L").filter(ImageFilter.BoxBlur(blur))
    relief = soft.filter(ImageFilter.Kernel((3, 3), (-2, -1, 0, -1, 0, 1, 0, 1, 2), 1, 128))
    relief = relief.point([min(255, max(0, round((value - 128) * strength + 128))) for value in range(256)])
    return ImageChops.overlay(frame, toned(relief))
