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
from rhflow.runner.deciding import died_in_the_act

_TASK_ID = re.compile(r"[A-Za-z0-9_-]{4,64}")


def settle(
    opened: Session, run: str, task: str, *, task_id: str | None, repeat: bool
) -> tuple[TaskState, str]:
    """Write the decision down: found (`task_id`), to be repeated, or (neither) written off.

    Returns the state it leads to and the run's full id.

    Raises:
        UsageError: no such run or task, nothing to settle there, or the journal knows better.
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
    if state.state is State.SUBMITTING and not _is_awaited(opened, state):
        state = _append(opened, record.id, task, state, events.Lost(state.attempt or "", died_in_the_act()))
    _refuse_what_others_know(opened, record.id, task, state, task_id)
    event = _decided(task, state, task_id=task_id, repeat=repeat)
    return _append(opened, record.id, task, state, event), record.id


def _append(opened: Session, run: str, task: str, state: TaskState, event: Event) -> TaskState:
    now = opened.clock.now()
    after = apply(state, event, now)
    try:
        opened.journal.append(run, task, state.seq, event, now)
    except Conflict as error:
        rival = opened.journal.open_attempt(state.key or "")
        hint = f"See how it stands: rhflow show {run}"
        if not isinstance(event, events.Found) or event.attempt == state.attempt or rival is None:
            raise UsageError(f"{task} has moved on meanwhile", hint) from error
        if rival.state == "doubtful":
            hint = f"Settle that one: rhflow settle {rival.run} '{rival.task}' --task-id {event.job}"
        raise UsageError(
            f"{task} was not settled: another purchase of the same request is open "
            f"({rival.task} of run {rival.run})",
            hint,
        ) from error
    return after


def _is_awaited(opened: Session, state: TaskState) -> bool:
    """Whether somebody lives who may still hear the answer to a submit."""
    rival = opened.journal.open_attempt(state.key or "")
    return rival is not None and rival.attempt == state.attempt and opened.journal.lives(rival.owner)


def _refuse_what_others_know(
    opened: Session, run: str, task: str, state: TaskState, task_id: str | None
) -> None:
    """A word that contradicts what the journal knows from elsewhere.

    Raises:
        UsageError: the doubt is none any more, or that job is the answer to another request.
    """
    known = opened.journal.attempt(state.attempt or "")
    if state.state is State.DOUBTFUL and known is not None and known[0] == "submitted":
        raise UsageError(
            f"{task} is in doubt no more: another run has found its job ({known[1]})",
            f"Go on with: rhflow resume {run}",
        )
    for entry in opened.journal.ledger() if task_id is not None else ():
        if entry.job == task_id and entry.key != state.key:
            raise UsageError(
                f"{task_id} is the job of {entry.task} in run {entry.run}, which made another request",
                "Look for the one that was sent at that moment, or say --repeat or --abandon.",
            )


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
