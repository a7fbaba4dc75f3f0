"""What people should hear of a run although no task has moved: it waits, or something is about to be lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from rhflow.ground.values import JsonObject

About: TypeAlias = Literal["pace", "expiry", "network", "cancel", "webhook", "money", "progress"]


@dataclass(frozen=True, slots=True)
class Glimpse:
    """How far a job says that it is. A hint for eyes: it may be wrong, come late, or never come."""

    node: str | None = None
    """The node of its graph that works."""
    done: float | None = None
    of: float | None = None
    """The steps of that node which are done, and all of them; both or none."""
    has_ended: bool = False
    """The job says that it is over, one way or the other: worth a look, and no more."""

    @property
    def text(self) -> str:
        """`node 3, 12 of 20`; empty where it tells nothing of the kind."""
        if self.node is None:
            return ""
        steps = "" if self.done is None or self.of is None else f", {self.done:g} of {self.of:g}"
        return f"node {self.node}{steps}"


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
    glimpse: Glimpse | None = None
    """With `progress`: how far the task's job is."""

    def to_json(self) -> JsonObject:
        body: JsonObject = {"about": self.about, "message": self.message, "task": self.task}
        if self.glimpse is not None:
            body |= {"node": self.glimpse.node, "done": self.glimpse.done, "of": self.glimpse.of}
        return body


def span_text(seconds: float) -> str:
    """How long that is, for a sentence: `40 s`, `12 min`, `5 h 20 min`."""
    if seconds < 90:
        return f"{round(seconds)} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
