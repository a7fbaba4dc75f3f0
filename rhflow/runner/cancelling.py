"""Ending a run on somebody's wish: nothing more is bought, and what goes is cancelled where that can be.

Nobody documents that jobs of models can be cancelled, nor what a cancelled one costs (RunningHub API,
cancelling). So each is asked for once, and then looked at until the far side has said its last word.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from rhflow.ground.errors import StoreError
from rhflow.lifecycle import events
from rhflow.lifecycle.notices import Notice
from rhflow.lifecycle.states import BOUGHT, State
from rhflow.planning.plan import Task
from rhflow.ports import PollFailed
from rhflow.runner.run import Run
from rhflow.runner.stop import StopReason

BY = "rhflow cancel"
_LOOKS_EVERY_S = 1.0
_LOOKS_IN_VAIN = 3
"""In a row, before the home counts as one that cannot be read."""
_NEVER_BOUGHT = (State.WAITING, State.READY, State.BACKOFF)


def begin_to_cancel(run: Run) -> None:
    """From now on nothing is bought, and who looks at a job asks for its end first."""
    if not run.is_cancelling:
        run.is_cancelling = True
        run.stop.set(StopReason.CANCELLED, "Cancelled: nothing more is bought in this run.")
        run.bells.ring_all(run.states)


async def watch_for_a_wish(run: Run, is_wished: Callable[[], bool]) -> None:
    """Look now and then whether somebody, in another process, wants the run to end.

    Where the home cannot be read any more, nothing more is bought: nobody could stop it, and it would not be
    known either. What goes is brought home.
    """
    failed = 0
    while True:
        try:
            if is_wished():
                begin_to_cancel(run)
                return
            failed = 0
        except StoreError as error:
            failed += 1
            if failed >= _LOOKS_IN_VAIN:
                told = f"A wish to cancel this run could not be heard: {error.message}"
                run.stop.set(StopReason.STORE, told)
                return
        await asyncio.sleep(_LOOKS_EVERY_S)


async def ask_to_cancel(run: Run, task: Task, attempt: str, job: str) -> None:
    """Where the run is to end: ask the far side to stop the job, once. Its answer alone ends nothing."""
    purchase = run.state(task.id).purchase
    if (
        not run.is_cancelling
        or purchase is None
        or purchase.cancel is not None
        or purchase.attempt != attempt
    ):
        return
    others = [holder for holder, _ in run.hands.journal.holders(attempt) if holder != run.id]
    if others:
        said = f"run {others[0]} waits for it, too"
        run.append(task.id, events.CancelAsked(attempt, taken=False, said=said))
        run.notify(Notice("cancel", f"{task.id}: not cancelled, {said}; it runs on.", task.id))
        return
    try:
        taken, why = await run.hands.provider(task).cancel(job), None
    except PollFailed as error:
        if error.failure.repeatable:
            return  # the next look asks again
        taken, why = False, error.failure.message
    run.append(task.id, events.CancelAsked(attempt, taken, why))
    if taken:
        said = "the far side took the cancel; it is looked at until that is sure, and may cost all the same."
    else:
        said = "the far side would not cancel it; it runs on, is paid, and will be collected."
        said += f" It said: {why}" if why else ""
    run.notify(Notice("cancel", f"{task.id}: {said}", task.id))


def close(run: Run) -> None:
    """The driver has ended: what was never bought is cancelled for good."""
    for task in run.plan.tasks:
        if run.state(task.id).state in _NEVER_BOUGHT:
            run.append(task.id, events.Cancelled(BY))
            run.parked.pop(task.id, None)


def is_going(run: Run) -> bool:
    """Whether something is still out there."""
    return any(state.state in BOUGHT for state in run.states.values())
