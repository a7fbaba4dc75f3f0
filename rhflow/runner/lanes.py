"""How many things at once: paid work, work on this machine, submits on their way."""

from __future__ import annotations

import asyncio

SENDS_AT_ONCE = 4
"""Submits on their way at the same time: what a sudden death can leave in doubt, at most."""


class Lanes:
    """How many things at once: paid work, work on this machine, and submits on their way."""

    def __init__(self, paid: int, local: int) -> None:
        self._paid = asyncio.Semaphore(paid)
        self._local = asyncio.Semaphore(local)
        self.sending = asyncio.Semaphore(min(paid, SENDS_AT_ONCE))

    def of(self, *, is_paid: bool) -> asyncio.Semaphore:
        return self._paid if is_paid else self._local
