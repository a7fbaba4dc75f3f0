"""Where the mouth of a figure is: known of our portraits, looked for by the colour of skin in others."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from rhflow.simulator.renders import people
from rhflow.simulator.renders.puppet import Mouth
from rhflow.simulator.renders.still import Still
from rhflow.simulator.renders.subject import Figure, islands

_SMALL = 96


def mouth_of(still: Still, figure: Figure) -> Mouth | None:
    """The mouth of a figure; None where no face shows."""
    if figure.name == "portrait":
        x, y, half = people.MOUTH
        top, foot = figure.box[1], max(figure.box[3], still.picture.height)
        high = (foot - top) / people.CROWN
        return Mouth(figure.middle[0] + x * high, foot - y * high, half * high)
    if figure.name:
        return None
    left, top, right, bottom = figure.box
    return seek(still.picture, (left, top, right, top + max(8, round((bottom - top) * 0.8))))


def of(still: Still) -> Mouth | None:
    """The mouth of whoever has a face in a picture."""
    for figure in still.figures or ():
        if figure.name == "portrait":
            return mouth_of(still, figure)
    return seek(still.picture)


def seek(picture: Image.Image, box: tuple[int, int, int, int] | None = None) -> Mouth | None:
    """The mouth of the clearest face in a part of the picture."""
    part = picture.crop(box) if box else picture
    scale = _SMALL / max(part.size)
    size = (max(4, round(part.width * scale)), max(4, round(part.height * scale)))
    small = part.resize(size, Image.Resampling.BOX)
    pixels = list(zip(*(band.tobytes() for band in small.split()), strict=True))
    patches = islands([_is_skin(*pixel) for pixel in pixels], size[0])
    faces = [found for patch in patches if (found := _face(patch, size)) is not None]
    if not faces:
        return None
    best = max(faces, key=lambda found: found.worth)
    y = _lips(best, pixels, size)
    left, top = (box[0], box[1]) if box else (0, 0)
    return Mouth(left + best.middle / scale, top + (y + 0.5) / scale, best.wide * 0.22 / scale)


@dataclass(frozen=True, slots=True)
class _Face:
    middle: float
    chin: float
    wide: float
    worth: float


def _face(patch: list[int], size: tuple[int, int]) -> _Face | None:
    """A patch of skin as a face: about as high as wide, down to where it narrows to a neck."""
    if len(patch) < max(24, size[0] * size[1] * 0.004):
        return None
    rows: dict[int, list[int]] = {}
    for cell in patch:
        rows.setdefault(cell // size[0], []).append(cell % size[0])
    order = sorted(rows)
    spans = [max(rows[y]) - min(rows[y]) + 1 for y in order]
    wide = sorted(spans)[len(spans) * 9 // 10]
    cheek = max(range(len(order)), key=lambda index: (spans[index] >= wide, -index))
    chin = cheek
    while chin + 1 < len(order) and spans[chin + 1] > wide * 0.62 and order[chin] - order[cheek] < wide:
        chin += 1
    high = order[chin] - order[0] + 1
    if not 0.55 < high / wide < 2.2:
        return None
    inside = [x for y in order[: chin + 1] for x in rows[y]]
    solid = len(inside) / (high * wide)
    higher = 1 - 0.5 * order[cheek] / size[1]
    return _Face(
        sum(inside) / len(inside) + 0.5, float(order[chin]), float(wide), len(inside) ** 0.5 * solid * higher
    )


def _lips(found: _Face, pixels: list[tuple[int, ...]], size: tuple[int, int]) -> float:
    """The row near where lips should be that is the darkest and reddest."""
    expected = found.chin - found.wide * 0.3
    reach = found.wide * 0.16
    left, right = round(found.middle - found.wide * 0.16), round(found.middle + found.wide * 0.16)
    best, row = -1e9, expected
    for y in range(max(0, round(expected - reach)), min(size[1] - 1, round(expected + reach)) + 1):
        cells = [pixels[y * size[0] + x] for x in range(max(0, left), min(size[0], right + 1))]
        if not cells:
            continue
        lip = sum(red - 1.6 * green - 0.6 * blue for red, green, blue in cells) / len(cells)
        lip -= abs(y - expected) * 2
        if lip > best:
            best, row = lip, float(y)
    return row


def _is_skin(red: int, green: int, blue: int) -> bool:
    """Skin of any tone in fair light has much the same share of red and green."""
    total = red + green + blue
    return (
        red > 90
        and max(red, green, blue) - min(red, green, blue) > 15
        and 0.37 < red / total < 0.465
        and 0.28 < green / total < 0.345
    )
