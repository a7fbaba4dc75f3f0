"""The simulator behind a real port: for `rhflow simulate`, or beside a run in the same process.

The server has a thread and an event loop of its own, so that neither slows the other.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Self

import uvicorn

from rhflow.catalog.read import Catalog
from rhflow.ground.errors import UsageError
from rhflow.simulator.front import Simulator
from rhflow.simulator.settings import SimulatorSettings
from rhflow.simulator.timing import Timing

__all__ = ["Simulator", "SimulatorServer", "SimulatorSettings", "Timing", "running_simulator", "serve"]

_GRACE_S = 0.15
"""What is still being answered when the server stops gets this long; then its connection is cut."""
_SECRETS = re.compile(r"/proxy(-plus)?/|Rh-Comfy-Auth")
"""Addresses of WebSockets that hold a key or a pass; uvicorn's log has whole ones."""
_TICK_S = 0.1
"""How often uvicorn looks about: ten ticks are a second to it."""

logging.getLogger("uvicorn").addHandler(logging.NullHandler())  # no logging, unless the program wants some
logging.getLogger("uvicorn.error").addFilter(lambda record: not _SECRETS.search(record.getMessage()))


class _Uvicorn(uvicorn.Server):
    """uvicorn in a thread: says when it listens, can cut a connection, stops at once when told to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = threading.Event()
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def leave(self) -> None:
        """End; from any thread."""
        self.should_exit = True
        with contextlib.suppress(RuntimeError):  # it has ended already
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._told.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.listens.set()

    async def main_loop(self) -> None:
        """As uvicorn's, but it wakes when it is told to leave."""
        ticks = 0
        while not await self.on_tick(ticks):
            ticks = (ticks + 1) % 864_000
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), _TICK_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close what is idle, wait a moment for the rest, then cut; uvicorn's own waits at least 0.1 s."""
        for listener in self.servers:
            listener.close()
        for sock in sockets or []:
            sock.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        end = time.monotonic() + _GRACE_S
        while (  # noqa: ASYNC110  # uvicorn tells of no end of a connection
            self.server_state.connections or self.server_state.tasks
        ) and time.monotonic() < end:
            await asyncio.sleep(0.002)
        self._cut_all()

    def _cut_all(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for task in list(self.server_state.tasks):
            task.cancel()

    def cut(self, client: object, *, flush: bool) -> None:
        """End one client's connection; with `flush`, after what was written has left."""
        for connection in list(self.server_state.connections):
            if getattr(connection, "client", None) == client:
                if flush:
                    connection.transport.close()
                else:
                    connection.transport.abort()


class SimulatorServer:
    """A simulator on a port of this machine, from `start` to `stop`; also a context manager."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.settings = settings
        self.base_url = ""
        self.simulator: Simulator | None = None
        self._server: _Uvicorn | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> str:
        """Serve; the address, `http://127.0.0.1:PORT`.

        Raises:
            UsageError: the port is taken, the renderer cannot be loaded, or the library makes no sense.
            StoreError: the state in the folder cannot be used.
            BadFault: a fault in the settings makes no sense.
        """
        listener = _listen(self.settings.host, self.settings.port)
        try:
            simulator = Simulator(self.settings)
        except BaseException:
            listener.close()
            raise
        try:
            simulator.open()
        except BaseException:
            listener.close()
            simulator.close()
            raise
        self.simulator = simulator
        self._server = _Uvicorn(_config(simulator))
        simulator.lines = self._server
        self._thread = threading.Thread(
            target=self._run, args=(self._server, listener), name="simulator-server", daemon=True
        )
        self._thread.start()
        self._server.listens.wait()
        host, port = listener.getsockname()[:2]
        self.base_url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        return self.base_url

    def stop(self) -> None:
        """End: connections first, then the drawing. Safe to call twice."""
        if self._server is not None and self._thread is not None:
            self._server.leave()
            self._thread.join()
        if self.simulator is not None:
            self.simulator.close()
        self._server = self._thread = self.simulator = None

    @staticmethod
    def _run(server: _Uvicorn, listener: socket.socket) -> None:
        try:
            asyncio.run(server.serve(sockets=[listener]))
        finally:
            listener.close()
            server.listens.set()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@asynccontextmanager
async def running_simulator(
    folder: Path,
    catalog: Catalog,
    *,
    timing: Timing | None = None,
    quick: bool = False,
    workers: int = 2,
    **options: Any,
) -> AsyncIterator[str]:
    """A simulator beside the caller's event loop; its address. `options` are fields of `SimulatorSettings`.

    Starting and stopping take some 50 and 20 ms and do not await: a cancelled caller still stops it.

    Raises:
        StoreError: the state in the folder cannot be used.
    """
    settings = SimulatorSettings(
        folder=folder, catalog=catalog, timing=timing or Timing(), quick=quick, workers=workers, **options
    )
    with SimulatorServer(settings) as server:
        yield server.base_url


def serve(settings: SimulatorSettings, on_ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C or SIGTERM, then end cleanly. `on_ready` gets the address once.

    Raises:
        UsageError: the port is taken.
        StoreError: the state in the folder cannot be used.
    """
    with SimulatorServer(settings) as server, _until_told() as told:
        on_ready(server.base_url)
        while not told.wait(0.5):  # with a limit: on Windows a wait without one hears no Ctrl-C
            pass


@contextmanager
def _until_told() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set; the handlers before are put back."""
    told = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield told
        return
    before = {name: signal.signal(name, lambda *_: told.set()) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for name, handler in before.items():
            with contextlib.suppress(TypeError):  # a handler that was not set from Python
                signal.signal(name, handler)


def _config(simulator: Simulator) -> uvicorn.Config:
    return uvicorn.Config(
        simulator,
        loop="asyncio",
        http="h11",
        ws="websockets-sansio",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=75,  # longer than any pause between two polls
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sends small packets at once only on sockets that name it.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would let two servers share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
    except (OSError, OverflowError) as error:
        listener.close()
        raise UsageError(
            f"The simulator cannot listen on {host}:{port}: {error}",
            "Name another port with --port, or none for a free one.",
        ) from error
    return listener
