"""No order of two workers, deaths and lost answers buys twice; and each promise of the journal is needed."""

from __future__ import annotations

from dataclasses import fields

import pytest

from tests.lifecycle.small_world import Bounds, Rules, Walk


def test_no_way_leads_to_a_second_purchase_or_into_a_corner() -> None:
    """A death, and a person's word. More of everything: `python bench/states.py`."""
    walk = Walk(bounds=Bounds(deaths=1, consents=1, refusals=0, failures=0)).go()
    assert walk.states > 20_000
    assert not walk.paid_twice, walk.paid_twice[0]
    assert not walk.lost, walk.lost[0]
    assert not walk.dead_ends, walk.dead_ends[0]


@pytest.mark.parametrize("refusals", [0, 1])
@pytest.mark.parametrize("failures", [0, 1])
def test_refusals_and_failures_change_nothing_about_that(refusals: int, failures: int) -> None:
    walk = Walk(bounds=Bounds(deaths=1, consents=0, refusals=refusals, failures=failures)).go()
    assert [walk.paid_twice, walk.lost, walk.dead_ends] == [[], [], []]


@pytest.mark.parametrize("gives_up", [{"losses": 1}, {"consents": 1}])
def test_what_one_run_gives_up_the_other_may_get(gives_up: dict[str, int]) -> None:
    none = {"deaths": 0, "consents": 0, "refusals": 0, "failures": 0, "beginnings": 1}
    walk = Walk(bounds=Bounds(**{**none, **gives_up})).go()
    assert [walk.paid_twice, walk.lost, walk.dead_ends] == [[], [], []]


WHERE_IT_COUNTS = {
    "counts_results": Bounds(deaths=0, consents=0, refusals=0, failures=0),
    "the_last_one_closes": Bounds(deaths=0, consents=0, refusals=0, failures=0, losses=1, beginnings=1),
}


@pytest.mark.parametrize("promise", [item.name for item in fields(Rules)])
def test_without_that_promise_somebody_pays_twice(promise: str) -> None:
    bounds = WHERE_IT_COUNTS.get(promise, Bounds(deaths=1, consents=0, refusals=0, failures=0))
    assert Walk(bounds=bounds, rules=Rules(**{promise: False})).go().paid_twice
