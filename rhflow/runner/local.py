"""The asyncio driver: everything in one process.

The frontier says what may start; each task is a coroutine that calls `advance` until it has settled or is
parked. A stop lets go of what waits and never of a POST that is on its way.
"""

from __future__ import annotations

import asyncio
from collections import deque

from rhflow.ground.errors import StoreError
from rhflow.lifecycle import effects, events
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.lifecycle.frontier import Frontier
from rhflow.lifecycle.states import BOUGHT, State, TaskState
from rhflow.lifecycle.transitions import next_effect
from rhflow.planning.plan import Task
from rhflow.runner.advance import Settled, advance
from rhflow.runner.run import Run
from rhflow.runner.steps import Parked, WakeAt
from rhflow.runner.stop import StopReason

_SLICE_S = 0.5


async def drive(run: Run) -> None:
    """Work until everything has settled or is parked; `run` then says how it stands.

    Raises:
        StoreError: local state failed; what was bought is written down or named in the message.
    """
    driver = _Driver(run)
    try:
        await driver.work()
    except BaseException as error:
        told = [error] if isinstance(error, StoreError) else []
        told += await driver.let_go()
        if told and isinstance(error, StoreError | asyncio.CancelledError):
            raise _all_of(told) from error
        raise


def _all_of(told: list[StoreError]) -> StoreError:
    """Each may name a purchase that could not be written down: not one of them may be swallowed."""
    sentences = list(dict.fromkeys(map(str, told)))
    return told[0] if len(sentences) == 1 else StoreError("\n".join(sentences))


class _Driver:
    def __init__(self, run: Run) -> None:
        self._run = run
        self._tasks = {task.id: task for task in run.plan.tasks}
        self._frontier = Frontier({task.id: task.needs for task in run.plan.tasks})
        self._working: dict[asyncio.Task[bool], str] = {}
        self._over: deque[asyncio.Task[bool]] = deque()
        """Workers that have ended, and that nobody has asked for what came of it."""
        self._news = asyncio.Event()

    async def work(self) -> None:
        self._start_ready()
        revival = self._next_revival()
        try:
            while self._working:
                await self._news.wait()  # not for each worker anew: there may be thousands
                self._news.clear()
                while self._over:
                    self._ended(self._over.popleft())
                if revival.done():
                    self._take_up(revival.result())
                    revival = self._next_revival()
                self._start_ready()
        finally:
            revival.cancel()

    def _begin(self, task_id: str) -> None:
        worker = asyncio.create_task(self._drive_task(self._tasks[task_id]), name=task_id)
        self._working[worker] = task_id
        worker.add_done_callback(self._over.append)
        worker.add_done_callback(lambda _: self._news.set())

    def _next_revival(self) -> asyncio.Task[str]:
        revival = asyncio.create_task(self._run.revived.get())
        revival.add_done_callback(lambda _: self._news.set())
        return revival

    def _ended(self, worker: asyncio.Task[bool]) -> None:
        task_id = self._working.pop(worker)
        if not worker.result():
            return
        state = self._run.state(task_id)
        if self._run.fail_fast and state.state is State.FAILED and task_id not in self._run.outcomes:
            self._run.stop.set(StopReason.FAILED, f"Stopped at the first failure: {task_id}.")
        self._frontier.settle(task_id, ok=task_id in self._run.outcomes)

    def _take_up(self, task_id: str) -> None:
        """A parked task has news."""
        if task_id in self._run.parked and task_id not in self._working.values():
            del self._run.parked[task_id]
            self._run.parked_why.pop(task_id, None)
            self._begin(task_id)

    async def let_go(self) -> list[StoreError]:
        """Cancel what still waits, and see it end; what the store said meanwhile."""
        for worker in self._working:
            worker.cancel()
        ended = await asyncio.gather(*self._working, return_exceptions=True)
        return [item for item in ended if isinstance(item, StoreError)]

    def _start_ready(self) -> None:
        while True:
            ready, blocked = self._frontier.take_ready(), self._frontier.take_blocked()
            if not ready and not blocked:
                return
            for task_id, culprit in blocked:
                self._block(task_id, culprit)
            ready.sort(key=lambda task_id: urgency(self._run.state(task_id)))
            for task_id in ready:
                if self._run.state(task_id).state in (State.DONE, State.SKIPPED):
                    self._frontier.settle(task_id, ok=True)
                else:
                    self._begin(task_id)

    def _block(self, task_id: str, culprit: str) -> None:
        state = self._run.state(task_id)
        if state.state is State.WAITING and self._run.state(culprit).state is State.CANCELLED:
            self._run.append(task_id, events.Cancelled(f"{culprit}, which it needs, was cancelled"))
        elif state.state is State.WAITING:
            failure = Failure(FailureKind.UPSTREAM, f"{culprit}, which it needs, has failed")
            self._run.append(task_id, events.Blocked(failure))
        self._frontier.settle(task_id, ok=False)

    async def _drive_task(self, task: Task) -> bool:
        """True where it settled, False where it is parked."""
        run = self._run
        key = run.state(task.id).key
        while key is None:  # until it has an identity there is nothing to wait for
            step = await advance(run, task)
            if isinstance(step, Settled):
                return True
            key = run.state(task.id).key
            if run.state(task.id).is_terminal:
                return True
        async with run.one_at_a_time(key):
            try:
                return await self._until_settled(task)
            finally:
                if run.state(task.id).state is not State.SUBMITTED:  # let go of, it still takes a place there
                    self._leave(task)

    def _leave(self, task: Task) -> None:
        self._run.lanes.landed(task.id)
        self._run.lanes.of(is_paid=self._run.hands.provider(task).is_paid).leave(task.id)

    async def _take_or_give_place(self, task: Task) -> None:
        """A place is held from before the submit until the job has ended over there."""
        run = self._run
        lane = run.lanes.of(is_paid=run.hands.provider(task).is_paid)
        state = run.state(task.id)
        match state.state:
            case State.READY | State.BACKOFF if _is_to_be_sent(state, run.hands.clock.now()):
                await lane.enter(task.id)
            case State.SUBMITTING | State.SUBMITTED:
                lane.let_in(task.id)
                if run.hands.provider(task).is_paid:
                    run.lanes.flying.setdefault(task.id, run.hands.clock.now())
            case State.SETTLING:
                pass  # a refusal shrinks the width before anybody is let in
            case _:
                self._leave(task)

    async def _until_settled(self, task: Task) -> bool:
        run = self._run
        while True:
            await self._take_or_give_place(task)
            step = await advance(run, task)
            match step:
                case Settled():
                    return True
                case Parked(reason):
                    run.parked[task.id] = reason
                    return False
                case WakeAt() if run.stop.is_set:
                    run.parked[task.id] = "stopped"
                    return False
                case WakeAt(at):
                    await self._sleep_until(task, at)
                case _:
                    await asyncio.sleep(0)

    async def _sleep_until(self, task: Task, at: float) -> None:
        """Sleep in slices, so that a stop is noticed soon."""
        clock = self._run.hands.clock
        left = at - clock.now()
        while left > 0 and not self._run.stop.is_set:
            slice_s = min(left, _SLICE_S)
            if await self._run.bells.nap(task.id, clock, slice_s):
                return
            left = min(left - slice_s, at - clock.now())  # the clock may be set back meanwhile


def _is_to_be_sent(state: TaskState, now: float) -> bool:
    """Whether its wait is over, also where the clock was set back to before it began."""
    return isinstance(next_effect(state, now), effects.Submit)


def urgency(state: TaskState) -> tuple[int, float]:
    """Who begins first: results nearest to their death, then jobs by age, then what is still to be bought."""
    if state.state is State.COLLECTING:
        return 0, state.dies_at or 0.0
    if state.state in BOUGHT:
        return 1, (state.purchase.submitted if state.purchase else None) or 0.0
    return 2, 0.0


async def drive_until_stopped(run: Run, interrupted: asyncio.Event) -> None:
    """`drive`, let go of in good order when `interrupted` is set: a POST on its way is finished first."""
    work = asyncio.create_task(drive(run))
    signal = asyncio.create_task(interrupted.wait())
    try:
        await asyncio.wait({work, signal}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            run.stop.set(StopReason.INTERRUPTED, "Interrupted.")
            work.cancel()
        await work
    except asyncio.CancelledError:
        if not interrupted.is_set():  # whoever called us was cancelled: nothing may go on buying behind it
            work.cancel()
            await asyncio.wait({work})
            raise
    except StoreError as error:
        run.stop.set(StopReason.STORE, str(error))
        raise
    finally:
        signal.cancel()
