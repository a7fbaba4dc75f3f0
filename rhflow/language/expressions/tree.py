"""An argument as the author wrote it: literal, expression, text with holes, list or mapping.

The nouns only; `parse.py` makes them, `check.py` types them, `evaluate.py` gives them values.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from rhflow.ground.marks import Mark
from rhflow.ground.references import Shape
from rhflow.ground.values import Json


class ExpressionError(ValueError):
    """An expression that cannot be read or has no value: a sentence, and where it stood if known."""

    def __init__(self, message: str, mark: Mark | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.mark = mark
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Literal:
    """A scalar as written (YAML 1.2 core)."""

    value: str | int | float | bool | None
    mark: Mark


@dataclass(frozen=True, slots=True)
class Expression:
    """One `${{ … }}`: its source without the braces, its parsed tree, where the source begins.

    `runs` is for a source that does not stand in one piece in the file (several lines, escapes):
    pairs of an offset into the source and the place of that character; each run of characters up
    to the next pair stands in one piece. `shapes` are the schemas it names, by path.
    """

    source: str
    node: ast.expr = field(compare=False)
    mark: Mark
    runs: tuple[tuple[int, Mark], ...] = ()
    shapes: Mapping[str, Shape] = field(default_factory=dict, compare=False)

    def spot(self, node: ast.expr) -> Mark:
        """Where a part of the tree stands in the author's text."""
        start, end = span(self.source, node)
        return self.place(start, end - start)

    def focus(self, node: ast.expr) -> Mark:
        """The place a message about a node points at: of `a.b.c` the last name, else the whole."""
        return self.name_spot(node) if isinstance(node, ast.Attribute) else self.spot(node)

    def name_spot(self, node: ast.Attribute) -> Mark:
        """Where the name behind the dot stands."""
        _, end = span(self.source, node)
        return self.place(end - len(node.attr), len(node.attr))

    def place(self, start: int, length: int) -> Mark:
        """Where `length` characters from offset `start` of the source stand in the author's text."""
        if not self.runs:
            return self.mark.shifted(start, length)
        index = bisect_right(self.runs, start, key=lambda run: run[0]) - 1
        offset, mark = self.runs[max(index, 0)]
        if index + 1 < len(self.runs):
            length = min(length, self.runs[index + 1][0] - start)
        return mark.shifted(start - offset, length)


def span(source: str, node: ast.expr) -> tuple[int, int]:
    """First offset and the offset behind the last character of a node, in characters.

    Python's parser counts bytes of UTF-8; sources are one line by the time it sees them.
    """
    if source.isascii():
        return node.col_offset, node.end_col_offset or node.col_offset + 1
    raw = source.encode()
    start = len(raw[: node.col_offset].decode("utf-8", "ignore"))
    return start, start + len(raw[node.col_offset : node.end_col_offset].decode("utf-8", "ignore"))


@dataclass(frozen=True, slots=True)
class Text:
    """Text with holes: literal pieces and expressions in order."""

    parts: tuple[str | Expression, ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class ListValue:
    """A YAML sequence."""

    items: tuple[Value, ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class MapValue:
    """A YAML mapping; `key_marks` are the places of the keys."""

    items: Mapping[str, Value]
    mark: Mark
    key_marks: Mapping[str, Mark]


Value: TypeAlias = Literal | Expression | Text | ListValue | MapValue


def plain_value(data: Json, mark: Mark) -> Value:
    """Data that stands in no expression as a Value: braces in it are text. All of it is at one place."""
    match data:
        case list():
            return ListValue(tuple(plain_value(item, mark) for item in data), mark)
        case dict():
            items = {key: plain_value(item, mark) for key, item in data.items()}
            return MapValue(items, mark, dict.fromkeys(items, mark))
        case _:
            return Literal(data, mark)


def data_of(value: Value) -> Json:
    """The data of a value without expressions; null where one stands."""
    match value:
        case Literal():
            return value.value
        case ListValue():
            return [data_of(item) for item in value.items]
        case MapValue():
            return {key: data_of(item) for key, item in value.items.items()}
        case _:
            return None


def expressions_in(value: Value) -> Iterator[Expression]:
    """Every expression inside a value, in the order written."""
    match value:
        case Expression():
            yield value
        case Text():
            for part in value.parts:
                if isinstance(part, Expression):
                    yield part
        case ListValue():
            for item in value.items:
                yield from expressions_in(item)
        case MapValue():
            for item in value.items.values():
                yield from expressions_in(item)
        case Literal():
            pass
