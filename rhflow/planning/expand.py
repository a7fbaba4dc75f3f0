"""From a checked pipeline and its inputs to a flat set of tasks with stable ids.

Two passes. `_lay_out` walks the declared steps, evaluates every `foreach` and gives each cell its id and
its handles, so that a step may name another that stands below it. `_tasks` then evaluates arguments, looks
at the author's files, checks against the model and quotes the price, in an order in which declared running
times are known.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from pathlib import PurePath, PurePosixPath

from rhflow.catalog.check import check_arguments
from rhflow.catalog.model import Model
from rhflow.ground.diagnostics import Diagnostic, Diagnostics
from rhflow.ground.marks import Mark
from rhflow.ground.media import Kind
from rhflow.ground.references import FileMedia, Media, Ref, Resolved, UrlMedia, refs_in
from rhflow.ground.values import Json, Path
from rhflow.language.expressions.evaluate import ExpressionError, Fan, TaskHandle, evaluate
from rhflow.language.expressions.tree import Expression, ListValue, MapValue, Text, Value
from rhflow.language.media_values import as_media
from rhflow.language.pipeline import Call, Group, Pipeline, Step
from rhflow.planning.cost import declared_length, declared_quote
from rhflow.planning.graph import CycleFound, order
from rhflow.planning.plan import Plan, Task

MOST_TASKS = 20_000
"""More than that is a mistake in a list, not a film."""

Inspect = Callable[[Media], Media]
"""Fills in digest, size and running time of a medium. Raises OSError where it cannot be read and ValueError,
with a sentence, where it is not what it should be."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """One task to be: its id, its declaration, and the names its expressions see."""

    id: str
    path: str
    step: Step
    call: Call
    names: Mapping[str, object]
    steps: Mapping[str, object]

    def scope(self) -> dict[str, object]:
        return {**self.names, "steps": dict(self.steps)}


@dataclass(frozen=True, slots=True)
class Expansion:
    """The plan, or None where something is wrong; every problem at once."""

    plan: Plan | None
    problems: tuple[Diagnostic, ...]


def expand(
    pipeline: Pipeline,
    inputs: Mapping[str, Resolved],
    *,
    provider: str,
    realm: str,
    inspect: Inspect,
    run_names: Mapping[str, Json],
    facts_of: str | None = None,
) -> Expansion:
    """Make the plan.

    Args:
        pipeline: what the author wrote.
        inputs: a value for every declared input.
        provider: `runninghub` or `simulator`.
        realm: what enters the keys.
        inspect: reads the author's files.
        run_names: `id` and `date` of the run, for `label` and `save_as`.
        facts_of: date of the catalogue's prices.
    """
    return _Expander(pipeline, inputs, inspect, run_names).expand(provider, realm, facts_of)


class _Expander:
    def __init__(
        self,
        pipeline: Pipeline,
        inputs: Mapping[str, Resolved],
        inspect: Inspect,
        run_names: Mapping[str, Json],
    ) -> None:
        self._pipeline = pipeline
        self._folder = str(PurePath(pipeline.file).parent)
        self._inspect = inspect
        self._run_names = run_names
        self._problems = Diagnostics()
        self._cells: dict[str, _Cell] = {}
        self._inputs = self._look_at_inputs(inputs)

    def expand(self, provider: str, realm: str, facts_of: str | None) -> Expansion:
        names: dict[str, object] = {
            "inputs": dict(self._inputs),
            "pipeline": {"name": self._pipeline.name, "folder": self._folder},
        }
        handles: ChainMap[str, object] = ChainMap({})
        self._lay_out(self._pipeline.steps, "", "", names, handles)
        tasks = self._tasks()
        outputs: dict[str, Resolved] = {}
        for name, value in self._pipeline.outputs.items():
            outputs[name] = self._evaluated(value, {**names, "steps": dict(handles)}, _mark_of(value))
        problems = tuple(self._problems)
        if self._problems.has_errors:
            return Expansion(None, problems)
        plan = Plan(
            pipeline=self._pipeline.name,
            file=self._pipeline.file,
            provider=provider,
            realm=realm,
            tasks=tuple(tasks),
            outputs=outputs,
            budget=self._pipeline.budget,
            facts_of=facts_of,
        )
        return Expansion(plan, problems)

    # -- first pass: cells and handles ------------------------------------------------------------

    def _lay_out(
        self,
        steps: Mapping[str, Step],
        prefix: str,
        path: str,
        names: Mapping[str, object],
        handles: MutableMapping[str, object],
    ) -> dict[str, object]:
        own: dict[str, object] = {}
        for step in steps.values():
            step_id, step_path = f"{prefix}{step.id}", f"{path}{step.id}"
            if step.foreach is None:
                own[step.id] = self._lay_cell(step, step_id, step_path, names, handles)
            else:
                items = self._items(step, {**names, "steps": {}})
                as_name = step.as_name or "item"
                made = [
                    self._lay_cell(
                        step,
                        f"{step_id}[{index}]",
                        step_path,
                        {**names, as_name: item, "index": index},
                        handles,
                    )
                    for index, item in enumerate(items)
                ]
                own[step.id] = Fan(tuple(made))
            handles[step.id] = own[step.id]
        return own

    def _lay_cell(
        self,
        step: Step,
        cell_id: str,
        path: str,
        names: Mapping[str, object],
        handles: MutableMapping[str, object],
    ) -> object:
        if isinstance(step.body, Group):
            inner: ChainMap[str, object] = ChainMap({}, handles)
            return self._lay_out(step.body.steps, f"{cell_id}.", f"{path}.", names, inner)
        if len(self._cells) >= MOST_TASKS:
            self._problems.add(
                step.mark,
                "too-many-tasks",
                f"this makes more than {MOST_TASKS} tasks",
                hint="Split the list.",
            )
            return TaskHandle(cell_id)
        self._cells[cell_id] = _Cell(cell_id, path, step, step.body, names, handles)
        return TaskHandle(cell_id)

    def _items(self, step: Step, scope: dict[str, object]) -> list[Resolved]:
        assert step.foreach is not None
        mark = _mark_of(step.foreach)
        found = self._evaluated(step.foreach, scope, mark)
        if not isinstance(found, list):
            if found is not None:
                self._problems.add(mark, "foreach", f"foreach of {step.id} wants a list")
            return []
        if not found:
            self._problems.add(
                mark, "empty-foreach", f"the list of {step.id} is empty: nothing is made", severity="warning"
            )
        return found

    # -- second pass: tasks -------------------------------------------------------------------------

    def _tasks(self) -> list[Task]:
        drafts = {cell.id: self._draft(cell) for cell in self._cells.values()}
        self._refuse_one_name_for_two(drafts)
        needs = {task_id: [item for item in task.needs if item in drafts] for task_id, task in drafts.items()}
        try:
            ordered = order(needs)
        except CycleFound as error:
            mark = self._cells[error.path[0]].step.mark
            self._problems.add(mark, "cycle", f"these wait for each other: {error}")
            return []
        self._refuse_same_place(drafts)
        finished: dict[str, Task] = {}
        for task_id in ordered:
            model = self._cells[task_id].call.model
            task = drafts[task_id]
            finished[task_id] = replace(
                task,
                quote=declared_quote(model, task.arguments, finished),
                seconds=declared_length(model, task.arguments, finished),
            )
        return list(finished.values())

    def _refuse_same_place(self, drafts: Mapping[str, Task]) -> None:
        """Two results with one name would take each other's place."""
        first: dict[str, str] = {}
        for task in drafts.values():
            if task.save_as is None:
                continue
            other = first.setdefault(task.save_as.casefold(), task.id)
            written = self._cells[task.id].step.save_as
            if other != task.id and written is not None:
                self._problems.add(
                    written.mark,
                    "save-as",
                    f'{other} and {task.id} would both be saved as "{task.save_as}"',
                    hint="Put what tells them apart into it, such as ${{ index }}.",
                )

    def _draft(self, cell: _Cell) -> Task:
        scope, model = cell.scope(), cell.call.model
        arguments: dict[str, Resolved] = {}
        problems = len(self._problems)
        for name, value in cell.call.arguments.items.items():
            found = self._evaluated(value, scope, _mark_of(value))
            if found is not None:
                arguments[name] = self._with_media(model, name, found, _mark_of(value))
        is_whole = len(self._problems) == problems  # else what has no value would be said to be missing
        checked = check_arguments(model, arguments, complete=is_whole)
        for complaint in checked.complaints:
            mark = _mark_at(cell.call.arguments, complaint.path)
            self._problems.add(
                mark,
                complaint.name,
                f"{cell.id}: {complaint.message}",
                hint=complaint.hint,
                severity=complaint.severity,
            )
        told = [task for need in cell.step.needs for task in _task_ids(cell.steps.get(need))]
        needs = dict.fromkeys((*(ref.task for ref in refs_in(checked.arguments)), *told))
        in_run = {**scope, "run": dict(self._run_names)}
        return Task(
            id=cell.id,
            step=cell.path,
            uses=model.id,
            arguments=checked.arguments,
            needs=tuple(needs),
            on_doubt="repeat" if model.is_local else cell.step.on_doubt,
            max_cost=cell.step.max_cost,
            label=self._text(cell.step.label, in_run),
            save_as=self._save_as(cell, in_run),
            filled=tuple(checked.filled),
        )

    def _save_as(self, cell: _Cell, scope: dict[str, object]) -> str | None:
        text = self._text(cell.step.save_as, scope)
        if text is None or cell.step.save_as is None:
            return None
        pure = PurePosixPath(text.replace("\\", "/"))
        if pure.is_absolute() or ".." in pure.parts or ":" in text or not pure.name:
            self._problems.add(
                cell.step.save_as.mark,
                "save-as",
                f'{cell.id}: "{text}" would leave the output folder',
                hint="Give a path inside it, such as shots/opening.mp4.",
            )
        return str(pure)

    def _refuse_one_name_for_two(self, drafts: Mapping[str, Task]) -> None:
        """Two results under one name: the later would take the place of the earlier."""
        named: dict[tuple[str, Kind], str] = {}
        for task_id, task in drafts.items():
            cell = self._cells[task_id]
            if task.save_as is None or cell.step.save_as is None:
                continue
            stem = str(PurePosixPath(task.save_as).with_suffix("")).casefold()
            first = named.setdefault((stem, cell.call.model.output), task_id)
            if first != task_id:
                self._problems.add(
                    cell.step.save_as.mark,
                    "save-as",
                    f'{first} and {task_id} would both be saved as "{task.save_as}"',
                    hint="Put something of each into the name, such as ${{ index }}.",
                )

    def _text(self, value: Text | Expression | None, scope: dict[str, object]) -> str | None:
        if value is None:
            return None
        found = self._evaluated(value, scope, value.mark)
        if found is None or isinstance(found, str):
            return found
        self._problems.add(value.mark, "text", "this must be a text known before the run")
        return None

    # -- values ---------------------------------------------------------------------------------------

    def _evaluated(self, value: Value, scope: dict[str, object], mark: Mark) -> Resolved:
        try:
            return evaluate(value, scope)
        except ExpressionError as error:
            self._problems.add(getattr(error, "mark", None) or mark, "expression", str(error))
            return None

    def _with_media(self, model: Model, name: str, value: Resolved, mark: Mark) -> Resolved:
        """Texts given to a media parameter become media; files are looked at."""
        param = model.param(name)
        if param is None or param.kind is None:
            return value
        if isinstance(value, list):
            return [self._medium(param.kind, item, mark) for item in value]
        return self._medium(param.kind, value, mark)

    def _medium(self, kind: Kind, value: Resolved, mark: Mark) -> Resolved:
        if isinstance(value, str):
            value = as_media(value, kind, self._folder)
        if isinstance(value, FileMedia | UrlMedia):
            return self._inspected(value, mark)
        return value

    def _inspected(self, medium: FileMedia | UrlMedia, mark: Mark) -> Resolved:
        try:
            return self._inspect(medium)
        except OSError as error:
            path = medium.path if isinstance(medium, FileMedia) else medium.url
            said = (
                "there is no such file"
                if isinstance(error, FileNotFoundError)
                else str(error.strerror or error)
            )
            self._problems.add(mark, "missing-file", f"{path}: {said}")
        except ValueError as error:
            self._problems.add(mark, "media-file", str(error))
        return medium

    def _look_at_inputs(self, inputs: Mapping[str, Resolved]) -> dict[str, Resolved]:
        looked: dict[str, Resolved] = {}
        for name, value in inputs.items():
            declared = self._pipeline.inputs.get(name)
            mark = (declared.default_mark or declared.mark) if declared else Mark(self._pipeline.file)
            is_medium = isinstance(value, FileMedia | UrlMedia)
            looked[name] = self._inspected(value, mark) if is_medium else value  # type: ignore[arg-type]
        return looked


def _task_ids(handle: object) -> list[str]:
    """Every task behind a step's handle."""
    if isinstance(handle, TaskHandle):
        return [handle.task]
    if isinstance(handle, Fan):
        return [task for item in handle.items for task in _task_ids(item)]
    if isinstance(handle, Mapping):
        return [task for item in handle.values() for task in _task_ids(item)]
    return [handle.task] if isinstance(handle, Ref) else []


def _mark_of(value: Value) -> Mark:
    return value.mark


def _mark_at(arguments: MapValue, path: Path) -> Mark:
    """The place of the argument a complaint speaks of: the key of an unknown one, else the value."""
    value: Value = arguments
    for part in path:
        inner = _inside(value, part)
        if inner is None:
            break
        value = inner
    return value.mark


def _inside(value: Value, part: str | int) -> Value | None:
    if isinstance(value, MapValue) and isinstance(part, str):
        return value.items.get(part)
    if isinstance(value, ListValue) and isinstance(part, int) and part < len(value.items):
        return value.items[part]
    return None
