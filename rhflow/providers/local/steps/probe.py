"""`local/probe`: what a picture, film or sound is, as a text that expressions can read."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from rhflow.catalog.model import Model, Param
from rhflow.catalog.price import FREE
from rhflow.ground.media import Kind
from rhflow.ground.values import JsonObject
from rhflow.media import probe as media
from rhflow.providers.local.arguments import Arguments
from rhflow.providers.local.step import StepFailed

_MEDIA = ("image", "video", "audio")

MODEL = Model(
    endpoint="local/probe",
    names=("local/probe",),
    task="local",
    family="local",
    output=Kind.TEXT,
    params=(
        Param(name="image", type="image", about="one of the three"),
        Param(name="video", type="video", about="one of the three"),
        Param(name="audio", type="audio", about="one of the three"),
    ),
    price=FREE,
    version=1,
)


async def run(args: JsonObject, workdir: Path) -> list[Path]:
    """One JSON object: kind, seconds, width, height (as shown), fps, sound, bytes; null where it has none.

    An expression reads it with `json(steps.look.text).seconds`.
    """
    read = Arguments("local/probe", args)
    given = [name for name in _MEDIA if name in read]
    if len(given) != 1:
        raise StepFailed(
            f"local/probe was given {' and '.join(given) or 'nothing to look at'}",
            "Give one of image, video and audio; where its step may be skipped, skip this one with `if`.",
        )
    path = read.path(given[0])
    found = await asyncio.to_thread(media.probe, path)
    if found is None:
        raise StepFailed(
            f"local/probe: {given[0]} ({path.name}) is nothing that can be read", "Look at what made it."
        )
    facts: JsonObject = {
        "kind": found.kind.value,
        "seconds": _rounded(found.seconds),
        "width": found.width,
        "height": found.height,
        "fps": _rounded(found.fps),
        "sound": found.has_audio,
        "bytes": path.stat().st_size,
    }
    goal = workdir / "probe.json"
    goal.write_text(json.dumps(facts), encoding="utf-8")
    return [goal]


def _rounded(value: float | None) -> float | None:
    """To the thousandth: what a file says beyond that is how its coder rounds."""
    return None if value is None else round(value, 3)
