"""What an expression refers to, found without evaluating anything: the edges of the graph."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from rhflow.ground.marks import Mark
from rhflow.language.expressions.tree import Expression, Value, expressions_in, span


@dataclass(frozen=True, slots=True)
class Use:
    """One mention of `root.name`, for example of the step `hero` in `steps.hero.image`.

    `name` is None where the root is used in another way than by a written-out name.
    """

    root: str
    name: str | None
    mark: Mark


def uses_in(value: Value, root: str) -> Iterator[Use]:
    """Every mention of something below `root` (`steps` or `inputs`) inside a value, in order."""
    for expression in expressions_in(value):
        if root in expression.source:
            yield from _uses(expression, expression.node, root)


def steps_used(value: Value) -> tuple[str, ...]:
    """The first-level names of the steps a value uses, each once."""
    return tuple(dict.fromkeys(use.name for use in uses_in(value, "steps") if use.name is not None))


def chains_in(value: Value, root: str) -> Iterator[tuple[str, ...]]:
    """The names behind every mention of `root`: `("shots", "clip", "video")` of `steps.shots[0].clip.video`.

    Empty where the root is used as a whole.
    """
    for expression in expressions_in(value):
        if root in expression.source:
            yield from _chains(expression.node, root)


def _chains(node: ast.AST, root: str) -> Iterator[tuple[str, ...]]:
    names: list[str] = []
    while True:
        match node:
            case ast.Attribute():
                names.append(node.attr)
                node = node.value
            case ast.Subscript():
                match node.slice:
                    case ast.Constant(value=str(key)):
                        names.append(key)
                    case _:
                        yield from _chains(node.slice, root)
                node = node.value
            case _:
                break
    if isinstance(node, ast.Name) and node.id == root:
        yield tuple(reversed(names))
        return
    for child in ast.iter_child_nodes(node):
        yield from _chains(child, root)


def _uses(expression: Expression, node: ast.AST, root: str) -> Iterator[Use]:
    match node:
        case ast.Attribute(value=ast.Name(id=name)) if name == root:
            yield Use(root, node.attr, expression.name_spot(node))
            return
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key))) if name == root:
            start, end = span(expression.source, node.slice)
            yield Use(root, key, expression.place(start, end - start))
            return
        case ast.Name(id=name) if name == root:
            yield Use(root, None, expression.spot(node))
        case _:
            pass
    for child in ast.iter_child_nodes(node):
        yield from _uses(expression, child, root)
