"""The caption of a picture: the model's name and the prompt over a soft dark foot.

A caption hides what is under it, and a clip made from the picture wants that back. So the pixels under the
caption travel inside the file (`hidden_strip`, in a private chunk that nobody else reads), and
`without_caption` puts them back. A picture of anybody else simply has no such chunk.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps, PngImagePlugin, UnidentifiedImageError

from rhflow.simulator.renders import fonts
from rhflow.simulator.renders.colour import Rgb, luma, mix

FOOT = 0.34
"""The share of the height that the caption's shade may reach up to."""
_MARK = b"rhflow-under-caption-1"
_CHUNK = b"rhUC"
_LARGEST_COMMENT = 65_000


@dataclass(frozen=True, slots=True)
class Caption:
    """What is written: a headline in small capitals, and the text below it."""

    head: str
    text: str


def model_name(endpoint: str) -> str:
    """A model's endpoint as a headline: `google/veo-3/image-to-video` becomes `GOOGLE · VEO-3`."""
    parts = [part for part in endpoint.split("/") if part and "-to-" not in part]
    return " · ".join(parts or [endpoint]).replace("_", "-").upper()


def overlay(
    size: tuple[int, int], caption: Caption, shade: Rgb, accent: Rgb, *, at_head: bool = False
) -> Image.Image:
    """The caption on a transparent sheet of the picture's size, RGBA.

    At the foot, as a picture has it; or at the head, as a clip has it, where no subtitle will lie.
    """
    width, height = size
    unit = min(width, height * 1.35) * (1.0 if width >= height else 1.25)
    margin = round(width * 0.045)
    head_size, text_size = max(8.0, unit * 0.0165), max(10.0, unit * 0.028)
    wide = any(fonts.is_wide(sign) for sign in caption.text)
    chinese = fonts.cjk(text_size) if wide else None
    text = fonts.drawable(caption.text, wide=chinese is not None)
    font = chinese or fonts.latin(text_size)
    lines = wrap(text, font, width - 2 * margin - unit * 0.03, 2 if width >= height else 3)
    leading = round(text_size * 1.38)
    head_room = round(head_size * 2.1)
    edge = round(height * 0.042)
    foot = edge + head_room + leading * len(lines) if at_head else height - edge
    top = foot - leading * len(lines)
    sheet = Image.new("RGBA", size, (*shade, 0))
    reach = foot + unit * 0.06 if at_head else height - (top - head_room - unit * 0.06)
    strength = (205 if luma(shade) < 0.5 else 242) * (0.6 if at_head else 1.0)
    scrim = _scrim(size, height - reach, round(strength))
    sheet.putalpha(ImageOps.flip(scrim) if at_head else scrim)
    draw = ImageDraw.Draw(sheet)
    ink: Rgb = (255, 252, 244) if luma(shade) < 0.5 else (46, 40, 44)
    left = margin + unit * 0.024
    head_font = fonts.latin(head_size, bold=True)
    _spaced(
        draw,
        (left, top - head_room),
        fonts.drawable(caption.head, wide=False),
        head_font,
        head_size * 0.14,
        (*mix(accent, ink, 0.45), 255),
    )
    for index, line in enumerate(lines):
        draw.text((left, top + index * leading), line, font=font, fill=(*ink, 255))
    bar = max(2, round(unit * 0.004))
    draw.rectangle(
        (margin, top - head_room + head_size * 0.2, margin + bar, foot - leading * 0.12), fill=(*accent, 255)
    )
    return sheet


def put_on(picture: Image.Image, caption: Caption, shade: Rgb, accent: Rgb) -> Image.Image:
    """The picture with its caption, and what the caption hid in `info`."""
    if not caption.text and not caption.head:
        return picture
    sheet = overlay(picture.size, caption, shade, accent)
    done = picture.copy()
    done.paste(sheet, (0, 0), sheet)
    return done


def _scrim(size: tuple[int, int], start: float, most: int) -> Image.Image:
    """Nothing above `start`, then darker and darker down to the edge."""
    height = size[1]
    start = max(height * (1 - FOOT), start)
    column = Image.new("L", (1, height))
    span = max(1.0, height - start)
    column.putdata(
        [round(most * _ease(min(1.0, (y - start) / span * 1.5))) if y > start else 0 for y in range(height)]
    )
    return column.resize(size, Image.Resampling.NEAREST)


def _ease(share: float) -> float:
    return share * share * (3 - 2 * share)


def _spaced(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    font: ImageFont.FreeTypeFont,
    gap: float,
    fill: tuple[int, int, int, int],
) -> None:
    """Letters set apart."""
    x, y = at
    for sign in text[:80]:
        draw.text((x, y), sign, font=font, fill=fill)
        x += font.getlength(sign) + gap


def wrap(text: str, font: ImageFont.FreeTypeFont, width: float, most: int) -> list[str]:
    """The text in at most `most` lines; the rest becomes an ellipsis. Wide signs may break anywhere."""
    lines: list[str] = []
    line = ""
    pieces = _pieces(text)
    for index, piece in enumerate(pieces):
        if font.getlength(line + piece.rstrip()) <= width or not line:
            line += piece
            continue
        lines.append(line.rstrip())
        if len(lines) == most:
            lines[-1] = _shortened(lines[-1] + " " + "".join(pieces[index:]), font, width)
            return lines
        line = piece.lstrip()
    return [*lines, _shortened(line.rstrip(), font, width)] if line else lines


def _pieces(text: str) -> list[str]:
    """Words with the space behind them, wide signs one by one; punctuation sticks to what is before it."""
    pieces: list[str] = []
    for sign in text:
        glue = pieces and (
            sign in "，。、；：？！）》」』】,.;:?!)"
            or (
                not fonts.is_wide(sign) and not pieces[-1].endswith(" ") and not fonts.is_wide(pieces[-1][-1])
            )
        )
        if glue:
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces


def _shortened(text: str, font: ImageFont.FreeTypeFont, width: float) -> str:
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip(" ,.;，。、") + "…"


def hidden_strip(clean: Image.Image) -> bytes:
    """The foot of the clean picture, small enough to travel inside the captioned one."""
    top = round(clean.height * (1 - FOOT)) - 1
    strip = clean.crop((0, top, clean.width, clean.height))
    scale = min(1.0, 1280 / strip.width)
    small = strip.resize((max(1, round(strip.width * scale)), max(1, round(strip.height * scale))))
    data = b""
    for quality in (88, 70, 45):
        held = io.BytesIO()
        small.save(held, "JPEG", quality=quality)
        data = _MARK + struct.pack("<III", clean.width, clean.height, top) + held.getvalue()
        if len(data) < _LARGEST_COMMENT:
            break
    return data


def save(picture: Image.Image, path: str, kind: str, strip: bytes | None) -> None:
    """Write the picture; `strip` travels in a place of the format that viewers ignore."""
    if kind == "png":
        chunks = PngImagePlugin.PngInfo()
        if strip:
            chunks.add(_CHUNK, strip)
        picture.save(path, "PNG", compress_level=3, pnginfo=chunks)
    elif kind == "jpeg":
        fits = strip if strip and len(strip) < _LARGEST_COMMENT else b""
        picture.save(path, "JPEG", quality=92, comment=fits)
    elif kind == "webp":
        picture.save(path, "WEBP", quality=90, method=2, xmp=strip or b"")
    else:
        picture.save(path, "TIFF", compression="tiff_lzw")


def without_caption(picture: Image.Image) -> Image.Image:
    """The picture as RGB, the pixels under our caption put back where they came along."""
    clean = picture.convert("RGB")
    for data in _carried(picture):
        if not data.startswith(_MARK):
            continue
        head = len(_MARK)
        width, height, top = struct.unpack_from("<III", data, head)
        if (width, height) != picture.size or not 0 <= top < height:
            continue
        try:
            strip = (
                Image.open(io.BytesIO(data[head + 12 :]))
                .convert("RGB")
                .resize((width, height - top), Image.Resampling.BICUBIC)
            )
        except (OSError, UnidentifiedImageError):
            continue
        clean.paste(strip, (0, top))
        seam = clean.crop((0, max(0, top - 2), width, top + 2)).filter(ImageFilter.BoxBlur((0.0, 1.0)))
        clean.paste(seam, (0, max(0, top - 2)))
    return clean


def _carried(picture: Image.Image) -> list[bytes]:
    """Whatever may be ours among what came with the file."""
    chunks: list[tuple[bytes, bytes]] = getattr(picture, "private_chunks", [])
    held: list[object] = [chunk[1] for chunk in chunks if chunk[0] == _CHUNK]
    held += [picture.info.get(name) for name in ("comment", "xmp")]
    return [value for value in held if isinstance(value, bytes)]
