"""What one step of a task leaves behind: go on at once, later, or not by itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Again:
    """There is more to do now."""


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Nothing before `at` (seconds since 1970)."""

    at: float


@dataclass(frozen=True, slots=True)
class Parked:
    """It waits for a person or a better time; the word says for what: `settle`, `stopped`, `detached`."""

    reason: str
