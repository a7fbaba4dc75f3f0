"""A result: bytes in the store, named by digest, with what is known of them."""

from __future__ import annotations

from dataclasses import dataclass

from rhflow.ground.media import Kind
from rhflow.ground.references import BlobMedia
from rhflow.ground.values import JsonObject


@dataclass(frozen=True, slots=True)
class Artifact:
    """Bytes in the store, named by digest, with what is known of them.

    `url` and `expires` (seconds since 1970) are the vendor's copy: a hint that dies. `text` is the
    content where it is text.
    """

    kind: Kind
    sha256: str
    bytes: int
    suffix: str
    seconds: float | None = None
    width: int | None = None
    height: int | None = None
    text: str | None = None
    url: str | None = None
    expires: float | None = None
    node: str | None = None

    def to_json(self) -> JsonObject:
        return {name: getattr(self, name) for name in self.__slots__} | {"kind": self.kind.value}

    @classmethod
    def from_json(cls, body: JsonObject) -> Artifact:
        """The reverse of `to_json`; unknown fields of a newer version are left out."""
        known = {name: body.get(name) for name in cls.__slots__ if name in body}
        return cls(**{**known, "kind": Kind(str(body["kind"]))})  # type: ignore[arg-type]

    def as_media(self, now: float) -> BlobMedia:
        """The value a later step takes; the vendor's URL only while it should live."""
        url = self.url if self.expires is not None and self.expires > now else None
        return BlobMedia(self.sha256, self.kind, self.suffix, url, self.seconds)
