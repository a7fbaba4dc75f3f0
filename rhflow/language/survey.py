"""A pipeline seen as a whole: every step in its surroundings, every expression with its type.

Made once, read by every rule. What is wrong with an expression in itself is found here; what is
wrong with its use is the rules' business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rhflow.catalog.read import Catalog
from rhflow.ground.diagnostics import Diagnostics
from rhflow.ground.marks import Mark
from rhflow.ground.media import Kind
from rhflow.ground.values import Path
from rhflow.language.expressions.check import TypeScope, infer
from rhflow.language.expressions.schema_types import of_schema
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
    parts,
    without_null,
)
from rhflow.language.offers import call_offer
from rhflow.language.pipeline import Call, Group, Include, Input, Pipeline, Step
from rhflow.language.places import Places
from rhflow.language.sheet import Sheet


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
    output_types: Mapping[str, Type]
    """What the outputs of the pipeline are."""
    problems: Diagnostics = field(compare=False)
    """What is wrong with expressions in themselves."""
    spoken: frozenset[tuple[str, int, int]] = frozenset()
    """Places at which the reader has found something wrong already."""
    has_gaps: bool = False
    """Whether steps were left out for something that is wrong in another file."""

    @property
    def is_partial(self) -> bool:
        """Whether something was left out, so that nothing can be said of what is missing."""
        return bool(self.spoken) or self.has_gaps or self.problems.has_errors

    def is_spoken(self, mark: Mark) -> bool:
        """Whether something was reported at that place before the rules began."""
        return (mark.file, mark.line, mark.column) in self.spoken

    def is_faulty(self, path: Path) -> bool:
        """Whether the value there was reported and is not what the author meant."""
        return self.is_spoken(self.marks.of(path))

    def values_of(self, spot: Spot) -> list[Value]:
        """Every value a step holds."""
        step = spot.step
        single = (step.condition, step.foreach, step.label, step.save_as)
        found: list[Value] = [item for item in single if item is not None]
        if step.matrix is not None:
            found.extend(step.matrix.axes.values())
        if isinstance(step.body, Call | Include):
            found.append(step.body.arguments)
        found.extend(rung.arguments for rung in step.fallback)
        return found

    def calls(self) -> Iterator[tuple[Spot, Call, Path]]:
        """Every call with its spot and the path of the mapping that holds it, fallbacks included."""
        for spot in self.spots:
            if isinstance(spot.step.body, Call):
                yield spot, spot.step.body, spot.path
            for index, rung in enumerate(spot.step.fallback):
                yield spot, rung, (*spot.path, "fallback", index)


def survey(
    pipeline: Pipeline,
    marks: Places,
    catalog: Catalog,
    part_outputs: Mapping[str, Mapping[str, Type]],
    sheet: Sheet,
) -> Survey:
    """Type every expression of a pipeline and list its steps.

    `part_outputs`: what other pipelines give, by file. `sheet`: what was wrong before.
    """
    surveyor = _Surveyor(pipeline, marks, part_outputs)
    outputs = surveyor.survey()
    return Survey(
        pipeline,
        marks,
        catalog,
        tuple(surveyor.spots),
        surveyor.types,
        surveyor.foreach_types,
        outputs,
        surveyor.problems,
        frozenset(
            (item.mark.file, item.mark.line, item.mark.column)
            for item in sheet.problems
            if item.severity == "error"
        ),
        sheet.has_gaps,
    )


PIPELINE = Record({"name": STRING, "folder": STRING}, "pipeline")
RUN = Record({"id": STRING, "date": STRING}, "run")


class _Surveyor:
    def __init__(
        self, pipeline: Pipeline, marks: Places, part_outputs: Mapping[str, Mapping[str, Type]]
    ) -> None:
        self.pipeline = pipeline
        self.marks = marks
        self.part_outputs = part_outputs
        self.problems = Diagnostics()
        self.spots: list[Spot] = []
        self.types: dict[int, Type] = {}
        self.foreach_types: dict[tuple[str, ...], Type] = {}
        self.where: dict[str, tuple[str, ...]] = {}

    def survey(self) -> dict[str, Type]:
        """Look at everything; what the outputs of the pipeline are."""
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
        return {
            name: infer(value, outputs, self.problems, self.types) for name, value in pipeline.outputs.items()
        }

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
        scope = {**scope, **self.cell_names(spot, scope)}
        if step.condition is not None:
            infer(step.condition, scope, self.problems, self.types)
        if isinstance(step.body, Group):
            below = {key: kind for key, kind in scope.items() if key != "steps"}
            self.level(step.body.steps, (*spot.path, "steps"), spot.trail, spot.levels, below, visible)
            return
        for arguments in (step.body.arguments, *(rung.arguments for rung in step.fallback)):
            infer(arguments, scope, self.problems, self.types)
        named = {**scope, "run": RUN}
        for value in (step.label, step.save_as):
            if value is not None:
                infer(value, named, self.problems, self.types)

    def cell_names(self, spot: Spot, scope: Mapping[str, Type]) -> dict[str, Type]:
        """The names that a `foreach` or a `matrix` adds for each of its cells."""
        step, names = spot.step, dict[str, Type]()
        if step.foreach is not None:
            found = infer(step.foreach, scope, self.problems, self.types)
            self.foreach_types[spot.trail] = found
            names[str(step.as_name)] = item_type(found)
        if step.matrix is not None:
            axes = self.unread(*spot.path, "matrix")
            for name, axis in step.matrix.axes.items():
                found = infer(axis, scope, self.problems, self.types)
                self.foreach_types[(*spot.trail, name)] = found
                axes[name] = item_type(found)
            names["matrix"] = Record(axes, "matrix", "axis", problem="unknown-name")
        if names:
            names = {"index": INTEGER, "previous": either((self.offer_once(step), NULL)), **names}
        return names

    def offer(self, step: Step) -> Type:
        """What `steps.<id>` is, from outside."""
        found = self.offer_once(step)
        if step.condition is not None or step.on_rejected == "skip":
            found = either((found, NULL))
        is_many = step.foreach is not None or step.matrix is not None
        return ListOf(found, through=True) if is_many else found

    def offer_once(self, step: Step) -> Type:
        """What one cell of a step is."""
        match step.body:
            case Call():
                return call_offer(step, step.body)
            case Include():
                return self.include_offer(step.id, step.body)
            case Group():
                fields = {name: self.offer(inner) for name, inner in step.body.steps.items()}
                return Record(fields, f'group "{step.id}"', "step", is_step=True, problem="unknown-step")

    def include_offer(self, name: str, include: Include) -> Record:
        outputs = self.part_outputs.get(include.pipeline.file, {})
        noun = f'pipeline "{include.uses}"'
        hints = {word: f"write steps.{name}.outputs.{word}" for word in outputs}
        fields: dict[str, Type] = {
            "outputs": Record(outputs, noun, "output", problem="unknown-output", is_step=True)
        }
        return Record(fields, f'step "{name}"', "output", is_step=True, problem="unknown-output", hints=hints)


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


__all__ = ["MapValue", "Spot", "Survey", "TypeScope", "input_type", "item_type", "survey"]
