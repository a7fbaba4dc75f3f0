"""Once something was bought: no failed question ends it, and every result reaches the store."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from rhflow.ground.errors import EXIT_ACCOUNT, EXIT_FAR_SIDE, EXIT_NETWORK
from rhflow.ground.references import Ref
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.ports import JobReport, JobState
from rhflow.runner.run import Run
from rhflow.runner.stop import EXIT_OF_STOP
from tests.runner.world import World, committed, ended, finished, no, plan, states, story, task

K = FailureKind


def exits(run: Run) -> set[int]:
    return {EXIT_OF_STOP[reason] for reason in run.stop.reasons}


def test_polls_that_fail_now_and_then_do_not_matter(world: World) -> None:
    said = no(K.VENDOR_ERROR, repeatable=True)
    throttled = no(K.THROTTLED, repeatable=True)
    world.far.reports["a"] = deque([said, said, throttled, JobReport("queued"), said, JobReport("running")])
    run = world.process().go(plan(task("a")))
    assert states(run) == {"a": "done"}
    assert story(run, "a")[3:5] == ["JobStarted", "JobSucceeded"]
    assert world.far.asked["a"] == 7


@pytest.mark.parametrize(
    ("failure", "code", "asked"),
    [
        (no(K.NOT_SENT, repeatable=True), EXIT_NETWORK, 4),
        (no(K.VENDOR_ERROR, repeatable=True), EXIT_FAR_SIDE, 4),
        (no(K.REFUSED_INPUT), EXIT_FAR_SIDE, 1),
        (no(K.UNAUTHORIZED), EXIT_ACCOUNT, 1),
        (no(K.GONE), EXIT_FAR_SIDE, 4),
    ],
    ids=lambda value: value.kind.value if isinstance(value, Failure) else str(value),
)
def test_polls_that_fail_for_good_let_go_of_the_job_and_keep_it(
    world: World, failure: Failure, code: int, asked: int
) -> None:
    world.far.reports["a"] = deque([failure] * asked)
    run = world.process().go(plan(task("a"), task("b", needs=("a",))))
    assert exits(run) == {code}
    assert states(run) == {"a": "submitted", "b": "waiting"}
    assert run.parked["a"] == "detached"
    assert world.far.asked["a"] == asked
    assert states(world.process().go(run.plan)) == {"a": "done", "b": "done"}
    assert world.far.bill == {"a": 1, "b": 1}


def test_a_far_side_that_knows_the_job_only_later_is_asked_again(world: World) -> None:
    world.far.reports["a"] = deque([no(K.GONE)] * 3)
    assert states(world.process().go(plan(task("a")))) == {"a": "done"}


def test_a_download_that_breaks_is_made_again_and_nothing_is_bought(world: World) -> None:
    world.far.collects["a"] = deque([no(K.VENDOR_ERROR, repeatable=True), no(K.NOT_SENT, repeatable=True)])
    run = world.process().go(plan(task("a")))
    assert states(run) == {"a": "done"}
    assert world.far.bill == {"a": 1}


@pytest.mark.parametrize("failure", [no(K.GONE), no(K.VENDOR_ERROR)], ids=["gone", "refused"])
def test_a_dead_link_is_asked_for_anew(world: World, failure: Failure) -> None:
    world.far.collects["a"] = deque([failure])
    run = world.process().go(plan(task("a")))
    assert states(run) == {"a": "done"}
    assert story(run, "a").count("JobSucceeded") == 2


@pytest.mark.parametrize("failure", [no(K.GONE), no(K.VENDOR_ERROR)], ids=["gone", "refused"])
def test_a_result_that_is_not_to_be_had_was_paid_and_is_not_bought_again(
    world: World, failure: Failure
) -> None:
    world.far.collects["a"] = deque([failure] * 9)
    process = world.process()
    run = process.go(plan(task("a"), task("twin", "a")))
    assert states(run) == {"a": "failed", "twin": "failed"}
    assert story(run, "a")[-1] == "ResultLost"
    told = run.state("a").failure
    assert told is not None
    assert (told.charged, told.repeatable) == ("yes", False)
    assert committed(run) == Decimal("0.9"), "it said so before the result was gone"
    assert states(process.go(run.plan)) == states(run)
    assert world.far.bill == {"a": 1}


def test_links_are_not_given_up_while_nobody_can_be_asked_for_new_ones(world: World) -> None:
    world.far.reports["a"] = deque([finished("job-0001"), *[no(K.NOT_SENT, repeatable=True)] * 9])
    world.far.collects["a"] = deque([no(K.GONE)] * 9)
    run = world.process().go(plan(task("a")))
    assert states(run) == {"a": "collecting"}
    assert exits(run) == {EXIT_NETWORK}
    world.far.collects.clear()
    world.far.reports.clear()
    assert states(world.process().go(run.plan)) == {"a": "done"}


WORSE = {
    "a web page": (b"<html>502</html>", "a web page came"),
    "nothing": (b"", "an empty file came"),
    "a torn picture": (b"\x89PNG\r\n\x1a\n and no more", "cannot be read to its end"),
    "noise": (bytes(range(32, 96)), "something that is no media file came"),
}


@pytest.mark.parametrize("what", WORSE)
def test_what_is_no_media_fails_and_is_kept_for_a_look(world: World, what: str) -> None:
    came, sentence = WORSE[what]
    world.far.collects["a"] = deque([came, came])
    run = world.process().go(plan(task("a")))
    assert states(run) == {"a": "failed"}
    told = run.state("a").failure
    assert told is not None
    assert (told.kind, told.charged) == (K.BAD_MEDIA, "yes")
    assert sentence in told.message
    kept = re.search(r"kept as (.+?)\)", told.message)
    assert (Path(kept[1]).read_bytes() if kept else b"") == came
    assert world.far.bill == {"a": 1}


def test_a_bad_download_that_comes_whole_the_second_time_is_fine(world: World) -> None:
    world.far.collects["a"] = deque([b"<html>busy</html>"])
    assert states(world.process().go(plan(task("a")))) == {"a": "done"}


def test_a_job_without_results_is_no_success(world: World) -> None:
    world.far.reports["a"] = deque([JobReport("succeeded")] * 9)
    run = world.process().go(plan(task("a")))
    assert states(run) == {"a": "failed"}
    assert world.far.asked["a"] == 6, "once, and five times more: asking is free"
    assert world.far.bill == {"a": 1}


@pytest.mark.parametrize("meanwhile", ["running", "succeeded"])
def test_results_may_be_entered_after_the_end(world: World, meanwhile: JobState) -> None:
    world.far.reports["a"] = deque([JobReport("succeeded"), *[JobReport(meanwhile)] * 3])
    assert states(world.process().go(plan(task("a")))) == {"a": "done"}
    assert world.far.bill == {"a": 1}


def test_a_record_that_names_no_results_any_more_takes_none_away(world: World) -> None:
    finished_once = finished("job-0001")
    world.far.reports["a"] = deque([finished_once, JobReport("succeeded")])
    world.far.collects["a"] = deque([no(K.GONE)])
    assert states(world.process().go(plan(task("a")))) == {"a": "done"}


@pytest.mark.parametrize(("times", "end"), [(4, "done"), (5, "failed")])
def test_an_end_that_contradicts_itself_is_asked_about(world: World, times: int, end: str) -> None:
    odd = replace(ended(K.VENDOR_ERROR), is_odd=True)
    world.far.reports["a"] = deque([odd] * times)
    assert states(world.process().go(plan(task("a")))) == {"a": end}
    assert world.far.bill == {"a": 1}


def test_several_results_come_home_in_order_and_texts_as_texts(world: World) -> None:
    world.far.reports["a"] = deque([finished("job-0001", 3)])
    words = task("w", uses="fake/words", needs=("a",))
    many = task("all", arguments={"images": Ref("a", "images")})
    said = task("said", Ref("w", "text"), arguments={"image": Ref("a", "image")})  # type: ignore[arg-type]
    run = world.process().go(plan(task("a"), words, many, said))
    assert set(states(run).values()) == {"done"}
    digests = [item["sha256"] for item in run.state("a").artifacts]  # type: ignore[call-overload,index]
    assert len(set(digests)) == 3
    request = run.state("all").request
    assert request is not None
    assert [item["$blob"]["sha256"] for item in request["images"]] == digests  # type: ignore[call-overload,index,union-attr]
    assert world.far.bill["words of job-0002"] == 1


@pytest.mark.parametrize("harm", ["missing", "damaged"])
def test_a_result_whose_bytes_are_not_right_is_collected_again_and_not_bought(
    world: World, harm: str
) -> None:
    process = world.process()
    both = plan(task("a"), task("w", uses="fake/words"))
    first = process.go(both)
    for name in ("a", "w"):
        path = process.blobs.path(str(first.state(name).artifacts[0]["sha256"]))  # type: ignore[call-overload,index]
        path.chmod(0o600)
        if harm == "missing":
            path.unlink()
        else:
            path.write_bytes(path.read_bytes()[:-1] + b"!")
    world.far.reports["w"] = deque([finished("job-0002", text=True)])  # the same words again
    second = process.go(both, "run-2")
    assert [second.state(name).cached for name in ("a", "w")] == [True, True]
    assert world.far.bill == {"a": 1, "w": 1}
    for name in ("a", "w"):
        assert process.blobs.has(str(first.state(name).artifacts[0]["sha256"]), verify=True)  # type: ignore[call-overload,index]
