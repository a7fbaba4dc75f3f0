"""A pipeline seen as a whole: every step in its surroundings, every expression with its type.

Made once, read by every rule. What is wrong with an expression in itself is found here; what is
wrong with its use is the rules' business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rhflow.catalog.model import Model
from rhflow.catalog.read import Catalog
from rhflow.ground.diagnostics import Diagnostic, Diagnostics
from rhflow.ground.media import Kind
from rhflow.ground.references import LIST_WORDS, OUTPUT_WORDS
from rhflow.ground.values import Path
from rhflow.language.expressions.check import TypeScope, infer
from rhflow.language.expressions.tree import MapValue, Value
from rhflow.language.expressions.types import (
    ANYTHING,
    BOOLEAN,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    ListOf,
    MediaOf,
    Record,
    Type,
    either,
    of_schema,
    parts,
    without_null,
)
from rhflow.language.pipeline import Call, Group, Input, Pipeline, Step
from rhflow.language.places import Places


@dataclass(frozen=True, slots=True)
class Spot:
    """One step where it stands.

    `trail` holds the ids from the top to the step itself; `levels` the steps of the same group and
    of the groups around it, from the top.
    """

    step: Step
    path: Path
    trail: tuple[str, ...]
    levels: tuple[Mapping[str, Step], ...]

    def level_of(self, name: str) -> int | None:
        """How deep the step stands that `name` means here; None where there is none."""
        return next(
            (depth for depth in reversed(range(len(self.levels))) if name in self.levels[depth]), None
        )


@dataclass(frozen=True, slots=True)
class Survey:
    """What the rules look at. `types` is by `id` of the expression, `foreach_types` by trail."""

    pipeline: Pipeline
    marks: Places
    catalog: Catalog
    spots: tuple[Spot, ...]
    types: Mapping[int, Type]
    foreach_types: Mapping[tuple[str, ...], Type]
    problems: Diagnostics = field(compare=False)
    """What is wrong with expressions in themselves."""
    faulty: frozenset[tuple[int, int]] = frozenset()
    """Lines and columns at which the reader has found something wrong already."""

    @property
    def is_partial(self) -> bool:
        """Whether something was left out, so that nothing can be said of what is missing."""
        return bool(self.faulty) or self.problems.has_errors

    def is_faulty(self, path: Path) -> bool:
        """Whether the value there was reported and is not what the author meant."""
        mark = self.marks.of(path)
        return (mark.line, mark.column) in self.faulty

    def values_of(self, spot: Spot) -> list[Value]:
        """Every value a step holds."""
        step = spot.step
        found: list[Value] = [item for item in (step.foreach, step.label, step.save_as) if item is not None]
        if isinstance(step.body, Call):
            found.append(step.body.arguments)
        return found


def survey(pipeline: Pipeline, marks: Places, catalog: Catalog, found: Iterable[Diagnostic] = ()) -> Survey:
    """Type every expression of a pipeline and list its steps; `found` is what was wrong before."""
    surveyor = _Surveyor(pipeline, marks, catalog)
    surveyor.faulty = frozenset(
        (item.mark.line, item.mark.column) for item in found if item.severity == "error"
    )
    return surveyor.survey()


PIPELINE = Record({"name": STRING, "folder": STRING}, "pipeline")
RUN = Record({"id": STRING, "date": STRING}, "run")

_MISSING_KIND_HINTS: dict[tuple[Kind, str], str] = {
    (Kind.VIDEO, "image"): "local/first_frame and local/last_frame take a picture out of a video",
}


class _Surveyor:
    def __init__(self, pipeline: Pipeline, marks: Places, catalog: Catalog) -> None:
        self.pipeline = pipeline
        self.marks = marks
        self.catalog = catalog
        self.problems = Diagnostics()
        self.spots: list[Spot] = []
        self.types: dict[int, Type] = {}
        self.foreach_types: dict[tuple[str, ...], Type] = {}
        self.faulty: frozenset[tuple[int, int]] = frozenset()
        self.where: dict[str, tuple[str, ...]] = {}

    def survey(self) -> Survey:
        pipeline = self.pipeline
        self.note_places(pipeline.steps, ())
        inputs = Record(
            self.unread("inputs")
            | {name: input_type(declared) for name, declared in pipeline.inputs.items()},
            "inputs",
            "input",
            problem="unknown-input",
        )
        scope: dict[str, Type] = {"inputs": inputs, "pipeline": PIPELINE}
        steps = self.level(pipeline.steps, ("steps",), (), (), scope, {})
        outputs = {**scope, "steps": self.steps_record(steps)}
        for value in pipeline.outputs.values():
            infer(value, outputs, self.problems, self.types)
        return Survey(
            pipeline,
            self.marks,
            self.catalog,
            tuple(self.spots),
            self.types,
            self.foreach_types,
            self.problems,
            self.faulty,
        )

    def unread(self, *path: str | int) -> dict[str, Type]:
        """Names that stand in the text; those that could not be read were reported and may be anything."""
        size = len(path)
        return {
            str(key[-1]): ANYTHING for key in self.marks.keys if len(key) == size + 1 and key[:size] == path
        }

    def note_places(self, steps: Mapping[str, Step], trail: tuple[str, ...]) -> None:
        for name, step in steps.items():
            if isinstance(step.body, Group):
                for inner in step.body.steps:
                    self.where.setdefault(inner, (*trail, name, inner))
                self.note_places(step.body.steps, (*trail, name))

    def steps_record(self, steps: Mapping[str, Type]) -> Record:
        hints = {
            name: f"it stands in a group: steps.{'.'.join(trail)}"
            for name, trail in self.where.items()
            if name not in steps
        }
        return Record(steps, "steps", "step", is_step=True, problem="unknown-step", hints=hints)

    def level(
        self,
        steps: Mapping[str, Step],
        path: Path,
        trail: tuple[str, ...],
        levels: tuple[Mapping[str, Step], ...],
        scope: Mapping[str, Type],
        around: Mapping[str, Type],
    ) -> dict[str, Type]:
        """Survey the steps of one group; what they are to each other and to those below."""
        levels = (*levels, steps)
        own = self.unread(*path)
        # First what every step offers (a group offers its steps), then what each says.
        for name, step in steps.items():
            own[name] = self.offer(step)
        visible: dict[str, Type] = {**around, **own}
        record = self.steps_record(visible)
        for name, step in steps.items():
            spot = Spot(step, (*path, name), (*trail, name), levels)
            self.spots.append(spot)
            self.visit(spot, {**scope, "steps": record}, visible)
        return own

    def visit(self, spot: Spot, scope: dict[str, Type], visible: Mapping[str, Type]) -> None:
        step = spot.step
        if step.foreach is not None:
            found = infer(step.foreach, scope, self.problems, self.types)
            self.foreach_types[spot.trail] = found
            scope = {**scope, str(step.as_name): item_type(found), "index": INTEGER}
        if isinstance(step.body, Group):
            below = {key: kind for key, kind in scope.items() if key != "steps"}
            self.level(step.body.steps, (*spot.path, "steps"), spot.trail, spot.levels, below, visible)
            return
        infer(step.body.arguments, scope, self.problems, self.types)
        named = {**scope, "run": RUN}
        for value in (step.label, step.save_as):
            if value is not None:
                infer(value, named, self.problems, self.types)

    def offer(self, step: Step) -> Type:
        """What `steps.<id>` is, from outside."""
        if isinstance(step.body, Call):
            found: Type = self.call_offer(step.id, step.body.model)
        else:
            fields = {name: self.offer(inner) for name, inner in step.body.steps.items()}
            found = Record(fields, f'group "{step.id}"', "step", is_step=True, problem="unknown-step")
        return ListOf(found, through=True) if step.foreach is not None else found

    def call_offer(self, name: str, model: Model) -> Record:
        fields = offered(model)
        hints = {word: text for (kind, word), text in _MISSING_KIND_HINTS.items() if kind is model.output}
        quiet = tuple(word for word in fields if word not in OUTPUT_WORDS or word == "output")
        return Record(
            fields,
            f'step "{name}"',
            "output",
            is_step=True,
            quiet=quiet,
            problem="unknown-output",
            hints=hints,
        )


def offered(model: Model) -> dict[str, Type]:
    """The words a step of this model offers, with their types."""
    kinds = model.output_kinds
    main = MediaOf(model.output) if len(kinds) == 1 else MediaOf(None)
    fields: dict[str, Type] = {kind.value: MediaOf(kind) for kind in kinds}
    fields["output"] = main
    for plural, single in LIST_WORDS.items():
        if single in fields:
            fields[plural] = ListOf(fields[single])
    return {**fields, "duration": NUMBER, "width": INTEGER, "height": INTEGER, "cost": NUMBER, "used": STRING}


_INPUT_TYPES: dict[str, Type] = {
    "string": STRING,
    "integer": INTEGER,
    "number": NUMBER,
    "boolean": BOOLEAN,
    "image": MediaOf(Kind.IMAGE),
    "video": MediaOf(Kind.VIDEO),
    "audio": MediaOf(Kind.AUDIO),
}


def input_type(declared: Input) -> Type:
    """What `inputs.<name>` is; optional ones may be null."""
    found: Type
    if declared.type == "data":
        found = of_schema(declared.schema, f"inputs.{declared.name}")
    else:
        found = _INPUT_TYPES[declared.type]
    if declared.required or declared.has_default or found == ANYTHING:
        return found
    return either((found, NULL))


def item_type(found: Type) -> Type:
    """What one item of a foreach is."""
    return either(
        option.item if isinstance(option, ListOf) else ANYTHING for option in parts(without_null(found))
    )


__all__ = ["MapValue", "Spot", "Survey", "TypeScope", "input_type", "item_type", "offered", "survey"]
