"""The vendor's codes as the simulator says them: an identifier or a label, and what it means."""

from __future__ import annotations

import functools
from importlib.resources import files

from rhflow.catalog.errors import ErrorFact, read_errors


@functools.cache
def _table() -> dict[str, ErrorFact]:
    text = (files("rhflow.catalog") / "data" / "errors.json").read_text("utf-8")
    return {fact.code: fact for fact in read_errors(text)}


def known_codes() -> tuple[str, ...]:
    """Every code there is, as text; bare HTTP statuses are `http-429` and the like."""
    return tuple(_table())


def title(code: int) -> str:
    """What the vendor calls a code: `TASK_QUEUE_MAXED`, `rate limit`; its number where it has no name."""
    fact = _table().get(str(code))
    return str(code) if fact is None else fact.title.replace("_", " ") if fact.label else fact.title


def meaning(code: int) -> str:
    """A sentence about a code."""
    fact = _table().get(str(code))
    return fact.meaning if fact else "Nobody says what this code means."
