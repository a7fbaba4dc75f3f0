"""Bring every medium of a request to where it can be read, each at most once.

Models read an address; nodes of a workflow read a file by the name its upload was given. One
upload gives both, so the bytes go up once whoever wants them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path, PurePath
from urllib.parse import urlsplit

from rhflow.ground.errors import Bug, StoreError
from rhflow.ground.references import BlobMedia, Deferred, FileMedia, Ref, Resolved, UrlMedia
from rhflow.ground.values import Json, JsonObject
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.ports import PollFailed, Uploads
from rhflow.providers.runninghub.parcels import Parcel
from rhflow.providers.runninghub.reading import Uploaded
from rhflow.providers.runninghub.transfers import Transfers

UPLOAD_LIVES_S = 23 * 3600.0
"""The vendor keeps an upload for a day (RunningHub API, lifetimes); an hour is left for the task to start."""

NAMES = "#names"
"""What the realm is followed by where uploads are remembered under the names nodes know them by."""

ALIVE_FOR_S = 60.0
"""How long the answer to "does this address still live?" is believed."""


class Stager:
    """Uploads of one provider: what is alive, what is on its way."""

    def __init__(
        self, transfers: Transfers, realm: str, now: Callable[[], float], *, own_hosts: set[str]
    ) -> None:
        self._transfers = transfers
        self._realm = realm
        self._now = now
        self._own_hosts = own_hosts
        self._on_their_way: dict[str, asyncio.Task[Uploaded]] = {}
        self._alive: dict[str, tuple[float, bool]] = {}

    async def fill(
        self, arguments: dict[str, Resolved], uploads: Uploads, *, by_name: bool = False
    ) -> JsonObject:
        """The arguments, with an address in place of every medium; `by_name`: the name nodes know it by.

        An address the author wrote stays as it is either way: some nodes fetch one themselves.

        Raises:
            PollFailed: a medium could not be brought there.
            StoreError: its bytes cannot be read.
        """
        media = _media_in(arguments)
        where = self._name if by_name else self._address
        found = await asyncio.gather(
            *(where(item, uploads) for item in media.values()), return_exceptions=True
        )
        places: dict[str, str] = {}
        for digest, outcome in zip(media, found, strict=True):
            if isinstance(outcome, BaseException):
                raise outcome
            places[digest] = outcome
        return {name: _filled(value, places) for name, value in arguments.items()}

    async def close(self) -> None:
        """Stop what is on its way; the bytes are here, so nothing is lost."""
        waiting = list(self._on_their_way.values())
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _address(self, media: FileMedia | BlobMedia, uploads: Uploads) -> str:
        digest = _digest_of(media)
        path = uploads.open_path(media)
        hint = media.url if isinstance(media, BlobMedia) else None
        if hint is not None and self._is_ours(hint) and await self._is_alive(hint, path):
            return hint
        earlier = await uploads.recall(self._realm, digest)
        if earlier is not None and await self._is_alive(earlier, path):
            return earlier
        return (await self._up(media, path, uploads)).url

    async def _name(self, media: FileMedia | BlobMedia, uploads: Uploads) -> str:
        """Nobody says how long a name is good for: it is believed while the address of the bytes lives."""
        digest = _digest_of(media)
        path = uploads.open_path(media)
        name = await uploads.recall(self._realm + NAMES, digest)
        address = await uploads.recall(self._realm, digest)
        if name is not None and address is not None and await self._is_alive(address, path):
            return name
        uploaded = await self._up(media, path, uploads)
        if not uploaded.name:
            message = "RunningHub took the upload and did not say what nodes may call it."
            raise PollFailed(Failure(FailureKind.VENDOR_ERROR, message, "upload", repeatable=True))
        return uploaded.name

    async def _up(self, media: FileMedia | BlobMedia, path: Path, uploads: Uploads) -> Uploaded:
        """Upload it, unless somebody is doing that already."""
        digest = _digest_of(media)
        task = self._on_their_way.get(digest)
        if task is None:
            task = asyncio.create_task(self._upload(Parcel(path, digest, _suffix(media)), uploads))
            self._on_their_way[digest] = task
            task.add_done_callback(lambda done: self._arrived(digest, done))
        return await asyncio.shield(task)  # others may wait for the same bytes

    async def _upload(self, parcel: Parcel, uploads: Uploads) -> Uploaded:
        uploaded = await self._transfers.upload(parcel)
        self._own_hosts.add(urlsplit(uploaded.url).netloc)
        until = self._now() + UPLOAD_LIVES_S
        await uploads.remember(self._realm, parcel.sha256, uploaded.url, until)
        if uploaded.name:
            await uploads.remember(self._realm + NAMES, parcel.sha256, uploaded.name, until)
        self._alive[uploaded.url] = (time.monotonic() + ALIVE_FOR_S, True)
        return uploaded

    def _arrived(self, digest: str, task: asyncio.Task[Uploaded]) -> None:
        self._on_their_way.pop(digest, None)
        if not task.cancelled():
            task.exception()  # looked at, whether or not anybody still waits

    def _is_ours(self, url: str) -> bool:
        """Whether the address is of a host this site itself names: a simulator's is nothing to the vendor."""
        return urlsplit(url).netloc in self._own_hosts

    async def _is_alive(self, url: str, path: Path) -> bool:
        until, alive = self._alive.get(url, (0.0, False))
        if time.monotonic() < until:
            return alive
        alive = await self._transfers.is_alive(url, await asyncio.to_thread(_size_of, path))
        now = time.monotonic()
        self._alive = {known: entry for known, entry in self._alive.items() if entry[0] > now}
        self._alive[url] = (now + ALIVE_FOR_S, alive)
        return alive


def _media_in(value: Resolved) -> dict[str, FileMedia | BlobMedia]:
    """Every medium whose bytes are at hand, by digest, each once.

    Raises:
        Bug: a leaf that should have been replaced before.
    """
    match value:
        case FileMedia() | BlobMedia():
            return {_digest_of(value): value}
        case dict():
            return {digest: media for item in value.values() for digest, media in _media_in(item).items()}
        case list():
            return {digest: media for item in value for digest, media in _media_in(item).items()}
        case Ref() | Deferred():
            raise Bug(f"a request is staged while {value!r} still waits")
        case _:
            return {}


def _filled(value: Resolved, addresses: dict[str, str]) -> Json:
    match value:
        case FileMedia() | BlobMedia():
            return addresses[_digest_of(value)]
        case UrlMedia():
            return value.url
        case dict():
            return {name: _filled(item, addresses) for name, item in value.items()}
        case list():
            return [_filled(item, addresses) for item in value]
        case Ref() | Deferred():
            raise Bug(f"a request is staged while {value!r} still waits")
        case _:
            return value


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror or error}") from error


def _digest_of(media: FileMedia | BlobMedia) -> str:
    if media.sha256 is None:
        raise Bug(f"{media!r} is staged before anybody read it")
    return media.sha256


def _suffix(media: FileMedia | BlobMedia) -> str:
    suffix = media.suffix if isinstance(media, BlobMedia) else PurePath(media.path).suffix
    plain = suffix.lstrip(".").lower()
    return plain if plain.isascii() and plain.isalnum() else ""
