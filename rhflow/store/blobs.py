"""Bytes by digest, one file each: `objects/ab/cdef…`, written beside, synced, renamed, read-only."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from rhflow.ground.errors import StoreError
from rhflow.ground.hashing import digest_bytes, hasher
from rhflow.store.durable import make_folder, sync_folder

_CHUNK = 1 << 20


class LocalBlobs:
    """The content-addressed folder of one home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sound: dict[str, tuple[int, int, int]] = {}
        """What this process has read and found right, as the file was then."""

    def put_file(self, path: Path, suffix: str = "") -> tuple[str, int]:  # noqa: ARG002  # the port's form
        """Move a file in; its SHA-256 and size in bytes. The file at `path` is gone afterwards.

        Raises:
            StoreError: the disk is full or cannot be written.
        """
        with _as_store_error(path):
            sha256, size = digest_file(path)
            self._settle(path, sha256)
        return sha256, size

    def put_bytes(self, data: bytes, suffix: str = "") -> tuple[str, int]:  # noqa: ARG002
        """Keep bytes at hand; the same as `put_file`."""
        sha256 = digest_bytes(data)
        if not self.has(sha256, verify=True):  # a damaged object is mended
            with _as_store_error(self.folder):
                temporary = self.temporary()
                temporary.write_bytes(data)
                self._settle(temporary, sha256)
        return sha256, len(data)

    def path(self, sha256: str) -> Path:
        """Where the bytes are, or would be."""
        return self.folder / sha256[:2] / sha256[2:]

    def has(self, sha256: str, *, verify: bool = False) -> bool:
        """Whether the bytes are there; with `verify`, whether they are what their name says."""
        path = self.path(sha256)
        try:
            return self._is_sound(path, sha256) if verify else path.is_file()
        except OSError:
            return False

    def size(self, sha256: str) -> int | None:
        """How many bytes lie there; None where none do."""
        try:
            status = self.path(sha256).stat()
        except OSError:
            return None
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def _is_sound(self, path: Path, sha256: str) -> bool:
        """Read once a process: nobody writes to an object, and a file that was replaced has other marks."""
        status = path.stat()
        marks = (status.st_ino, status.st_size, status.st_mtime_ns)
        if self._sound.get(sha256) == marks:
            return True
        if digest_file(path)[0] != sha256:
            return False
        self._sound[sha256] = marks
        return True

    def temporary(self) -> Path:
        """A fresh name inside the store, on the same file system."""
        incoming = self.folder / "incoming"
        make_folder(incoming)
        return incoming / secrets.token_hex(12)

    def _settle(self, path: Path, sha256: str) -> None:
        target = self.path(sha256)
        make_folder(target.parent)
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        path.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
        if os.name == "nt" and target.exists():  # Windows will not rename onto a read-only file
            target.chmod(stat.S_IWRITE | stat.S_IREAD)
        try:
            path.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            temporary = self.temporary()
            shutil.copyfile(path, temporary)
            self._settle(temporary, sha256)
            path.unlink()
            return
        sync_folder(target.parent)


def digest_file(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file's bytes.

    Raises:
        OSError: it cannot be read.
    """
    digest, size = hasher(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


@contextlib.contextmanager
def _as_store_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise store_error(error, path) from error


def store_error(error: OSError, path: Path) -> StoreError:
    """A sentence for what the disk said."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreError(
            f"The disk is full: {path} could not be written",
            "Make room, then go on with: rhflow resume. What was bought is known and is not bought again.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StoreError(
            f"{path} may not be written: {error.strerror}", "Mend the rights, then: rhflow resume"
        )
    return StoreError(f"{path} could not be written: {error.strerror or error}", "Then go on: rhflow resume")
