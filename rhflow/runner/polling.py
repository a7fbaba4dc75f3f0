"""Effect: look where a job stands, until it has ended. Looking costs nothing, and never ends a job by itself.

When to look is arithmetic over what such jobs usually take (`lifecycle/rhythm.py`); a webhook or somebody
who wants it cancelled rings the bell.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from rhflow.ground.errors import Bug
from rhflow.ground.values import Json, as_object
from rhflow.lifecycle import events
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.lifecycle.rhythm import first_look_s, wait_s
from rhflow.lifecycle.states import Purchase
from rhflow.planning.plan import Task
from rhflow.ports import JobReport, PollFailed, RemoteResult
from rhflow.runner.cancelling import ask_to_cancel
from rhflow.runner.deciding import stop_for
from rhflow.runner.overhearing import Ear
from rhflow.runner.pacing import say_pace
from rhflow.runner.recalling import brought_in, cache_hit, heard_elsewhere
from rhflow.runner.run import Run
from rhflow.runner.steps import Again, Parked
from rhflow.runner.stop import StopReason

_LOCAL_S = (0.05, 0.5)
"""Between two looks at work on this machine, at first and at most."""
_FAILED_S = 30.0
"""Between two looks that found nobody to answer, at most; from the shortest wait on it doubles."""
_LONGEST_S = 600.0
"""Between two looks at anything: a clock that was set forward must not make a young job look old."""
_MOST_DOUBLINGS = 20
_ODD_LOOKS = 4
"""How often an answer that contradicts itself is not believed."""


@dataclass(slots=True)
class _Watch:
    """What the looks at one job have seen."""

    purchase: Purchase
    since: float
    """When the far side accepted it."""
    looked_at: float
    going_at: float | None
    """When it was last known not to have ended; None where nobody looked in time."""
    failed: int = 0
    odd: int = 0
    """Answers that contradicted themselves."""
    hinted: int = 0
    """Looks that found it going although somebody had said that it has ended."""
    is_running: bool = False
    went_back: bool = False
    """The clock did, between acceptance and now: how long the job has taken, it does not tell any more."""


async def poll(run: Run, task: Task) -> Again | Parked:
    """Look until the job has ended. No failed question ends a job; only its own answer does."""
    purchase = run.state(task.id).purchase
    if purchase is None or purchase.job is None:
        raise Bug(f"{task.id} is to be polled without a job")
    async with Ear(run, task, purchase) as ear:
        return await _look_on(run, task, purchase, purchase.job, ear)


async def _look_on(run: Run, task: Task, purchase: Purchase, job: str, ear: Ear) -> Again | Parked:
    watch = _begin(run, task, purchase)
    if watch.going_at is not None:  # it has only just begun
        await _until_due(run, task, watch)
    while True:
        key = run.state(task.id).key or ""
        hit = brought_in(run, key, purchase.attempt) if purchase.adopted else None
        if hit is not None:  # the run that bought it has collected it meanwhile
            run.append(task.id, cache_hit(hit))
            return Again()
        heard = heard_elsewhere(run, key, purchase.attempt) if purchase.adopted else None
        if heard is not None:
            run.append(task.id, heard)
            return Again()
        await ask_to_cancel(run, task, purchase.attempt, job)
        ended: Again | Parked | None
        try:
            report = await run.hands.provider(task).report(job)
        except PollFailed as error:
            watch.failed += 1
            ended = _poll_failed(run, task, error.failure, watch.failed)
        else:
            ended = _reported(run, task, watch, report)
        if ended is not None:
            return ended
        if watch.is_running:
            ear.listen()
        run.lanes.tick(run.hands.clock.now())
        say_pace(run)
        await _until_due(run, task, watch)


def _begin(run: Run, task: Task, purchase: Purchase) -> _Watch:
    now = run.hands.clock.now()
    since = purchase.submitted if purchase.submitted is not None else now
    is_fresh = now - since < run.pace.shortest_s and not purchase.adopted
    is_fresh = is_fresh and run.hands.provider(task).is_paid  # a look at work on this machine costs nothing
    watch = _Watch(purchase, since, now, since if is_fresh else None, is_running=purchase.running is not None)
    watch.went_back = now < since
    return watch


def _reported(run: Run, task: Task, watch: _Watch, report: JobReport) -> Again | Parked | None:
    """What a look has shown; None where the job goes on."""
    now = run.hands.clock.now()
    watch.went_back = watch.went_back or now < watch.looked_at
    if report.is_odd and watch.odd < _ODD_LOOKS:
        watch.odd += 1
        watch.failed += 1
        return None
    if report.state not in ("queued", "running"):
        end_job(run, task, watch.purchase.attempt, report, took=_took(watch, now))
        return Again()
    watch.failed, watch.looked_at, watch.going_at = 0, now, now
    if report.state == "running" and not watch.is_running:
        run.append(task.id, events.JobStarted(watch.purchase.attempt))
        watch.is_running = True
    if run.hints.job_of(watch.purchase.attempt) == watch.purchase.job:
        watch.hinted += 1
    overdue = _overdue(run, task, is_running=watch.is_running)
    if overdue is None:
        return None
    run.parked_why[task.id] = overdue
    return Parked("timeout")


def _took(watch: _Watch, now: float) -> float | None:
    """How long the job took, where somebody saw it end."""
    if watch.going_at is None or watch.went_back or now <= watch.since:
        return None
    return (watch.going_at + now) / 2.0 - watch.since


async def _until_due(run: Run, task: Task, watch: _Watch) -> None:
    """Sleep until the next look. What others learn meanwhile, or a hint, may bring it forward."""
    clock = run.hands.clock
    begun = clock.now()
    while True:
        wait = _wait_s(run, task, watch)
        left = min(wait, begun + wait - clock.now())  # the clock may be set back meanwhile
        if left <= 0 or not await run.bells.nap(task.id, clock, left):
            return
        is_called = run.hints.job_of(watch.purchase.attempt) == watch.purchase.job
        if run.is_cancelling or (is_called and not watch.hinted):
            return


def _wait_s(run: Run, task: Task, watch: _Watch) -> float:
    """From the last look to the next."""
    provider, pace = run.hands.provider(task), run.pace
    elapsed = max(0.0, watch.looked_at - watch.since)  # the clock may have been set back since
    if watch.failed:
        return min(max(_FAILED_S, pace.shortest_s), pace.shortest_s * 2.0 ** (watch.failed - 1))
    if not provider.is_paid:
        shortest, longest = _LOCAL_S
        return min(longest, max(shortest, 0.2 * elapsed))
    uses = watch.purchase.endpoint
    first_s = first_look_s(run.kind(uses)) if pace.first_s is None else pace.first_s
    expected = run.expected(uses, provider.name)
    wait = wait_s(expected, elapsed, shortest_s=pace.shortest_s, first_s=first_s)
    longest = max(pace.shortest_s, min(_LONGEST_S, _until_overdue(run, task, watch)))
    if watch.hinted:  # the word is sometimes ahead of the answer
        longest = min(longest, pace.shortest_s * 2.0 ** min(watch.hinted, _MOST_DOUBLINGS))
    return min(wait, longest)


def _until_overdue(run: Run, task: Task, watch: _Watch) -> float:
    """How long until one of the task's two clocks runs out."""
    limit, since = _clock_of(run, task, is_running=watch.is_running)
    if limit is None or since is None:
        return float("inf")
    return since + limit - run.hands.clock.now() + 1e-3


def _clock_of(run: Run, task: Task, *, is_running: bool) -> tuple[float | None, float | None]:
    """The clock that runs just now: its limit in seconds, and when it began."""
    purchase = run.state(task.id).purchase
    queued_s, running_s = task.timeout
    if purchase is None:
        return None, None
    return (running_s, purchase.running) if is_running else (queued_s, purchase.submitted)


def _overdue(run: Run, task: Task, *, is_running: bool) -> str | None:
    """What to say where one of the task's two clocks has run out. The job goes on over there."""
    limit, since = _clock_of(run, task, is_running=is_running)
    if limit is None or since is None or run.hands.clock.now() - since <= limit:
        return None
    what = "ran" if is_running else "was queued"
    return f"{task.id} {what} longer than {limit:g} s; it goes on over there, and resume collects it"


def _poll_failed(run: Run, task: Task, failure: Failure, failed: int) -> Parked | None:
    """What a question without an answer means; None to ask again."""
    if failure.kind is FailureKind.GONE and failed < run.pace.poll_tries:
        return None  # a far side may say so right after it has accepted a job
    if failure.kind is FailureKind.GONE:  # another key, another host, or long ago: a person must look
        way_out = f"If it is gone for good: rhflow settle {run.id} '{task.id}' --abandon"
        run.stop.set(StopReason.FAR_SIDE, f"{task.id}: {failure.message} {way_out}")
        return Parked("detached")
    if stop_for(run, failure):
        return Parked("detached")
    if failed >= run.pace.poll_tries or not failure.repeatable:
        is_network = failure.kind is FailureKind.NOT_SENT
        run.stop.set(StopReason.NETWORK if is_network else StopReason.FAR_SIDE, failure.message)
        return Parked("detached")
    return None


def end_job(run: Run, task: Task, attempt: str, report: JobReport, *, took: float | None = None) -> None:
    """Write down how a job has ended, and learn from it; `took` where somebody saw it end."""
    usage = report.usage.to_json()
    provider, state = run.hands.provider(task), run.state(task.id)
    uses = task.ladder[state.rung].uses
    if report.state == "succeeded":
        results: list[Json] = [
            result.to_json() for result in _dated(run, task, report.results, is_watched=took is not None)
        ]
        run.append(task.id, events.JobSucceeded(attempt, results, usage, took))
        if provider.is_paid:
            run.channels.worked(uses)
            if took is not None and run.experience.learn(uses, provider.name, took, run.guess(uses)):
                _wake_the_like(run, uses)
        return
    failure = report.failure or Failure(
        FailureKind.CANCELLED if report.state == "cancelled" else FailureKind.VENDOR_ERROR,
        f"{uses} ended as {report.state}",
        charged="unknown",
    )
    run.append(task.id, events.JobFailed(attempt, failure, usage))


def _wake_the_like(run: Run, uses: str) -> None:
    """What one job has taught may bring the next look at the others forward."""
    run.bells.ring_all(
        name
        for name in run.lanes.flying
        if (purchase := run.state(name).purchase) is not None and purchase.endpoint == uses
    )


def _dated(
    run: Run, task: Task, results: tuple[RemoteResult, ...], *, is_watched: bool
) -> list[RemoteResult]:
    """When each address dies, at the latest: an address that was known before is no younger for being named
    again, and a job nobody watched has probably ended when such jobs do.
    """
    state, now = run.state(task.id), run.hands.clock.now()
    known = {item.url: item.expires for item in map(_result, state.results) if item.expires is not None}
    purchase = state.purchase
    late = 0.0
    if purchase is not None and purchase.submitted is not None and not known and not is_watched:
        usual = run.expected(purchase.endpoint, run.hands.provider(task).name).long_s
        late = max(0.0, now - purchase.submitted - usual)
    return [
        item
        if item.expires is None
        else replace(item, expires=known.get(item.url, max(now, item.expires - late)))
        for item in results
    ]


def _result(body: Json) -> RemoteResult:
    return RemoteResult.from_json(as_object(body, "a result"))
