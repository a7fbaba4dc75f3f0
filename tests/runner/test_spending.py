"""Caps while a run works: whoever else buys meanwhile, and what is sent is what was priced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, get_args

import pytest

from rhflow.catalog.example import example_arguments
from rhflow.catalog.model import Model, Naming
from rhflow.catalog.naming import has_two_namings, wire_arguments
from rhflow.catalog.price import Quote
from rhflow.catalog_files import load_catalog
from rhflow.ground.caps import Caps
from rhflow.ground.errors import EXIT_BUDGET
from rhflow.ground.media import Kind
from rhflow.ground.references import Ref, UrlMedia
from rhflow.ground.values import Json, JsonObject
from rhflow.lifecycle import events
from rhflow.planning.plan import Plan, Task
from rhflow.ports import Allowance, Request, Staged, Uploads
from rhflow.runner.budget import Budget
from rhflow.runner.offer import Offer
from rhflow.runner.run import Run
from rhflow.runner.stop import EXIT_OF_STOP, StopReason
from tests.runner.world import Process, World, committed, plan, states, story, task


def is_over(run: Run) -> bool:
    return {EXIT_OF_STOP[reason] for reason in run.stop.reasons} == {EXIT_BUDGET}


def chain(*names: str, step: str | None = None) -> Plan:
    """Tasks that follow each other, of one declared step where it is given."""
    tasks = [
        replace(task(name, needs=names[:number][-1:]), step=step or name) for number, name in enumerate(names)
    ]
    return plan(*tasks)


def test_a_step_is_capped_over_all_its_cells(world: World) -> None:
    cells = chain("a0", "a1", "a2", step="a")
    both = replace(cells, tasks=(*cells.tasks, task("b")))
    run = world.process().go(both, limit="step=1.95")
    assert is_over(run)
    assert world.far.bill == {"a0": 1, "a1": 1, "b": 1}
    assert "a2 was not bought: it may cost 1.00 CNY, and 1.80 of 1.95 CNY for a step" in str(run.stop.reasons)
    again = world.process().go(both, "run-2", limit="step=1.95")
    assert states(again)["a2"] == "done", "in a new run the step begins anew"


def test_a_day_is_capped_over_all_runs_of_the_home(world: World) -> None:
    for number in range(3):
        world.process().go(plan(task(f"t{number}")), f"run-{number}", limit="day=2.5")
    late = world.process().go(plan(task("late")), "run-late", limit="day=2.5")
    assert is_over(late)
    assert len(world.far.jobs) == 2, "2.5 leave room for 0.9 and 0.9, not for a third that may cost 1"
    world.clock.time += 86_400
    assert states(world.process().go(plan(task("late")), "run-next", limit="day=2.5")) == {"late": "done"}


def test_the_project_is_capped_for_ever(world: World) -> None:
    world.process().go(plan(task("a")), limit="project=1.5")
    world.clock.time += 86_400 * 365
    assert is_over(world.process().go(plan(task("b")), "run-2", limit="project=1.5"))
    assert world.far.bill == {"a": 1}


def test_room_that_another_process_takes_meanwhile_is_noticed_in_the_promise(world: World) -> None:
    """The early look found room. While media went over, somebody else has taken it."""
    ours, rival = world.process(), world.process()
    other = events.SubmitIntended("other", "rival-1", "fake/picture", "simulator", "1.00", realm="simulator")

    def meanwhile(point: str, what: str) -> None:
        if (point, what) == ("stage", "a"):
            rival.journal.append("run-2", "b", 0, other, world.clock.now())

    ours.paid.on = meanwhile
    run = ours.go(plan(task("a")), limit="day=1.5")
    assert is_over(run)
    assert world.far.bill == {}
    assert story(run, "a") == ["Keyed"]
    assert run.budget.held("CNY") == 0
    assert states(run) == {"a": "ready"}
    assert states(world.process().go(run.plan, limit="day=2.5")) == {"a": "done"}


def test_what_is_being_prepared_holds_its_room(world: World) -> None:
    budget = Budget(Caps.parse("run=3, step=2"))
    one = Quote(Decimal(1), Decimal(1))

    def nothing(_kind: str, _cap: object) -> Decimal:
        return Decimal(0)

    assert budget.reserve("1", "a", one, nothing) is None
    assert budget.reserve("2", "a", one, nothing) is None
    assert "2.00 of 2.00 CNY for a step" in str(budget.reserve("3", "a", one, nothing))
    assert budget.reserve("4", "b", one, nothing) is None
    assert "3.00 of 3.00 CNY for the run" in str(budget.reserve("5", "c", one, nothing))
    budget.release("1")
    assert budget.reserve("3", "a", one, nothing) is None
    held = [budget.held("CNY"), budget.held("CNY", "a"), budget.held("USD")]
    assert held == [Decimal(3), Decimal(2), Decimal(0)]


def test_what_nobody_can_price_is_bought_as_long_as_there_is_something_left(world: World) -> None:
    three = chain("a", "b", "c")
    secret = replace(
        three,
        tasks=tuple(replace(item, uses="fake/secretive", quote=Quote(None, None)) for item in three.tasks),
    )
    run = world.process().go(secret, limit="1 CNY", allow_unknown=True)
    assert is_over(run)
    assert world.far.bill == {"a": 1, "b": 1}, "0.9, and 1.8 after the second: no third"
    assert committed(run) == Decimal("1.8")


# -- what is sent is what was priced ---------------------------------------------------------------------


def without(body: JsonObject, name: str) -> JsonObject:
    return {key: value for key, value in body.items() if key != name}


CHANGES: dict[str, Callable[[JsonObject], JsonObject]] = {
    "another value": lambda body: {**body, "prompt": "two hills"},
    "another type": lambda body: {**body, "prompt": 3},
    "something more": lambda body: {**body, "images": ["https://far.example/x.png"]},
    "something less": lambda body: without(body, "image"),
    "no address": lambda body: {**body, "image": ""},
    "a list for one": lambda body: {**body, "image": ["https://far.example/x.png"]},
}


def staging(process: Process, change: Callable[[JsonObject], JsonObject], prompt: str) -> None:
    """Let the far side's stager do something strange to one request."""
    stage = process.paid.stage

    async def strange(request: Request, uploads: Uploads) -> Staged:
        staged = await stage(request, uploads)
        is_meant = request.arguments["prompt"] == prompt
        return replace(staged, body=change(staged.body)) if is_meant else staged

    process.paid.stage = strange  # type: ignore[method-assign]


@pytest.mark.parametrize("name", CHANGES)
def test_a_body_that_says_something_else_than_was_priced_is_not_sent(world: World, name: str) -> None:
    process = world.process()
    staging(process, CHANGES[name], "b")
    run = process.go(plan(task("a"), task("b", arguments={"image": Ref("a", "image")})), limit="9 CNY")
    assert states(run) == {"a": "done", "b": "failed"}
    assert world.far.bill == {"a": 1}
    told = run.state("b").failure
    assert told is not None
    assert told.message == "b: what would be sent is not the request that was priced"
    assert run.budget.held("CNY") == 0
    assert story(run, "b") == ["Keyed", "Blocked"]


CATALOG = load_catalog()


def offer(model: Model, arguments: dict[str, Any]) -> Offer:
    nobody = Allowance(caps=Caps(), run="r", tasks=(), provider="p", realm="p")
    one = Task(id="a", step="a", uses=model.id, arguments=arguments, needs=())
    return Offer(one, model, Request(model.id, arguments), Quote(None, None), nobody)


def as_sent(model: Model) -> tuple[dict[str, Any], JsonObject]:
    """An ordinary request with media as leaves, and its body with addresses."""
    arguments: dict[str, Any] = {}
    body: JsonObject = {}
    for name, value in example_arguments(model).items():
        param = model.param(name)
        arguments[name] = body[name] = value
        if param is not None and param.kind is not None and param.kind is not Kind.TEXT:
            address: Json = "https://far.example/x"
            leaf = UrlMedia("https://example.org/x", param.kind)
            arguments[name] = [leaf] if param.multiple else leaf
            body[name] = [address] if param.multiple else address
    return arguments, body


TWO_NAMINGS = [model for model in CATALOG.models if has_two_namings(model)]


@pytest.mark.parametrize("model", TWO_NAMINGS, ids=lambda model: model.id)
def test_both_spellings_of_a_model_say_the_same(model: Model) -> None:
    arguments, body = as_sent(model)
    asked = offer(model, arguments)
    for naming in get_args(Naming):
        assert asked.mismatch(wire_arguments(model, body, naming)) is None


def test_an_ordinary_request_to_every_model_may_be_sent() -> None:
    asked = 0
    for model in CATALOG.models:
        if model.endpoint is None or model.is_local or not model.params_known:
            continue
        arguments, body = as_sent(model)
        wrong = offer(model, arguments).mismatch(body)
        assert wrong is None, f"{model.id}: {wrong}"
        assert offer(model, arguments).mismatch({**body, "surprise": 1}) is not None
        asked += 1
    assert asked > 300


def test_arguments_that_do_not_fit_the_model_are_not_sent() -> None:
    model = CATALOG.find("seedream-v4/text-to-image")
    assert model is not None
    wrong = offer(model, {"prompt": "a hill", "maxImages": 99}).mismatch(
        {"prompt": "a hill", "maxImages": 99}
    )
    assert wrong is not None
    assert "maxImages" in wrong.message


def test_the_reason_a_run_stopped_is_one_of_the_budget(world: World) -> None:
    run = world.process().go(plan(task("a")), limit="0.5 CNY")
    assert run.stop.reasons == {
        StopReason.BUDGET: "a was not bought: it may cost 1.00 CNY, "
        "and 0.00 of 0.50 CNY for the run are spent or promised. "
        "A run keeps its cap: a new one may have a higher, and finds in the store what was made."
    }
