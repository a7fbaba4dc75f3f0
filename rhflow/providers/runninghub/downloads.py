"""A result on its way in: whole or not at all, and where the line breaks it goes on from there.

Memory stays at one piece, whatever the size. A broken download is continued with `Range` where the
server gave the file a mark (`ETag`, else `Last-Modified`) by which `If-Range` can tell that it is
still the same; without a mark, or where the server sends the whole again, it begins anew.
"""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

import httpx

from rhflow.ground.errors import RhflowError, StoreError
from rhflow.ground.media import SNIFF_BYTES, Kind, kind_of_suffix, sniff
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.ports import PollFailed
from rhflow.providers.runninghub.exchange import NoAnswer
from rhflow.providers.runninghub.parcels import PIECE
from rhflow.providers.runninghub.verdicts import unreachable

PAGE_TYPES = ("text/html", "application/xhtml+xml", "application/json", "application/xml", "text/xml")
_PAGE_STARTS = (b"<!doctype", b"<html", b"<?xml", b"<error", b"{")
_TEXTUAL = frozenset({"svg", "gltf", "html", "htm", "xml", "csv", "vtt", "usda", "obj", "mtl", "zip"})
"""Suffixes beyond the text ones whose files may begin like a page, or whose type servers often misname."""

_GONE = (403, 404, 410)
"""What a result's address answers once its day is over; which of them, nobody documents."""

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


@dataclass(slots=True)
class _Growing:
    """What there is of a file so far."""

    path: Path
    host: str
    suffix: str
    size: int = 0
    total: int | None = None
    mark: str = ""
    head: bytes = b""

    def asks_for_the_rest(self) -> dict[str, str]:
        """The headers of a request that goes on where the last one broke; none where it begins."""
        if not self.size or not self.mark:
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": self.mark}

    def begin(self, response: httpx.Response) -> None:
        """Forget what came; the whole comes now."""
        headers = response.headers
        packed = headers.get("content-encoding", "identity").lower() not in ("", "identity")
        stated = headers.get("content-length", "")
        self.size, self.head = 0, b""
        self.total = int(stated) if stated.isdecimal() and not packed else None
        self.mark = "" if packed else _mark_of(headers)

    def goes_on(self, response: httpx.Response) -> bool:
        """Whether a 206 is the very piece that is missing."""
        found = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", "").strip())
        if found is None or int(found[1]) != self.size:
            return False
        return found[3] == "*" or self.total is None or int(found[3]) == self.total


def _mark_of(headers: httpx.Headers) -> str:
    """A strong ETag, else the date of the last change; a weak ETag promises nothing about bytes."""
    etag = str(headers.get("etag", "")).strip()
    return etag if etag.startswith('"') else str(headers.get("last-modified", "")).strip()


class Downloads:
    """Fetches addresses that the site named, without the key.

    `waits` are the seconds between tries; a try that brought a whole piece more begins their count anew.
    """

    def __init__(self, http: httpx.AsyncClient, places: asyncio.Semaphore, waits: tuple[float, ...]) -> None:
        self._http = http
        self._places = places
        self._waits = waits

    async def fetch(self, url: str, folder: Path, stem: str, said_type: str | None = None) -> Path:
        """Fetch an address into `folder/stem.suffix`, whole or not at all.

        Raises:
            PollFailed: gone, unreachable, cut short, or a page instead of a file.
            StoreError: the file cannot be written.
        """
        host = urlsplit(url).hostname or "the address of a result"
        suffix = suffix_of(url) or suffix_of(f".{said_type or ''}")
        growing = _Growing(folder / f"{stem}.part", host, suffix)
        tries = 0
        while True:
            before = growing.size
            try:
                await self._try(url, growing)
                return await _named(growing, folder, stem)
            except PollFailed as trouble:
                if growing.size - before >= PIECE:
                    tries = 0
                if tries == len(self._waits) or not trouble.failure.repeatable:
                    raise
            await asyncio.sleep(self._waits[tries])
            tries += 1

    async def _try(self, url: str, growing: _Growing) -> None:
        headers = growing.asks_for_the_rest()
        try:
            async with (
                self._places,
                self._http.stream("GET", url, headers=headers, follow_redirects=True) as response,
            ):
                await _take(response, growing, is_rest=bool(headers))
        except (PollFailed, RhflowError):
            raise
        except Exception as error:  # noqa: BLE001  # raw OSError and h11 errors come out of the library too
            raise PollFailed(unreachable(NoAnswer(error, growing.host))) from None


async def _take(response: httpx.Response, growing: _Growing, *, is_rest: bool) -> None:
    status = response.status_code
    if is_rest and (status == 416 or (status == 206 and not growing.goes_on(response))):
        growing.size = 0  # the next try begins anew
        raise PollFailed(_not_a_file(growing.host, "sent another piece than the one that was missing"))
    if status != 200 and not (is_rest and status == 206):
        raise PollFailed(_refused(growing.host, status))
    if status == 200:
        growing.begin(response)
    await _to_disk(response, growing)


async def _to_disk(response: httpx.Response, growing: _Growing) -> None:
    """Write a body down and check it.

    Raises:
        PollFailed: it is empty, a page, or shorter than it said.
        StoreError: the disk would not take it.
    """
    file = await asyncio.to_thread(_open, growing.path, anew=not growing.size)
    try:
        async for piece in response.aiter_bytes(PIECE):
            if not growing.size:
                growing.head = piece[:SNIFF_BYTES]
                _refuse_page(growing, type_of(response))
            await asyncio.to_thread(_write, file, piece, growing.path)
            growing.size += len(piece)
    finally:
        await asyncio.to_thread(_close, file, growing.path)
    stated = response.headers.get("content-length", "")
    is_short = stated.isdecimal() and response.num_bytes_downloaded != int(stated)
    if not growing.size or is_short or growing.total not in (None, growing.size):
        of_all = f" of {growing.total or stated}" if growing.total or stated else ""
        raise PollFailed(_not_a_file(growing.host, f"sent {growing.size} bytes{of_all}"))


async def _named(growing: _Growing, folder: Path, stem: str) -> Path:
    suffix = growing.suffix
    if not suffix:
        found = sniff(growing.head)
        suffix = found.suffix if found else "bin"
    target = folder / f"{stem}.{suffix}"
    try:
        await asyncio.to_thread(os.replace, growing.path, target)
    except OSError as error:
        raise _cannot_write(target, error) from error
    return target


def suffix_of(url: str) -> str:
    """The suffix of an address's path in lower case without dot, empty where it has no plain one."""
    name = unquote(urlsplit(url).path).rpartition("/")[2]
    _, dot, suffix = name.rpartition(".")
    return suffix.lower() if dot and re.fullmatch(r"[A-Za-z0-9]{1,8}", suffix) else ""


def type_of(response: httpx.Response) -> str:
    """The media type a response states, in lower case, without parameters."""
    return str(response.headers.get("content-type", "")).split(";")[0].strip().lower()


def _refuse_page(growing: _Growing, mime: str) -> None:
    head, suffix = growing.head, growing.suffix
    if sniff(head) is not None or suffix in _TEXTUAL or kind_of_suffix(f".{suffix}") is Kind.TEXT:
        return
    if mime in PAGE_TYPES or head.lstrip().lower().startswith(_PAGE_STARTS):
        raise PollFailed(_not_a_file(growing.host, f"sent a page ({mime or 'no type'}) instead of a file"))


def _not_a_file(host: str, what: str) -> Failure:
    return Failure(FailureKind.BAD_MEDIA, f"{host} {what}.", "download", None, "no", True)


def _refused(host: str, status: int) -> Failure:
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


def _open(path: Path, *, anew: bool) -> BinaryIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("wb" if anew else "ab")
    except OSError as error:
        raise _cannot_write(path, error) from error


def _write(file: BinaryIO, piece: bytes, path: Path) -> None:
    try:
        file.write(piece)
    except OSError as error:
        raise _cannot_write(path, error) from error


def _close(file: BinaryIO, path: Path) -> None:
    try:
        file.close()  # what is still in its buffer goes to the disk here
    except OSError as error:
        raise _cannot_write(path, error) from error


def _cannot_write(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"{path} cannot be written: {error.strerror or error}", "Free some space, then resume the run."
    )
