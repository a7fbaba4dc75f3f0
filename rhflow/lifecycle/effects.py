"""What the table may ask for next. Imperatives, not done yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Identify:
    """Work out the exact request and its key; look whether it was bought before."""


@dataclass(frozen=True, slots=True)
class Submit:
    """Stage the media, promise, send, record what came back."""


@dataclass(frozen=True, slots=True)
class Reconcile:
    """An intention without an answer: nobody may send it again before that is cleared up."""


@dataclass(frozen=True, slots=True)
class Poll:
    """Ask the far side where the job stands."""


@dataclass(frozen=True, slots=True)
class Collect:
    """Bring the results home."""


@dataclass(frozen=True, slots=True)
class Settle:
    """Decide what a failure means."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing before `until` (seconds since 1970)."""

    until: float


@dataclass(frozen=True, slots=True)
class Ask:
    """A submit is in doubt: the author's `on_doubt` or a person decides."""


Effect: TypeAlias = Identify | Submit | Reconcile | Poll | Collect | Settle | Wait | Ask
