"""The wish that a run should end, told from one process to another through the home."""

from __future__ import annotations

from rhflow.store.journal import Journal


def wish(journal: Journal, run: str, now: float) -> None:
    """Write down that somebody wants the run to end. Whoever carries it out hears of it within seconds.

    Raises:
        StoreError: it cannot be written.
    """
    journal.leave_word(_name(run), now)


def is_wished(journal: Journal, run: str, *, since: float) -> bool:
    """Whether somebody has wanted that since then; an older wish was for an earlier part of the run."""
    at = journal.word_left(_name(run))
    return at is not None and at >= since


def _name(run: str) -> str:
    return f"cancel {run}"
