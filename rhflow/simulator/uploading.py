"""Uploads: one multipart file, streamed to disk, named after its content."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import BinaryIO

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from rhflow.ground.hashing import hasher
from rhflow.ground.media import SNIFF_BYTES, Kind, sniff
from rhflow.simulator import wire
from rhflow.simulator.multipart import Malformed, PartReader, boundary_of
from rhflow.simulator.office import Office
from rhflow.simulator.shelf import PREFIX

_ACCEPTED = (Kind.IMAGE, Kind.VIDEO, Kind.AUDIO)


class _Draft:
    """An upload on its way in."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hasher()
        self.head = b""
        self.bytes = 0

    def write(self, chunk: bytes) -> None:
        if len(self.head) < SNIFF_BYTES:
            self.head += chunk[:SNIFF_BYTES]
        self._digest.update(chunk)
        self.bytes += len(chunk)
        self._file.write(chunk)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


class Uploading:
    """The counter where files are handed in."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def upload(self, request: Request, _key_tail: str) -> Response:
        path = self._office.shelf.work / f"upload-{secrets.token_hex(8)}"
        try:
            draft = await self._receive(request, path)
            found = _type_of(draft.head)
            name = f"openapi/{draft.sha256}.{found[1]}"
            size = await asyncio.to_thread(self._office.shelf.put_upload, path, name, found[2])
        except Malformed as error:
            return wire.upload_envelope(None, 1007, f"invalid params: {error}")
        finally:
            path.unlink(missing_ok=True)
        return wire.upload_envelope(
            {
                "type": found[0],
                "download_url": f"{base_of(request)}{PREFIX}{name}",
                "fileName": name,
                "size": str(size),
            }
        )

    async def _receive(self, request: Request, path: Path) -> _Draft:
        boundary = boundary_of(request.headers.get("content-type", ""))
        with path.open("wb") as file:
            draft = _Draft(file)
            reader = PartReader(boundary, "file", draft.write)
            try:
                async for chunk in request.stream():
                    reader.feed(chunk)
            except ClientDisconnect:
                raise Malformed("the body ended early") from None
        if not reader.found:
            raise Malformed('there is no part called "file"')
        if not reader.is_complete:
            raise Malformed("the body ended early")
        return draft


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


def base_of(request: Request) -> str:
    """How the client names this server: its own Host header, so that addresses survive a change of port."""
    host = request.headers.get("host", "")
    if not host or any(char in host for char in "/?#@\\ \"'<>"):
        name, port = request.scope["server"]
        host = f"{name}:{port}"
    return f"http://{host}"
