"""How a simulator is set up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from rhflow.catalog.read import Catalog
from rhflow.ground.values import JsonObject
from rhflow.simulator.keys import Word
from rhflow.simulator.order import Render
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
    """Jobs one shared key may have at a time; a submit above that is answered 421."""
    normal_concurrency: int = 1
    """The same for a consumer's key."""
    machines: int = 1
    """Machines of an exclusive key; a submit while all are busy is answered 415."""
    personal_queue: int = 1000
    """Jobs of an exclusive key that may wait with `usePersonalQueue`; more are answered 814."""
    accept_keys: frozenset[str] | None = None
    """The keys that are known; None: every key is."""
    keys: Mapping[str, Word] = field(default_factory=dict)
    """Kinds of keys by their whole text; what is not here is told by its text (see `keys`)."""
    wallet: Decimal | None = None
    """CNY that may be spent before submits are answered 812; None: without end."""
    coins: int | None = None
    """RH coins that consumers may spend before submits are answered 416; None: without end."""
    says_create: bool = False
    """The v1 create answers `CREATE` in place of `QUEUED`."""
    instant_text: bool = False
    """A submit to a text model waits for its result and answers `SUCCESS` at once."""
    library: Path | None = None
    """A folder with further `workflows/*.json` and `apps/*.json`; they stand before our own."""
    record: Path | None = None
    """A file to which every request and its answer are added, a JSON line each."""
    host: str = "127.0.0.1"
    port: int = 0
    renderer: str | Render = RENDERER
    """Where the drawing is done, as `package.module:function`; a function is called in this process."""
