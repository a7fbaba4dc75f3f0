"""What a plain scalar means: YAML 1.2's core schema, and only what JSON can carry."""

from __future__ import annotations

import re

from rhflow.ground.values import Json

_INTEGER = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

LARGEST_INTEGER = 2**53 - 1
"""JSON carries larger integers as text only (RFC 8785)."""


def core_value(text: str) -> Json:
    """The value of a scalar without quotes: null, a boolean, a number, else the text itself.

    Raises:
        ValueError: it is a number that JSON cannot carry; the sentence says so.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INTEGER.fullmatch(text) or _OTHER_BASE.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if number in (float("inf"), float("-inf")):
            raise ValueError("this number is too large")
        return number
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"{text} is no value that JSON could carry")
    return text


def _integer(text: str) -> int:
    number = int(text, {"0o": 8, "0x": 16}.get(text[:2], 10)) if len(text) <= 30 else None
    if number is None or abs(number) > LARGEST_INTEGER:
        raise ValueError("this number is too large to travel as JSON")
    return number
