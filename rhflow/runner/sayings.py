"""Not saying the same all the time."""

from __future__ import annotations

_AGAIN_S = 30.0
_AT_LEAST_EVERY_S = 600.0


class Sayings:
    """What was said last of one thing, and when (seconds since 1970)."""

    def __init__(self) -> None:
        self._said = ""
        self._at = 0.0

    def is_news(self, said: str, now: float) -> bool:
        """Whether to say it; it counts as said then."""
        if 0 <= now - self._at < (_AT_LEAST_EVERY_S if said == self._said else _AGAIN_S):
            return False
        self._said, self._at = said, now
        return True
