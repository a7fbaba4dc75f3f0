"""What people should hear of a run although no task has moved: it waits, or something is about to be lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from rhflow.ground.values import JsonObject

About: TypeAlias = Literal["pace", "expiry", "network", "cancel", "webhook", "money"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence, said while a run works. No fact: it is not in the journal, and nothing depends on it."""

    about: About
    message: str
    task: str | None = None
    """The task it is about; None where it is about the run."""
    is_urgent: bool = False
    """Said even to somebody who wants to hear little."""
    is_minor: bool = False
    """Said only to somebody who wants to hear everything."""

    def to_json(self) -> JsonObject:
        return {"about": self.about, "message": self.message, "task": self.task}


def span_text(seconds: float) -> str:
    """How long that is, for a sentence: `40 s`, `12 min`, `5 h 20 min`."""
    if seconds < 90:
        return f"{round(seconds)} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
