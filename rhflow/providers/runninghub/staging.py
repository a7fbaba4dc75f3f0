"""Bring every medium of a request to where a model can read it, each at most once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path, PurePath
from urllib.parse import urlsplit

from rhflow.ground.errors import Bug, StoreError
from rhflow.ground.references import BlobMedia, Deferred, FileMedia, Ref, Resolved, UrlMedia
from rhflow.ground.values import Json, JsonObject
from rhflow.ports import Request, Staged, Uploads
from rhflow.providers.runninghub.transfers import Parcel, Transfers

UPLOAD_LIVES_S = 23 * 3600.0
"""The vendor keeps an upload for a day (RunningHub API, lifetimes); an hour is left for the task to start."""

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
        self._on_their_way: dict[str, asyncio.Task[str]] = {}
        self._alive: dict[str, tuple[float, bool]] = {}

    async def stage(self, request: Request, uploads: Uploads) -> Staged:
        """The body to be sent.

        Raises:
            PollFailed: a medium could not be brought there.
            StoreError: its bytes cannot be read.
        """
        media = _media_in(request.arguments)
        found = await asyncio.gather(
            *(self._address(item, uploads) for item in media.values()), return_exceptions=True
        )
        addresses: dict[str, str] = {}
        for digest, outcome in zip(media, found, strict=True):
            if isinstance(outcome, BaseException):
                raise outcome
            addresses[digest] = outcome
        body: JsonObject = {name: _filled(value, addresses) for name, value in request.arguments.items()}
        return Staged(request.endpoint, body)

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
        task = self._on_their_way.get(digest)
        if task is None:
            task = asyncio.create_task(self._upload(Parcel(path, digest, _suffix(media)), uploads))
            self._on_their_way[digest] = task
            task.add_done_callback(lambda done: self._arrived(digest, done))
        return await asyncio.shield(task)  # others may wait for the same bytes

    async def _upload(self, parcel: Parcel, uploads: Uploads) -> str:
        url = await self._transfers.upload(parcel)
        self._own_hosts.add(urlsplit(url).netloc)
        await uploads.remember(self._realm, parcel.sha256, url, self._now() + UPLOAD_LIVES_S)
        self._alive[url] = (time.monotonic() + ALIVE_FOR_S, True)
        return url

    def _arrived(self, digest: str, task: asyncio.Task[str]) -> None:
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
