"""Values before they are known, as the catalogue can look at them: literals, and leaves that promise."""

from __future__ import annotations

from collections.abc import Mapping

from rhflow.ground.references import LIST_WORDS, Deferred, Ref, Resolved
from rhflow.language.expressions.tree import Expression, ListValue, Literal, MapValue, Text, Value
from rhflow.language.expressions.types import ANYTHING, ListOf, MediaOf, Type, parts, without_gaps
from rhflow.language.pipeline import Call

_PLURALS = {single: plural for plural, single in LIST_WORDS.items()}

Types = Mapping[int, Type]
"""The type of every expression by `id`; what is missing may be anything."""


def promised(call: Call, types: Types) -> dict[str, Resolved]:
    """The arguments of a call."""
    return {name: promise(value, types) for name, value in call.arguments.items.items()}


def promise(value: Value, types: Types) -> Resolved:
    """One value."""
    match value:
        case Literal():
            return value.value
        case Expression():
            return leaf(types.get(id(value), ANYTHING), value.source)
        case Text():
            pieces = (part if isinstance(part, str) else Deferred(part.source) for part in value.parts)
            return Deferred("", parts=tuple(pieces))
        case ListValue():
            return [promise(item, types) for item in value.items]
        case MapValue():
            return {key: promise(item, types) for key, item in value.items.items()}


def leaf(found: Type, source: str) -> Resolved:
    """A stand-in with the same promise as a value of that type."""
    first = parts(without_gaps(found))[0]
    match first:
        case MediaOf() if first.kind is not None:
            return Ref("?", first.kind.value)
        case MediaOf():
            return Ref("?", "output")
        case ListOf(item=MediaOf(kind=kind)):
            return Ref("?", _PLURALS[kind.value if kind is not None else "output"])
        case _:
            return Deferred(source)
