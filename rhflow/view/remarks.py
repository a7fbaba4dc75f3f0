"""What deserves a remark beside a run's states: made by a second choice, about to die, probably accepted."""

from __future__ import annotations

from collections.abc import Mapping

from rhflow.lifecycle.states import State, TaskState
from rhflow.planning.plan import Plan, Task

_MOST_NAMED = 5
_ORDINALS = ("first", "second", "third", "fourth", "fifth")


def made_by_rung(task: Task, state: TaskState) -> int:
    """Which model of the ladder made it or is asked, from 0; that of an earlier run is known by its model."""
    if not state.cached:
        return state.rung
    uses = [rung.uses for rung in task.ladder]
    return uses.index(state.model) if state.model in uses else 0


def is_degraded(task: Task, state: TaskState) -> bool:
    """It was made, by another model than the author wants most."""
    return state.state is State.DONE and made_by_rung(task, state) > 0


def choice_text(task: Task, state: TaskState) -> str:
    """`second choice`, for what was made by a fallback; empty for the first."""
    rung = made_by_rung(task, state)
    if not is_degraded(task, state):
        return ""
    return f"{_ORDINALS[rung]} choice" if rung < len(_ORDINALS) else f"choice {rung + 1}"


def degraded_text(plan: Plan, states: Mapping[str, TaskState]) -> str | None:
    """The tasks made by a fallback, in a sentence; None where there are none."""
    told = [
        f"{task.id} by {states[task.id].model}" for task in plan.tasks if is_degraded(task, states[task.id])
    ]
    if not told:
        return None
    more = f" and {len(told) - _MOST_NAMED} more" if len(told) > _MOST_NAMED else ""
    return f"Degraded, made by another model than asked for first: {', '.join(told[:_MOST_NAMED])}{more}."


def uncollected(plan: Plan, states: Mapping[str, TaskState]) -> list[tuple[str, float | None]]:
    """Tasks that are made, paid for and not here yet, with when their results die; nearest first."""
    found = [
        (task.id, states[task.id].dies_at)
        for task in plan.tasks
        if not task.is_local and states[task.id].state is State.COLLECTING
    ]
    return sorted(found, key=lambda item: item[1] or float("inf"))


def evidence_of(state: TaskState) -> str | None:
    """What the key's queue says of a lost submit, as a sentence without a full stop."""
    purchase = state.purchase
    if state.state is not State.DOUBTFUL or purchase is None or purchase.evidence is None:
        return None
    says = purchase.evidence.get("says")
    return says if isinstance(says, str) else None
