"""What an edit costs: two plans side by side, without any memory of what was made.

Each task gets a digest of its request in which a reference counts as the digest of the task it names. A task
of the new plan whose digest the old one has is the same purchase; any other would be bought, unless what it
waits for comes out identical.
"""

from __future__ import annotations

from dataclasses import dataclass

from rhflow.ground.hashing import digest_json
from rhflow.ground.references import Deferred, Ref, Resolved, refs_in, to_json
from rhflow.ground.values import Json, JsonObject
from rhflow.planning.explain import differences
from rhflow.planning.keys import identity
from rhflow.planning.plan import Bill, Plan, Task, bill


@dataclass(frozen=True, slots=True)
class Change:
    """One task that the edit touches."""

    task: Task
    what: str
    """`new`, `changed`, `behind a change`."""
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanDiff:
    """The touched tasks of the new plan, the gone ones of the old, and what the touched ones cost."""

    changes: tuple[Change, ...]
    gone: tuple[Task, ...]
    kept: int
    cost: Bill


def compare(old: Plan, new: Plan) -> PlanDiff:
    """The purchases that the new plan makes and the old one does not."""
    before, after = _digests(old), _digests(new)
    known = set(before.values())
    olds = {task.id: task for task in old.tasks}
    changes = [
        _change(task, olds.get(task.id))
        for task in new.tasks
        if task.skip is None and after[task.id] not in known
    ]
    new_ids = {task.id for task in new.tasks}
    still = set(after.values())
    gone = tuple(
        task
        for task in old.tasks
        if task.id not in new_ids and before[task.id] not in still and task.skip is None
    )
    cost = bill(change.task.quote for change in changes)
    return PlanDiff(tuple(changes), gone, len(new.tasks) - len(changes), cost)


def _change(task: Task, before: Task | None) -> Change:
    if before is None or before.skip is not None:
        return Change(task, "new", ())
    if before.uses != task.uses:
        return Change(task, "changed", (f"model: `{before.uses}` → `{task.uses}`",))
    why = differences(to_json(before.arguments), to_json(task.arguments), ())
    if why:
        return Change(task, "changed", tuple(why))
    behind = ", ".join(dict.fromkeys(ref.task for ref in refs_in(task.arguments)))
    return Change(task, "behind a change", (f"it takes the result of {behind}",))


def _digests(plan: Plan) -> dict[str, str]:
    digests: dict[str, str] = {}
    for task in plan.tasks:
        body: JsonObject = {"uses": task.uses, "arguments": _stated(task.arguments, digests)}
        digests[task.id] = digest_json("diff/1", body)
    return digests


def _stated(value: Resolved, digests: dict[str, str]) -> Json:
    """The value with references as digests, media by their bytes."""
    if isinstance(value, Ref):
        return {"$result": [digests.get(value.task, value.task), value.output]}
    if isinstance(value, dict):
        return {name: _stated(item, digests) for name, item in value.items()}
    if isinstance(value, list):
        return [_stated(item, digests) for item in value]
    if isinstance(value, Deferred):
        names: JsonObject = {name: _stated(item, digests) for name, item in value.names.items()}
        parts: list[Json] = [_stated(item, digests) for item in value.parts]
        shapes: JsonObject = {path: shape.digest for path, shape in value.shapes.items()}
        return {"$waits": value.source, "names": names, "parts": parts, "schemas": shapes}
    return identity(value)
