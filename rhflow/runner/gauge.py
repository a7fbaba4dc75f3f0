"""What the far side says of the key's queue: asked now and then, so that it costs next to nothing."""

from __future__ import annotations

import asyncio

from rhflow.lifecycle.evidence import Count
from rhflow.ports import Clock, PollFailed, Provider, TellsItsQueue
from rhflow.runner.lanes import Lanes

FRESH_S = 30.0
"""A reading that is older is taken again before a submit."""
_PATIENCE_S = 10.0


class Gauge:
    """The last reading of the key's queue. Providers that have none are never asked."""

    def __init__(self) -> None:
        self.count: Count | None = None
        """How much the key had going when it was read last."""
        self._read_at: float | None = None
        self._reading = asyncio.Lock()

    async def read(self, provider: Provider, lanes: Lanes, clock: Clock, *, fresh_s: float = FRESH_S) -> None:
        """Take a reading where the last is older than that, and let the lanes learn from it.

        No answer is no reading: the lanes go by what they know, and by refusals.
        """
        if not isinstance(provider, TellsItsQueue):
            return
        async with self._reading:
            if self._read_at is not None and 0 <= clock.now() - self._read_at < fresh_s:
                return
            self._read_at = clock.now()
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    queue = await provider.queue()
            except (PollFailed, TimeoutError):
                self.count = None
                return
            self.count = lanes.told(queue.limit, queue.going, clock.now())
