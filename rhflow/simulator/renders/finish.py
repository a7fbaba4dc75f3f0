"""The last coat: styles that change the hand, then light, grain and vignette."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from rhflow.simulator.renders.canvas import cloudiness, grain
from rhflow.simulator.renders.colour import Rgb, lighter
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.stage import Stage

PAPER: Rgb = (246, 240, 228)


ON_PAPER = {"watercolour", "ink", "picture-book"}
"""Styles that show the paper."""


def finish(stage: Stage) -> Image.Image:
    """Apply the style the prompt asked for, and the finish every picture gets."""
    return styled(stage.canvas.image, stage.reading.style, stage.dice.split("finish"))


def styled(picture: Image.Image, style: str | None, dice: Dice) -> Image.Image:
    """A picture in a style; None is the plain poster finish."""
    unit = min(picture.size)
    if style == "watercolour":
        picture = _watercolour(picture, dice, unit)
    elif style == "ink":
        picture = _ink(picture, dice, unit)
    elif style == "noir":
        picture = _noir(picture)
    elif style == "picture-book":
        picture = _picture_book(picture, dice, unit)
    elif style == "neon":
        picture = _bloom(picture, unit, 0.55)
    else:
        picture = _bloom(picture, unit, 0.16)
    if style not in ON_PAPER:
        picture = _vignette(picture, 0.5 if style == "noir" else 0.26)
    noise = Image.merge("RGB", [grain(*picture.size, dice)] * 3)
    strength = 0.07 if style == "noir" else 0.018
    return Image.blend(picture, ImageChops.overlay(picture, noise), strength * 4)


def _bloom(picture: Image.Image, unit: int, strength: float) -> Image.Image:
    """Bright parts spill a little light."""
    small = picture.reduce(4)
    bright = small.point([max(0, round((value - 120) * 1.7)) for value in range(256)] * 3)
    soft = bright.filter(ImageFilter.GaussianBlur(unit / 4 / 22)).resize(
        picture.size, Image.Resampling.BILINEAR
    )
    return Image.blend(picture, ImageChops.screen(picture, soft), strength)


def _vignette(picture: Image.Image, strength: float) -> Image.Image:
    curve = [255 - round(255 * strength * max(0.0, (value - 110) / 145) ** 1.6) for value in range(256)]
    wide = Image.radial_gradient("L").resize((128, 128)).point(curve)
    mask = wide.resize(picture.size, Image.Resampling.BICUBIC)
    return ImageChops.multiply(picture, Image.merge("RGB", [mask] * 3))


def _watercolour(picture: Image.Image, dice: Dice, unit: int) -> Image.Image:
    """Pigment that pools at edges, paper that shines through, a ragged white border."""
    flat = (
        picture.reduce(2).filter(ImageFilter.MedianFilter(5)).resize(picture.size, Image.Resampling.BICUBIC)
    )
    pale = Image.blend(flat, Image.new("RGB", flat.size, PAPER), 0.2)
    edges = flat.filter(ImageFilter.FIND_EDGES).convert("L").filter(ImageFilter.GaussianBlur(unit / 600))
    edges = edges.point([255 - min(95, value * 2) for value in range(256)])
    pale = ImageChops.multiply(pale, Image.merge("RGB", [edges] * 3))
    pools = cloudiness(*picture.size, dice.split("pools"), unit * 0.4, 5)
    pools = ImageOps.autocontrast(pools).point([205 + round(value * 0.2) for value in range(256)])
    pale = ImageChops.multiply(pale, Image.merge("RGB", [pools] * 3))
    pale = ImageEnhance.Brightness(ImageEnhance.Color(pale).enhance(1.12)).enhance(1.1)
    return _border(pale, dice, unit)


def _border(picture: Image.Image, dice: Dice, unit: int) -> Image.Image:
    """Let the paint end raggedly before the paper does."""
    width, height = picture.size
    ragged = cloudiness(width, height, dice.split("border"), unit * 0.16, 5)
    inset = round(unit * 0.035)
    box = Image.new("L", (width, height))
    box.paste(255, (inset, inset, width - inset, height - inset))
    box = box.filter(ImageFilter.BoxBlur(unit * 0.028))
    mask = Image.blend(box, ragged, 0.34).point([max(0, min(255, (value - 108) * 9)) for value in range(256)])
    paper = Image.new("RGB", picture.size, PAPER)
    paper.paste(picture, (0, 0), mask)
    return paper


def _ink(picture: Image.Image, dice: Dice, unit: int) -> Image.Image:
    """Diluted ink on rice paper: little colour, soft tones, dark strokes at the edges."""
    soft = picture.filter(ImageFilter.GaussianBlur(unit / 500))
    faint = ImageEnhance.Color(soft).enhance(0.75)
    wash = ImageOps.autocontrast(cloudiness(*picture.size, dice.split("wash"), unit * 0.5, 5))
    wash = wash.point([216 + round(value * 0.16) for value in range(256)])
    faint = ImageChops.multiply(faint, Image.merge("RGB", [wash] * 3))
    strokes = soft.convert("L").filter(ImageFilter.FIND_EDGES).filter(ImageFilter.GaussianBlur(unit / 650))
    strokes = strokes.point([255 - min(150, max(0, value - 6) * 4) for value in range(256)])
    faint = ImageChops.multiply(faint, Image.merge("RGB", [strokes] * 3))
    return ImageChops.multiply(faint, Image.new("RGB", picture.size, lighter(PAPER, 0.3)))


def _noir(picture: Image.Image) -> Image.Image:
    grey = ImageOps.autocontrast(picture.convert("L"), cutoff=(2, 1))
    curve = [round(255 * (value / 255) ** 1.25) for value in range(256)]
    return ImageOps.colorize(grey.point(curve), (8, 9, 12), (246, 242, 232))


def _picture_book(picture: Image.Image, dice: Dice, unit: int) -> Image.Image:
    """Gouache: flat warm colour, a dry brush, a soft paper border."""
    flat = picture.filter(ImageFilter.MedianFilter(3))
    warm = ImageEnhance.Color(
        Image.blend(flat, ImageChops.multiply(flat, Image.new("RGB", flat.size, (255, 246, 224))), 0.7)
    ).enhance(1.18)
    tooth = Image.frombytes(
        "L",
        (picture.width // 3 + 1, picture.height + 0),
        dice.noise((picture.width // 3 + 1) * picture.height),
    )
    tooth = tooth.resize(picture.size, Image.Resampling.BILINEAR).filter(ImageFilter.BoxBlur((2, 0)))
    tooth = tooth.point([232 + round(value * 0.18) for value in range(256)])
    return _border(ImageChops.multiply(warm, Image.merge("RGB", [tooth] * 3)), dice, unit)
