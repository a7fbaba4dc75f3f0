"""Digests: the only place that knows which hash we use.

Every pre-image begins with the name of what it is, so that two kinds of thing can never
share a digest, and JSON is written canonically (RFC 8785), so that the same value always
has the same digest whatever wrote it.
"""

from __future__ import annotations

import hashlib
from typing import Protocol

import rfc8785

from rhflow.ground.values import Json


class Hasher(Protocol):
    """An unfinished digest; feed it with `update`."""

    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


def hasher() -> Hasher:
    """A fresh SHA-256 over raw bytes: the name of an object in the store."""
    return hashlib.sha256()


def md5_hasher() -> Hasher:
    """A fresh MD5: by it the vendor knows a file again; nothing of ours is named by it."""
    return hashlib.md5(usedforsecurity=False)


def digest_bytes(data: bytes) -> str:
    """SHA-256 of raw bytes as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def canonical(value: Json) -> bytes:
    """Canonical JSON (RFC 8785).

    Raises:
        ValueError: the value holds NaN, an infinity, or an integer JSON cannot carry exactly.
    """
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        raise ValueError(str(error)) from error


def digest_json(kind: str, value: Json) -> str:
    """Digest of a typed JSON value, for example `digest_json("task/1", {...})`.

    Raises:
        ValueError: the value has no canonical form.
    """
    return hashlib.sha256(kind.encode() + b"\0" + canonical(value)).hexdigest()
