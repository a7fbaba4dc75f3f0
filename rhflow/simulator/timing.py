"""How long things take in the simulator, and how long they live."""

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
    record_s: float = 30 * 86_400.0
    """How long a job can be asked about; nobody documents it."""
    presigned_s: float = 3_600.0
    """How long the address for a LoRA takes its file."""
    webhook_timeout_s: float = 5.0
    """How long a receiver of webhooks may think, in real seconds."""
    webhook_again_s: tuple[float, ...] = (15.0, 60.0, 105.0)
    """The pauses before each further try: three within three minutes, as one dump shows."""
