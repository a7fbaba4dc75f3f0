"""`read_pipeline` as its callers see it."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from rhflow.ground.caps import Caps
from rhflow.ground.values import Money
from rhflow.language.build import read_pipeline
from rhflow.language.expressions.references import steps_used
from rhflow.language.expressions.tree import Text
from rhflow.language.pipeline import Call, Group
from rhflow.language.words import LATER_STEP_KEYS
from tests.language.catalogue import CATALOG
from tests.language.reading import pipeline, value

STORY = """\
rhflow: 1
name: story
about: One hill.
budget: 12.5 CNY
inputs:
  places: {type: data, default: [hill, lake]}
steps:
  hero:
    uses: seedream-v4/text-to-image
    max_cost: 1
    label: the hero
    with: {prompt: a hill}
  shots:
    foreach: ${{ inputs.places }}
    as: place
    steps:
      still:
        uses: seedream-v4/image-to-image
        save_as: "${{ place }}.png"
        with: {prompt: "${{ place }}", imageUrls: ["${{ steps.hero.image }}"]}
  film:
    uses: local/last_frame
    needs: hero
    with: {video: a.mp4}
outputs:
  stills: ${{ steps.shots.still.image }}
"""


def test_the_nouns() -> None:
    reading = pipeline(STORY)
    assert reading.problems == ()
    read = reading.pipeline
    assert read is not None
    assert (read.name, read.about, read.file) == ("story", "One hill.", "pipelines/a.rhflow.yaml")
    assert read.budget == Caps(run=Money(Decimal("12.5")))
    assert list(read.steps) == ["hero", "shots", "film"]
    hero, shots, film = read.steps.values()
    assert isinstance(hero.body, Call)
    assert hero.body.model.id == "seedream-v4/text-to-image"
    assert hero.max_cost == Money(Decimal(1))
    assert isinstance(hero.label, Text)
    assert hero.label.parts == ("the hero",)
    assert (hero.on_doubt, film.on_doubt) == ("ask", "repeat")
    assert film.needs == ("hero",)
    assert isinstance(shots.body, Group)
    assert shots.as_name == "place"
    assert list(shots.body.steps) == ["still"]
    assert list(read.outputs) == ["stills"]
    assert str(hero.mark) == "pipelines/a.rhflow.yaml:8:3"


def test_the_same_text_gives_an_equal_pipeline() -> None:
    assert pipeline(STORY).pipeline == pipeline(STORY).pipeline
    assert pipeline(STORY).pipeline != pipeline(STORY.replace("a hill", "the hill")).pipeline


def test_the_name_is_the_file_where_there_is_none() -> None:
    read = pipeline(STORY.replace("name: story\n", "")).pipeline
    assert read is not None
    assert read.name == "a"


def test_a_thousand_steps_take_well_under_a_second() -> None:
    steps = ""
    for n in range(1000):
        picture = f"steps.s{n - 1}.image" if n else "inputs.face"
        arguments = f"{{prompt: '${{{{ inputs.style }}}} {n}', imageUrls: ['${{{{ {picture} }}}}']}}"
        steps += f"  s{n}:\n    uses: seedream-v4/image-to-image\n    with: {arguments}\n"
    text = f"rhflow: 1\ninputs:\n  style: {{type: string}}\n  face: {{type: image}}\nsteps:\n{steps}"
    started = time.process_time()
    reading = pipeline(text)
    assert time.process_time() - started < 1.5
    assert reading.problems == ()
    assert reading.pipeline is not None
    assert len(reading.pipeline.steps) == 1000


def test_too_many_steps_are_refused() -> None:
    text = "rhflow: 1\nsteps:\n" + "".join(f"  s{n}: {{uses: x}}\n" for n in range(5_100))
    names = [item.name for item in pipeline(text).problems]
    assert names.count("too-large") == 1


def test_groups_nest_so_deep() -> None:
    text = "rhflow: 1\nsteps:\n"
    for depth in range(12):
        text += "  " * (2 * depth + 1) + f"g{depth}:\n" + "  " * (2 * depth + 2) + "steps:\n"
    text += "  " * 26 + "a: {uses: seedream-v4/text-to-image, with: {prompt: x}}\n"
    assert "too-deep" in [item.name for item in pipeline(text).problems]


@pytest.mark.parametrize("key", LATER_STEP_KEYS)
def test_words_of_later_versions_say_so(key: str) -> None:
    text = f"rhflow: 1\nsteps:\n  a:\n    uses: local/last_frame\n    with: {{video: a.mp4}}\n    {key}: 1\n"
    (problem,) = pipeline(text).problems
    assert problem.message == f'"{key}" is a word of the language that does not work yet in this version'
    assert (problem.name, problem.mark.line, problem.mark.column) == ("not-yet", 6, 5)


def test_secrets_are_shown_nowhere() -> None:
    secret = "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6"
    texts = [
        f"rhflow: 1\nsteps:\n  a:\n    uses: seedream-v4/text-to-image\n    with: {{prompt: {secret}}}\n",
        f'rhflow: 1\nsteps:\n  a:\n    uses: seedream-v4/text-to-image\n    with: {{prompt: "{secret}\n',
        f"rhflow: 1\nabout: it is {secret} here\nsteps:\n  {secret}: x\n",
    ]
    for text in texts:
        reading = read_pipeline(text, "a.yaml", CATALOG, open, secrets=(secret,))  # type: ignore[arg-type]
        assert reading.pipeline is None
        assert secret not in str(reading.problems)
        assert secret not in str(reading.sources)


def test_references_are_found_without_evaluating() -> None:
    found = value(
        '["${{ steps.a.image or steps[\'b\'].video }}", {x: "t ${{ [s for s in steps.c.texts] }}"}]'
    )
    assert steps_used(found) == ("a", "b", "c")
    assert steps_used(value("nothing")) == ()
