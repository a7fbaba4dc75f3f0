"""A clock that goes backwards by hours: no run stalls by it, nothing is bought twice, no cap is passed."""

from __future__ import annotations

import asyncio
from collections import deque

import pytest

from rhflow.lifecycle.events import JobSucceeded
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.ports import JobReport, Queue
from rhflow.runner.gauge import Gauge
from rhflow.runner.lanes import Lanes
from rhflow.runner.run import Run
from rhflow.runner.sayings import Sayings
from rhflow.runner.width import Width
from tests.runner.world import Clock, FakeProvider, World, plan, refuses, states, task

HOURS = 6 * 3600.0
SHORT = 120.0
FULL = Failure(FailureKind.THROTTLED, "the key is full", "421", wait_s=30.0)


class TellingProvider(FakeProvider):
    """A far side that tells its queue."""

    asked = 0

    async def queue(self) -> Queue:
        self.asked += 1
        return Queue(8, 0, 0)


def took(run: Run, clock: Clock, back: float) -> float:
    """How long the run slept, by a clock nobody sets."""
    return clock.now() + back - 1_700_000_000.0


@pytest.mark.parametrize("when", range(1, 12))
@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize("by", [HOURS, 40 * 86_400.0])
def test_no_run_waits_for_the_old_time(world: World, when: int, tells: bool, by: float) -> None:
    """At whatever sleep it happens: after a refusal, between two looks, while others wait for room."""
    process = world.process()
    if tells:
        process.paid = TellingProvider(world.far)
    world.far.submits["a"] = deque([refuses(FailureKind.THROTTLED, wait_s=30.0)] * 2)
    world.far.submits["b"] = deque([refuses(FailureKind.THROTTLED)] * 2)
    world.far.reports["c"] = deque([no_network()] * 2)
    set_back = 0.0

    def slept(times: int) -> None:
        nonlocal set_back
        assert times < 2000, "it waits for the old time"
        if times == when:
            world.clock.time -= by
            set_back = by

    world.clock.when_slept = slept
    run = process.run(plan(task("a"), task("b"), task("c"), task("d", needs=("a",))))
    run.lanes = Lanes(2, 2)
    process.drive(run)
    assert states(run) == dict.fromkeys("abcd", "done")
    assert took(run, world.clock, set_back) < 3 * SHORT
    assert world.far.bill == dict.fromkeys("abcd", 1)


def no_network() -> Failure:
    return Failure(FailureKind.NOT_SENT, "nobody there", repeatable=True)


def test_a_closed_door_opens_after_its_time_whatever_the_clock_says() -> None:
    width = Width(4)
    width.refused(FULL, 1, 1000.0, 1000.0, 1030.0)
    assert width.closed_s(1010.0) == pytest.approx(20.0)
    assert width.closed_s(1010.0 - HOURS) == pytest.approx(20.0), "the clock was set back: as from now"
    assert width.closed_s(1020.0 - HOURS) == pytest.approx(10.0)
    assert width.closed_s(1031.0 - HOURS) == 0.0


def test_a_refusal_after_a_set_back_closes_the_door_for_its_time() -> None:
    width = Width(4)
    width.refused(FULL, 1, 1000.0, 1000.0, 1030.0)
    assert width.closed_s(1100.0) == 0.0
    now = 1100.0 - HOURS
    width.refused(FULL, 1, now, now, now + 30.0)
    assert width.closed_s(now + 1.0) == pytest.approx(29.0)


def test_a_place_is_tried_again_after_quiet_whatever_the_clock_says() -> None:
    width = Width(4)
    width.refused(Failure(FailureKind.THROTTLED, "full"), 2, 1000.0, 1000.0, 1002.0)
    narrow, now = width.places, 1000.0 - HOURS
    for _ in range(200):
        now += 10.0
        width.rested(now)
    assert width.places > narrow


def test_an_old_reading_of_the_queue_is_old_after_a_set_back() -> None:
    clock, provider, gauge = Clock(), TellingProvider.__new__(TellingProvider), Gauge()

    async def read() -> None:
        await gauge.read(provider, Lanes(4, 1), clock)

    asyncio.run(read())
    asyncio.run(read())
    assert provider.asked == 1
    clock.time -= HOURS
    asyncio.run(read())
    assert provider.asked == 2


def test_what_is_news_is_said_after_a_set_back() -> None:
    said = Sayings()
    assert said.is_news("full", 10_000.0)
    assert not said.is_news("full", 10_001.0)
    assert said.is_news("full", 10_001.0 - HOURS)


@pytest.mark.parametrize("back", [HOURS, 86_400.0])
def test_no_day_has_room_for_more_because_the_clock_was_set_back(world: World, back: float) -> None:
    """What was bought is stamped with a day that has not come, and counts all the same."""
    process = world.process()
    bought = 0
    for number, moved in enumerate((0.0, -back, back)):
        world.clock.time += moved
        names = (f"{number}-{index}" for index in range(2))
        process.go(plan(*map(task, names)), f"run-{number}", limit="day=3")
        bought = sum(world.far.bill.values())
        assert bought == min(3, 2 * (number + 1)), "each costs 0.90, and may cost 1"


def test_a_cap_that_is_reached_by_a_later_date_says_so(world: World) -> None:
    process = world.process()
    process.go(plan(task("a"), task("b"), task("c")), "run-1", limit="day=3")
    world.clock.time -= 40 * 86_400.0
    run = process.go(plan(task("d"), task("e")), "run-2", limit="day=3")
    assert world.far.bill == dict.fromkeys("abc", 1)
    (said,) = run.stop.reasons.values()
    assert "2.70 of 3.00 CNY for a day in UTC are spent or promised" in said
    assert "2.70 CNY of it have a later date than today's" in said


def test_what_is_bought_on_a_clock_that_was_right_again_bears_its_own_date(world: World) -> None:
    """A clock that was a year ahead once does not stamp what comes after it."""
    process = world.process()
    world.clock.time += 365 * 86_400.0
    process.go(plan(task("a")), "run-1")
    world.clock.time -= 365 * 86_400.0
    process.go(plan(task("b")), "run-2")
    times = {entry.task: entry.at for entry in process.journal.ledger()}
    assert times["b"] < 1_700_000_000.0 + 3600.0


@pytest.mark.parametrize("by", [3.0, 20.0, HOURS])
@pytest.mark.parametrize("when", range(6))
def test_what_a_job_took_is_not_learnt_from_a_clock_that_went_back(
    world: World, when: int, by: float
) -> None:
    """Neither a negative time nor one too short: a later run would look every moment, or not for hours."""
    process = world.process()
    world.far.reports["a"] = deque([JobReport("running")] * 4)

    def slept(times: int) -> None:
        if times == when:
            world.clock.time -= by

    def accepted(point: str, what: str) -> None:
        if point == "append after" and what == "a Accepted" and not when:
            world.clock.time -= by

    world.clock.when_slept = slept
    process.journal.on = accepted
    run = process.go(plan(task("a")))
    (took_s,) = [
        event.took for _, _, event in process.journal.events(run.id) if isinstance(event, JobSucceeded)
    ]
    assert took_s is None


def test_a_job_that_was_watched_teaches_what_it_took(world: World) -> None:
    """Else the test above would prove nothing."""
    process = world.process()
    world.far.reports["a"] = deque([JobReport("running")] * 4)
    process.go(plan(task("a")))
    (seconds,) = process.journal.durations("fake/picture", "simulator")
    assert 0 < seconds < world.clock.now() - 1_700_000_000.0


def test_what_was_learnt_does_not_make_looks_rare_after_a_set_back(world: World) -> None:
    """A job that began tomorrow, as it seems, is as young as can be, and no younger."""
    process = world.process()
    for number in range(4):
        world.far.reports[f"a{number}"] = deque([JobReport("running")] * 4)
        process.go(plan(task(f"a{number}")), f"run-{number}")
    usual_s = max(process.journal.durations("fake/picture", "simulator"))
    world.far.reports["b"] = deque([JobReport("running")] * 6)
    begun, slept_before = world.clock.now(), world.clock.slept

    def slept(times: int) -> None:
        if times == slept_before + 2:
            world.clock.time -= HOURS

    world.clock.when_slept = slept
    run = process.go(plan(task("b")), "run-9")
    assert states(run) == {"b": "done"}
    assert world.clock.now() + HOURS - begun < 20 * usual_s


def test_who_waited_before_a_set_back_gets_in_line_like_others(world: World) -> None:
    """Its wait is over by then; it goes past nobody, and takes a place."""
    process = world.process()
    world.far.submits["a"] = deque([refuses(FailureKind.THROTTLED, wait_s=30.0)])
    run = process.run(plan(task("a")))
    inside: list[bool] = []
    world.clock.when_slept = lambda times: setattr(
        world.clock, "time", world.clock.time - (HOURS if times == 1 else 0.0)
    )

    async def sent(point: str, _what: str) -> None:
        if point == "submit before":
            inside.append("a" in run.lanes.paid.inside)

    process.paid.on = sent
    process.drive(run)
    assert states(run) == {"a": "done"}
    assert inside == [True, True]


def test_a_job_that_took_no_time_at_all_teaches_nothing(world: World) -> None:
    """The clock was set back by just what it had gone on."""
    process = world.process()
    begun = world.clock.now()
    world.clock.when_slept = lambda _times: setattr(world.clock, "time", begun)
    process.go(plan(task("a")))
    told = [event for _, _, event in process.journal.events("run-1") if isinstance(event, JobSucceeded)]
    assert [event.took for event in told] == [None]
