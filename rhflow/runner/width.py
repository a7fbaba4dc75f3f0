"""How many paid jobs at once: what the far side says it takes, and what its refusals teach.

Nobody documents how a key's limit is shared. So several rhflow under one key do what flows in a network do:
grow slowly, shrink at once. A refusal costs no money and no try; it only says that there is no more room.
"""

from __future__ import annotations

from rhflow.lifecycle.failure import Failure

_SHRINKS_TO = 0.75
_IS_A_RATE_S = 15.0
"""Who asks for less than that means how often we come, and not how much is going."""
_GROWS_AFTER_S = 30.0
"""Without a refusal for so long (times patience), one more place is tried."""
_MOST_PATIENCE = 4.0


class Width:
    """Places for paid jobs; at least one, at most `most` (`--concurrency`). Times in seconds since 1970."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.stated: int | None = None
        """What the far side says the key may have going."""
        self._closed_until = 0.0
        self._seen_at = 0.0
        """What the clock showed last."""
        self.refusals = 0
        self._places = float(most)
        self._full_at = most
        """How many of ours were going when we were refused last."""
        self._is_told_to_wait = False
        self._patience = 1.0
        self._shrunk_at = 0.0
        self._changed_at = 0.0

    @property
    def ceiling(self) -> int:
        """No more than that, however well it goes."""
        return self.most if self.stated is None else max(1, min(self.most, self.stated))

    @property
    def places(self) -> int:
        return max(1, min(int(self._places + 1e-9), self.ceiling))

    def closed_s(self, now: float) -> float:
        """For how many seconds nothing is sent; 0 where the door is open."""
        self._look_at_the_clock(now)
        return max(0.0, self._closed_until - now)

    def _look_at_the_clock(self, now: float) -> None:
        """A clock that was set back takes every moment we know along: waits go on from now."""
        back = self._seen_at - now
        if back > 0:
            self._closed_until -= back
            self._shrunk_at -= back
            self._changed_at -= back
        self._seen_at = now

    def told(self, limit: int | None, going: int | None, flying: int, now: float) -> None:
        """The far side has said how things stand; `flying` of what is `going` are ours."""
        self.stated = limit or None
        if limit is None or going is None or limit < 1:
            return
        others = max(0, going - flying)
        free = max(1, limit - others)
        if going < limit and not self._is_told_to_wait:
            self._closed_until = 0.0
        if free < self._places:
            self._set(float(free), now)
        elif not others:  # nobody to be fair to
            self._set(float(self.ceiling), now)

    def refused(self, failure: Failure, flying: int, sent_at: float, now: float, until: float) -> None:
        """A submit sent at `sent_at` was refused for want of room, while `flying` others of ours were going.

        It is tried again at `until`. Refusals of submits that left together count once.
        """
        self._look_at_the_clock(now)
        self.refusals += 1
        if failure.wait_s is not None or not flying:  # no end of ours will make room soon
            self._closed_until = max(self._closed_until, until)
            self._is_told_to_wait = failure.wait_s is not None
        if failure.wait_s is not None and failure.wait_s < _IS_A_RATE_S:
            return
        self._full_at = max(1, flying)
        if not flying:  # others have it all: nothing is learnt of how much there is
            self._set(1.0, now)
            return
        if sent_at <= self._shrunk_at:
            self._set(min(self._places, float(self._full_at)), now)
            return
        self._patience = min(_MOST_PATIENCE, self._patience * 2.0)
        self._set(max(1.0, min(float(flying), self.places * _SHRINKS_TO)), now)
        self._shrunk_at = now

    def accepted(self, now: float) -> None:
        """A submit found room: a place more for every `places` of them; where it was full, more slowly."""
        if self.refusals:
            self._grow(1.0 / (self.places * self._caution), now)
        self._closed_until = 0.0

    def rested(self, now: float) -> bool:
        """Somebody waits; True where long quiet has made one more place."""
        self._look_at_the_clock(now)
        if self._changed_at + _GROWS_AFTER_S * self._caution > now or self.places >= self.ceiling:
            return False
        before = self.places
        self._grow(1.0, now)
        return self.places > before

    @property
    def _caution(self) -> float:
        return self._patience if self._places >= self._full_at else 1.0

    def _grow(self, by: float, now: float) -> None:
        before = self.places
        self._places = min(float(self.ceiling), self._places + by)
        if self.places > before:
            self._changed_at = now

    def _set(self, places: float, now: float) -> None:
        if places != self._places:
            self._places, self._changed_at = places, now
