"""What the counters of the simulator share: its state, its helpers, its rules about keys."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from rhflow.simulator.database import Database
from rhflow.simulator.faults import Faults
from rhflow.simulator.settings import SimulatorSettings
from rhflow.simulator.shelf import Shelf
from rhflow.simulator.tasks import Tasks
from rhflow.simulator.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Office:
    """One open simulator."""

    settings: SimulatorSettings
    database: Database
    tasks: Tasks
    shelf: Shelf
    workshop: Workshop
    faults: Faults


def bearer(request: Request) -> str:
    """The key of a request's Authorization header, or nothing."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def tail_of(key: str) -> str:
    """All of a key that is ever kept: its last four characters; nothing of a key under eight."""
    return key[-4:] if len(key) >= 8 else ""
