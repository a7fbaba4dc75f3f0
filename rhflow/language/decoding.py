"""Bytes to text that YAML may look at: UTF-8, no control characters, not too much."""

from __future__ import annotations

import re

from rhflow.ground.diagnostics import Diagnostics
from rhflow.ground.marks import Mark
from rhflow.language.places import Lines

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


def decode(raw: str | bytes, source: str, problems: Diagnostics, limit: int) -> str | None:
    """The text as YAML may read it; None where it cannot, and `problems` says why."""
    if len(raw) > limit:
        problems.add(
            Mark(source), "too-large", f"the file has {len(raw):,} bytes; {limit:,} are allowed",
            hint="keep long texts and media in files of their own",
        )  # fmt: skip
        return None
    if isinstance(raw, bytes):
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            problems.add(Mark(source), "not-utf8", "the file is UTF-16; save it as UTF-8")
            return None
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            before = raw[: error.start].decode().removeprefix("\ufeff")
            message = f"the file is not UTF-8: byte 0x{raw[error.start]:02x} does not belong here"
            place = Lines(before, source).mark(len(before))
            problems.add(place, "not-utf8", message, hint="save the file as UTF-8")
            return None
    else:
        text = raw
    text = text.removeprefix("\ufeff")
    if text.lstrip()[:1] in ("{", "["):
        text = _PAIR.sub(_joined_pair, text)
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        place = Lines(text[: forbidden.end()], source).mark(forbidden.start())
        message = f"there is a control character here (U+{ord(forbidden.group()):04X})"
        problems.add(place, "bad-character", message, hint="delete it; it may be invisible in your editor")
        return None
    return text


def _joined_pair(found: re.Match[str]) -> str:
    """JSON writes a character beyond U+FFFF as two halves; YAML knows only the whole."""
    high, low = int(found.group(2), 16), int(found.group(3), 16)
    return f"{found.group(1)}\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08X}"
