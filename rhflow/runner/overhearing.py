"""What a running job tells of itself, beside the looks at it: for eyes, and a reason to look sooner.

Nothing hangs on it. The words of a job are no news: when it says that it has ended, the far side is asked.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from types import TracebackType
from typing import Self

from rhflow.lifecycle.notices import Glimpse, Notice
from rhflow.lifecycle.states import Purchase
from rhflow.planning.plan import Task
from rhflow.ports import TellsProgress
from rhflow.runner.run import Run

_EVERY_S = 0.5
"""Between two tellings of the same node, for whoever reads."""


class Ear:
    """At one job, as long as it is watched: enter it, and let it `listen` once the job runs."""

    def __init__(self, run: Run, task: Task, purchase: Purchase) -> None:
        self._run = run
        self._task = task
        self._purchase = purchase
        self._listening: asyncio.Task[None] | None = None
        self._told: Glimpse | None = None
        self._told_at = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    def listen(self) -> None:
        """Begin, where there is anything to hear; once."""
        provider, job = self._run.hands.provider(self._task), self._purchase.job
        if self._listening is None and job is not None and isinstance(provider, TellsProgress):
            self._listening = asyncio.create_task(self._hear(provider, job), name=f"progress {self._task.id}")

    async def _hear(self, provider: TellsProgress, job: str) -> None:
        async with aclosing(provider.progress(self._purchase.endpoint, job)) as glimpses:
            async for glimpse in glimpses:
                if glimpse.has_ended:
                    self._run.hints.tell(self._purchase.attempt, job)
                    self._run.bells.ring(self._task.id)
                elif glimpse.text:
                    self._tell(glimpse)

    def _tell(self, glimpse: Glimpse) -> None:
        now = self._run.hands.clock.now()
        is_new_node = self._told is None or self._told.node != glimpse.node
        if glimpse == self._told or (not is_new_node and 0 <= now - self._told_at < _EVERY_S):
            return
        self._told, self._told_at = glimpse, now
        message = f"{self._task.id}: {glimpse.text}"
        self._run.notify(Notice("progress", message, self._task.id, is_minor=True, glimpse=glimpse))
