"""Times, defaults, and what a step is left with."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rhflow.ground.values import Money
from rhflow.language.declared_steps import MAX_FALLBACKS
from rhflow.language.durations import seconds_of
from rhflow.language.pipeline import Call, Group, Matrix, Step, Timeout
from tests.language.reading import pipeline

TIMES: list[tuple[str | float, float]] = [
    ("90s", 90),
    ("30m", 1800),
    ("2h", 7200),
    ("1h30m", 5400),
    ("1h 30m", 5400),
    ("1.5h", 5400),
    ("1d", 86400),
    (45, 45),
    (0.5, 0.5),
]


@pytest.mark.parametrize(("written", "seconds"), TIMES)
def test_times(written: str | float, seconds: float) -> None:
    assert seconds_of(written) == seconds


@pytest.mark.parametrize(
    "written", ["", "m", "30", "30 minutes", "-3m", "3m2", "1e3s", "0s", 0, -1, "31d", 1e9]
)
def test_what_is_no_time(written: str | float) -> None:
    with pytest.raises(ValueError, match="time"):
        seconds_of(written)


TEXT = """\
rhflow: 1
defaults:
  retry: 2
  timeout: {queued: 2h}
  on_failure: continue
  on_rejected: fallback
  on_doubt: wait
  cache: false
  max_cost: 3 CNY
steps:
  plain:
    uses: seedream-v4/text-to-image
    with: {prompt: x}
  own:
    uses: seedream-v4/text-to-image
    with: {prompt: y}
    retry: 0
    timeout: 30m
    on_failure: stop
    on_rejected: skip
    on_doubt: ask
    cache: true
    max_cost: 1 CNY
  ladder:
    uses: seedream-v4/text-to-image
    with: {prompt: z}
    fallback:
      - uses: seedream-v4/image-to-image
        with: {prompt: z, imageUrls: [a.png]}
  local:
    uses: local/last_frame
    with: {video: a.mp4}
  group:
    matrix: {a: [1, 2], b: [3, 4]}
    zip: true
    steps:
      inner:
        if: ${{ matrix.a > 1 }}
        foreach: ${{ steps.ladder.images }}
        at_most: 7
        uses: seedream-v4/text-to-image
        with: {prompt: "${{ matrix.b }} ${{ index }}"}
"""


@pytest.fixture(scope="module")
def steps() -> dict[str, Step]:
    reading = pipeline(TEXT)
    assert list(map(str, reading.problems)) == []
    assert reading.pipeline is not None
    return dict(reading.pipeline.steps)


def told(step: Step) -> tuple[object, ...]:
    keys = (step.retry, step.timeout, step.on_failure, step.on_rejected, step.on_doubt, step.cache)
    return (*keys, step.max_cost)


def test_what_a_step_is_left_with(steps: dict[str, Step]) -> None:
    three, waits = Money(Decimal(3)), Timeout(7200.0, None)
    assert told(steps["plain"]) == (2, waits, "continue", "stop", "wait", False, three)
    assert told(steps["ladder"]) == (2, waits, "continue", "fallback", "wait", False, three)
    own = (0, Timeout(1800.0, 1800.0), "stop", "skip", "ask", True, Money(Decimal(1)))
    assert told(steps["own"]) == own
    assert told(steps["local"]) == (2, None, "continue", "stop", "repeat", False, None)
    assert told(steps["group"]) == (0, None, "stop", "stop", "ask", True, None)


def test_the_nouns(steps: dict[str, Step]) -> None:
    (rung,) = steps["ladder"].fallback
    assert isinstance(rung, Call)
    assert rung.model.id == "seedream-v4/image-to-image"
    assert str(rung.uses_mark) == "pipelines/a.rhflow.yaml:28:15"
    group = steps["group"]
    assert isinstance(group.matrix, Matrix)
    assert (list(group.matrix.axes), group.matrix.zip) == (["a", "b"], True)
    assert isinstance(group.body, Group)
    inner = group.body.steps["inner"]
    assert inner.condition is not None
    assert (inner.at_most, inner.as_name) == (7, "item")


def test_what_nobody_lists_gives_anything_and_has_no_price() -> None:
    text = """\
rhflow: 1
steps:
  a:
    uses: nobody/knows/this
    unchecked: true
    max_cost: 1 CNY
    with: {anything: 1}
  b:
    uses: workflow/12
    with: {nodes: {"6": {image: "${{ steps.a.image }}", sound: "${{ steps.a.audio }}"}}}
outputs:
  video: ${{ steps.b.video }}
  words: ${{ steps.b.texts }}
"""
    reading = pipeline(text)
    assert [item.name for item in reading.problems] == ["unknown-price"]
    assert reading.pipeline is not None
    for name in ("a", "b"):
        body = reading.pipeline.steps[name].body
        assert isinstance(body, Call)
        assert body.model.price.basis == "unknown"
        assert len(body.model.output_kinds) == 5


def test_a_ladder_has_an_end() -> None:
    rungs = "".join(
        f"      - {{uses: seedream-v4/text-to-image, with: {{prompt: x{n}}}}}\n"
        for n in range(MAX_FALLBACKS + 2)
    )
    head = "rhflow: 1\nsteps:\n  a:\n    uses: seedream-v4/text-to-image\n    with: {prompt: x}\n"
    told = [f"{item.mark} {item.name}" for item in pipeline(f"{head}    fallback:\n{rungs}").problems]
    assert told == ["pipelines/a.rhflow.yaml:17:9 too-large"]
