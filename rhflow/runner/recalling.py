"""Results that are there already."""

from __future__ import annotations

from dataclasses import replace

from rhflow.lifecycle.events import CacheHit, JobSucceeded
from rhflow.planning.memory import Recalled
from rhflow.runner.run import Run


def usable(run: Run, key: str) -> Recalled | None:
    """A remembered result whose bytes are all there and are what their names say."""
    hit = run.hands.journal.recall(key)
    if hit is None or not all(run.hands.blobs.has(item.sha256, verify=True) for item in hit.artifacts):
        return None
    return hit


def cache_hit(hit: Recalled) -> CacheHit:
    """The fact that it was there."""
    return CacheHit(hit.key, hit.model, [item.to_json() for item in hit.artifacts], hit.run, hit.task)


def brought_in(run: Run, key: str, attempt: str) -> Recalled | None:
    """The result of this very purchase, where another run has collected it.

    An older result of the same key does not count: `cache: false` has one, and taking it would leave
    what was bought now uncollected.
    """
    known = run.hands.journal.attempt(attempt)
    is_collected = known is not None and known[2] == "collected"
    return usable(run, key) if is_collected else None


def heard_elsewhere(run: Run, key: str, attempt: str) -> JobSucceeded | None:
    """What the run that bought it was told of its end, where nobody else can ask: texts without an address.

    The far side keeps no answers of language models. Who heard one may have died, or be let go of, before
    it was kept under its key.
    """
    rival = run.hands.journal.open_attempt(key)
    if rival is None or rival.attempt != attempt:
        return None
    for _, _, event in reversed(run.hands.journal.events(rival.run, rival.task)):
        if isinstance(event, JobSucceeded) and event.attempt == attempt:
            addresses = [item.get("url") for item in event.results if isinstance(item, dict)]
            return replace(event, took=None) if addresses and not any(addresses) else None
    return None
