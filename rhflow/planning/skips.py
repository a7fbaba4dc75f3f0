"""What is skipped for certain, and what follows from it.

A step whose `if` is false is skipped and its outputs are null; a required argument that came out null because
of that skips its step, too. Where a condition waits for a result, the same question is asked again when that
is there (`identify.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from rhflow.catalog.model import Model
from rhflow.ground.references import Deferred, Ref, Resolved, refs_in
from rhflow.language.expressions.evaluate import ExpressionError, resolve
from rhflow.planning.plan import Rung, Task

CONDITION_IS_FALSE = "its condition is false"


def settle_skips(tasks: Iterable[Task], model: Callable[[Task], Model]) -> list[Task]:
    """The tasks, in the given order of needs, with certain skips marked and their references made null."""
    skipped: set[str] = set()
    settled: list[Task] = []
    for task in tasks:
        after = _settled(task, model(task), skipped)
        if after.skip is not None:
            skipped.add(after.id)
        settled.append(after)
    return settled


def _settled(task: Task, model: Model, skipped: set[str]) -> Task:
    if task.skip is not None:
        return _without(task, task.skip)
    if not skipped and not task.conditions:
        return task

    def lookup(ref: Ref) -> Resolved:
        return None if ref.task in skipped else ref

    try:
        conditions = [resolve(condition, lookup) for condition in task.conditions]
        verdict = holds(conditions)
        if verdict is False:
            return _without(task, CONDITION_IS_FALSE)
        if not any(ref.task in skipped for ref in refs_in(task.arguments)):
            return replace(task, conditions=tuple(conditions) if verdict is None else ())
        arguments = resolve(task.arguments, lookup)
    except ExpressionError:
        return task  # said again, with its place in the run, when everything is known
    assert isinstance(arguments, dict)
    missing = missing_by_skip(model, arguments)
    if missing is not None:
        return _without(task, f"its {missing} comes from something that is skipped")
    fallback = tuple(_rung_without(rung, lookup) for rung in task.fallback)
    present: dict[str, Resolved] = {name: value for name, value in arguments.items() if value is not None}
    needs = tuple(need for need in task.needs if need not in skipped)
    return replace(
        task,
        arguments=present,
        fallback=fallback,
        needs=needs,
        conditions=tuple(conditions) if verdict is None else (),
    )


def _rung_without(rung: Rung, lookup: Callable[[Ref], Resolved]) -> Rung:
    arguments = resolve(rung.arguments, lookup)
    assert isinstance(arguments, dict)
    return Rung(rung.uses, {name: value for name, value in arguments.items() if value is not None})


def _without(task: Task, reason: str) -> Task:
    return replace(task, skip=reason, arguments={}, conditions=(), needs=())


def holds(conditions: Iterable[Resolved]) -> bool | None:
    """Whether all hold; None where that is not known yet."""
    waits = False
    for condition in conditions:
        if isinstance(condition, Ref | Deferred):
            waits = True
        elif not condition:
            return False
    return None if waits else True


def missing_by_skip(model: Model, arguments: dict[str, Resolved]) -> str | None:
    """The first required argument that came out null, or a required list that has nothing left."""
    for param in model.params:
        if not param.required or param.name not in arguments:
            continue
        value = arguments[param.name]
        if value is None:
            return param.name
        if isinstance(value, list) and value and all(item is None for item in value):
            return param.name
    return None
