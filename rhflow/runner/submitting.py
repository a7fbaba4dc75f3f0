"""Effects before a job exists: work out the request, look whether it was bought, buy it once.

The single place where money leaves: `_send`. The intention is durable before it, and everything it can
end in is a value that is written down after it, whatever is cancelled meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from rhflow.ground.errors import Bug, StoreError
from rhflow.ground.references import Resolved, from_json, to_json
from rhflow.ground.values import Json, as_object, plain
from rhflow.lifecycle import events
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.lifecycle.policy import falls_back
from rhflow.lifecycle.states import State, TaskState
from rhflow.planning.identify import NoRequest, SkipTask, identify
from rhflow.planning.memory import OpenAttempt
from rhflow.planning.plan import Task
from rhflow.ports import (
    Accepted,
    Conflict,
    Lost,
    OverCap,
    PollFailed,
    Provider,
    Refused,
    Request,
    Staged,
    SubmitAnswer,
    TellsItsQueue,
)
from rhflow.runner.deciding import release_free_work, stop_for, take_over
from rhflow.runner.mending import Unmendable, park, refuse_unsound_inputs, remembered
from rhflow.runner.offer import Offer, make_offer
from rhflow.runner.pacing import say_pace
from rhflow.runner.recalling import cache_hit, usable
from rhflow.runner.run import Run
from rhflow.runner.steps import Again, Parked, WakeAt
from rhflow.runner.stop import StopReason

_T = TypeVar("_T")
_STAGE_TRIES = 4
_ASK_FOR_ROOM_S = 5.0
"""How often to ask for the key's queue while others have all of it."""
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
    known = run.hands.journal.known_of(state.key)  # first: one more later on, and the promise fails
    try:
        hit = await remembered(run, task, state.key) if task.cache else None
    except Unmendable as error:
        return park(run, task, error)
    if hit is not None:
        run.append(task.id, cache_hit(hit))
        return Again()
    rival = run.hands.journal.open_attempt(state.key)
    if rival is not None:
        return _beside(run, task, rival)
    if _as_its_twin(run, task, state.key) or _past_a_dead_channel(run, task):
        return Again()
    if run.stop.is_set:
        return Parked("stopped")
    opens_at = await _opens_at(run, task)
    if opens_at is not None:
        run.lanes.paid.leave(task.id)
        return WakeAt(opens_at)
    arguments = from_json(state.request)
    if not isinstance(arguments, dict):
        raise Bug(f"{task.id} has a request that is no mapping")
    try:
        await refuse_unsound_inputs(run, task, arguments)
    except Unmendable as error:
        return park(run, task, error)
    return await _buy(run, task, state.key, known, arguments)


def _past_a_dead_channel(run: Run, task: Task) -> bool:
    """Another task found out that the model does not work: the next rung, where there is one, is asked."""
    state = run.state(task.id)
    uses, following = task.ladder[state.rung].uses, state.rung + 1
    trouble = run.channels.trouble(uses)
    if trouble is None or trouble.task == task.id or following >= len(task.ladder):
        return False
    message = f"{uses} was not asked once more: {trouble.task} met this: {trouble.failure.message}"
    failure = replace(trouble.failure, message=message, charged="no")
    run.append(task.id, events.FellBack(following, task.ladder[following].uses, failure, trouble.task))
    return True


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


def _as_its_twin(run: Run, task: Task, key: str) -> bool:
    """The same request of this run was bought and came to nothing: one consent, one purchase.

    What the author said of such a failure holds for this task, too: the next rung, or none.
    """
    for other in run.may_have_given_up(key):
        said = _came_to_nothing(run.state(other), key) if other != task.id else None
        if said is None:
            continue
        message = f"{other} made the same request: {said.message}"
        failure = replace(said, message=message, charged="no")
        following = run.state(task.id).rung + 1
        if said.kind is FailureKind.REFUSED_CONTENT and task.on_rejected == "skip":
            run.append(task.id, events.Skipped(f"it was rejected: {message}"))
        elif following < len(task.ladder) and falls_back(said, task.on_rejected == "fallback"):
            run.append(task.id, events.FellBack(following, task.ladder[following].uses, failure, other))
        else:
            run.append(task.id, events.Blocked(failure))
        return True
    return False


def _came_to_nothing(state: TaskState, key: str) -> Failure | None:
    """What a task met that has bought this request and let go of it; None where it has not."""
    has_ended = state.key == key and state.state in (State.FAILED, State.SKIPPED)
    if not has_ended and key not in state.tried:
        return None
    met = [item.failure for item in state.purchases if item.key == key and item.failure is not None]
    return met[-1] if met else None


async def _opens_at(run: Run, task: Task) -> float | None:
    """When to come again where nothing may be sent just now; a far side that tells is asked for news."""
    provider, clock = run.hands.provider(task), run.hands.clock
    width = run.lanes.width
    if not provider.is_paid or not width.closed_s(clock.now()):
        return None
    if isinstance(provider, TellsItsQueue):
        await run.gauge.read(provider, run.lanes, clock, fresh_s=_ASK_FOR_ROOM_S)
    closed_s, now = width.closed_s(clock.now()), clock.now()
    if not closed_s:
        return None
    return now + (min(closed_s, _ASK_FOR_ROOM_S) if isinstance(provider, TellsItsQueue) else closed_s)


async def _buy(run: Run, task: Task, key: str, known: int, arguments: dict[str, Resolved]) -> Again | Parked:
    """Reserve, stage, promise, send."""
    hands = run.hands
    provider, attempt = hands.provider(task), hands.new_id()
    offer = make_offer(run, task, provider, arguments)
    refused = _reserve(run, task, offer, attempt) if provider.is_paid else None
    if refused is not None:
        return refused
    try:
        staged = await _staged(run, task, provider, offer.request)
        wrong = offer.mismatch(staged.body) if staged is not None and provider.is_paid else None
        if wrong is not None:
            run.append(task.id, events.Blocked(wrong))
        if staged is None or wrong is not None or run.stop.stops_the_promised():
            run.budget.release(attempt)
            return Again() if run.state(task.id).is_terminal else Parked("stopped")
        await run.gauge.read(provider, run.lanes, hands.clock)
        await run.lanes.sending.acquire()
    except BaseException:
        run.budget.release(attempt)
        raise
    try:
        if run.stop.stops_the_promised():
            run.budget.release(attempt)
            return Parked("stopped")
        if provider.is_paid and not run.lanes.may_send(task.id):  # there is less room than when it began
            run.budget.release(attempt)
            say_pace(run)
            run.lanes.paid.leave(task.id)
            return Again()
        intention = events.SubmitIntended(
            key=key,
            attempt=attempt,
            endpoint=offer.request.endpoint,
            provider=provider.name,
            reserved=plain(offer.price.high) if offer.price.high is not None else None,
            currency=offer.price.currency,
            owner=hands.journal.owner,
            known=known,
            realm=provider.realm,
            before=run.gauge.count.to_json() if provider.is_paid and run.gauge.count is not None else None,
        )
        try:
            run.append(task.id, intention, within=offer.allowance if provider.is_paid else None)
        except OverCap as over:  # another process has taken the room meanwhile
            run.stop.set(StopReason.BUDGET, f"{task.id} was not bought: {over}")
            return Parked("stopped")
        finally:  # what is promised stands in the ledger now
            run.budget.release(attempt)
        if provider.is_paid:
            run.lanes.sends(task.id, hands.clock.now())
        await uncancelled(_send(run, task, provider, staged, attempt))
    finally:
        run.lanes.sending.release()
    return Again()


def _reserve(run: Run, task: Task, offer: Offer, attempt: str) -> Again | Parked | None:
    """Hold room for it; what to do instead where a limit speaks against it."""
    dear = offer.too_dear()
    if dear is not None:
        run.append(task.id, events.Blocked(dear))
        return Again()
    refusal = offer.reserve(run, attempt)
    if refusal is None:
        return None
    run.stop.set(StopReason.BUDGET, f"{task.id} was not bought: {refusal}")
    return Parked("stopped")


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
    if provider.is_paid and isinstance(answer, Accepted):
        run.lanes.accepted(task.id, run.hands.clock.now())
    ended = _ended_at_once(answer, attempt)
    try:
        run.append(task.id, _told(answer, attempt), then=ended)
        if isinstance(ended, events.JobSucceeded):
            run.channels.worked(task.ladder[run.state(task.id).rung].uses)
    except Conflict:
        _told_late(run, task, answer, attempt)
    except StoreError as error:
        if isinstance(answer, Accepted):
            raise StoreError(
                f"{task.id} was bought, and its task id {answer.job} could not be written: {error.message}",
                f"Keep this line. Later: rhflow settle {run.id} '{task.id}' --task-id {answer.job}",
            ) from error
        raise


def _told(answer: SubmitAnswer, attempt: str) -> events.Event:
    match answer:
        case Accepted():
            return events.Accepted(attempt, answer.job)
        case Refused():
            return events.Refused(attempt, answer.failure)
        case Lost():
            return events.Lost(attempt, answer.failure)


def _ended_at_once(answer: SubmitAnswer, attempt: str) -> events.JobSucceeded | events.JobFailed | None:
    """The end of a job that came with its acceptance. Nobody can ask for it again where it was a chat's."""
    report = answer.report if isinstance(answer, Accepted) else None
    if report is not None and report.state == "succeeded":
        results: list[Json] = [result.to_json() for result in report.results]
        return events.JobSucceeded(attempt, results, report.usage.to_json())
    if report is not None and report.state == "failed" and report.failure is not None:
        return events.JobFailed(attempt, report.failure, report.usage.to_json())
    return None


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
        found = events.Found(attempt, answer.job, by="late answer")
        run.append(task.id, found, then=_ended_at_once(answer, attempt))
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
