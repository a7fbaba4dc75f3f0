"""Other pipelines as steps: what they are given against what their inputs declare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rhflow.ground.diagnostics import Diagnostic, Diagnostics, did_you_mean, listing
from rhflow.ground.marks import Mark
from rhflow.ground.values import Json
from rhflow.language.data_files import validate
from rhflow.language.expressions.references import uses_in
from rhflow.language.expressions.tree import (
    Expression,
    ListValue,
    Literal,
    MapValue,
    Text,
    Value,
    data_of,
    expressions_in,
)
from rhflow.language.expressions.types import (
    ANYTHING,
    BOOLEAN,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    ListOf,
    MediaOf,
    Type,
    is_text,
    parts,
    without_null,
)
from rhflow.language.inputs import WANTED, fits, said_of, wrong_kind
from rhflow.language.pipeline import Group, Include, Input, Pipeline, Step
from rhflow.language.survey import Spot, Survey


def parts_get_their_inputs(seen: Survey) -> Iterable[Diagnostic]:
    """`with` names inputs the other pipeline has, gives all it needs, and each of its type."""
    counted: dict[str, frozenset[str]] = {}
    for spot in seen.spots:
        if isinstance(spot.step.body, Include):
            yield from _Feeding(seen, spot, spot.step.body, _counted(spot.step.body.pipeline, counted)).run()


class _Feeding:
    def __init__(self, seen: Survey, spot: Spot, include: Include, counted: frozenset[str]) -> None:
        self.seen = seen
        self.path = (*spot.path, "with")
        self.spot = spot
        self.include = include
        self.counted = counted

    def run(self) -> Iterator[Diagnostic]:
        inputs = self.include.pipeline.inputs
        given = self.include.arguments.items
        for name, value in given.items():
            declared = inputs.get(name)
            if declared is None:
                near = did_you_mean(name, inputs)
                known = f"it has {listing(inputs)}" if inputs else "it has none"
                hint = f"did you mean {near}?" if near else known
                message = f'{self.include.uses} has no input "{name}"'
                yield Diagnostic(self.seen.marks.of_key((*self.path, name)), message, "unknown-input", hint)
            else:
                yield from self.fits(declared, value, self.seen.marks.of((*self.path, name)))
                yield from self.in_time(name, value)
        is_written = self.path in self.seen.marks.keys
        if is_written and self.seen.is_faulty(self.path):
            return
        missing = [name for name, declared in inputs.items() if declared.required and name not in given]
        if missing:
            mark = self.seen.marks.of_key(self.path) if is_written else self.spot.step.mark
            noun = "the input" if len(missing) == 1 else "the inputs"
            message = f"{self.include.uses} needs {noun} {listing(missing)}"
            hint = ", ".join(f"{name}: {WANTED[inputs[name].type]}" for name in missing[:4])
            yield Diagnostic(mark, message, "missing-input", f"it takes {hint}")

    def fits(self, declared: Input, value: Value, mark: Mark) -> Iterator[Diagnostic]:
        match value:
            case Expression():
                found = self.seen.types.get(id(value), ANYTHING)
                if not _may_feed(declared, found):
                    yield self.wrong(declared, value.spot(value.node), str(without_null(found)))
            case Text() if declared.type not in ("string", "image", "video", "audio"):
                hint = "write nothing around the ${{ }}"
                if declared.type == "data":
                    hint = "name a file that stands here, or give the data itself"
                yield self.wrong(declared, value.mark, "text with expressions in it", hint)
            case ListValue() | MapValue():
                if declared.type != "data":
                    what = "a list" if isinstance(value, ListValue) else "a mapping"
                    yield self.wrong(declared, mark, what)
                elif declared.schema is not None and not any(True for _ in expressions_in(value)):
                    yield from self.data(declared, value, mark)
            case Literal():
                yield from self.literal(declared, value.value, mark)
            case _:
                pass

    def in_time(self, name: str, value: Value) -> Iterator[Diagnostic]:
        """What the other pipeline repeats steps by is known before the run, unless it says `at_most`."""
        if not isinstance(value, Expression) or name not in self.counted:
            return
        options = parts(without_null(self.seen.types.get(id(value), ANYTHING)))
        if all(isinstance(option, ListOf) and option.through for option in options):
            return
        if any(True for root in ("steps", "previous") for _ in uses_in(value, root)):
            uses = self.include.uses
            message = f'{uses} repeats steps by its input "{name}", and only the run knows this value'
            hint = f"write at_most: 10 beside the foreach in {uses}"
            yield Diagnostic(value.spot(value.node), message, "at-most", hint)

    def literal(self, declared: Input, value: Json, mark: Mark) -> Iterator[Diagnostic]:
        if value is None:
            if declared.required:
                yield self.wrong(declared, mark, "null", "leave it out only where it is not required")
        elif declared.type == "data":
            if not isinstance(value, str) and declared.schema is not None:
                yield from self.data(declared, self.include.arguments.items[declared.name], mark)
        elif not fits(declared, value):
            yield self.wrong(declared, mark, said_of(value))
        else:
            other = wrong_kind(declared, value)
            if other is not None:
                wanted = f"the input {declared.name} wants {WANTED[declared.type]}"
                yield Diagnostic(mark, f"{wanted}; this is of kind {other}", "media-kind")

    def data(self, declared: Input, value: Value, mark: Mark) -> Iterator[Diagnostic]:
        """Data written out in place against the schema of the input."""
        path = (*self.path, declared.name)
        if mark != value.mark:
            return  # it came from a file and was looked at there
        found = Diagnostics()
        validate(data_of(value), declared.schema, self.seen.marks, mark, found, prefix=path)
        yield from found

    def wrong(self, declared: Input, mark: Mark, what: str, hint: str | None = None) -> Diagnostic:
        message = f"the input {declared.name} wants {WANTED[declared.type]}, not {what}"
        return Diagnostic(mark, message, "argument-type", hint)


def _counted(pipeline: Pipeline, known: dict[str, frozenset[str]]) -> frozenset[str]:
    """The inputs that say how often steps are done, where no `at_most` bounds it; `known` by file."""
    if pipeline.file not in known:
        values = [value for step in _all_steps(pipeline.steps) for value in _counting(step, known)]
        names = [use.name for value in values for use in uses_in(value, "inputs")]
        known[pipeline.file] = frozenset(name for name in names if name is not None)
    return known[pipeline.file]


def _all_steps(steps: Mapping[str, Step]) -> Iterator[Step]:
    for step in steps.values():
        yield step
        if isinstance(step.body, Group):
            yield from _all_steps(step.body.steps)


def _counting(step: Step, known: dict[str, frozenset[str]]) -> Iterator[Value]:
    """The values of a step that say how often it, or what it includes, is done."""
    if step.matrix is not None:
        yield from step.matrix.axes.values()
    if step.foreach is not None and step.at_most is None:
        yield step.foreach
    if isinstance(step.body, Include):
        inner = _counted(step.body.pipeline, known)
        yield from (value for name, value in step.body.arguments.items.items() if name in inner)


def _may_feed(declared: Input, found: Type) -> bool:
    """Whether a value of that type could do; null may be skipped or left out."""
    if found == NULL:
        return not declared.required
    return any(_feeds(declared, option) for option in parts(without_null(found)))


def _feeds(declared: Input, found: Type) -> bool:
    if found == ANYTHING:
        return True
    match declared.type:
        case "string":
            return is_text(found)
        case "integer":
            return found == INTEGER
        case "number":
            return found in (INTEGER, NUMBER)
        case "boolean":
            return found == BOOLEAN
        case "data":
            return True
        case _:
            return found == STRING or found in (MediaOf(declared.kind), MediaOf(None))
