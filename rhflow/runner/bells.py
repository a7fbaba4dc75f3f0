"""Sleeping that can be cut short: each task has a bell."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from rhflow.ports import Clock


class Bells:
    """One bell for each task that sleeps. A bell that rings while nobody sleeps cuts the next sleep short."""

    def __init__(self) -> None:
        self._bells: dict[str, asyncio.Event] = {}

    def ring(self, task: str) -> None:
        """Wake the task."""
        self._bells.setdefault(task, asyncio.Event()).set()

    def ring_all(self, tasks: Iterable[str]) -> None:
        """Wake them all."""
        for task in tasks:
            self.ring(task)

    async def nap(self, task: str, clock: Clock, seconds: float) -> bool:
        """Sleep so long, or until the bell rings; True where it did."""
        bell = self._bells.setdefault(task, asyncio.Event())
        if not bell.is_set():
            sleeping = asyncio.ensure_future(clock.sleep(seconds))
            ringing = asyncio.ensure_future(bell.wait())
            try:
                await asyncio.wait((sleeping, ringing), return_when=asyncio.FIRST_COMPLETED)
            finally:
                sleeping.cancel()
                ringing.cancel()
        has_rung = bell.is_set()
        bell.clear()
        return has_rung
