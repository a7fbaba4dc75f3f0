"""Fonts: Open Sans for Latin, Greek and Cyrillic; Noto Sans (or what the machine has) for Chinese."""

from __future__ import annotations

import os
import unicodedata
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

import ttf_opensans
from PIL import ImageFont

from rhflow.simulator.renders.voice import mandarin

_CJK_PACKAGE = "justmytype_intl_cjk"
_SYSTEM = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/Hiragino Sans GB.ttc",
    "/System/Library/Fonts/STHeiti Light.ttc",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/simhei.ttf",
    "C:/Windows/Fonts/simsun.ttc",
)


@cache
def cjk_font_file() -> Path | None:
    """A font with Chinese signs: `$RHFLOW_CJK_FONT`, the optional package, the machine's; else None."""
    named = os.environ.get("RHFLOW_CJK_FONT")
    if named and Path(named).is_file():
        return Path(named)
    if find_spec(_CJK_PACKAGE) is not None:
        folder = Path(str(resources.files(_CJK_PACKAGE)))
        found = sorted(folder.glob("fonts/**/NotoSansSC*.[to]tf")) or sorted(folder.glob("fonts/**/*.[to]tf"))
        if found:
            return found[0]
    return next((Path(file) for file in _SYSTEM if Path(file).is_file()), None)


def latin(size: float, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Open Sans."""
    face = ttf_opensans.OPENSANS_SEMIBOLD if bold else ttf_opensans.OPENSANS_REGULAR
    return ImageFont.truetype(str(face.path), size, layout_engine=ImageFont.Layout.BASIC)


def cjk(size: float) -> ImageFont.FreeTypeFont | None:
    """A font with Chinese signs, in a medium weight where it has weights."""
    file = cjk_font_file()
    if file is None:
        return None
    font = ImageFont.truetype(str(file), size, layout_engine=ImageFont.Layout.BASIC)
    if "wght" in file.name:
        font.set_variation_by_axes([460])
    return font


def is_wide(sign: str) -> bool:
    """Chinese, Japanese, Korean and their punctuation."""
    code = ord(sign)
    return (
        0x2E80 <= code <= 0xA4CF
        or 0xAC00 <= code <= 0xD7AF
        or 0xF900 <= code <= 0xFAFF
        or 0xFE30 <= code <= 0xFFEF
        or 0x20000 <= code <= 0x3FFFF
    )


def drawable(text: str, *, wide: bool) -> str:
    """The text as it can be drawn: signs we have no picture of are spelled in letters, symbols left out."""
    plain = " ".join(text.split())
    if not wide:
        plain = mandarin.spelled(plain).translate(_MARKS)
    signs = (sign if _known(sign) or (wide and is_wide(sign)) else _spelled(sign) for sign in plain)
    return " ".join("".join(signs).split())


_MARKS = str.maketrans(
    {
        **dict(zip("，。、；：？！", (f"{mark} " for mark in ",.,;:?!"), strict=True)),
        "（": " (",
        "）": ") ",
        "“": '"',
        "”": '"',
    }
)
"""Chinese marks, and those that stand for them among letters."""


def _spelled(sign: str) -> str:
    """Kana and Hangul by their sounds, other letters by their code; symbols not at all."""
    name = unicodedata.name(sign, "")
    if name.startswith(("HIRAGANA LETTER", "KATAKANA LETTER", "HANGUL SYLLABLE")):
        return name.rsplit(" ", 1)[-1].lower()
    return sign.encode("unicode_escape").decode("ascii") if unicodedata.category(sign)[0] in "LN" else ""


def _known(sign: str) -> bool:
    code = ord(sign)
    return (
        0x20 <= code <= 0x7E
        or 0xA0 <= code <= 0x24F
        or 0x370 <= code <= 0x4FF
        or 0x1E00 <= code <= 0x1EFF
        or 0x2010 <= code <= 0x2044
        or code in {0x20AC, 0x2122}
    )
