"""Objects made whole again out of what is still here: the text in a record, a copy in an output folder."""

from __future__ import annotations

import contextlib

from rhflow.app.placing import copy_bytes
from rhflow.ground.artifact import Artifact
from rhflow.ground.hashing import digest_bytes
from rhflow.store.blobs import LocalBlobs, digest_file
from rhflow.store.holdings import Holdings


class Mender:
    """Brings back what costs nothing and needs no network."""

    def __init__(self, holdings: Holdings, blobs: LocalBlobs) -> None:
        self._holdings = holdings
        self._blobs = blobs

    def mend(self, artifact: Artifact) -> bool:
        """Whether the object is whole now.

        Raises:
            StoreError: the disk is full or may not be written.
        """
        if self._blobs.has(artifact.sha256, verify=True):
            return True
        if artifact.text is not None and digest_bytes(data := artifact.text.encode()) == artifact.sha256:
            self._blobs.put_bytes(data)
            return True
        return self._from_a_copy(artifact)

    def _from_a_copy(self, artifact: Artifact) -> bool:
        """People may have changed their copy: only the very bytes count."""
        for path in self._holdings.copies_of(artifact.sha256):
            with contextlib.suppress(OSError):  # it is gone, or cannot be read: the next one, then
                if path.stat().st_size != artifact.bytes:
                    continue
                own = self._blobs.temporary()
                try:
                    copy_bytes(path, own)
                    if digest_file(own)[0] == artifact.sha256:
                        self._blobs.put_file(own)
                        return True
                finally:
                    own.unlink(missing_ok=True)
        return False
