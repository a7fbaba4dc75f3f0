"""How a simulator is set up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from rhflow.catalog.read import Catalog
from rhflow.ground.values import JsonObject
from rhflow.simulator.job import Render
from rhflow.simulator.timing import Timing

RENDERER = "rhflow.simulator.renders:render"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """Everything a simulator is told; only `folder` and `catalog` have to be."""

    folder: Path
    """Where its state lives; several processes may use one at the same time."""
    catalog: Catalog
    timing: Timing = field(default_factory=Timing)
    quick: bool = False
    """Tiny media, drawn in this process."""
    workers: int = 2
    faults: Sequence[JsonObject] = ()
    concurrency: int = 50
    """Jobs one key may have at a time; a submit above that is answered 421."""
    accept_keys: frozenset[str] | None = None
    """The keys that are known; None: every key is."""
    wallet: Decimal | None = None
    """CNY that may be spent before submits are answered 812; None: without end."""
    host: str = "127.0.0.1"
    port: int = 0
    renderer: str | Render = RENDERER
    """Where the drawing is done, as `package.module:function`; a function is called in this process."""
