"""Times as people write them: `30m`, `2h`, `1h30m`, or a number of seconds."""

from __future__ import annotations

import re

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_WHOLE = re.compile(r"(?:\d{1,6}(?:\.\d{1,3})?[smhd])+")
_PART = re.compile(r"(\d+(?:\.\d+)?)([smhd])")

LONGEST_S = 30 * 86400.0
"""Nobody waits longer, and no vendor keeps anything for so long."""


def seconds_of(written: str | float) -> float:
    """The seconds of a time.

    Raises:
        ValueError: it is none, or none that one could wait for.
    """
    if isinstance(written, str):
        text = written.replace(" ", "")
        if not _WHOLE.fullmatch(text):
            raise ValueError(f'"{written}" is no time; write it as 90s, 30m or 2h')
        seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    else:
        seconds = float(written)
    if not 0 < seconds <= LONGEST_S:
        raise ValueError("a time is more than nothing and at most 30 days")
    return seconds
