"""From a checked pipeline and its inputs to a flat set of tasks with stable ids.

`layout.py` says which cells there are; here each becomes a task: arguments evaluated, the author's files
looked at, checked against the model, priced, in an order in which declared running times are known;
`skips.py` then takes out what is skipped for certain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import PurePosixPath
from typing import cast

from rhflow.catalog.blueprint import NODES
from rhflow.catalog.check import check_arguments
from rhflow.catalog.complaint import Complaint
from rhflow.catalog.model import Param
from rhflow.catalog.price import Quote, in_currency
from rhflow.ground.diagnostics import Diagnostic, Diagnostics
from rhflow.ground.marks import Mark
from rhflow.ground.media import Kind
from rhflow.ground.references import FileMedia, Media, Ref, Resolved, UrlMedia, refs_in
from rhflow.ground.values import Json, Path
from rhflow.language.expressions.evaluate import Fan, TaskHandle
from rhflow.language.expressions.references import steps_used, uses_in
from rhflow.language.expressions.tree import Expression, ListValue, MapValue, Text, Value, expressions_in
from rhflow.language.media_values import as_media
from rhflow.language.node_values import each_field, node_media_kind, takes_nodes
from rhflow.language.pipeline import Call, Pipeline
from rhflow.planning.cost import dearest, declared_length, declared_quote, repeated
from rhflow.planning.graph import CycleFound, order
from rhflow.planning.identify import UNCHECKED
from rhflow.planning.layout import MOST_TASKS, Cell, Default, Layout, TooManyTasks
from rhflow.planning.plan import Plan, Rung, Task
from rhflow.planning.skips import CONDITION_IS_FALSE, holds, settle_skips

Inspect = Callable[[Media], Media]
"""Fills in digest, size and running time of a medium. Raises OSError where it cannot be read and ValueError,
with a sentence, where it is not what it should be."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """The plan, or None where something is wrong; every problem at once."""

    plan: Plan | None
    problems: tuple[Diagnostic, ...]


def no_default(pipeline: Pipeline, name: str) -> Resolved:
    """The default of a sub-pipeline's input where no file has to be read for it.

    Raises:
        ValueError: it has none, or it would have to be read.
    """
    declared = pipeline.inputs[name]
    if declared.required or (declared.type == "data" and isinstance(declared.default, str)):
        raise ValueError(f"{pipeline.name} needs a value for its input {name}")
    return cast("Resolved", declared.default)


def expand(
    pipeline: Pipeline,
    inputs: Mapping[str, Resolved],
    *,
    provider: str,
    realm: str,
    inspect: Inspect,
    run_names: Mapping[str, Json],
    facts_of: str | None = None,
    default: Default = no_default,
    currency: str = "CNY",
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
        default: the default of a sub-pipeline's input.
        currency: what the far side bills in.
    """
    expander = _Expander(pipeline, inputs, inspect, run_names, default, currency)
    return expander.expand(provider, realm, facts_of)


class _Expander:
    def __init__(
        self,
        pipeline: Pipeline,
        inputs: Mapping[str, Resolved],
        inspect: Inspect,
        run_names: Mapping[str, Json],
        default: Default,
        currency: str,
    ) -> None:
        self._pipeline = pipeline
        self._inspect = inspect
        self._run_names = run_names
        self._currency = currency
        self._problems = Diagnostics()
        self._layout = Layout(self._problems, default)
        self._cells = self._layout.cells
        self._inputs = self._look_at_inputs(inputs)

    def expand(self, provider: str, realm: str, facts_of: str | None) -> Expansion:
        try:
            outputs = self._layout.lay_out(self._pipeline, self._inputs)
        except TooManyTasks as error:
            said = f"this makes more than {MOST_TASKS} tasks"
            self._problems.add(error.step.mark, "too-many-tasks", said, hint="Split the list.")
            return Expansion(None, tuple(self._problems))
        tasks = self._tasks()
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
            currency=self._currency,
            facts_of=facts_of,
        )
        return Expansion(plan, problems)

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
        finished: dict[str, Task] = {}
        settled = settle_skips(
            [drafts[task_id] for task_id in ordered], lambda task: self._cells[task.id].call.model
        )
        for task in settled:
            if task.skip is not None:
                finished[task.id] = replace(task, quote=Quote(Decimal(0), Decimal(0)))
                continue
            if task.arguments is not drafts[task.id].arguments:
                self._complain_of_gaps(task)
            models = [self._cells[task.id].call.model, *(c.model for c in self._cells[task.id].step.fallback)]
            quotes = [
                declared_quote(model, rung.arguments, finished)
                for model, rung in zip(models, task.ladder, strict=True)
            ]
            finished[task.id] = replace(
                task,
                quote=in_currency(repeated(dearest(quotes), task.retry), self._currency),
                seconds=declared_length(models[0], task.arguments, finished),
            )
        return list(finished.values())

    def _draft(self, cell: Cell) -> Task:
        scope, model, step = cell.scope(), cell.call.model, cell.step
        if holds(cell.conditions) is False:  # what it would be asked with may well be missing: that is why
            unasked = tuple(Rung(call.model.id, {}) for call in step.fallback)
            return Task(
                id=cell.id,
                step=cell.path,
                uses=model.id,
                arguments={},
                needs=(),
                fallback=unasked,
                skip=CONDITION_IS_FALSE,
            )
        arguments, filled, nothing = self._arguments(cell, cell.call, scope)
        rungs = [Rung(call.model.id, self._arguments(cell, call, scope)[0]) for call in step.fallback]
        told = [task for need in step.needs for task in _task_ids(cell.steps.get(need))]
        asked: list[Resolved] = [arguments, *(rung.arguments for rung in rungs), *cell.conditions]
        in_run = {**scope, "run": dict(self._run_names)}
        return Task(
            id=cell.id,
            step=cell.path,
            uses=model.id,
            arguments=arguments,
            needs=tuple(dict.fromkeys((*(ref.task for ref in refs_in(asked)), *told))),
            fallback=tuple(rungs),
            conditions=cell.conditions,
            bounds=cell.bounds,
            skip=f"its {nothing} comes from something that is skipped" if nothing else None,
            on_doubt="repeat" if model.is_local else step.on_doubt,
            on_failure=step.on_failure,
            on_rejected=step.on_rejected,
            retry=step.retry,
            timeout=(step.timeout.queued_s, step.timeout.running_s) if step.timeout else (None, None),
            cache=step.cache,
            unchecked=step.unchecked,
            max_cost=step.max_cost,
            label=self._text(step.label, in_run),
            save_as=self._save_as(cell, in_run),
            filled=filled,
        )

    def _arguments(
        self, cell: Cell, call: Call, scope: dict[str, object]
    ) -> tuple[dict[str, Resolved], tuple[str, ...], str | None]:
        """What one call is asked with, what was filled in, and a required parameter that may be skipped."""
        arguments: dict[str, Resolved] = {}
        problems = len(self._problems)
        for name, value in call.arguments.items.items():
            found = self._layout.evaluated(value, scope)
            param = call.model.param(name)
            if found is not None and name == NODES and takes_nodes(call.model):
                arguments[name] = self._nodes_with_media(cell, call, found)
            elif found is not None:
                arguments[name] = self._with_media(cell, param, found, value.mark)
            elif _may_be_skipped(value) and param is not None and param.required:
                return {}, (), name
        is_whole = len(self._problems) == problems  # else what has no value would be said to be missing
        checked = check_arguments(call.model, arguments, complete=is_whole)
        self._complain(cell, call, checked.complaints)
        return checked.arguments, tuple(checked.filled), None

    def _complain_of_gaps(self, task: Task) -> None:
        """What is wrong with the arguments now that what is skipped has made some of them null."""
        cell = self._cells[task.id]
        checked = check_arguments(cell.call.model, task.arguments)
        wrong = tuple(item for item in checked.complaints if item.severity == "error")
        self._complain(cell, cell.call, wrong)

    def _complain(self, cell: Cell, call: Call, complaints: tuple[Complaint, ...]) -> None:
        for complaint in complaints:
            if cell.step.unchecked and complaint.name in UNCHECKED:
                continue
            mark = _mark_at(call.arguments, complaint.path)
            self._problems.add(
                mark,
                complaint.name,
                f"{cell.id}: {complaint.message}",
                hint=complaint.hint,
                severity=complaint.severity,
            )

    def _save_as(self, cell: Cell, scope: dict[str, object]) -> str | None:
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
        found = self._layout.evaluated(value, scope)
        if found is None or isinstance(found, str):
            return found
        self._problems.add(value.mark, "text", "this must be a text known before the run")
        return None

    # -- values ---------------------------------------------------------------------------------------

    def _with_media(self, cell: Cell, param: Param | None, value: Resolved, mark: Mark) -> Resolved:
        """Texts given to a media parameter become media; files are looked at."""
        if param is None or param.kind is None:
            return value
        if isinstance(value, list):
            return [self._medium(param.kind, item, cell.folder, mark) for item in value]
        return self._medium(param.kind, value, cell.folder, mark)

    def _nodes_with_media(self, cell: Cell, call: Call, nodes: Resolved) -> Resolved:
        """The same of texts in fields of nodes that hold a file."""

        def medium(node: str, name: str, value: Resolved) -> Resolved:
            kind = node_media_kind(call.model, node, name, value) if isinstance(value, str) else None
            if kind is None:
                return value
            return self._medium(kind, value, cell.folder, _mark_at(call.arguments, (NODES, node, name)))

        return each_field(nodes, medium) if isinstance(nodes, dict) else nodes

    def _medium(self, kind: Kind, value: Resolved, folder: str, mark: Mark) -> Resolved:
        if isinstance(value, str):
            value = as_media(value, kind, folder)
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


def _may_be_skipped(value: Value) -> bool:
    """Whether a null here can come from a skipped step, or from there being no previous item."""
    if steps_used(value) or any(True for _ in uses_in(value, "previous")):
        return True
    return any("previous" in expression.source for expression in expressions_in(value))


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
