"""Ctrl-C while a purchase is under way: the outcome is told first, the cancellation comes after."""

from __future__ import annotations

import asyncio
import random

import pytest

from rhflow.lifecycle.failure import FailureKind
from rhflow.ports import Accepted, Lost, Refused, Staged, SubmitAnswer
from rhflow.providers.runninghub.client import Patience, Places
from tests.providers.runninghub import rude_server as rude
from tests.providers.runninghub.rude_server import RudeServer
from tests.providers.runninghub.test_submits import ENDPOINT, JOB, QUICK, buy, provider, task


class Runner:
    """What a runner does: submit, write the outcome down, go on; `journal` survives its cancellation."""

    def __init__(self, url: str, patience: Patience = QUICK, places: Places | None = None) -> None:
        self.seller = provider(url, patience, places=places)
        self.journal: list[SubmitAnswer] = []
        self.went_on = False

    async def run(self) -> None:
        self.journal.append(await self.seller.submit(Staged(ENDPOINT, {}), "a"))
        await asyncio.sleep(0)
        self.went_on = True


async def stopped(runner: Runner, *, after: float, times: int = 1) -> None:
    work = asyncio.create_task(runner.run())
    await asyncio.sleep(after)
    for _ in range(times):
        work.cancel()
        await asyncio.sleep(0.01)
    with pytest.raises(asyncio.CancelledError):
        await work
    assert work.cancelled()
    assert not runner.went_on
    await runner.seller.close()


async def answers_late(line: rude.Line) -> None:
    await line.hear()
    await asyncio.sleep(0.15)
    await line.say(task(taskId=JOB))


@pytest.mark.parametrize("times", [1, 3])
def test_a_post_on_its_way_is_waited_for(times: int) -> None:
    async def run() -> None:
        async with RudeServer(answers_late) as server:
            runner = Runner(server.url)
            await stopped(runner, after=0.05, times=times)
            assert [type(answer) for answer in runner.journal] == [Accepted]
            assert server.paid == 1

    asyncio.run(run())


def test_a_post_that_gets_no_answer_is_a_doubt() -> None:
    async def run() -> None:
        async with RudeServer(rude.stall) as server:
            runner = Runner(server.url)
            await stopped(runner, after=0.05)
            assert [type(answer) for answer in runner.journal] == [Lost]

    asyncio.run(run())


def test_one_that_has_not_begun_to_leave_is_taken_back() -> None:
    async def run() -> None:
        async with RudeServer(answers_late) as server:
            runner = Runner(server.url)
            await stopped(runner, after=0)  # before its first step
            (answer,) = runner.journal
            assert isinstance(answer, Refused)
            assert (answer.failure.kind, answer.failure.code) == (FailureKind.NOT_SENT, "cancelled")
            assert server.paid == 0

    asyncio.run(run())


def test_one_in_the_queue_is_taken_back_and_the_queue_still_works() -> None:
    async def run() -> None:
        async with RudeServer(answers_late) as server:
            runner = Runner(server.url, places=Places(submits=1))
            first = asyncio.create_task(runner.seller.submit(Staged(ENDPOINT, {}), "first"))
            await asyncio.sleep(0.02)
            waiting = asyncio.create_task(runner.run())
            await asyncio.sleep(0.02)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert [type(answer) for answer in runner.journal] == [Refused]
            assert isinstance(await first, Accepted)
            assert isinstance(await runner.seller.submit(Staged(ENDPOINT, {}), "third"), Accepted)
            await runner.seller.close()
            assert server.paid == 2

    asyncio.run(run())


def test_one_that_cannot_connect_is_taken_back_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()

        async def hangs(*_: object, **__: object) -> object:
            await asyncio.sleep(30)
            raise AssertionError

        monkeypatch.setattr(loop, "getaddrinfo", hangs)
        monkeypatch.setattr(loop, "create_connection", hangs)
        runner = Runner("http://stand-in.invalid", Patience())
        began = loop.time()
        await stopped(runner, after=0.1)
        assert loop.time() - began < 5
        assert [type(answer) for answer in runner.journal] == [Refused]

    asyncio.run(run())


def test_task_groups_and_timeouts_still_see_their_cancellation() -> None:
    async def run() -> None:
        async with RudeServer(answers_late) as server:
            runner = Runner(server.url)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await runner.run()
            assert [type(answer) for answer in runner.journal] == [Accepted]

            async def group() -> None:
                async with asyncio.TaskGroup() as together:
                    together.create_task(runner.run())
                    await asyncio.sleep(0.05)
                    raise OSError("another task fails")

            with pytest.raises(ExceptionGroup):
                await group()
            assert [type(answer) for answer in runner.journal] == [Accepted, Accepted]
            assert not runner.went_on
            await runner.seller.close()

    asyncio.run(run())


def test_stopped_at_any_moment_nothing_paid_is_called_unsent_and_the_pool_lives() -> None:
    async def run() -> None:
        chance = random.Random(11)
        async with RudeServer(rude.answers(task(taskId=JOB))) as server:
            runner = Runner(server.url, Patience(), Places(submits=4))
            works = []
            for _ in range(40):
                batch = [asyncio.create_task(runner.run()) for _ in range(5)]
                for work in batch:
                    await asyncio.sleep(chance.random() * 0.002)
                    work.cancel()
                works += batch
            await asyncio.gather(*works, return_exceptions=True)
            await asyncio.sleep(0.05)
            assert len(runner.journal) == 200
            refused = sum(isinstance(answer, Refused) for answer in runner.journal)
            assert (
                sum(isinstance(answer, Accepted) for answer in runner.journal) == server.paid == 200 - refused
            )
            assert 0 < refused < 200
            assert sum(work.cancelled() for work in works) >= refused
            for _ in range(8):
                assert isinstance(await runner.seller.submit(Staged(ENDPOINT, {}), "b"), Accepted)
            await runner.seller.close()

    asyncio.run(run())


def test_without_a_cancellation_nothing_is_left_behind() -> None:
    async def run() -> None:
        async with RudeServer(rude.answers(task(taskId=JOB))) as server:
            await buy(server.url)
            task_here = asyncio.current_task()
            assert task_here is not None
            assert task_here.cancelling() == 0

    asyncio.run(run())
