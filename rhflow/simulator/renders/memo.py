"""What a picture of ours remembers: the pixels under its caption, and where its painter put which figure.

A caption hides what is under it, and a clip made from the picture wants that back; it also wants to move
the figures. Both travel inside the file, in a private chunk that nobody else reads. A picture of anybody
else simply has no such chunk.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence

from PIL import Image, ImageFilter, PngImagePlugin

from rhflow.simulator.renders.subject import Figure

FOOT = 0.34
"""The share of the height that a caption's shade may reach up to."""
_MARK = b"rhflow-memo-1"
_HEAD = struct.Struct("<5I")
"""Width, height, top of the strip, bytes of the strip, number of figures."""
_FIGURE = struct.Struct("<4I16sI")
"""Left, top, right, bottom, name, bytes of the mask."""
UNKNOWN = 2**32 - 1
"""The number of figures of a picture in which nobody looked for them."""
_CHUNK = b"rhMO"
_LARGEST_COMMENT = 65_000
_MASK_SIZE = (400, 220)


def memo(clean: Image.Image, figures: Sequence[Figure] | None = ()) -> bytes:
    """The foot of the clean picture and its figures, small enough to travel inside the captioned one."""
    top = round(clean.height * (1 - FOOT)) - 1
    strip = clean.crop((0, top, clean.width, clean.height))
    scale = min(1.0, 1280 / strip.width)
    small = strip.resize((max(1, round(strip.width * scale)), max(1, round(strip.height * scale))))
    told = b"".join(_told(figure) for figure in figures or ())
    data = b""
    for quality in (88, 70, 45):
        held = io.BytesIO()
        small.save(held, "JPEG", quality=quality)
        head = _HEAD.pack(
            clean.width, clean.height, top, held.tell(), UNKNOWN if figures is None else len(figures)
        )
        data = _MARK + head + held.getvalue() + told
        if len(data) < _LARGEST_COMMENT:
            break
    return data


def _told(figure: Figure) -> bytes:
    left, top, right, bottom = figure.box
    scale = min(1.0, _MASK_SIZE[0] / (right - left), _MASK_SIZE[1] / (bottom - top))
    size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    held = io.BytesIO()
    mask = figure.mask.crop(figure.box).resize(size, Image.Resampling.BOX)
    mask.point([value & 0xF0 | value >> 4 for value in range(256)]).save(held, "PNG", optimize=True)
    return _FIGURE.pack(*figure.box, figure.name.encode()[:16], held.tell()) + held.getvalue()


def save(picture: Image.Image, path: str, kind: str, kept: bytes | None) -> None:
    """Write the picture; the memo travels in a place of the format that viewers ignore."""
    if kind == "png":
        chunks = PngImagePlugin.PngInfo()
        if kept:
            chunks.add(_CHUNK, kept)
        picture.save(path, "PNG", compress_level=3, pnginfo=chunks)
    elif kind == "jpeg":
        fits = kept if kept and len(kept) < _LARGEST_COMMENT else b""
        picture.convert("RGB").save(path, "JPEG", quality=92, comment=fits)
    elif kind == "webp":
        picture.save(path, "WEBP", quality=90, method=2, xmp=kept or b"")
    else:
        picture.save(path, "TIFF", compression="tiff_lzw")


def recall(picture: Image.Image) -> tuple[Image.Image, tuple[Figure, ...] | None]:
    """The picture as RGB, the pixels under our caption put back, and its figures; None where nobody knows."""
    clean = picture.convert("RGB")
    for data in _carried(picture):
        if not data.startswith(_MARK):
            continue
        try:
            width, height, top, size, count = _HEAD.unpack_from(data, len(_MARK))
            start = len(_MARK) + _HEAD.size
            if (width, height) == picture.size and top < height:
                _put_back(clean, data[start : start + size], top)
                if count == UNKNOWN:
                    return clean, None
                return clean, tuple(_figures(data, start + size, count, clean.size))
        except (OSError, ValueError, struct.error):
            continue  # cut short on its way: a picture like any other
    return clean, None


def _carried(picture: Image.Image) -> list[bytes]:
    """Whatever may be ours among what came with the file."""
    chunks: list[tuple[bytes, bytes]] = getattr(picture, "private_chunks", [])
    held: list[object] = [chunk[1] for chunk in chunks if chunk[0] == _CHUNK]
    held += [picture.info.get(name) for name in ("comment", "xmp")]
    return [value for value in held if isinstance(value, bytes)]


def _put_back(clean: Image.Image, packed: bytes, top: int) -> None:
    size = (clean.width, clean.height - top)
    with Image.open(io.BytesIO(packed)) as strip:
        clean.paste(strip.convert("RGB").resize(size, Image.Resampling.BICUBIC), (0, top))
    seam = clean.crop((0, max(0, top - 2), clean.width, top + 2)).filter(ImageFilter.BoxBlur((0.0, 1.0)))
    clean.paste(seam, (0, max(0, top - 2)))


def _figures(data: bytes, at: int, count: int, size: tuple[int, int]) -> list[Figure]:
    found = []
    for _ in range(min(count, 16)):
        left, top, right, bottom, name, length = _FIGURE.unpack_from(data, at)
        at += _FIGURE.size
        if not (left < right <= size[0] and top < bottom <= size[1]):
            raise ValueError("a figure outside of its picture")
        with Image.open(io.BytesIO(data[at : at + length])) as packed:
            small = packed.convert("L").resize((right - left, bottom - top), Image.Resampling.BICUBIC)
        mask = Image.new("L", size)
        mask.paste(small, (left, top))
        found.append(Figure.of(mask, name.rstrip(b"\0").decode("ascii", "replace"), clear=1.0))
        at += length
    return found
