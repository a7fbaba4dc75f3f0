"""Where a program's pipelines run: the home, the settings that hold there, the catalogue, the clock."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path

from rhflow.app.order import SimulatorChoice
from rhflow.app.session import Session, full_catalog, session
from rhflow.catalog.read import Catalog
from rhflow.ground.errors import UsageError
from rhflow.ports import Clock
from rhflow.settings import ProviderName, Settings, read_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What stays the same from `load` to `run`."""

    settings: Settings
    catalog: Catalog
    simulator: SimulatorChoice
    clock: Clock | None

    @contextlib.contextmanager
    def open(self, *, read_only: bool) -> Iterator[Session]:
        """The home, opened.

        Raises:
            StoreError: it cannot be.
        """
        with session(self.settings, read_only=read_only, clock=self.clock) as opened:
            opened.catalog = self.catalog
            yield opened


def place_of(
    *,
    home: str | PathLike[str] | None,
    beside: Path | None,
    provider: ProviderName | None = None,
    concurrency: int | None = None,
    quick: bool = False,
    clock: Clock | None = None,
) -> Place:
    """The place, found as the command line finds it.

    Raises:
        SettingsError: a setting makes no sense.
        StoreError: the home's catalogue file cannot be read.
        UsageError: `quick` without the simulator.
    """
    settings = read_settings(
        home=None if home is None else Path(fspath(home)),
        beside=beside,
        provider=provider,
        concurrency=concurrency,
    )
    if quick and settings.provider != "simulator":
        raise UsageError("quick is the simulator's", 'Leave it out, or say provider="simulator".')
    return Place(
        settings=settings,
        catalog=full_catalog(settings),
        simulator=SimulatorChoice(quick=True, queued_s=0.0, running_s=0.0) if quick else SimulatorChoice(),
        clock=clock,
    )
