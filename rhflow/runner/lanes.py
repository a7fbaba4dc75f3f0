"""How many things at once: paid work, work on this machine, and submits on their way.

A place for paid work is what the far side has a limit of: it is held from before the submit until the job has
ended over there. Who waits is served in order; who was refused goes to the end, so that everybody has a turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from rhflow.lifecycle.evidence import Count
from rhflow.lifecycle.failure import Failure
from rhflow.runner.width import Width

SENDS_AT_ONCE = 4
"""Submits on their way at the same time: what a sudden death can leave in doubt, at most."""


class Lane:
    """A line of tasks before a number of places."""

    def __init__(self, places: Callable[[], int]) -> None:
        self._places = places
        self.inside: set[str] = set()
        self._waiting: dict[str, asyncio.Future[None]] = {}

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return len(self._waiting)

    async def enter(self, task: str) -> None:
        """Wait for a place; nothing for who has one."""
        if task in self.inside:
            return
        if not self._waiting and len(self.inside) < self._places():
            self.inside.add(task)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[task] = turn
        try:
            await turn
        except asyncio.CancelledError:
            self.leave(task)
            raise
        finally:
            self._waiting.pop(task, None)

    def let_in(self, task: str) -> None:
        """It has begun already: it takes a place whether there is one or not."""
        self.inside.add(task)

    def leave(self, task: str) -> None:
        """Give the place back; nothing for who has none."""
        self.inside.discard(task)
        self.serve()

    def serve(self) -> None:
        """Let in whom there is room for."""
        for task, turn in list(self._waiting.items()):
            if len(self.inside) >= self._places():
                return
            if not turn.done():
                self.inside.add(task)
                turn.set_result(None)


class Lanes:
    """The lines of one run in this process."""

    def __init__(self, paid: int, local: int) -> None:
        self.width = Width(paid)
        self.paid = Lane(lambda: self.width.places)
        self._local = Lane(lambda: local)
        self.sending = asyncio.Semaphore(min(paid, SENDS_AT_ONCE))
        self.flying: dict[str, float] = {}
        """Paid tasks whose submit is on its way, or whose job has not ended: when that began."""

    def of(self, *, is_paid: bool) -> Lane:
        return self.paid if is_paid else self._local

    def may_send(self, task: str) -> bool:
        """Whether there is room for one more job just now; there may be less than when it got its place."""
        return len(self.flying.keys() - {task}) < self.width.places

    def sends(self, task: str, now: float) -> None:
        """Its submit leaves now."""
        self.flying[task] = now

    def accepted(self, task: str, now: float) -> None:
        """The far side has it."""
        self.flying.setdefault(task, now)
        self.width.accepted(now)
        self.paid.serve()

    def refused(self, task: str, failure: Failure, now: float, until: float) -> None:
        """There was no room; it is tried again at `until`."""
        sent_at = self.flying.pop(task, now)
        self.width.refused(failure, len(self.flying), sent_at, now, until)

    def landed(self, task: str) -> None:
        """Its job has ended, or never began."""
        self.flying.pop(task, None)

    def tick(self, now: float) -> None:
        """Time has passed: while somebody waits, one place more may be tried now and then."""
        if self.paid.waiting and self.width.rested(now):
            self.paid.serve()

    def told(self, limit: int | None, going: int | None, now: float) -> Count | None:
        """What the far side says of the key; the count, where it says that."""
        self.width.told(limit, going, len(self.flying), now)
        self.paid.serve()
        return None if going is None else Count(now, going, len(self.flying))
