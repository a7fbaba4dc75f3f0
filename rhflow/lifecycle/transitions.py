"""The table: what may follow what. Two rules hold for this file.

1. Everything that decides where a task stands is here; nobody else compares states to choose one.
2. This file does not know who performs the effects, or when.

Theory of operation
===================

A task's state is never stored. It is the fold of the task's events, in order. A missing entry in
`TABLE` is a `Bug`: an impossible sequence is not handled, it is absent.

Money is safe by the shape of the table, not by care:

- The only way into SUBMITTING is `SubmitIntended`, which the journal writes durably, with the sequence
  number its writer expected, and with at most one open attempt per key, *before* the request leaves.
- The only ways out of SUBMITTING are an acceptance (`Accepted`), a proof that nothing was bought
  (`Refused`) and `Lost`. There is no edge from SUBMITTING to READY: a process that finds SUBMITTING
  after a crash cannot know, and says `Lost`.
- DOUBTFUL leaves by `Found` (it was accepted after all), `Absent` (it may be repeated, and somebody
  or something says why), `Abandoned` (written off), or `CacheHit` (another run brought the result in).
- From SUBMITTED only a terminal answer of the far side leads on, or a person who writes it off
  (`Abandoned`). No failed poll, no passed deadline, no lost process leads back to where buying starts;
  not even "no such task", which another key or host would say, too.
- COLLECTING never leads to buying: a failed download is downloaded again, and a result that is
  gone for good is `ResultLost`, which ends in FAILED.
- FAILED leads back to READY only by `Reopened`, which somebody consented to.
- CANCELLED is what was never bought, or what the far side's own last word ended after somebody asked.
  `CancelAsked` alone moves nothing.

Staging (bringing media to where the far side can read it) is no state: it is free, it is repeated
before every submit, and its URLs die, so that remembering "staged" would be a lie after a night.

             ┌────────────────────────── CacheHit ───────────────────────────┐
 WAITING ─► READY ─► SUBMITTING ─► SUBMITTED ─► COLLECTING ────────────────► DONE
              ▲  ▲      │    │        │  ▲ │        └ ResultLost ─► FAILED
              │  │      │   Lost      │  │ │
              │  │      │    ▼        │ Found
              │  └ Absent ─ DOUBTFUL ─┼──┘
              │         │    └ Abandoned ─► FAILED
           BACKOFF   Refused      JobFailed
              ▲         ▼             │
              └────── SETTLING ◄──────┘ ─ GaveUp ─► FAILED ─ Reopened ─► READY
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rhflow.ground.errors import Bug
from rhflow.ground.values import JsonObject
from rhflow.lifecycle import effects, events
from rhflow.lifecycle.effects import Effect
from rhflow.lifecycle.events import Event, name_of
from rhflow.lifecycle.states import Purchase, State, TaskState

_W, _R, _SG, _SD = State.WAITING, State.READY, State.SUBMITTING, State.SUBMITTED
_C, _ST, _B, _DT = State.COLLECTING, State.SETTLING, State.BACKOFF, State.DOUBTFUL

TABLE: dict[State, dict[str, State]] = {
    _W: {
        "Keyed": _R,
        "CacheHit": State.DONE,
        "Skipped": State.SKIPPED,
        "Blocked": State.FAILED,
        "Cancelled": State.CANCELLED,
    },
    _R: {
        "Keyed": _R,
        "CacheHit": State.DONE,
        "Adopted": _SD,
        "SubmitIntended": _SG,
        "FellBack": _W,
        "Skipped": State.SKIPPED,
        "Blocked": State.FAILED,
        "Cancelled": State.CANCELLED,
    },
    _SG: {"Accepted": _SD, "Refused": _ST, "Lost": _DT},
    _DT: {
        "Evidence": _DT,
        "Found": _SD,
        "Absent": _R,
        "Abandoned": State.FAILED,
        "CacheHit": State.DONE,
    },
    _SD: {
        "JobStarted": _SD,
        "CancelAsked": _SD,
        "JobSucceeded": _C,
        "JobFailed": _ST,
        "CacheHit": State.DONE,
        "Abandoned": State.FAILED,
    },
    _C: {"JobSucceeded": _C, "Collected": State.DONE, "ResultLost": State.FAILED, "CacheHit": State.DONE},
    _ST: {
        "RetryPlanned": _B,
        "FellBack": _W,
        "GaveUp": State.FAILED,
        "Skipped": State.SKIPPED,
        "Cancelled": State.CANCELLED,
    },
    _B: {
        "SubmitIntended": _SG,
        "CacheHit": State.DONE,
        "Adopted": _SD,
        "FellBack": _W,
        "GaveUp": State.FAILED,
        "Skipped": State.SKIPPED,
        "Blocked": State.FAILED,
        "Cancelled": State.CANCELLED,
    },
    State.DONE: {},
    State.SKIPPED: {},
    State.FAILED: {"Reopened": _R, "Found": _SD},
    State.CANCELLED: {"Reopened": _R},
}
"""state -> event name -> next state. Notes: `Adopted` without a job leads to DOUBTFUL, and `Reopened`
without a key to WAITING (see `_next_state`); `JobSucceeded` again while COLLECTING brings fresh links;
`Found` on a FAILED task is a person bringing in what was written off, or a result bought elsewhere."""


def apply(task: TaskState, event: Event, at: float) -> TaskState:
    """The task after one more event.

    Raises:
        Bug: the table has no such entry.
    """
    following = _next_state(task, event)
    task = replace(task, state=following, seq=task.seq + 1)
    match event:
        case events.Keyed() | events.CacheHit() | events.FellBack():
            task = _apply_request(task, event, at)
        case (
            events.RetryPlanned()
            | events.GaveUp()
            | events.Blocked()
            | events.Reopened()
            | events.Skipped()
            | events.Cancelled()
        ):
            task = _apply_decision(task, event, at)
        case _:
            task = _apply_purchase(task, event, at)
    if task.is_terminal and task.ended is None:
        task = replace(task, ended=at)
    return task


def _apply_request(
    task: TaskState, event: events.Keyed | events.CacheHit | events.FellBack, at: float
) -> TaskState:
    """What is asked for: the request is known, was answered before, or is given up for another."""
    match event:
        case events.Keyed():
            return replace(
                task,
                key=event.key,
                endpoint=event.endpoint,
                request=event.request,
                started=task.started if task.started is not None else at,
                failure=None,
                ended=None,
            )
        case events.CacheHit():
            return replace(
                task,
                key=event.key,
                model=event.model,
                artifacts=tuple(event.artifacts),
                cached=True,
                origin=(event.run, event.task),
                failure=None,
            )
        case events.FellBack():
            tried = (*task.tried, task.key) if task.key is not None else task.tried
            task = replace(task, key=None, endpoint=None, request=None, failure=None)
            return replace(task, rung=event.rung, tried=tried, retries=0, free_tries=0, due=None)


_Decided = (
    events.RetryPlanned | events.GaveUp | events.Blocked | events.Reopened | events.Skipped | events.Cancelled
)


def _apply_decision(task: TaskState, event: _Decided, at: float) -> TaskState:
    """What was decided about it: by policy, by a condition, by a person."""
    match event:
        case events.RetryPlanned():
            free_tries = 0 if event.counts else task.free_tries + 1
            retries = task.retries + event.counts
            return replace(task, due=event.due, planned=at, retries=retries, free_tries=free_tries)
        case events.GaveUp() | events.Blocked():
            return replace(task, failure=event.failure)
        case events.Reopened():
            return replace(task, failure=None, ended=None, free_tries=0, retries=0)
        case events.Skipped():
            return replace(task, skipped_because=event.reason)
        case events.Cancelled():
            return task


def _next_state(task: TaskState, event: Event) -> State:
    following = TABLE[task.state].get(name_of(event))
    if following is None:
        raise Bug(f"a task that is {task.state.value} cannot be told {name_of(event)}")
    if isinstance(event, events.Adopted) and event.job is None:
        return State.DOUBTFUL
    if isinstance(event, events.Reopened) and task.key is None:
        return State.WAITING
    return following


def _apply_purchase(task: TaskState, event: Event, at: float) -> TaskState:
    """The events that belong to one attempt."""
    match event:
        case events.SubmitIntended():
            purchase = Purchase(
                event.attempt,
                event.endpoint,
                at,
                event.reserved,
                event.currency,
                key=event.key,
                before=event.before,
            )
            return replace(
                task, key=event.key, purchases=(*task.purchases, purchase), due=None, failure=None, model=None
            )
        case events.Adopted():
            endpoint = task.endpoint or ""
            submitted = at if event.job else None
            purchase = Purchase(
                event.attempt, endpoint, at, job=event.job, submitted=submitted, key=event.key, adopted=True
            )
            return replace(task, key=event.key, purchases=(*task.purchases, purchase), due=None)
        case events.Accepted() | events.Found():
            task = replace(task, free_tries=0, failure=None, ended=None)
            if task.attempt != event.attempt:  # brought in from elsewhere
                found = Purchase(
                    event.attempt, task.endpoint or "", at, job=event.job, submitted=at, key=task.key
                )
                return replace(task, purchases=(*task.purchases, found))
            return _newest(task, job=event.job, submitted=at, finished=None, failure=None)
        case events.Refused():
            before = task.purchases[-2].failure if len(task.purchases) > 1 else None
            is_same = before is not None and before.kind is event.failure.kind
            task = replace(task, free_tries=task.free_tries if is_same else 0)
            return replace(_newest(task, failure=event.failure, finished=at), failure=event.failure)
        case events.Lost():
            return replace(_newest(task, failure=event.failure), failure=event.failure)
        case events.Evidence():
            seen: JsonObject = {"before": event.before, "after": event.after, "says": event.says}
            return _newest(task, evidence=seen)
        case events.CancelAsked():
            return _newest(task, cancel=event.taken)
        case events.JobSucceeded():  # once more: fresh links to what had ended before
            ended = task.purchase.finished if task.purchase is not None else None
            task = _newest(task, finished=at if ended is None else ended, usage=event.usage)
            return replace(task, results=tuple(event.results), failure=None)
        case events.JobFailed():
            task = _newest(task, finished=at, usage=event.usage, failure=event.failure)
            return replace(task, failure=event.failure)
        case events.Collected():
            task = _newest(task, collected=at, usage=event.usage)
            return replace(task, artifacts=tuple(event.artifacts), model=event.model, failure=None)
        case events.ResultLost() | events.Abandoned():
            return replace(_newest(task, failure=event.failure), failure=event.failure)
        case events.Absent():
            return replace(_newest(task, finished=at), failure=None)
        case _:  # JobStarted
            return _newest(task, running=at)


def _newest(task: TaskState, **changes: object) -> TaskState:
    if not task.purchases:
        raise Bug("an event about an attempt, and there was none")
    newest = replace(task.purchases[-1], **changes)  # type: ignore[arg-type]
    return replace(task, purchases=(*task.purchases[:-1], newest))


def fold(history: Iterable[tuple[float, Event]]) -> TaskState:
    """Where a task stands, from its events with their times (seconds since 1970)."""
    task = TaskState()
    for at, event in history:
        task = apply(task, event, at)
    return task


NEXT: dict[State, Effect] = {
    State.WAITING: effects.Identify(),
    State.READY: effects.Submit(),
    State.SUBMITTING: effects.Reconcile(),
    State.SUBMITTED: effects.Poll(),
    State.COLLECTING: effects.Collect(),
    State.SETTLING: effects.Settle(),
    State.DOUBTFUL: effects.Ask(),
}


def next_effect(task: TaskState, now: float) -> Effect | None:
    """What to do next; None where nothing happens by itself any more."""
    if task.state is State.BACKOFF:
        due, planned = task.due or 0.0, task.planned or 0.0
        return effects.Wait(due) if planned <= now < due else effects.Submit()
    return NEXT.get(task.state)
