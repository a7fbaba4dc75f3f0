"""Drawings of what the author wrote (`declared_graph`) and of what would be done (`task_graph`)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from rhflow.ground.references import refs_in
from rhflow.language.expressions.tree import Expression, ListValue, Text, Value, expressions_in
from rhflow.language.pipeline import Call, Group, Include, Pipeline, Step
from rhflow.planning.plan import Judgement, Plan, Task
from rhflow.view.drawing import Arrow, Bond, Box, Drawing, Shape

_LONG = 60
"""Characters of an expression that a box shows."""


def declared_graph(pipeline: Pipeline) -> Drawing:
    """Every declared step as a box; another pipeline stays closed."""
    reader = _Declared()
    reader.level(pipeline.steps, ())
    arrows = tuple(
        Arrow(start, end, bond, tuple(words)) for (start, end, bond), words in reader.arrows.items()
    )
    return Drawing(pipeline.name, reader.boxes, arrows)


def task_graph(plan: Plan, judgements: Mapping[str, Judgement]) -> Drawing:
    """Every task of a plan as a box, those of one item in a box around them."""
    boxes: dict[str, Box] = {}
    arrows: list[Arrow] = []
    for task in plan.tasks:
        around = _groups(task.id)
        for depth, group in enumerate(around):
            inside = around[depth - 1] if depth else None
            boxes.setdefault(group, Box(id=group, label=_last(group), shape="group", inside=inside))
        judgement = judgements.get(task.id)
        boxes[task.id] = Box(
            id=task.id,
            label=_last(task.id),
            shape="local" if task.is_local else "model",
            uses=task.uses,
            notes=(task.label,) if task.label else (),
            inside=around[-1] if around else None,
            verdict=judgement.verdict if judgement else None,
        )
        arrows += _task_arrows(task)
    # What a task needs may be missing where only a part of a plan is drawn.
    return Drawing(plan.pipeline, boxes, tuple(arrow for arrow in arrows if arrow.start in boxes))


def _task_arrows(task: Task) -> Iterator[Arrow]:
    words: dict[str, dict[str, None]] = {}
    for ref in [ref for rung in task.ladder for ref in refs_in(rung.arguments)]:
        words.setdefault(ref.task, {})[ref.output] = None
    for need in task.needs:
        taken = tuple(words.get(need, ()))
        yield Arrow(need, task.id, "data" if taken else "order", taken)


def _parts(task_id: str) -> list[str]:
    """`shots[0].clip` in its parts; a dot inside brackets parts nothing."""
    return re.findall(r"(?:[^.\[]|\[[^\]]*\])+", task_id)


def _groups(task_id: str) -> list[str]:
    parts = _parts(task_id)
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def _last(task_id: str) -> str:
    return _parts(task_id)[-1]


_Level = tuple[str, Mapping[str, Step], Step | None]
"""One group as a step inside it sees it: prefix of its ids, its steps, the step that it is."""


class _Declared:
    """Boxes and arrows of a pipeline, as its steps are walked."""

    def __init__(self) -> None:
        self.boxes: dict[str, Box] = {}
        self.arrows: dict[tuple[str, str, Bond], dict[str, None]] = {}

    def level(
        self,
        steps: Mapping[str, Step],
        around: tuple[_Level, ...],
        inside: str | None = None,
        owner: Step | None = None,
    ) -> None:
        prefix = f"{inside}." if inside else ""
        levels: tuple[_Level, ...] = (*around, (prefix, steps, owner))
        for name, step in steps.items():
            self.step(f"{prefix}{name}", step, inside, levels)

    def step(self, path: str, step: Step, inside: str | None, levels: tuple[_Level, ...]) -> None:
        self.boxes[path] = _box(path, step, inside)
        for need in step.needs:
            for prefix, steps, _ in reversed(levels):
                if need in steps:
                    self.arrow(f"{prefix}{need}", path, "order")
                    break
        for value in _values(step):
            for expression in expressions_in(value):
                for chain in _chains(expression.node):
                    self.follow(chain, path, step, levels)
        if isinstance(step.body, Group):
            self.level(step.body.steps, levels, path, step)

    def follow(self, chain: list[str], path: str, step: Step, levels: tuple[_Level, ...]) -> None:
        """An arrow for what `steps.a.b.image` or `previous.b.image` means here."""
        root, *names = chain
        if root == "steps" and names:
            for prefix, steps, _ in reversed(levels):
                if names[0] in steps:
                    start, words = _target(prefix, steps, names)
                    self.arrow(start, path, "data", words)
                    return
        elif root == "previous":
            if not isinstance(step.body, Group) and _repeats(step):
                self.arrow(path, path, "previous", names[:1])
                return
            for prefix, steps, owner in reversed(levels):
                if owner is not None and _repeats(owner):
                    if names and names[0] in steps:
                        start, words = _target(prefix, steps, names)
                        self.arrow(start, path, "previous", words)
                    return

    def arrow(self, start: str, end: str, bond: Bond, words: list[str] | None = None) -> None:
        inside = end == start or end.startswith(f"{start}.") or start.startswith(f"{end}.")
        if bond != "previous" and inside:
            return  # a circle; check has said so
        self.arrows.setdefault((start, end, bond), {}).update(dict.fromkeys(words or ()))
        if bond == "data":
            self.arrows.pop((start, end, "order"), None)
        elif bond == "order" and (start, end, "data") in self.arrows:
            self.arrows.pop((start, end, "order"))


def _target(prefix: str, steps: Mapping[str, Step], names: list[str]) -> tuple[str, list[str]]:
    """The step that a chain of names ends at, and the word that is taken of it."""
    path, step, rest = f"{prefix}{names[0]}", steps[names[0]], names[1:]
    while isinstance(step.body, Group) and rest and rest[0] in step.body.steps:
        path, step, rest = f"{path}.{rest[0]}", step.body.steps[rest[0]], rest[1:]
    if isinstance(step.body, Include) and rest[:1] == ["outputs"]:
        rest = rest[1:]
    return path, rest[:1]


def _chains(node: ast.AST) -> Iterator[list[str]]:
    """Every chain of names in an expression, `steps.a["b"][0].image` as steps, a, b, image."""
    names: list[str] = []
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
        elif isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            names.append(node.slice.value)
        else:
            yield from _chains(node.slice)
        node = node.value
    if isinstance(node, ast.Name):
        yield [node.id, *reversed(names)]
        return
    for child in ast.iter_child_nodes(node):
        yield from _chains(child)


def _values(step: Step) -> Iterator[Value]:
    for value in (step.condition, step.foreach, step.label, step.save_as):
        if value is not None:
            yield value
    if step.matrix is not None:
        yield from step.matrix.axes.values()
    if isinstance(step.body, Call | Include):
        yield step.body.arguments
    for call in step.fallback:
        yield call.arguments


def _repeats(step: Step) -> bool:
    return step.foreach is not None or step.matrix is not None


def _box(path: str, step: Step, inside: str | None) -> Box:
    body = step.body
    shape: Shape = "group"
    if isinstance(body, Call):
        shape = "local" if body.model.is_local else "model"
    elif isinstance(body, Include):
        shape = "pipeline"
    uses = None if isinstance(body, Group) else body.uses
    return Box(id=path, label=step.id, shape=shape, uses=uses, notes=tuple(_notes(step)), inside=inside)


def _notes(step: Step) -> Iterator[str]:
    if step.foreach is not None:
        yield f"for each {step.as_name} in {_shown(step.foreach)}"
    if step.matrix is not None:
        yield f"matrix {(' with ' if step.matrix.zip else ' × ').join(step.matrix.axes)}"
    if step.condition is not None:
        yield f"if {_shown(step.condition)}"
    for call in step.fallback:
        yield f"else {call.uses}"


def _shown(value: Value) -> str:
    match value:
        case Expression():
            text = " ".join(value.source.split())
        case ListValue():
            text = f"a list of {len(value.items)}"
        case Text():
            text = "".join(
                part if isinstance(part, str) else f"${{{{ {part.source} }}}}" for part in value.parts
            )
        case _:
            text = "…"
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"
