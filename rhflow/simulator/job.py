"""One job on its way to a renderer: the order, and where each of its media comes from."""

from __future__ import annotations

import base64
import binascii
import re
import urllib.parse
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rhflow.ground.hashing import digest_bytes
from rhflow.ground.media import SNIFF_BYTES, sniff
from rhflow.simulator.order import Order, Outcome, Render, Rendered, RenderFailed
from rhflow.simulator.task import WORKFLOW
from rhflow.simulator.workflows.perform import perform

_DATA_URI = re.compile(r"data:[^,;]*(?:;[^,;]*)*?(;base64)?,", re.IGNORECASE)
_STAND_IN_TASKS = {"image": "text-to-image", "video": "text-to-video", "audio": "text-to-audio"}


@dataclass(frozen=True, slots=True)
class Source:
    """One input: a file here, a `data:` URI, or an address nobody can fetch (a stand-in is drawn)."""

    kind: str
    path: str | None = None
    data: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """The order without its media, and their sources by parameter; a value that crosses a process border."""

    order: Order
    sources: dict[str, list[Source]]
    stand_ins: str
    """Folder of the stand-ins, each drawn once."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Job:
        sources = {name: [Source(**item) for item in items] for name, items in body["sources"].items()}
        return cls(Order(**body["order"]), sources, body["stand_ins"])


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    """`{"results": […]}` or `{"failed": {…}}`."""
    if isinstance(outcome, RenderFailed):
        return {"failed": asdict(outcome)}
    return {"results": [asdict(item) for item in outcome]}


def outcome_from_json(body: dict[str, Any]) -> Outcome:
    """The reverse of `outcome_to_json`."""
    if "failed" in body:
        return RenderFailed(**body["failed"])
    return [Rendered(**item) for item in body["results"]]


def carry_out(job: Job, render: Render) -> Outcome:
    """Bring the inputs to files, then draw; a workflow draws node by node."""
    media: dict[str, list[str]] = {}
    for name, sources in job.sources.items():
        for number, source in enumerate(sources):
            file = _fetch(job, source, f"{_plain_name(name)}-{number}", render)
            if isinstance(file, RenderFailed):
                return RenderFailed(f"{name}: {file.message}", file.code)
            media.setdefault(name, []).append(file)
    order = replace(job.order, media=media)
    return perform(order, render) if order.task == WORKFLOW else render(order)


def _plain_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def _fetch(job: Job, source: Source, name: str, render: Render) -> str | RenderFailed:
    if source.path is not None:
        return source.path if Path(source.path).is_file() else RenderFailed("the file is no longer there")
    if source.data is not None:
        return _unpack(source.data, Path(job.order.folder) / name)
    return _stand_in(job, source, render)


def _unpack(uri: str, stem: Path) -> str | RenderFailed:
    """The bytes of a `data:` URI, as a file with the suffix its bytes ask for."""
    head = _DATA_URI.match(uri)
    if head is None:
        return RenderFailed("the data URI has no comma after its media type")
    try:
        if head[1]:
            content = base64.b64decode(uri[head.end() :], validate=True)
        else:
            content = urllib.parse.unquote_to_bytes(uri[head.end() :])
    except (binascii.Error, ValueError):
        return RenderFailed("the data URI is not valid base64")
    found = sniff(content[:SNIFF_BYTES])
    if found is None:
        return RenderFailed("the data URI holds no media file")
    file = stem.with_name(f"input-{stem.name}.{found.suffix}")
    file.write_bytes(content)
    return str(file)


def _stand_in(job: Job, source: Source, render: Render) -> str | RenderFailed:
    """Media of that kind in place of what lies behind a foreign address: the same for the same address."""
    url = source.url or ""
    size = "quick" if job.order.quick else "full"
    folder = Path(job.stand_ins) / f"{source.kind}-{size}-{digest_bytes(url.encode())[:32]}"
    ready = next((file for file in folder.glob("*") if file.is_file()), None)
    if ready is not None:
        return str(ready)
    drafts = Path(job.order.folder) / f"stand-in-{folder.name}"
    drafts.mkdir(parents=True, exist_ok=True)
    order = Order(
        endpoint=f"stand-in/{source.kind}",
        task=_STAND_IN_TASKS[source.kind],
        output=source.kind,
        arguments={"prompt": "Stand-in for " + _short(url), "duration": 5},
        media={},
        folder=str(drafts),
        quick=job.order.quick,
    )
    outcome = render(order)
    if isinstance(outcome, RenderFailed):
        return outcome
    drawn = next((item.path for item in outcome if item.path), None)
    if drawn is None:
        return RenderFailed("no stand-in could be drawn")
    folder.mkdir(parents=True, exist_ok=True)
    final = folder / f"stand-in{Path(drawn).suffix}"
    Path(drawn).replace(final)
    return str(final)


def _short(url: str) -> str:
    """Host and last part of an address, without its query (it may carry a signature)."""
    parts = urllib.parse.urlsplit(url)
    return f"{parts.netloc}/{parts.path.rsplit('/', 1)[-1]}"[:80]
