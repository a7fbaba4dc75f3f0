"""Kinds of media, and what bytes say of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a model takes or makes."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    TEXT = "text"
    MODEL3D = "model3d"


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What the first bytes show: a kind, a file suffix without dot, a media type."""

    kind: Kind
    suffix: str
    mime: str


SNIFF_BYTES = 64
"""How many leading bytes `sniff` wants."""

_MAGIC: tuple[tuple[int, bytes, Sniffed], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", Sniffed(Kind.IMAGE, "png", "image/png")),
    (0, b"\xff\xd8\xff", Sniffed(Kind.IMAGE, "jpg", "image/jpeg")),
    (0, b"GIF8", Sniffed(Kind.IMAGE, "gif", "image/gif")),
    (0, b"BM", Sniffed(Kind.IMAGE, "bmp", "image/bmp")),
    (8, b"WEBP", Sniffed(Kind.IMAGE, "webp", "image/webp")),
    (8, b"WAVE", Sniffed(Kind.AUDIO, "wav", "audio/wav")),
    (8, b"AVI ", Sniffed(Kind.VIDEO, "avi", "video/x-msvideo")),
    (0, b"\x1aE\xdf\xa3", Sniffed(Kind.VIDEO, "mkv", "video/x-matroska")),
    (0, b"ID3", Sniffed(Kind.AUDIO, "mp3", "audio/mpeg")),
    (0, b"fLaC", Sniffed(Kind.AUDIO, "flac", "audio/flac")),
    (0, b"OggS", Sniffed(Kind.AUDIO, "ogg", "audio/ogg")),
    (0, b"glTF", Sniffed(Kind.MODEL3D, "glb", "model/gltf-binary")),
)

_FTYP_BRANDS: dict[bytes, Sniffed] = {
    b"qt  ": Sniffed(Kind.VIDEO, "mov", "video/quicktime"),
    b"M4A ": Sniffed(Kind.AUDIO, "m4a", "audio/mp4"),
    b"avif": Sniffed(Kind.IMAGE, "avif", "image/avif"),
    b"heic": Sniffed(Kind.IMAGE, "heic", "image/heic"),
}

_TEXT_SUFFIXES = {"txt", "json", "srt", "md"}
_BY_SUFFIX: dict[str, Kind] = {
    **dict.fromkeys(("png", "jpg", "jpeg", "gif", "bmp", "webp", "avif", "heic"), Kind.IMAGE),
    **dict.fromkeys(("mp4", "mov", "mkv", "webm", "avi", "m4v"), Kind.VIDEO),
    **dict.fromkeys(("mp3", "wav", "flac", "ogg", "m4a", "aac"), Kind.AUDIO),
    **dict.fromkeys(("glb", "gltf", "obj", "fbx", "stl", "ply", "usdz"), Kind.MODEL3D),
    **dict.fromkeys(_TEXT_SUFFIXES, Kind.TEXT),
}


def sniff(head: bytes) -> Sniffed | None:
    """What the leading bytes are, or None where they are nothing we know.

    An MPEG audio frame without a tag counts as mp3. An HTML error page is nothing.
    """
    for offset, magic, found in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return found
    if head[4:8] == b"ftyp":
        return _FTYP_BRANDS.get(head[8:12], Sniffed(Kind.VIDEO, "mp4", "video/mp4"))
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:  # ADTS
        return Sniffed(Kind.AUDIO, "aac", "audio/aac")
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06:
        return Sniffed(Kind.AUDIO, "mp3", "audio/mpeg")
    return None


def kind_of_suffix(name: str) -> Kind | None:
    """The kind that a file name or URL path promises by its ending."""
    _, dot, suffix = name.rpartition(".")
    return _BY_SUFFIX.get(suffix.lower()) if dot else None
