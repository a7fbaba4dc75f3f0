"""A word of warning before money is spent: the price facts are old."""

from __future__ import annotations

from datetime import UTC, datetime

from rhflow.catalog.freshness import staleness
from rhflow.cli.streams import say


def warn_of_old_prices(facts_of: str | None, now: float) -> None:
    """One sentence where a plan's facts are too old to trust blindly; nothing where they are not.

    Args:
        facts_of: the day of the newest fact the plan was made from (`Plan.facts_of`).
        now: seconds since 1970.
    """
    old = staleness(facts_of, datetime.fromtimestamp(now, UTC).date())
    if old is not None:
        say(f"warning: {old}")
