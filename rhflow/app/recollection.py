"""What is remembered, as planning and staging may ask: results whose bytes are really there."""

from __future__ import annotations

from pathlib import Path

from rhflow.ground.errors import StoreError
from rhflow.ground.references import BlobMedia, FileMedia
from rhflow.planning.memory import Asked, OpenAttempt, Recalled
from rhflow.ports import Clock
from rhflow.store.blobs import LocalBlobs, digest_file
from rhflow.store.journal import Journal


class Recollection:
    """`planning.memory.Memory` over a journal and its blobs."""

    def __init__(self, journal: Journal, blobs: LocalBlobs) -> None:
        self._journal = journal
        self._blobs = blobs

    def recall(self, key: str) -> Recalled | None:
        hit = self._journal.recall(key)
        there = hit is not None and all(self._blobs.has(item.sha256) for item in hit.artifacts)
        return hit if there else None

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
            if not path.is_file():
                raise StoreError(
                    f"The bytes of a {media.kind.value} ({media.sha256[:12]}…) are not in the store any more",
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
