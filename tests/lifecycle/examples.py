"""An event of every class, and tasks in every state."""

from __future__ import annotations

from rhflow.ground.values import Json, JsonObject
from rhflow.lifecycle import events
from rhflow.lifecycle.events import Event, name_of
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.lifecycle.states import State, TaskState
from rhflow.lifecycle.transitions import fold

COUNT: JsonObject = {"at": 99.0, "going": 3, "ours": 3}
PICTURE: Json = {"kind": "image", "sha256": "ab" * 32, "bytes": 12, "suffix": "png"}
NO = Failure(FailureKind.VENDOR_ERROR, "it broke", "1000", "try later", "unknown", repeatable=True)

EVENTS: dict[str, Event] = {
    name_of(event): event
    for event in (
        events.Keyed("k", "fake/picture", {"prompt": "a", "image": {"$blob": {"sha256": "0"}}}),
        events.CacheHit("k", "fake/picture", [PICTURE], "run-0", "a"),
        events.Skipped("its condition is false"),
        events.Adopted("k", "1", "run-0", "a", "job-1"),
        events.SubmitIntended(
            "k", "1", "fake/picture", "simulator", "1.00", "CNY", "owner", 3, COUNT, realm="simulator"
        ),
        events.Accepted("1", "job-1"),
        events.Refused("1", NO),
        events.Lost("1", NO),
        events.Evidence("1", COUNT, {**COUNT, "going": 4}, "it was probably accepted"),
        events.Found("1", "job-1", by="settle"),
        events.Absent("1", by="settle --repeat"),
        events.Abandoned("1", NO),
        events.JobStarted("1"),
        events.CancelAsked("1", taken=True),
        events.JobSucceeded(
            "1", [{"url": "https://far.example/1.png", "expires": 900.0}], {"money": "0.9"}, took=12.5
        ),
        events.JobFailed("1", NO, {"money": "0.0"}),
        events.Collected("1", "k", "fake/picture", [PICTURE], {"money": "0.9"}),
        events.ResultLost("1", NO),
        events.RetryPlanned(12.5, counts=True),
        events.FellBack(1, "fake/other", NO, remembered="b"),
        events.GaveUp(NO),
        events.Blocked(NO),
        events.Reopened("resume --yes"),
        events.Cancelled("a person"),
    )
}

_PATHS: dict[State, str] = {
    State.WAITING: "",
    State.READY: "Keyed",
    State.SUBMITTING: "Keyed SubmitIntended",
    State.SUBMITTED: "Keyed SubmitIntended Accepted",
    State.COLLECTING: "Keyed SubmitIntended Accepted JobSucceeded",
    State.SETTLING: "Keyed SubmitIntended Refused",
    State.BACKOFF: "Keyed SubmitIntended Refused RetryPlanned",
    State.DOUBTFUL: "Keyed SubmitIntended Lost",
    State.DONE: "Keyed SubmitIntended Accepted JobSucceeded Collected",
    State.SKIPPED: "Skipped",
    State.FAILED: "Keyed SubmitIntended Refused GaveUp",
    State.CANCELLED: "Keyed Cancelled",
}


def told(words: str) -> TaskState:
    """The task after these events, one second apart from second 100."""
    return fold((100.0 + number, EVENTS[name]) for number, name in enumerate(words.split()))


TASKS: dict[State, TaskState] = {state: told(words) for state, words in _PATHS.items()}
