"""The editor's schema: knows every word and every model, and never complains where `check` is silent."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from rhflow.app.session import full_catalog
from rhflow.catalog.check import can_fill, check_arguments
from rhflow.catalog.example import example_arguments, example_step
from rhflow.catalog.model import Model, Param
from rhflow.ground.diagnostics import Diagnostics
from rhflow.language.document import read_document
from rhflow.language.editor_models import pattern_of
from rhflow.language.editor_schema import editor_schema, editor_text
from rhflow.language.spec import DefaultsSpec, FallbackSpec, InputSpec, PipelineSpec, StepSpec, keys_of
from rhflow.language.words import LATER_STEP_KEYS
from tests.cli.conftest import front
from tests.cli.front import ROOT, Front

__all__ = ["front"]

CATALOG = full_catalog()
SCHEMA: Any = editor_schema(CATALOG)
EDITOR = Draft7Validator(SCHEMA)
RUNNABLE = [model for model in CATALOG.models if model.endpoint is not None]
DOCUMENTED = [model for model in RUNNABLE if model.params_known]
BRANCHES = [
    (re.compile(item["if"]["properties"]["uses"]["pattern"]), item)
    for item in SCHEMA["definitions"]["call"]["allOf"]
    if "then" in item
]
TEXTS = [
    *(ROOT / "tests" / "cases" / "language" / "ok").glob("*.yaml"),
    *(ROOT / "pipelines").glob("*.rhflow.yaml"),
    *(ROOT / "examples").rglob("*.rhflow.yaml"),
    *(ROOT / "rhflow" / "cli" / "templates").glob("*.rhflow.yaml"),
    *(Path(__file__).parent / "cases").glob("[!b]*.rhflow.yaml"),
]


def complaints(data: Any) -> list[str]:
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in EDITOR.iter_errors(data)
    ]


def of_step(**step: Any) -> list[str]:
    return complaints({"rhflow": 1, "steps": {"a": step}})


def read(text: str, name: str = "a.yaml") -> Any:
    problems = Diagnostics()
    document = read_document(text, name, problems)
    assert document is not None, list(problems)
    return document.data


def test_it_is_a_schema_that_a_file_holds() -> None:
    Draft7Validator.check_schema(SCHEMA)
    text = editor_text(CATALOG)
    assert json.loads(text) == SCHEMA
    assert len(text.encode()) < 1_500_000
    assert max(map(len, text.splitlines())) < 250_000


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_what_check_takes_the_editor_takes(path: Path) -> None:
    assert complaints(read(path.read_text(encoding="utf-8"), path.name)) == []


def test_there_are_texts() -> None:
    assert len(TEXTS) > 10


def test_it_has_the_keys_of_the_language_and_says_something_of_each() -> None:
    found = SCHEMA["definitions"]
    for mapping, keys in (
        (SCHEMA, set(keys_of(PipelineSpec))),
        (found["input"], set(keys_of(InputSpec))),
        (found["step"], {*keys_of(StepSpec), *LATER_STEP_KEYS}),
        (found["fallback"], set(keys_of(FallbackSpec))),
        (found["defaults"], set(keys_of(DefaultsSpec))),
    ):
        assert set(mapping["properties"]) == keys
        assert mapping["additionalProperties"] is False
        assert all(len(value["description"]) > 10 for value in mapping["properties"].values())


def test_every_name_is_offered_with_a_sentence() -> None:
    offered = {
        item["const"]: item["description"]
        for item in SCHEMA["definitions"]["uses"]["anyOf"]
        if "const" in item
    }
    names = {name for model in RUNNABLE for name in model.all_names}
    assert set(offered) == names
    assert all(text.endswith(".") for text in offered.values())
    assert "Price" in offered["seedream-v4/text-to-image"]


def branch_of(name: str) -> Any:
    """The one condition that a name meets."""
    (found,) = [item for pattern, item in BRANCHES if pattern.search(name)]
    return found


def test_each_name_meets_one_set_of_parameters_and_the_right_one() -> None:
    for name in CATALOG.names():
        model = CATALOG.find(name)
        if model is not None and model.endpoint is not None:
            arguments = branch_of(name)["then"]["properties"]["with"]["$ref"].rpartition("/")[2]
            known = SCHEMA["definitions"][arguments].get("properties", {})
            assert set(known) == {param.name for param in model.params}


def test_the_example_of_every_model() -> None:
    for model in RUNNABLE:
        assert complaints({"rhflow": 1, "steps": read(example_step(model))}) == [], model.id


def test_a_slip_in_the_arguments_of_any_model_is_seen() -> None:
    for model in DOCUMENTED:
        arguments = example_arguments(model)
        branch = branch_of(str(model.endpoint))
        pointer = branch["then"]["properties"]["with"]
        validator = Draft7Validator({**pointer, "definitions": SCHEMA["definitions"]})
        assert validator.is_valid(arguments), model.id
        assert not validator.is_valid({**arguments, "no_such_word": 1}), model.id
        required = [param.name for param in model.params if param.required and not can_fill(model, param)]
        assert bool(required) == ("required" in branch["then"]), model.id
        for missing in required:
            rest = {name: value for name, value in arguments.items() if name != missing}
            assert not validator.is_valid(rest), f"{model.id} without {missing}"


def candidates(param: Param) -> list[Any]:
    """Values near the edges of what a parameter takes."""
    values: list[Any] = ["x", "5", 5, 5.0, 0.5, True, False, -1, 10**6, ["x"], [], {"a": 1}, "true"]
    values += [*param.enum, *([param.min, param.min - 1] if param.min is not None else [])]
    values += [param.max, param.max + 1] if param.max is not None else []
    values += [[option] for option in param.enum]
    values += [float(option) for option in param.enum if re.fullmatch(r"\d+(\.\d+)?", option)]
    values += [int(option) for option in param.enum if option.isdigit()]
    if param.max_length is not None and param.max_length < 5000:
        values += ["x" * param.max_length, "x" * (param.max_length + 1)]
    return values


def test_no_value_that_check_takes_is_refused_and_most_others_are() -> None:
    """Every parameter of the catalogue, once for each form it has."""
    refused = taken = 0
    seen: set[str] = set()
    for model in DOCUMENTED:
        known = SCHEMA["definitions"]
        for param in model.params:
            form = repr((param.name, param))
            if form in seen:
                continue
            seen.add(form)
            pointer = _pointer(model, param)
            validator = Draft7Validator(
                {**known[pointer], "definitions": {"expression": known["expression"]}}
            )
            assert validator.is_valid("${{ inputs.anything }}"), (model.id, param.name)
            assert validator.is_valid("${{ 1 }} and more") or param.format == "ascii", (model.id, param.name)
            for value in candidates(param):
                checked = check_arguments(model, {param.name: value}, complete=False)
                if checked.has_errors:
                    refused += not validator.is_valid(value)
                else:
                    taken += 1
                    assert validator.is_valid(value), (model.id, param.name, value)
    assert len(seen) > 400
    assert taken > 1000
    assert refused > 4000


def _pointer(model: Model, param: Param) -> str:
    arguments = branch_of(str(model.endpoint))["then"]["properties"]["with"]["$ref"].rpartition("/")[2]
    pointer: str = SCHEMA["definitions"][arguments]["properties"][param.name]["$ref"]
    return pointer.rpartition("/")[2]


STILL = {"uses": "seedream-v4/text-to-image", "with": {"prompt": "a"}}
FINE = [
    {**STILL, "retry": 2, "timeout": "30m", "cache": False, "takes": 3, "pick": "ask", "approve": True},
    {**STILL, "timeout": {"queued": "2h", "running": 90}, "if": "${{ inputs.wanted }}", "max_cost": "2 CNY"},
    {
        **STILL,
        "foreach": [1, 2],
        "as": "n",
        "matrix": {"style": ["ink", "chalk"], "n": "${{ inputs.n }}"},
        "zip": True,
    },
    {**STILL, "fallback": [{"uses": "seedream-v4/text-to-image", "with": {"prompt": "${{ x }}"}}]},
    {"uses": "a/path-nobody-lists", "unchecked": True, "with": {"anything": {"goes": 1}}},
    {"uses": "workflow/1904136902449209346", "with": {"nodes": {"6": {"text": "a"}}, "instance": "plus"}},
    {"uses": "app/1904136902449209346", "with": {"nodes": {"6": {"text": "a"}}}},
    {"uses": "quick/1877265245566922804-006", "with": {"nodes": {}}},
    {"uses": "chat/some-model", "with": {"prompt": "hello"}},
    {"uses": "./parts/shot.rhflow.yaml", "with": {"whatever": [1, 2]}},
    {"uses": "../shot.yml"},
    {"steps": {"b": STILL}, "foreach": "${{ inputs.list }}", "at_most": 12},
    {"uses": "local/concat", "with": {"clips": "${{ steps.a.video }}"}},
]
WRONG = [
    ({**STILL, "usess": 1}, "usess"),
    ({"uses": "seedream-v4/text-to-imag", "with": {"prompt": "a"}}, "seedream-v4/text-to-imag"),
    ({"uses": "seedream-v4/text-to-image", "with": {"prompt": "a", "resolution": "9k"}}, "9k"),
    ({"uses": "seedream-v4/text-to-image", "with": {"prompt": "a", "width": 99_999}}, "99999"),
    ({**STILL, "on_failure": "go"}, "go"),
    ({**STILL, "retry": -1}, "-1"),
    ({**STILL, "fallback": [{"uses": "seedream-v4/text-to-image", "with": {}}]}, "prompt"),
    ({**STILL, "timeout": {"waiting": "2h"}}, "waiting"),
    ({"uses": "workflow/abc"}, "workflow/abc"),
    ({"uses": "local/concat", "with": {"clips": "a.mp4"}}, "a.mp4"),
    ({"with": {}}, "not valid under any"),
    ({**STILL, "steps": {"b": STILL}}, "valid under each of"),
    ({"steps": {"B": STILL}}, "B"),
    ({"steps": {}}, "steps"),
]  # fmt: skip


@pytest.mark.parametrize("step", FINE, ids=[str(sorted(step)) + str(step.get("uses")) for step in FINE])
def test_fine_steps(step: dict[str, Any]) -> None:
    assert of_step(**step) == []


@pytest.mark.parametrize(("step", "word"), WRONG, ids=[word for _, word in WRONG])
def test_wrong_steps(step: dict[str, Any], word: str) -> None:
    assert any(word in line for line in of_step(**step))


def test_patterns_take_names_literally() -> None:
    names = ["a.b/c-1", "Kling (new) [2]", "全能图片V2", "a+b|c", "x\\y"]
    pattern = pattern_of(names)
    assert all(re.search(pattern, name) for name in names)
    assert not any(re.search(pattern, name) for name in ("axb/c-1", "a.b/c-1x", "", "b"))
    assert "\\-" not in pattern, "no regular expression of JavaScript may escape a hyphen"


def test_the_command_writes_where_the_schema_line_leads(front: Front) -> None:
    front.write("films/a.rhflow.yaml", "# yaml-language-server: $schema=../schemas/mine.json\nrhflow: 1\n")
    front.write("films/b.rhflow.yaml", "# yaml-language-server: $schema=https://example.org/x.json\n")
    said = front.ok("schema")
    target = front.folder / "schemas" / "mine.json"
    assert str(target.resolve()) in said.err
    assert target.read_text(encoding="utf-8") == editor_text(CATALOG)
    target.write_text('{"title": "An rhflow pipeline", "old": true}', encoding="utf-8")
    front.ok("schema", "-q")
    assert target.read_text(encoding="utf-8") == editor_text(CATALOG)
    assert not (front.folder / "pipeline.schema.json").exists()


def test_the_command_writes_here_where_nothing_leads_elsewhere(front: Front) -> None:
    front.write("a.rhflow.yaml", "rhflow: 1\n")
    front.ok("schema")
    assert (front.folder / "pipeline.schema.json").is_file()


def test_the_command_writes_into_a_folder_with_the_models(front: Front) -> None:
    said = front.ok("schema", "new/place", "--models")
    folder = front.folder / "new" / "place"
    files = sorted(path.name for path in (folder / "models").iterdir())
    assert len(files) == len(RUNNABLE)
    assert f"{len(files)} schemas of models" in said.err
    one = json.loads((folder / "models" / "seedream-v4__text-to-image.json").read_text(encoding="utf-8"))
    assert "prompt" in one["properties"]
    assert (folder / "pipeline.schema.json").is_file()


def test_the_command_never_writes_over_a_stranger(front: Front) -> None:
    front.write("pipeline.schema.json", '{"title": "my own"}')
    said = front.call("schema", ".")
    assert said.code == 2
    assert "is no schema of pipelines" in said.err
    assert "my own" in (front.folder / "pipeline.schema.json").read_text(encoding="utf-8")
    front.write("file", "x")
    assert front.call("schema", "file").code == 2
