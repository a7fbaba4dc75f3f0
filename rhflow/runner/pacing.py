"""Saying that a run waits for room, so that a long silence has its reason."""

from __future__ import annotations

from rhflow.lifecycle.failure import Failure
from rhflow.lifecycle.notices import Notice
from rhflow.runner.run import Run


def say_pace(run: Run, failure: Failure | None = None) -> None:
    """Tell how much goes at a time where tasks wait for room; `failure` is the refusal just met."""
    lanes, width, now = run.lanes, run.lanes.width, run.hands.clock.now()
    closed_s = width.closed_s(now)
    if width.places >= width.most and not closed_s:
        return
    waiting = lanes.paid.waiting + len(lanes.paid.inside - lanes.flying.keys())
    if not waiting:
        return
    many = f"{waiting} task{'s' if waiting > 1 else ''} wait{'' if waiting > 1 else 's'}"
    if width.stated is not None and width.places >= width.stated:
        what = f"The key runs {width.stated} at a time; {many}."
        key = f"stated {width.stated}"
    elif closed_s > 0:
        what = f"There is no room just now; {many}, the next try is in {max(1, round(closed_s))} s."
        key = "closed"
    else:
        what = f"The far side takes {width.places} at a time just now; {many}."
        key = f"learnt {width.places}"
    if run.sayings.is_news(key, now):
        because = f" It says: {failure.message}" if failure is not None and closed_s > 0 else ""
        run.notify(Notice("pace", what + because))
