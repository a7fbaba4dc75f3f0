"""What can be done to a picture: light or ground changed, things removed, coloured, widened, drawn."""

from __future__ import annotations

import re

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from rhflow.simulator.renders import face, finish, hands, palette, picture, scene, words
from rhflow.simulator.renders.colour import Rgb, darker, luma, mix, rgb
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.still import Still, without
from rhflow.simulator.renders.subject import Figure

_ANYBODY = re.compile(
    r"\b(?:people|persons?|man|woman|objects?|things?|figures?|subjects?|everything|everybody|it|them)\b"
    r"|人|物|主体|所有|东西"
)


def relit(still: Still, prompt: str, dice: Dice) -> Still:
    """Keep the picture, change its light and hand; a hint of the asked elements is laid over it."""
    reading = words.read(prompt)
    setting = scene.choose_setting(reading, dice.split("setting"))
    colours, hour = palette.choose(reading, setting, dice.split("palette"))
    given = still.picture
    grey = ImageOps.autocontrast(given.convert("L"), cutoff=1)
    toned = ImageOps.colorize(
        grey,
        darker(colours.near, 0.35),
        mix(colours.sky[3], (255, 255, 255), 0.25),
        mid=mix(colours.sky[1], colours.far, 0.5),
    )
    says = bool(reading.time or reading.colours or reading.style or reading.weathers)
    mixed = Image.blend(given, toned, 0.55 if says else 0.3)
    mixed = ImageEnhance.Color(mixed).enhance(0.85 if hour in {"noir", "fog", "ink"} else 1.12)
    there = {figure.name for figure in still.figures or ()}
    reading.subjects = [name for name in reading.subjects if name not in there]
    dressed = scene.overlay(mixed, reading, colours, dice)
    hand = None if reading.style else hands.named(prompt)
    if hand is not None:
        return Still(hands.of(hand, dressed.size, dice.split("hand"))(dressed), still.figures)
    return Still(finish.styled(dressed, reading.style, dice.split("finish")), still.figures)


def recoloured(still: Still, prompt: str, dice: Dice) -> Still:
    """Figures that the words give a colour take it; their light and shade stay."""
    del dice
    done = still.picture.copy()
    for figure, tone in _tones(still, words.read(prompt)):
        grey = ImageOps.autocontrast(still.picture.convert("L"), cutoff=(1, 1), mask=figure.mask)
        dark, light = darker(tone, 0.72), mix(tone, (255, 255, 255), 0.75 if luma(tone) < 0.8 else 0.95)
        tinted = ImageOps.colorize(grey, dark, light, mid=tone)
        done.paste(Image.blend(done, tinted, 0.88), (0, 0), figure.mask)
    return Still(done, still.figures)


def _tones(still: Still, reading: words.Reading) -> list[tuple[Figure, Rgb]]:
    """Which figures take which colour: those named; where none is, the first takes the first colour said."""
    figures = still.studied().figures or ()
    named = [(one, rgb(reading.dressed[one.name])) for one in figures if one.name in reading.dressed]
    said = [rgb(text) for text in (*reading.dressed.values(), *reading.colours)]
    if named or not said:
        return named
    told = [one for one in figures if one.name in reading.subjects]
    return [(one, said[0]) for one in (told or figures)[:1]]


def can_recolour(still: Still, prompt: str) -> bool:
    """Is there a figure that the words give another colour?"""
    asks = re.search(
        r"\b(?:make|turn|change|paint|colou?r|recolou?r|dye)\b|变成|改成|换成|染", prompt.lower()
    )
    return bool(asks) and bool(_tones(still, words.read(prompt)))


def emptied(still: Still, prompt: str, dice: Dice) -> Still:
    """Without the figures the words name; without all where they speak of people, things, everything."""
    del dice
    known = still.studied()
    figures = known.figures or ()
    named = set(words.read(prompt).subjects)
    gone = [one for one in figures if one.name in named]
    if not gone and _ANYBODY.search(prompt.lower()):
        gone = list(figures)
    left = tuple(one for one in figures if one not in gone)
    return Still(without(known.picture, [one.mask for one in gone]), left)


def erased(still: Still, hole: Image.Image) -> Still:
    """Without what a given mask covers."""
    fitted = hole.convert("L").resize(still.picture.size, Image.Resampling.BILINEAR)
    return Still(without(still.picture, [fitted.point([255 if value > 127 else 0 for value in range(256)])]))


def moved_house(still: Still, prompt: str, dice: Dice) -> Still:
    """The same figures before another ground, painted after the words."""
    known = still.studied()
    reading = words.read(prompt)
    reading.subjects = []
    ground = picture.paint(reading, known.picture.size, dice.split("ground"), is_bare=True).picture
    tone = ground.resize((1, 1), Image.Resampling.BOX).resize(ground.size)
    lit = Image.blend(known.picture, ImageChops.soft_light(known.picture, tone), 0.55)
    for figure in known.figures or ():
        ground.paste(lit, (0, 0), figure.mask)
    return Still(ground, known.figures)


def blurred_ground(still: Still, prompt: str, dice: Dice) -> Still:
    """The figures sharp, what is behind them out of focus."""
    del prompt, dice
    known = still.studied()
    far = known.bare().filter(ImageFilter.GaussianBlur(min(known.picture.size) / 55))
    for figure in known.figures or ():
        far.paste(known.picture, (0, 0), figure.mask)
    return Still(far, known.figures)


def wider(still: Still, size: tuple[int, int]) -> Still:
    """The whole picture in the middle of a larger one that goes on around it."""
    scale = min(size[0] / still.picture.width, size[1] / still.picture.height) * 0.74
    inner = still.fitted((round(still.picture.width * scale), round(still.picture.height * scale)))
    left, top = (size[0] - inner.picture.width) // 2, (size[1] - inner.picture.height) // 2
    ground = _around(inner.bare(), size, (left, top))
    ground.paste(inner.picture, (left, top), _soft_edge(inner.picture.size))
    figures = []
    for figure in inner.figures or ():
        mask = Image.new("L", size)
        mask.paste(figure.mask, (left, top))
        figures.append(Figure.of(mask, figure.name, figure.clear))
    return Still(ground, None if inner.figures is None else tuple(figures))


def _around(inner: Image.Image, size: tuple[int, int], corner: tuple[int, int]) -> Image.Image:
    """Mirrors of a picture around it, blurred the more the farther they are."""
    sheet = Image.new("RGB", size)
    for row in range(-2, 3):
        for column in range(-2, 3):
            turned = inner if column % 2 == 0 else ImageOps.mirror(inner)
            turned = turned if row % 2 == 0 else ImageOps.flip(turned)
            sheet.paste(turned, (corner[0] + column * inner.width, corner[1] + row * inner.height))
    return Image.blend(sheet, sheet.filter(ImageFilter.GaussianBlur(min(size) / 60)), 0.75)


def _soft_edge(size: tuple[int, int]) -> Image.Image:
    edge = max(2, round(min(size) * 0.03))
    mask = Image.new("L", size)
    mask.paste(255, (edge, edge, size[0] - edge, size[1] - edge))
    return mask.filter(ImageFilter.BoxBlur(edge * 0.9))


def depth(still: Still) -> Image.Image:
    """A map of how near things are: the lower the nearer, figures as near as their feet."""
    known = still.studied()
    size = known.picture.size
    column = Image.new("L", (1, 64))
    column.putdata([round(20 + 190 * (row / 63) ** 1.6) for row in range(64)])
    ground = column.resize(size, Image.Resampling.BICUBIC)
    relief = ImageOps.autocontrast(
        known.picture.convert("L").filter(ImageFilter.GaussianBlur(min(size) / 60))
    )
    done = Image.blend(ground, ImageChops.overlay(ground, ImageOps.invert(relief)), 0.45)
    for figure in sorted(known.figures or (), key=lambda one: one.box[3]):
        done.paste(round(60 + 190 * figure.box[3] / size[1]), (0, 0), figure.mask)
    return done.convert("RGB")


def drawn(still: Still) -> Image.Image:
    """Its outlines, dark on white."""
    soft = still.picture.convert("L").filter(ImageFilter.GaussianBlur(min(still.picture.size) / 320))
    edges = ImageOps.autocontrast(soft.filter(ImageFilter.FIND_EDGES), cutoff=(0, 2))
    edges = edges.crop((2, 2, edges.width - 2, edges.height - 2)).resize(still.picture.size)
    return ImageOps.invert(
        edges.point([min(255, round(max(0, value - 24) * 1.9)) for value in range(256)])
    ).convert("RGB")


def swapped_face(still: Still, other: Still) -> Still:
    """The face of another picture in this one, in this one's light; unchanged where either has none."""
    here, there = face.of(still), face.of(other)
    if here is None or there is None:
        return still
    reach = 2.3
    source = (
        there.x - there.half * reach,
        there.y - there.half * 3.6,
        there.x + there.half * reach,
        there.y + there.half * 1.7,
    )
    box = tuple(
        round(value)
        for value in (
            here.x - here.half * reach,
            here.y - here.half * 3.6,
            here.x + here.half * reach,
            here.y + here.half * 1.7,
        )
    )
    size = (box[2] - box[0], box[3] - box[1])
    piece = other.picture.transform(size, Image.Transform.EXTENT, source, Image.Resampling.BICUBIC)
    ours = still.picture.crop((box[0], box[1], box[2], box[3]))
    piece = Image.blend(piece, _lit_like(piece, ours), 0.6)
    oval = ImageOps.invert(Image.radial_gradient("L")).point(
        [255 if value > 96 else max(0, (value - 76) * 12) for value in range(256)]
    )
    done = still.picture.copy()
    done.paste(piece, (box[0], box[1]), oval.resize(size, Image.Resampling.BICUBIC))
    return Still(done, still.figures)


def _lit_like(piece: Image.Image, model: Image.Image) -> Image.Image:
    """A piece with the mean colour of another."""
    bands = []
    for mine, theirs in zip(piece.split(), model.split(), strict=True):
        gap = _level(theirs) - _level(mine)
        bands.append(mine.point([min(255, max(0, round(value + gap))) for value in range(256)]))
    return Image.merge("RGB", bands)


def _level(band: Image.Image) -> float:
    value = band.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(value, int | float)
    return float(value)
