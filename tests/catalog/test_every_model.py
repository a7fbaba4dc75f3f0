"""All 393 models: a valid schema, an example that passes, and refusals for what is wrong in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
import yaml
from jsonschema import Draft7Validator

from rhflow.catalog.check import check_arguments
from rhflow.catalog.example import example_arguments, example_step
from rhflow.catalog.model import Model, Param
from rhflow.catalog.schema import DRAFT, model_schema
from rhflow.catalog_files import load_catalog
from tools.every_model import WRONG, look, rows, sums

CATALOG = load_catalog()
MODELS = CATALOG.models
RUNNABLE = [model for model in MODELS if model.endpoint and model.params_known]


def test_schemas_are_valid_and_agree_with_the_examples() -> None:
    for model in MODELS:
        schema = model_schema(model)
        Draft7Validator.check_schema(schema)
        assert schema["$schema"] == DRAFT
        assert Draft7Validator(schema).is_valid(example_arguments(model)), model.id
        if model.params_known:
            assert not Draft7Validator(schema).is_valid({**example_arguments(model), "no such": 1})


def test_examples_pass_and_need_nothing_filled_in() -> None:
    assert len(RUNNABLE) == 388
    for model in RUNNABLE:
        checked = check_arguments(model, example_arguments(model))
        assert checked.complaints == (), model.id
        assert checked.filled == {}, model.id


def test_example_steps_say_the_same_in_yaml() -> None:
    for model in MODELS:
        step = yaml.safe_load(example_step(model))
        if model.endpoint is None:
            assert step is None
            continue
        (body,) = step.values()
        assert CATALOG.find(body["uses"]) is model
        assert body.get("with", {}) == example_arguments(model)
        assert body.get("unchecked", False) is (not model.params_known)
        assert ("max_cost" in body) is (model.price.basis == "unknown")


def test_an_example_step_reads_well() -> None:
    model = CATALOG.find("hailuo-2.3-fast/image-to-video")
    assert model is not None
    assert example_step(model) == (
        "clip:\n"
        "  uses: hailuo-2.3-fast/image-to-video\n"
        "  with:\n"
        "    prompt: a lighthouse at dawn, slow waves, warm light\n"
        "    enablePromptExpansion: true\n"
        "    imageUrl: picture.png\n"
        '    duration: "6"\n'
    )


def test_check_passes_every_example_and_refuses_what_is_wrong_in_it() -> None:
    found = rows(CATALOG)
    assert [fault for row in found for fault in row.faults] == []
    assert sums(found) == {
        "models": 393,
        "without a path": 3,
        "examples that pass": 390,
        "parameters": 2228,
        "wrong types refused": 2228,
        "parameters with options": 675,
        "wrong options refused": 675,
        "faults": 0,
    }


def test_the_table_sees_what_does_not_hold() -> None:
    model = CATALOG.find("hailuo-2.3-fast/image-to-video")
    assert model is not None
    row = look(replace(model, names=("no/such-model",)), CATALOG)
    assert not row.example_passes
    assert row.faults[0].startswith("its example: every.rhflow.yaml:4:")
    assert row.types_refused == row.params
    duration = model.param("duration")
    assert duration is not None
    others = tuple(param for param in model.params if param is not duration)
    row = look(replace(model, params=(*others, replace(duration, type="integer"))), CATALOG)
    assert row.faults == ("duration with a wrong type: unknown-option is said of it",)
    assert row.types_refused == row.params - 1


def names_of(model: Model, param: Param, value: object) -> set[str]:
    arguments = {**example_arguments(model), param.name: value}
    complaints = check_arguments(model, arguments).complaints
    assert all(item.path[:1] == (param.name,) for item in complaints), model.id
    return {item.name for item in complaints}


def test_a_wrong_type_is_refused_everywhere() -> None:
    counts: Counter[str] = Counter()
    for model in RUNNABLE:
        for param in model.params:
            assert names_of(model, param, WRONG[param.type]) == {"argument-type"}, (model.id, param)
            counts[param.type] += 1
    assert counts == {
        "enum": 675,
        "string": 529,
        "image": 291,
        "boolean": 272,
        "integer": 225,
        "number": 106,
        "video": 55,
        "array": 44,
        "audio": 27,
        "object": 4,
    }


def test_a_wrong_option_is_refused_everywhere() -> None:
    count = 0
    for model in RUNNABLE:
        for param in model.params:
            if param.type == "enum":
                assert names_of(model, param, "no such option") == {"unknown-option"}, (model.id, param)
                count += 1
    assert count == 675


def test_options_that_spell_a_number_may_be_numbers_everywhere() -> None:
    count = 0
    for model in RUNNABLE:
        for param in model.params:
            for option in param.enum if param.type == "enum" else ():
                if option.isdecimal() and str(int(option)) == option:
                    sent = check_arguments(model, {**example_arguments(model), param.name: int(option)})
                    assert sent.complaints == ()
                    assert sent.arguments[param.name] == option
                    count += 1
    assert count > 1000


def test_limits_are_kept_everywhere() -> None:
    counts: Counter[str] = Counter()
    for model in RUNNABLE:
        for param in model.params:
            if param.max is not None and abs(param.max) < 2**52:
                assert names_of(model, param, int(param.max) + 1) == {"out-of-range"}, (model.id, param)
                counts["max"] += 1
            if param.min is not None:
                assert names_of(model, param, int(param.min) - 1) == {"out-of-range"}, (model.id, param)
                counts["min"] += 1
            if param.max_length is not None and param.type == "string":
                assert names_of(model, param, "x" * (param.max_length + 1)) == {"too-long"}
                counts["length"] += 1
            if param.max_items is not None and param.multiple:
                assert "too-many-items" in names_of(model, param, ["a"] * (param.max_items + 1))
                counts["items"] += 1
    assert counts["max"] > 250
    assert counts["min"] > 250
    assert counts["length"] == 381
    assert counts["items"] == 73


def test_missing_required_ones_are_missed_or_filled_everywhere() -> None:
    filled = missed = 0
    for model in RUNNABLE:
        for param in model.params:
            if not param.required:
                continue
            arguments = {k: v for k, v in example_arguments(model).items() if k != param.name}
            checked = check_arguments(model, arguments)
            if checked.complaints:
                assert [item.name for item in checked.complaints] == ["missing-parameter"]
                assert param.kind is not None or param.default is None
                missed += 1
            else:
                assert checked.filled == {param.name: param.default}
                filled += 1
    assert (missed, filled) == (557, 540)


def test_schema_of_one_model() -> None:
    model = CATALOG.find("veo3.1-fast/reference-to-video") or CATALOG.find(
        "rhart-video-v3.1-fast-official/reference-to-video"
    )
    assert model is not None
    schema = model_schema(model)
    assert schema["required"] == ["prompt", "imageUrls", "resolution"]
    assert schema["additionalProperties"] is False
    images = schema["properties"]["imageUrls"]  # type: ignore[index,call-overload]
    assert images["type"] == "array"
    assert images["items"] == {"type": "string"}
    assert images["description"].startswith("list of at most 3 images (")


@pytest.mark.parametrize("model", [model for model in MODELS if not model.params_known], ids=lambda m: m.id)
def test_schema_of_the_undocumented_is_open(model: Model) -> None:
    schema = model_schema(model)
    assert schema["additionalProperties"] is True
    assert "properties" not in schema
