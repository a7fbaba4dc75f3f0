"""The functions of the expression language: one row each.

A row is a name, a signature for people, how many arguments it takes, its result's type and its
body. Bodies get plain values (never something that still waits) and raise ExpressionError.
"""

from __future__ import annotations

import json as json_text
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from rhflow.language.expressions.json_text import parsed_json
from rhflow.language.expressions.tree import ExpressionError
from rhflow.language.expressions.types import (
    ANYTHING,
    BOOLEAN,
    INTEGER,
    NUMBER,
    STRING,
    ListOf,
    MediaOf,
    Scalar,
    Type,
    either,
    is_text,
    parts,
    without_null,
)

MAX_TEXT = 1_000_000
"""Characters a function or operator may make at once."""

MAX_ITEMS = 10_000
"""Items a function or comprehension may make at once."""

Plain: TypeAlias = "dict[str, Plain] | list[Plain] | str | int | float | bool | None"


@dataclass(frozen=True, slots=True)
class Function:
    """One row of the table. `is_shallow`: it looks at lists, not at what is in them."""

    name: str
    signature: str
    least: int
    most: int
    result: Callable[[tuple[Type, ...]], Type]
    body: Callable[..., object]
    is_shallow: bool = False
    wants: tuple[str, Callable[[Type], bool]] | None = None
    """What the first argument has to be, in words and as a question to its type."""


def kind_word(value: object) -> str:
    """What a value is called in a message."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list() | tuple():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return "a media file"


def scalar_text(value: object) -> str:
    """A scalar as text: numbers and booleans as JSON writes them.

    Raises:
        ExpressionError: null, a list, a mapping or a media file.
    """
    match value:
        case str():
            return value
        case bool() | int() | float():
            return json_text.dumps(value)
        case _:
            raise ExpressionError(f"{kind_word(value)} cannot stand inside text")


def need_text(value: object, who: str) -> str:
    if not isinstance(value, str):
        raise ExpressionError(f"{who} wants a string, not {kind_word(value)}")
    return value


def need_list(value: object, who: str) -> list[Plain]:
    if not isinstance(value, list):
        raise ExpressionError(f"{who} wants a list, not {kind_word(value)}")
    return value


def need_number(value: object, who: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ExpressionError(f"{who} wants a number, not {kind_word(value)}")
    return value


def need_whole(value: object, who: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ExpressionError(f"{who} wants a whole number, not {kind_word(value)}")
    return value


def bounded_text(length: int, who: str) -> None:
    if length > MAX_TEXT:
        raise ExpressionError(f"{who} would make a text of {length:,} characters; {MAX_TEXT:,} are allowed")


def bounded_items(count: int, who: str) -> None:
    if count > MAX_ITEMS:
        raise ExpressionError(f"{who} would make {count:,} items; {MAX_ITEMS:,} are allowed")


def _lower(text: object) -> str:
    return need_text(text, "lower").lower()


def _upper(text: object) -> str:
    return need_text(text, "upper").upper()


def _ceil(number: object) -> int:
    return math.ceil(need_number(number, "ceil"))


def _floor(number: object) -> int:
    return math.floor(need_number(number, "floor"))


def _len(value: object) -> int:
    if not isinstance(value, str | list | dict):
        raise ExpressionError(f"len wants a list, a string or a mapping, not {kind_word(value)}")
    return len(value)


def _extreme(pick: Callable[..., Plain], who: str) -> Callable[..., Plain]:
    def body(*values: Plain) -> Plain:
        items = need_list(values[0], who) if len(values) == 1 else list(values)
        if not items:
            raise ExpressionError(f"{who} of nothing has no value")
        if all(isinstance(item, str) for item in items):
            return pick(items)
        for item in items:
            need_number(item, who)
        return pick(items)

    return body


def _round(value: object, digits: object = None) -> int | float:
    number = need_number(value, "round")
    if digits is None:
        return round(number)
    places = need_whole(digits, "round")
    if not -20 <= places <= 20:
        raise ExpressionError("round takes between -20 and 20 digits")
    return round(number, places)


def _int(value: object) -> int:
    match value:
        case bool():
            return int(value)
        case int():
            return value
        case float():
            return int(value)
        case str() if re.fullmatch(r"\s*[-+]?[0-9]{1,15}\s*", value):
            return int(value)
        case str():
            raise ExpressionError(f"{shown(value)} is no whole number")
        case _:
            raise ExpressionError(f"int wants a number or a string, not {kind_word(value)}")


def _float(value: object) -> float:
    match value:
        case bool():
            raise ExpressionError("float wants a number or a string, not true or false")
        case int() | float():
            return float(value)
        case str() if re.fullmatch(
            r"\s*[-+]?([0-9]{1,300}(\.[0-9]{0,300})?|\.[0-9]{1,300})([eE][-+]?[0-9]{1,2})?\s*", value
        ):
            return float(value)
        case str():
            raise ExpressionError(f"{shown(value)} is no number")
        case _:
            raise ExpressionError(f"float wants a number or a string, not {kind_word(value)}")


def _str(value: object) -> str:
    if isinstance(value, list | dict) or value is None:
        raise ExpressionError(
            f"str wants a string, a number, true or false, not {kind_word(value)}; see json"
        )
    return scalar_text(value)


def _join(items: object, separator: object = "") -> str:
    if isinstance(items, str) and isinstance(separator, list):
        raise ExpressionError("the list comes first: join(list, separator)")
    texts = [_joined(item) for item in need_list(items, "join")]
    glue = need_text(separator, "join")
    bounded_text(sum(map(len, texts)) + len(glue) * len(texts), "join")
    return glue.join(texts)


def _joined(item: object) -> str:
    if item is None or isinstance(item, list | dict):
        raise ExpressionError(f"join wants strings and numbers, and there is {kind_word(item)} among them")
    return scalar_text(item)


def _split(text: object, separator: object = None) -> list[str]:
    whole = need_text(text, "split")
    if separator is None:
        found = whole.split(maxsplit=MAX_ITEMS)
    elif need_text(separator, "split"):
        found = whole.split(str(separator), maxsplit=MAX_ITEMS)
    else:
        raise ExpressionError("split cannot cut at an empty string")
    bounded_items(len(found), "split")
    return found


def _replace(text: object, old: object, new: object) -> str:
    whole, was, becomes = (need_text(part, "replace") for part in (text, old, new))
    if not was:
        raise ExpressionError("replace cannot look for an empty string")
    bounded_text(len(whole) + whole.count(was) * (len(becomes) - len(was)), "replace")
    return whole.replace(was, becomes)


def _slug(text: object) -> str:
    """Lower-case words joined by hyphens; letters of every script stay."""
    plain = unicodedata.normalize("NFKC", scalar_text(text)).lower()
    return re.sub(r"[\W_]+", "-", plain).strip("-")


def _range(*bounds: object) -> list[int]:
    whole = [need_whole(bound, "range") for bound in bounds]
    if len(whole) == 3 and whole[2] == 0:
        raise ExpressionError("the step of range cannot be 0")
    found = range(*whole)
    bounded_items(len(found), "range")
    return list(found)


def _zip(*lists: object) -> list[list[Plain]]:
    rows = [need_list(items, "zip") for items in lists]
    if len({len(row) for row in rows}) > 1:
        counts = " and ".join(str(len(row)) for row in rows)
        raise ExpressionError(f"zip wants lists of one length; these have {counts} items")
    bounded_items(len(rows[0]), "zip")
    return [list(row) for row in zip(*rows, strict=True)]


def _json(value: object) -> object:
    """A text read as JSON; anything else written as JSON."""
    if isinstance(value, str):
        try:
            return parsed_json(value)
        except ValueError as error:
            raise ExpressionError(f"{error}: {shown(value.strip())}") from None
    try:
        text = json_text.dumps(value, ensure_ascii=False)
    except TypeError:  # a step or a medium somewhere inside
        raise ExpressionError("json wants plain values; name an output of the step") from None
    bounded_text(len(text), "json")
    return text


def _default(value: Plain, fallback: Plain) -> Plain:
    return fallback if value is None else value


def shown(text: str) -> str:
    """A string as a message quotes it, cut where it is long."""
    return f'"{text if len(text) <= 40 else text[:37] + "…"}"'


def value_word(value: object) -> str:
    """A value as a message quotes it: a text or a number as it is, of all else the kind."""
    match value:
        case str():
            return shown(value)
        case bool() | None | list() | dict():
            return kind_word(value)
        case _:
            return str(value)


def _always(kind: Type) -> Callable[[tuple[Type, ...]], Type]:
    return lambda _: kind


def _item_of(kind: Type) -> Type:
    return either(part.item if isinstance(part, ListOf) else ANYTHING for part in parts(kind))


def _item(arguments: tuple[Type, ...]) -> Type:
    return _item_of(arguments[0]) if len(arguments) == 1 else either(arguments)


def _zipped(arguments: tuple[Type, ...]) -> Type:
    return ListOf(ListOf(either(_item_of(kind) for kind in arguments)))


def _rounded(arguments: tuple[Type, ...]) -> Type:
    return INTEGER if len(arguments) == 1 else NUMBER


def _defaulted(arguments: tuple[Type, ...]) -> Type:
    return either((without_null(arguments[0]), arguments[1]))


def _json_type(arguments: tuple[Type, ...]) -> Type:
    """What a text holds is known where a schema was asked for; anything else becomes text."""
    options = parts(without_null(arguments[0]))
    held = [part.holds for part in options if isinstance(part, MediaOf) and part.holds is not None]
    if len(held) == len(options):
        return either(held)
    return ANYTHING if any(part == ANYTHING or is_text(part) for part in options) else STRING


def _is_number(found: Type) -> bool:
    return found in (INTEGER, NUMBER)


def _is_list(found: Type) -> bool:
    return isinstance(found, ListOf)


def _is_scalar(found: Type) -> bool:
    return isinstance(found, Scalar) or is_text(found)


_TEXT = ("a string", is_text)
_NUM = ("a number", _is_number)
_LIST = ("a list", _is_list)
_SCALAR = ("a string or a number", _is_scalar)

_TO_INT, _TO_NUMBER, _TO_TEXT = _always(INTEGER), _always(NUMBER), _always(STRING)
_TO_BOOL, _TO_TEXTS, _TO_INTS = _always(BOOLEAN), _always(ListOf(STRING)), _always(ListOf(INTEGER))

_ROWS = (
    Function("len", "len(list)", 1, 1, _TO_INT, _len, is_shallow=True),
    Function("min", "min(list) or min(a, b)", 1, 20, _item, _extreme(min, "min")),
    Function("max", "max(list) or max(a, b)", 1, 20, _item, _extreme(max, "max")),
    Function("round", "round(number) or round(number, digits)", 1, 2, _rounded, _round, wants=_NUM),
    Function("int", "int(value)", 1, 1, _TO_INT, _int, wants=_SCALAR),
    Function("float", "float(value)", 1, 1, _TO_NUMBER, _float, wants=_SCALAR),
    Function("str", "str(value)", 1, 1, _TO_TEXT, _str, wants=_SCALAR),
    Function("bool", "bool(value)", 1, 1, _TO_BOOL, bool),
    Function("join", "join(list, separator)", 1, 2, _TO_TEXT, _join, wants=_LIST),
    Function("split", "split(text, separator)", 1, 2, _TO_TEXTS, _split, wants=_TEXT),
    Function("lower", "lower(text)", 1, 1, _TO_TEXT, _lower, wants=_TEXT),
    Function("upper", "upper(text)", 1, 1, _TO_TEXT, _upper, wants=_TEXT),
    Function("replace", "replace(text, old, new)", 3, 3, _TO_TEXT, _replace, wants=_TEXT),
    Function("slug", "slug(text)", 1, 1, _TO_TEXT, _slug, wants=_SCALAR),
    Function("range", "range(count) or range(first, end)", 1, 3, _TO_INTS, _range, wants=_NUM),
    Function("zip", "zip(list, list)", 2, 10, _zipped, _zip, is_shallow=True, wants=_LIST),
    Function("json", 'json(value) or json(text, "name.schema.json")', 1, 2, _json_type, _json),
    Function("ceil", "ceil(number)", 1, 1, _TO_INT, _ceil, wants=_NUM),
    Function("floor", "floor(number)", 1, 1, _TO_INT, _floor, wants=_NUM),
    Function("default", "default(value, otherwise)", 2, 2, _defaulted, _default, is_shallow=True),
)

FUNCTIONS: dict[str, Function] = {row.name: row for row in _ROWS}
"""Every function of the language by name."""
