"""The caption of a picture: the model's name and the prompt over a soft dark foot.

What it hides travels inside the file; see `memo`.
"""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont, ImageOps

from rhflow.simulator.renders import fonts
from rhflow.simulator.renders.colour import Rgb, luma, mix
from rhflow.simulator.renders.memo import FOOT

_LONGEST_LINE = 300
"""Signs that no line is wide enough for."""


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
    pieces = _pieces(text[: _LONGEST_LINE * most])
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
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if font.getlength(text[:middle] + "…") <= width:
            fits = middle
        else:
            too_long = middle
    return text[:fits].rstrip(" ,.;，。、") + "…"
