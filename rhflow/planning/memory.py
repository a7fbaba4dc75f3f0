"""What planning may ask of the past: a protocol, and the values that come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from rhflow.ground.artifact import Artifact
from rhflow.ground.values import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Recalled:
    """A finished result by key: what came out, who made it, what it cost."""

    key: str
    artifacts: tuple[Artifact, ...]
    model: str
    run: str
    task: str
    usage: Json = None
    estimated: str | None = None


@dataclass(frozen=True, slots=True)
class LetGo:
    """A result that somebody let go of: to make it again is what was meant."""

    hit: Recalled
    why: Literal["pruned", "forgotten"]
    at: float
    """When, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Unsound:
    """A result whose bytes are missing or damaged. Nobody meant that: it is no reason to buy it again."""

    hit: Recalled
    why: Literal["missing", "damaged"]


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """A purchase on a key that has not ended: who holds it, how far it is."""

    key: str
    attempt: str
    run: str
    task: str
    job: str | None
    state: Literal["submitting", "doubtful", "submitted"]
    owner: str
    at: float


@dataclass(frozen=True, slots=True)
class Asked:
    """What a task asked for in an earlier run, whatever became of it; `provider` is that of the run."""

    endpoint: str
    provider: str
    arguments: JsonObject


class Memory(Protocol):
    """What was made before. Reads only."""

    def recall(self, key: str) -> Recalled | None:
        """The finished result of a key, if its bytes are there."""

    def lost(self, key: str) -> LetGo | Unsound | None:
        """What became of a result that `recall` does not give; None where there never was one."""

    def open_attempt(self, key: str) -> OpenAttempt | None:
        """A purchase on that key that has not ended."""

    def last_request(self, pipeline: str, task: str) -> Asked | None:
        """The request that task of that pipeline made last, whatever became of it."""
