"""A person's word on a submit whose answer was lost."""

from __future__ import annotations

import re
import secrets

from rhflow.app.runs import facts_of, find_run, read_plan, refuse_imported
from rhflow.app.session import Session
from rhflow.ground.diagnostics import did_you_mean, listing
from rhflow.ground.errors import UsageError
from rhflow.lifecycle import events
from rhflow.lifecycle.events import Event
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.lifecycle.states import State, TaskState
from rhflow.lifecycle.transitions import apply
from rhflow.ports import Conflict

_TASK_ID = re.compile(r"[A-Za-z0-9_-]{4,64}")


def settle(
    opened: Session, run: str, task: str, *, task_id: str | None, repeat: bool
) -> tuple[TaskState, str]:
    """Write the decision down: found (`task_id`), to be repeated, or (neither) written off.

    Returns the state it leads to and the run's full id.

    Raises:
        UsageError: no such run or task, or nothing to settle there.
        RunBusy: the run is being worked on.
    """
    record = find_run(opened, run)
    refuse_imported(record)
    plan = read_plan(opened, record)
    opened.journal.lease(f"run {record.id}", opened.clock.now())
    facts = facts_of(opened, record, plan)
    state = facts.states.get(task)
    if state is None:
        near = did_you_mean(task, facts.states)
        raise UsageError(
            f"Run {record.id} has no task {task!r}",
            f"Did you mean {near}?" if near else f"It has {listing(facts.states)}.",
        )
    event = _decided(task, state, task_id=task_id, repeat=repeat)
    now = opened.clock.now()
    after = apply(state, event, now)
    try:
        opened.journal.append(record.id, task, state.seq, event, now)
    except Conflict as error:
        raise UsageError(
            f"{task} has moved on meanwhile, or another purchase of the same request is open",
            f"See how it stands: rhflow show {record.id}",
        ) from error
    return after, record.id


def _decided(task: str, state: TaskState, *, task_id: str | None, repeat: bool) -> Event:
    if task_id is not None:
        if not _TASK_ID.fullmatch(task_id):
            raise UsageError(
                f"{task_id!r} is no task id", "It is the long number in the vendor's call records."
            )
        if state.state is State.DOUBTFUL:
            return events.Found(state.attempt or "", task_id, by="settle")
        if state.state is State.FAILED and state.key is not None:
            return events.Found(f"brought-{secrets.token_hex(8)}", task_id, by="settle")
        raise UsageError(
            f"{task} is {state.state.value}; a task id can be given to one that is in doubt or has failed"
        )
    can_abandon = state.state in (State.DOUBTFUL, State.SUBMITTED)
    if not can_abandon or (repeat and state.state is not State.DOUBTFUL):
        raise UsageError(f"{task} is {state.state.value}: there is no doubt to settle")
    if repeat:
        return events.Absent(state.attempt or "", by="settle --repeat")
    failure = Failure(
        FailureKind.IN_DOUBT, f"{task} was written off", hint="settle --abandon", charged="unknown"
    )
    return events.Abandoned(state.attempt or "", failure)
