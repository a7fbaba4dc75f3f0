"""Data that a JSON Schema accepts, with something sensible in every field."""

from __future__ import annotations

import math
import random
import re
from dataclasses import dataclass, field, replace
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from rhflow.ground.values import Json
from rhflow.simulator.chat.pattern import text_for
from rhflow.simulator.chat.phrases import Topic, phrase, shortened

_DEEPEST = 12
_MOST_ITEMS = 50
_LONGEST = 20_000
_FORMATS = {
    "date": "2026-03-01",
    "time": "12:00:00Z",
    "date-time": "2026-03-01T12:00:00Z",
    "email": "someone@example.com",
    "uri": "https://example.com/media",
    "url": "https://example.com/media",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "duration": "PT5S",
}
_SECONDS = re.compile(r"dur|second|length|时长", re.IGNORECASE)
_NUMBERED = re.compile(
    r"(?:^|_)(?:index|number|no|num|order|shot|scene|id|step|position|序号)$", re.IGNORECASE
)
_STARTS = re.compile(r"start|begin|from|offset", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Context:
    """Where in the answer we are, and what it is about."""

    topic: Topic
    dice: random.Random
    count: int | None = None
    """How many things the prompt asks for."""
    name: str = ""
    item: str = ""
    """What the list we are in is a list of."""
    index: int = 0
    depth: int = 0
    root: Any = field(default=None)

    def inside(self, name: str) -> Context:
        return replace(self, name=name, depth=self.depth + 1)


def is_sound(schema: Any) -> bool:
    """Whether a schema makes sense at all."""
    try:
        Draft202012Validator.check_schema(schema)
    except (SchemaError, RecursionError):
        return False
    return True


def is_schema(value: Json) -> bool:
    """Whether a JSON object is meant as a schema and not as an example."""
    if not isinstance(value, dict):
        return False
    named = value.get("type")
    if "$schema" in value or isinstance(value.get("properties"), dict):
        return True
    return named in ("object", "array") and ("items" in value or "properties" in value or len(value) <= 2)


def fits(schema: Json, value: Json) -> bool:
    """Whether a schema accepts a value; a schema that makes no sense accepts all."""
    try:
        return bool(Draft202012Validator(schema).is_valid(value))  # type: ignore[arg-type]
    except (SchemaError, RecursionError, re.error, LookupError, TypeError, ValueError):
        return True
    except Exception as error:  # a reference that leads nowhere has an exception of a library's library
        if "Unresolvable" in type(error).__name__ or "Referencing" in type(error).__name__:
            return True
        raise


def instance(schema: Any, at: Context) -> Json:
    """A value for a schema."""
    schema = _merged(_resolved(schema, at.root), at.root)
    if not isinstance(schema, dict):
        return phrase(at.name, at.index, at.topic)
    if "const" in schema:
        return cast("Json", schema["const"])
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        options = schema["enum"]
        return cast("Json", options[(at.index + at.dice.randrange(len(options))) % len(options)])
    match _type_of(schema):
        case "object":
            return _object(schema, at)
        case "array":
            return _array(schema, at)
        case "integer":
            return round(_number(schema, at, whole=True))
        case "number":
            return _number(schema, at, whole=False)
        case "boolean":
            return (at.index + at.dice.randrange(2)) % 2 == 0
        case "null":
            return None
        case _:
            return _text(schema, at)


def like(example: Json) -> Any:
    """A schema for values that look like an example."""
    if isinstance(example, dict):
        return {
            "type": "object",
            "properties": {key: like(value) for key, value in example.items()},
            "required": list(example),
        }
    if isinstance(example, list):
        return {"type": "array", "items": like(example[0]) if example else {"type": "string"}}
    if isinstance(example, bool):
        return {"type": "boolean"}
    if isinstance(example, int):
        return {"type": "integer"}
    if isinstance(example, float):
        return {"type": "number"}
    return {"type": "string"}


def _resolved(schema: Any, root: Any) -> Any:
    """Behind its references inside the same document."""
    for _ in range(_DEEPEST):
        if not isinstance(schema, dict) or not isinstance(schema.get("$ref"), str):
            return schema
        found: Any = root
        for part in schema["$ref"].removeprefix("#").strip("/").split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, dict) and name else found
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**found, **rest} if isinstance(found, dict) and found is not root else rest
    return schema


def _merged(schema: Any, root: Any) -> Any:
    """With the first choice of `anyOf` and `oneOf`, and all of `allOf`, put into it."""
    if not isinstance(schema, dict):
        return schema
    parts = [_resolved(part, root) for part in schema.get("allOf", [])]
    for word in ("anyOf", "oneOf"):
        options = [_resolved(part, root) for part in schema.get(word, [])]
        parts += [part for part in options if not (isinstance(part, dict) and part.get("type") == "null")][:1]
    made = {key: value for key, value in schema.items() if key not in ("allOf", "anyOf", "oneOf")}
    for part in parts:
        whole = _merged(part, root)
        if not isinstance(whole, dict):
            continue
        properties = {**made.get("properties", {}), **whole.get("properties", {})}
        required = [*made.get("required", []), *whole.get("required", [])]
        made = {**made, **whole}
        if properties:
            made["properties"] = properties
        if required:
            made["required"] = required
    return made


def _type_of(schema: dict[str, Any]) -> str:
    named = schema.get("type")
    if isinstance(named, list):
        return next((each for each in named if each != "null"), "null")
    if isinstance(named, str):
        return named
    if "properties" in schema or "additionalProperties" in schema or "required" in schema:
        return "object"
    if "items" in schema or "prefixItems" in schema or "minItems" in schema:
        return "array"
    return "number" if "minimum" in schema or "maximum" in schema else "string"


def _object(schema: dict[str, Any], at: Context) -> Json:
    properties = schema.get("properties") or {}
    required = [name for name in schema.get("required", []) if isinstance(name, str)]
    wanted = (
        required
        if at.depth >= _DEEPEST
        else [*properties, *(name for name in required if name not in properties)]
    )
    made: dict[str, Json] = {name: instance(properties.get(name, {}), at.inside(name)) for name in wanted}
    least = min(schema.get("minProperties", 0), _MOST_ITEMS)
    more = schema.get("additionalProperties", True)
    for number in range(least - len(made)):
        made[f"item_{number + 1}"] = instance(more if isinstance(more, dict) else {}, at.inside("item"))
    return made


def _array(schema: dict[str, Any], at: Context) -> Json:
    least, most = schema.get("minItems", 0), schema.get("maxItems", _MOST_ITEMS)
    wanted = at.count if at.count is not None and at.depth <= 2 else 3
    firsts = schema.get("prefixItems") or []
    count = max(min(wanted, most, _MOST_ITEMS), min(least, _MOST_ITEMS))
    if schema.get("items") is False:
        count = len(firsts)
    if at.depth >= _DEEPEST:
        count = min(least, _MOST_ITEMS)
    inner = replace(at, name=_singular(at.name), item=_singular(at.name), depth=at.depth + 1, count=None)
    items = schema.get("items", {})
    made: list[Json] = []
    for index in range(count):
        one = instance(firsts[index] if index < len(firsts) else items, replace(inner, index=index))
        if schema.get("uniqueItems") and one in made:
            one = _another(items, made, replace(inner, index=index))
        made.append(one)
    return made


def _another(items: Any, made: list[Json], at: Context) -> Json:
    """A value that is not there yet, where one can be found."""
    for step in range(1, 60):
        one = instance(items, replace(at, index=at.index + step))
        if one not in made:
            return one
    for number in [item for item in made if isinstance(item, int)]:
        for near in (number + 1, number - 1):
            if near not in made and fits(items, near):
                return near
    return f"{phrase(at.name, at.index, at.topic)} {at.index + 1}"


def _number(schema: dict[str, Any], at: Context, *, whole: bool) -> float:
    step = schema.get("multipleOf") or (1 if whole else None)
    tiny = step or 0.01
    low: Any = schema.get("minimum")
    high: Any = schema.get("maximum")
    over: Any = schema.get("exclusiveMinimum")
    under: Any = schema.get("exclusiveMaximum")
    if _is_number(over):
        low = over + tiny if low is None else max(low, over + tiny)
    if _is_number(under):
        high = under - tiny if high is None else min(high, under - tiny)
    value = _likely(at, low, high)
    if low is not None:
        value = max(value, low)
    if high is not None:
        value = min(value, high)
    if step:
        value = math.floor(value / step + 1e-9) * step
        if low is not None and value < low:
            value = math.ceil(low / step - 1e-9) * step
    return float(value) if not whole else int(value)


def _likely(at: Context, low: Any, high: Any) -> float:
    """What people would write: a running number, seconds of a clip, else something in the middle."""
    if _NUMBERED.search(at.name):
        return at.index + 1
    if _STARTS.search(at.name):
        return at.index * 5
    if _SECONDS.search(at.name):
        return 5
    if _is_number(low) and _is_number(high):
        return float(low + (high - low) * at.dice.choice((0.25, 0.5, 0.75)))
    return at.index + at.dice.randint(1, 5)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(schema: dict[str, Any], at: Context) -> str:
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        made = _matching(pattern, schema, at)
        if made is not None:
            return made
    named = schema.get("format")
    if named == "uuid":
        digits = f"{at.dice.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"
    if isinstance(named, str) and named in _FORMATS:
        return _FORMATS[named]
    text = phrase(at.name, at.index, at.topic)
    least: int = min(schema.get("minLength", 0), _LONGEST)
    most: int | None = schema.get("maxLength")
    while len(text) < least:
        text += ("" if at.topic.is_chinese else " ") + phrase("description", len(text), at.topic)
    if most is not None and len(text) > most:
        text = shortened(text, most) if most > 8 else text[:most]
        text = text.ljust(least)
    return text


def _matching(pattern: str, schema: dict[str, Any], at: Context) -> str | None:
    """The phrase itself where it matches, a running number in the pattern's words, else any text."""
    least, most = schema.get("minLength", 0), schema.get("maxLength", 10_000)
    tries = [phrase(at.name, at.index, at.topic)]
    for word in dict.fromkeys((at.item, at.name, "")):
        for gap in ("-", "_", ""):
            tries += [f"{word}{gap}{at.index + 1:0{width}d}" for width in (1, 2, 3)]
    tries += [made for _ in range(20) if (made := text_for(pattern, at.dice)) is not None]
    for made in tries:
        try:
            if re.search(pattern, made) and least <= len(made) <= most:
                return made
        except re.error:
            return None
    return None


def _singular(name: str) -> str:
    return name[:-1] if name.endswith("s") and len(name) > 3 else name
