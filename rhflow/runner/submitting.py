"""Effects before a job exists: work out the request, look whether it was bought, buy it once.

The single place where money leaves: `_send`. The intention is durable before it, and everything it can
end in is a value that is written down after it, whatever is cancelled meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from rhflow.catalog.price import in_currency
from rhflow.catalog.quote import quote
from rhflow.ground.errors import Bug, StoreError
from rhflow.ground.references import Resolved, from_json, to_json
from rhflow.ground.values import Json, as_object, plain
from rhflow.lifecycle import events
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.lifecycle.states import State
from rhflow.planning.identify import NoRequest, SkipTask, identify, known_seconds
from rhflow.planning.judge import capped
from rhflow.planning.memory import OpenAttempt
from rhflow.planning.plan import Task
from rhflow.ports import (
    Accepted,
    Conflict,
    Lost,
    PollFailed,
    Provider,
    Refused,
    Request,
    Staged,
    SubmitAnswer,
)
from rhflow.runner.deciding import release_free_work, stop_for, take_over
from rhflow.runner.recalling import cache_hit, usable
from rhflow.runner.run import Run
from rhflow.runner.steps import Again, Parked, WakeAt
from rhflow.runner.stop import StopReason

_T = TypeVar("_T")
_STAGE_TRIES = 4
_RIVAL_S = 0.25
"""How often to look whether another process, in the middle of a POST, has its answer."""


def identify_task(run: Run, task: Task) -> Again:
    """Inputs are there: the request and its key, and the result at once where there is one."""
    hands, rung = run.hands, run.state(task.id).rung
    uses = task.ladder[rung].uses
    try:
        now = hands.clock.now()
        found = identify(task, hands.model(uses), run.plan.realm, run.outcomes, now, rung)
    except SkipTask as reason:
        run.append(task.id, events.Skipped(str(reason)))
        return Again()
    except NoRequest as error:
        failure = Failure(FailureKind.REFUSED_INPUT, str(error), hint="Nothing was bought for it.")
        run.append(task.id, events.Blocked(failure))
        return Again()
    hit = usable(run, found.key) if task.cache else None
    if hit is not None:
        run.append(task.id, cache_hit(hit))
        return Again()
    request = as_object(to_json(found.arguments), "a request")
    run.append(task.id, events.Keyed(found.key, uses, request))
    return Again()


async def submit(run: Run, task: Task) -> Again | WakeAt | Parked:
    """Buy it, unless somebody has, is about to, or may not."""
    state = run.state(task.id)
    if state.key is None or state.request is None:
        raise Bug(f"{task.id} is to be bought without a key")
    known = run.hands.journal.purchases_of(state.key)  # first: one more later on, and the promise fails
    hit = usable(run, state.key) if task.cache else None
    if hit is not None:
        run.append(task.id, cache_hit(hit))
        return Again()
    rival = run.hands.journal.open_attempt(state.key)
    if rival is not None:
        return _beside(run, task, rival)
    no = _said_to_a_twin(run, task, state.key)
    if no is not None:
        run.append(task.id, events.Blocked(no))
        return Again()
    if run.stop.is_set:
        return Parked("stopped")
    arguments = from_json(state.request)
    if not isinstance(arguments, dict):
        raise Bug(f"{task.id} has a request that is no mapping")
    return await _buy(run, task, state.key, known, arguments)


def _beside(run: Run, task: Task, rival: OpenAttempt) -> Again | WakeAt:
    """Somebody else has bought the same request, or is just doing so."""
    if not run.hands.provider(task).is_paid:  # work of another process cannot be collected by this one
        if run.hands.journal.lives(rival.owner):
            return WakeAt(run.hands.clock.now() + _RIVAL_S)
        release_free_work(run, rival)
        return Again()
    if rival.state == "submitting":
        if run.hands.journal.lives(rival.owner):
            return WakeAt(run.hands.clock.now() + _RIVAL_S)
        take_over(run, rival)
        return Again()
    run.append(task.id, events.Adopted(rival.key, rival.attempt, rival.run, rival.task, rival.job))
    return Again()


def _said_to_a_twin(run: Run, task: Task, key: str) -> Failure | None:
    """The same request of this run was bought and came to nothing: one consent, one purchase."""
    for other in run.plan.tasks:
        state = run.state(other.id)
        if other.id == task.id or state.key != key or state.state is not State.FAILED:
            continue
        if state.purchase is not None and state.failure is not None:
            message = f"{other.id} made the same request: {state.failure.message}"
            return replace(state.failure, message=message, charged="no")
    return None


async def _buy(run: Run, task: Task, key: str, known: int, arguments: dict[str, Resolved]) -> Again | Parked:
    hands, uses = run.hands, task.ladder[run.state(task.id).rung].uses
    model = hands.model(uses)
    provider, attempt = hands.provider(task), hands.new_id()
    price = in_currency(quote(model, arguments, known_seconds(arguments)), run.plan.currency)
    price = capped(price if price.known else task.quote, task)
    if provider.is_paid:
        refusal = run.budget.reserve(attempt, price)
        if refusal is not None:
            run.stop.set(StopReason.BUDGET, f"{task.id} was not bought: {refusal}")
            return Parked("stopped")
    try:
        staged = await _staged(run, task, provider, Request(uses, arguments))
        if staged is None or run.stop.stops_the_promised():
            run.budget.release(attempt)
            return Again() if run.state(task.id).is_terminal else Parked("stopped")
        await run.lanes.sending.acquire()
    except BaseException:
        run.budget.release(attempt)
        raise
    try:
        if run.stop.stops_the_promised():
            run.budget.release(attempt)
            return Parked("stopped")
        intention = events.SubmitIntended(
            key=key,
            attempt=attempt,
            endpoint=uses,
            provider=provider.name,
            reserved=plain(price.high) if price.high is not None else None,
            currency=price.currency,
            owner=hands.journal.owner,
            known=known,
        )
        try:
            run.append(task.id, intention)
        except BaseException:
            run.budget.release(attempt)
            raise
        await uncancelled(_send(run, task, provider, staged, attempt))
    finally:
        run.lanes.sending.release()
    return Again()


async def _staged(run: Run, task: Task, provider: Provider, request: Request) -> Staged | None:
    """Bring the media over; None where that failed, and why is told."""
    for tried in range(_STAGE_TRIES):
        try:
            return await provider.stage(request, run.hands.uploads)
        except PollFailed as error:
            failure = error.failure
            if stop_for(run, failure):
                return None
            if not failure.repeatable:
                run.append(task.id, events.Blocked(failure))
                return None
            if tried + 1 < _STAGE_TRIES:
                await run.hands.clock.sleep(min(2.0**tried, 8.0))
            elif failure.kind is FailureKind.NOT_SENT:
                run.stop.set(StopReason.NETWORK, failure.message)
            else:
                run.stop.set(StopReason.FAR_SIDE, failure.message)
    return None


async def _send(run: Run, task: Task, provider: Provider, staged: Staged, attempt: str) -> None:
    """Send it once, and write down what became of it."""
    answer = await provider.submit(staged, attempt)
    try:
        run.append(task.id, _told(answer, attempt))
        if isinstance(answer, Accepted) and answer.report and answer.report.state == "succeeded":
            results: list[Json] = [result.to_json() for result in answer.report.results]
            run.append(task.id, events.JobSucceeded(attempt, results, answer.report.usage.to_json()))
    except Conflict:
        _told_late(run, task, answer, attempt)
    except StoreError as error:
        if isinstance(answer, Accepted):
            raise StoreError(
                f"{task.id} was bought, and its task id {answer.job} could not be written: {error.message}",
                f"Keep this line. Later: rhflow settle {run.id} '{task.id}' --task-id {answer.job}",
            ) from error
        raise
    if isinstance(answer, Refused):
        run.budget.release(attempt)


def _told(answer: SubmitAnswer, attempt: str) -> events.Event:
    match answer:
        case Accepted():
            return events.Accepted(attempt, answer.job)
        case Refused():
            return events.Refused(attempt, answer.failure)
        case Lost():
            return events.Lost(attempt, answer.failure)


def _told_late(run: Run, task: Task, answer: SubmitAnswer, attempt: str) -> None:
    """Another process took us for dead and said `Lost`: what we know now clears that up."""
    state = run.reload(task.id)
    is_ours = state.attempt == attempt
    if isinstance(answer, Lost) or (is_ours and state.job is not None):
        return
    if isinstance(answer, Refused):
        if is_ours and state.state is State.DOUBTFUL:
            run.append(task.id, events.Absent(attempt, by="late answer: " + answer.failure.message))
        return
    try:
        if not is_ours or state.state not in (State.DOUBTFUL, State.FAILED):
            raise Conflict(f"{task.id} has moved on")
        run.append(task.id, events.Found(attempt, answer.job, by="late answer"))
    except Conflict as error:
        raise StoreError(
            f"{task.id} was bought after all (task id {answer.job}), and somebody has settled it otherwise",
            f"Keep this line. Should it fail: rhflow settle {run.id} '{task.id}' --task-id {answer.job}",
        ) from error


async def uncancelled(work: Coroutine[Any, Any, _T]) -> _T:
    """Finish the work even if the caller is cancelled meanwhile, then be cancelled."""
    inner = asyncio.ensure_future(work)
    cancelled = False
    while not inner.done():
        try:
            await asyncio.shield(inner)
        except asyncio.CancelledError:
            if inner.cancelled():
                raise
            cancelled = True
        except BaseException:  # noqa: BLE001  # it is the work's own, raised by result() below
            break
    result = inner.result()
    if cancelled:
        raise asyncio.CancelledError
    return result
