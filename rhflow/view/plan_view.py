"""A judged plan as one JSON document (`plan --json`): the form is in the contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rhflow.ground.diagnostics import Diagnostic
from rhflow.ground.references import to_json
from rhflow.ground.values import Json, JsonObject, plain
from rhflow.planning.cost import bill_of
from rhflow.planning.plan import Judgement, Plan, Task


def plan_document(
    plan: Plan,
    judgements: Mapping[str, Judgement],
    problems: Iterable[Diagnostic],
    uploads: Iterable[tuple[str, int]],
) -> JsonObject:
    """The whole document."""
    total = bill_of(judgements)
    counts: dict[str, Json] = {}
    for judgement in judgements.values():
        before = counts.get(judgement.verdict, 0)
        counts[judgement.verdict] = (before if isinstance(before, int) else 0) + 1
    tasks: list[Json] = [_task(task, judgements[task.id]) for task in plan.tasks]
    listed: list[Json] = [item.to_json() for item in problems]
    files: list[Json] = [{"path": path, "bytes": size} for path, size in uploads]
    return {
        "pipeline": plan.pipeline,
        "provider": plan.provider,
        "tasks": tasks,
        "uploads": files,
        "cost": {
            "low": plain(total.low),
            "high": plain(total.high),
            "currency": total.currency,
            "unknown": total.unknown,
        },
        "counts": counts,
        "problems": listed,
    }


def _task(task: Task, judgement: Judgement) -> JsonObject:
    quote = judgement.quote
    return {
        "id": task.id,
        "uses": task.uses,
        "ladder": [rung.uses for rung in task.ladder],
        "needs": list(task.needs),
        "arguments": to_json(task.arguments),
        "filled": list(task.filled),
        "verdict": judgement.verdict,
        "why": list(judgement.why),
        "cost": quote.to_json(),
        "cost_why": quote.why or None,
        "key": judgement.key,
    }
