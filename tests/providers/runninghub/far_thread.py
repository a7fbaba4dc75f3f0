"""A rude server and a provider on an event loop of their own, kept for many questions.

A server beside the loop under test also keeps answering while that loop is blocked.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Self, TypeVar

from tests.providers.runninghub.rude_server import Line, Manner, RudeServer

_T = TypeVar("_T")


class LoopThread:
    """An event loop in a thread; `run` carries work out there and waits for it."""

    def __enter__(self) -> Self:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, _T], seconds: float = 30.0) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)


class FarServer:
    """A rude server in a thread: it listens, and misbehaves, whatever the caller's loop does."""

    def __init__(self, manner: Manner, **more: Any) -> None:
        self.thread = LoopThread()
        self.server = RudeServer(manner, **more)

    def __enter__(self) -> RudeServer:
        self.thread.__enter__()
        self.thread.run(self.server.__aenter__())
        return self.server

    def __exit__(self, *_: object) -> None:
        self.thread.run(self.server.__aexit__())
        self.thread.__exit__()


class Answering:
    """A manner that says the same page to whoever comes, until it is given another."""

    page = b""

    async def __call__(self, line: Line) -> None:
        await line.hear()
        await line.say(self.page)
