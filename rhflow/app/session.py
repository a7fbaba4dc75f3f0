"""One home, opened: journal, bytes, catalogue; and, for work, the far side and local hands."""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from rhflow.app.author_files import AuthorFiles
from rhflow.app.clock import SystemClock
from rhflow.app.recollection import Recollection, UploadMemory
from rhflow.catalog.model import Model
from rhflow.catalog.read import Catalog
from rhflow.catalog_files import load_catalog, load_errors
from rhflow.ground.errors import AccountError, UsageError
from rhflow.media.probe import probe
from rhflow.planning.plan import Task
from rhflow.ports import Provider
from rhflow.providers.local.provider import LocalProvider
from rhflow.providers.local.registry import local_models
from rhflow.providers.runninghub.client import RunningHubClient
from rhflow.providers.runninghub.provider import RunningHubProvider
from rhflow.providers.runninghub.site import realm_of
from rhflow.runner.run import Hands, Pace
from rhflow.settings import Settings, api_key
from rhflow.simulator.server import Timing, running_simulator
from rhflow.store.blobs import LocalBlobs
from rhflow.store.journal import Journal

SIMULATOR_REALM = "simulator"
_SIMULATOR_KEY = "simulator-needs-no-key"


@dataclass(frozen=True, slots=True)
class SimulatorChoice:
    """How the simulator in this process behaves."""

    quick: bool = False
    timing: Timing = field(default_factory=Timing)


class Session:
    """What every command has: settings, memory, catalogue."""

    def __init__(self, settings: Settings, *, read_only: bool) -> None:
        self.settings = settings
        self.clock = SystemClock()
        self.journal = Journal(settings.home, _owner(), read_only=read_only)
        self.blobs = LocalBlobs(settings.home / "objects")
        self.memory = Recollection(self.journal, self.blobs)
        self.files = AuthorFiles(self.journal, may_remember=not read_only)

    @cached_property
    def catalog(self) -> Catalog:
        return full_catalog()

    @property
    def realm(self) -> str:
        """What enters the keys of paid work."""
        return SIMULATOR_REALM if self.settings.provider == "simulator" else realm_of(self.settings.base_url)

    def model(self, model_id: str) -> Model:
        """The model a plan names.

        Raises:
            UsageError: the catalogue has none of that name any more.
        """
        found = self.catalog.find(model_id)
        if found is None:
            raise UsageError(
                f"The catalogue has no model {model_id!r} any more", "Make a new plan: rhflow run …"
            )
        return found

    def close(self) -> None:
        self.journal.close()


def full_catalog() -> Catalog:
    """Every model of the vendor, and the steps of this machine."""
    return load_catalog().with_models(local_models())


@contextlib.contextmanager
def session(settings: Settings, *, read_only: bool) -> Iterator[Session]:
    """Open the home, and let go of it afterwards.

    Raises:
        StoreError: it cannot be opened.
    """
    opened = Session(settings, read_only=read_only)
    try:
        yield opened
    finally:
        opened.close()


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
                    load_catalog(),
                    timing=simulator.timing,
                    quick=simulator.quick,
                    concurrency=10_000,
                )
            )
            far = _far_side(opened, address, _SIMULATOR_KEY, "simulator", SIMULATOR_REALM, trust_env=False)
        else:
            far = _far_side(opened, base_url, _key(home), "runninghub", realm_of(base_url), trust_env=True)
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


def _far_side(
    opened: Session, base_url: str, key: str, name: str, realm: str, *, trust_env: bool
) -> RunningHubProvider:
    client = RunningHubClient(base_url, key, trust_env=trust_env)
    return RunningHubProvider(client, name=name, realm=realm, facts=load_errors(), now=opened.clock.now)


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


def _owner() -> str:
    host = "".join(char if char.isalnum() else "-" for char in socket.gethostname())[:40]
    return f"{host}-{os.getpid()}-{secrets.token_hex(4)}"
