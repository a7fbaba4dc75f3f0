"""What counts before and after a lost submit look like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhflow.lifecycle.evidence import Count, read_count, weigh

WHOLE = (
    "before it 3 tasks were going under the key, 3 of them known here; after it 4 tasks were going under the "
    "key, 3 of them known here: it was probably accepted"
)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ((3, 3), (4, 3), WHOLE),
        ((3, 3), (3, 3), "probably not accepted, or something has ended"),
        ((3, 3), (3, 2), "probably accepted"),
        ((5, 1), (5, 1), "probably not accepted"),
        ((5, 1), (6, 2), "probably not accepted"),
        (None, (1, 0), "after it 1 task was going under the key, 0 of them known here: it may have been"),
        (None, (2, 2), "probably not accepted"),
    ],
)
def test_what_it_looks_like(before: tuple[int, int] | None, after: tuple[int, int], says: str) -> None:
    earlier = Count(1.0, *before) if before else None
    assert says in weigh(earlier, Count(2.0, *after))


@pytest.mark.parametrize("before", [None, Count(1.0, 3, 3)])
def test_when_it_may_be_over_its_absence_tells_nothing(before: Count | None) -> None:
    gone, there = Count(2.0, 3, 3), Count(2.0, 4, 3)
    assert "cannot be told apart" in weigh(before, gone, may_have_ended=True)
    assert "accepted" in weigh(before, there, may_have_ended=True), "its presence does"


@given(st.floats(0, 2e9), st.integers(0, 9999), st.integers(0, 9999))
def test_a_count_survives_the_journal(at: float, going: int, ours: int) -> None:
    count = Count(at, going, ours)
    assert read_count(count.to_json()) == count


@pytest.mark.parametrize(
    "body", [None, {}, [], {"at": "x", "going": 1, "ours": 1}, {"at": 1, "going": None, "ours": 1}]
)
def test_what_is_no_count_is_none(body: object) -> None:
    assert read_count(body) is None  # type: ignore[arg-type]
