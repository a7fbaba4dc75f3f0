"""What is made and paid for is brought home for as long as it can be had, and it is said how long that is."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

from rhflow.ground.errors import EXIT_FAR_SIDE, EXIT_NETWORK
from rhflow.lifecycle.events import JobSucceeded
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.lifecycle.notices import Notice, span_text
from rhflow.ports import JobReport, RemoteResult
from rhflow.runner.local import urgency
from rhflow.runner.run import Run
from rhflow.runner.stop import EXIT_OF_STOP
from tests.lifecycle.examples import told as fold_of
from tests.runner.world import World, no, plan, states, story, task

K = FailureKind
DAY = 24 * 3600.0
BUSY = no(K.VENDOR_ERROR, repeatable=True)
AWAY = no(K.NOT_SENT, repeatable=True)


def made(world: World, lives_s: float = DAY, name: str = "a", job: str = "job-0001") -> JobReport:
    """A finished job whose result dies after so long."""
    address = f"https://far.example/{job}.png"
    return JobReport("succeeded", (RemoteResult(address, "png", expires=world.clock.now() + lives_s),))


def heard(run: Run) -> list[Notice]:
    notices: list[Notice] = []
    run.notify = notices.append
    return notices


def exits(run: Run) -> set[int]:
    return {EXIT_OF_STOP[reason] for reason in run.stop.reasons}


def begun(world: World, *tasks: Any) -> tuple[Run, list[Notice]]:
    run = world.process().run(plan(*tasks))
    return run, heard(run)


def test_a_far_side_that_answers_but_cannot_deliver_is_asked_for_hours(world: World) -> None:
    world.far.reports["a"] = deque([made(world)])
    world.far.collects["a"] = deque([BUSY] * 400)
    before = world.clock.now()
    run, notices = begun(world, task("a"), task("b"))
    world_run = run.hands.journal
    process = world._open[-1]
    process.drive(run)
    assert states(run) == {"a": "done", "b": "done"}
    assert world.clock.now() - before > 6 * 3600
    assert not run.stop.is_set
    assert notices, "it is said that it is still tried"
    assert all(notice.about == "expiry" and notice.task == "a" for notice in notices)
    assert len(notices) < 10, "and not at every try"
    assert len(world_run.events("run-1", "a")) == 5, "tries are no facts"
    assert world.far.bill == {"a": 1, "b": 1}


def test_a_result_about_to_die_is_called_out_loudly(world: World) -> None:
    world.far.reports["a"] = deque([made(world, 7 * 3600.0)])
    world.far.collects["a"] = deque([BUSY] * 1000)
    run, notices = begun(world, task("a"))
    world._open[-1].drive(run)
    assert states(run) == {"a": "collecting"}
    assert exits(run) == {EXIT_FAR_SIDE}
    urgent = [notice.message for notice in notices if notice.is_urgent]
    assert [message.rpartition("in about ")[2] for message in urgent] == ["6 h.", "1 h.", "10 min."]
    assert story(run, "a")[-1] == "JobSucceeded", "nothing is given up"
    world.far.collects.clear()
    assert states(world.process().go(run.plan)) == {"a": "done"}
    assert world.far.bill == {"a": 1}


def test_a_network_that_is_down_lets_go_and_knows_until_when(world: World) -> None:
    world.far.reports["a"] = deque([made(world), *[AWAY] * 50])
    world.far.collects["a"] = deque([AWAY] * 50)
    before = world.clock.now()
    run, _ = begun(world, task("a"))
    world._open[-1].drive(run)
    assert states(run) == {"a": "collecting"}
    assert exits(run) == {EXIT_NETWORK}
    assert world.clock.now() - before < 300
    assert run.state("a").dies_at == pytest.approx(before + DAY, abs=60)


def test_a_file_host_that_is_away_while_the_api_answers_is_waited_for(world: World) -> None:
    world.far.reports["a"] = deque([made(world) for _ in range(100)])
    world.far.collects["a"] = deque([AWAY] * 50)
    run, _ = begun(world, task("a"))
    world._open[-1].drive(run)
    assert states(run) == {"a": "done"}


def test_gone_is_believed_only_after_it_was_said_again_of_fresh_links(world: World) -> None:
    world.far.reports["a"] = deque([made(world) for _ in range(100)])
    world.far.collects["a"] = deque([no(K.GONE)] * 4)
    run, _ = begun(world, task("a"))
    world._open[-1].drive(run)
    assert states(run) == {"a": "done"}, "a file may be seen some seconds after its job has ended"
    world.far.reports["b"] = deque([made(world, job="job-0002") for _ in range(100)])
    world.far.collects["b"] = deque([no(K.GONE)] * 5)
    later = world.process().go(plan(task("b")), "run-2")
    assert states(later) == {"b": "failed"}
    assert story(later, "b")[-1] == "ResultLost"


def test_others_go_on_while_one_cannot_be_collected(world: World) -> None:
    world.far.reports["a"] = deque([made(world)])
    world.far.collects["a"] = deque([BUSY] * 100)
    ended: list[str] = []
    run, _ = begun(world, task("a"), *(task(f"t{number}") for number in range(20)))
    run.observe = lambda name, event, _state: ended.append(name) if "Collected" in repr(event)[:12] else None
    world._open[-1].drive(run)
    assert set(states(run).values()) == {"done"}
    assert ended[-1] == "a"


def test_an_address_is_no_younger_for_being_named_again(world: World) -> None:
    first = made(world)
    world.far.reports["a"] = deque([first, *[made(world, DAY + 500.0)] * 9])
    world.far.collects["a"] = deque([no(K.GONE)] * 3)
    run, _ = begun(world, task("a"))
    world._open[-1].drive(run)
    told = [
        event for _, _, event in run.hands.journal.events("run-1", "a") if isinstance(event, JobSucceeded)
    ]
    assert len(told) > 1
    known = {item["expires"] for event in told for item in event.results}  # type: ignore[index,call-overload]
    assert known == {first.results[0].expires}


def test_a_resume_begins_with_what_dies_first(world: World) -> None:
    for number, lives_s in ((1, 9000.0), (2, 4000.0), (3, 6000.0)):
        name = f"t{number}"
        world.far.reports[name] = deque([made(world, lives_s, job=f"job-{number:04}"), *[AWAY] * 50])
        world.far.collects[name] = deque([AWAY] * 50)
    run, _ = begun(world, task("t1"), task("t2"), task("t3"))
    world._open[-1].drive(run)
    assert set(states(run).values()) == {"collecting"}
    ranked = sorted(run.states, key=lambda name: urgency(run.state(name)))
    assert ranked == ["t2", "t3", "t1"]
    submitted = fold_of("Keyed SubmitIntended Accepted")
    ready = fold_of("Keyed")
    assert urgency(run.state("t1")) < urgency(submitted) < urgency(ready)
    world.far.reports.clear()
    world.far.collects.clear()
    assert set(states(world.process().go(run.plan)).values()) == {"done"}


def test_a_resume_after_the_network_is_patient_anew(world: World) -> None:
    """The first run used up its tries; the network is back, but stumbles once."""
    world.far.submits["a"] = deque([lambda _far, _staged, _attempt: refused() for _ in range(50)])
    one = plan(task("a"))
    run = world.process().go(one)
    assert exits(run) == {EXIT_NETWORK}
    assert run.state("a").free_tries > 5
    world.far.submits["a"] = deque([lambda _far, _staged, _attempt: refused() for _ in range(3)])
    assert states(world.process().go(one)) == {"a": "done"}
    assert world.far.bill == {"a": 1}


def refused() -> Any:
    from rhflow.ports import Refused

    return Refused(Failure(K.NOT_SENT, "no network", repeatable=True))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(40, "40 s"), (100, "2 min"), (3000, "50 min"), (7200, "2 h"), (19_000, "5 h 17 min")],
)
def test_spans(seconds: float, text: str) -> None:
    assert span_text(seconds) == text
