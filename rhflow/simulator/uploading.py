"""Uploads: one multipart file, streamed to disk, named after its content."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from rhflow.ground.hashing import hasher
from rhflow.ground.media import SNIFF_BYTES, Kind, sniff
from rhflow.simulator import wire
from rhflow.simulator.codes import title
from rhflow.simulator.keys import Key
from rhflow.simulator.multipart import Malformed, PartReader, boundary_of
from rhflow.simulator.office import Office
from rhflow.simulator.ordering import base_of
from rhflow.simulator.reading import bearer
from rhflow.simulator.shelf import PREFIX, Shelf

_ACCEPTED = (Kind.IMAGE, Kind.VIDEO, Kind.AUDIO)
OLD_LIMIT = 30 * 1024 * 1024
"""Bytes the older call takes (RunningHub API, uploads)."""
FOR_NODES = "api"
"""The folder of files that have a name for nodes and no address."""


class Draft:
    """An upload on its way in."""

    def __init__(self, file: BinaryIO, limit: int | None) -> None:
        self._file = file
        self._limit = limit
        self._digest = hasher()
        self.head = b""
        self.bytes = 0

    def write(self, chunk: bytes) -> None:
        if len(self.head) < SNIFF_BYTES:
            self.head += chunk[:SNIFF_BYTES]
        self.bytes += len(chunk)
        if not self.is_too_large:
            self._digest.update(chunk)
            self._file.write(chunk)

    @property
    def is_too_large(self) -> bool:
        return self._limit is not None and self.bytes > self._limit

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


class Uploading:
    """The counter where files are handed in."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def upload(self, request: Request, _key: Key) -> Response:
        """v2: any size; answered with an address and a name."""
        try:
            with place_for_draft(self._office.shelf) as path:
                draft, _ = await receive(request, path)
                kept = await keep(self._office.shelf, path, draft, "openapi")
        except Malformed as error:
            return wire.upload_envelope(None, 1007, f"invalid params: {error}")
        return wire.upload_envelope(
            {
                "type": kept.kind,
                "download_url": f"{base_of(request)}{PREFIX}{kept.name}",
                "fileName": kept.name,
                "size": str(kept.bytes),
            }
        )

    async def upload_v1(self, request: Request) -> Response:
        """v1: 30 MB, the key in a part of the body, a name for nodes and no address."""
        try:
            with place_for_draft(self._office.shelf) as path:
                draft, values = await receive(request, path, limit=OLD_LIMIT, fields=("apiKey", "fileType"))
                if self._office.keys.find(bearer(request) or values.get("apiKey", "")) is None:
                    return wire.envelope(None, 802, title(802))
                if draft.is_too_large:
                    return wire.envelope(None, 809, f"{title(809)}: 30 MB are allowed")
                kept = await keep(self._office.shelf, path, draft, FOR_NODES)
        except Malformed as error:
            return wire.envelope(None, 301, f"{title(301)}: {error}")
        return wire.envelope({"fileName": kept.name, "fileType": values.get("fileType") or "input"})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was handed in."""

    name: str
    """On the shelf, after its content."""
    kind: str
    """The vendor's word for it."""
    bytes: int


@contextmanager
def place_for_draft(shelf: Shelf) -> Iterator[Path]:
    """Where the bytes of an upload may lie on their way in; what is left there goes."""
    path = shelf.work / f"upload-{secrets.token_hex(8)}"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


async def keep(shelf: Shelf, path: Path, draft: Draft, folder: str) -> Upload:
    """Put a draft on the shelf, in that folder.

    Raises:
        Malformed: its bytes are of no kind that may be uploaded.
    """
    kind, suffix, mime = _type_of(draft.head)
    name = f"{folder}/{draft.sha256}.{suffix}"
    return Upload(name, kind, await asyncio.to_thread(shelf.put_upload, path, name, mime))


async def receive(
    request: Request,
    path: Path,
    *,
    part: str = "file",
    limit: int | None = None,
    fields: tuple[str, ...] = (),
) -> tuple[Draft, dict[str, str]]:
    """A part of a form in a file, and the small parts called as in `fields`.

    Raises:
        Malformed: the body is no such form, or not all of it.
    """
    boundary = boundary_of(request.headers.get("content-type", ""))
    with path.open("wb") as file:
        draft = Draft(file, limit)
        reader = PartReader(boundary, part, draft.write, fields)
        try:
            async for chunk in request.stream():
                reader.feed(chunk)
        except ClientDisconnect:
            raise Malformed("the body ended early") from None
    if not reader.found:
        raise Malformed(f'there is no part called "{part}"')
    if not reader.is_complete:
        raise Malformed("the body ended early")
    return draft, {name: value.decode("utf-8", "replace") for name, value in reader.values.items()}


def _type_of(head: bytes) -> tuple[str, str, str]:
    """The vendor's word for the kind, the suffix and the media type.

    Raises:
        Malformed: the bytes are of no kind that may be uploaded.
    """
    if head.startswith(b"PK\x03\x04"):
        return "zip", "zip", "application/zip"
    found = sniff(head)
    if found is None or found.kind not in _ACCEPTED:
        raise Malformed("the file is no image, video, audio or zip file")
    return found.kind.value, found.suffix, found.mime
