"""The key: the digest of the very request, with media by their bytes.

What enters: realm, endpoint, every argument sent, bytes of media, the text of texts, take, and a local step's
version. What does not: passwords, step id, label, position, price, policy, order, URLs, webhook, the date of
the catalogue.
`docs/keys.md` has the table; a test has it too.
"""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import parse_qsl, unquote_to_bytes, urlencode, urlsplit, urlunsplit

from rhflow.ground.hashing import digest_bytes, digest_json
from rhflow.ground.references import BlobMedia, Deferred, FileMedia, Ref, Resolved, UrlMedia
from rhflow.ground.values import Json, JsonObject
from rhflow.language.node_values import keyed

KEY_VERSION = "task/1"
"""Old versions stay readable: a paid result must never be lost to an upgrade."""

_SIGNATURE = re.compile(
    r"^(x-(amz|oss|cos|goog|tos)-.*|.*(signature|token|expire|credential|identify).*|sign|sig|ts|rand|nonce"
    r"|(.*[-_.])?auth([-_.]?key|orization)?"
    r"|(oss|aws|google)?accesskey(id)?|googleaccessid|policy|key-pair-id|q-.*)$",
    re.IGNORECASE,
)


class NoKey(ValueError):
    """The request is not known well enough to have a key. An error, never a miss."""


def task_key(
    realm: str, endpoint: str, arguments: dict[str, Resolved], *, take: int = 1, version: int | None = None
) -> str:
    """64 hexadecimal digits.

    Raises:
        NoKey: a medium's bytes are unknown, something still waits, or a value has no canonical form.
    """
    asked = identity(keyed(arguments))
    body: JsonObject = {"realm": realm, "endpoint": endpoint, "arguments": asked, "take": take}
    if version is not None:
        body["version"] = version
    try:
        return digest_json(KEY_VERSION, body)
    except ValueError as error:
        raise NoKey(f"the request has a value that JSON cannot carry: {error}") from error


def identity(value: Resolved) -> Json:
    """A value as it enters the key: media by their bytes, never by where they are.

    Raises:
        NoKey: see `task_key`.
    """
    match value:
        case BlobMedia():
            return {"$bytes": value.sha256}
        case FileMedia():
            if value.sha256 is None:
                raise NoKey(f"nobody has read {value.path} yet")
            return {"$bytes": value.sha256}
        case UrlMedia():
            return {"$bytes": value.sha256} if value.sha256 else _url_identity(value.url)
        case Ref():
            raise NoKey(f"the {value.output} of {value.task} is not known yet")
        case Deferred():
            raise NoKey("an expression still waits for a result")
        case dict():
            return {name: identity(item) for name, item in value.items()}
        case list():
            return [identity(item) for item in value]
        case _:
            return value


def _url_identity(url: str) -> Json:
    if url.startswith("data:"):
        return {"$bytes": digest_bytes(data_uri_bytes(url))}
    return {"$url": without_signature(url)}


def data_uri_bytes(url: str) -> bytes:
    """The bytes a `data:` URI carries.

    Raises:
        NoKey: it is not well formed.
    """
    head, comma, payload = url.partition(",")
    if not comma:
        raise NoKey("a data: URI without a comma carries nothing")
    raw = unquote_to_bytes(payload)
    if not head.endswith(";base64"):
        return raw
    try:
        return base64.b64decode(raw, validate=True)
    except binascii.Error as error:
        raise NoKey("a data: URI whose base64 cannot be read") from error


def without_signature(url: str) -> str:
    """The URL without what only says who may fetch it, and until when.

    Raises:
        NoKey: it cannot be read as a URL.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise NoKey(f"an address that cannot be read: {error}") from error
    kept = [(name, value) for name, value in parse_qsl(parts.query, True) if not _SIGNATURE.match(name)]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(kept), ""))
