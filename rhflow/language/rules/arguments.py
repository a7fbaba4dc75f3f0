"""Arguments against the model they are for.

Literal values are checked by the catalogue as they are. An expression has no value yet: the
catalogue sees a leaf that promises what the expression's type promises (a reference to an image,
to a list of videos), and what is left, plain types, is compared here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rhflow.catalog.blueprint import NODES, field_param
from rhflow.catalog.check import check_arguments
from rhflow.catalog.complaint import Complaint
from rhflow.catalog.model import Blueprint, Param
from rhflow.ground.diagnostics import Diagnostic
from rhflow.ground.marks import Mark
from rhflow.ground.media import Kind
from rhflow.ground.values import Path
from rhflow.language.expressions.tree import Expression, ListValue, MapValue, Text, Value
from rhflow.language.expressions.types import (
    ANYTHING,
    BOOLEAN,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    Either,
    ListOf,
    MediaOf,
    Type,
    parts,
    without_gaps,
    without_null,
)
from rhflow.language.pipeline import Call
from rhflow.language.rules.promises import leaf, promise
from rhflow.language.secrets import PASSWORD
from rhflow.language.survey import Spot, Survey


def arguments_fit(seen: Survey) -> Iterable[Diagnostic]:
    """Every argument is one the model takes, of its type, among its options, within its range."""
    for spot, call, path in seen.calls():
        yield from _Check(seen, spot, call, path).run()


_UNCHECKED = frozenset({"unchecked-model", "unknown-parameter"})
"""What `unchecked: true` takes upon itself."""


class _Check:
    def __init__(self, seen: Survey, spot: Spot, call: Call, path: Path) -> None:
        self.seen = seen
        self.spot = spot
        self.call = call
        self.home = path
        self.path: Path = (*path, "with")

    def run(self) -> Iterator[Diagnostic]:
        arguments = {
            name: promise(value, self.seen.types) for name, value in self.call.arguments.items.items()
        }
        checked = check_arguments(self.call.model, arguments)
        spoken: set[str] = set()
        for complaint in checked.complaints:
            if self.spot.step.unchecked and complaint.name in _UNCHECKED:
                continue
            spoken.add(str(complaint.path[0]) if complaint.path else "")
            if complaint.name != "missing-parameter" or not self.seen.is_faulty(self.path):
                yield self.diagnostic(complaint)
        for name, value in self.call.arguments.items.items():
            param = self.call.model.param(name)
            if name == NODES and self.call.model.blueprint is not None and isinstance(value, MapValue):
                yield from self.in_nodes(self.call.model.blueprint, value, checked.complaints)
            elif param is not None and name not in (*spoken, PASSWORD):
                yield from self.plain(param, value)
                yield from self.other_ways(param, value)

    def in_nodes(
        self, blueprint: Blueprint, nodes: MapValue, complaints: Iterable[Complaint]
    ) -> Iterator[Diagnostic]:
        """The same of the fields of known nodes."""
        spoken = {complaint.path[1:3] for complaint in complaints}
        for number, values in nodes.items.items():
            node = blueprint.node(number)
            if node is None or not isinstance(values, MapValue):
                continue
            for name, value in values.items.items():
                param = node.field(name)
                if param is not None and (number, name) not in spoken:
                    yield from self.plain(field_param(node, param), value)

    def diagnostic(self, complaint: Complaint) -> Diagnostic:
        # The author knows the model by the name written, not by the path it stands for.
        message = complaint.message.replace(self.call.model.id, self.call.uses)
        return Diagnostic(self.place(complaint), message, complaint.name, complaint.hint, complaint.severity)

    def place(self, complaint: Complaint) -> Mark:
        marks = self.seen.marks
        if not complaint.path:
            return self.call.uses_mark
        if complaint.name == "missing-parameter":
            return marks.of_key(self.path) if self.path in marks.keys else marks.of_key(self.home)
        if complaint.name in ("unknown-parameter", "unknown-node", "unknown-field"):
            return marks.of_key((*self.path, *complaint.path))
        return self.inside(self.call.arguments, complaint.path) or marks.of((*self.path, *complaint.path))

    def inside(self, value: Value, path: Path) -> Mark | None:
        """The place of an expression without its braces; None where the value is none."""
        for part in path:
            match value:
                case MapValue() if part in value.items:
                    value = value.items[str(part)]
                case ListValue() if isinstance(part, int) and part < len(value.items):
                    value = value.items[part]
                case _:
                    return None
        return value.spot(value.node) if isinstance(value, Expression) else None

    def other_ways(self, param: Param, value: Value) -> Iterator[Diagnostic]:
        """`a or b` may give either: the catalogue has seen the first, now the others."""
        if not isinstance(value, Expression):
            return
        found = without_gaps(self.seen.types.get(id(value), ANYTHING))
        if not isinstance(found, Either):
            return
        for option in found.options[1:]:
            checked = check_arguments(
                self.call.model, {param.name: leaf(option, value.source)}, complete=False
            )
            for complaint in checked.complaints:
                yield self.diagnostic(complaint)
                return

    def plain(self, param: Param, value: Value) -> Iterator[Diagnostic]:
        """What the types of expressions say where no medium is concerned."""
        if isinstance(value, ListValue):
            if param.multiple or param.multiple_uncertain:
                one = replace(param, multiple=False, multiple_uncertain=False)
                for item in value.items:
                    yield from self.plain(one, item)
            return
        if isinstance(value, Text) and param.type in ("integer", "number", "boolean"):
            message = f"{param.name} wants {_wanted(param)}, not text"
            yield Diagnostic(value.mark, message, "argument-type", "write nothing around the ${{ }}")
            return
        if not isinstance(value, Expression):
            return
        found = self.seen.types.get(id(value), ANYTHING)
        if found == NULL:
            message = f"{param.name} is null"
            yield Diagnostic(
                value.spot(value.node), message, "argument-type", "leave it out, or give it a value"
            )
            return
        options = parts(without_gaps(found))
        if any(_may_fit(param, option) for option in options):
            return
        hint = (
            "str(value) makes text of it"
            if param.type == "string" and all(_is_plain(option) for option in options)
            else None
        )
        message = f"{param.name} wants {_wanted(param)}, not {without_null(found)}"
        yield Diagnostic(value.spot(value.node), message, "argument-type", hint)


def _may_fit(param: Param, found: Type) -> bool:
    """Whether a value of a plain type could do; media have been judged by the catalogue."""
    if found == ANYTHING or isinstance(found, MediaOf):
        return True
    if isinstance(found, ListOf):
        return (
            isinstance(found.item, MediaOf)
            or param.multiple
            or param.multiple_uncertain
            or param.type == "array"
        )
    match param.type:
        case "integer" | "number":
            return found in (INTEGER, NUMBER)
        case "boolean":
            return found == BOOLEAN
        case "enum":
            return _is_plain(found)
        case "object" | "array":
            return not _is_plain(found)
        case "image" | "video" | "audio":
            return found == STRING and not param.multiple
        case _:
            return found == STRING or any(_JSON_NAMES.get(name) == found for name in param.also)


_JSON_NAMES: dict[str, Type] = {"integer": INTEGER, "number": NUMBER, "boolean": BOOLEAN}


def _is_plain(found: Type) -> bool:
    return found in (STRING, INTEGER, NUMBER, BOOLEAN)


def _wanted(param: Param) -> str:
    if param.kind is not None:
        if param.multiple:
            return f"a list of {'audio files' if param.kind is Kind.AUDIO else f'{param.kind.value}s'}"
        return f"{'a' if param.kind is Kind.VIDEO else 'an'} {param.kind.value}"
    return {
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "array": "a list",
        "object": "a mapping",
        "enum": "one of its options",
    }.get(param.type, "text")
