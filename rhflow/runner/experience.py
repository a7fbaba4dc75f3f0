"""What jobs of each model have taken so far: from the journal, and from this run as it goes."""

from __future__ import annotations

from collections.abc import Callable

from rhflow.lifecycle.rhythm import MOST_REMEMBERED, Expected, learnt

_IS_NEWS = 0.1
"""What is expected has changed where median or spread moved by more than that part."""


class Experience:
    """How long jobs should take, by model. `remembered` asks the journal, once for each."""

    def __init__(self, remembered: Callable[[str, str], list[float]]) -> None:
        self._remembered = remembered
        self._durations: dict[tuple[str, str], list[float]] = {}
        self._expected: dict[tuple[str, str], Expected] = {}

    def expected(self, endpoint: str, provider: str, guess: Expected) -> Expected:
        """What is known, else the guess."""
        where = endpoint, provider
        if where not in self._expected:
            self._durations[where] = self._remembered(endpoint, provider)
            self._expected[where] = learnt(self._durations[where], guess)
        return self._expected[where] if self._durations[where] else guess

    def learn(self, endpoint: str, provider: str, took_s: float, guess: Expected) -> bool:
        """One more has ended; True where what is expected has changed much."""
        before = self.expected(endpoint, provider, guess)
        known = self._durations[endpoint, provider]
        known.append(took_s)
        del known[:-MOST_REMEMBERED]
        after = self._expected[endpoint, provider] = learnt(known, guess)
        moved = abs(after.median_s - before.median_s) / before.median_s
        return (
            not before.jobs
            or moved > _IS_NEWS
            or abs(after.spread - before.spread) / before.spread > _IS_NEWS
        )
