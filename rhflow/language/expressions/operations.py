"""What the operators do to plain values, and how much one expression may do altogether."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import cast

from rhflow.ground.diagnostics import counted
from rhflow.language.expressions.functions import (
    bounded_items,
    bounded_text,
    kind_word,
    need_number,
    need_whole,
)
from rhflow.language.expressions.scope import Fan, NodesHandle, Scoped, TaskHandle, attribute
from rhflow.language.expressions.tree import ExpressionError
from rhflow.language.scalars import LARGEST_INTEGER

MAX_WORK = 400_000
"""Nodes one expression may look at."""

MAX_MADE = 5_000_000
"""Characters and items one expression may make altogether."""

MAX_RESULT = 200_000
"""Leaves of one expression's result."""


class Budget:
    """Counts what one expression does, so that no text can keep the machine busy."""

    def __init__(self) -> None:
        self.work = MAX_WORK
        self.made = MAX_MADE

    def spend(self, work: int) -> None:
        self.work -= work
        if self.work < 0:
            raise ExpressionError("this expression is too much work")

    def make(self, value: Scoped) -> Scoped:
        """Count what an operation has made."""
        if isinstance(value, str | list):
            self.made -= len(value)
            if self.made < 0:
                raise ExpressionError("this expression makes too much text or too many items")
        return value

    def holds(self, value: Scoped, is_it: Callable[[object], bool]) -> bool:
        """Whether any leaf of a value is such; looking costs work."""
        stack = [value]
        while stack:
            item = stack.pop()
            self.spend(1)
            if is_it(item):
                return True
            match item:
                case dict():
                    stack.extend(item.values())
                case list():
                    stack.extend(item)
                case _:
                    pass
        return False

    def equal(self, left: Scoped, right: Scoped) -> bool:
        """Equality as JSON has it: true is no 1, though it is in Python."""
        self.spend(1)
        match left, right:
            case str(), str():
                self.spend(len(left) // 1_000)
                return left == right
            case list(), list():
                return len(left) == len(right) and all(map(self.equal, left, right))
            case dict(), dict():
                return left.keys() == right.keys() and all(self.equal(left[key], right[key]) for key in left)
            case _:
                return isinstance(left, bool) is isinstance(right, bool) and left == right

    def contains(self, whole: Scoped, part: Scoped) -> bool:
        """`part in whole`."""
        match whole:
            case None:
                return False
            case str():
                if not isinstance(part, str):
                    raise ExpressionError(f"in a string there can be a string, not {kind_word(part)}")
                self.spend(len(whole) // 100)
                return part in whole
            case dict():
                return isinstance(part, str) and part in whole
            case list():
                return any(self.equal(item, part) for item in whole)
            case _:
                raise ExpressionError(f"in wants a list, a string or a mapping, not {kind_word(whole)}")


def measure(value: Scoped) -> None:
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


def bounded(value: Scoped) -> Scoped:
    """The value, unless it is a number that JSON cannot carry."""
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


def plus(left: Scoped, right: Scoped) -> Scoped:
    """`left + right`: numbers, strings or lists."""
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
        message = f"+ cannot join a string and {kind_word(other)}"
        raise ExpressionError(message, hint="str(number) makes a string of it")
    return need_number(left, "+") + need_number(right, "+")


_ARITHMETIC: dict[type[ast.operator], tuple[str, Callable[..., int | float]]] = {
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
    ast.FloorDiv: ("//", operator.floordiv),
    ast.Mod: ("%", operator.mod),
}


def arithmetic(sign: ast.operator, left: Scoped, right: Scoped) -> Scoped:
    """Every arithmetic operator; `*` also repeats a string."""
    try:
        if isinstance(sign, ast.Add):
            return plus(left, right)
        word, work = _ARITHMETIC[type(sign)]
        if isinstance(sign, ast.Mult):
            for text, count in ((left, right), (right, left)):
                if isinstance(text, str) and isinstance(count, int) and not isinstance(count, bool):
                    bounded_text(len(text) * max(count, 0), word)
                    return text * count
        return work(need_number(left, word), need_number(right, word))
    except ZeroDivisionError:
        raise ExpressionError("division by zero") from None
    except OverflowError:
        raise ExpressionError("the number is too large") from None


_ORDER: dict[type[ast.cmpop], tuple[str, Callable[..., bool]]] = {
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
}


def ordered(sign: ast.cmpop, left: Scoped, right: Scoped) -> bool:
    """`<`, `<=`, `>`, `>=`: two numbers or two strings."""
    word, work = _ORDER[type(sign)]
    if isinstance(left, str) and isinstance(right, str):
        return work(left, right)
    return work(need_number(left, word), need_number(right, word))


def item_of(value: Scoped, key: Scoped) -> Scoped:
    """`value[key]`."""
    match value:
        case None:
            return None
        case dict() | TaskHandle() | NodesHandle() if isinstance(key, str):
            return attribute(value, key)
        case Fan() if isinstance(key, str) and any(isinstance(item, NodesHandle) for item in value.items):
            return attribute(value, key)
        case Fan() | list() | str():
            items = value.items if isinstance(value, Fan) else value
            index = need_whole(key, "an index")
            if not -len(items) <= index < len(items):
                has = f"the list has {counted(len(items), 'item')}, counted from 0"
                raise ExpressionError(f"there is no item {index}: {has if items else 'the list is empty'}")
            return cast("Scoped", items[index])
        case _:
            raise ExpressionError(f"{kind_word(value)} cannot be indexed with {kind_word(key)}")


def slice_of(value: Scoped, first: int | None, last: int | None) -> Scoped:
    """`value[first:last]`."""
    match value:
        case None:
            return None
        case Fan():
            return Fan(value.items[first:last])
        case str() | list():
            return value[first:last]
        case _:
            raise ExpressionError(f"{kind_word(value)} cannot be sliced")
