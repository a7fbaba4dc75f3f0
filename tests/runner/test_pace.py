"""How many at once, and how often to look: learnt, without a refused submit costing anything."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Callable

import pytest

from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.lifecycle.notices import Notice
from rhflow.runner.run import Pace, Run
from rhflow.runner.width import Width
from tests.runner.virtual import Key, begun, carry_out, numbered, process, run_virtually, scattered
from tests.runner.world import World, states


def all_done(run: Run) -> bool:
    return set(states(run).values()) == {"done"}


def heard(run: Run) -> list[Notice]:
    notices: list[Notice] = []
    run.notify = notices.append
    return notices


# -- how many at once -----------------------------------------------------------------------------------


def test_a_key_that_states_its_limit_is_never_asked_for_more(world: World) -> None:
    key = Key(limit=3)

    async def scene() -> Run:
        run = begun(process(world, key), numbered(24))
        notices = heard(run)
        await carry_out(run)
        assert "The key runs 3 at a time; 21 tasks wait." in [notice.message for notice in notices]
        return run

    run = run_virtually(scene())
    assert all_done(run)
    assert (key.submits, key.refused, key.most_going) == (24, 0, 3)
    assert max(key.far.bill.values()) == 1


def test_a_key_that_says_nothing_is_learnt_from_few_refusals(world: World) -> None:
    key = Key(limit=3)

    async def scene() -> tuple[Run, float]:
        run = begun(process(world, key, tells=False), numbered(24))
        notices = heard(run)
        await carry_out(run)
        assert any("at a time just now" in notice.message for notice in notices)
        return run, asyncio.get_running_loop().time()

    run, took = run_virtually(scene())
    assert all_done(run)
    assert key.refused <= 6, "a quarter of a refusal for each task"
    assert key.most_going == 3
    assert took < 8 * 60 * 1.25, "and hardly any time is lost against three at a time from the beginning"
    assert all(state.retries == 0 for state in run.states.values())


def test_nobody_starves_under_a_limit_of_one(world: World) -> None:
    key = Key(limit=1, takes=lambda _prompt: 10.0)

    async def scene() -> Run:
        run = begun(process(world, key, tells=False), numbered(12))
        await carry_out(run)
        return run

    assert all_done(run_virtually(scene()))
    assert key.refused <= 12
    assert key.most_going == 1


@pytest.mark.parametrize("tells", [True, False], ids=["stated", "silent"])
def test_two_processes_share_a_key(world: World, tells: bool) -> None:
    key = Key(limit=4, takes=scattered(60.0, 0.2, 1))
    ended: dict[str, float] = {}

    async def scene() -> tuple[Run, ...]:
        runs = tuple(
            begun(process(world, key, tells=tells), numbered(20, letter), f"run-{letter}") for letter in "ab"
        )

        async def one(run: Run, after_s: float) -> None:
            await asyncio.sleep(after_s)
            await carry_out(run)
            ended[run.id] = asyncio.get_running_loop().time()

        await asyncio.gather(one(runs[0], 0.0), one(runs[1], 30.0))
        return runs

    runs = run_virtually(scene())
    assert all(all_done(run) for run in runs)
    assert key.most_going == 4
    assert key.refused <= 40, "at most one for each job"
    first, second = ended["run-a"], ended["run-b"]
    assert max(first, second) < 1.5 * 40 * 60 / 4, "the key is kept busy"
    assert min(first, second) > 20 * 60 / 4 * 1.1, "neither had it for itself all the time"


def test_room_that_others_leave_is_taken(world: World) -> None:
    """A stranger holds most of the key at first; without a word from the far side we find out later."""
    key = Key(limit=6, takes=lambda _prompt: 20.0)

    async def scene() -> Run:
        run = begun(process(world, key, tells=False), numbered(60))
        now = asyncio.get_running_loop().time()
        key.ends |= {f"stranger-{number}": now + 100.0 for number in range(5)}
        await carry_out(run)
        for number in range(5):
            del key.ends[f"stranger-{number}"]
        return run

    assert all_done(run_virtually(scene()))
    assert key.most_going == 6
    ends = sorted(key.ends.values())
    assert ends[-1] < 100 + 59 * 20 / 6 * 2, "alone with one place it would be 1,200 s"


def test_no_machine_free_is_waited_out_by_all(world: World) -> None:
    """415: the far side wants half a minute; nobody else of the run knocks meanwhile."""
    key = Key(limit=1, takes=lambda _prompt: 100.0, code="415", wait_s=30.0)

    async def scene() -> Run:
        run = begun(process(world, key, tells=False), numbered(6))
        notices = heard(run)
        await carry_out(run)
        assert any("the next try is in" in notice.message for notice in notices)
        return run

    assert all_done(run_virtually(scene()))
    assert key.refused <= 4 + 5 * 5, "at most the first volley, and one try each half minute"


FULL = Failure(FailureKind.THROTTLED, "full")


def test_the_width_shrinks_at_once_and_grows_slowly() -> None:
    width = Width(16)
    assert width.places == 16
    width.refused(FULL, 12, sent_at=10.0, now=11.0, until=13.0)
    assert width.places == 12
    width.refused(FULL, 12, sent_at=10.5, now=11.5, until=13.0)
    assert width.places == 12, "it left with the first: the same news"
    width.refused(FULL, 12, sent_at=20.0, now=21.0, until=23.0)
    assert width.places == 9
    for _ in range(9 * 3):
        width.accepted(30.0)
    assert 10 <= width.places <= 12
    assert width.closed_s(0.0) == 0.0


def test_a_rate_is_no_matter_of_how_many_at_once() -> None:
    width = Width(8)
    width.refused(Failure(FailureKind.THROTTLED, "slowly", wait_s=5.0), 3, sent_at=1.0, now=2.0, until=7.0)
    assert (width.places, width.closed_s(2.0)) == (8, 5.0)


@pytest.mark.parametrize(
    ("limit", "going", "flying", "places"),
    [
        (3, 0, 0, 3),
        (50, 0, 0, 8),
        (10, 6, 0, 4),
        (10, 6, 2, 6),
        (2, 9, 0, 1),
        (None, None, 0, 8),
        (0, 0, 0, 8),
    ],
)
def test_what_the_far_side_says_is_believed(
    limit: int | None, going: int | None, flying: int, places: int
) -> None:
    width = Width(8)
    width.told(limit, going, flying, 1.0)
    assert width.places == places


def test_the_authors_bound_holds_whatever_is_said(world: World) -> None:
    key = Key(limit=50, takes=lambda _prompt: 5.0)

    async def scene() -> Run:
        run = begun(process(world, key), numbered(12), concurrency=2)
        await carry_out(run)
        return run

    assert all_done(run_virtually(scene()))
    assert key.most_going == 2


# -- how often to look -----------------------------------------------------------------------------------

IMAGE, VIDEO = 20.0, 200.0


def measured(world: World, takes: Callable[[str], float], *, number: int = 40) -> tuple[float, float, float]:
    """Looks per job, and how late its end was known (median, 95 of 100), after a run that taught."""
    teacher, key = Key(takes=takes), Key(takes=takes)

    async def scene() -> None:
        await carry_out(begun(process(world, teacher), numbered(12, "early"), "run-0", concurrency=40))
        run = begun(process(world, key), numbered(number), "run-1", concurrency=40)
        await carry_out(run)
        assert all_done(run)

    run_virtually(scene())
    late = sorted(key.lateness())
    return statistics.mean(key.looks.values()), statistics.median(late), late[int(0.95 * len(late))]


@pytest.mark.parametrize(("median", "scatter"), [(60.0, 0.0), (60.0, 0.1), (200.0, 0.1), (600.0, 0.15)])
def test_what_was_learnt_in_an_earlier_run_tells_when_to_look(
    world: World, median: float, scatter: float
) -> None:
    looks, middle, late = measured(world, scattered(median, scatter, 7))
    assert looks < 10
    assert middle < 0.03
    assert late < 0.08


def test_a_model_nobody_knows_is_looked_at_seldom_and_learnt_on_the_way(world: World) -> None:
    key = Key(takes=scattered(60.0, 0.05, 3))

    async def scene() -> Run:
        run = begun(process(world, key), numbered(60), concurrency=6)
        await carry_out(run)
        return run

    run = run_virtually(scene())
    assert all_done(run)
    assert statistics.mean(key.looks.values()) < 11
    later = sorted(key.lateness()[-30:])
    assert statistics.median(later) < 0.03, "by then it has been learnt"


def test_the_shortest_wait_is_the_users_word(world: World) -> None:
    key = Key(takes=lambda _prompt: 30.0)

    async def scene() -> None:
        run = begun(process(world, key), ["a"], pace=Pace(shortest_s=15.0, first_s=15.0))
        await carry_out(run)

    run_virtually(scene())
    assert sum(key.looks.values()) <= 3


def test_a_job_of_an_earlier_process_is_looked_at_at_once(world: World) -> None:
    key = Key(takes=lambda _prompt: 30.0)

    async def scene() -> tuple[float, float]:
        one = process(world, key)
        work = asyncio.create_task(carry_out(begun(one, ["a"])))
        await asyncio.sleep(2.0)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await asyncio.sleep(3600.0)
        begin = asyncio.get_running_loop().time()
        run = begun(process(world, key), ["a"])
        await carry_out(run)
        assert all_done(run)
        (succeeded,) = (event for _, _, event in run.hands.journal.events("run-1") if hasattr(event, "took"))
        assert succeeded.took is None, "nobody saw it end: it teaches nothing"
        expires = run.state("a").results[0]
        assert isinstance(expires, dict)
        return begin, asyncio.get_running_loop().time()

    begin, end = run_virtually(scene())
    assert end - begin < 1.0
    assert max(key.far.bill.values()) == 1
