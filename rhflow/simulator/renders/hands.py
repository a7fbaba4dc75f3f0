"""The hands a picture or the frames of a film can be painted in again: each keeps what is shown.

A hand is made for one size; its paper, strokes and bricks are drawn once and lie still under every frame.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TypeAlias

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from rhflow.simulator.renders import brush
from rhflow.simulator.renders.canvas import cloudiness, grain
from rhflow.simulator.renders.dice import Dice

Hand: TypeAlias = Callable[[Image.Image], Image.Image]
_SAID: dict[str, str] = {
    "pixel_art": r"pixel|8-?bit|像素",
    "lego": r"lego|brick|乐高|积木",
    "van_gogh": r"van gogh|impressionis|starry night style|梵高|印象派",
    "paper_cutting": r"paper[ -]?cut|papercraft|origami|剪纸|折纸",
    "amigurumi": r"amigurumi|crochet|knit|wool|felt|毛线|羊毛毡|针织",
    "animal_crossing": r"animal crossing|动物森友会",
    "simpsons": r"simpsons?|辛普森",
    "comic": r"comic|cartoon|pop ?art|manga|漫画|卡通",
    "anime": r"anime|ghibli|cel[- ]shad|动漫|动画风|吉卜力|日系",
    "clay": r"clay|plasticine|stop[- ]motion|3d_animation|pixar|黏土|粘土|皮克斯",
    "sketch": r"sketch|pencil|charcoal|素描|铅笔|手绘",
    "oil": r"oil paint|painterly|impasto|油画",
}


def named(asked: str, style: str | None = None) -> str | None:
    """The hand that a name or a prompt asks for; else the style its reader found; None for none."""
    lowered = asked.lower()
    if lowered in _HANDS:
        return lowered
    found = next((name for name, pattern in _SAID.items() if re.search(pattern, lowered)), None)
    return found or (style if style in _HANDS else None)


def of(name: str | None, size: tuple[int, int], dice: Dice) -> Hand:
    """A hand for pictures of this size; None leaves them as they are, a little clearer."""
    made = _HANDS.get(name or "")
    return made(size, dice) if made else lambda frame: ImageEnhance.Color(frame).enhance(1.06)


def _pixels(size: tuple[int, int], dice: Dice) -> Hand:
    del dice
    block = max(2, round(max(size) / 110))
    small = (max(1, size[0] // block), max(1, size[1] // block))

    def paint(frame: Image.Image) -> Image.Image:
        tiny = brush.rich(frame.resize(small, Image.Resampling.BOX), 1.35).point(brush.steps(8))
        return tiny.resize(frame.size, Image.Resampling.NEAREST)

    return paint


def _bricks(size: tuple[int, int], dice: Dice) -> Hand:
    del dice
    block = max(4, round(max(size) / 60))
    across, down = max(1, round(size[0] / block)), max(1, round(size[1] / block))
    stud = Image.new("L", (48, 48), 128)
    draw = ImageDraw.Draw(stud)
    draw.rectangle((0, 0, 47, 2), fill=176)
    draw.rectangle((0, 45, 47, 47), fill=60)
    draw.ellipse((10, 12, 40, 42), fill=70)
    draw.ellipse((8, 8, 38, 38), fill=190)
    draw.ellipse((11, 11, 37, 37), fill=150)
    stud = stud.resize((block, block), Image.Resampling.LANCZOS)
    tiles = Image.new("L", (across * block, down * block))
    for y in range(down):
        for x in range(across):
            tiles.paste(stud, (x * block, y * block))
    texture = brush.toned(tiles.resize(size, Image.Resampling.BILINEAR))

    def paint(frame: Image.Image) -> Image.Image:
        tiny = brush.rich(frame.resize((across, down), Image.Resampling.BOX), 1.5).point(brush.steps(7))
        return ImageChops.hard_light(tiny.resize(frame.size, Image.Resampling.NEAREST), texture)

    return paint


def _swirls(size: tuple[int, int], dice: Dice) -> Hand:
    """Strokes that flow in waves, as in a starry night."""
    rough = Image.frombytes(
        "L",
        (max(2, size[0] // 16), max(2, size[1] // 2)),
        dice.noise(max(2, size[0] // 16) * max(2, size[1] // 2)),
    )
    streaks = ImageOps.autocontrast(rough.resize(size, Image.Resampling.BICUBIC))
    columns, rows = 24, 14
    mesh = []
    for row in range(rows):
        for column in range(columns):
            left, right = size[0] * column // columns, size[0] * (column + 1) // columns
            top, foot = size[1] * row // rows, size[1] * (row + 1) // rows
            corners = [_bent(x, y, size) for x, y in ((left, top), (left, foot), (right, foot), (right, top))]
            mesh.append(((left, top, right, foot), tuple(part for corner in corners for part in corner)))
    strokes = streaks.transform(size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)
    texture = brush.toned(strokes.point([round(128 + (value - 128) * 0.75) for value in range(256)]))

    def paint(frame: Image.Image) -> Image.Image:
        rich = brush.lit(brush.rich(brush.flat(frame, 3), 1.9), 1.18, 6)
        return ImageChops.overlay(brush.embossed(rich, 2, 1.4), texture)

    return paint


def _bent(x: float, y: float, size: tuple[int, int]) -> tuple[float, float]:
    wave = size[1] * 0.1
    down = y + wave * math.sin(x / size[0] * 9 + y / size[1] * 4)
    across = x + wave * math.cos(y / size[1] * 8)
    return min(max(0.0, across), size[0] - 1.0), min(max(0.0, down), size[1] - 1.0)


def _cut_paper(size: tuple[int, int], dice: Dice) -> Hand:
    sheet = brush.toned(grain(*size, dice).point([round(214 + value * 0.16) for value in range(256)]))

    def paint(frame: Image.Image) -> Image.Image:
        layers = brush.rich(brush.flat(frame, 3), 1.25).point(brush.steps(5))
        return ImageChops.multiply(brush.embossed(layers, 1.5, 2.0), sheet)

    return paint


def _wool(size: tuple[int, int], dice: Dice) -> Hand:
    del dice
    block = max(4, round(max(size) / 80))
    stitch = Image.new("L", (32, 32), 84)
    draw = ImageDraw.Draw(stitch)
    draw.line((2, 2, 15, 26), fill=176, width=11)
    draw.line((30, 2, 17, 26), fill=168, width=11)
    stitch = stitch.resize((block, block), Image.Resampling.LANCZOS)
    tiles = Image.new("L", size)
    for y in range(0, size[1], block):
        for x in range(0, size[0], block):
            tiles.paste(stitch, (x, y))
    texture = brush.toned(tiles)

    def paint(frame: Image.Image) -> Image.Image:
        small = (max(1, frame.width // block), max(1, frame.height // block))
        soft = brush.rich(frame.resize(small, Image.Resampling.BOX), 1.25).resize(
            frame.size, Image.Resampling.NEAREST
        )
        return ImageChops.overlay(soft, texture)

    return paint


def _cartoon(
    tones: int, colour: float, least: int, strength: float, lift: float = 0.0
) -> Callable[[tuple[int, int], Dice], Hand]:
    """Few tones, strong colours, dark outlines."""

    def make(size: tuple[int, int], dice: Dice) -> Hand:
        del size, dice

        def paint(frame: Image.Image) -> Image.Image:
            flat = brush.flat(frame)
            return brush.inked(
                brush.lit(brush.rich(flat, colour).point(brush.steps(tones)), 1.08, lift),
                brush.lines(flat, least, strength),
            )

        return paint

    return make


def _yellow(size: tuple[int, int], dice: Dice) -> Hand:
    drawn = _cartoon(6, 1.7, 10, 14.0, 8)(size, dice)
    push = [min(255, round(value * 1.06 + 8)) for value in range(256)]
    push += [min(255, round(value * 1.03 + 6)) for value in range(256)]
    push += [round(value * 0.72) for value in range(256)]
    return lambda frame: drawn(frame).point(push)


def _dots(size: tuple[int, int], dice: Dice) -> Hand:
    """A printed comic: outlines, and dots where it is dark."""
    drawn = _cartoon(5, 1.7, 8, 16.0, 4)(size, dice)
    block = max(4, round(max(size) / 110))
    tile = Image.new("L", (block * 4, block * 4), 255)
    ImageDraw.Draw(tile).ellipse((block, block, block * 3, block * 3), fill=90)
    tile = tile.resize((block, block), Image.Resampling.LANCZOS)
    screen = Image.new("L", size)
    for y in range(0, size[1], block):
        for x in range(0, size[0], block):
            screen.paste(tile, (x + (block // 2 if (y // block) % 2 else 0), y))

    def paint(frame: Image.Image) -> Image.Image:
        done = drawn(frame)
        dark = frame.convert("L").point([255 if value < 110 else 0 for value in range(256)])
        dotted = ImageChops.multiply(done, brush.toned(screen))
        done.paste(dotted, (0, 0), dark)
        return done

    return paint


def _soft(size: tuple[int, int], dice: Dice) -> Hand:
    drawn = _cartoon(10, 1.45, 22, 7.0, 10)(size, dice)

    def paint(frame: Image.Image) -> Image.Image:
        done = drawn(frame)
        glow = done.reduce(4).filter(ImageFilter.BoxBlur(3)).resize(frame.size, Image.Resampling.BILINEAR)
        return Image.blend(done, ImageChops.screen(done, glow), 0.28)

    return paint


def _clay(size: tuple[int, int], dice: Dice) -> Hand:
    thumb = brush.toned(
        cloudiness(*size, dice, min(size) * 0.06, 2).point(
            [round(108 + value * 0.16) for value in range(256)]
        )
    )

    def paint(frame: Image.Image) -> Image.Image:
        soft = brush.rich(brush.flat(frame, 4), 1.25)
        return ImageChops.overlay(brush.embossed(soft, 3, 1.6), thumb)

    return paint


def _pencil(size: tuple[int, int], dice: Dice) -> Hand:
    hatch = Image.new("L", size, 255)
    draw = ImageDraw.Draw(hatch)
    gap = max(3, round(min(size) / 90))
    for at in range(-size[1], size[0], gap):
        draw.line((at, size[1], at + size[1], 0), fill=150)
    paper = grain(*size, dice).point([round(226 + value * 0.11) for value in range(256)])

    def paint(frame: Image.Image) -> Image.Image:
        grey = ImageOps.autocontrast(frame.convert("L").filter(ImageFilter.BoxBlur(1)))
        lines = brush.lines(frame, 8, 7.0)
        shade = Image.new("L", frame.size, 255)
        shade.paste(
            hatch,
            (0, 0),
            grey.point([255 if value < 92 else 130 if value < 128 else 0 for value in range(256)]),
        )
        tone = grey.point([round(190 + value * 0.255) for value in range(256)])
        done = ImageChops.multiply(ImageChops.multiply(lines, shade), ImageChops.multiply(tone, paper))
        return brush.toned(done)

    return paint


def _oil(size: tuple[int, int], dice: Dice) -> Hand:
    rough = Image.frombytes(
        "L",
        (max(2, size[0] // 9), max(2, size[1] // 3)),
        dice.noise(max(2, size[0] // 9) * max(2, size[1] // 3)),
    )
    bristles = brush.toned(
        rough.resize(size, Image.Resampling.BICUBIC).point(
            [round(128 + (value - 128) * 0.3) for value in range(256)]
        )
    )

    def paint(frame: Image.Image) -> Image.Image:
        return ImageChops.overlay(
            brush.embossed(brush.lit(brush.rich(brush.flat(frame, 3), 1.35), 1.1), 1.5, 1.5), bristles
        )

    return paint


def _edge_fade(size: tuple[int, int], dice: Dice) -> Image.Image:
    """A mask whose white ends raggedly before the paper does."""
    inset = round(min(size) * 0.035)
    box = Image.new("L", size)
    box.paste(255, (inset, inset, size[0] - inset, size[1] - inset))
    ragged = cloudiness(*size, dice, min(size) * 0.16, 4)
    mixed = Image.blend(box.filter(ImageFilter.BoxBlur(min(size) * 0.028)), ragged, 0.34)
    return mixed.point([max(0, min(255, (value - 108) * 9)) for value in range(256)])


def _watercolour(size: tuple[int, int], dice: Dice) -> Hand:
    pools = ImageOps.autocontrast(cloudiness(*size, dice.split("pools"), min(size) * 0.4, 4))
    texture = brush.toned(pools.point([205 + round(value * 0.2) for value in range(256)]))
    fade, paper = _edge_fade(size, dice.split("edge")), Image.new("RGB", size, (246, 240, 228))

    def paint(frame: Image.Image) -> Image.Image:
        flat = Image.blend(brush.flat(frame, 3), paper, 0.24)
        done = ImageChops.multiply(brush.inked(brush.rich(flat, 1.2), brush.lines(flat, 6, 3.0)), texture)
        sheet = paper.copy()
        sheet.paste(brush.lit(done, 1.02, 12), (0, 0), fade)
        return sheet

    return paint


def _wash(size: tuple[int, int], dice: Dice) -> Hand:
    """Diluted ink on rice paper."""
    cloud = ImageOps.autocontrast(cloudiness(*size, dice.split("wash"), min(size) * 0.5, 4))
    paper = Image.merge(
        "RGB", [cloud.point([round(low + value * 0.14) for value in range(256)]) for low in (216, 210, 198)]
    )

    def paint(frame: Image.Image) -> Image.Image:
        flat = brush.rich(brush.flat(frame, 3), 0.35)
        pale = brush.lit(flat, 0.9, 34)
        return ImageChops.multiply(brush.inked(pale, brush.lines(flat, 4, 6.0)), paper)

    return paint


def _book(size: tuple[int, int], dice: Dice) -> Hand:
    fade, paper = _edge_fade(size, dice.split("edge")), Image.new("RGB", size, (250, 243, 226))
    tooth = brush.toned(grain(*size, dice).point([round(222 + value * 0.13) for value in range(256)]))

    def paint(frame: Image.Image) -> Image.Image:
        warm = ImageChops.multiply(
            brush.rich(brush.flat(frame), 1.3), Image.new("RGB", frame.size, (255, 246, 224))
        )
        sheet = paper.copy()
        sheet.paste(ImageChops.multiply(brush.lit(warm, 1.05, 8), tooth), (0, 0), fade)
        return sheet

    return paint


def _noir(size: tuple[int, int], dice: Dice) -> Hand:
    curve = [255 - round(150 * max(0.0, (value - 100) / 155) ** 1.6) for value in range(256)]
    dark = Image.radial_gradient("L").resize((96, 96)).point(curve).resize(size, Image.Resampling.BICUBIC)
    rough = grain(*size, dice).point([round(128 + (value - 128) * 0.22) for value in range(256)])

    def paint(frame: Image.Image) -> Image.Image:
        grey = ImageOps.autocontrast(frame.convert("L"), cutoff=(2, 1))
        done = ImageChops.multiply(
            grey.point([round(255 * (value / 255) ** 1.3) for value in range(256)]), dark
        )
        return ImageOps.colorize(ImageChops.overlay(done, rough), (8, 9, 12), (246, 242, 232))

    return paint


def _neon(size: tuple[int, int], dice: Dice) -> Hand:
    del size, dice
    push = [min(255, round(value * 0.95)) for value in range(256)]
    push += [round(value * 0.72) for value in range(256)]
    push += [min(255, round(value * 0.95 + 26)) for value in range(256)]

    def paint(frame: Image.Image) -> Image.Image:
        deep = brush.lit(brush.rich(frame, 1.9), 1.25, -34).point(push)
        lines = ImageOps.invert(brush.lines(frame, 12, 8.0))
        light = ImageOps.colorize(lines, (0, 0, 0), (40, 255, 240), mid=(255, 30, 190))
        halo = light.reduce(2).filter(ImageFilter.BoxBlur(3)).resize(frame.size, Image.Resampling.BILINEAR)
        return ImageChops.screen(ImageChops.screen(deep, halo), light)

    return paint


_HANDS: dict[str, Callable[[tuple[int, int], Dice], Hand]] = {
    "pixel_art": _pixels,
    "lego": _bricks,
    "van_gogh": _swirls,
    "paper_cutting": _cut_paper,
    "amigurumi": _wool,
    "animal_crossing": _soft,
    "simpsons": _yellow,
    "comic": _dots,
    "anime": _soft,
    "clay": _clay,
    "sketch": _pencil,
    "oil": _oil,
    "watercolour": _watercolour,
    "ink": _wash,
    "picture-book": _book,
    "noir": _noir,
    "neon": _neon,
}
