"""JSON Schema as this language uses it: whether something is one, and what is wrong with data by it.

The library looks, within a bound, so that no schema can keep the machine busy; what it finds is said in our
own words. Nothing is ever fetched: a schema holds what it refers to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, TypeAlias, cast

from jsonschema.exceptions import ValidationError as Violation
from jsonschema.validators import Draft202012Validator, extend, validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

from rhflow.ground.diagnostics import did_you_mean, listing
from rhflow.ground.values import Json, Path, path_text
from rhflow.language.expressions.functions import kind_word, shown

MAX_LOOKS = 1_000_000
"""Keywords of a schema that are held against a piece of data, altogether; small data gets fewer."""

FIRST_LOOKS = 50_000
LOOKS_A_VALUE = 50

MAX_MISFITS = 50
"""Nobody reads more of them."""

_MEANT = 10
"""Entries of one mapping for which the one that was meant is looked for."""

Validator: TypeAlias = Draft202012Validator
Keyword: TypeAlias = Callable[[Validator, Any, Any, Any], Iterable[Violation] | None]


class UnfitSchema(ValueError):
    """A schema that nothing can be held against: a sentence without an end, for the author."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """One thing that is wrong with data: a sentence, and the place in the data it speaks of.

    `at_key` says that the place is the key of the entry, not its value.
    """

    path: Path
    message: str
    hint: str | None = None
    at_key: bool = False


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
        found, _ = _looked(checker, schema, 1)
    except UnfitSchema as error:
        return Misfit((), str(error))
    return _fault_of_schema(found[0]) if found else None


def _fault_of_schema(violation: Violation) -> Misfit:
    """What is wrong, and what to write: the commonest slip is a type that there is none of."""
    path, given = _path(violation), violation.instance
    if path[-1:] == ("type",) and isinstance(given, str):
        near = did_you_mean(given, _JSON_WORDS)
        hint = f"did you mean {near}?" if near else f"types are {listing(_JSON_WORDS)}"
        return Misfit(path, f'"{given}" is no type of JSON Schema', hint)
    return Misfit(path, f"this is no valid JSON Schema: {_sentence(violation, path_text(path) or 'it')}")


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
    checker = _bounded(_judge(schema))(cast("dict[str, Any]", schema), registry=Registry())
    violations, looks = _looked(checker, data, MAX_MISFITS)
    found = [misfit for violation in violations for misfit in _said_of(violation)]
    return Examined(found[:MAX_MISFITS], looks)


def _looked(checker: Validator, data: Json, most: int) -> tuple[list[Violation], int]:
    """The first violations and the looks they took, with the library's own errors said as ours."""
    most_looks = min(FIRST_LOOKS + LOOKS_A_VALUE * _count(data), MAX_LOOKS)
    left = [most_looks]
    token = _LEFT.set(left)
    try:
        return list(islice(checker.iter_errors(cast("Any", data)), most)), most_looks - left[0]
    except Unresolvable:
        raise UnfitSchema("the schema refers to a part that it does not hold itself") from None
    except RecursionError:
        raise UnfitSchema("the schema refers to itself without end") from None
    except _TooMuch:
        raise UnfitSchema("the schema is too much work for data of this size") from None
    except (ArithmeticError, ValueError, re.error):
        raise UnfitSchema("the schema holds a number, an address or a pattern that cannot be used") from None
    finally:
        _LEFT.reset(token)


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


class _TooMuch(Exception):
    """More was looked at than there may be."""


_LEFT: ContextVar[list[int]] = ContextVar("_LEFT")


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


@lru_cache(maxsize=8)
def _bounded(judge: type[Validator]) -> type[Validator]:
    """The same class, counting what it does."""
    keywords = {word: _counted(check) for word, check in judge.VALIDATORS.items()}
    keywords["uniqueItems"] = _counted(_unique_items)
    return cast("type[Validator]", extend(judge, keywords))  # type: ignore[no-untyped-call]


def _counted(check: Keyword) -> Keyword:
    def counted(checker: Validator, value: Any, instance: Any, schema: Any) -> Iterable[Violation] | None:
        left = _LEFT.get()
        left[0] -= 1 + (len(value) // 10 if isinstance(value, list | dict) else 0)
        if left[0] < 0:
            raise _TooMuch
        return check(checker, value, instance, schema)

    return counted


def _unique_items(checker: Validator, wanted: Any, instance: Any, _schema: Any) -> Iterator[Violation]:
    """The library compares each item with each other; a set does it in one pass."""
    if wanted and checker.is_type(instance, "array"):
        _LEFT.get()[0] -= len(instance)
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


# -- in our words -------------------------------------------------------------------------------------


def _path(violation: Violation) -> Path:
    return tuple(violation.absolute_path)


def place_text(path: Path) -> str:
    """Where in the data, as a sentence begins: a list at the top has items, and no name."""
    text = path_text(path)
    return f"item {text}" if text.startswith("[") else text or "the data"


def _said_of(violation: Violation) -> list[Misfit]:
    path = _path(violation)
    what = place_text(path)
    if violation.validator == "additionalProperties" and violation.validator_value is False:
        return _extras(violation, path, what)
    return [Misfit(path, _sentence(violation, what))]


def _extras(violation: Violation, path: Path, what: str) -> list[Misfit]:
    """One for each entry that the schema does not know."""
    schema = cast("Mapping[str, Any]", violation.schema)
    known = cast("Mapping[str, Any]", schema.get("properties", {}))
    patterns = cast("Mapping[str, Any]", schema.get("patternProperties", {}))
    found: list[Misfit] = []
    for key in cast("Mapping[str, Any]", violation.instance):
        if key in known or any(re.search(pattern, key) for pattern in patterns):
            continue
        near = did_you_mean(key, known) if len(found) < _MEANT else None
        otherwise = f"it knows {listing(known)}" if known else "leave it out"
        hint = f"did you mean {near}?" if near else otherwise
        message = f'{what} has an entry "{key}" that its schema does not know'
        found.append(Misfit((*path, key), message, hint, at_key=True))
        if len(found) == MAX_MISFITS:
            break
    return found


_JSON_WORDS = {
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}


_FORMATS = {"regex": "regular expression", "uri-reference": "address", "uri": "address"}


def _sentence(violation: Violation, what: str) -> str:
    """What one violation says, beginning with what it speaks of."""
    value, limit = cast("Any", violation.instance), cast("Any", violation.validator_value)
    rule = str(violation.validator)
    match rule:
        case "type":
            names = limit if isinstance(limit, list) else [limit]
            wanted = " or ".join(_JSON_WORDS.get(str(name), str(name)) for name in names)
            return f"{what} must be {wanted}, not {kind_word(value)}"
        case "required":
            missing = [name for name in limit if name not in value]
            return f"{what} lacks {listing(missing)}"
        case "enum":
            return f"{what} must be one of {listing([str(item) for item in limit])}, not {_said(value)}"
        case "const":
            return f"{what} must be {_said(limit)}, not {_said(value)}"
        case "minimum" | "exclusiveMinimum":
            return f"{what} is {value}; it must be {'at least' if rule == 'minimum' else 'more than'} {limit}"
        case "maximum" | "exclusiveMaximum":
            return f"{what} is {value}; it must be {'at most' if rule == 'maximum' else 'less than'} {limit}"
        case "multipleOf":
            return f"{what} is {value}; it must be a multiple of {limit}"
        case "minLength" | "maxLength":
            most = "at least" if rule == "minLength" else "at most"
            return f"{what} has {len(value)} characters; {most} {limit} are allowed"
        case "minItems" | "maxItems":
            most = "at least" if rule == "minItems" else "at most"
            return f"{what} has {len(value)} items; {most} {limit} are allowed"
        case "format":
            return f"{what} is no {_FORMATS.get(str(limit), limit)}: {_said(value)}"
        case "pattern":
            return f"{what} does not look like {limit}: {_said(value)}"
        case "uniqueItems":
            return f"{what} has an item twice"
        case "anyOf" | "oneOf" if not violation.context:
            return f"{what} fits more than one of the ways its schema allows"
        case "anyOf" | "oneOf":
            return f"{what} fits none of the ways its schema allows"
        case "None":
            return f"{what} may not be there"
        case _:
            return f"{what} does not fit its schema ({rule})"


def _said(value: Json) -> str:
    """A value as a message quotes it."""
    match value:
        case str():
            return shown(value)
        case bool() | None | list() | dict():
            return kind_word(value)
        case _:
            return str(value)
