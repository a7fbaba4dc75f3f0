"""What a JSON Schema finds wrong, said in our own words at the place in the data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from jsonschema.exceptions import ValidationError as Violation

from rhflow.ground.diagnostics import did_you_mean, listing
from rhflow.ground.values import Path, path_text
from rhflow.language.expressions.functions import kind_word, value_word

MAX_MISFITS = 50
"""Nobody reads more of them."""

_MEANT = 10
"""Entries of one mapping for which the one that was meant is looked for."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """One thing that is wrong with data: a sentence, and the place in the data it speaks of.

    `at_key` says that the place is the key of the entry, not its value.
    """

    path: Path
    message: str
    hint: str | None = None
    at_key: bool = False


def fault_of_schema(violation: Violation) -> Misfit:
    """What is wrong, and what to write: the commonest slip is a type that there is none of."""
    path, given = _path(violation), violation.instance
    if path[-1:] == ("type",) and isinstance(given, str):
        near = did_you_mean(given, _JSON_WORDS)
        hint = f"did you mean {near}?" if near else f"types are {listing(_JSON_WORDS)}"
        return Misfit(path, f'"{given}" is no type of JSON Schema', hint)
    return Misfit(path, f"this is no valid JSON Schema: {_sentence(violation, path_text(path) or 'it')}")


def _path(violation: Violation) -> Path:
    return tuple(violation.absolute_path)


def place_text(path: Path) -> str:
    """Where in the data, as a sentence begins: a list at the top has items, and no name."""
    text = path_text(path)
    return f"item {text}" if text.startswith("[") else text or "the data"


def said_of(violation: Violation) -> list[Misfit]:
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
            return f"{what} must be one of {listing([str(item) for item in limit])}, not {value_word(value)}"
        case "const":
            return f"{what} must be {value_word(limit)}, not {value_word(value)}"
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
            return f"{what} is no {_FORMATS.get(str(limit), limit)}: {value_word(value)}"
        case "pattern":
            return f"{what} does not look like {limit}: {value_word(value)}"
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
