"""Media leaves of a request become paths of files on this disk."""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path
from urllib.parse import unquote_to_bytes

from rhflow.ground.errors import Bug
from rhflow.ground.hashing import digest_bytes
from rhflow.ground.media import sniff
from rhflow.ground.references import BlobMedia, Deferred, FileMedia, Ref, Resolved, UrlMedia
from rhflow.ground.values import Json
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.ports import PollFailed, Uploads


def localize(value: Resolved, uploads: Uploads, inputs: Path) -> Json:
    """The value with every medium as an absolute path; `data:` URIs are written into `inputs`.

    Raises:
        PollFailed: a medium that is not on this machine.
    """
    match value:
        case FileMedia() | BlobMedia():
            return _path_of(value, uploads)
        case UrlMedia():
            return str(_write_data_uri(value.url, inputs))
        case Ref() | Deferred():
            raise Bug(f"a local step was started while {value} is still unknown")
        case dict():
            return {key: localize(item, uploads, inputs) for key, item in value.items()}
        case list():
            return [localize(item, uploads, inputs) for item in value]
        case _:
            return value


def _path_of(media: FileMedia | BlobMedia, uploads: Uploads) -> str:
    try:
        path = uploads.open_path(media).absolute()
    except OSError as error:
        name = (
            media.path
            if isinstance(media, FileMedia)
            else f"the stored {media.kind.value} {media.sha256[:12]}"
        )
        raise _refused(f"{name} cannot be read: {error.strerror or error}") from None
    return str(path)


def _write_data_uri(url: str, inputs: Path) -> Path:
    """The bytes of a `data:` URI as a file named by their digest."""
    head, comma, body = url.partition(",")
    if not head.lower().startswith("data:"):
        raise _refused(
            f"A step on this machine cannot use {url[:120]}", "Give it a file, or the result of another step."
        )
    try:
        packed = unquote_to_bytes(body)
        data = base64.b64decode(packed, validate=True) if head.lower().endswith(";base64") else packed
    except binascii.Error:
        data = b""
    if not comma or not data:
        raise _refused(f"The data URI {url[:40]}… holds no bytes", "Check that it was copied whole.")
    sniffed = sniff(data[:64])
    path = inputs / f"{digest_bytes(data)}.{sniffed.suffix if sniffed else 'bin'}"
    if not path.exists():
        inputs.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.{os.getpid()}")
        unfinished.write_bytes(data)
        unfinished.replace(path)
    return path.absolute()


def _refused(message: str, hint: str | None = None) -> PollFailed:
    return PollFailed(Failure(FailureKind.REFUSED_INPUT, message, hint=hint))
