"""Every request and its answer as a line of JSON, with keys masked: what a client really says."""

from __future__ import annotations

import json
import re
import threading
import time
import urllib.parse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rhflow.ground.errors import UsageError
from rhflow.ground.values import Json, JsonObject
from rhflow.simulator.comfy.address import masked_path
from rhflow.simulator.keys import tail_of

_MOST = 65_536
"""Bytes of a body that are written; of a longer one only its length is."""
_KEY_FIELDS = ("apikey", "api_key", "userapikey")
_KEYS_IN_TEXT = re.compile(
    r"""["']api_?key["']\s*[:=]\s*["']([^"']+)|\bapi_?key=([^&\s]+)"""
    r"""|name="apiKey"\r\n(?:[^\r\n]+\r\n)*\r\n([^\r\n]+)|Bearer\s+([^\s"']+)""",
    re.IGNORECASE,
)
"""Keys in JSON, forms, parts of uploads and headers, whatever the content type says."""


class Record:
    """A file of lines, written as the answers leave."""

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            UsageError: it cannot be written.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a", encoding="utf-8")
        except OSError as error:
            raise UsageError(f"The record {path} cannot be written: {error}", "Name another file.") from error
        self._lock = threading.Lock()

    def close(self) -> None:
        self._file.close()

    async def around(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """One call, and its line."""
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        asked, told = _Side(), _Side()
        start = time.monotonic()

        async def hear() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                asked.take(message.get("body", b""))
            return message

        async def say(message: Message) -> None:
            if message["type"] == "http.response.start":
                told.status, told.headers = message["status"], message.get("headers", [])
            else:
                told.take(message.get("body", b""))
            await send(message)

        asked.headers = scope["headers"]
        try:
            await app(scope, hear, say)
        finally:
            self._write(
                {
                    "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                    "seconds": round(time.monotonic() - start, 4),
                    "method": scope["method"],
                    "path": masked_path(scope["path"]),
                    "query": _query(scope.get("query_string", b"")),
                    "request": asked.to_json(),
                    "status": told.status,
                    "response": told.to_json(),
                }
            )

    def _write(self, line: Json) -> None:
        with self._lock:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()


class _Side:
    """What one side said: headers and a body, as much of it as is written."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.headers: Any = []
        self._body = bytearray()
        self._bytes = 0

    def take(self, chunk: bytes) -> None:
        self._bytes += len(chunk)
        if self._bytes <= _MOST:
            self._body += chunk

    def to_json(self) -> Json:
        headers: JsonObject = {name.decode("latin-1"): _header(name, value) for name, value in self.headers}
        return {"headers": headers, "body": self._shown()}

    def _shown(self) -> Json:
        if self._bytes > _MOST:
            return {"bytes": self._bytes}
        if not self._bytes:
            return None
        try:
            text = self._body.decode("utf-8")
        except ValueError:
            return {"bytes": self._bytes}
        try:
            return masked(json.loads(text))
        except (ValueError, RecursionError):
            return _without_keys(text)


def masked(value: Json) -> Json:
    """A JSON value without keys: all but their last four characters are stars."""
    if isinstance(value, dict):
        return {
            name: _mask(item) if name.lower() in _KEY_FIELDS and isinstance(item, str) else masked(item)
            for name, item in value.items()
        }
    return [masked(item) for item in value] if isinstance(value, list) else value


def _without_keys(text: str) -> str:
    """A text in which keys are stars, wherever they stand in it."""
    for found in {each for match in _KEYS_IN_TEXT.findall(text) for each in match if each}:
        text = text.replace(found, _mask(found))
    return text


def _mask(key: str) -> str:
    return f"****{tail_of(key)}" if key else ""


def _header(name: bytes, value: bytes) -> str:
    text = value.decode("latin-1")
    if name.lower() in (b"authorization", b"cookie", b"x-api-key"):
        scheme, _, key = text.rpartition(" ")
        return f"{scheme} {_mask(key)}".strip()
    return text


def _query(raw: bytes) -> str:
    """A query string with its keys masked."""
    pairs = urllib.parse.parse_qsl(raw.decode("latin-1"), keep_blank_values=True)
    return urllib.parse.urlencode(
        [(name, _mask(value) if name.lower() in _KEY_FIELDS else value) for name, value in pairs]
    )
