"""A submit whose answer was lost: what can be learnt of it without asking for it again.

The key's queue is looked at (evidence, for people), and a webhook that names the attempt is confirmed by a
query (that finds the job). Nothing here sends anything that costs.
"""

from __future__ import annotations

from rhflow.lifecycle import events
from rhflow.lifecycle.evidence import read_count, weigh
from rhflow.lifecycle.rhythm import Expected
from rhflow.lifecycle.states import TaskState
from rhflow.planning.plan import Task
from rhflow.ports import PollFailed
from rhflow.runner.run import Run
from rhflow.runner.steps import Again, WakeAt

_GRACE_LOOKS = 2.0
"""The far side may take a request after we have given up waiting for its answer. So many of the shortest
waits between two looks are waited first: two seconds, unless somebody is in a hurry."""
_AGAIN_S = (5.0, 60.0)
"""How long `on_doubt: wait` waits between two looks, at first and at last."""
_LEAST_WAIT_S, _MOST_WAIT_S = 30.0, 3600.0
_TRIES = 3
_SET_BACK_S = 5.0
"""A clock is put right by so much without anybody having to wonder."""


async def found_by_webhook(run: Run, task: Task) -> bool:
    """Confirm what a webhook said of this attempt; True where its job is found."""
    attempt = run.state(task.id).attempt or ""
    job = run.hints.job_of(attempt)
    if job is None or job in _known_jobs(run):
        run.hints.forget(attempt)
        return False
    for _ in range(_TRIES):
        try:
            await run.hands.provider(task).report(job)
        except PollFailed as error:
            if not error.failure.repeatable:
                break
            await run.bells.nap(task.id, run.hands.clock, _GRACE_LOOKS * run.pace.shortest_s)
        else:
            run.append(task.id, events.Found(attempt, job, by="webhook"))
            return True
    run.hints.forget(attempt)
    return False


def _known_jobs(run: Run) -> set[str]:
    """A job that answers for one purchase cannot answer for another."""
    return {
        purchase.job
        for state in run.states.values()
        for purchase in state.purchases
        if purchase.job is not None
    }


async def look(run: Run, task: Task) -> None:
    """Ask what the key has going now, and write down what that looks like, where it is news."""
    state = run.state(task.id)
    purchase, clock = state.purchase, run.hands.clock
    if purchase is None or not _is_young(run, task, state):
        return
    if purchase.evidence is None:
        await run.bells.nap(task.id, clock, _GRACE_LOOKS * run.pace.shortest_s)
    await run.gauge.read(run.hands.provider(task), run.lanes, clock, fresh_s=0.0)
    after, before = run.gauge.count, read_count(purchase.before)
    if after is None or run.state(task.id).seq != state.seq:
        return
    quick_s = _expected(run, task, state).quantile(-1.645)
    says = weigh(before, after, may_have_ended=clock.now() - purchase.intended > quick_s)
    if purchase.evidence is None or purchase.evidence.get("says") != says:
        told = before.to_json() if before is not None else None
        run.append(task.id, events.Evidence(purchase.attempt, told, after.to_json(), says))


async def wait(run: Run, task: Task) -> Again | WakeAt | None:
    """`on_doubt: wait`: look on until the job would have ended; None where that has passed."""
    state = run.state(task.id)
    purchase, now = state.purchase, run.hands.clock.now()
    if purchase is None or run.stop.is_set or not _is_young(run, task, state):
        return None
    await look(run, task)
    if run.state(task.id).seq != state.seq:
        return Again()
    first, last = _AGAIN_S
    return WakeAt(now + min(last, max(first, 0.2 * (now - purchase.intended))))


def _is_young(run: Run, task: Task, state: TaskState) -> bool:
    """Whether the job would still be going, had it been accepted; later the queue says nothing of it."""
    if state.purchase is None:
        return False
    long_s = min(_MOST_WAIT_S, max(_LEAST_WAIT_S, _expected(run, task, state).long_s))
    age_s = run.hands.clock.now() - state.purchase.intended
    return -_SET_BACK_S < age_s < long_s  # a doubt of tomorrow: the clock was set back, and tells nothing


def _expected(run: Run, task: Task, state: TaskState) -> Expected:
    return run.expected(task.ladder[state.rung].uses, run.hands.provider(task).name)
