"""A file on its way out, read piece by piece, its length known beforehand.

Two wrappings: a multipart form (what the site's own uploads take) and the bare bytes (what a
presigned address takes). Both end only where every byte was what the digest promised.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from rhflow.ground.errors import StoreError
from rhflow.ground.hashing import hasher, md5_hasher
from rhflow.ground.media import SNIFF_BYTES, sniff
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.ports import PollFailed

PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file to be uploaded: where it is, what it must be, what to call it."""

    path: Path
    sha256: str
    suffix: str


def digests_of(path: Path) -> tuple[str, str]:
    """SHA-256 and MD5 of a file. Blocks.

    Raises:
        StoreError: it cannot be read.
    """
    ours, theirs = hasher(), md5_hasher()
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                ours.update(piece)
                theirs.update(piece)
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror or error}") from error
    return ours.hexdigest(), theirs.hexdigest()


@dataclass(frozen=True, slots=True)
class Wrapping:
    """What stands around a file's bytes in a request, and what its headers say."""

    before: bytes = b""
    after: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Sending:
    """An opened parcel in its wrapping: `headers` for the request, `pieces` for its body.

    `size` is that of the file alone.
    """

    def __init__(self, parcel: Parcel, file: BinaryIO, wrapping: Wrapping, size: int) -> None:
        self._parcel = parcel
        self._file = file
        self._wrapping = wrapping
        self.size = size
        length = len(wrapping.before) + size + len(wrapping.after)
        self.headers = {**wrapping.headers, "Content-Length": str(length)}

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body. The end is only sent where every byte was what the digest promised."""
        if self._wrapping.before:
            yield self._wrapping.before
        digest = hasher()
        left, held = self.size, b""
        while left:
            piece = await asyncio.to_thread(self._read, min(PIECE, left))
            if not piece:
                break
            left -= len(piece)
            digest.update(piece)
            if held:
                yield held
            held = piece
        if digest.hexdigest() != self._parcel.sha256:
            raise PollFailed(
                Failure(
                    FailureKind.LOCAL,
                    f"{self._parcel.path} is not what it was when the run began.",
                    "changed",
                    "Put the file back, or start a new run with the changed one.",
                )
            )
        if held or self._wrapping.after:
            yield held + self._wrapping.after

    async def close(self) -> None:
        await asyncio.to_thread(self._file.close)

    def _read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except OSError as error:
            raise StoreError(f"{self._parcel.path} cannot be read: {error.strerror or error}") from error


async def as_form(parcel: Parcel, fields: Mapping[str, str]) -> Sending:
    """A form: the fields, then one part `file`.

    Raises:
        StoreError: the file cannot be read.
    """
    return await asyncio.to_thread(_open, parcel, fields)


async def as_bytes(parcel: Parcel) -> Sending:
    """The bytes alone.

    Raises:
        StoreError: the file cannot be read.
    """
    return await asyncio.to_thread(_open, parcel, None)


def _open(parcel: Parcel, fields: Mapping[str, str] | None) -> Sending:
    try:
        file = parcel.path.open("rb")
        size = os.fstat(file.fileno()).st_size
        head = file.read(SNIFF_BYTES)
        file.seek(0)
    except OSError as error:
        raise StoreError(f"{parcel.path} cannot be read: {error.strerror or error}") from error
    if fields is None:
        return Sending(parcel, file, Wrapping(headers={"Content-Type": "application/octet-stream"}), size)
    return Sending(parcel, file, _form(parcel, head, fields), size)


def _form(parcel: Parcel, head: bytes, fields: Mapping[str, str]) -> Wrapping:
    found = sniff(head)
    suffix = parcel.suffix or (found.suffix if found else "bin")
    mime = found.mime if found else "application/octet-stream"
    boundary = f"rhflow-{parcel.sha256[:40]}"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; '
        f'filename="{parcel.sha256[:32]}.{suffix}"\r\nContent-Type: {mime}\r\n\r\n'
    )
    return Wrapping(
        "".join(parts).encode(),
        f"\r\n--{boundary}--\r\n".encode(),
        {"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
