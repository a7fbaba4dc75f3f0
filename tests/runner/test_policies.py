"""What the author said of a step: conditions, retries, ladders, clocks, failures that may pass, no cache."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from rhflow.ground.references import Deferred, Ref
from rhflow.lifecycle.failure import FailureKind
from rhflow.planning.plan import Plan, Rung, Task
from rhflow.ports import JobReport
from rhflow.view.run_view import Facts, exit_code_of, status_of
from tests.runner.world import World, ended, loses, plan, settle, states, story, task

K = FailureKind


def facts(run_id: str, one: Plan, run_states: dict[str, object]) -> Facts:
    return Facts(
        run=run_id,
        plan=one,
        states=run_states,  # type: ignore[arg-type]
        stops={},
        stop_codes=(),
        parked={},
        outputs={},
    )


def when(name: str, source: str, **names: object) -> tuple[Deferred, ...]:
    return (Deferred(source, names),)  # type: ignore[arg-type]


def behind(name: str, of: str) -> Task:
    return task(name, arguments={"image": Ref(of, "image")})


def test_a_condition_that_waits_for_a_result_is_asked_when_it_is_there(world: World) -> None:
    words = task("w", uses="fake/words")
    true = Deferred("len(steps.w.text) > 0", {"steps": {"w": {"text": Ref("w", "text")}}})
    false = Deferred("len(steps.w.text) > 999", {"steps": {"w": {"text": Ref("w", "text")}}})
    one = plan(
        words,
        replace(task("yes", needs=("w",)), conditions=(true,)),
        replace(task("no", needs=("w",)), conditions=(false,)),
    )
    run = world.process().go(one)
    assert states(run) == {"w": "done", "yes": "done", "no": "skipped"}
    assert story(run, "no") == ["Skipped"]
    assert run.state("no").skipped_because == "its condition is false"
    assert world.far.bill == {"w": 1, "yes": 1}
    assert exit_code_of(facts("run-1", one, dict(run.states))) == 0


def test_the_outputs_of_a_skipped_task_are_null(world: World) -> None:
    either = Deferred(
        "steps.long.image or steps.short.image",
        {"steps": {"long": {"image": Ref("long", "image")}, "short": {"image": Ref("short", "image")}}},
    )
    one = plan(
        task("short"),
        replace(task("long"), skip="its condition is false", arguments={}),
        task("sharp", arguments={"image": either}, needs=("short", "long")),
    )
    run = world.process().go(one)
    assert states(run) == {"short": "done", "long": "skipped", "sharp": "done"}
    assert world.far.bill == {"short": 1, "sharp": 1}


def test_without_a_retry_a_failure_is_a_failure_and_with_one_it_is_bought_again(world: World) -> None:
    world.far.reports["a"] = deque([ended(K.VENDOR_ERROR, repeatable=True)])
    run = world.process().go(plan(replace(task("a"), retry=1)))
    assert states(run) == {"a": "done"}
    assert world.far.bill == {"a": 2}


def ladder(first: str, second: str) -> Task:
    return replace(task(first), fallback=(Rung("fake/picture", {"prompt": second}),))


def test_the_next_rung_is_asked_after_a_terminal_failure_and_answers_for_the_first(world: World) -> None:
    world.far.reports["dear"] = deque([ended(K.VENDOR_ERROR)])
    one = plan(ladder("dear", "cheap"), behind("next", "dear"))
    run = world.process().go(one)
    assert states(run) == {"dear": "done", "next": "done"}
    assert world.far.bill == {"dear": 1, "cheap": 1, "next": 1}
    assert run.state("dear").rung == 1
    assert "FellBack" in story(run, "dear")
    again = world.process().go(one, "run-2")
    assert states(again) == {"dear": "done", "next": "done"}
    assert world.far.bill == {"dear": 1, "cheap": 1, "next": 1}, "remembered as the result of the step"


def test_a_doubt_never_falls_back(world: World) -> None:
    world.far.submits["dear"] = deque([loses(bought=True)])
    run = world.process().go(plan(ladder("dear", "cheap")))
    assert states(run) == {"dear": "doubtful"}
    assert "cheap" not in world.far.bill


def test_a_rejected_content_falls_back_or_skips_only_where_the_author_says_so(world: World) -> None:
    for name, said, wanted in (
        ("stay", "stop", "failed"),
        ("pass", "skip", "skipped"),
        ("fall", "fallback", "done"),
    ):
        world.far.reports[name] = deque([ended(K.REFUSED_CONTENT)])
        one = replace(ladder(name, f"{name} again"), on_rejected=said)  # type: ignore[arg-type]
        assert states(world.process().go(plan(one), f"run-{name}")) == {name: wanted}
    assert world.far.bill == {"stay": 1, "pass": 1, "fall": 1, "fall again": 1}


def test_a_failure_that_may_pass_is_null_to_those_behind_it(world: World) -> None:
    world.far.reports["a"] = deque([ended(K.VENDOR_ERROR)])
    one = plan(replace(task("a"), on_failure="continue"), behind("b", "a"), task("c", needs=("a",)))
    run = world.process().go(one)
    assert states(run) == {"a": "failed", "b": "done", "c": "done"}, "an optional picture is left out"
    found = facts("run-1", one, dict(run.states))
    assert (exit_code_of(found), status_of(found)) == (0, "done")


def test_a_passed_clock_lets_go_of_the_job_and_a_resume_collects_it(world: World) -> None:
    world.far.reports["a"] = deque([JobReport("queued")] * 40)
    one = plan(replace(task("a"), timeout=(30.0, None)), task("b"))
    run = world.process().go(one)
    assert states(run) == {"a": "submitted", "b": "done"}
    assert run.parked == {"a": "timeout"}
    assert "goes on over there" in run.parked_why["a"]
    assert exit_code_of(facts("run-1", one, dict(run.states))) == 3
    world.far.reports["a"].clear()
    assert states(world.process().go(one)) == {"a": "done", "b": "done"}
    assert world.far.bill == {"a": 1, "b": 1}


def test_the_running_clock_begins_when_it_runs(world: World) -> None:
    world.far.reports["a"] = deque([*[JobReport("queued")] * 30, *[JobReport("running")] * 40])
    run = world.process().go(plan(replace(task("a"), timeout=(None, 20.0))))
    assert run.parked == {"a": "timeout"}
    assert "ran longer than 20 s" in run.parked_why["a"]


def test_cache_false_buys_anew_in_each_run_and_once_in_each(world: World) -> None:
    one = plan(replace(task("a"), cache=False), task("b"))
    world.process().go(one)
    world.process().go(one, "run-2")
    assert world.far.bill == {"a": 2, "b": 1}
    world.process().go(one, "run-2")
    assert world.far.bill == {"a": 2, "b": 1}, "going on with a run that is done buys nothing"


def test_what_the_budget_holds_a_place_for_is_bought(world: World) -> None:
    """The second is refused while the first is being staged; the first was promised its place."""
    run = world.process().go(plan(task("a"), task("b")), limit="1 CNY")
    assert states(run) == {"a": "done", "b": "ready"}
    assert world.far.bill == {"a": 1}


def test_a_doubt_with_cache_false_does_not_take_an_older_result(world: World) -> None:
    """What was bought now would be left uncollected, and its key held for ever."""
    one = plan(replace(task("a"), cache=False))
    world.process().go(one)
    world.far.submits["a"] = deque([loses(bought=True)])
    run = world.process().go(one, "run-2")
    assert states(run) == {"a": "doubtful"}
    process = world.process()
    settle(process, "run-2", "a", run.state("a"))
    assert states(process.go(one, "run-2")) == {"a": "done"}
    assert world.far.bill == {"a": 2}
    assert process.journal.open_attempts() == []
