"""What type an expression has before it has a value, and what is wrong with it already.

Only what is certainly wrong is reported; `ANYTHING` keeps quiet. Each expression reports its
first fault along a chain and goes on with `ANYTHING`, so that one slip gives one message.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import cast

from rhflow.ground.diagnostics import Diagnostics, listing
from rhflow.ground.marks import Mark
from rhflow.ground.values import Json
from rhflow.language.expressions.functions import FUNCTIONS
from rhflow.language.expressions.holes import FAULTY
from rhflow.language.expressions.members import NoMember, member
from rhflow.language.expressions.schema_types import of_shape
from rhflow.language.expressions.shaped import is_shaped, path_of
from rhflow.language.expressions.tree import (
    Expression,
    ListValue,
    Literal,
    MapValue,
    Text,
    Value,
)
from rhflow.language.expressions.types import (
    ANYTHING,
    BOOLEAN,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    ListOf,
    Record,
    Scalar,
    Type,
    either,
    holds_step,
    is_text,
    of_json,
    parts,
    without_null,
)
from rhflow.language.words import not_yet

NOT_YET_NAMES: dict[str, str] = {
    "take": "the number of a take",
}
"""Names the language has and this version does not know yet."""

_KNOWN_ELSEWHERE = {
    "run": "run is known in label and save_as only",
    "index": "index is known inside a foreach or a matrix only",
    "previous": "previous is known inside a foreach or a matrix only",
    "matrix": "matrix is known inside a step with a matrix only",
}
"""Names that mean something in other places."""

_A_ROOT = {"inputs": "there is an input", "steps": "there is a step"}

_NOUN = 40
"""Characters of an expression that the name of what it gives may have."""

TypeScope = Mapping[str, Type]


def infer(
    value: Value, scope: TypeScope, problems: Diagnostics, types: dict[int, Type] | None = None
) -> Type:
    """The type of a value; `types` collects the type of every expression in it by `id`."""
    match value:
        case Literal():
            return of_json(value.value)
        case Expression():
            return _infer_expression(value, scope, problems, types)
        case Text():
            for part in value.parts:
                if isinstance(part, Expression):
                    _in_text(part, _infer_expression(part, scope, problems, types), problems)
            return STRING
        case ListValue():
            return ListOf(either([infer(item, scope, problems, types) for item in value.items]))
        case MapValue():
            return Record({key: infer(item, scope, problems, types) for key, item in value.items.items()})


def _infer_expression(
    expression: Expression, scope: TypeScope, problems: Diagnostics, types: dict[int, Type] | None
) -> Type:
    checker = _Checker(expression, scope, problems)
    found = checker.visit(expression.node)
    if holds_step(found):
        checker.report_step(expression.node, found)
        found = ANYTHING
    if types is not None:
        types[id(expression)] = found
    return found


def _are_nodes(found: ListOf) -> bool:
    """Whether these are the nodes of the cells of a workflow step: a number reaches into each of them."""
    item = without_null(found.item)
    return found.through and isinstance(item, Record) and item.field_noun == "node"


def _in_text(expression: Expression, found: Type, problems: Diagnostics) -> None:
    """Text takes scalars only; what can never be one is reported."""
    options = parts(found)
    if any(isinstance(option, Scalar) and option != NULL for option in options) or any(
        is_text(option) for option in options
    ):
        return
    rest = without_null(found)
    message, hint = f"{rest} cannot stand inside text", None
    if isinstance(parts(rest)[0], ListOf):
        hint = "join(list, separator) or json(value) make text of it"
    elif rest == NULL:
        hint = 'default(value, "…") gives it another value'
    problems.add(expression.spot(expression.node), "text-hole", message, hint=hint)


class _Checker:
    def __init__(self, expression: Expression, scope: TypeScope, problems: Diagnostics) -> None:
        self.expression = expression
        self.scope = dict(scope)
        self.problems = problems

    def report(self, mark: Mark, name: str, message: str, hint: str | None = None) -> Type:
        self.problems.add(mark, name, message, hint=hint)
        return ANYTHING

    def report_step(self, node: ast.expr, found: Type) -> None:
        record = without_null(found)
        while isinstance(record, ListOf):
            record = without_null(record.item)
        noun = record.noun if isinstance(record, Record) else "a step"
        what = "which of its steps" if noun.startswith(("group", "steps")) else "which of its outputs"
        word = next(iter(record.fields), "output") if isinstance(record, Record) else "output"
        shown = ast.unparse(node)
        hint = f"for example {shown}.{word}" if len(shown) < 60 else None
        if isinstance(record, Record) and record.field_noun == "node":
            what, hint = "which of its nodes", f'for example {shown}["9"].image' if hint else None
        self.problems.add(
            self.expression.spot(node), "step-as-value", f"{noun} is no value; say {what}", hint=hint
        )

    def visit(self, node: ast.expr) -> Type:
        match node:
            case ast.Constant():
                return of_json(cast("Json", node.value))
            case ast.Name():
                return self.name(node)
            case ast.Attribute():
                return self.member(self.visit(node.value), node.attr, self.expression.name_spot(node))
            case ast.Subscript():
                return self.subscript(node)
            case ast.BoolOp():
                return self.bool_op(node)
            case ast.UnaryOp():
                found = self.value(node.operand)
                if isinstance(node.op, ast.Not):
                    return BOOLEAN
                return self.number(node.operand, found, "a sign")
            case ast.BinOp():
                return self.binary(node)
            case ast.Compare():
                for part in (node.left, *node.comparators):
                    self.value(part)
                return BOOLEAN
            case ast.IfExp():
                self.value(node.test)
                return either((self.visit(node.body), self.visit(node.orelse)))
            case ast.List():
                return ListOf(either([self.value(item) for item in node.elts]))
            case ast.ListComp():
                return self.comprehension(node)
            case ast.Call():
                return self.call(node)
            case _:
                return ANYTHING

    def value(self, node: ast.expr) -> Type:
        """The type of a part that has to be a value, not a step."""
        found = self.visit(node)
        if holds_step(found):
            self.report_step(node, found)
            return ANYTHING
        return found

    def name(self, node: ast.Name) -> Type:
        name = node.id
        if name in ("true", "false"):
            return BOOLEAN
        if name == "null":
            return NULL
        if name in self.scope:
            return self.scope[name]
        if name == FAULTY:
            return ANYTHING
        mark = self.expression.spot(node)
        if name in NOT_YET_NAMES:
            return self.report(mark, "not-yet", not_yet(name, NOT_YET_NAMES[name]))
        if name in _KNOWN_ELSEWHERE:
            return self.report(mark, "unknown-name", _KNOWN_ELSEWHERE[name])
        for root in ("inputs", "steps"):
            record = self.scope.get(root)
            if isinstance(record, Record) and name in record.fields:
                message = f'there is no "{name}" here, but {_A_ROOT[root]} of that name'
                return self.report(mark, "unknown-name", message, f"write {root}.{name}")
        near = self.problems.near(name, [*self.scope, *FUNCTIONS])
        hint = f"did you mean {near}?" if near else None
        return self.report(
            mark, "unknown-name", f'there is no "{name}" here; there are {listing(self.scope)}', hint
        )

    def member(self, found: Type, name: str, mark: Mark) -> Type:
        try:
            return member(found, name)
        except NoMember as fault:
            near = None if fault.hint else self.problems.near(name, fault.choices)
            hint = f"did you mean {near}?" if near else fault.hint
            return self.report(mark, fault.problem, fault.message, hint)

    def subscript(self, node: ast.Subscript) -> Type:
        found = self.visit(node.value)
        mark = self.expression.spot(node.slice)
        if isinstance(node.slice, ast.Slice):
            for part in (node.slice.lower, node.slice.upper):
                if part is not None:
                    self.value(part)
            return found
        key = self.value(node.slice)
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            options = parts(without_null(found))
            if all(not isinstance(option, ListOf) or _are_nodes(option) for option in options):
                return self.member(found, node.slice.value, mark)
        results: list[Type] = []
        for option in parts(without_null(found)):
            match option:
                case ListOf() if key == STRING:
                    return self.report(mark, "wrong-type", "a list is indexed with a number, counted from 0")
                case ListOf():
                    results.append(option.item)
                case Scalar(name="string"):
                    results.append(STRING)
                case Record(is_step=True, noun="steps"):
                    return self.report(mark, "wrong-type", "a step is named with a string that stands here")
                case Record(field_noun="node"):
                    message, hint = "a node is named with a string that stands here", 'write nodes["9"]'
                    return self.report(mark, "wrong-type", message, hint)
                case Record() if not option.is_open and option.fields:
                    results.append(either(option.fields.values()))
                case Scalar(name="anything") | Record() | Scalar(name="null"):
                    results.append(ANYTHING)
                case _:
                    return self.report(mark, "wrong-type", f"{option} cannot be indexed")
        return either(results)

    def bool_op(self, node: ast.BoolOp) -> Type:
        found = [self.value(part) for part in node.values]
        if isinstance(node.op, ast.Or):
            found = [*(without_null(part) if part != NULL else part for part in found[:-1]), found[-1]]
            rest = [part for part in found[:-1] if part != NULL]
            return either([*rest, found[-1]])
        return either(found)

    def number(self, node: ast.expr, found: Type, who: str) -> Type:
        options = [part for part in parts(found) if part != NULL]
        if options and all(part not in (INTEGER, NUMBER, ANYTHING) for part in options):
            self.report(self.expression.spot(node), "wrong-type", f"{who} wants a number, not {found}")
            return NUMBER
        return INTEGER if options == [INTEGER] else NUMBER

    def binary(self, node: ast.BinOp) -> Type:
        left, right = self.value(node.left), self.value(node.right)
        sides = [without_null(left), without_null(right)]
        texts = [is_text(side) for side in sides]
        if isinstance(node.op, ast.Add):
            if all(texts):
                return STRING
            if any(texts) and any(side in (INTEGER, NUMBER, BOOLEAN) for side in sides):
                other = sides[texts.index(False)]
                message = f"+ cannot join a string and {other}"
                return self.report(
                    self.expression.spot(node), "wrong-type", message, "str(value) makes a string of it"
                )
            if any(isinstance(side, ListOf) for side in sides):
                return either(side for side in sides) if sides[0] == sides[1] else ListOf(ANYTHING)
            if ANYTHING in sides or any(len(parts(side)) > 1 for side in sides):
                return ANYTHING
        if isinstance(node.op, ast.Mult) and any(texts):
            return STRING
        sign = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%"}
        who = sign[type(node.op)]
        kinds = {self.number(node.left, left, who), self.number(node.right, right, who)}
        return INTEGER if kinds == {INTEGER} and not isinstance(node.op, ast.Div) else NUMBER

    def comprehension(self, node: ast.ListComp) -> Type:
        generator = node.generators[0]
        source = self.visit(generator.iter)
        items: list[Type] = []
        for option in parts(without_null(source)):
            match option:
                case ListOf():
                    items.append(option.item)
                case Scalar(name="anything") | Scalar(name="null"):
                    items.append(ANYTHING)
                case _:
                    message = f"for runs over a list, not over {option}"
                    self.report(self.expression.spot(generator.iter), "wrong-type", message)
                    items.append(ANYTHING)
        before = self.scope.copy()
        if isinstance(generator.target, ast.Tuple):
            inner = either(items)
            each = inner.item if isinstance(inner, ListOf) else ANYTHING
            self.scope.update({cast("ast.Name", target).id: each for target in generator.target.elts})
        else:
            self.scope[cast("ast.Name", generator.target).id] = either(items)
        for test in generator.ifs:
            self.value(test)
        result = ListOf(self.value(node.elt))
        self.scope = before
        return result

    def call(self, node: ast.Call) -> Type:
        name = cast("ast.Name", node.func).id
        function = FUNCTIONS[name]
        if name == "len":
            return self.length(node.args[0])
        if is_shaped(node):
            return self.shaped(node)
        arguments = tuple(self.value(part) for part in node.args)
        if function.wants is not None:
            words, fits = function.wants
            options = [part for part in parts(arguments[0]) if part != NULL]
            if options and not any(part == ANYTHING or fits(part) for part in options):
                message = f"{name} wants {words}, not {arguments[0]}"
                hint = f"it is called as {function.signature}"
                self.report(self.expression.spot(node.args[0]), "wrong-type", message, hint)
        return function.result(arguments)

    def shaped(self, node: ast.Call) -> Type:
        """What the schema promises of the text; null where the text may be null."""
        found = self.value(node.args[0])
        options = parts(found)
        if found != NULL and not any(part == ANYTHING or is_text(part) for part in options):
            message = f"json with a schema reads a string, not {without_null(found)}"
            hint = "without the schema, json(value) writes it as JSON"
            self.report(self.expression.spot(node.args[0]), "wrong-type", message, hint)
        shape = self.expression.shapes.get(str(path_of(node).value))
        if shape is None:
            return ANYTHING  # it was reported where it is named
        read = ast.unparse(node.args[0])
        promised = of_shape(shape, f"json({read if len(read) <= _NOUN else '…'})")
        return either((promised, NULL)) if NULL in options else promised

    def length(self, node: ast.expr) -> Type:
        found = self.visit(node)
        options = [part for part in parts(found) if part != NULL]
        sized = (ListOf, Record)
        if options and not any(
            isinstance(part, sized) or part == ANYTHING or is_text(part) for part in options
        ):
            self.report(
                self.expression.spot(node),
                "wrong-type",
                f"len wants a list, a string or a mapping, not {found}",
            )
        return INTEGER
