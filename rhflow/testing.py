"""For tests of your own pipelines: a vendor of your own, a home that goes away, a clock that stands still.

Nothing here is faked: `simulator` is the server of `rhflow simulate`, spoken to over HTTP by the client that
speaks to RunningHub. Needs nothing but rhflow; works with any test framework, and alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from os import PathLike, fspath
from pathlib import Path

from rhflow.app.session import full_catalog
from rhflow.ground.errors import UsageError
from rhflow.ground.values import JsonObject
from rhflow.simulator.server import SimulatorServer, SimulatorSettings, Timing

__all__ = ["FrozenClock", "Purchase", "Vendor", "simulator", "temporary_home"]

_KEY = "a-key-that-opens-nothing-else-00"
_OURS = ("RHFLOW_", "RUNNINGHUB_", "RH_API_")
_BEAT_S = 0.01


class FrozenClock:
    """A clock that moves only when it is told to, and where somebody waits, which takes no time.

    For `load(…, clock=…)`: two runs of a test then tell the same time, and half an hour is over at once.
    """

    def __init__(self, at: datetime | None = None) -> None:
        """It shows `at`; noon of the first day of 2026 (UTC) where nothing is said."""
        self._now = (at or datetime(2026, 1, 1, 12, tzinfo=UTC)).timestamp()

    def now(self) -> float:
        """Seconds since 1970."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds

    async def sleep(self, seconds: float) -> None:
        """Time passes for all who wait at once, as it does."""
        wakes = self._now + seconds
        await asyncio.sleep(min(seconds, _BEAT_S))
        self._now = max(self._now, wakes)


@dataclass(frozen=True, slots=True)
class Purchase:
    """One line of the vendor's bill."""

    task_id: str
    model: str
    """The path of the model."""
    price: Decimal | None
    """In CNY; None where nobody publishes one."""


class Vendor:
    """A simulator as a test sees it: what was bought, and what shall go wrong. Made by `simulator`."""

    def __init__(self, server: SimulatorServer, home: Path) -> None:
        self._server = server
        self.home = home
        """The home that the environment names."""

    @property
    def address(self) -> str:
        return self._server.base_url

    @property
    def bill(self) -> tuple[Purchase, ...]:
        """Everything that was bought, oldest first."""
        assert self._server.simulator is not None, "the vendor has closed"
        entries = self._server.simulator.bill().entries
        return tuple(Purchase(entry.task_id, entry.endpoint, entry.price) for entry in entries)

    @property
    def spent(self) -> Decimal:
        """The sum of the known prices, in CNY."""
        return sum((item.price for item in self.bill if item.price is not None), Decimal(0))

    def faults(self, *faults: JsonObject) -> None:
        """What shall go wrong from now on, in place of what did before; the forms are in docs/simulator.md.

        Raises:
            UsageError: one of them makes no sense.
        """
        request = urllib.request.Request(  # noqa: S310  # our own address
            f"{self.address}/simulator/faults",
            json.dumps({"faults": list(faults)}).encode(),
            {"Content-Type": "application/json"},
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            direct.open(request, timeout=30).close()
        except urllib.error.HTTPError as error:
            raise UsageError(f"The fault makes no sense: {json.loads(error.read())['error']}") from error


@contextlib.contextmanager
def simulator(
    *,
    home: str | PathLike[str] | None = None,
    quick: bool = True,
    queued_s: float = 0.0,
    running_s: float = 0.0,
    wallet: Decimal | None = None,
) -> Iterator[Vendor]:
    """A simulator that the environment names as the vendor, key and all, as long as the block lasts.

    Whatever rhflow does in there, from Python or as a command, goes to it and costs what the vendor would
    take, so that consent, budgets and lost answers can be tested. Whoever only wants results says
    `load(file, provider="simulator", quick=True)`, and needs none of this.

    Args:
        home: where runs are remembered; a temporary one where nothing is said.
        quick: tiny media, drawn at once.
        queued_s: seconds a job waits.
        running_s: seconds it takes at least.
        wallet: CNY that may be spent before the vendor says that there is no money; without end if None.
    """
    with contextlib.ExitStack() as stack:
        found = Path(fspath(home)).absolute() if home else stack.enter_context(temporary_home())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rhflow-vendor-")))
        settings = SimulatorSettings(
            folder=folder,
            catalog=full_catalog(),
            timing=Timing(queued_s, running_s),
            quick=quick,
            concurrency=1000,
            wallet=wallet,
        )
        server = stack.enter_context(SimulatorServer(settings))
        stack.enter_context(
            _environment(
                RUNNINGHUB_BASE_URL=server.base_url,
                RUNNINGHUB_API_KEY=_KEY,
                RHFLOW_PROVIDER="runninghub",
                RHFLOW_HOME=str(found),
                RHFLOW_POLL="0.05",
                NO_PROXY="127.0.0.1",
                no_proxy="127.0.0.1",
            )
        )
        yield Vendor(server, found)


@contextlib.contextmanager
def temporary_home() -> Iterator[Path]:
    """A home in a folder of its own, outputs beside it; all of it goes away at the end of the block.

    For `load(…, home=…)`.
    """
    with tempfile.TemporaryDirectory(prefix="rhflow-home-", ignore_cleanup_errors=True) as folder:
        home = Path(folder).resolve() / ".rhflow"
        home.mkdir()
        yield home


@contextlib.contextmanager
def _environment(**variables: str) -> Iterator[None]:
    """These variables, and none other of rhflow's."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith(_OURS)]:
        del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in {*variables, *(name for name in before if name.startswith(_OURS))}:
            if name in before:
                os.environ[name] = before[name]
            else:
                os.environ.pop(name, None)
