"""The wish that a run should end, told from one process to another through the home."""

from __future__ import annotations

from rhflow.store.journal import Journal


def wish(journal: Journal, run: str, now: float) -> None:
    """Write down that somebody wants the run to end. Whoever carries it out hears of it within seconds.

    Raises:
        StoreError: it cannot be written.
    """
    journal.leave_word(_name(run), now)


def last_wish(journal: Journal, run: str) -> float | None:
    """The wish that stands there before the run is taken up: it was for an earlier part of it."""
    return journal.word_left(_name(run))


def is_wished(journal: Journal, run: str, *, after: float | None) -> bool:
    """Whether there is a wish beside that one. Times are not compared: a clock may have been set back."""
    return journal.word_left(_name(run)) not in (None, after)


def _name(run: str) -> str:
    return f"cancel {run}"
