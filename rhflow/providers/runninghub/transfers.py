"""Bytes there and back: streamed in pieces, checked, and tried again, for they cost nothing.

An upload goes to the site with the key; a download goes to whatever host the site named, without
it. Memory stays at one piece, whatever the size.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import httpx

from rhflow.ground.errors import Bug, RhflowError
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.ports import PollFailed
from rhflow.providers.runninghub.client import MOST_ANSWER_BYTES, RunningHubClient
from rhflow.providers.runninghub.downloads import PAGE_TYPES, Downloads, type_of
from rhflow.providers.runninghub.exchange import Answer, AnswerTooLong, Exchange, NoAnswer, whole_answer
from rhflow.providers.runninghub.parcels import Parcel, Sending, as_bytes, as_form
from rhflow.providers.runninghub.reading import Reader, Uploaded

UPLOAD_PATH = "/openapi/v2/media/upload/binary"
OLDER_UPLOAD_PATH = "/task/openapi/upload"
OLDER_UPLOAD_MOST = 30 * 1024 * 1024
"""Above this the older upload answers 809 (RunningHub API, v1 upload); known beforehand, nothing is sent."""

WAITS = (0.5, 2.0, 5.0)
"""Seconds before the second, third and fourth try."""

_T = TypeVar("_T")


class Transfers:
    """Uploads, downloads and the question whether an address still lives."""

    def __init__(self, client: RunningHubClient, reader: Reader, *, waits: tuple[float, ...] = WAITS) -> None:
        self._client = client
        self._reader = reader
        self._waits = waits
        self._http, self._places = client.transfer_pool
        self._downloads = Downloads(self._http, self._places, waits)

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
                if response.status_code not in (200, 206) or type_of(response) in PAGE_TYPES:
                    return False
                stated = _stated_size(response)
                return stated is None or size is None or stated == size
        except Exception:  # noqa: BLE001  # raw OSError and h11 errors come out of the library too
            return False

    async def upload(self, parcel: Parcel) -> Uploaded:
        """Send a file; where models can read it, and what nodes call it (RunningHub API, v2 upload).

        Raises:
            PollFailed: it did not go through, or the file is not what it was.
            StoreError: the file cannot be read.
        """

        async def once() -> Uploaded:
            return self._reader.uploaded(await self._post(UPLOAD_PATH, await as_form(parcel, {})))

        return await self._again(once)

    async def older_upload(self, parcel: Parcel, file_type: str = "input") -> str:
        """Send a file by the older call; what nodes call it. Models cannot read it (RunningHub API, upload).

        Raises:
            PollFailed: it is too large, did not go through, or is not what it was.
            StoreError: the file cannot be read.
        """

        async def once() -> str:
            fields = {"apiKey": self._client.key.reveal(), "fileType": file_type}
            sending = await as_form(parcel, fields)
            if sending.size > OLDER_UPLOAD_MOST:
                await sending.close()
                raise PollFailed(_too_large(parcel, sending.size))
            return self._reader.uploaded_for_nodes(await self._post(OLDER_UPLOAD_PATH, sending))

        return await self._again(once)

    async def put(self, address: str, parcel: Parcel) -> None:
        """Put a file to an address that was signed for it, without the key.

        Raises:
            PollFailed: it did not go through, or the file is not what it was.
            StoreError: the file cannot be read.
        """
        url = httpx.URL(address)

        async def once() -> None:
            sending = await as_bytes(parcel)
            answer = await self._send(  # the signature goes over the wire and into no log
                "PUT", str(url.copy_with(query=None)), sending, {"target": url.raw_path}
            )
            self._reader.stored(answer, url.host)

        await self._again(once)

    async def download(self, url: str, folder: Path, stem: str, said_type: str | None = None) -> Path:
        """Fetch an address into `folder/stem.suffix`, whole or not at all; it goes on where the line broke.

        Raises:
            PollFailed: gone, unreachable, cut short, or a page instead of a file.
            StoreError: the file cannot be written.
        """
        return await self._downloads.fetch(url, folder, stem, said_type)

    async def _again(self, once: Callable[[], Awaitable[_T]]) -> _T:
        for wait in (*self._waits, None):
            try:
                return await once()
            except PollFailed as trouble:
                if wait is None or not trouble.failure.repeatable:
                    raise
            await asyncio.sleep(wait)
        raise Bug("the last try neither answered nor failed")

    async def _post(self, path: str, sending: Sending) -> Exchange:
        sending.headers |= self._client.authorization()
        return await self._send("POST", self._client.site.base + path, sending, {})

    async def _send(self, method: str, url: str, sending: Sending, extensions: dict[str, bytes]) -> Exchange:
        try:
            async with (
                self._places,
                self._http.stream(
                    method, url, content=sending.pieces(), headers=sending.headers, extensions=extensions
                ) as response,
            ):
                return await _small_answer(response)
        except (PollFailed, RhflowError):
            raise
        except Exception as error:  # noqa: BLE001  # raw OSError and h11 errors come out of the library too
            return NoAnswer(error, httpx.URL(url).host, proxied=self._client.is_proxied)
        finally:
            await sending.close()


def _too_large(parcel: Parcel, size: int) -> Failure:
    message = f"{parcel.path} has {size / 1_048_576:.0f} MB, and this upload takes 30 MB."
    return Failure(FailureKind.REFUSED_INPUT, message, "809", "Make the file smaller.")


async def _small_answer(response: httpx.Response) -> Answer:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > MOST_ANSWER_BYTES:
            raise AnswerTooLong("the answer does not end")
    return whole_answer(response.status_code, response.headers, bytes(body))


def _stated_size(response: httpx.Response) -> int | None:
    """How long the whole file is, from `Content-Range: bytes 0-0/1234` or `Content-Length`."""
    text = response.headers.get("content-length", "")
    if response.status_code == 206:
        text = response.headers.get("content-range", "").rpartition("/")[2]
    return int(text) if text.isdecimal() else None
