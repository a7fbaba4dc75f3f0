"""How old the facts are, in a sentence where they are too old to trust blindly."""

from __future__ import annotations

from datetime import date

OLD_AFTER_DAYS = 180


def staleness(as_of: str | None, today: date) -> str | None:
    """A warning where the newest fact is older than half a year; None where it is not.

    Args:
        as_of: `2026-09-19` (`Catalog.as_of`); None where no fact has a date.
        today: the day it is.
    """
    if as_of is None:
        return None
    try:
        days = (today - date.fromisoformat(as_of)).days
    except ValueError:
        return f"The catalogue's date ({as_of}) cannot be read; its prices may be old."
    if days <= OLD_AFTER_DAYS:
        return None
    return (
        f"The catalogue's facts are of {as_of}, {days} days ago: prices and parameters may have changed. "
        "See: rhflow plan --live, rhflow models refresh"
    )
