"""Ages and sizes as people write them on a command line, and as they read them."""

from __future__ import annotations

import re

from rhflow.ground.errors import UsageError

_AGES = {"h": 3600.0, "d": 86_400.0, "w": 7 * 86_400.0, "y": 365 * 86_400.0}
_SIZES = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4}
_AMOUNT = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s*([a-zA-Z]*)")


def read_age(text: str, option: str) -> float:
    """`12h`, `30d`, `6w`, `1y` in seconds.

    Raises:
        UsageError: it is no age.
    """
    found = _AMOUNT.fullmatch(text.strip())
    unit = found[2].lower() if found else ""
    if found is None or unit not in _AGES:
        raise UsageError(f"{option} {text!r} is no age", "Write it as 12h, 30d, 6w or 1y.")
    return float(found[1]) * _AGES[unit]


def read_size(text: str, option: str) -> int:
    """`500MB`, `10GB`, `1.5TB`, or a number of bytes.

    Raises:
        UsageError: it is no size.
    """
    found = _AMOUNT.fullmatch(text.strip())
    unit = found[2].lower().removesuffix("b") if found else "?"
    if found is None or unit not in _SIZES:
        raise UsageError(f"{option} {text!r} is no size", "Write it as 500MB, 10GB or 1.5TB.")
    return int(float(found[1]) * _SIZES[unit])


def age_text(seconds: float) -> str:
    """`now`, `3 min`, `5 h`, `12 d`."""
    if seconds < 60:
        return "now"
    for size, unit in ((86_400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "now"
