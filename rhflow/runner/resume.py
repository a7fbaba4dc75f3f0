"""Going on with a run: which ended tasks are tried again, and whose consent that needs."""

from __future__ import annotations

from decimal import Decimal

from rhflow.lifecycle import events
from rhflow.lifecycle.failure import FailureKind
from rhflow.lifecycle.states import State
from rhflow.planning.plan import Task
from rhflow.runner.run import Run


def count_spent(run: Run) -> None:
    """What earlier parts of the same run have spent, or may have; purchases still open may yet be settled."""
    for state in run.states.values():
        for purchase in state.purchases:
            if purchase.adopted or (purchase.failure is not None and purchase.failure.charged == "no"):
                continue
            said = purchase.usage.get("third_party") or purchase.usage.get("money") or purchase.reserved
            run.budget.already(purchase.attempt, Decimal(said if isinstance(said, str) else 0))


def reopenable(run: Run) -> list[Task]:
    """Failed purchases that may pass another time; each costs again, so somebody must say yes."""
    return [
        task
        for task in run.plan.tasks
        if run.state(task.id).state is State.FAILED
        and (failure := run.state(task.id).failure) is not None
        and failure.repeatable
        and run.hands.provider(task).is_paid
    ]


def reopen(run: Run, tasks: list[Task], by: str) -> None:
    """Try these again, by that consent."""
    for task in tasks:
        run.append(task.id, events.Reopened(by))


def reopen_free(run: Run) -> None:
    """What costs nothing is simply tried again: local work, tasks that failed because of others, and
    requests that were never bought because something was missing.
    """
    for task in run.plan.tasks:
        state = run.state(task.id)
        if state.state is not State.FAILED or state.failure is None:
            continue
        was_blocked = state.failure.kind is FailureKind.UPSTREAM or not state.purchases
        if was_blocked or not run.hands.provider(task).is_paid:
            run.append(task.id, events.Reopened("resume"))
