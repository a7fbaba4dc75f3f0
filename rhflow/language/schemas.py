"""JSON Schema as this language uses it: whether something is one, and what is wrong with data by it.

The library looks, within a bound, so that no schema can keep the machine busy; what it finds is said in our
own words. Nothing is ever fetched: a schema holds what it refers to.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias, cast

from jsonschema.exceptions import ValidationError as Violation
from jsonschema.validators import Draft202012Validator, extend, validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

from rhflow.ground.values import Json
from rhflow.language.misfits import MAX_MISFITS, Misfit, fault_of_schema, said_of
from rhflow.language.patterns import BadPattern, Searches, with_known_keys

MAX_LOOKS = 1_000_000
"""Keywords of a schema that are held against a piece of data, altogether; small data gets fewer."""

FIRST_LOOKS = 50_000
LOOKS_A_VALUE = 50

DATA_DEPTH = 120
SCHEMA_DEPTH = 200
"""Keywords inside each other while data, or a schema itself, is looked at."""

Validator: TypeAlias = Draft202012Validator
Keyword: TypeAlias = Callable[[Validator, Any, Any, Any], Iterable[Violation] | None]


class UnfitSchema(ValueError):
    """A schema that nothing can be held against: a sentence without an end, for the author."""


def schema_fault(schema: Json) -> Misfit | None:
    """What keeps something from being a JSON Schema; None where it is one."""
    if not isinstance(schema, dict | bool):
        return Misfit((), "a JSON Schema is a mapping")
    try:
        judge = _judge(schema)
    except UnfitSchema as error:
        return Misfit(("$schema",), str(error))
    checker = _bounded(judge)(judge.META_SCHEMA, format_checker=judge.FORMAT_CHECKER)
    try:
        found = _looked(checker, schema, SCHEMA_DEPTH, lambda violation: [fault_of_schema(violation)])
    except UnfitSchema as error:
        return Misfit((), str(error))
    return found.misfits[0] if found.misfits else None


@dataclass(frozen=True, slots=True)
class Examined:
    """What came of holding a schema against data, and how many looks it took."""

    misfits: list[Misfit]
    looks: int


def examine(data: Json, schema: Json) -> Examined:
    """What is wrong with data by a schema, the first `MAX_MISFITS` of it.

    Raises:
        UnfitSchema: the schema refers to what it does not hold, or is too much work.
    """
    if not isinstance(schema, dict | bool):
        return Examined([], 0)
    judge = _judge(schema)
    try:
        safe = with_known_keys(schema, data, Searches())
    except BadPattern as error:
        raise UnfitSchema(f"the schema cannot be used: {error}") from None
    checker = _bounded(judge)(cast("dict[str, Any]", safe), registry=Registry())
    return _looked(checker, data, DATA_DEPTH, said_of)


def _looked(
    checker: Validator, data: Json, deepest: int, said: Callable[[Violation], list[Misfit]]
) -> Examined:
    """The first misfits and the looks they took, with the library's own errors said as ours."""
    watch = _Watch(min(FIRST_LOOKS + LOOKS_A_VALUE * _count(data), MAX_LOOKS), deepest)
    token = _WATCH.set(watch)
    found: list[Misfit] = []
    try:
        for violation in checker.iter_errors(cast("Any", data)):
            found.extend(said(violation))
            if len(found) >= MAX_MISFITS:
                break
    except UnfitSchema:
        raise
    except BadPattern as error:
        raise UnfitSchema(f"the schema cannot be used: {error}") from None
    except Unresolvable:
        raise UnfitSchema("the schema refers to a part that it does not hold itself") from None
    except Exception:  # noqa: BLE001  # a reference to what is no schema, say: the library trips in many ways
        raise UnfitSchema("the schema holds a number, an address or a pattern that cannot be used") from None
    finally:
        _WATCH.reset(token)
    return Examined(found[:MAX_MISFITS], watch.looks)


def _count(data: Json) -> int:
    """The values in data, itself counted."""
    count, stack = 0, [data]
    while stack:
        item = stack.pop()
        count += 1
        if isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return count


# -- the bound ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Watch:
    """How much was looked at, and how many keywords stand inside each other now."""

    most: int
    deepest: int
    looks: int = 0
    depth: int = 0
    searches: Searches = field(default_factory=Searches)

    def look(self, cost: int) -> None:
        self.looks += cost
        if self.looks > self.most:
            raise UnfitSchema("the schema is too much work for data of this size")

    def enter(self) -> None:
        self.depth += 1
        if self.depth > self.deepest:
            raise UnfitSchema("the schema refers to itself without end, or goes too deep")


_WATCH: ContextVar[_Watch] = ContextVar("_WATCH")


def _judge(schema: dict[str, Json] | bool) -> type[Validator]:
    """The library's class for the draft a schema names; the newest where it names none that is known."""
    named = schema.get("$schema") if isinstance(schema, dict) else None
    if not isinstance(named, str):
        return Draft202012Validator
    try:
        found = validator_for({"$schema": named}, default=Draft202012Validator)
    except ValueError:
        raise UnfitSchema("the schema names a draft by an address that cannot be read") from None
    return cast("type[Validator]", found)


_PLAIN = {
    *("type", "enum", "const", "format", "pattern", "multipleOf", "required", "dependentRequired"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength"),
    *("minItems", "maxItems", "minProperties", "maxProperties"),
}
"""Keywords that look at a value and go no deeper."""


@lru_cache(maxsize=8)
def _bounded(judge: type[Validator]) -> type[Validator]:
    """The same class, watched."""
    # In draft 3 a type may be a schema.
    plain = _PLAIN - {"type"} if "disallow" in judge.VALIDATORS else _PLAIN
    keywords = {
        word: (_counted if word in plain else _followed)(check) for word, check in judge.VALIDATORS.items()
    }
    keywords["uniqueItems"] = _counted(_unique_items)
    keywords["pattern"] = _counted(_pattern)
    for word in ("unevaluatedProperties", "unevaluatedItems"):
        if word in keywords:
            keywords[word] = _after_the_rest(keywords[word], word)
    watched: Any = extend(judge, keywords)  # type: ignore[no-untyped-call]
    watched.evolve = _staying(watched.evolve)
    return cast("type[Validator]", watched)


def _staying(evolve: Callable[..., Validator]) -> Callable[..., Validator]:
    """A part of a schema that names a draft is not handed to a class that nobody watches."""

    def staying(checker: Validator, **changes: Any) -> Validator:
        schema = changes.get("schema")
        if isinstance(schema, dict) and "$schema" in schema:
            changes["schema"] = {word: part for word, part in schema.items() if word != "$schema"}
        return evolve(checker, **changes)

    return staying


def _counted(check: Keyword) -> Keyword:
    def counted(checker: Validator, value: Any, instance: Any, schema: Any) -> Iterable[Violation] | None:
        _WATCH.get().look(1 + (len(value) // 10 if isinstance(value, list | dict) else 0))
        return check(checker, value, instance, schema)

    return counted


def _followed(check: Keyword) -> Keyword:
    """Counted, and watched for how deep it stands.

    The library must not meet the end of Python's stack: parts of it are no Python, and die of it.
    """

    def followed(checker: Validator, value: Any, instance: Any, schema: Any) -> Iterator[Violation]:
        watch = _WATCH.get()
        watch.look(1 + (len(value) // 10 if isinstance(value, list | dict) else 0))
        watch.enter()
        try:
            yield from check(checker, value, instance, schema) or ()
        finally:
            watch.depth -= 1

    return followed


def _after_the_rest(check: Keyword, word: str) -> Keyword:
    """For keywords that follow references by themselves, unwatched: first see that these come to an end."""

    def checked(checker: Validator, value: Any, instance: Any, schema: Any) -> Iterator[Violation]:
        rest = {key: part for key, part in schema.items() if key != word}
        for _ in checker.evolve(schema=rest).iter_errors(instance):
            pass
        yield from check(checker, value, instance, schema) or ()

    return checked


def _pattern(checker: Validator, wanted: Any, instance: Any, _schema: Any) -> Iterator[Violation]:
    """The library searches without an end."""
    if checker.is_type(instance, "string") and not _WATCH.get().searches.found(wanted, instance):
        yield Violation("no such text")


def _unique_items(checker: Validator, wanted: Any, instance: Any, _schema: Any) -> Iterator[Violation]:
    """The library compares each item with each other; a set does it in one pass."""
    if wanted and checker.is_type(instance, "array"):
        _WATCH.get().look(len(instance))
        if len({_as_key(item) for item in instance}) < len(instance):
            yield Violation("not unique")


def _as_key(value: Json) -> Hashable:
    """Equal for what JSON calls equal: 1 is 1.0, and true is no 1."""
    match value:
        case bool():
            return ("truth", value)
        case list():
            return ("list", tuple(_as_key(item) for item in value))
        case dict():
            return ("mapping", frozenset((key, _as_key(item)) for key, item in value.items()))
        case _:
            return value
