"""`json(text, "name.schema.json")`: a text that a model wrote, read as JSON of a promised shape."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rhflow.ground.references import Shape
from rhflow.language.expressions.json_text import Plain, parsed_json
from rhflow.language.expressions.tree import ExpressionError
from rhflow.language.schemas import UnfitSchema, examine

WORD = "json"

_TOLD = 3
"""Misfits that one message tells."""


class Unreadable(ExpressionError):
    """A text that cannot be read as it was promised; whoever knows says who wrote it.

    `fault` stands behind "the text": `does not fit a.schema.json: …`.
    """

    def __init__(self, text: str, fault: str) -> None:
        super().__init__(f"the text {fault}")
        self.text = text
        self.fault = fault

    def written_by(self, task: str) -> ExpressionError:
        """The same, as a sentence about what a task wrote."""
        return ExpressionError(f"what {task} wrote {self.fault}")


def is_shaped(node: ast.Call) -> bool:
    """Whether a call is `json` with a schema."""
    return isinstance(node.func, ast.Name) and node.func.id == WORD and len(node.args) == 2


def path_of(node: ast.Call) -> ast.Constant:
    """Where such a call names its schema."""
    named = node.args[1]
    assert isinstance(named, ast.Constant)
    return named


def shapes_named(node: ast.expr) -> Iterator[ast.Constant]:
    """Every path of a schema that an expression names."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and is_shaped(part):
            yield path_of(part)


@dataclass(frozen=True, slots=True)
class Read:
    """The value of a text, and the looks it took to find that it fits."""

    value: Plain
    looks: int


@dataclass(frozen=True, slots=True)
class _Unfit:
    """Why the schema cannot be used."""

    message: str


def read_shaped(text: str, path: str, shape: Shape) -> Read:
    """The value of a text that was promised to be of that shape.

    Raises:
        Unreadable: it is no JSON, or does not fit.
        ExpressionError: the schema cannot be used.
    """
    found = _read(text, path, shape)
    match found:
        case Read():
            return found
        case _Unfit():
            raise ExpressionError(found.message)
        case _:
            raise Unreadable(text, found)


@lru_cache(maxsize=16)
def _read(text: str, path: str, shape: Shape) -> Read | _Unfit | str:
    """The value, or what is wrong with the text.

    Kept, because each of many cells asks for its part of the same text. Nobody changes what was read.
    """
    try:
        value = parsed_json(text)
    except ValueError as error:
        return f"cannot be read for {path}: {error}"
    try:
        found = examine(value, shape.schema)
    except UnfitSchema as error:
        return _Unfit(f"{path}: {error}")
    misfits = found.misfits
    if not misfits:
        return Read(value, found.looks)
    told = "; ".join(misfit.message for misfit in misfits[:_TOLD])
    more = f"; and {len(misfits) - _TOLD} more" if len(misfits) > _TOLD else ""
    return f"does not fit {path}: {told}{more}"
