"""Time that passes only while everybody sleeps: minutes of a run in milliseconds, in their right order.

An event loop whose clock jumps to the next timer when nothing else is to do, and a far side under one key
that takes a limited number of jobs at once, each for a certain time.
"""

from __future__ import annotations

import asyncio
import random
import selectors
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.ports import Accepted, JobReport, PollFailed, Queue, Refused, Staged, SubmitAnswer
from rhflow.runner.lanes import Lanes
from rhflow.runner.local import drive
from rhflow.runner.run import Pace, Run
from tests.runner.world import FakeProvider, FarSide, Process, World, finished, plan, task

_T = TypeVar("_T")
START = 1_700_000_000.0


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that never waits for a timer."""

    def __init__(self) -> None:
        super().__init__(_Jumping())
        self.threads = 0
        self._selector.loop = self  # type: ignore[attr-defined]
        self.virtual = 0.0

    def time(self) -> float:
        return self.virtual

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        """Time stands still while a thread works."""
        self.threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_ended)
        return future

    def _thread_ended(self, _future: object) -> None:
        self.threads -= 1

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Time stands still while the threads are joined; newer Pythons count it."""
        self.threads += 1
        await super().shutdown_default_executor()
        self.threads -= 1


class _Jumping(selectors.DefaultSelector):
    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None or self.loop.threads:
            return super().select(1.0)
        self.loop.virtual += timeout
        return []


def run_virtually(work: Coroutine[Any, Any, _T]) -> _T:
    """`asyncio.run`, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


class VirtualClock:
    """The loop's clock."""

    def now(self) -> float:
        return START + asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass
class Key:
    """A key at the vendor: its limit, and what it has going. Times in virtual seconds."""

    limit: int | None = None
    takes: Callable[[str], float] = lambda _prompt: 60.0
    far: FarSide = field(default_factory=FarSide)
    ends: dict[str, float] = field(default_factory=dict)
    submits: int = 0
    refused: int = 0
    most_going: int = 0
    asked: int = 0
    """How often somebody asked for its queue."""
    looks: dict[str, int] = field(default_factory=dict)
    known: dict[str, float] = field(default_factory=dict)
    """Job -> when somebody first heard that it had ended."""
    code: str = "421"
    wait_s: float | None = None

    def going(self) -> int:
        now = asyncio.get_running_loop().time()
        return sum(end > now for end in self.ends.values())

    def lateness(self) -> list[float]:
        """How long after its end each job was known to have ended, as a part of the time it took."""
        return [
            (self.known[job] - end) / self.takes(self.far.jobs[job].prompt) for job, end in self.ends.items()
        ]


class KeyProvider(FakeProvider):
    """One process's way to the key."""

    def __init__(self, key: Key) -> None:
        super().__init__(key.far)
        self.key = key

    async def submit(self, staged: Staged, attempt: str) -> SubmitAnswer:
        await asyncio.sleep(0.2)
        key, now = self.key, asyncio.get_running_loop().time()
        key.submits += 1
        if key.limit is not None and key.going() >= key.limit:
            key.refused += 1
            return Refused(Failure(FailureKind.THROTTLED, "the key is full", key.code, wait_s=key.wait_s))
        job = key.far.accept(staged, attempt).id
        key.ends[job] = now + key.takes(str(staged.body["prompt"]))
        key.most_going = max(key.most_going, key.going())
        await asyncio.sleep(0.1)
        return Accepted(job)

    async def report(self, job: str) -> JobReport:
        await asyncio.sleep(0.05)
        key, now = self.key, asyncio.get_running_loop().time()
        key.looks[job] = key.looks.get(job, 0) + 1
        if job not in key.ends:
            raise PollFailed(Failure(FailureKind.GONE, "no such job"))
        if now < key.ends[job]:
            return JobReport("running")
        key.known.setdefault(job, now)
        return finished(job)

    async def queue(self) -> Queue:
        self.key.asked += 1
        if self.key.limit is None:
            raise PollFailed(Failure(FailureKind.VENDOR_ERROR, "it does not say"))
        return Queue(self.key.limit, self.key.going(), 0)


class SilentKeyProvider(KeyProvider):
    """A far side that says nothing of its queue: only refusals tell."""

    queue = None  # type: ignore[assignment]


def process(world: World, key: Key, *, tells: bool = True) -> Process:
    """A process that works under the key."""
    made = world.process(clock=VirtualClock())
    made.paid = KeyProvider(key) if tells else SilentKeyProvider(key)
    return made


def begun(
    one: Process, names: Iterable[str], run: str = "run-1", *, concurrency: int = 8, pace: Pace | None = None
) -> Run:
    """A run of as many independent tasks."""
    made = one.run(plan(*(task(name) for name in names)), run)
    made.lanes = Lanes(concurrency, 2)
    made.pace = pace or Pace()
    return made


def numbered(number: int, letter: str = "t") -> list[str]:
    return [f"{letter}{index:03}" for index in range(number)]


async def carry_out(*runs: Run) -> None:
    """All of them at once, in one loop."""
    await asyncio.gather(*(drive(run) for run in runs))


def scattered(median: float, part: float, seed: int) -> Callable[[str], float]:
    """Durations around a median, the same for the same prompt."""

    def takes(prompt: str) -> float:
        return median * random.Random(f"{seed} {prompt}").lognormvariate(0.0, part)

    return takes
