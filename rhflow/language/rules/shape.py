"""The shape of a pipeline: ids, foreach, the models it names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath, PureWindowsPath

from rhflow.ground.diagnostics import Diagnostic
from rhflow.ground.values import Path
from rhflow.language.expressions.references import uses_in
from rhflow.language.expressions.tree import Literal, Text
from rhflow.language.expressions.types import ANYTHING, ListOf, parts, without_null
from rhflow.language.pipeline import Call
from rhflow.language.survey import Spot, Survey
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


def foreach_is_sound(seen: Survey) -> Iterable[Diagnostic]:
    """A foreach runs over a list that is known before anything runs; `as` stands beside one."""
    for spot in seen.spots:
        step = spot.step
        if step.foreach is None:
            if step.as_name is not None:
                mark = seen.marks.of_key((*spot.path, "as"))
                yield Diagnostic(mark, "as names the item of a foreach, and there is none", "shape")
            continue
        yield from _foreach(seen, spot)


def _foreach(seen: Survey, spot: Spot) -> Iterator[Diagnostic]:
    value = spot.step.foreach
    assert value is not None
    mark = seen.marks.of((*spot.path, "foreach"))
    for use in uses_in(value, "steps"):
        message = "a foreach over the output of a step does not work yet in this version"
        hint = "let it run over an input or a list that stands here"
        yield Diagnostic(use.mark, message, "not-yet", hint)
        return
    if isinstance(value, Literal):
        is_text = isinstance(value.value, str)
        example = "write foreach: ${{ inputs.… }}" if is_text else None
        yield Diagnostic(mark, "foreach runs over a list", "wrong-type", example)
        return
    found = seen.foreach_types[spot.trail]
    options = parts(without_null(found))
    if isinstance(value, Text) or not any(
        isinstance(option, ListOf) or option == ANYTHING for option in options
    ):
        yield Diagnostic(mark, f"foreach runs over a list, not over {found}", "wrong-type")


def model_is_current(seen: Survey) -> Iterable[Diagnostic]:
    """A deprecated model may be gone tomorrow."""
    for spot in seen.spots:
        body = spot.step.body
        if isinstance(body, Call) and body.model.deprecated:
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
