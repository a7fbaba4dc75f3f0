"""An event as one line of `--events`: the form is in `schemas/events.schema.json`."""

from __future__ import annotations

from rhflow.ground.values import JsonObject
from rhflow.lifecycle.events import Event, body_of, name_of
from rhflow.lifecycle.notices import Notice

_ORIGIN = {"run": "from_run", "task": "from_task"}
"""Fields of an event that speak of another run's task; the line's own `run` and `task` are its own."""


def notice_document(run: str, notice: Notice, at: str | None) -> JsonObject:
    """What is to be known although no task has moved, in the same form."""
    return {"event": "Notice", "run": run, "at": at, **notice.to_json()}


def event_document(run: str, task: str, event: Event, at: str | None) -> JsonObject:
    """The event, whose it is, and when it was told (ISO 8601, UTC)."""
    body = {_ORIGIN.get(name, name): value for name, value in body_of(event).items()}
    return {"event": name_of(event), "run": run, "task": task, "at": at, **body}
