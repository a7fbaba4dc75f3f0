"""Source to tree: reads what stands between `${{` and `}}`.

Python's own parser does the reading (`ast`, eval mode); a walk over a short list of allowed nodes
decides what is an expression of ours. Nothing is ever run as Python. Sizes and depths are bounded.
"""

from __future__ import annotations

import ast
import re
import warnings
from functools import lru_cache

from rhflow.ground.diagnostics import did_you_mean, listing
from rhflow.language.expressions.functions import FUNCTIONS
from rhflow.language.expressions.shaped import is_shaped
from rhflow.language.expressions.tree import ExpressionError, span
from rhflow.language.scalars import LARGEST_INTEGER

MAX_SOURCE = 2_000
"""Characters of one expression."""

MAX_DEPTH = 60
"""Nodes from the root of one expression to its deepest leaf."""

CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}

SCOPE_WORDS = ("inputs", "steps", "index", "previous", "matrix", "take", "pipeline", "run")
"""First-level names whose meaning is fixed."""

_REFUSED: tuple[tuple[type[ast.AST] | tuple[type[ast.AST], ...], str], ...] = (
    (ast.Lambda, "a lambda"),
    (ast.NamedExpr, "an assignment with :="),
    (ast.Starred, "a star"),
    ((ast.JoinedStr, ast.FormattedValue), "an f-string; write the text outside the ${{ }}"),
    (ast.Dict, "a mapping in { }; write it as YAML"),
    ((ast.Set, ast.SetComp, ast.DictComp), "a set or mapping in { }"),
    (ast.GeneratorExp, "a comprehension without brackets; put it in [ ]"),
    (ast.Tuple, "a tuple; put the items in [ ]"),
    ((ast.Await, ast.Yield, ast.YieldFrom), "a Python statement"),
)

_CONTROL = re.compile("[\x00-\x1f\x7f]")
"""What YAML lets through as an escape, and Python's parser chokes on."""

_OPERATORS: tuple[type[ast.operator], ...] = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)
_SIGNS: dict[type[ast.AST], str] = {
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.BitXor: "^",
    ast.Invert: "~",
}


class SourceError(ExpressionError):
    """What is wrong with the source of an expression, at `start` for `length` characters of it."""

    def __init__(self, message: str, start: int = 0, length: int = 1, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.start = start
        self.length = length


@lru_cache(maxsize=4096)
def parse_source(source: str) -> ast.expr:
    """The tree of an expression's source (one line, without the braces).

    Raises:
        SourceError: it is no expression of the language.
    """
    if not source:
        raise SourceError("there is nothing between ${{ and }}")
    if len(source) > MAX_SOURCE:
        raise SourceError(f"an expression may have {MAX_SOURCE:,} characters; this one has {len(source):,}")
    control = _CONTROL.search(source)
    if control is not None:
        code = ord(control.group())
        raise SourceError(f"there is a control character here (U+{code:04X})", control.start())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            node = ast.parse(source, mode="eval").body
    except SyntaxError as error:
        raise _syntax(source, error) from None
    except (ValueError, RecursionError, MemoryError, OverflowError):
        raise SourceError("this cannot be read as an expression", 0, len(source)) from None
    _Walk(source).visit(node, MAX_DEPTH)
    return node


def _syntax(source: str, error: SyntaxError) -> SourceError:
    start = min(max((error.offset or 1) - 1, 0), len(source) - 1)
    rest = source[start:]
    for sign, meant in (("&&", "and"), ("||", "or"), ("!", "not")):
        at = source.find(sign)
        if at >= 0 and not source.startswith("!=", at) and not _in_string(source, at):
            return SourceError(f'{sign} is written "{meant}" here', at, len(sign))
    word = re.search(
        r"\.\s*(and|or|not|in|if|else|is|for|from|with|class|as|import|def|del|pass|try|while)\b", source
    )
    if word and not _in_string(source, word.start()):
        hint = f'write ["{word.group(1)}"] instead of .{word.group(1)}'
        message = f'"{word.group(1)}" is a word of the expression language'
        return SourceError(message, word.start(1), len(word.group(1)), hint)
    pipe = re.search(r"\|\s*([a-z]+)", source)
    if pipe and not _in_string(source, pipe.start()):
        return SourceError("there are no filters with |; call a function, as in lower(x)", pipe.start())
    if "string literal" in error.msg:
        return SourceError("this string has no closing quote", start, len(rest))
    if "was never closed" in error.msg:
        return SourceError(f"this {source[start]} is never closed", start)
    if "leading zeros" in error.msg:
        return SourceError("a number does not begin with 0", start)
    if "=" in rest[:2] or "=" in source[max(start - 1, 0) : start + 2].replace("==", ""):
        return SourceError("a single = compares nothing; write ==", max(source.find("="), 0))
    if "expected 'else'" in error.msg:
        return SourceError("a choice needs both ways: x if condition else y", start, len(rest))
    if re.search(r"([-+*/%<>=.,(\[]|\b(and|or|not|in|if|else))$", source):
        return SourceError("the expression ends too early", len(source) - 1)
    found = re.match(r"\w+|.", rest)
    shown = found.group() if found else rest[:1]
    return SourceError(f"{shown!r} was not expected here".replace("'", '"'), start, len(shown))


def _in_string(source: str, position: int) -> bool:
    quote = ""
    for char in source[:position]:
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
    return bool(quote)


class _Walk:
    """The whitelist: raises at the first node that is no part of the language."""

    def __init__(self, source: str) -> None:
        self.source = source

    def fail(self, node: ast.expr, message: str, hint: str | None = None) -> SourceError:
        start, end = span(self.source, node)
        return SourceError(message, start, end - start, hint)

    def visit(self, node: ast.expr, depth: int) -> None:
        if depth == 0:
            raise SourceError("this expression is nested too deeply", 0, len(self.source))
        for part in self.parts(node):
            self.visit(part, depth - 1)

    def parts(self, node: ast.expr) -> list[ast.expr]:
        """The children to look at, after the node itself was found good."""
        match node:
            case ast.Constant():
                self.constant(node)
                return []
            case ast.Name():
                self.name(node, node.id)
                return []
            case ast.Attribute():
                if node.attr.startswith("_"):
                    raise self.fail(node, f'a name may not begin with "_": {node.attr}')
                return [node.value]
            case ast.Subscript():
                return [node.value, *self.index(node.slice)]
            case ast.BoolOp():
                return node.values
            case ast.UnaryOp():
                if isinstance(node.op, ast.Invert):
                    raise self.fail(node, "~ is no operator of the language")
                return [node.operand]
            case ast.BinOp():
                if not isinstance(node.op, _OPERATORS):
                    sign = _SIGNS.get(type(node.op), "this")
                    if sign == "|":
                        raise self.fail(node, "there are no filters with |; call a function, as in lower(x)")
                    raise self.fail(node, f"{sign} is no operator of the language")
                return [node.left, node.right]
            case ast.Compare():
                if any(isinstance(op, ast.Is | ast.IsNot) for op in node.ops):
                    raise self.fail(node, "is and is not are no operators of the language", "write == or !=")
                return [node.left, *node.comparators]
            case ast.IfExp():
                return [node.test, node.body, node.orelse]
            case ast.List():
                return node.elts
            case ast.ListComp():
                return self.comprehension(node)
            case ast.Call():
                return self.call(node)
            case _:
                what = next((word for kind, word in _REFUSED if isinstance(node, kind)), "this")
                raise self.fail(node, f"the expression language has no place for {what}")

    def constant(self, node: ast.Constant) -> None:
        value = node.value
        if value is None or isinstance(value, bool):
            word = {None: "null", True: "true", False: "false"}[value]
            raise self.fail(node, f"{value} is written {word}, as in YAML")
        if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            raise self.fail(node, "this number is too large to travel as JSON; write it as a string")
        if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):  # noqa: PLR0124
            raise self.fail(node, "this number is too large")
        if not isinstance(value, str | int | float):
            raise self.fail(node, "only numbers and strings can be written here")

    def name(self, node: ast.expr, name: str) -> None:
        if name.startswith("_"):
            raise self.fail(node, f'a name may not begin with "_": {name}')
        if name in FUNCTIONS:
            raise self.fail(node, f"{name} is a function; call it, as in {FUNCTIONS[name].signature}")

    def index(self, node: ast.expr) -> list[ast.expr]:
        if isinstance(node, ast.Slice):
            if node.step is not None:
                raise self.fail(node, "a slice has no third number here")
            return [part for part in (node.lower, node.upper) if part is not None]
        return [node]

    def comprehension(self, node: ast.ListComp) -> list[ast.expr]:
        generator = node.generators[0]
        if len(node.generators) > 1 or _holds_comprehension(node):
            raise self.fail(node, "a comprehension has one level: one for, and no other comprehension inside")
        if generator.is_async:
            raise self.fail(node, "there is nothing asynchronous here")
        for target in _targets(generator.target):
            if not isinstance(target, ast.Name):
                raise self.fail(generator.target, "for takes a plain name, or two for the pairs of zip")
            self.name(target, target.id)
            if target.id in CONSTANTS or target.id in SCOPE_WORDS:
                raise self.fail(target, f"{target.id} cannot be given another meaning")
        return [node.elt, generator.iter, *generator.ifs]

    def call(self, node: ast.Call) -> list[ast.expr]:
        if not isinstance(node.func, ast.Name):
            if isinstance(node.func, ast.Attribute) and node.func.attr in FUNCTIONS:
                wanted = FUNCTIONS[node.func.attr].signature
                raise self.fail(node.func, "values have no methods", f"write {wanted}")
            raise self.fail(node.func, "only the functions of the language can be called")
        name = node.func.id
        function = FUNCTIONS.get(name)
        if function is None:
            near = did_you_mean(name, FUNCTIONS)
            hint = f"did you mean {near}?" if near else f"there are {listing(FUNCTIONS, 30)}".replace('"', "")
            raise self.fail(node.func, f"there is no function {name}", hint)
        if node.keywords:
            raise self.fail(node, f"arguments go by position: {function.signature}")
        if not function.least <= len(node.args) <= function.most:
            raise self.fail(node, f"{name} is called as {function.signature}")
        if is_shaped(node) and not _is_text(node.args[1]):
            message = "json takes the path of its schema written out"
            raise self.fail(node.args[1], message, f"it is called as {function.signature}")
        return node.args


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _holds_comprehension(node: ast.ListComp) -> bool:
    return any(isinstance(part, ast.ListComp) for part in ast.walk(node) if part is not node)


def _targets(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]
