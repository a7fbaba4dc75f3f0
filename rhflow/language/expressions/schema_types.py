"""The type a JSON Schema promises, bounded: a schema that refers to itself is followed a few times only."""

from __future__ import annotations

from functools import lru_cache

from rhflow.ground.references import Shape
from rhflow.ground.values import Json
from rhflow.language.expressions.types import (
    ANYTHING,
    BOOLEAN,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    ListOf,
    Record,
    Type,
    either,
)

MAX_DEPTH = 12
MAX_TYPES = 5_000
"""What lies beyond these may be anything."""

MAX_VISITS = 3
"""How often one part of a schema is followed inside itself."""

_PLAIN: dict[str, Type] = {
    "string": STRING,
    "integer": INTEGER,
    "number": NUMBER,
    "boolean": BOOLEAN,
    "null": NULL,
}
_NOT_PLAIN = ("anyOf", "oneOf", "allOf", "if", "patternProperties")


def of_schema(schema: Json, noun: str) -> Type:
    """The type of data that fits the schema; whatever is not plain becomes `ANYTHING`.

    `noun` is what messages call the data.
    """
    return _Reading(schema).type(schema, noun, MAX_DEPTH, ())


@lru_cache(maxsize=256)
def of_shape(shape: Shape, noun: str) -> Type:
    """The same of a shape: many expressions may speak of one."""
    return of_schema(shape.schema, noun)


class _Reading:
    def __init__(self, root: Json) -> None:
        self.root = root
        self.left = MAX_TYPES

    def type(self, schema: Json, noun: str, depth: int, inside: tuple[str, ...]) -> Type:
        """The type of a part; `inside` are the references that were followed to it."""
        self.left -= 1
        if not isinstance(schema, dict) or depth == 0 or self.left < 0:
            return ANYTHING
        if "$ref" in schema:
            reference = str(schema["$ref"])
            if inside.count(reference) == MAX_VISITS:
                return ANYTHING
            return self.type(self.part(reference), noun, depth - 1, (*inside, reference))
        if any(word in schema for word in _NOT_PLAIN):
            return ANYTHING
        named = schema.get("type")
        if isinstance(named, list):
            return either(self.type({**schema, "type": name}, noun, depth, inside) for name in named)
        match named:
            case "array":
                return ListOf(self.type(schema.get("items"), f"an item of {noun}", depth - 1, inside))
            case "object":
                return self.record(schema, noun, depth, inside)
            case str():
                return _PLAIN.get(named, ANYTHING)
            case _:
                return ANYTHING

    def record(self, schema: dict[str, Json], noun: str, depth: int, inside: tuple[str, ...]) -> Record:
        properties, required = schema.get("properties"), schema.get("required")
        fields: dict[str, Type] = {}
        for name, part in (properties if isinstance(properties, dict) else {}).items():
            found = self.type(part, f"{noun}.{name}", depth - 1, inside)
            is_required = isinstance(required, list) and name in required
            fields[name] = found if is_required else either((found, NULL))
        return Record(fields, noun, is_open=schema.get("additionalProperties") is not False)

    def part(self, reference: str) -> Json:
        """The part of the schema that `#` or `#/a/b` points at, or None."""
        if reference == "#":
            return self.root
        if not reference.startswith("#/"):
            return None
        found = self.root
        for word in reference[2:].split("/"):
            if not isinstance(found, dict):
                return None
            found = found.get(word.replace("~1", "/").replace("~0", "~"))
        return found
