"""The shape of a pipeline: ids, foreach, the models it names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import PurePosixPath, PureWindowsPath

from rhflow.ground.diagnostics import Diagnostic
from rhflow.ground.values import Path
from rhflow.language.expressions.tree import Expression, Literal, Text, expressions_in
from rhflow.language.expressions.types import (
    ANYTHING,
    NULL,
    MediaOf,
    Record,
    Scalar,
    is_text,
    parts,
    without_null,
)
from rhflow.language.survey import Survey
from rhflow.language.words import id_fault, id_proposal, name_fault


def ids_are_good(seen: Survey) -> Iterable[Diagnostic]:
    """Ids of steps, inputs and outputs can stand in an expression."""
    for path in seen.marks.keys:
        if _names_something(path):
            word = str(path[-1])
            fault = id_fault(word)
            if fault is not None:
                what = {"inputs": "an input", "outputs": "an output"}.get(str(path[0]), "a step")
                proposal = id_proposal(word)
                hint = f"write {proposal}" if proposal else None
                yield Diagnostic(seen.marks.of_key(path), f'"{word}" cannot name {what}: {fault}', "id", hint)
        elif len(path) > 2 and path[-2] == "matrix" and _names_something(path[:-2]):
            fault = id_fault(str(path[-1]))
            if fault is not None:
                mark = seen.marks.of_key(path)
                yield Diagnostic(mark, f'"{path[-1]}" cannot name an axis: {fault}', "id")
    for spot in seen.spots:
        if spot.step.foreach is not None and spot.step.as_name is not None:
            fault = name_fault(spot.step.as_name)
            if fault is not None:
                mark = seen.marks.of((*spot.path, "as"))
                yield Diagnostic(mark, f'"{spot.step.as_name}" cannot name an item: {fault}', "id")


def _names_something(path: Path) -> bool:
    """Whether a key of the document is the id of an input, an output or a step."""
    if len(path) == 2 and path[0] in ("inputs", "outputs"):
        return True
    return len(path) >= 2 and len(path) % 2 == 0 and all(part == "steps" for part in path[0::2])


def condition_is_one(seen: Survey) -> Iterable[Diagnostic]:
    """`if` may come out true or false."""
    for spot in seen.spots:
        value = spot.step.condition
        mark = seen.marks.of((*spot.path, "if"))
        match value:
            case Literal(value=str()):
                message = "this text is always true; if wants an expression"
                yield Diagnostic(mark, message, "wrong-type", "write if: ${{ … }}")
            case Text():
                message = "text around an expression is always true"
                yield Diagnostic(mark, message, "wrong-type", "write if: ${{ … }}, with nothing around it")
            case Expression():
                found = seen.types.get(id(value), ANYTHING)
                if all(isinstance(option, MediaOf | Record) for option in parts(found)):
                    hint = "a step that may be skipped gives null then, and null is false"
                    message = f"if wants true or false; {found} is always there"
                    yield Diagnostic(value.spot(value.node), message, "wrong-type", hint)
            case _:
                pass


def model_is_current(seen: Survey) -> Iterable[Diagnostic]:
    """A deprecated model may be gone tomorrow."""
    for _, body, _ in seen.calls():
        if body.model.deprecated:
            message = f"the vendor marks {body.uses} as deprecated"
            hint = f"rhflow models {body.model.task} lists others"
            yield Diagnostic(body.uses_mark, message, "deprecated-model", hint, "warning")


def save_as_is_below(seen: Survey) -> Iterable[Diagnostic]:
    """Results are saved below the output folder, and nowhere else."""
    for spot in seen.spots:
        value = spot.step.save_as
        if not isinstance(value, Text):
            continue
        first = value.parts[0] if isinstance(value.parts[0], str) else ""
        written = "/".join(part for part in value.parts if isinstance(part, str))
        is_absolute = PurePosixPath(first).is_absolute() or bool(PureWindowsPath(first).anchor)
        if is_absolute or ".." in re.split(r"[/\\]", written):
            message = "save_as is a path below the output folder: neither absolute nor with .."
            yield Diagnostic(seen.marks.of((*spot.path, "save_as")), message, "save-as")


def names_are_texts(seen: Survey) -> Iterable[Diagnostic]:
    """`label` and `save_as` come out as text, before the run."""
    for spot in seen.spots:
        for word, value in (("label", spot.step.label), ("save_as", spot.step.save_as)):
            if value is None:
                continue
            for hole in expressions_in(value):
                if _waits(hole.node):
                    message = f"{word} is known before the run, and this only after a step"
                    hint = "inputs, item, index and run are known; give the step's own words"
                    yield Diagnostic(hole.spot(hole.node), message, "text", hint)
            if isinstance(value, Expression):
                found = seen.types.get(id(value), ANYTHING)
                options = parts(without_null(found))
                if not any(option in (ANYTHING, NULL) or is_text(option) for option in options):
                    message = f"{word} wants a text, not {without_null(found)}"
                    written = f"write {_quoted(value)}" if isinstance(options[0], Scalar) else None
                    yield Diagnostic(value.spot(value.node), message, "text", written)


def _quoted(value: Expression) -> str:
    return "${{ str(" + ast.unparse(value.node) + ") }}"


def _waits(node: ast.AST) -> bool:
    """Whether a value certainly comes out of a step: `steps.hero.text`, also inside `json(…)`."""
    match node:
        case ast.Attribute() | ast.Subscript():
            names = list[str]()
            root: ast.AST = node
            while isinstance(root, ast.Attribute | ast.Subscript):
                names.append(root.attr if isinstance(root, ast.Attribute) else "")
                root = root.value
            if isinstance(root, ast.Name):
                # What another pipeline gives may be known: its inputs, say.
                return root.id == "steps" and "outputs" not in names
            return _waits(root)
        case ast.Call(func=ast.Name(id="len")):
            return False
        case ast.Call():
            return any(_waits(part) for part in node.args)
        case ast.BinOp():
            return _waits(node.left) or _waits(node.right)
        case _:
            return False
