"""How long things take in the simulator, and how long its files live."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Waits in seconds.

    A job is `QUEUED` for `queued_s`, then `RUNNING` for at least `running_s` and until its result is drawn;
    drawing begins at once, so the two waits are not on top of it. Uploads and results are served for
    `lifetime_s` (RunningHub API, lifetimes: about a day).
    """

    queued_s: float = 0.2
    running_s: float = 0.3
    lifetime_s: float = 86_400.0
