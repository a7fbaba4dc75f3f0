"""A text that a model wrote, promised to be of a shape: kept, or nothing is bought on it."""

from __future__ import annotations

import json

import pytest

from tests.cli.front import FarSide, Front

SCHEMA = {
    "type": "object",
    "required": ["title", "shots"],
    "additionalProperties": False,
    "properties": {
        "title": {"type": "string"},
        "shots": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["line", "seconds"],
                "properties": {"line": {"type": "string"}, "seconds": {"type": "integer"}},
            },
        },
    },
}
FILM = """\
rhflow: 1
name: film
inputs:
  form: {type: string, default: '{"title": "hills", "shots": [{"line": "dawn", "seconds": 5}]}'}
steps:
  write:
    uses: rhart-text-g-25-flash/text-to-text
    with: {prompt: "Three scenes as JSON in this form: ${{ inputs.form }}"}
  shots:
    foreach: ${{ json(steps.write.text, "shots.schema.json").shots }}
    at_most: 4
    as: shot
    uses: ./still.rhflow.yaml
    with: {shot: "${{ shot }}"}
outputs:
  title: ${{ json(steps.write.text, "shots.schema.json").title }}
  stills: ${{ steps.shots.outputs.still }}
"""
STILL = """\
rhflow: 1
inputs:
  shot: {type: data}
steps:
  still:
    uses: seedream-v4/text-to-image
    with: {prompt: "${{ inputs.shot.line }}, ${{ inputs.shot.seconds }} seconds"}
outputs:
  still: ${{ steps.still.image }}
"""
WORDS = 'form={"title": "hills", "shots": [{"line": "dawn", "seconds": "five"}]}'


@pytest.fixture
def film(front: Front) -> Front:
    front.write("film.rhflow.yaml", FILM)
    front.write("still.rhflow.yaml", STILL)
    front.write("shots.schema.json", json.dumps(SCHEMA))
    return front


def test_a_text_that_fits_is_gone_through(film: Front, far: FarSide) -> None:
    document = film.json("run", "run", "film.rhflow.yaml", "--yes")
    assert document["counts"] == document["counts"] | {"run": 4, "skipped": 1, "failed": 0}
    assert isinstance(document["outputs"]["title"], str)
    assert len(document["outputs"]["stills"]) == 4
    assert len(far.bill()) == 4


def test_nothing_is_bought_on_a_text_that_does_not_fit(film: Front, far: FarSide) -> None:
    said = film.call("run", "film.rhflow.yaml", "--yes", "-i", WORDS)
    assert said.code == 1
    told = (
        "what write wrote does not fit shots.schema.json: "
        "shots[0].seconds must be a whole number, not a string"
    )
    assert f"shots[0].still: {told}" in said.err
    assert len(far.bill()) == 1
    again = film.call("run", "film.rhflow.yaml", "--yes", "-i", WORDS)
    assert again.code == 1
    assert len(far.bill()) == 1


def test_a_list_longer_than_at_most_is_refused_through_a_part_too(film: Front, far: FarSide) -> None:
    film.write("film.rhflow.yaml", FILM.replace("at_most: 4", "at_most: 2"))
    said = film.call("run", "film.rhflow.yaml", "--yes")
    assert said.code == 1
    assert "has 3 items, and at_most allows 2" in said.err
    assert len(far.bill()) == 1


def test_a_run_goes_on_without_the_file_of_the_schema(film: Front, far: FarSide) -> None:
    far.faults({"on": "run", "endpoint": "seedream-v4", "fail": {"code": 1015, "message": "it fell over"}})
    assert film.call("run", "film.rhflow.yaml", "--yes").code == 1
    (film.folder / "shots.schema.json").unlink()
    far.faults()
    document = film.json("run", "resume", "--yes")
    assert document["counts"]["failed"] == 0
    assert isinstance(document["outputs"]["title"], str)


def test_another_schema_is_another_plan(film: Front, far: FarSide) -> None:
    film.ok("plan", "film.rhflow.yaml", "-o", "plan.json")
    film.write("shots.schema.json", json.dumps(SCHEMA, indent=3))
    film.ok("plan", "film.rhflow.yaml")
    tight = {**SCHEMA, "maxProperties": 2}
    film.write("shots.schema.json", json.dumps(tight))
    said = film.call("run", "film.rhflow.yaml", "--yes", "--plan", "plan.json")
    assert said.code == 2
    assert "no longer fits" in said.err
    assert "the output title" in said.err
    assert far.bill() == []
    film.write("shots.schema.json", json.dumps(SCHEMA, indent=3))
    film.ok("run", "film.rhflow.yaml", "--yes", "--plan", "plan.json")


def test_an_output_that_cannot_be_read_is_said(film: Front, far: FarSide) -> None:
    head, _, outputs = FILM.partition("  shots:")
    film.write(
        "film.rhflow.yaml", f"{head}outputs:{outputs.partition('outputs:')[2].partition('  stills')[0]}"
    )
    document = film.json("run", "run", "film.rhflow.yaml", "--yes", "-i", WORDS, code=1)
    assert document["status"] == "failed"
    assert document["outputs"] == {"title": None}
    (problem,) = document["problems"]
    assert problem["message"].startswith("the output title has no value: what write wrote does not fit")
    said = film.call("run", "film.rhflow.yaml", "--yes", "-i", WORDS)
    assert said.code == 1
    assert problem["message"] in said.err
    assert len(far.bill()) == 1


def test_what_another_schema_touches(film: Front) -> None:
    film.write("new/film.rhflow.yaml", FILM)
    film.write("new/still.rhflow.yaml", STILL)
    film.write("new/shots.schema.json", json.dumps({**SCHEMA, "maxProperties": 2}))
    said = film.ok("plan", "--diff", "film.rhflow.yaml", "new/film.rhflow.yaml")
    assert "touches 4 of 5 tasks" in said.out
    assert "prompt: a schema of its expression has changed" in said.out
    film.write("new/shots.schema.json", json.dumps(SCHEMA, indent=2))
    assert "5 tasks are the same" in film.ok("plan", "--diff", "film.rhflow.yaml", "new/film.rhflow.yaml").out


def test_a_tampered_plan_is_no_plan(film: Front, far: FarSide) -> None:
    film.ok("plan", "film.rhflow.yaml", "-o", "plan.json")
    document = json.loads((film.folder / "plan.json").read_text("utf-8"))
    (digest,) = document["requests"]["schemas"]
    document["requests"]["schemas"][digest]["maxProperties"] = 1
    film.write("plan.json", json.dumps(document))
    said = film.call("run", "film.rhflow.yaml", "--yes", "--plan", "plan.json")
    assert said.code == 2
    assert "was changed" in said.err
    assert far.bill() == []


def test_an_address_in_a_text_is_a_picture_and_other_words_are_none(film: Front, far: FarSide) -> None:
    film.write(
        "clip.rhflow.yaml",
        """\
rhflow: 1
steps:
  write:
    uses: rhart-text-g-25-flash/text-to-text
    with: {prompt: "as JSON"}
  clip:
    uses: hailuo-2.3-fast/image-to-video
    with:
      prompt: a hill
      imageUrl: ${{ json(steps.write.text).prompt }}
      duration: 6
      enablePromptExpansion: true
""",
    )
    said = film.call("run", "clip.rhflow.yaml", "--yes")
    assert said.code == 1
    assert "which is no address of media" in said.err
    assert len(far.bill()) == 1


def test_a_text_that_does_not_fit_is_told_once_for_all_cells(film: Front, far: FarSide) -> None:
    film.write(
        "looks.rhflow.yaml",
        """\
rhflow: 1
steps:
  write:
    uses: rhart-text-g-25-flash/text-to-text
    with: {prompt: "as JSON"}
  scenes:
    foreach: ${{ json(steps.write.text, "odd.schema.json").scenes }}
    at_most: 4
    as: scene
    steps:
      still:
        matrix: {look: [oil, ink]}
        uses: seedream-v4/text-to-image
        with: {prompt: "${{ scene }}, ${{ matrix.look }}"}
outputs: {stills: "${{ steps.scenes.still.image }}"}
""",
    )
    odd = {
        "type": "object",
        "required": ["scenes"],
        "properties": {"scenes": {"type": "array", "items": {"type": "string"}}},
    }
    film.write("odd.schema.json", json.dumps(odd))
    said = film.call("run", "looks.rhflow.yaml", "--yes")
    assert said.code == 1
    assert said.err.count("does not fit odd.schema.json") == 2, "as it happens, and in the end"
    assert "scenes[0].still[look=oil] and 7 more: what write wrote does not fit" in said.err
    shown = film.ok("show").out
    assert shown.count("does not fit odd.schema.json") == 1
    assert shown.count("the same") == 7
