"""Which font draws which letter.

Open Sans (package ttf_opensans) comes along for Latin, Greek, Cyrillic and Hebrew. For Chinese, Japanese
and Korean: the package justmytype_intl_cjk where it is installed (extra `cjk`), else a font of the
system. `$RHFLOW_FONT` names a font file that is tried before all of them.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from functools import cache
from pathlib import Path

import ttf_opensans
from PIL import Image, ImageDraw, ImageFont

WEIGHT = 600
"""Semi-bold: thin strokes drown in moving pictures. 400 is regular, 700 bold."""

_SYSTEM_FONTS: dict[str, tuple[str, ...]] = {
    "win32": (
        "msyhbd.ttc",
        "msyh.ttc",
        "simhei.ttf",
        "YuGothB.ttc",
        "malgunbd.ttf",
        "segoeui.ttf",
        "arial.ttf",
    ),
    "darwin": (
        "PingFang.ttc",
        "Hiragino Sans GB.ttc",
        "STHeiti Medium.ttc",
        "AppleSDGothicNeo.ttc",
        "Arial Unicode.ttf",
    ),
    "linux": (
        "NotoSansCJK-Bold.ttc",
        "NotoSansCJK-Regular.ttc",
        "SourceHanSansSC-Bold.otf",
        "wqy-zenhei.ttc",
        "wqy-microhei.ttc",
        "DroidSansFallbackFull.ttf",
        "DejaVuSans-Bold.ttf",
        "DejaVuSans.ttf",
    ),
}
_SYSTEM_FOLDERS: dict[str, tuple[str, ...]] = {
    "win32": ("%WINDIR%/Fonts", "%LOCALAPPDATA%/Microsoft/Windows/Fonts"),
    "darwin": (
        "/System/Library/Fonts",
        "/System/Library/Fonts/Supplemental",
        "/Library/Fonts",
        "~/Library/Fonts",
    ),
    "linux": ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts"),
}

_JAPANESE = ((0x3041, 0x30FF), (0x31F0, 0x31FF))
_KOREAN = ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7AF))


@cache
def font_files() -> tuple[Path, ...]:
    """Every font file that may be used, the first choice first."""
    named = os.environ.get("RHFLOW_FONT")
    files = [Path(named)] if named and Path(named).is_file() else []
    files.append(Path(ttf_opensans.opensans(font_weight=WEIGHT).path))
    files += _packaged()
    files += _of_system()
    return tuple(files)


def _packaged() -> list[Path]:
    """The fonts of justmytype_intl_cjk, simplified Chinese first."""
    spec = importlib.util.find_spec("justmytype_intl_cjk")
    if spec is None or not spec.submodule_search_locations:
        return []
    folder = Path(next(iter(spec.submodule_search_locations))) / "fonts"
    order = ("notosanssc", "notosanstc", "notosansjp", "notosanskr")
    found = [path for path in sorted(folder.rglob("*.ttf")) if path.parent.name in order]
    return sorted(found, key=lambda path: order.index(path.parent.name))


def _of_system() -> list[Path]:
    platform = sys.platform if sys.platform in _SYSTEM_FONTS else "linux"
    wanted = _SYSTEM_FONTS[platform]
    found: dict[str, Path] = {}
    for name in _SYSTEM_FOLDERS[platform]:
        folder = Path(os.path.expandvars(name)).expanduser()
        if folder.is_dir():
            for path in sorted(folder.rglob("*")):
                if path.name in wanted:
                    found.setdefault(path.name, path)
    return [found[name] for name in wanted if name in found]


@cache
def load_font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    """The font at a size in pixels; of a variable font, its semi-bold."""
    font = ImageFont.truetype(path, size)
    if path.parent.parent.name == "ofl":  # the packaged ones: variable, weight their only axis
        font.set_variation_by_axes([WEIGHT])
    return font


@cache
def has_glyph(path: Path, letter: str) -> bool:
    """Whether the font has a picture of its own for the letter, and not the box for unknown ones."""
    return letter.isspace() or _drawn(path, letter) != _drawn(path, _NO_LETTER)


_NO_LETTER = "\U0010fffe"


def _drawn(path: Path, letter: str) -> tuple[tuple[int, int, int, int], bytes]:
    """The letter as it would look: what it takes, and its dots."""
    font = load_font(path, 24)
    picture = Image.new("L", (48, 48))
    ImageDraw.Draw(picture).text((4, 36), letter, fill=255, font=font, anchor="ls")
    left, top, right, bottom = font.getbbox(letter)
    return (round(left), round(top), round(right), round(bottom)), picture.tobytes()


@cache
def font_for(letter: str, script: str = "") -> Path | None:
    """The first font that has the letter, or None; `script` as of `script_of`: whose forms to prefer."""
    files = font_files()
    if script:
        files = tuple(sorted(files, key=lambda path: path.parent.name != f"notosans{script}"))
        latin = files[1:] if ord(letter) < 0x2E80 else files
        files = (*latin, *files)
    return next((path for path in files if has_glyph(path, letter)), None)


def script_of(text: str) -> str:
    """`jp` where there is kana, `kr` where there is hangul, `zh` where there are ideographs, else nothing."""
    points = [ord(letter) for letter in text]
    if any(low <= point <= high for point in points for low, high in _JAPANESE):
        return "jp"
    if any(low <= point <= high for point in points for low, high in _KOREAN):
        return "kr"
    return "zh" if any(is_ideograph(letter) for letter in text) else ""


def is_ideograph(letter: str) -> bool:
    """Chinese characters, kana and the marks that go with them: as wide as high."""
    return 0x2E80 <= ord(letter) <= 0x9FFF or 0xF900 <= ord(letter) <= 0xFAFF or ord(letter) >= 0x20000
