"""Two runs of one home that need the same request: it is bought once, and both get the result."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import json
from collections import deque
from decimal import Decimal

import pytest

from rhflow.ground.errors import StoreError
from rhflow.lifecycle import events
from rhflow.lifecycle.events import Event
from rhflow.lifecycle.failure import FailureKind
from rhflow.planning.memory import Recalled
from rhflow.ports import Accepted, Staged, SubmitAnswer
from rhflow.runner.advance import advance
from rhflow.runner.local import drive
from rhflow.runner.steps import WakeAt
from rhflow.store.holdings import Holdings
from tests.runner.world import (
    FarSide,
    Process,
    World,
    committed,
    ended,
    finished,
    loses,
    no,
    plan,
    refuses,
    states,
    story,
    task,
)


def drive_both(*pairs: tuple[Process, object]) -> None:
    async def scene() -> None:
        await asyncio.gather(*(drive(run) for _, run in pairs))  # type: ignore[arg-type]

    asyncio.run(scene())


def test_two_runs_at_once_buy_once(world: World) -> None:
    one = plan(task("a"), task("b", needs=("a",)), task("c"))
    first, second = world.process(), world.process()
    runs = first.run(one, "run-1"), second.run(one, "run-2")
    drive_both((first, runs[0]), (second, runs[1]))
    assert [set(states(run).values()) for run in runs] == [{"done"}, {"done"}]
    assert world.far.bill == {"a": 1, "b": 1, "c": 1}


def test_what_a_dead_run_had_bought_is_collected_by_the_next(world: World) -> None:
    world.far.reports["a"] = deque([no(FailureKind.UNAUTHORIZED)])
    first = world.process()
    first.go(plan(task("a")))
    first.end()
    run = world.process().go(plan(task("other", "a")), "run-2")
    assert states(run) == {"other": "done"}
    assert story(run, "other") == ["Keyed", "Adopted", "JobSucceeded", "Collected"]
    assert world.far.bill == {"a": 1}
    assert committed(run) == 0, "its money is the first run's"
    back = world.process().go(plan(task("a")))
    assert states(back) == {"a": "done"}
    assert world.far.bill == {"a": 1}


def test_a_promise_made_while_another_bought_and_collected_is_not_kept(world: World) -> None:
    """The slow one stages a large file; meanwhile a quick one buys, collects and ends."""
    slow, quick = world.process(), world.process()
    run = slow.run(plan(task("a")), "run-1")
    other = quick.run(plan(task("a")), "run-2")

    async def meanwhile() -> None:
        await drive(other)

    slow.paid.on = lambda point, _what: meanwhile() if point == "stage" else None
    slow.drive(run)
    assert world.far.bill == {"a": 1}
    assert story(run, "a") == ["Keyed", "CacheHit"]
    assert committed(run) == 0


def test_a_rival_that_collects_between_two_looks_is_not_overlooked(world: World) -> None:
    """No result yet, says the one look; no open purchase any more, says the next."""
    slow, quick = world.process(), world.process()
    run, other = slow.run(plan(task("a")), "run-1"), quick.run(plan(task("a")), "run-2")
    world.far.reports["a"] = deque([no(FailureKind.UNAUTHORIZED)])
    quick.drive(other)  # it has bought, and let go
    recall = slow.journal.recall
    looks = 0

    def looked(key: str) -> Recalled | None:
        nonlocal looks
        looks += 1
        found = recall(key)
        if looks == 2:  # the first was for the key, the second is for the purchase
            with concurrent.futures.ThreadPoolExecutor(1) as elsewhere:
                elsewhere.submit(lambda: quick.go(plan(task("a")), "run-2")).result()
        return found

    slow.journal.recall = looked  # type: ignore[method-assign]
    slow.drive(run)
    assert world.far.bill == {"a": 1}
    assert story(run, "a") == ["Keyed", "CacheHit"]


@pytest.mark.parametrize("cache", [True, False])
def test_what_is_brought_in_before_the_promise_is_not_bought(world: World, cache: bool) -> None:
    """`rhflow cache import` takes a result in, while the request for it is on its way to its promise."""
    donor = World(world.home.parent / "donor")
    made = donor.process()
    made.go(plan(task("a")), "theirs")
    key = made.run(plan(task("a")), "theirs").state("a").key or ""
    hit = made.journal.recall(key)
    assert hit is not None

    def comes_in(point: str, _what: str) -> None:
        if point != "stage" or process.journal.recall(key) is not None:
            return
        for item in hit.artifacts:
            process.blobs.put_bytes(made.blobs.path(item.sha256).read_bytes(), item.suffix)
        row = {"key": key, "run": "theirs", "task": "a", "model": hit.model, "usage": "{}", "estimated": "1"}
        row |= {"artifacts": json.dumps([item.to_json() for item in hit.artifacts]), "at": 1.0}
        Holdings(process.journal).bring_in(None, [], [row])

    process = world.process()
    process.paid.on = comes_in
    run = process.go(plan(task("a", cache=cache)))
    donor.close()
    assert states(run) == {"a": "done"}
    assert world.far.bill == ({} if cache else {"a": 1}), "whoever wants it anew, gets it anew"


def test_a_run_waits_for_the_answer_of_a_living_rival(world: World) -> None:
    first, second = world.process(), world.process()
    runs = first.run(plan(task("a")), "run-1"), second.run(plan(task("a")), "run-2")
    seen: list[str] = []

    async def hold() -> None:
        for _ in range(30):
            await asyncio.sleep(0)
            seen.append(runs[1].state("a").state.value)

    first.paid.on = lambda point, _what: hold() if point.startswith("submit") else None
    drive_both((first, runs[0]), (second, runs[1]))
    assert set(seen) <= {"waiting", "ready"}
    assert story(runs[1], "a") in (
        ["Keyed", "Adopted", "CacheHit"],
        ["Keyed", "Adopted", "JobSucceeded", "Collected"],
    )
    assert world.far.bill == {"a": 1}


class Died(BaseException):
    """The process is gone."""


def die_at(process: Process, point: str) -> None:
    def on(where: str, _what: str) -> None:
        if where == point:
            raise Died

    process.paid.on = on


@pytest.mark.parametrize("point", ["submit before", "submit after"])
def test_a_rival_that_died_in_its_post_leaves_a_doubt_for_both(world: World, point: str) -> None:
    first = world.process()
    die_at(first, point)
    dead = first.run(plan(task("a")))
    with pytest.raises(Died):
        first.drive(dead)
    first.end()
    second = world.process()
    run = second.go(plan(task("a")), "run-2")
    assert states(run) == {"a": "doubtful"}
    attempt = run.state("a").attempt or ""
    job = world.far.job_of(attempt)
    word: Event = (
        events.Found(attempt, job, by="settle") if job else events.Absent(attempt, by="settle --repeat")
    )
    third = world.process()
    third.tell("run-1", "a", word)
    assert states(second.go(plan(task("a")), "run-2")) == {"a": "done"}, "it learns what the other was told"
    assert states(third.go(plan(task("a")))) == {"a": "done"}
    assert world.far.bill == {"a": 1}


@pytest.mark.parametrize("order", ["run-1 first", "run-2 first"])
def test_one_word_to_repeat_is_one_purchase_whoever_goes_first(world: World, order: str) -> None:
    world.far.submits["a"] = deque([loses(bought=False)])
    process = world.process()
    one = plan(task("a"))
    process.go(one, "run-1")
    process.go(one, "run-2")
    attempt = process.run(one, "run-1").state("a").attempt or ""
    process.tell("run-2", "a", events.Absent(attempt, by="settle --repeat"))
    for run in ("run-1", "run-2") if order == "run-1 first" else ("run-2", "run-1"):
        assert states(process.go(one, run)) == {"a": "done"}
    assert world.far.bill == {"a": 1}


def test_what_the_owner_writes_off_the_adopter_writes_off(world: World) -> None:
    world.far.submits["a"] = deque([loses(bought=True)])
    process = world.process()
    process.go(plan(task("a")), "run-1")
    run = process.go(plan(task("a")), "run-2")
    attempt = run.state("a").attempt or ""
    process.tell("run-1", "a", events.Abandoned(attempt, no(FailureKind.IN_DOUBT, charged="unknown")))
    assert states(process.go(plan(task("a")), "run-2")) == {"a": "failed"}
    assert world.far.bill == {"a": 1}


def test_a_job_that_failed_ends_both_and_neither_buys_again(world: World) -> None:
    world.far.reports["a"] = deque([no(FailureKind.UNAUTHORIZED)])
    process = world.process()
    process.go(plan(task("a")), "run-1")
    world.far.reports["a"] = deque([ended(FailureKind.VENDOR_ERROR, repeatable=True)] * 2)
    for run in ("run-2", "run-1"):
        assert states(process.go(plan(task("a")), run)) == {"a": "failed"}
    assert world.far.bill == {"a": 1}


@pytest.mark.parametrize(
    ("word", "stands"),
    [("nothing", "done"), ("abandon", "done"), ("repeat", "kept"), ("found", "done")],
)
def test_an_answer_that_comes_after_we_were_taken_for_dead(world: World, word: str, stands: str) -> None:
    """A sign of life can be deleted by hand: another run says `Lost` while the request is still under way."""
    first, second = world.process(), world.process()
    run = first.run(plan(task("a")))

    async def meanwhile() -> None:
        sign = world.home / "living" / f"{first.journal.owner}.alive"
        sign.unlink()
        other = second.run(plan(task("a")), "run-2")
        await drive(other)
        assert states(other) == {"a": "doubtful"}
        attempt = other.state("a").attempt or ""
        words: dict[str, Event] = {
            "abandon": events.Abandoned(attempt, no(FailureKind.IN_DOUBT)),
            "repeat": events.Absent(attempt, by="settle --repeat"),
            "found": events.Found(attempt, "job-0001", by="settle"),
        }
        said = words.get(word)
        if said is not None:
            second.tell("run-1", "a", said)

    first.paid.on = lambda point, _what: meanwhile() if point == "submit after" else None
    if stands == "kept":
        with pytest.raises(StoreError, match="bought after all") as told:
            first.drive(run)
        assert "--task-id job-0001" in str(told.value)
        return
    first.drive(run)
    assert states(run) == {"a": "done"}
    assert world.far.bill == {"a": 1}
    assert states(second.go(plan(task("a")), "run-2")) == {"a": "done"}


def answers(far: FarSide, staged: Staged, attempt: str) -> SubmitAnswer:
    """A language model: the text comes with the acceptance, and nobody can ask for it later."""
    job = far.accept(staged, attempt).id
    far.reports["a"] = deque([no(FailureKind.GONE)] * 99)
    return Accepted(job, finished(job, text=True))


def test_a_late_answer_that_is_the_result_is_written_down_with_it(world: World) -> None:
    first, second = world.process(), world.process()
    chat = plan(task("a", uses="fake/words"))
    run = first.run(chat)
    world.far.submits["a"] = deque([answers])

    async def meanwhile() -> None:
        (world.home / "living" / f"{first.journal.owner}.alive").unlink()
        await drive(second.run(chat, "run-2"))

    first.paid.on = lambda point, _what: meanwhile() if point == "submit after" else None
    first.drive(run)
    assert states(run) == {"a": "done"}
    assert story(run, "a") == ["Keyed", "SubmitIntended", "Lost", "Found", "JobSucceeded", "Collected"]
    assert states(second.go(chat, "run-2")) == {"a": "done"}
    assert world.far.bill == {"a": 1}


def test_an_acceptance_that_tells_of_a_failure_is_not_asked_about(world: World) -> None:
    def fails(far: FarSide, staged: Staged, attempt: str) -> SubmitAnswer:
        return Accepted(far.accept(staged, attempt).id, ended(FailureKind.VENDOR_ERROR, charged="yes"))

    world.far.submits["a"] = deque([fails])
    run = world.process().go(plan(task("a", uses="fake/words")))
    assert story(run, "a") == ["Keyed", "SubmitIntended", "Accepted", "JobFailed", "GaveUp"]
    assert world.far.asked["a"] == 0
    assert committed(run) == 1


def test_a_result_with_an_address_is_asked_for_and_not_taken_from_hearsay(world: World) -> None:
    """Who heard of it died before it was home; its address may be dead by now."""
    first = world.process()
    die_at(first, "collect before")
    with pytest.raises(Died):
        first.drive(first.run(plan(task("a"))))
    first.end()
    asked = world.far.asked["a"]
    run = world.process().go(plan(task("a")), "run-2")
    assert states(run) == {"a": "done"}
    assert world.far.asked["a"] > asked
    assert world.far.bill == {"a": 1}


def test_a_late_refusal_clears_the_doubt(world: World) -> None:
    first, second = world.process(), world.process()
    world.far.submits["a"] = deque([refuses(FailureKind.THROTTLED)])
    run = first.run(plan(task("a")))

    async def meanwhile() -> None:
        with contextlib.suppress(FileNotFoundError):
            (world.home / "living" / f"{first.journal.owner}.alive").unlink()
        await drive(second.run(plan(task("a")), "run-2"))
        first.paid.on = lambda _point, _what: None

    first.paid.on = lambda point, _what: meanwhile() if point == "submit after" else None
    first.drive(run)
    assert states(run) == {"a": "done"}
    assert "Absent" in story(run, "a")
    assert world.far.bill == {"a": 1}


def test_hands_off_while_the_owner_of_the_intention_lives(world: World) -> None:
    """A run is leased by one process; should two carry it out all the same, nobody speaks for the other."""
    first, second = world.process(), world.process()
    run = first.run(plan(task("a")))

    async def meanwhile() -> None:
        other = second.run(plan(task("a")))
        for _ in range(3):
            assert isinstance(await advance(other, other.plan.tasks[0]), WakeAt)
        assert states(other) == {"a": "submitting"}

    first.paid.on = lambda point, _what: meanwhile() if point.startswith("submit") else None
    first.drive(run)
    assert story(run, "a") == ["Keyed", "SubmitIntended", "Accepted", "JobSucceeded", "Collected"]
    assert world.far.bill == {"a": 1}


def test_what_another_run_paid_does_not_weigh_on_our_budget_later(world: World) -> None:
    world.far.reports["a"] = deque([no(FailureKind.UNAUTHORIZED)])
    process = world.process()
    process.go(plan(task("a")), "run-1")
    process.go(plan(task("a")), "run-2")
    assert committed(process.run(plan(task("a")), "run-2")) == 0
    assert committed(process.run(plan(task("a")), "run-1")) == Decimal("0.9")
