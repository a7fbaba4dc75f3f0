"""What is remembered, as planning and staging may ask: results whose bytes are really there."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from rhflow.ground.errors import StoreError
from rhflow.ground.references import BlobMedia, FileMedia
from rhflow.planning.memory import Asked, LetGo, OpenAttempt, Recalled, Unsound
from rhflow.ports import Clock
from rhflow.store.blobs import LocalBlobs, digest_file
from rhflow.store.holdings import Holdings
from rhflow.store.journal import Journal


class Recollection:
    """`planning.memory.Memory` over a journal and its blobs. A plan looks at sizes; a run at every byte."""

    def __init__(self, journal: Journal, holdings: Holdings, blobs: LocalBlobs) -> None:
        self._journal = journal
        self._holdings = holdings
        self._blobs = blobs

    def recall(self, key: str) -> Recalled | None:
        hit = self._journal.recall(key)
        return hit if hit is not None and self._what_is_wrong(hit) is None else None

    def lost(self, key: str) -> LetGo | Unsound | None:
        hit = self._journal.recall(key)
        if hit is None:
            return self._holdings.gone(key)
        why = self._what_is_wrong(hit)
        return Unsound(hit, why) if why is not None else None

    def _what_is_wrong(self, hit: Recalled) -> Literal["missing", "damaged"] | None:
        sizes = [(self._blobs.size(item.sha256), item.bytes) for item in hit.artifacts]
        if any(found is None for found, _ in sizes):
            return "missing"
        return "damaged" if any(found != wanted for found, wanted in sizes) else None

    def open_attempt(self, key: str) -> OpenAttempt | None:
        return self._journal.open_attempt(key)

    def last_request(self, pipeline: str, task: str) -> Asked | None:
        return self._journal.last_request(pipeline, task)


class UploadMemory:
    """`ports.Uploads` over a journal and its blobs."""

    def __init__(self, journal: Journal, blobs: LocalBlobs, clock: Clock) -> None:
        self._journal = journal
        self._blobs = blobs
        self._clock = clock

    def open_path(self, media: FileMedia | BlobMedia) -> Path:
        """A file with exactly these bytes.

        Raises:
            StoreError: it is gone, or has changed since it was planned.
        """
        if isinstance(media, BlobMedia):
            path = self._blobs.path(media.sha256)
            if not self._blobs.has(media.sha256, verify=True):
                how = "damaged in the store" if path.is_file() else "not in the store any more"
                raise StoreError(
                    f"The bytes of a {media.kind.value} ({media.sha256[:12]}…) are {how}",
                    "A new run makes or collects what is missing.",
                )
            return path
        path = Path(media.path)
        try:
            sha256, _ = digest_file(path)
        except OSError as error:
            raise StoreError(f"{media.path} cannot be read any more: {error.strerror or error}") from error
        if sha256 != media.sha256:
            raise StoreError(
                f"{media.path} has changed since the run was planned", "Start a new run: rhflow run …"
            )
        return path

    async def recall(self, realm: str, sha256: str) -> str | None:
        return self._journal.upload(realm, sha256, self._clock.now())

    async def remember(self, realm: str, sha256: str, url: str, expires: float) -> None:
        self._journal.remember("uploads", (realm, sha256, url, expires))
