"""Bytes there and back: streamed in pieces, checked, and tried again, for they cost nothing.

An upload goes to the site with the key; a download goes to whatever host the site named, without
it. Memory stays at one piece, whatever the size.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

import httpx

from rhflow.ground.errors import RhflowError, StoreError
from rhflow.ground.hashing import hasher
from rhflow.ground.media import SNIFF_BYTES, Kind, kind_of_suffix, sniff
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.ports import PollFailed
from rhflow.providers.runninghub.client import MOST_ANSWER_BYTES, RunningHubClient
from rhflow.providers.runninghub.exchange import Answer, AnswerTooLong, NoAnswer
from rhflow.providers.runninghub.reading import Reader
from rhflow.providers.runninghub.verdicts import unreachable

PIECE = 1024 * 1024
UPLOAD_PATH = "/media/upload/binary"
WAITS = (0.5, 2.0, 5.0)
"""Seconds before the second, third and fourth try."""

_GONE = (403, 404, 410)
"""What a result's address answers once its day is over; which of them, nobody documents."""

_PAGE_TYPES = ("text/html", "application/xhtml+xml", "application/json", "application/xml", "text/xml")
_PAGE_STARTS = (b"<!doctype", b"<html", b"<?xml", b"<error", b"{")
_TEXTUAL = frozenset({"svg", "gltf", "html", "htm", "xml", "csv", "vtt", "usda", "obj", "mtl", "zip"})
"""Suffixes beyond the text ones whose files may begin like a page, or whose type servers often misname."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file to be uploaded: where it is, what it must be, what to call it."""

    path: Path
    sha256: str
    suffix: str


class Transfers:
    """Uploads, downloads and the question whether an address still lives."""

    def __init__(self, client: RunningHubClient, reader: Reader, *, waits: tuple[float, ...] = WAITS) -> None:
        self._client = client
        self._reader = reader
        self._waits = waits
        self._http, self._places = client.transfer_pool

    async def is_alive(self, url: str, size: int | None) -> bool:
        """Whether the address gives bytes now; `size`, where known, must be the length it states.

        Any trouble counts as no: the price of a wrong no is an upload.
        """
        try:
            async with (
                self._places,
                asyncio.timeout(self._client.patience.alive),
                self._http.stream(
                    "GET", url, headers={"Range": "bytes=0-0"}, follow_redirects=True
                ) as response,
            ):
                if response.status_code not in (200, 206) or _type_of(response) in _PAGE_TYPES:
                    return False
                stated = _stated_size(response)
                return stated is None or size is None or stated == size
        except Exception:  # noqa: BLE001  # raw OSError and h11 errors come out of the library too
            return False

    async def upload(self, parcel: Parcel) -> str:
        """Send a file; the address under which models can read it.

        Raises:
            PollFailed: it did not go through, or the file is not what it was.
            StoreError: the file cannot be read.
        """
        for wait in (*self._waits, None):
            try:
                return self._reader.uploaded(await self._upload_once(parcel))
            except PollFailed as trouble:
                if wait is None or not trouble.failure.repeatable:
                    raise
            await asyncio.sleep(wait)
        raise AssertionError("the last try returns or raises")

    async def _upload_once(self, parcel: Parcel) -> Answer | NoAnswer:
        body = await asyncio.to_thread(_Multipart.open, parcel)
        client = self._client
        headers = client.authorization() | body.headers
        try:
            async with (
                self._places,
                self._http.stream(
                    "POST", client.site.api + UPLOAD_PATH, content=body.pieces(), headers=headers
                ) as response,
            ):
                return await _small_answer(response)
        except (PollFailed, RhflowError):
            raise
        except Exception as error:  # noqa: BLE001  # raw OSError and h11 errors come out of the library too
            return NoAnswer(error, client.site.host, proxied=client.is_proxied)
        finally:
            await asyncio.to_thread(body.file.close)

    async def download(self, url: str, folder: Path, stem: str, said_type: str | None = None) -> Path:
        """Fetch an address into `folder/stem.suffix`, whole or not at all.

        Raises:
            PollFailed: gone, unreachable, cut short, or a page instead of a file.
            StoreError: the file cannot be written.
        """
        for wait in (*self._waits, None):
            try:
                return await self._download_once(url, folder, stem, said_type)
            except PollFailed as trouble:
                if wait is None or not trouble.failure.repeatable:
                    raise
            await asyncio.sleep(wait)
        raise AssertionError("the last try returns or raises")

    async def _download_once(self, url: str, folder: Path, stem: str, said_type: str | None) -> Path:
        part = folder / f"{stem}.part"
        host = urlsplit(url).hostname or "the address of a result"
        try:
            async with self._places, self._http.stream("GET", url, follow_redirects=True) as response:
                if response.status_code != 200:
                    raise PollFailed(_download_refused(host, response.status_code))
                suffix = suffix_of(url) or suffix_of(f".{said_type or ''}")
                head = await _to_disk(response, part, host, suffix)
        except (PollFailed, RhflowError):
            raise
        except Exception as error:  # noqa: BLE001  # raw OSError and h11 errors come out of the library too
            raise PollFailed(unreachable(NoAnswer(error, host))) from None
        if not suffix:
            found = sniff(head)
            suffix = found.suffix if found else "bin"
        target = folder / f"{stem}.{suffix}"
        try:
            await asyncio.to_thread(os.replace, part, target)
        except OSError as error:
            raise _cannot_write(target, error) from error
        return target


class _Multipart:
    """A multipart form with one part, `file`, read piece by piece; its length is known beforehand."""

    def __init__(self, parcel: Parcel, file: BinaryIO) -> None:
        self.file = file
        self._parcel = parcel
        self._size = os.fstat(file.fileno()).st_size
        found = sniff(file.read(SNIFF_BYTES))
        file.seek(0)
        suffix = parcel.suffix or (found.suffix if found else "bin")
        mime = found.mime if found else "application/octet-stream"
        boundary = f"rhflow-{parcel.sha256[:40]}"
        self._before = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; '
            f'filename="{parcel.sha256[:32]}.{suffix}"\r\nContent-Type: {mime}\r\n\r\n'
        ).encode()
        self._after = f"\r\n--{boundary}--\r\n".encode()
        self.headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(self._before) + self._size + len(self._after)),
        }

    @classmethod
    def open(cls, parcel: Parcel) -> _Multipart:
        try:
            return cls(parcel, parcel.path.open("rb"))
        except OSError as error:
            raise StoreError(f"{parcel.path} cannot be read: {error.strerror or error}") from error

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body. The end is only sent where every byte was what the digest promised."""
        yield self._before
        digest = hasher()
        left = self._size
        while left:
            piece = await asyncio.to_thread(self._read, min(PIECE, left))
            if not piece:
                break
            left -= len(piece)
            digest.update(piece)
            yield piece
        if digest.hexdigest() != self._parcel.sha256:
            raise PollFailed(
                Failure(
                    FailureKind.LOCAL,
                    f"{self._parcel.path} is not what it was when the run began.",
                    "changed",
                    "Put the file back, or start a new run with the changed one.",
                )
            )
        yield self._after

    def _read(self, size: int) -> bytes:
        try:
            return self.file.read(size)
        except OSError as error:
            raise StoreError(f"{self._parcel.path} cannot be read: {error.strerror or error}") from error


def suffix_of(url: str) -> str:
    """The suffix of an address's path in lower case without dot, empty where it has no plain one."""
    name = unquote(urlsplit(url).path).rpartition("/")[2]
    _, dot, suffix = name.rpartition(".")
    return suffix.lower() if dot and re.fullmatch(r"[A-Za-z0-9]{1,8}", suffix) else ""


async def _small_answer(response: httpx.Response) -> Answer:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > MOST_ANSWER_BYTES:
            raise AnswerTooLong("the answer does not end")
    headers = response.headers
    return Answer(
        response.status_code, bytes(body), headers.get("content-type", ""), headers.get("location", "")
    )


async def _to_disk(response: httpx.Response, part: Path, host: str, suffix: str) -> bytes:
    """Write a body down and check it; its first bytes.

    Raises:
        PollFailed: it is empty, a page, or shorter than it said.
        StoreError: the disk would not take it.
    """
    head, size = b"", 0
    file = await asyncio.to_thread(_open_new, part)
    try:
        async for piece in response.aiter_bytes(PIECE):
            if not size:
                head = piece[:SNIFF_BYTES]
                _refuse_page(head, _type_of(response), suffix, host)
            size += len(piece)
            await asyncio.to_thread(_write, file, piece, part)
    finally:
        await asyncio.to_thread(file.close)
    stated = response.headers.get("content-length", "")
    if not size or (stated.isdecimal() and response.num_bytes_downloaded != int(stated)):
        raise PollFailed(_not_a_file(host, f"sent {size} bytes" + (f" of {stated}" if stated else "")))
    return head


def _refuse_page(head: bytes, mime: str, suffix: str, host: str) -> None:
    if sniff(head) is not None or suffix in _TEXTUAL or kind_of_suffix(f".{suffix}") is Kind.TEXT:
        return
    if mime in _PAGE_TYPES or head.lstrip().lower().startswith(_PAGE_STARTS):
        raise PollFailed(_not_a_file(host, f"sent a page ({mime or 'no type'}) instead of a file"))


def _not_a_file(host: str, what: str) -> Failure:
    return Failure(FailureKind.BAD_MEDIA, f"{host} {what}.", "download", None, "no", True)


def _download_refused(host: str, status: int) -> Failure:
    if status in _GONE:
        return Failure(
            FailureKind.GONE,
            f"{host} does not have the result any more (HTTP {status}).",
            f"http-{status}",
            "Results are kept for about 24 hours; after that only the site's own task page can help.",
        )
    kind = FailureKind.THROTTLED if status == 429 else FailureKind.VENDOR_ERROR
    message = f"{host} answered HTTP {status} instead of a result."
    return Failure(kind, message, f"http-{status}", None, "no", status in (408, 425, 429) or status >= 500)


def _type_of(response: httpx.Response) -> str:
    return str(response.headers.get("content-type", "")).split(";")[0].strip().lower()


def _stated_size(response: httpx.Response) -> int | None:
    """How long the whole file is, from `Content-Range: bytes 0-0/1234` or `Content-Length`."""
    text = response.headers.get("content-length", "")
    if response.status_code == 206:
        text = response.headers.get("content-range", "").rpartition("/")[2]
    return int(text) if text.isdecimal() else None


def _open_new(path: Path) -> BinaryIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("wb")
    except OSError as error:
        raise _cannot_write(path, error) from error


def _write(file: BinaryIO, piece: bytes, path: Path) -> None:
    try:
        file.write(piece)
    except OSError as error:
        raise _cannot_write(path, error) from error


def _cannot_write(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"{path} cannot be written: {error.strerror or error}", "Free some space, then resume the run."
    )
