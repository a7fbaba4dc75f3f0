"""Text that stands for media: a path beside the pipeline, or something the far side fetches itself."""

from __future__ import annotations

from pathlib import PurePath

from rhflow.ground.media import Kind
from rhflow.ground.references import FileMedia, UrlMedia

URL_PREFIXES = ("https://", "http://", "data:", "asset://")


def is_url(text: str) -> bool:
    """Whether the far side fetches it itself."""
    return text.lower().startswith(URL_PREFIXES)


def as_media(text: str, kind: Kind, folder: str) -> FileMedia | UrlMedia:
    """The medium a string stands for in a media parameter.

    `folder` is what relative paths are relative to; the path is joined as text, nothing is looked up.
    """
    if is_url(text):
        return UrlMedia(text, kind)
    return FileMedia(str(PurePath(folder) / text), kind)
