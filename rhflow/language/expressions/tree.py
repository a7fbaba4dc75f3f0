"""An argument as the author wrote it: literal, expression, text with holes, list or mapping.

The nouns only; `parse.py` makes them, `check.py` types them, `evaluate.py` gives them values.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from rhflow.ground.marks import Mark


@dataclass(frozen=True, slots=True)
class Literal:
    """A scalar as written (YAML 1.2 core)."""

    value: str | int | float | bool | None
    mark: Mark


@dataclass(frozen=True, slots=True)
class Expression:
    """One `${{ … }}`: its source without the braces, its parsed tree, where the source begins."""

    source: str
    node: ast.expr
    mark: Mark


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
