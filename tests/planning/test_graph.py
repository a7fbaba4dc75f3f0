"""Order, cycles and cones of tasks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhflow.ground.errors import PlanChanged, PlanError
from rhflow.ground.references import Ref
from rhflow.planning.graph import CycleFound, order, required
from rhflow.planning.narrow import refuse_any_work, refuse_drift, refuse_other_work, tasks_of, until
from rhflow.planning.plan import Judgement, Plan
from tests.runner.world import plan, task, with_prompt

DIAMOND = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"], "e": []}


def test_order_keeps_the_given_one_where_it_may() -> None:
    assert order({"d": ["a"], "c": [], "a": [], "b": ["d"]}) == ["c", "a", "d", "b"]
    assert order({}) == []


@given(st.permutations(sorted(DIAMOND)))
def test_order_puts_needs_first(names: list[str]) -> None:
    found = order({name: DIAMOND[name] for name in names})
    assert sorted(found) == sorted(names)
    assert all(found.index(need) < found.index(name) for name in names for need in DIAMOND[name])


@pytest.mark.parametrize(
    ("needs", "path"),
    [
        ({"a": ["a"]}, {"a"}),
        ({"a": ["b"], "b": ["a"], "c": ["a"]}, {"a", "b"}),
        ({"x": [], "a": ["c", "x"], "b": ["a"], "c": ["b"]}, {"a", "b", "c"}),
    ],
)
def test_a_cycle_is_named(needs: dict[str, list[str]], path: set[str]) -> None:
    with pytest.raises(CycleFound) as told:
        order(needs)
    assert set(told.value.path) == path
    assert told.value.path[0] == told.value.path[-1]
    assert " → " in str(told.value)


def test_what_is_required() -> None:
    assert required(DIAMOND, ["b", "e"]) == {"a", "b", "e"}
    assert required(DIAMOND, []) == set()


def film() -> Plan:
    return plan(
        task("hero"),
        task("shots[0].clip", arguments={"image": Ref("hero", "image")}),
        task("shots[1].clip", arguments={"image": Ref("hero", "image")}),
        task("music"),
        task("film", arguments={"images": [Ref("shots[0].clip", "image"), Ref("shots[1].clip", "image")]}),
        film=Ref("film", "image"),
        still=Ref("hero", "image"),
        fixed="a word",
    )


@pytest.mark.parametrize(
    ("step", "found"),
    [
        ("hero", ["hero"]),
        ("shots", ["shots[0].clip", "shots[1].clip"]),
        ("shots[1]", ["shots[1].clip"]),
        ("shots[1].clip", ["shots[1].clip"]),
    ],
)
def test_tasks_of_a_step(step: str, found: list[str]) -> None:
    assert [item.id for item in tasks_of(film(), step)] == found


def test_a_step_that_is_not_there_is_told_with_the_nearest() -> None:
    with pytest.raises(PlanError, match="no step 'filn'") as told:
        tasks_of(film(), "filn")
    assert told.value.hint == "Did you mean film?"


def test_until_keeps_what_the_step_hangs_on() -> None:
    part = until(film(), "shots")
    assert [item.id for item in part.tasks] == ["hero", "shots[0].clip", "shots[1].clip"]
    assert list(part.outputs) == ["still"]


def words(**verdicts: str) -> dict[str, Judgement]:
    return {name: Judgement(verdict=verdict, why=("so",)) for name, verdict in verdicts.items()}  # type: ignore[arg-type]


def test_only_refuses_other_work() -> None:
    one = plan(task("a"), task("b", needs=("a",)))
    refuse_other_work(one, words(a="cached", b="run"), "b")
    with pytest.raises(PlanError, match="b hangs on a"):
        refuse_other_work(one, words(a="run", b="run"), "b")


def test_frozen_refuses_any_work() -> None:
    refuse_any_work(words(a="cached"))
    with pytest.raises(PlanError, match=r"b \(so\)"):
        refuse_any_work(words(a="cached", b="wait"))


def test_drift_is_named() -> None:
    signed = plan(task("a"), task("b"))
    refuse_drift(signed, Plan.from_json(signed.to_json()))
    changed = plan(with_prompt(task("a"), "another"), task("c"))
    with pytest.raises(PlanChanged) as told:
        refuse_drift(signed, changed)
    assert "a has another arguments, b is gone, c is new" in told.value.message
