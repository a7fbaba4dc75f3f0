"""The heart: take one task one step further.

Remember (the folded events), decide (the table), promise (an intention, where money is at stake), do, tell.
Whoever drives calls `advance` again until it says `Settled` or `Parked`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from rhflow.lifecycle import effects
from rhflow.lifecycle.transitions import next_effect
from rhflow.planning.plan import Task
from rhflow.ports import Conflict
from rhflow.runner.deciding import ask, reconcile, settle
from rhflow.runner.fetching import collect
from rhflow.runner.polling import poll
from rhflow.runner.run import Run
from rhflow.runner.steps import Again, Parked, WakeAt
from rhflow.runner.submitting import identify_task, submit


@dataclass(frozen=True, slots=True)
class Settled:
    """The task has ended, one way or the other."""


Advanced: TypeAlias = Again | WakeAt | Parked | Settled


async def advance(run: Run, task: Task) -> Advanced:
    """Do the one thing that comes next.

    Raises:
        StoreError: local state cannot be read or written; nothing was bought that is not written down.
        Bug: the table met something impossible.
    """
    state = run.state(task.id)
    effect = next_effect(state, run.hands.clock.now())
    try:
        match effect:
            case None:
                return Settled()
            case effects.Wait(until):
                return Parked("stopped") if run.stop.is_set else WakeAt(until)
            case effects.Identify():
                return identify_task(run, task)
            case effects.Submit():
                return await submit(run, task)
            case effects.Reconcile():
                return reconcile(run, task)
            case effects.Poll():
                return await poll(run, task)
            case effects.Collect():
                return await collect(run, task)
            case effects.Settle():
                return settle(run, task)
            case effects.Ask():
                return await ask(run, task)
    except Conflict:  # another process added a fact: look again
        run.reload(task.id)
        return Again()
