"""Every object read from beginning to end: is it what its name says, is anything missing, what follows.

Reads only, in chunks. What is found is told together with what it means for which run; nothing is mended
here, because the next run that needs it does so by itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rhflow.app.session import Session
from rhflow.app.shelf import who_needs
from rhflow.ground.artifact import Artifact
from rhflow.ground.values import Json, JsonObject
from rhflow.store.blobs import digest_file, store_error
from rhflow.store.holdings import BytesOfRun, Holding
from rhflow.view.run_view import instant

Told = Callable[[int, int], None]
"""Told of progress: bytes read, bytes in all."""

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Unwell:
    """An object that is damaged or missing, and what follows from that."""

    sha256: str
    how: Literal["damaged", "missing"]
    path: Path
    what: str
    """Who needs it."""
    then: str
    """What happens now, and what it will cost."""

    def to_json(self) -> JsonObject:
        return {
            "sha256": self.sha256,
            "how": self.how,
            "path": str(self.path),
            "what": self.what,
            "then": self.then,
        }


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found."""

    objects: int
    bytes: int
    unwell: tuple[Unwell, ...]
    orphans: tuple[tuple[str, int], ...]
    """Objects no run and no result knows: digest and bytes."""
    strangers: tuple[Path, ...]
    """Files that are no objects."""

    def to_json(self) -> JsonObject:
        orphans: list[Json] = [{"sha256": sha256, "bytes": size} for sha256, size in self.orphans]
        return {
            "objects": self.objects,
            "bytes": self.bytes,
            "unwell": [item.to_json() for item in self.unwell],
            "orphans": orphans,
            "strangers": [str(path) for path in self.strangers],
        }


def verify(opened: Session, told: Told = lambda _done, _all: None) -> Verified:
    """Read everything.

    Raises:
        StoreError: an object, or the journal, cannot be read.
    """
    opened.journal.check()
    folder = opened.blobs.folder
    found = dict(objects_in(folder))
    total, done = sum(found.values()), 0
    damaged: set[str] = set()
    for sha256, size in sorted(found.items()):
        path = opened.blobs.path(sha256)
        try:
            if digest_file(path)[0] != sha256:
                damaged.add(sha256)
        except OSError as error:
            raise store_error(error, path) from error
        done += size
        told(done, total)
    used = opened.holdings.bytes_of_runs()
    held = opened.holdings.all()
    needed = {item.sha256: (holding, item) for holding in reversed(held) for item in holding.artifacts}
    known = needed.keys() | {item.sha256 for item in used}
    unwell = [
        _unwell(opened, digest, "damaged" if digest in damaged else "missing", needed.get(digest), used)
        for digest in sorted(damaged | (needed.keys() - found.keys()))
    ]
    orphans = tuple((digest, size) for digest, size in sorted(found.items()) if digest not in known)
    return Verified(len(found), total, tuple(unwell), orphans, tuple(_strangers(folder)))


def objects_in(folder: Path) -> Iterator[tuple[str, int]]:
    """Digest and size in bytes of every object, in no order."""
    for directory in _folders(folder):
        for entry in os.scandir(directory):
            digest = directory.name + entry.name
            if _DIGEST.fullmatch(digest) and entry.is_file(follow_symlinks=False):
                yield digest, entry.stat(follow_symlinks=False).st_size


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        item for item in folder.iterdir() if re.fullmatch(r"[0-9a-f]{2}", item.name) and item.is_dir()
    )


def _strangers(folder: Path) -> Iterator[Path]:
    for directory in _folders(folder):
        for item in sorted(directory.iterdir()):
            if not _DIGEST.fullmatch(directory.name + item.name) or not item.is_file():
                yield item


def _unwell(
    opened: Session,
    sha256: str,
    how: Literal["damaged", "missing"],
    needed: tuple[Holding, Artifact] | None,
    used: list[BytesOfRun],
) -> Unwell:
    what = who_needs(used, sha256)
    return Unwell(sha256, how, opened.blobs.path(sha256), what, _then(opened, needed))


def _then(opened: Session, needed: tuple[Holding, Artifact] | None) -> str:
    if needed is None:
        return "No result hangs on it any more; rhflow cache prune --unreferenced removes it."
    held, item = needed
    if held.model.startswith("local/"):
        return "The next run that needs it makes it again, for nothing."
    if item.text is not None:
        return "The next run that needs it mends it: the journal has the text, too."
    if any(
        path.is_file() and path.stat().st_size == item.bytes
        for path in opened.holdings.copies_of(item.sha256)
    ):
        return "The next run that needs it mends it from the copy in the output folder, if that is unchanged."
    forget = f"rhflow cache forget {held.key[:12]}"
    if item.url and item.expires is not None and item.expires > opened.clock.now():
        return f"The next run that needs it collects it again; its link lives until {instant(item.expires)}."
    if opened.journal.job_of_result(held.run, held.task) is not None:
        return (
            "The next run that needs it asks the far side for it once more. Should it be gone there, too, it "
            f"is bought again only if you say so: {forget}"
        )
    return f"It cannot be collected again, and is bought again only if you say so: {forget}"
