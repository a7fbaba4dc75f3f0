"""What a render worker is told, and what it gives back: plain values that cross a process border."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from rhflow.ground.values import JsonObject


@dataclass(frozen=True, slots=True)
class Order:
    """One job to render.

    `arguments` are the submitted ones; `media` maps a media parameter to the local files that its URLs
    stood for (always a list). Results go into `folder`. The same order gives the same bytes.
    """

    endpoint: str
    task: str
    """The catalogue's task kind: `text-to-image`, `image-to-video`, …"""
    output: str
    """The kind of media the model makes: `image`, `video`, `audio`, `text`, `model3d`."""
    arguments: JsonObject
    media: dict[str, list[str]]
    folder: str
    quick: bool = False
    """Tiny but valid media: seconds matter to tests, looks do not."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One result: a file, or text without a file."""

    path: str | None
    type: str
    """File extension: `png`, `mp4`, `mp3`, `txt`."""
    text: str | None = None
    node: str | None = None
    """The node of a graph that saved it."""


@dataclass(frozen=True, slots=True)
class RenderFailed:
    """The order could not be carried out (an unreadable input, say): a sentence and a vendor code."""

    message: str
    code: int = 1013
    reason: JsonObject = field(default_factory=dict)
    """`failedReason`, where a node failed."""


Outcome: TypeAlias = "list[Rendered] | RenderFailed"
Render: TypeAlias = Callable[[Order], Outcome]
