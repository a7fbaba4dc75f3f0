"""What a run is handed: the far side (starting the simulator where it is that), local work, and the rest."""

from __future__ import annotations

import contextlib
import random
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

from rhflow.app.order import SimulatorChoice
from rhflow.app.recollection import UploadMemory
from rhflow.app.session import SIMULATOR_REALM, Session
from rhflow.catalog.naming import wire_of
from rhflow.catalog_files import load_errors
from rhflow.ground.errors import AccountError
from rhflow.media.probe import probe
from rhflow.planning.plan import Task
from rhflow.ports import Provider
from rhflow.providers.local.provider import LocalProvider
from rhflow.providers.runninghub.client import RunningHubClient
from rhflow.providers.runninghub.provider import RunningHubProvider
from rhflow.providers.runninghub.site import realm_of
from rhflow.providers.runninghub.transfers import WAITS
from rhflow.runner.run import Hands, Pace
from rhflow.settings import Settings, api_key
from rhflow.simulator.server import Timing, running_simulator

_SIMULATOR_KEY = "simulator-needs-no-key"


@contextlib.asynccontextmanager
async def hands(
    opened: Session, provider: str, base_url: str, simulator: SimulatorChoice
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
            far = _simulator_side(opened, address)
        else:
            far = far_side(opened, base_url)
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
        )


def far_side(opened: Session, base_url: str, *, waits: tuple[float, ...] | None = None) -> RunningHubProvider:
    """The vendor (or whatever answers at that address), under the key at hand.

    Raises:
        AccountError: there is no key.
    """
    key, realm = _key(opened.settings.home), realm_of(base_url)
    return _provider(opened, base_url, key, "runninghub", realm, waits=waits)


def _simulator_side(opened: Session, address: str) -> RunningHubProvider:
    return _provider(opened, address, _SIMULATOR_KEY, "simulator", SIMULATOR_REALM)


def _provider(
    opened: Session,
    base_url: str,
    key: str,
    name: str,
    realm: str,
    *,
    waits: tuple[float, ...] | None = None,
) -> RunningHubProvider:
    client = RunningHubClient(base_url, key, trust_env=name != "simulator")
    return RunningHubProvider(
        client,
        name=name,
        realm=realm,
        facts=load_errors(),
        now=opened.clock.now,
        waits=WAITS if waits is None else waits,
        wire=wire_of(opened.catalog.find) if name != "simulator" else None,  # ours knows one spelling only
    )


def pace_of(settings: Settings, provider: str) -> Pace:
    """How often to look: the simulator is at hand, the vendor is not to be bothered."""
    if settings.poll_s is not None:
        return Pace(first_s=settings.poll_s, most_s=max(settings.poll_s * 4, 0.2))
    return Pace(first_s=0.1, most_s=0.5) if provider == "simulator" else Pace()


def _key(home: Path) -> str:
    key = api_key(folder=home.parent)
    if key is None:
        raise AccountError(
            "There is no API key",
            "Put it into RUNNINGHUB_API_KEY (or name a file in RUNNINGHUB_API_KEY_FILE), "
            "or try it for nothing with --provider simulator.",
        )
    return key


def _look(path: Path) -> Mapping[str, float | int | str | None] | None:
    found = probe(path)
    if found is None:
        return None
    return {"kind": found.kind.value, "seconds": found.seconds, "width": found.width, "height": found.height}
