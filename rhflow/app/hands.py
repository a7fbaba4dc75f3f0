"""What a run is handed: the far side (starting the simulator where it is that), local work, and the rest."""

from __future__ import annotations

import contextlib
import random
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

from rhflow.app.far_side import Address, far_side, simulator_side
from rhflow.app.mender import Mender
from rhflow.app.order import SimulatorChoice
from rhflow.app.recollection import UploadMemory
from rhflow.app.session import Session
from rhflow.lifecycle.rhythm import Expected
from rhflow.media.probe import probe
from rhflow.planning.plan import Task
from rhflow.ports import Provider
from rhflow.providers.local.provider import LocalProvider
from rhflow.runner.run import Hands, Pace
from rhflow.settings import Settings
from rhflow.simulator.server import Timing, running_simulator

_SIMULATED = Expected(0.6, 0.4)
"""What the simulator beside a run takes for a job where nothing was learnt; drawing a film takes longer."""


@contextlib.asynccontextmanager
async def hands(
    opened: Session,
    provider: str,
    base_url: str,
    simulator: SimulatorChoice,
    *,
    webhook: Address | None = None,
) -> AsyncIterator[Hands]:
    """The far side (starting the simulator where it is that), local work, and all else a run is handed.

    Raises:
        AccountError: a real far side, and no key.
        StoreError: the simulator's state cannot be used.
    """
    home = opened.settings.home
    async with contextlib.AsyncExitStack() as stack:
        if provider == "simulator":
            address = await stack.enter_async_context(
                running_simulator(
                    home / "simulator",
                    opened.catalog,
                    timing=Timing(simulator.queued_s, simulator.running_s),
                    quick=simulator.quick,
                    concurrency=10_000,
                )
            )
            far = simulator_side(opened, address, webhook=webhook)
        else:
            far = far_side(opened, base_url, webhook=webhook)
        stack.push_async_callback(far.close)
        local = LocalProvider(home / "work" / "local")
        stack.push_async_callback(local.close)
        by_place: Callable[[Task], Provider] = lambda task: local if task.is_local else far  # noqa: E731
        yield Hands(
            journal=opened.journal,
            blobs=opened.blobs,
            uploads=UploadMemory(opened.journal, opened.blobs, opened.clock),
            provider=by_place,
            model=opened.model,
            clock=opened.clock,
            look=_look,
            jitter=random.random,
            new_id=lambda: secrets.token_hex(10),
            folder=home / "work" / opened.journal.owner,
            mend=Mender(opened.holdings, opened.blobs).mend,
        )


def pace_of(settings: Settings, provider: str) -> Pace:
    """How often to look: the simulator is at hand and quick, the vendor is not to be bothered."""
    if provider == "simulator":
        shortest_s = 0.1 if settings.poll_s is None else settings.poll_s
        return Pace(shortest_s=shortest_s, first_s=shortest_s, guess=_SIMULATED)
    if settings.poll_s is None:
        return Pace()
    return Pace(shortest_s=settings.poll_s, first_s=settings.poll_s)


def _look(path: Path) -> Mapping[str, float | int | str | None] | None:
    found = probe(path)
    if found is None:
        return None
    return {"kind": found.kind.value, "seconds": found.seconds, "width": found.width, "height": found.height}
