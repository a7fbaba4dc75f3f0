"""Pipelines made of pipelines, as their callers see them."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from rhflow.language.build import Reading
from rhflow.language.expressions.tree import ListValue, Literal, MapValue
from rhflow.language.parts import MAX_DEPTH, MAX_PARTS
from rhflow.language.pipeline import Group, Include
from tests.language.reading import pipeline

STILL = """\
rhflow: 1
inputs:
  prompt: {type: string}
  marks: {type: data, default: marks.yaml}
steps:
  still:
    uses: seedream-v4/text-to-image
    with: {prompt: "${{ inputs.prompt }} ${{ len(inputs.marks) }}"}
outputs:
  still: ${{ steps.still.image }}
"""
USE = """\
rhflow: 1
steps:
  group:
    steps:
      shot:
        uses: ./parts/still.yaml
        with: {prompt: x, marks: marks.csv}
  again:
    uses: ../shared/use.yaml
"""
SHARED = """\
rhflow: 1
steps:
  shot:
    uses: ../pipelines/parts/still.yaml
    with: {prompt: y}
"""
FILES = {
    "parts/still.yaml": STILL,
    "parts/marks.yaml": "[1, 2]\n",
    "marks.csv": 'at,what\n1,"${{ inputs.none }}"\n',
    "../shared/use.yaml": SHARED,
    "../pipelines/parts/still.yaml": STILL,
    "../pipelines/parts/marks.yaml": "[1]\n",
}


def read(text: str, files: Mapping[str, str | bytes]) -> tuple[Reading, list[str]]:
    found = pipeline(text, files)
    return found, [f"{item.mark} {item.name}" for item in found.problems]


def test_the_nouns() -> None:
    reading, told = read(USE, FILES)
    assert told == []
    assert reading.pipeline is not None
    group, again = reading.pipeline.steps.values()
    assert isinstance(group.body, Group)
    shot = group.body.steps["shot"].body
    assert isinstance(shot, Include)
    assert shot.uses == "./parts/still.yaml"
    assert shot.pipeline.file == "pipelines/parts/still.yaml"
    assert shot.pipeline.inputs["marks"].default == [1, 2], "data that a default names is read already"
    assert isinstance(again.body, Include)
    assert again.body.pipeline.file == "shared/use.yaml"
    assert [part.pipeline.file for part in again.body.pipeline.includes()] == ["pipelines/parts/still.yaml"]
    assert {part.uses for part in reading.pipeline.includes()} == {"./parts/still.yaml", "../shared/use.yaml"}


def test_data_given_by_path_is_read_and_holds_no_expressions() -> None:
    reading, _ = read(USE, FILES)
    assert reading.pipeline is not None
    group = reading.pipeline.steps["group"].body
    assert isinstance(group, Group)
    shot = group.steps["shot"].body
    assert isinstance(shot, Include)
    marks = shot.arguments.items["marks"]
    assert isinstance(marks, ListValue)
    (row,) = marks.items
    assert isinstance(row, MapValue)
    assert isinstance(row.items["what"], Literal)
    assert row.items["what"].value == "${{ inputs.none }}"


def test_every_text_is_at_hand() -> None:
    reading, _ = read(USE, FILES)
    assert set(reading.sources) >= {
        "pipelines/a.rhflow.yaml",
        "pipelines/parts/still.yaml",
        "pipelines/parts/marks.yaml",
        "shared/use.yaml",
    }


def test_a_part_is_read_once() -> None:
    opened: list[str] = []

    class Counting(dict[str, str | bytes]):
        def __getitem__(self, key: str) -> str | bytes:
            opened.append(key)
            return super().__getitem__(key)

    uses = "".join(f"  s{n}: {{uses: ./parts/still.yaml, with: {{prompt: x}}}}\n" for n in range(20))
    _, told = read(f"rhflow: 1\nsteps:\n{uses}", Counting(FILES))
    assert told == []
    assert opened.count("parts/still.yaml") == 1


def chain(length: int) -> dict[str, str | bytes]:
    """Files that use each other one by one; the last one does something."""
    files: dict[str, str | bytes] = {
        f"p{n}.yaml": f"rhflow: 1\nsteps:\n  a: {{uses: ./p{n + 1}.yaml}}\n" for n in range(1, length)
    }
    done = "rhflow: 1\nsteps:\n  a: {uses: seedream-v4/text-to-image, with: {prompt: x}}\n"
    return {**files, f"p{length}.yaml": done}


def test_parts_nest_so_deep() -> None:
    text = "rhflow: 1\nsteps:\n  a: {uses: ./p1.yaml}\n"
    assert read(text, chain(MAX_DEPTH))[1] == []
    assert read(text, chain(MAX_DEPTH + 1))[1] == ["pipelines/p8.yaml:3:13 too-deep"]


def test_depth_counts_from_the_first_file_also_for_parts_read_before() -> None:
    text = "rhflow: 1\nsteps:\n  a: {uses: ./p2.yaml}\n  b: {uses: ./p1.yaml}\n"
    assert read(text, chain(MAX_DEPTH + 1))[1] == ["pipelines/p1.yaml:3:13 too-deep"]


@pytest.mark.parametrize("path", ["../pipelines/a.rhflow.yaml", "./a.rhflow.yaml"])
def test_a_pipeline_cannot_hold_itself(path: str) -> None:
    text = f"rhflow: 1\nsteps:\n  a: {{uses: {path}}}\n"
    reading, told = read(text, {"../pipelines/a.rhflow.yaml": text, "a.rhflow.yaml": text})
    assert reading.pipeline is None
    assert [line.rpartition(" ")[2] for line in told] == ["cycle"]


def test_a_fault_of_a_part_is_told_once_and_in_its_file() -> None:
    uses = "".join(f"  s{n}: {{uses: ./p.yaml}}\n" for n in range(3))
    part = "rhflow: 1\nsteps:\n  a: {uses: seedream-v4/text-to-image, with: {promt: x}}\n"
    reading, told = read(f"rhflow: 1\nsteps:\n{uses}", {"p.yaml": part})
    assert reading.pipeline is None
    assert set(told) == {"pipelines/p.yaml:3:40 missing-parameter", "pipelines/p.yaml:3:47 unknown-parameter"}


def test_secrets_of_a_part_are_shown_nowhere() -> None:
    secret = "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6"
    part = f"rhflow: 1\nsteps:\n  a:\n    uses: app/7\n    with: {{access_password: {secret}}}\n"
    reading, _ = read("rhflow: 1\nsteps:\n  a: {uses: ./p.yaml}\n", {"p.yaml": part})
    assert "secret" in [item.name for item in reading.problems]
    assert secret not in str(reading.sources) + str(reading.problems)


def test_a_pipeline_has_so_many_files() -> None:
    count = MAX_PARTS + 3
    uses = "".join(f"  s{n}: {{uses: ./p{n}.yaml}}\n" for n in range(count))
    done = chain(1)["p1.yaml"]
    reading, told = read(f"rhflow: 1\nsteps:\n{uses}", {f"p{n}.yaml": done for n in range(count)})
    assert reading.pipeline is None
    assert [line.rpartition(" ")[2] for line in told] == ["too-large"] * 3


def test_many_uses_of_parts_of_parts_are_looked_at_once() -> None:
    head = "rhflow: 1\ninputs: {n: {type: data}}\nsteps:\n"
    use = "  s{0}: {{uses: ./p{1}.yaml, with: {{n: '${{{{ inputs.n }}}}'}}}}\n"
    files: dict[str, str | bytes] = {
        f"p{n}.yaml": head + "".join(use.format(step, n + 1) for step in range(100)) for n in range(1, 8)
    }
    still = "{uses: seedream-v4/text-to-image, with: {prompt: x}, foreach: '${{ inputs.n }}'}"
    files["p8.yaml"] = f"rhflow: 1\ninputs: {{n: {{type: data}}}}\nsteps:\n  a: {still}\n"
    started = time.process_time()
    reading, told = read(
        "rhflow: 1\nbudget: 1 CNY\nsteps:\n  w: {uses: chat/m, with: {prompt: x}}\n"
        '  a: {uses: ./p1.yaml, with: {n: "${{ json(steps.w.text) }}"}}\n',
        files,
    )
    assert [line.rpartition(" ")[2] for line in told] == ["unknown-price", "at-most"]
    assert time.process_time() - started < 2.0
    assert reading.pipeline is None
