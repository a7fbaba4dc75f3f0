"""Text as a picture with a transparent ground: broken into even lines, any script, soft outline.

Drawn with Pillow and laid over films as an image: ffmpeg's own `drawtext` has a quoting language of
its own, one font per call and no line breaking.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

from rhflow.media.fonts import font_for, is_ideograph, load_font, script_of

Colour = tuple[int, int, int]


class NoFont(Exception):
    """No font on this machine can draw some of the letters; `letters` are those."""

    def __init__(self, letters: str) -> None:
        super().__init__(f"No font on this machine can draw {letters!r}")
        self.letters = letters


@dataclass(frozen=True, slots=True)
class Lettering:
    """How to set a text; lengths in pixels."""

    size: int
    max_width: int
    max_lines: int = 3
    """More lines than this make the letters smaller, down to 60 %."""
    colour: Colour = (255, 255, 255)
    is_centred: bool = True
    has_outline: bool = True
    """A soft dark edge and shadow, so that it reads on any picture."""


_LINE_HEIGHT = 1.34
_SMALLEST = 0.6


def draw_text(text: str, lettering: Lettering) -> Image.Image | None:
    """The text as an RGBA picture, cut to what is drawn; None where there is nothing to draw.

    Symbols no font has (most emoji) are left out.

    Raises:
        NoFont: there are letters or digits that cannot be drawn.
    """
    text = _drawable(text)
    if not text:
        return None
    script, smallest = script_of(text), max(round(lettering.size * _SMALLEST), 8)
    setting, lines = lettering, _lines(text, lettering, script)
    while len(lines) > lettering.max_lines and setting.size > smallest:
        setting = replace(setting, size=max(round(setting.size * 0.93), smallest))
        lines = _lines(text, setting, script)
    return _draw(lines, setting, script)


def _drawable(text: str) -> str:
    """The text in composed form, without control characters and symbols that no font has."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\t", " ")
    kept, missing = [], []
    for letter in text:
        if letter == "\n" or letter.isspace() or unicodedata.category(letter) == "Cf":
            kept.append(letter if letter == "\n" or not letter.isspace() else " ")
        elif unicodedata.category(letter)[0] == "C":
            continue
        elif unicodedata.category(letter)[0] == "M" or font_for(letter) is not None:
            kept.append(letter)
        elif unicodedata.category(letter)[0] in "LN":
            missing.append(letter)
    if missing:
        raise NoFont("".join(dict.fromkeys(missing)))
    lines = [re.sub(" +", " ", line).strip() for line in "".join(kept).split("\n")]
    return "\n".join(line for line in lines if re.search(r"\S", line))


# --- fonts within a line ----------------------------------------------------------------------

_WIDE_IN_CHINESE = "“”‘’…—·"
"""Marks that Chinese and Japanese set as wide as their letters, though Latin fonts have them too."""


def _runs(line: str, script: str) -> Iterator[tuple[Path, str]]:
    """The line cut where the font changes; spaces, marks and joiners stay with what they follow."""
    run = ""
    of_run: Path | None = None
    font: Path | None
    for letter in line:
        is_apostrophe = letter == "’" and "a" <= run[-1:].lower() <= "z"
        if (letter == " " or unicodedata.category(letter) in ("Mn", "Mc", "Me", "Cf")) and of_run:
            font = of_run
        elif letter in _WIDE_IN_CHINESE and script in ("zh", "jp") and not is_apostrophe:
            font = font_for("一", script)
        else:
            font = font_for(letter, script)
        if font != of_run and run and of_run is not None:
            yield of_run, run
            run = ""
        run, of_run = run + letter, font or of_run
    if run and of_run is not None:
        yield of_run, run


def _width(line: str, size: int, script: str) -> float:
    return sum(load_font(font, size).getlength(run) for font, run in _runs(line, script))


# --- lines ------------------------------------------------------------------------------------

_NEVER_FIRST = "、。，．：；！？）」』】》〉〕］｝”’…—·ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.:;!?)]}%"
_NEVER_LAST = "（「『【《〈〔［｛“‘([{"


def _lines(text: str, setting: Lettering, script: str) -> list[str]:
    """As few lines as the width allows, and of even length; newlines of the author stay."""
    lines = []
    for paragraph in text.split("\n"):
        pieces = list(_pieces(paragraph, setting, script))
        widths = [_width(piece, setting.size, script) for piece in pieces]
        fewest = _fill(pieces, widths, setting.max_width)
        low, high = max(widths), float(setting.max_width)
        while high - low > 2 and len(fewest) > 1:  # the narrowest column that needs no more lines
            middle = (low + high) / 2
            tried = _fill(pieces, widths, middle)
            if len(tried) > len(fewest):
                low = middle
            else:
                high, fewest = middle, tried
        lines += fewest
    return lines


def _pieces(paragraph: str, setting: Lettering, script: str) -> Iterator[str]:
    """What may not be broken: a word with the space behind it, an ideograph with its punctuation."""
    piece = ""
    for letter in paragraph:
        last = piece[-1:]
        may_break = last == " " or (
            (is_ideograph(letter) or is_ideograph(last or "a"))
            and letter not in _NEVER_FIRST
            and last not in _NEVER_LAST
        )
        too_wide = piece and _width(piece + letter, setting.size, script) > setting.max_width
        if piece and ((may_break and letter != " ") or too_wide):
            yield piece
            piece = ""
        piece += letter
    if piece:
        yield piece


def _fill(pieces: list[str], widths: list[float], limit: float) -> list[str]:
    lines, room = [""], limit
    for piece, width in zip(pieces, widths, strict=True):
        if lines[-1] and width > room + 0.5:
            lines.append("")
            room = limit
        lines[-1] += piece
        room -= width
    return [line.strip() for line in lines]


# --- drawing ----------------------------------------------------------------------------------


def _draw(lines: list[str], setting: Lettering, script: str) -> Image.Image | None:
    size, edge = setting.size, max(round(setting.size / 16), 1)
    margin = round(size * 0.6)
    step = round(size * _LINE_HEIGHT)
    widths = [_width(line, size, script) for line in lines]
    canvas = (round(max(widths)) + 2 * margin, step * len(lines) + 2 * margin)
    letters, outline = Image.new("L", canvas, 0), Image.new("L", canvas, 0)
    on_letters, on_outline = ImageDraw.Draw(letters), ImageDraw.Draw(outline)
    for index, (line, width) in enumerate(zip(lines, widths, strict=True)):
        x = (canvas[0] - width) / 2 if setting.is_centred else float(margin)
        y = margin + index * step + size * 1.05
        for path, run in _runs(line, script):
            font = load_font(path, size)
            on_letters.text((x, y), run, fill=255, font=font, anchor="ls")
            on_outline.text((x, y), run, fill=255, font=font, anchor="ls", stroke_width=edge)
            x += font.getlength(run)
    picture = Image.new("RGBA", canvas, (0, 0, 0, 0))
    if setting.has_outline:
        shadow = outline.filter(ImageFilter.GaussianBlur(size * 0.13)).point(_scaled(0.85))
        moved = Image.new("L", canvas, 0)
        moved.paste(shadow, (0, max(round(size * 0.05), 1)))
        picture.alpha_composite(_ink((0, 0, 0), moved))
        picture.alpha_composite(_ink((16, 16, 16), outline.point(_scaled(0.8))))
    picture.alpha_composite(_ink(setting.colour, letters))
    box = picture.getchannel("A").point([0] * 4 + [255] * 252).getbbox()
    return picture.crop(box) if box else None


def _scaled(factor: float) -> list[int]:
    """A table for `point`."""
    return [round(value * factor) for value in range(256)]


def _ink(colour: Colour, mask: Image.Image) -> Image.Image:
    picture = Image.new("RGBA", mask.size, (*colour, 0))
    picture.putalpha(mask)
    return picture
