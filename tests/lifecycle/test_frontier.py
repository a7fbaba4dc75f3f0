"""Which tasks may start: every one once, never before what it needs, and the blocked with a culprit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhflow.lifecycle.frontier import Frontier


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    names = [f"t{number}" for number in range(draw(st.integers(0, 12)))]
    return {
        name: draw(st.lists(st.sampled_from(names[:index]), unique=True)) if index else []
        for index, name in enumerate(names)
    }


@given(graphs(), st.sets(st.integers(0, 12)), st.randoms(use_true_random=False))
def test_order_and_culprits(needs: dict[str, list[str]], bad: set[int], chance: object) -> None:
    failing = {name for index, name in enumerate(needs) if index in bad}
    frontier = Frontier(needs)
    started: list[str] = []
    blocked: dict[str, str] = {}
    ok: dict[str, bool] = {}
    running: list[str] = []
    while frontier.waiting:
        ready = frontier.take_ready()
        assert ready == sorted(ready, key=list(needs).index) or started
        for name in ready:
            assert all(ok.get(need) for need in needs[name])
        started += ready
        running += ready
        for name, culprit in frontier.take_blocked():
            assert culprit in needs[name]
            assert ok[culprit] is False
            blocked[name] = culprit
            ok[name] = False
            frontier.settle(name, ok=False)
        if running:
            name = running.pop(chance.randrange(len(running)))  # type: ignore[attr-defined]
            ok[name] = name not in failing
            frontier.settle(name, ok=ok[name])
    assert len(started) == len(set(started))
    assert {*started, *blocked} == set(needs)
    assert not set(started) & set(blocked)
    assert not frontier.waiting


def test_settling_twice_changes_nothing() -> None:
    frontier = Frontier({"a": [], "b": ["a"]})
    assert frontier.take_ready() == ["a"]
    frontier.settle("a", ok=True)
    frontier.settle("a", ok=False)
    assert frontier.take_ready() == ["b"]
    assert frontier.take_blocked() == []
    assert frontier.waiting == {"b": frozenset()}


def test_a_need_that_is_no_task_is_noticed_at_once() -> None:
    with pytest.raises(KeyError):
        Frontier({"a": ["nobody"]})


def test_the_blocked_wait_until_all_they_need_has_settled() -> None:
    frontier = Frontier({"a": [], "b": [], "c": ["a", "b"]})
    frontier.settle("a", ok=False)
    assert frontier.take_blocked() == []
    assert frontier.waiting["c"] == {"b"}
    frontier.settle("b", ok=True)
    assert frontier.take_blocked() == [("c", "a")]
