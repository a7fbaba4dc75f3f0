"""A Value and a scope in, a value out: the walk that gives expressions their meaning.

Never Python's `eval`. What is not known yet (a `Ref`, a `Deferred`) passes through untouched; an
operation *on* it turns the whole expression into a `Deferred`, which `resolve` finishes later.
Every operation is bounded, so that no text can keep the machine busy.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from rhflow.ground.references import BlobMedia, Deferred, FileMedia, Ref, Resolved, UrlMedia
from rhflow.language.expressions.functions import (
    FUNCTIONS,
    bounded_items,
    bounded_text,
    kind_word,
    need_number,
    need_whole,
    scalar_text,
)
from rhflow.language.expressions.parse import CONSTANTS, LARGEST_INTEGER, parse_source
from rhflow.language.expressions.scope import (
    Fan,
    MissingKey,
    Scoped,
    TaskHandle,
    attribute,
    media_within,
    plain,
    waits,
    waits_within,
)
from rhflow.language.expressions.tree import (
    Expression,
    ExpressionError,
    ListValue,
    Literal,
    MapValue,
    Text,
    Value,
)
from rhflow.language.expressions.uses import names_used

__all__ = ["ExpressionError", "Fan", "Scope", "TaskHandle", "evaluate", "resolve"]

Scope: TypeAlias = Mapping[str, Scoped]

MAX_WORK = 400_000
"""Nodes one expression may look at."""

MAX_MADE = 5_000_000
"""Characters and items one expression may make altogether."""

MAX_RESULT = 200_000
"""Leaves of one expression's result."""


class _Waits(Exception):
    """An operation met something that is not known yet."""


def evaluate(value: Value, scope: Scope) -> Resolved:
    """The value of what the author wrote.

    Raises:
        ExpressionError: it has none; `mark` is the place of the part that fails.
    """
    match value:
        case Literal():
            return value.value
        case Expression():
            return _expression(value, scope)
        case Text():
            return _text(value, scope)
        case ListValue():
            return [evaluate(item, scope) for item in value.items]
        case MapValue():
            return {key: evaluate(item, scope) for key, item in value.items.items()}


def _expression(expression: Expression, scope: Scope) -> Resolved:
    machine = _Machine(scope)
    try:
        return _finished(machine.run(expression.node), expression.source, scope, machine)
    except ExpressionError as error:
        if error.mark is not None:
            raise
        at = machine.at or expression.node
        mark = expression.name_spot(at) if isinstance(at, ast.Attribute) else expression.spot(at)
        raise type(error)(error.message, mark, error.hint) from None


def _finished(found: Scoped, source: str, scope: Scope, machine: _Machine) -> Resolved:
    if found is _WAITING:
        return Deferred(source, names_used(parse_source(source), scope, machine.attempt))
    _measure(found)
    return plain(found)


def _measure(value: object) -> None:
    """Refuse results so large that writing them down would take long.

    Raises:
        ExpressionError: the result has too many leaves.
    """
    count, stack = 0, [value]
    while stack:
        item = stack.pop()
        count += 1
        if count > MAX_RESULT:
            raise ExpressionError("this expression makes too large a value")
        match item:
            case dict():
                stack.extend(item.values())
            case list():
                stack.extend(item)
            case Fan():
                stack.extend(item.items)
            case _:
                pass


def _text(text: Text, scope: Scope) -> Resolved:
    pieces: list[Resolved] = []
    for part in text.parts:
        if isinstance(part, str):
            pieces.append(part)
            continue
        found = _expression(part, scope)
        try:
            pieces.append(found if waits(found) else _piece(found))
        except ExpressionError as error:
            whole = part.place(0, len(part.source))
            raise ExpressionError(error.message, whole, error.hint) from None
    return _joined(pieces)


def _piece(value: Resolved) -> str:
    if isinstance(value, dict | list):
        raise ExpressionError(
            f"{kind_word(value)} cannot stand inside text",
            hint="join(list, separator) or json(value) make text of it",
        )
    if value is None:
        raise ExpressionError(
            "null cannot stand inside text", hint='default(value, "…") gives it another value'
        )
    if isinstance(value, FileMedia | UrlMedia | BlobMedia):
        raise ExpressionError("a media file cannot stand inside text")
    return scalar_text(value)


def _joined(pieces: list[Resolved]) -> Resolved:
    """Text where every piece is known, else a Deferred of the pieces, neighbours glued together."""
    glued: list[Resolved] = []
    length = 0
    for piece in pieces:
        if isinstance(piece, str):
            length += len(piece)
            bounded_text(length, "this text")
            if glued and isinstance(glued[-1], str):
                glued[-1] += piece
                continue
        glued.append(piece)
    if not any(waits(piece) for piece in glued):
        return "".join(cast("list[str]", glued))
    return Deferred("", parts=tuple(glued))


def resolve(value: Resolved, lookup: Callable[[Ref], Resolved]) -> Resolved:
    """The value with every reference replaced by what `lookup` knows, and waiting expressions finished.

    What `lookup` does not know yet it may give back as a `Ref`: what depends on it goes on waiting.

    Raises:
        ExpressionError: an expression has no value (an index past the end, null in text, …).
    """
    match value:
        case Ref():
            return lookup(value)
        case Deferred() if value.parts:
            known = [resolve(part, lookup) for part in value.parts]
            return _joined([part if waits(part) else _piece(part) for part in known])
        case Deferred():
            scope = {name: resolve(item, lookup) for name, item in value.names.items()}
            machine = _Machine(scope, through_lists=True)
            return _finished(machine.run(parse_source(value.source)), value.source, scope, machine)
        case dict():
            return {key: resolve(item, lookup) for key, item in value.items()}
        case list():
            return [resolve(item, lookup) for item in value]
        case _:
            return value


_WAITING = object()


class _Machine:
    """Walks one tree over one scope."""

    def __init__(self, scope: Scope, *, through_lists: bool = False) -> None:
        self.scope = dict(scope)
        self.through_lists = through_lists
        self.work = MAX_WORK
        self.made = MAX_MADE
        self.at: ast.expr | None = None
        """Where it was when something went wrong."""

    def run(self, node: ast.expr) -> Scoped:
        """The value, or `_WAITING`."""
        try:
            return self.visit(node)
        except _Waits:
            return _WAITING

    def attempt(self, node: ast.expr) -> Scoped:
        """The value of a part, or None where it has none (yet)."""
        try:
            return self.visit(node)
        except (_Waits, ExpressionError):
            return None

    def visit(self, node: ast.expr) -> Scoped:
        self.spend(1)
        try:
            return self.bounded(_VISITS[type(node)](self, node))
        except ExpressionError:
            self.at = self.at or node
            raise

    def spend(self, work: int) -> None:
        self.work -= work
        if self.work < 0:
            raise ExpressionError("this expression is too much work")

    def bounded(self, value: Scoped) -> Scoped:
        match value:
            case bool():
                pass
            case int() if abs(value) > LARGEST_INTEGER:
                raise ExpressionError("the number is too large to travel as JSON")
            case float() if not -1e308 <= value <= 1e308:
                raise ExpressionError("the number is too large")
            case _:
                pass
        return value

    def make(self, value: Scoped) -> Scoped:
        """Count what an operation has made."""
        if isinstance(value, str | list):
            self.made -= len(value)
            if self.made < 0:
                raise ExpressionError("this expression makes too much text or too many items")
        return value

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
        if isinstance(value, Fan | TaskHandle):
            value = plain(value)
        if isinstance(value, dict | list):
            self.spend(len(value))
            if waits_within(value):
                raise _Waits
        return value

    def truth(self, node: ast.expr) -> tuple[bool, Scoped]:
        value = self.known(node)
        if isinstance(value, Fan):
            return bool(value.items), value
        if isinstance(value, TaskHandle):
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
            first, last = (
                None if part is None else need_whole(self.deep(part), "a slice")
                for part in (node.slice.lower, node.slice.upper)
            )
            match value:
                case None:
                    return None
                case Fan():
                    return Fan(value.items[first:last])
                case str() | list():
                    return self.make(value[first:last])
                case _:
                    raise ExpressionError(f"{kind_word(value)} cannot be sliced")
        return self.item(value, self.deep(node.slice))

    def item(self, value: Scoped, key: Scoped) -> Scoped:
        match value:
            case None:
                return None
            case dict() | TaskHandle() if isinstance(key, str):
                return attribute(value, key)
            case Fan() | list() | str():
                items = value.items if isinstance(value, Fan) else value
                index = need_whole(key, "an index")
                if not -len(items) <= index < len(items):
                    has = f"the list has {len(items)} item{'' if len(items) == 1 else 's'}, counted from 0"
                    has = has if items else "the list is empty"
                    raise ExpressionError(f"there is no item {index}: {has}")
                return items[index]
            case _:
                raise ExpressionError(f"{kind_word(value)} cannot be indexed with {kind_word(key)}")

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
        left, right = self.known(node.left), self.known(node.right)
        if isinstance(node.op, ast.Add):
            return self.make(self.plus(left, right))
        sign, work = _ARITHMETIC[type(node.op)]
        if isinstance(node.op, ast.Mult):
            for text, count in ((left, right), (right, left)):
                if isinstance(text, str) and isinstance(count, int) and not isinstance(count, bool):
                    bounded_text(len(text) * max(count, 0), sign)
                    return self.make(text * count)
        first, second = need_number(self.settled(left), sign), need_number(self.settled(right), sign)
        try:
            return cast("Scoped", work(first, second))
        except ZeroDivisionError:
            raise ExpressionError("division by zero") from None
        except OverflowError:
            raise ExpressionError("the number is too large") from None

    def plus(self, left: Scoped, right: Scoped) -> Scoped:
        left, right = (plain(side) if isinstance(side, Fan) else side for side in (left, right))
        match left, right:
            case str(), str():
                bounded_text(len(left) + len(right), "+")
                return left + right
            case list(), list():
                bounded_items(len(left) + len(right), "+")
                return [*left, *right]
            case _:
                pass
        if isinstance(left, str) or isinstance(right, str):
            other = right if isinstance(left, str) else left
            raise ExpressionError(
                f"+ cannot join a string and {kind_word(other)}", hint="str(number) makes a string of it"
            )
        try:
            return need_number(left, "+") + need_number(right, "+")
        except OverflowError:
            raise ExpressionError("the number is too large") from None

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
            case ast.Eq():
                return self.equal(left, right)
            case ast.NotEq():
                return not self.equal(left, right)
            case ast.In() | ast.NotIn():
                return self.contains(right, left) is isinstance(sign, ast.In)
            case _:
                word, work = _ORDER[type(sign)]
        if isinstance(left, str) and isinstance(right, str):
            return work(left, right)
        return work(need_number(left, word), need_number(right, word))

    def equal(self, left: Scoped, right: Scoped) -> bool:
        self.spend(1)
        match left, right:
            case list(), list():
                return len(left) == len(right) and all(map(self.equal, left, right))
            case dict(), dict():
                return left.keys() == right.keys() and all(self.equal(left[key], right[key]) for key in left)
            case _:
                # true is no 1 in JSON, though it is in Python
                return isinstance(left, bool) is isinstance(right, bool) and left == right

    def contains(self, whole: Scoped, part: Scoped) -> bool:
        match whole:
            case None:
                return False
            case str():
                if not isinstance(part, str):
                    raise ExpressionError(f"in a string there can be a string, not {kind_word(part)}")
                return part in whole
            case dict():
                return isinstance(part, str) and part in whole
            case list():
                return any(self.equal(item, part) for item in whole)
            case _:
                raise ExpressionError(f"in wants a list, a string or a mapping, not {kind_word(whole)}")

    def choice(self, node: ast.IfExp) -> Scoped:
        return self.visit(node.body if self.truth(node.test)[0] else node.orelse)

    def items(self, node: ast.List) -> Scoped:
        return self.make([plain(self.visit(item)) for item in node.elts])

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
                    made.append(plain(self.visit(node.elt)))
        finally:
            for name in targets:
                self.scope.pop(name, None)
            self.scope.update(before)
        return self.make(made)

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
        values = [self.known(part) for part in node.args]
        if function.name == "len" and isinstance(values[0], Fan):
            return len(values[0].items)
        values = [plain(value) if isinstance(value, Fan | TaskHandle) else value for value in values]
        if not function.is_shallow:
            values = [self.settled(value) for value in values]
            if function.name != "bool" and any(media_within(value) for value in values):
                raise ExpressionError(f"{function.name} cannot read a media file")
        for value in values:
            if isinstance(value, list | dict | str):
                self.spend(len(value) if not isinstance(value, str) else len(value) // 100)
        if function.name == "json":
            _measure(values[0])
        try:
            return self.make(function.body(*values))
        except OverflowError:
            raise ExpressionError("the number is too large") from None

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


_VISITS: dict[type[ast.expr], Callable[[_Machine, ast.expr], Scoped]] = cast(
    "dict[type[ast.expr], Callable[[_Machine, ast.expr], Scoped]]",
    {
        ast.Constant: _Machine.constant,
        ast.Name: _Machine.name,
        ast.Attribute: _Machine.attribute,
        ast.Subscript: _Machine.subscript,
        ast.BoolOp: _Machine.bool_op,
        ast.UnaryOp: _Machine.unary,
        ast.BinOp: _Machine.binary,
        ast.Compare: _Machine.compare,
        ast.IfExp: _Machine.choice,
        ast.List: _Machine.items,
        ast.ListComp: _Machine.comprehension,
        ast.Call: _Machine.call,
    },
)

_ARITHMETIC: dict[type[ast.operator], tuple[str, Callable[..., int | float]]] = {
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
    ast.FloorDiv: ("//", operator.floordiv),
    ast.Mod: ("%", operator.mod),
}

_ORDER: dict[type[ast.cmpop], tuple[str, Callable[..., bool]]] = {
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
}
