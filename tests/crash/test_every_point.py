"""The program is stopped at every point of a small run, and then everybody looks at the bill.

A point is the moment before or after an append to the journal, a submit, a poll or a download. From there on
the dead process does nothing more: what it awaits never comes back to it. Five tasks, a diamond and a step
on this machine:   a -> b, c -> d -> e(local)
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from rhflow.ground.references import Ref
from rhflow.lifecycle.events import name_of
from rhflow.lifecycle.states import State
from rhflow.planning.plan import Plan
from rhflow.runner.local import drive, drive_until_stopped
from rhflow.runner.run import Run
from tests.runner.world import Clock, Process, World, plan, settle, states, task


def diamond() -> Plan:
    return plan(
        task("a"),
        task("b", arguments={"image": Ref("a", "image")}),
        task("c", arguments={"image": Ref("a", "image")}),
        task("d", arguments={"images": [Ref("b", "image"), Ref("c", "image")]}),
        task("e", uses="local/paste", arguments={"image": Ref("d", "image")}),
    )


PAID = ("a", "b", "c", "d")
ALL_DONE = dict.fromkeys("abcde", "done")


class Died(BaseException):
    """The process is gone; nothing catches this."""


class Doom:
    """Ends a process at its `number`-th point, and lets it do nothing afterwards."""

    def __init__(self, process: Process, number: int | None) -> None:
        self.number = number
        self.points: list[str] = []
        self.is_dead = False
        process.journal.on = process.paid.on = process.local.on = self.at

    def at(self, point: str, what: str) -> None:
        if self.is_dead:
            raise Died
        if point == "stage":
            return
        self.points.append(f"{point} {what}")
        if self.number is not None and len(self.points) == self.number:
            self.is_dead = True
            raise Died


@functools.cache
def number_of_points(folder: Path) -> int:
    world = World(folder)
    process = world.process()
    doom = Doom(process, None)
    assert states(process.go(diamond())) == ALL_DONE
    world.close()
    return len(doom.points)


POINTS = 80
"""The whole of a clean run; the first test below counts again."""


def test_these_are_all_points(tmp_path: Path) -> None:
    assert number_of_points(tmp_path) == POINTS


def die(world: World, number: int) -> list[str]:
    """One process, ended at that point."""
    process = world.process()
    doom = Doom(process, number)
    run = process.run(diamond())
    with pytest.raises(Died):
        process.drive(run)
    process.end()
    return doom.points


def may_be_in_doubt(world: World) -> set[str]:
    """Tasks whose last written fact is the intention to buy them."""
    process = world.process()
    last = {name: name_of(event) for name, _, event in process.journal.events("run-1")}
    process.end()
    return {name for name, event in last.items() if event == "SubmitIntended" and name in PAID}


def settle_all(world: World, run: str) -> None:
    """A person looks every doubt up over there: found, or to be repeated."""
    process = world.process()
    for name, state in process.run(diamond(), run).states.items():
        if state.state is State.DOUBTFUL:
            settle(process, run, name, state)
    process.end()


def looked_at(world: World) -> None:
    """Nobody paid twice, and nothing of what was paid is missing."""
    assert set(world.far.bill) <= set(PAID)
    assert set(world.far.bill.values()) <= {1}


@pytest.mark.parametrize("second", ["resume", "new run"])
@pytest.mark.parametrize("number", range(1, POINTS + 1))
def test_stopped_there_nothing_is_bought_twice(world: World, number: int, second: str) -> None:
    points = die(world, number)
    doubtful = may_be_in_doubt(world)
    name = "run-1" if second == "resume" else "run-2"
    process = world.process()
    run = process.go(diamond(), name)
    process.end()
    looked_at(world)
    stand = states(run)
    assert {task_id for task_id, state in stand.items() if state == "doubtful"} == doubtful, points[-1]
    assert all(state == "done" for task_id, state in stand.items() if not hangs_on(task_id, doubtful))
    settle_all(world, "run-1")
    assert states(world.process().go(diamond(), name)) == ALL_DONE
    looked_at(world)
    assert states(world.process().go(diamond(), "run-1")) == ALL_DONE
    assert world.far.bill == dict.fromkeys(PAID, 1)


def hangs_on(name: str, doubtful: set[str]) -> bool:
    needs = {"a": "", "b": "a", "c": "a", "d": "abc", "e": "abcd"}
    return name in doubtful or any(need in doubtful for need in needs[name])


@pytest.mark.parametrize("number", range(1, POINTS + 1, 3))
@pytest.mark.parametrize("later", [2, 5])
def test_stopped_again_soon_after(world: World, number: int, later: int) -> None:
    die(world, number)
    process = world.process()
    Doom(process, later)
    with contextlib.suppress(Died):
        process.go(diamond())
    process.end()
    for _ in range(3):
        last = world.process()
        if states(last.go(diamond())) == ALL_DONE:
            break
        settle_all(world, "run-1")
    assert states(world.process().go(diamond())) == ALL_DONE
    assert world.far.bill == dict.fromkeys(PAID, 1)


class Rival:
    """Another process with a run of its own; it works while the first stands still at a point."""

    def __init__(self, world: World, patience: int) -> None:
        self.clock = Clock()
        self.process = world.process(clock=self.clock)
        self.patience = patience

    def works(self) -> None:
        """As far as it comes in a thread of its own; it gives up after so many sleeps."""
        failed: list[BaseException] = []

        def body() -> None:
            try:
                asyncio.run(self._drive())
            except BaseException as error:  # told in the test's own thread
                failed.append(error)

        thread = threading.Thread(target=body)
        thread.start()
        thread.join(30)
        assert not thread.is_alive()
        assert not failed, failed

    async def _drive(self) -> None:
        interrupted = asyncio.Event()
        self.clock.slept = 0
        self.clock.when_slept = lambda times: interrupted.set() if times > self.patience else None
        await drive_until_stopped(self.process.run(diamond(), "run-2"), interrupted)


@pytest.mark.parametrize("number", range(1, POINTS + 1))
def test_a_rival_works_while_we_stand_still_there(world: World, number: int) -> None:
    first, rival = world.process(), Rival(world, 9)
    seen: list[str] = []

    def at(point: str, what: str) -> None:
        if point != "stage":
            seen.append(f"{point} {what}")
            if len(seen) == number:
                rival.works()

    first.journal.on = first.paid.on = first.local.on = at
    run = first.run(diamond(), "run-1")
    first.drive(run)
    assert states(run) == ALL_DONE, seen[number - 1 : number]
    looked_at(world)
    assert states(rival.process.go(diamond(), "run-2")) == ALL_DONE
    assert world.far.bill == dict.fromkeys(PAID, 1)


@pytest.mark.parametrize("every", [1, 2, 3])
def test_a_rival_works_at_every_point(world: World, every: int) -> None:
    first, rival = world.process(), Rival(world, 1)
    count = 0

    def at(point: str, _what: str) -> None:
        nonlocal count
        count += 1
        if point != "stage" and count % every == 0 and count < 60:
            rival.works()

    first.journal.on = first.paid.on = first.local.on = at
    run = first.run(diamond(), "run-1")
    first.drive(run)
    assert states(run) == ALL_DONE
    assert states(rival.process.go(diamond(), "run-2")) == ALL_DONE
    assert world.far.bill == dict.fromkeys(PAID, 1)


def both(*runs: Run) -> None:
    async def scene() -> None:
        await asyncio.gather(*(drive(run) for run in runs))

    asyncio.run(scene())


def yielding(process: Process, times: Callable[[str], int]) -> None:
    """Gives the loop to others for a while at every effect."""

    async def wait(point: str) -> None:
        for _ in range(times(point)):
            await asyncio.sleep(0)

    process.paid.on = lambda point, _what: wait(point)


@pytest.mark.parametrize("slow", ["stage", "submit before", "submit after", "report before", "collect after"])
def test_two_at_once_one_of_them_slow_there(world: World, slow: str) -> None:
    first, second = world.process(), world.process()
    yielding(first, lambda point: 40 if point == slow else 0)
    yielding(second, lambda _point: 1)
    runs = first.run(diamond(), "run-1"), second.run(diamond(), "run-2")
    both(*runs)
    assert [states(run) for run in runs] == [ALL_DONE, ALL_DONE]
    assert world.far.bill == dict.fromkeys(PAID, 1)
