"""Document to values: finds `${{ … }}` in scalars and reads what stands inside.

A value that cannot be read is reported, and something that may be anything stands in for it, so that the rest
is still checked.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from rhflow.ground.diagnostics import Diagnostics
from rhflow.ground.marks import Mark
from rhflow.ground.references import Shape
from rhflow.ground.values import Json, Path
from rhflow.language.expressions.parse import SourceError, parse_source
from rhflow.language.expressions.shaped import shapes_named
from rhflow.language.expressions.tree import Expression, ListValue, Literal, MapValue, Text, Value
from rhflow.language.places import Places

FAULTY = "_"
"""The name that stands in a tree for what could not be read; no author can write it."""

OpenShape: TypeAlias = Callable[[str, Mark], Shape | None]
"""Reads the JSON Schema of a path that an expression names at a place; None where that was reported."""

_OPEN = "${{"
_BARE = re.compile(r"(?<!\$)\{\{[^{}\n]*\}\}")


@dataclass(frozen=True, slots=True)
class Holes:
    """Reads the values of one document."""

    marks: Places
    problems: Diagnostics
    open_shape: OpenShape

    def value(self, data: Json, path: Path) -> Value:
        """A piece of the document as a Value."""
        mark = self.marks.of(path)
        match data:
            case str():
                return self.text(data, path)
            case list():
                return ListValue(
                    tuple(self.value(item, (*path, index)) for index, item in enumerate(data)), mark
                )
            case dict():
                return MapValue(
                    {key: self.value(item, (*path, key)) for key, item in data.items()},
                    mark,
                    {key: self.marks.of_key((*path, key)) for key in data},
                )
            case _:
                return Literal(data, mark)

    def text(self, text: str, path: Path) -> Value:
        mark = self.marks.of(path)
        if "{{" not in text:
            return Literal(text, mark)
        parts: list[str | Expression] = []
        position = 0
        while (start := text.find(_OPEN, position)) >= 0:
            inside = start + len(_OPEN)
            end = closing(text, inside)
            if end is None:
                # An unbalanced bracket or quote must not hide the end: the parser will name the real fault.
                self.unclosed(text, inside, path)
                return faulty(text, mark)
            if start > position:
                parts.append(text[position:start])
                self.look_for_bare(text[position:start], position, path)
            parts.append(self.hole(text[inside:end], inside, path))
            position = end + 2
        if position < len(text):
            parts.append(text[position:])
            self.look_for_bare(text[position:], position, path)
        match parts:
            case [Expression() as only]:
                return only
            case _ if any(isinstance(part, Expression) for part in parts):
                return Text(tuple(parts), mark)
            case _:
                return Literal(text, mark)

    def hole(self, inner: str, offset: int, path: Path) -> Expression:
        """One expression; `offset` is where `inner` begins in the scalar's text."""
        lead = len(inner) - len(inner.lstrip())
        source = re.sub(r"\s", " ", inner.strip())
        start = offset + lead
        runs = self.marks.runs(path, start, len(source))
        if not source:
            mark = self.marks.inside(path, offset - 3, len(inner) + 5)
        else:
            mark = self.marks.inside(path, start, len(source))
        try:
            node = parse_source(source)
        except SourceError as error:
            expression = Expression(source, ast.Constant(None), mark, runs)
            place = mark if not source else expression.place(error.start, error.length)
            self.problems.add(place, "expression-syntax", error.message, hint=error.hint)
            return faulty(source, mark)
        return Expression(source, node, mark, runs, self.shapes(Expression(source, node, mark, runs)))

    def shapes(self, expression: Expression) -> Mapping[str, Shape]:
        """The schemas an expression names, by path; those that cannot be had are left out."""
        found: dict[str, Shape] = {}
        for node in shapes_named(expression.node):
            shape = self.open_shape(str(node.value), expression.spot(node))
            if shape is not None:
                found[str(node.value)] = shape
        return found

    def unclosed(self, text: str, inside: int, path: Path) -> None:
        """Report an expression whose end cannot be told: by its own fault where there is one."""
        end = text.find("}}", inside)
        if end >= 0:
            self.hole(text[inside:end], inside, path)
            return
        place = self.marks.inside(path, inside - len(_OPEN), len(_OPEN))
        if self.marks.cut_by_comment(path):
            message = "a # after a space begins a comment in YAML and cuts this expression short"
            self.problems.add(place, "expression-cut", message, hint="put the whole value in quotes")
        else:
            self.problems.add(place, "expression-syntax", "this ${{ has no closing }}")

    def look_for_bare(self, piece: str, offset: int, path: Path) -> None:
        """Report `{{ … }}` without a $ in a literal piece of text."""
        for found in _BARE.finditer(piece):
            self.problems.add(
                self.marks.inside(path, offset + found.start(), found.end() - found.start()),
                "bare-braces",
                f"{found.group()} has no $ before it, so it would be sent as text",
                hint='write ${{ … }}; for two braces as text, ${{ "{{" }}',
            )


def faulty(source: str, mark: Mark) -> Expression:
    """What stands in for an expression that was reported: it may be anything."""
    return Expression(source, ast.Name(FAULTY), mark)


def closing(text: str, start: int) -> int | None:
    """Where the `}}` of an expression stands that begins at `start`; strings inside may hold `}}`.

    None where brackets or quotes are out of balance, so that nothing behind them can be told.
    """
    depth, index, quote = 0, start, ""
    while index < len(text):
        char = text[index]
        if quote:
            if char == "\\":
                index += 1
            elif char == quote:
                quote = ""
        elif char in "'\"":
            quote = char
        elif char in "{[(":
            depth += 1
        elif char == "}" and depth == 0 and text.startswith("}}", index):
            return index
        elif char in ")]}":
            depth = max(depth - 1, 0)
        index += 1
    return None
