"""The small lattice of types an expression can have before it has a value.

`ANYTHING` is what nobody can know yet; it fits everywhere and is never complained about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from rhflow.ground.media import Kind
from rhflow.ground.values import Json


@dataclass(frozen=True, slots=True)
class Scalar:
    """A plain type by name: string, integer, number, boolean, null, anything."""

    name: str

    def __str__(self) -> str:
        return _ARTICLES[self.name]


STRING = Scalar("string")
INTEGER = Scalar("integer")
NUMBER = Scalar("number")
BOOLEAN = Scalar("boolean")
NULL = Scalar("null")
ANYTHING = Scalar("anything")

_ARTICLES = {
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
    "anything": "anything",
}


@dataclass(frozen=True, slots=True)
class MediaOf:
    """A media file of a kind; None where any kind is possible.

    `holds` is what a text says when it is read as JSON, where that was asked for.
    """

    kind: Kind | None
    holds: Type | None = None

    def __str__(self) -> str:
        return _KINDS[self.kind]


_KINDS: dict[Kind | None, str] = {
    Kind.IMAGE: "an image",
    Kind.VIDEO: "a video",
    Kind.AUDIO: "an audio file",
    Kind.MODEL3D: "a 3D model",
    Kind.TEXT: "a text",
    None: "a media file",
}


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list. `through` marks what came through a `foreach`: attributes reach into every item."""

    item: Type
    through: bool = False

    def __str__(self) -> str:
        return f"a list of {plural(self.item)}"


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known fields. `noun` and `field_noun` make its messages readable.

    `is_open` says that further fields may exist. `is_step` marks what is no value by itself.
    """

    fields: Mapping[str, Type]
    noun: str = "this mapping"
    field_noun: str = "entry"
    is_open: bool = False
    is_step: bool = False
    quiet: tuple[str, ...] = ()
    """Fields a message does not list."""
    problem: str = "unknown-key"
    """The name of the problem where a field is unknown."""
    hints: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Words that are no fields, with what to say of them."""
    others: Type | None = field(default=None, compare=False)
    """What further fields are, where that is known."""

    def __hash__(self) -> int:
        return hash((self.noun, tuple(self.fields)))

    def __str__(self) -> str:
        return self.noun if self.is_step else "a mapping"


@dataclass(frozen=True, slots=True)
class Either:
    """One of several, as `or` and `x if c else y` give."""

    options: tuple[Type, ...]

    def __str__(self) -> str:
        return " or ".join(dict.fromkeys(str(option) for option in self.options))


Type: TypeAlias = Scalar | MediaOf | ListOf | Record | Either

_PLURALS = {
    "string": "strings",
    "integer": "whole numbers",
    "number": "numbers",
    "boolean": "booleans",
    "null": "nulls",
    "anything": "values",
}
_KIND_PLURALS: dict[Kind | None, str] = {
    Kind.IMAGE: "images",
    Kind.VIDEO: "videos",
    Kind.AUDIO: "audio files",
    Kind.MODEL3D: "3D models",
    Kind.TEXT: "texts",
    None: "media files",
}


def plural(kind: Type) -> str:
    """What many of them are called."""
    match kind:
        case Scalar():
            return _PLURALS[kind.name]
        case MediaOf():
            return _KIND_PLURALS[kind.kind]
        case ListOf():
            return "lists"
        case Record():
            return "steps" if kind.is_step else "mappings"
        case Either():
            return " or ".join(dict.fromkeys(plural(option) for option in kind.options))


def either(options: Iterable[Type]) -> Type:
    """The union, flattened; `ANYTHING` swallows all."""
    flat: dict[Type, None] = {}
    for option in options:
        for part in parts(option):
            flat[part] = None
    if ANYTHING in flat or not flat:
        return ANYTHING
    return next(iter(flat)) if len(flat) == 1 else Either(tuple(flat))


def parts(kind: Type) -> tuple[Type, ...]:
    """The members of a union, or the type itself."""
    return kind.options if isinstance(kind, Either) else (kind,)


def is_text(found: Type) -> bool:
    """Whether it is a string, or a text that a model writes."""
    return found == STRING or (isinstance(found, MediaOf) and found.kind is Kind.TEXT)


def without_null(kind: Type) -> Type:
    """The type without `null`; `NULL` alone stays."""
    rest = [part for part in parts(kind) if part != NULL]
    return either(rest) if rest else NULL


def without_gaps(kind: Type) -> Type:
    """The type without `null`, also among the items of a list: skipped steps leave such gaps."""
    found = without_null(kind)
    if isinstance(found, ListOf):
        return ListOf(without_gaps(found.item), found.through)
    if isinstance(found, Either):
        return either(without_gaps(part) for part in found.options)
    return found


def holds_step(found: Type) -> bool:
    """Whether a step stands where a value is wanted."""
    match found:
        case Record():
            return found.is_step
        case ListOf():
            return holds_step(found.item)
        case _:
            return any(holds_step(part) for part in parts(found)) if len(parts(found)) > 1 else False


def of_json(value: Json, depth: int = 12) -> Type:
    """The type of a value written out. Lists that are long are judged by their beginning."""
    match value:
        case None:
            return NULL
        case bool():
            return BOOLEAN
        case int():
            return INTEGER
        case float():
            return NUMBER
        case str():
            return STRING
        case list():
            if depth == 0 or len(value) > 200:
                return ListOf(ANYTHING)
            return ListOf(either(of_json(item, depth - 1) for item in value))
        case dict():
            if depth == 0:
                return ANYTHING
            return Record({key: of_json(item, depth - 1) for key, item in value.items()})
