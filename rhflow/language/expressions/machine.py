"""The walk over one expression's tree: one method per kind of node.

What is not known yet passes through untouched; an operation on it ends the walk with `WAITING`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from rhflow.ground.references import Shape
from rhflow.language.expressions.functions import (
    FUNCTIONS,
    bounded_items,
    kind_word,
    need_number,
    need_whole,
)
from rhflow.language.expressions.operations import (
    Budget,
    arithmetic,
    bounded,
    item_of,
    measure,
    ordered,
    slice_of,
)
from rhflow.language.expressions.parse import CONSTANTS
from rhflow.language.expressions.scope import (
    Fan,
    MissingKey,
    NodeHandle,
    NodesHandle,
    Scoped,
    TaskHandle,
    attribute,
    is_media,
    plain,
    waits,
)
from rhflow.language.expressions.shaped import is_shaped, path_of, read_shaped
from rhflow.language.expressions.tree import ExpressionError

Scope: TypeAlias = Mapping[str, Scoped]

_HANDLES = (Fan, TaskHandle, NodesHandle, NodeHandle)

WAITING = object()
"""What an expression is that needs something which is not known yet."""


class _Waits(Exception):
    """An operation met something that is not known yet."""


class Machine:
    """Walks one tree over one scope; `shapes` are the schemas it names, by path.

    With `through_lists` plain lists answer attributes as fans do.
    """

    def __init__(
        self, scope: Scope, shapes: Mapping[str, Shape] | None = None, *, through_lists: bool = False
    ) -> None:
        self.scope = dict(scope)
        self.shapes = shapes or {}
        self.through_lists = through_lists
        self.budget = Budget()
        self.known_plain: set[int] = set()
        self.at: ast.expr | None = None
        """Where it was when something went wrong."""

    def run(self, node: ast.expr) -> Scoped:
        """The value, or `WAITING`."""
        try:
            return self.visit(node)
        except _Waits:
            return WAITING

    def attempt(self, node: ast.expr) -> Scoped:
        """The value of a part, or None where it has none (yet)."""
        try:
            return self.visit(node)
        except (_Waits, ExpressionError):
            return None

    def visit(self, node: ast.expr) -> Scoped:
        try:
            self.budget.spend(1)
            return bounded(_VISITS[type(node)](self, node))
        except ExpressionError:
            self.at = self.at or node
            raise

    def known(self, node: ast.expr) -> Scoped:
        """The value of a part that must be known now."""
        value = self.visit(node)
        if waits(value):
            raise _Waits
        return value

    def deep(self, node: ast.expr) -> Scoped:
        """The same, and nothing inside it may wait either."""
        return self.settled(self.known(node))

    def settled(self, value: Scoped) -> Scoped:
        if isinstance(value, _HANDLES):
            value = plain(value)
        if isinstance(value, dict | list) and self.budget.holds(value, waits):
            raise _Waits
        return value

    def plain(self, value: Scoped) -> Scoped:
        """The value without handles; a mapping of the scope is looked through once only."""
        if not isinstance(value, dict):
            return plain(value)
        if id(value) not in self.known_plain:
            found = plain(value)
            if found is not value:
                return found
            self.known_plain.add(id(value))
        return value

    def truth(self, node: ast.expr) -> tuple[bool, Scoped]:
        value = self.known(node)
        if isinstance(value, Fan):
            return bool(value.items), value
        if isinstance(value, TaskHandle | NodesHandle | NodeHandle):
            plain(value)
        return bool(value), value

    # One method per kind of node.

    def constant(self, node: ast.Constant) -> Scoped:
        return cast("Scoped", node.value)

    def name(self, node: ast.Name) -> Scoped:
        if node.id in CONSTANTS:
            return CONSTANTS[node.id]
        if node.id not in self.scope:
            raise ExpressionError(f'there is no "{node.id}" here')
        return self.scope[node.id]

    def attribute(self, node: ast.Attribute) -> Scoped:
        return attribute(self.known(node.value), node.attr, through_lists=self.through_lists)

    def subscript(self, node: ast.Subscript) -> Scoped:
        value = self.known(node.value)
        if isinstance(node.slice, ast.Slice):
            first, last = self.bound(node.slice.lower), self.bound(node.slice.upper)
            return self.budget.make(slice_of(value, first, last))
        key = self.deep(node.slice)
        if self.through_lists and isinstance(value, list) and isinstance(key, str):
            return attribute(value, key, through_lists=True)  # the nodes of many cells
        return item_of(value, key)

    def bound(self, node: ast.expr | None) -> int | None:
        return None if node is None else need_whole(self.deep(node), "a slice")

    def bool_op(self, node: ast.BoolOp) -> Scoped:
        stops_at = isinstance(node.op, ast.Or)
        for part in node.values[:-1]:
            is_true, value = self.truth(part)
            if is_true is stops_at:
                return value
        return self.visit(node.values[-1])

    def unary(self, node: ast.UnaryOp) -> Scoped:
        if isinstance(node.op, ast.Not):
            return not self.truth(node.operand)[0]
        number = need_number(self.deep(node.operand), "a sign")
        return -number if isinstance(node.op, ast.USub) else number

    def binary(self, node: ast.BinOp) -> Scoped:
        sides = [self.known(part) for part in (node.left, node.right)]
        left, right = (plain(side) if isinstance(side, _HANDLES) else side for side in sides)
        return self.budget.make(arithmetic(node.op, left, right))

    def compare(self, node: ast.Compare) -> Scoped:
        left = self.deep(node.left)
        for sign, part in zip(node.ops, node.comparators, strict=True):
            right = self.deep(part)
            if not self.holds(sign, left, right):
                return False
            left = right
        return True

    def holds(self, sign: ast.cmpop, left: Scoped, right: Scoped) -> bool:
        match sign:
            case ast.Eq() | ast.NotEq():
                return self.budget.equal(left, right) is isinstance(sign, ast.Eq)
            case ast.In() | ast.NotIn():
                return self.budget.contains(right, left) is isinstance(sign, ast.In)
            case _:
                return ordered(sign, left, right)

    def choice(self, node: ast.IfExp) -> Scoped:
        return self.visit(node.body if self.truth(node.test)[0] else node.orelse)

    def items(self, node: ast.List) -> Scoped:
        return self.budget.make([self.plain(self.visit(item)) for item in node.elts])

    def comprehension(self, node: ast.ListComp) -> Scoped:
        generator = node.generators[0]
        source = self.known(generator.iter)
        if source is None:
            return None
        items = source.items if isinstance(source, Fan) else source
        if not isinstance(items, list | tuple):
            raise ExpressionError(f"for runs over a list, not over {kind_word(items)}")
        bounded_items(len(items), "a comprehension")
        targets = _target_names(generator.target)
        before = {name: self.scope[name] for name in targets if name in self.scope}
        made: list[Scoped] = []
        try:
            for item in items:
                self.bind(targets, item, is_pair=isinstance(generator.target, ast.Tuple))
                if all(self.truth(test)[0] for test in generator.ifs):
                    made.append(self.plain(self.visit(node.elt)))
        finally:
            for name in targets:
                self.scope.pop(name, None)
            self.scope.update(before)
        return self.budget.make(made)

    def bind(self, names: tuple[str, ...], item: Scoped, *, is_pair: bool) -> None:
        if not is_pair:
            self.scope[names[0]] = item
            return
        if waits(item):
            raise _Waits
        if not isinstance(item, list) or len(item) != len(names):
            raise ExpressionError(f"for {', '.join(names)} wants items that are lists of {len(names)}")
        self.scope.update(zip(names, item, strict=True))

    def call(self, node: ast.Call) -> Scoped:
        function = FUNCTIONS[cast("ast.Name", node.func).id]
        if function.name == "default":
            return self.default(node.args[0], node.args[1])
        if is_shaped(node):
            return self.shaped(node)
        values = [self.known(part) for part in node.args]
        if function.name == "len" and isinstance(values[0], Fan):
            return len(values[0].items)
        values = [plain(value) if isinstance(value, _HANDLES) else value for value in values]
        if not function.is_shallow:
            values = [self.settled(value) for value in values]
            if function.name != "bool" and any(self.budget.holds(value, is_media) for value in values):
                raise ExpressionError(f"{function.name} cannot read a media file")
        for value in values:
            if isinstance(value, str):
                self.budget.spend(len(value) // 100)
            elif isinstance(value, list) and function.name != "len":
                self.budget.spend(len(value))
        if function.name == "json":
            measure(values[0])
        try:
            return self.budget.make(function.body(*values))
        except OverflowError:
            raise ExpressionError("the number is too large") from None

    def shaped(self, node: ast.Call) -> Scoped:
        """A text read as JSON of a promised shape; null stays null."""
        text = self.deep(node.args[0])
        if text is None:
            return None
        if not isinstance(text, str):
            raise ExpressionError(f"json with a schema reads a string, not {kind_word(text)}")
        self.budget.spend(len(text) // 100)
        path = str(path_of(node).value)
        if path not in self.shapes:
            raise ExpressionError(f"the schema {path} is not at hand")
        found = read_shaped(text, path, self.shapes[path])
        self.budget.spend(found.looks // 2)
        return found.value

    def default(self, first: ast.expr, otherwise: ast.expr) -> Scoped:
        """The first where it is there and not null, else the other."""
        at = self.at
        try:
            value = self.known(first)
        except MissingKey:
            value, self.at = None, at
        return self.visit(otherwise) if value is None else value


def _target_names(target: ast.expr) -> tuple[str, ...]:
    nodes = target.elts if isinstance(target, ast.Tuple) else [target]
    return tuple(cast("ast.Name", node).id for node in nodes)


_VISITS: dict[type[ast.expr], Callable[[Machine, ast.expr], Scoped]] = cast(
    "dict[type[ast.expr], Callable[[Machine, ast.expr], Scoped]]",
    {
        ast.Constant: Machine.constant,
        ast.Name: Machine.name,
        ast.Attribute: Machine.attribute,
        ast.Subscript: Machine.subscript,
        ast.BoolOp: Machine.bool_op,
        ast.UnaryOp: Machine.unary,
        ast.BinOp: Machine.binary,
        ast.Compare: Machine.compare,
        ast.IfExp: Machine.choice,
        ast.List: Machine.items,
        ast.ListComp: Machine.comprehension,
        ast.Call: Machine.call,
    },
)
