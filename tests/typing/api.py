"""What a type checker sees of the library: every line here is right, and `test_types.py` has mypy say so.

Never run. The comments `# E:` mark lines that must be errors, with a word of what is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import assert_type

from rhflow import (
    File,
    Money,
    Output,
    Pipeline,
    Plan,
    PlannedTask,
    Result,
    RhflowError,
    UsageError,
    aresume,
    arun,
    load,
    resume,
    run,
)
from rhflow.testing import FrozenClock, Purchase, Vendor, simulator, temporary_home


def make(file: Path) -> Path:
    pipeline = load(file, provider="simulator", quick=True)
    assert_type(pipeline, Pipeline)
    plan = pipeline.plan(inputs={"style": "ink", "shots": [{"line": "hello"}], "portrait": Path("me.png")})
    assert_type(plan, Plan)
    assert_type(plan.tasks, tuple[PlannedTask, ...])
    assert_type(plan.cost.high, Decimal)
    result = run(plan, max_cost="12 CNY", watch=lambda fact: print(fact["event"]))
    assert_type(result, Result)
    assert_type(result.outputs, Mapping[str, Output])
    assert_type(result.outputs["film"].files, tuple[File, ...])
    return result.outputs["film"].path


async def go_on(run_id: str) -> Result:
    plan = load("film.rhflow.yaml", home=".rhflow", concurrency=4).plan()
    first = await arun(plan, yes=True, out="films", fail_fast=True, allow_unknown_price=True)
    assert_type(first, Result)
    assert_type(resume(first), Result)
    return await aresume(run_id, yes=True)


def limits(plan: Plan) -> None:
    run(plan, max_cost=12)
    run(plan, max_cost=Decimal("1.50"))
    run(plan, max_cost=Money(Decimal(3), "USD"))
    run(plan, max_cost=1.5)  # E: arg-type
    load("a.rhflow.yaml", provider="nobody")  # E: arg-type
    load("a.rhflow.yaml").plan(until=3)  # E: arg-type
    load("a.rhflow.yaml").run()  # E: attr-defined


def errors(file: str) -> str:
    try:
        load(file)
    except UsageError as error:
        return error.hint or error.message
    except RhflowError as error:
        return str(error.exit_code)
    return "fine"


def tested() -> None:
    with simulator(wallet=Decimal(3)) as vendor, temporary_home() as home:
        assert_type(vendor, Vendor)
        assert_type(vendor.bill, tuple[Purchase, ...])
        vendor.faults({"on": "submit", "nth": 1, "do": "drop_after"})
        load("film.rhflow.yaml", home=home, clock=FrozenClock())
