"""`Step`: one thing this machine can do; `StepFailed`: the sentence when it could not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from rhflow.catalog.model import Model
from rhflow.ground.values import JsonObject

Run: TypeAlias = Callable[[JsonObject, Path], Awaitable[list[Path]]]
"""Arguments (media as paths) and an empty folder for whatever it writes; the results, the main one first.

Raises StepFailed or FfmpegError. Cancelled, it leaves no process behind; the folder is the caller's to
empty. The same arguments over the same bytes give the same bytes.
"""


@dataclass(frozen=True, slots=True)
class Step:
    """A model of the local provider together with its doing."""

    model: Model
    run: Run


class StepFailed(Exception):
    """The step cannot do what it was asked; `message` says what and where, `hint` what to do."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
