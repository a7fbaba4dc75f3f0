"""Going on with a run: which ended tasks are tried again, and whose consent that needs."""

from __future__ import annotations

from rhflow.lifecycle import events
from rhflow.lifecycle.failure import FailureKind
from rhflow.lifecycle.states import State, TaskState
from rhflow.planning.plan import Task
from rhflow.runner.run import Run


def reopenable(run: Run) -> list[Task]:
    """Failed purchases that may pass another time, and what was cancelled; each costs (again), so somebody
    must say yes. What somebody cancelled and costs nothing follows.
    """
    return [task for task in run.plan.tasks if is_reopenable(task, run.state(task.id))]


def is_reopenable(task: Task, state: TaskState) -> bool:
    """Whether somebody's yes would have it tried again."""
    if state.state is State.CANCELLED:
        return True
    may_pass = state.failure is not None and state.failure.repeatable
    return state.state is State.FAILED and may_pass and not task.is_local


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
