"""What a job tells of itself: shown, believed for one look, and never waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

import pytest

from rhflow.lifecycle.notices import Glimpse, Notice
from rhflow.runner.run import Run
from tests.runner.virtual import Key, KeyProvider, begun, carry_out, numbered, process, run_virtually
from tests.runner.world import World, states

Script = Callable[[], AsyncGenerator[Glimpse, None]]


class Talkative(KeyProvider):
    """A far side whose jobs tell how far they are."""

    def __init__(self, key: Key, script: Script) -> None:
        super().__init__(key)
        self.script = script
        self.asked = 0
        self.closed = 0

    async def progress(self, endpoint: str, job: str) -> AsyncGenerator[Glimpse, None]:
        self.asked += 1
        assert job in self.key.ends
        assert endpoint
        try:
            async for glimpse in self.script():
                yield glimpse
        finally:
            self.closed += 1


def carried_out(
    world: World, script: Script, jobs: int = 1, letter: str = "t"
) -> tuple[Run, Talkative, list[Notice], Key]:
    key, notices = Key(takes=lambda _prompt: 100.0), list[Notice]()

    async def scene() -> tuple[Run, Talkative]:
        one = process(world, key)
        one.paid = far = Talkative(key, script)
        run = begun(one, numbered(jobs, letter), f"run-{letter}")
        run.notify = notices.append
        await carry_out(run)
        return run, far

    run, far = run_virtually(scene())
    assert set(states(run).values()) == {"done"}
    assert far.asked == far.closed == jobs
    return run, far, [notice for notice in notices if notice.about == "progress"], key


async def silent() -> AsyncGenerator[Glimpse, None]:
    return
    yield Glimpse()


def test_each_node_is_told_once_and_a_busy_one_not_too_often(world: World) -> None:
    async def script() -> AsyncGenerator[Glimpse, None]:
        for node in ("4", "6", "6", "3"):
            yield Glimpse(node)
        for step in range(1, 101):
            await asyncio.sleep(0.1)
            yield Glimpse("3", step, 100)
        yield Glimpse()
        yield Glimpse("9")

    _, _, told, _ = carried_out(world, script)
    assert [notice.message for notice in told[:3]] == ["t000: node 4", "t000: node 6", "t000: node 3"]
    assert told[-1].message == "t000: node 9"
    steps = [notice.glimpse for notice in told[3:-1]]
    assert 15 <= len(steps) <= 20, "ten seconds, a telling each half"
    assert all(notice.task == "t000" and notice.is_minor for notice in told)
    assert told[-1].to_json() == {
        "about": "progress",
        "message": "t000: node 9",
        "task": "t000",
        "node": "9",
        "done": None,
        "of": None,
    }


def test_the_word_that_it_is_over_brings_the_next_look_forward(world: World) -> None:
    async def tells_the_end() -> AsyncGenerator[Glimpse, None]:
        while asyncio.get_running_loop().time() < 100.4:
            await asyncio.sleep(0.01)
        yield Glimpse(has_ended=True)

    *_, mute = carried_out(world, silent, letter="m")
    *_, told = carried_out(world, tells_the_end)
    assert told.lateness()[0] * 100 < 1.0 < mute.lateness()[0] * 100
    assert sum(told.looks.values()) <= sum(mute.looks.values()) + 1


@pytest.mark.parametrize("lead", [0.5, 5.0, 80.0])
def test_a_word_that_comes_too_soon_costs_a_few_looks(world: World, lead: float) -> None:
    """The answer may lag behind the word; and a lie must not become a storm of looks."""

    async def too_soon() -> AsyncGenerator[Glimpse, None]:
        while asyncio.get_running_loop().time() < 100.0 - lead:
            await asyncio.sleep(0.01)
        yield Glimpse(has_ended=True)

    *_, mute = carried_out(world, silent, letter="m")
    *_, told = carried_out(world, too_soon)
    assert told.lateness()[0] <= mute.lateness()[0] + 0.02
    assert sum(told.looks.values()) <= sum(mute.looks.values()) + 6
    if lead == 0.5:
        assert told.lateness()[0] * 100 < 2.5


def test_a_job_that_talks_for_ever_is_left_when_it_has_ended(world: World) -> None:
    async def endless() -> AsyncGenerator[Glimpse, None]:
        step = 0
        while True:
            await asyncio.sleep(1.0)
            step += 1
            yield Glimpse("3", step % 20, 20)

    _, _, told, _ = carried_out(world, endless, jobs=3)
    assert {notice.task for notice in told} == {"t000", "t001", "t002"}


def test_a_provider_that_breaks_its_promise_harms_nothing(world: World) -> None:
    async def breaks() -> AsyncGenerator[Glimpse, None]:
        yield Glimpse("3")
        raise RuntimeError("nobody promised the vendor's library would not")

    _, _, told, _ = carried_out(world, breaks)
    assert [notice.message for notice in told] == ["t000: node 3"]
