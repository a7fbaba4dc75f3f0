"""The first pass of planning: which cells there are, what they are called, and what their expressions see.

Walks the declared steps, multiplies them by `foreach` and `matrix`, opens sub-pipelines, and gives each cell
its id and every step its handle. A handle is all a later expression needs, so steps may be written in any
order.
"""

from __future__ import annotations

import itertools
import re
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TypeAlias

from rhflow.ground.diagnostics import Diagnostics
from rhflow.ground.marks import Mark
from rhflow.ground.references import Deferred, Ref, Resolved
from rhflow.ground.values import Json
from rhflow.language.expressions.evaluate import ExpressionError, Fan, TaskHandle, evaluate
from rhflow.language.expressions.references import steps_used
from rhflow.language.expressions.tree import Value
from rhflow.language.media_values import as_media
from rhflow.language.pipeline import Call, Group, Include, Pipeline, Step
from rhflow.planning.graph import CycleFound, order
from rhflow.planning.skips import holds

MOST_TASKS = 20_000
"""More than that is a mistake in a list, not a film."""


class TooManyTasks(Exception):
    """The lists multiply beyond `MOST_TASKS`; `step` is where that was noticed."""

    def __init__(self, step: Step) -> None:
        super().__init__(step.id)
        self.step = step


Bound: TypeAlias = tuple[Resolved, int]
"""A list that only the run knows, and the most items it may have."""

Default = Callable[[Pipeline, str], Resolved]
"""The default of a sub-pipeline's input, read from where it stands. Raises ValueError with a sentence."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One task to be: its id, its declaration, and the names its expressions see."""

    id: str
    path: str
    step: Step
    call: Call
    names: Mapping[str, object]
    steps: Mapping[str, object]
    folder: str
    """Where its file stands: paths it names are relative to it."""
    conditions: tuple[Resolved, ...] = ()
    """Its own `if` and those of the groups around it; all must hold."""
    bounds: tuple[Bound, ...] = ()
    """Lists that only the run knows, and the most items each may have."""

    def scope(self) -> dict[str, object]:
        return {**self.names, "steps": dict(self.steps)}


@dataclass(frozen=True, slots=True)
class _Around:
    """What a step finds itself in."""

    prefix: str
    path: str
    names: Mapping[str, object]
    handles: MutableMapping[str, object]
    folder: str
    conditions: tuple[Resolved, ...] = ()
    bounds: tuple[Bound, ...] = ()


@dataclass(frozen=True, slots=True)
class _Item:
    """One cell to be of a list: the label in its id, the names it sees, what must hold for it to run."""

    label: str
    names: dict[str, object]
    conditions: tuple[Resolved, ...] = ()
    bounds: tuple[Bound, ...] = ()


@dataclass(slots=True)
class Layout:
    """Cells by id, in the order in which they are declared; problems go into `problems`."""

    problems: Diagnostics
    default: Default
    cells: dict[str, Cell] = field(default_factory=dict)

    def lay_out(
        self,
        pipeline: Pipeline,
        inputs: Mapping[str, Resolved],
        prefix: str = "",
        path: str = "",
        conditions: tuple[Resolved, ...] = (),
        bounds: tuple[Bound, ...] = (),
    ) -> dict[str, Resolved]:
        """Make the cells of a pipeline; its outputs."""
        folder = str(PurePath(pipeline.file).parent)
        names: dict[str, object] = {
            "inputs": dict(inputs),
            "pipeline": {"name": pipeline.name, "folder": folder},
        }
        handles: ChainMap[str, object] = ChainMap({})
        self._steps(pipeline.steps, _Around(prefix, path, names, handles, folder, conditions, bounds))
        scope = {**names, "steps": dict(handles)}
        return {name: self.evaluated(value, scope) for name, value in pipeline.outputs.items()}

    def evaluated(self, value: Value, scope: Mapping[str, object]) -> Resolved:
        """The value, or None with a problem noted."""
        try:
            return evaluate(value, scope)
        except ExpressionError as error:
            self.problems.add(getattr(error, "mark", None) or value.mark, "expression", str(error))
            return None

    def _steps(self, steps: Mapping[str, Step], around: _Around) -> dict[str, object]:
        own: dict[str, object] = {}
        for step in _in_order(steps):
            own[step.id] = around.handles[step.id] = self._step(step, around)
        return {name: own[name] for name in steps}

    def _step(self, step: Step, around: _Around) -> object:
        if step.foreach is None and step.matrix is None:
            return self._cell(step, f"{around.prefix}{step.id}", around, around.names)
        made: list[object] = []
        for item in self._items(step, around):
            more = {**around.names, **item.names, "index": len(made), "previous": made[-1] if made else None}
            inside = replace(
                around,
                conditions=(*around.conditions, *item.conditions),
                bounds=(*around.bounds, *item.bounds),
            )
            made.append(self._cell(step, f"{around.prefix}{step.id}[{item.label}]", inside, more))
        return Fan(tuple(made))

    def _cell(self, step: Step, cell_id: str, around: _Around, names: Mapping[str, object]) -> object:
        path = f"{around.path}{step.id}"
        conditions = around.conditions
        if step.condition is not None and holds(conditions) is not False:
            scope = {**names, "steps": dict(around.handles)}
            conditions = (*conditions, self.evaluated(step.condition, scope))
        match step.body:
            case Group():
                inner: ChainMap[str, object] = ChainMap({}, around.handles)
                return self._steps(
                    step.body.steps,
                    _Around(
                        f"{cell_id}.", f"{path}.", names, inner, around.folder, conditions, around.bounds
                    ),
                )
            case Include():
                inputs = self._fed(step, step.body, {**names, "steps": dict(around.handles)})
                outputs = self.lay_out(
                    step.body.pipeline, inputs, f"{cell_id}.", f"{path}.", conditions, around.bounds
                )
                return {"outputs": outputs}
            case Call():
                if len(self.cells) >= MOST_TASKS:
                    raise TooManyTasks(step)
                self.cells[cell_id] = Cell(
                    cell_id,
                    path,
                    step,
                    step.body,
                    names,
                    around.handles,
                    around.folder,
                    conditions,
                    around.bounds,
                )
                return TaskHandle(cell_id)

    def _fed(self, step: Step, include: Include, scope: Mapping[str, object]) -> dict[str, Resolved]:
        """The inputs of a sub-pipeline: what `with` gives, else their defaults."""
        inputs: dict[str, Resolved] = {}
        folder = str(PurePath(step.mark.file).parent)
        for name, declared in include.pipeline.inputs.items():
            given = include.arguments.items.get(name)
            if given is None:
                try:
                    inputs[name] = self.default(include.pipeline, name)
                except ValueError as error:
                    self.problems.add(include.uses_mark, "input", str(error))
                continue
            value = self.evaluated(given, scope)
            if isinstance(value, str) and declared.kind is not None:
                value = as_media(value, declared.kind, folder)
            inputs[name] = value
        return inputs

    # -- lists ------------------------------------------------------------------------------------

    def _items(self, step: Step, around: _Around) -> Iterator[_Item]:
        scope = {**around.names, "steps": dict(around.handles)}
        if step.matrix is not None:
            yield from self._matrix(step, scope)
        elif step.foreach is not None:
            as_name = step.as_name or "item"
            found = self._known(step.foreach, scope)
            if isinstance(found, Ref | Deferred) and step.at_most is not None:
                yield from _unrolled(found, as_name, step.at_most)
                return
            items = self._listed(step, step.foreach.mark, found, "foreach")
            if step.at_most is not None and len(items) > step.at_most:
                said = f"the list of {step.id} has {len(items)} items, and at_most allows {step.at_most}"
                self.problems.add(step.foreach.mark, "at-most", said)
                return
            for index, item in enumerate(items):
                yield _Item(str(index), {as_name: item})

    def _matrix(self, step: Step, scope: Mapping[str, object]) -> Iterator[_Item]:
        assert step.matrix is not None
        axes = {
            name: self._listed(step, value.mark, self._known(value, scope), f"the axis {name}")
            for name, value in step.matrix.axes.items()
        }
        lengths = {len(items) for items in axes.values()}
        if step.matrix.zip and len(lengths) > 1:
            told = ", ".join(f"{name} {len(items)}" for name, items in axes.items())
            said = f"zip of {step.id} wants lists of one length; they have {told}"
            self.problems.add(step.mark, "matrix", said)
            return
        rows = zip(*axes.values(), strict=True) if step.matrix.zip else itertools.product(*axes.values())
        taken: set[str] = set()
        for index, row in enumerate(rows):
            cell = dict(zip(axes, row, strict=True))
            label = ",".join(f"{name}={_short(value)}" for name, value in cell.items())
            if label in taken or any(isinstance(value, list | dict | Ref | Deferred) for value in row):
                label = str(index)
            taken.add(label)
            yield _Item(label, {"matrix": cell})

    def _known(self, value: Value, scope: Mapping[str, object]) -> Resolved:
        found: object = self.evaluated(value, scope)
        return list(found.items) if isinstance(found, Fan) else found  # type: ignore[return-value, arg-type]

    def _listed(self, step: Step, mark: Mark, found: Resolved, what: str) -> list[Resolved]:
        if isinstance(found, Ref | Deferred):
            said = f"{what} of {step.id} is a list that only the run knows"
            self.problems.add(mark, "at-most", said, hint="Say at_most: the most items it may have.")
            return []
        if not isinstance(found, list):
            if found is not None:
                self.problems.add(mark, "foreach", f"{what} of {step.id} wants a list")
            return []
        if not found:
            self.problems.add(
                mark, "empty-foreach", f"the list of {step.id} is empty: nothing is made", severity="warning"
            )
        return found


def _unrolled(listed: Ref | Deferred, as_name: str, at_most: int) -> Iterator[_Item]:
    """The cells of a list that only the run knows: as many as there may be, each if it is there.

    So the plan is whole and priced at the most before anything is bought, and a resume needs nothing new; the
    cells that turned out not to be are skipped, which is written down like any other fact.
    """
    for index in range(at_most):
        names: dict[str, Resolved] = {"items": listed}
        item = Deferred(f"items[{index}]", names)
        is_there = Deferred(f"len(items) > {index}", names)
        yield _Item(str(index), {as_name: item}, (is_there,), ((listed, at_most),))


def _in_order(steps: Mapping[str, Step]) -> list[Step]:
    """Steps so that what decides about one (list, condition, inputs of a sub-pipeline) stands before it."""
    needs = {
        name: [need for need in _deciding(step) if need in steps and need != name]
        for name, step in steps.items()
    }
    try:
        return [steps[name] for name in order(needs)] if any(needs.values()) else list(steps.values())
    except CycleFound:
        return list(steps.values())  # told in the second pass, where it has a name for every task


def _deciding(step: Step) -> Iterator[str]:
    for value in (step.foreach, step.condition, *(step.matrix.axes.values() if step.matrix else ())):
        if value is not None:
            yield from steps_used(value)
    if isinstance(step.body, Include):
        yield from steps_used(step.body.arguments)
    elif isinstance(step.body, Group):
        for inner in step.body.steps.values():
            yield from _deciding(inner)


def _short(value: Json | Resolved) -> str:
    """A value as part of an id: readable, and safe to type."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return re.sub(r"[^\w.:-]+", "_", text)[:32]
