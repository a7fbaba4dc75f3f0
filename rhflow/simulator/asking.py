"""What a prompt asks for: how many, which fields, in which language. Both writers of texts read it so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "twelve": 12, "两": 2,
    **{sign: number for number, sign in enumerate("一二三四五六七八九十", 1)},
}  # fmt: skip
_LIST = re.compile(r"\b(?:array|list)\b|数组|列表", re.IGNORECASE)
_QUOTED = re.compile(r"[\"'`](\w{2,30})[\"'`]")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_MOST_PIECES = 20


def counted(things: str, things_cn: str) -> re.Pattern[str]:
    """What finds a number before one of these things, told as `a|b`: "six wide shots", "三个镜头"."""
    words = "|".join(name for name in _NUMBERS if name.isascii())
    signs = "".join(name for name in _NUMBERS if not name.isascii())
    return re.compile(
        rf"\b(\d{{1,2}}|{words})[\s-]+(?:\w+[\s-]+){{0,3}}?(?:{things})\b"
        rf"|(\d{{1,2}}|[{signs}])\s*(?:个|条|段|幕|句|张)?(?:{things_cn})",
        re.IGNORECASE,
    )


def number_in(text: str, pattern: re.Pattern[str]) -> int | None:
    """The number before the first of the things that `counted` was told of; None where there is none."""
    found = pattern.search(text)
    if found is None:
        return None
    word = (found[1] or found[2]).lower()
    return int(word) if word.isdecimal() else _NUMBERS.get(word)  # "ſix" fits and is none


def is_list(text: str) -> bool:
    """Whether it speaks of a list."""
    return bool(_LIST.search(text))


def is_chinese(text: str) -> bool:
    """Whether any of it is written in Chinese."""
    return bool(_CHINESE.search(text))


def quoted_names(text: str) -> list[str]:
    """The names that stand in quotes, such as those of fields; each once, in their order."""
    return list(dict.fromkeys(_QUOTED.findall(text)))


def json_pieces(text: str) -> Iterator[Any]:
    """The JSON objects and arrays that stand whole in a text, the outermost ones; not more than twenty."""
    decoder, at = json.JSONDecoder(), 0
    for _ in range(_MOST_PIECES):
        while True:
            starts = [place for place in (text.find("{", at), text.find("[", at)) if place >= 0]
            if not starts:
                return
            at = min(starts)
            try:
                value, at = decoder.raw_decode(text, at)
            except (ValueError, RecursionError):
                at += 1
                continue
            yield value
            break
