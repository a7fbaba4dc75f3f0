"""Text that a model wrote, read as JSON: as much of it as an author could have written, and no more."""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from typing import NoReturn, TypeAlias

from rhflow.language.scalars import LARGEST_INTEGER

Plain: TypeAlias = "dict[str, Plain] | list[Plain] | str | int | float | bool | None"

MAX_NESTING = 60
"""Levels of lists and mappings inside each other."""

_FENCE = re.compile(r"\s*```\w*[ \t]*\n(.*?)\n?[ \t]*```\s*", re.DOTALL)
"""Language models like to put JSON between such lines."""


@lru_cache(maxsize=16)
def parsed_json(text: str) -> Plain:
    """The value of a text, fenced or not.

    Kept, because each of many cells asks for its part of the same text. Nobody changes what was read.

    Raises:
        ValueError: it is no JSON, or holds what has no place here: keys with a meaning of their own (`$…`),
            numbers that do not travel, too many levels. The message is a sentence without an end.
    """
    fenced = _FENCE.fullmatch(text)
    try:
        found: Plain = json.loads(fenced.group(1) if fenced else text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ValueError("json cannot read this text as JSON") from None
    _look_through(found)
    return found


def _no_constant(word: str) -> NoReturn:
    raise ValueError(word)


def _look_through(found: Plain) -> None:
    level = [found]
    for _ in range(MAX_NESTING):
        below: list[Plain] = []
        for item in level:
            match item:
                case dict():
                    if any(key.startswith("$") for key in item):
                        raise ValueError('a key of this JSON begins with "$"')
                    below.extend(item.values())
                case list():
                    below.extend(item)
                case int() if abs(item) > LARGEST_INTEGER:
                    raise ValueError("a number of this JSON is too large")
                case float() if not math.isfinite(item):
                    raise ValueError("a number of this JSON is too large")
                case _:
                    pass
        if not below:
            return
        level = below
    raise ValueError(f"this JSON is nested more than {MAX_NESTING} levels deep")
