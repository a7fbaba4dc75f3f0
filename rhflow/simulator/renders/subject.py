"""Who a picture is about: the figures that stand out of it, each with a mask that follows its edges.

A pixel belongs to the ground if a path leads to it from the edge of the picture that never takes a high step
in colour: a glow in the sky is climbed in many low ones, a figure has a wall around it. That is found in a
small copy; then the colours inside and outside of it decide about the pixels of the large one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from PIL import Image, ImageChops, ImageFilter

_EDGE = 72
"""The long edge of the small copy."""
_LEVELS = (9, 13, 18, 25, 34, 46)
_LARGEST_MASK = 640
_COLOURS = 96


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that stands out."""

    box: tuple[int, int, int, int]
    """Left, top, right, bottom in pixels of the picture."""
    mask: Image.Image
    """As large as the picture, white where the figure is, soft at its edges."""
    share: float
    """Of the area of the picture."""
    clear: float
    """How far it stands out, 0 to 1."""
    name: str = ""
    """What its painter called it: `fox`; empty for what was found in a picture of somebody else."""

    @classmethod
    def of(cls, mask: Image.Image, name: str = "", clear: float = 1.0) -> Figure:
        """A figure out of its mask, which must not be empty."""
        box = mask.point([255 if value > 127 else 0 for value in range(256)]).getbbox()
        light = mask.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
        assert isinstance(light, int | float)
        return cls(box or (0, 0, *mask.size), mask, light / 255, clear, name)

    @property
    def middle(self) -> tuple[float, float]:
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]

    @property
    def width(self) -> int:
        return self.box[2] - self.box[0]


def find(picture: Image.Image, most: int = 3) -> list[Figure]:
    """Up to `most` figures, the clearest first; none where nothing stands out."""
    small = picture.convert("RGB")
    small.thumbnail((_EDGE, _EDGE), Image.Resampling.BOX)
    wall = walls(small)
    wide, high = small.size
    pixels = _colours(small)
    candidates: list[tuple[float, float, list[int]]] = []
    for level in _LEVELS:
        for island in islands([value >= level for value in wall], wide):
            if len(island) >= wide * high * 0.003:
                clear = sum(wall[cell] for cell in island) / len(island)
                candidates.append((_weight(island, clear, pixels, (wide, high)), clear, island))
    candidates.sort(key=lambda item: -item[0])
    found: list[Figure] = []
    taken: set[int] = set()
    for weight, clear, island in candidates:
        if len(found) == most or weight < candidates[0][0] * 0.3:
            break
        if taken & set(island):
            continue
        taken |= set(island)
        figure = _traced(picture, small.size, island, min(1.0, clear / 60))
        if figure is not None:
            found.append(figure)
    return found


def walls(small: Image.Image) -> list[float]:
    """For each pixel, the highest step in colour that the easiest path to it from the edge has to take.

    Paths start at the top, at the sides and at the lower corners: what is cut off by the lower edge may
    well be a figure.
    """
    wide, high = small.size
    pixels = _colours(small.filter(ImageFilter.MedianFilter(3)))
    reached = [math.inf] * (wide * high)
    queue: list[tuple[float, int]] = []
    for at in range(wide * high):
        x, y = at % wide, at // wide
        if y == 0 or x in {0, wide - 1} or (y == high - 1 and not 0.15 < x / wide < 0.85):
            reached[at] = 0.0
            queue.append((0.0, at))
    heapify(queue)
    while queue:
        height, at = heappop(queue)
        if height > reached[at]:
            continue
        red, green, blue = pixels[at]
        for other in _around(at, wide, high):
            near = pixels[other]
            step = max(height, _step(red - near[0], green - near[1], blue - near[2]))
            if step < reached[other]:
                reached[other] = step
                heappush(queue, (step, other))
    return reached


def _colours(picture: Image.Image) -> list[tuple[int, int, int]]:
    """Every pixel, row by row."""
    red, green, blue = (band.tobytes() for band in picture.split())
    return list(zip(red, green, blue, strict=True))


def _step(red: int, green: int, blue: int) -> float:
    """How different two colours look."""
    return math.sqrt(2 * red * red + 4 * green * green + 3 * blue * blue) / 3


def _around(at: int, wide: int, high: int) -> list[int]:
    x = at % wide
    found = [at - 1] if x else []
    if x < wide - 1:
        found.append(at + 1)
    if at >= wide:
        found.append(at - wide)
    if at < wide * (high - 1):
        found.append(at + wide)
    return found


def _prior(x: float, y: float) -> float:
    """Figures stand in the middle or a little below, seldom at the edge."""
    return 0.25 + 0.75 * math.exp(-(((x - 0.5) / 0.4) ** 2) - ((y - 0.58) / 0.36) ** 2)


def islands(inside: list[bool], wide: int) -> list[list[int]]:
    """Connected cells, as lists of their indexes."""
    left = {index for index, held in enumerate(inside) if held}
    found = []
    while left:
        start = min(left)
        left.remove(start)
        island, edge = [start], [start]
        while edge:
            at = edge.pop()
            for other in _around(at, wide, len(inside) // wide):
                if other in left:
                    left.remove(other)
                    island.append(other)
                    edge.append(other)
        found.append(island)
    return found


def _weight(
    island: list[int], clear: float, pixels: list[tuple[int, int, int]], size: tuple[int, int]
) -> float:
    """How much of a figure it is: walls around it, not too small, no sliver, not all of one colour."""
    wide, high = size
    xs, ys = [cell % wide for cell in island], [cell // wide for cell in island]
    across, tall = max(xs) - min(xs) + 1, max(ys) - min(ys) + 1
    solid = len(island) / (across * tall)
    sides = (min(xs) <= 1) + (max(xs) >= wide - 2) + (min(ys) <= 1)
    thin = min(1.0, 3 * min(across / tall, tall / across))
    share = len(island) / (wide * high)
    large = min(1.0, share / 0.1) ** 0.5 * (1.0 if share < 0.6 else 0.2)
    greens = [pixels[cell][0] + 2 * pixels[cell][1] + pixels[cell][2] for cell in island]
    mean = sum(greens) / len(greens)
    spread = (sum((value - mean) ** 2 for value in greens) / len(greens)) ** 0.5 / 4
    varied = 0.4 + min(0.6, spread / 40)
    place = _prior(sum(xs) / len(xs) / wide, sum(ys) / len(ys) / high)
    weight: float = clear**0.6 * large * solid * thin * varied * place * (1.0, 0.7, 0.4, 0.2)[sides]
    return weight


def _traced(picture: Image.Image, small: tuple[int, int], island: list[int], clear: float) -> Figure | None:
    """The island as a mask at full size: colours that are more at home inside than outside belong to it."""
    coarse = Image.new("L", small)
    for cell in island:
        coarse.putpixel((cell % small[0], cell // small[0]), 255)
    scale = min(1.0, _LARGEST_MASK / max(picture.size))
    work = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    step = work[0] / small[0]
    near = coarse.resize(work, Image.Resampling.BICUBIC)
    reach = near.filter(ImageFilter.GaussianBlur(step * 0.9))
    around = coarse.filter(ImageFilter.MaxFilter(5)).resize(work, Image.Resampling.BILINEAR)
    core = coarse.filter(ImageFilter.MinFilter(3)).resize(work, Image.Resampling.BILINEAR)
    patch = picture.convert("RGB").resize(work, Image.Resampling.BILINEAR)
    likely = _by_colour(patch, near, around)
    joined = Image.blend(likely, reach, 0.45)
    joined = ImageChops.multiply(joined, around.point([min(255, value * 3) for value in range(256)]))
    joined = ImageChops.lighter(joined, core.point([255 if value > 235 else 0 for value in range(256)]))
    edge = max(3, round(step * 0.35) * 2 + 1)
    firm = joined.filter(ImageFilter.MedianFilter(min(7, edge)))
    firm = firm.point([max(0, min(255, round((value - 112) * 6))) for value in range(256)])
    mask = firm.filter(ImageFilter.GaussianBlur(0.8)).resize(picture.size, Image.Resampling.BILINEAR)
    held = mask.point([255 if value > 127 else 0 for value in range(256)]).getbbox()
    return Figure.of(mask, clear=clear) if held else None


def _by_colour(patch: Image.Image, inside: Image.Image, around: Image.Image) -> Image.Image:
    """How likely each pixel belongs inside, by how often its colour occurs there and in the surroundings."""
    coded = patch.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE)
    held = inside.point([255 if value > 127 else 0 for value in range(256)])
    outside = ImageChops.subtract(around.point([255 if value > 8 else 0 for value in range(256)]), held)
    within, without = coded.histogram(held)[:256], coded.histogram(outside)[:256]
    table = [round(255 * (a + 0.5) / (a + b + 1.0)) for a, b in zip(within, without, strict=True)]
    return Image.frombytes("L", coded.size, coded.tobytes()).point(table)
