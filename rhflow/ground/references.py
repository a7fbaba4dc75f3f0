"""Leaves of a value that are not plain JSON yet: results to come and media at hand.

They live on the ground because the language makes them, the plan stores them, the catalogue
looks through them and the runner replaces them. Each has one JSON form, an object with a
single `$…` key. A mapping with such keys of its own, as JSON Schemas have them, is written
down inside a `$map`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from rhflow.ground.hashing import digest_json
from rhflow.ground.media import Kind
from rhflow.ground.values import Json, JsonObject, as_object

OUTPUT_WORDS: dict[str, Kind | None] = {
    "image": Kind.IMAGE,
    "video": Kind.VIDEO,
    "audio": Kind.AUDIO,
    "model3d": Kind.MODEL3D,
    "text": Kind.TEXT,
    "output": None,
}
"""What a finished step offers once: the first of its kind (`output`: of any kind)."""

LIST_WORDS: dict[str, str] = {
    "images": "image",
    "videos": "video",
    "audios": "audio",
    "models3d": "model3d",
    "texts": "text",
    "all": "output",
}
"""What a finished step offers as a list: all of a kind."""

FACT_WORDS: tuple[str, ...] = ("duration", "width", "height", "cost", "used")
"""What a finished step says of itself."""


@dataclass(frozen=True, slots=True)
class Ref:
    """Output `output` (one of the three tables above) of task `task`, not known yet.

    `node`: only of what that node of a workflow gave.
    """

    task: str
    output: str
    node: str | None = None


@dataclass(frozen=True, slots=True)
class FileMedia:
    """A media file on this machine; `path` is absolute, `sha256` None until somebody read the bytes.

    `seconds` is the running time where it has one and somebody looked.
    """

    path: str
    kind: Kind
    sha256: str | None = None
    bytes: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class UrlMedia:
    """A media value the far side fetches itself: `https://…`, `data:…` or `asset://…`.

    `sha256` is the digest of its bytes where somebody fetched them.
    """

    url: str
    kind: Kind
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class BlobMedia:
    """Bytes in the store, with the vendor's own URL of them as a hint (it dies within a day)."""

    sha256: str
    kind: Kind
    suffix: str
    url: str | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """What an author promises of a text that a step will write: a JSON Schema, named by its digest.

    It travels with the plan, so that nobody needs its file again.
    """

    digest: str
    schema: Json = field(compare=False, repr=False)


def shape_of(schema: Json) -> Shape:
    """The shape a JSON Schema describes.

    Raises:
        ValueError: it has no canonical form.
    """
    return Shape(digest_json("schema/1", schema), schema)


@dataclass(frozen=True, slots=True)
class Deferred:
    """An expression that waits for results: its source text and the values of the names it uses.

    `names` may hold further leaves. `parts` is used instead of `source` for text with holes. `shapes` are
    those the source speaks of, by the path it says.
    """

    source: str
    names: Mapping[str, Resolved] = field(default_factory=dict)
    parts: tuple[Resolved, ...] = ()
    shapes: Mapping[str, Shape] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash((self.source, self.parts == ()))


Media: TypeAlias = FileMedia | UrlMedia | BlobMedia
Leaf: TypeAlias = Ref | FileMedia | UrlMedia | BlobMedia | Deferred
Resolved: TypeAlias = "dict[str, Resolved] | list[Resolved] | str | int | float | bool | None | Leaf"
"""JSON in which some leaves are references, media or waiting expressions."""


def to_json(value: Resolved) -> Json:
    """The JSON form: leaves as objects with one key of `$ref $file $url $blob $expr $text`, or `$map`.

    Shapes are named by their digests; whoever writes the form down keeps them beside it (`shapes_in`).
    """
    match value:
        case Ref():
            told: JsonObject = {"task": value.task, "output": value.output}
            return {"$ref": told if value.node is None else {**told, "node": value.node}}
        case FileMedia():
            return {
                "$file": {
                    "path": value.path,
                    "kind": value.kind.value,
                    "sha256": value.sha256,
                    "bytes": value.bytes,
                    "seconds": value.seconds,
                }
            }
        case UrlMedia():
            return {"$url": {"url": value.url, "kind": value.kind.value, "sha256": value.sha256}}
        case BlobMedia():
            return {
                "$blob": {
                    "sha256": value.sha256,
                    "kind": value.kind.value,
                    "suffix": value.suffix,
                    "url": value.url,
                    "seconds": value.seconds,
                }
            }
        case Deferred() if value.parts:
            return {"$text": [to_json(part) for part in value.parts]}
        case Deferred():
            body: JsonObject = {
                "source": value.source,
                "names": {name: to_json(item) for name, item in value.names.items()},
            }
            if value.shapes:
                body["shapes"] = {path: shape.digest for path, shape in value.shapes.items()}
            return {"$expr": body}
        case dict():
            inside: JsonObject = {key: to_json(item) for key, item in value.items()}
            return {"$map": inside} if any(key.startswith("$") for key in value) else inside
        case list():
            return [to_json(item) for item in value]
        case _:
            return value


def from_json(value: Json, shapes: Mapping[str, Shape] | None = None) -> Resolved:
    """The reverse of `to_json`; `shapes` are those that were kept beside it, by digest.

    Raises:
        ValueError: a `$…` object of an unknown form, or a shape that was not kept.
    """
    if isinstance(value, list):
        return [from_json(item, shapes) for item in value]
    if not isinstance(value, dict):
        return value
    tag = next((key for key in value if key.startswith("$")), None)
    if tag is None:
        return {key: from_json(item, shapes) for key, item in value.items()}
    if tag == "$text":
        parts = value[tag]
        return Deferred("", parts=tuple(from_json(part, shapes) for part in cast("list[Json]", parts)))
    body = as_object(value[tag], tag)
    if tag == "$map":
        return {key: from_json(item, shapes) for key, item in body.items()}
    return _deferred(body, shapes or {}) if tag == "$expr" else _leaf(tag, body)


def _deferred(body: JsonObject, shapes: Mapping[str, Shape]) -> Deferred:
    named = {path: str(digest) for path, digest in as_object(body.get("shapes") or {}, "shapes").items()}
    lost = [path for path, digest in named.items() if digest not in shapes]
    if lost:
        raise ValueError(f"the schema {lost[0]} was not kept")
    return Deferred(
        str(body["source"]),
        {name: from_json(item, shapes) for name, item in as_object(body["names"], "names").items()},
        shapes={path: shapes[digest] for path, digest in named.items()},
    )


def _leaf(tag: str, body: JsonObject) -> Leaf:
    match tag:
        case "$ref":
            return Ref(str(body["task"]), str(body["output"]), _text(body.get("node")))
        case "$file":
            size = body.get("bytes")
            return FileMedia(
                str(body["path"]),
                Kind(str(body["kind"])),
                _text(body.get("sha256")),
                int(str(size)) if size is not None else None,
                _number(body.get("seconds")),
            )
        case "$url":
            return UrlMedia(str(body["url"]), Kind(str(body["kind"])), _text(body.get("sha256")))
        case "$blob":
            return BlobMedia(
                str(body["sha256"]),
                Kind(str(body["kind"])),
                str(body["suffix"]),
                _text(body.get("url")),
                _number(body.get("seconds")),
            )
        case _:
            raise ValueError(f"{tag} is no leaf this version knows")


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def refs_in(value: Resolved) -> list[Ref]:
    """Every reference inside a value, in order, each once."""
    found: list[Ref | Deferred] = []
    _gather(value, found)
    return list(dict.fromkeys(leaf for leaf in found if isinstance(leaf, Ref)))


def shapes_in(value: Resolved) -> dict[str, Shape]:
    """Every shape inside a value by its digest."""
    found: list[Ref | Deferred] = []
    _gather(value, found)
    waiting = [leaf for leaf in found if isinstance(leaf, Deferred)]
    return {shape.digest: shape for leaf in waiting for shape in leaf.shapes.values()}


def _gather(value: Resolved, found: list[Ref | Deferred]) -> None:
    match value:
        case Ref():
            found.append(value)
        case Deferred():
            found.append(value)
            for item in (*value.parts, *value.names.values()):
                _gather(item, found)
        case dict():
            for item in value.values():
                _gather(item, found)
        case list():
            for item in value:
                _gather(item, found)
        case _:
            pass
