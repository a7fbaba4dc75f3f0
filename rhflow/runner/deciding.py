"""Effects that decide: a failure, a doubt, an intention whose owner died."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace

from rhflow.ground.errors import Bug
from rhflow.lifecycle import events
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.lifecycle.policy import Retry, decide, falls_back
from rhflow.lifecycle.states import State
from rhflow.lifecycle.transitions import fold
from rhflow.planning.memory import OpenAttempt
from rhflow.planning.plan import Task
from rhflow.ports import Conflict
from rhflow.runner.doubting import found_by_webhook, look, wait
from rhflow.runner.pacing import say_pace
from rhflow.runner.recalling import brought_in, cache_hit
from rhflow.runner.run import Run
from rhflow.runner.steps import Again, Parked, WakeAt
from rhflow.runner.stop import StopReason

_RIVAL_S = 0.25
_REPEATS = 1
"""How often `on_doubt: repeat` sends a lost submit again, whichever run says so: a far side that loses two
has a habit of it."""

_STOPS = {
    FailureKind.UNAUTHORIZED: StopReason.ACCOUNT,
    FailureKind.NO_FUNDS: StopReason.ACCOUNT,
    FailureKind.NOT_SENT: StopReason.NETWORK,
}
"""Failures that are not about this task: the next one would meet them too."""


def stop_for(run: Run, failure: Failure, *, give_up_network: bool = False) -> bool:
    """Stop buying where the failure is about the account, or the network once that was tried enough."""
    reason = _STOPS.get(failure.kind)
    if reason is None or (reason is StopReason.NETWORK and not give_up_network):
        return False
    hint = f" {failure.hint}" if failure.hint else ""
    run.stop.set(reason, f"{failure.message}{hint}")
    return True


def settle(run: Run, task: Task) -> Again | Parked:
    """Retry or give up; a problem of account or network leaves the task as it was, for a later resume."""
    state = run.state(task.id)
    failure = state.failure
    if failure is None:
        raise Bug(f"{task.id} is to settle a failure, and there is none")
    policy = replace(run.policy, is_paid=run.hands.provider(task).is_paid, retries=task.retry)
    if state.purchase is not None and state.purchase.cancel is not None and state.job is not None:
        run.append(task.id, events.Cancelled("rhflow cancel"))
        return Again()
    if policy.is_paid:
        run.channels.failed(task.ladder[state.rung].uses, task.id, failure)
    decision = decide(failure, state, policy, run.hands.jitter())
    if isinstance(decision, Retry):
        now = run.hands.clock.now()
        due = now + decision.delay_s
        if failure.kind is FailureKind.THROTTLED and state.job is None:
            run.lanes.refused(task.id, failure, now, due)
            say_pace(run, failure)
        run.append(task.id, events.RetryPlanned(due, decision.counts))
        return Again()
    if stop_for(run, failure, give_up_network=True) and state.job is None:
        run.append(task.id, events.RetryPlanned(run.hands.clock.now()))
        return Parked("stopped")
    if failure.kind is FailureKind.REFUSED_CONTENT and task.on_rejected == "skip":
        run.append(task.id, events.Skipped(f"it was rejected: {failure.message}"))
        return Again()
    following = state.rung + 1
    if following < len(task.ladder) and falls_back(failure, task.on_rejected == "fallback"):
        run.append(task.id, events.FellBack(following, task.ladder[following].uses, failure))
        return Again()
    run.append(task.id, events.GaveUp(failure))
    return Again()


def reconcile(run: Run, task: Task) -> Again | WakeAt:
    """An intention without an answer. A living owner may still be in its POST; a dead one cannot tell."""
    state = run.state(task.id)
    attempt = run.hands.journal.open_attempt(state.key or "")
    is_ours = attempt is not None and attempt.attempt == state.attempt
    if attempt is not None and is_ours and run.hands.journal.lives(attempt.owner):
        run.reload(task.id)
        return WakeAt(run.hands.clock.now() + _RIVAL_S)
    run.append(task.id, events.Lost(state.attempt or "", died_in_the_act()))
    return Again()


def take_over(run: Run, rival: OpenAttempt) -> None:
    """Say `Lost` in the stream of another run whose process died between intention and answer."""
    _tell_rival(run, rival, {State.SUBMITTING: events.Lost(rival.attempt, died_in_the_act())})


def release_free_work(run: Run, rival: OpenAttempt) -> None:
    """Close an attempt on this machine whose process died: it is free, and whoever needs it redoes it."""
    interrupted = Failure(FailureKind.LOCAL, "was interrupted", repeatable=True)
    telling: dict[State, events.Event] = {
        State.SUBMITTING: events.Lost(rival.attempt, died_in_the_act()),
        State.DOUBTFUL: events.Absent(rival.attempt, by="free work"),
        State.SUBMITTED: events.JobFailed(rival.attempt, interrupted),
        State.COLLECTING: events.ResultLost(rival.attempt, interrupted),
    }
    _tell_rival(run, rival, telling)


def _tell_rival(run: Run, rival: OpenAttempt, telling: Mapping[State, events.Event]) -> None:
    """Add the fact that fits to the stream of another run, unless its task has moved on."""
    history = run.hands.journal.events(rival.run, rival.task)
    theirs = fold((at, event) for _, at, event in history)
    event = telling.get(theirs.state)
    if event is None or theirs.attempt != rival.attempt:
        return
    with contextlib.suppress(Conflict):
        run.hands.journal.append(rival.run, rival.task, theirs.seq, event, run.hands.clock.now())


def died_in_the_act() -> Failure:
    """Nobody is left who could hear the answer to a submit."""
    return Failure(
        FailureKind.IN_DOUBT,
        "rhflow ended between promising this purchase and hearing of it; it may have been accepted",
        hint="Look it up in the vendor's call records.",
        charged="unknown",
    )


async def ask(run: Run, task: Task) -> Again | WakeAt | Parked:
    """A doubt: cleared up elsewhere, by a webhook, by the author's word, or by a person."""
    state, journal = run.state(task.id), run.hands.journal
    attempt = state.attempt or ""
    hit = brought_in(run, state.key or "", attempt)
    if hit is not None:
        run.append(task.id, cache_hit(hit))
        return Again()
    elsewhere = journal.attempt(attempt)
    if elsewhere is not None and _learn(run, task, attempt, *elsewhere):
        return Again()
    if not run.hands.provider(task).is_paid:
        run.append(task.id, events.Absent(attempt, by="free work"))
        return Again()
    if await found_by_webhook(run, task):
        return Again()
    is_repeated = task.on_doubt == "repeat" and not run.is_cancelling
    if is_repeated and journal.doubts_of(state.key or "") <= _REPEATS:
        run.append(task.id, events.Absent(attempt, by="on_doubt: repeat"))
        return Again()
    if task.on_doubt == "wait":
        waiting = await wait(run, task)
        if waiting is not None:
            return waiting
    elif state.purchase is not None and state.purchase.evidence is None:
        await look(run, task)
        if run.state(task.id).seq != state.seq or run.hints.job_of(attempt) is not None:
            return Again()
    return Parked("settle")


def _learn(run: Run, task: Task, attempt: str, status: str, job: str | None, outcome: str | None) -> bool:
    """Another holder of the same purchase knows more by now."""
    if status == "submitted" and job is not None:
        run.append(task.id, events.Found(attempt, job, by="another run"))
        return True
    if status != "closed":
        return False
    if outcome in ("absent", "refused"):
        run.append(task.id, events.Absent(attempt, by="another run"))
    else:
        failure = Failure(
            FailureKind.GONE,
            f"another run closed this purchase as {outcome}",
            charged="unknown",
            repeatable=True,
        )
        run.append(task.id, events.Abandoned(attempt, failure))
    return True
