"""Nodes of workflows and apps: which texts are media, what expressions say of results by node."""

from __future__ import annotations

import pytest

from rhflow.ground.media import Kind
from rhflow.ground.references import Deferred, Ref, Resolved, from_json, to_json
from rhflow.language.expressions.evaluate import ExpressionError, Fan, TaskHandle, evaluate, resolve
from rhflow.language.node_values import each_field, keyed, node_media_kind
from rhflow.language.pipeline import Call
from tests.language.catalogue import CATALOG
from tests.language.reading import pipeline, value

EDIT, UNKNOWN = "app/1877265245566922800", "workflow/1234567890"


@pytest.mark.parametrize(
    ("uses", "node", "field", "text", "kind"),
    [
        (EDIT, "39", "image", "hill.png", Kind.IMAGE),
        (EDIT, "39", "image", "anything-at-all", Kind.IMAGE),
        (EDIT, "39", "image", "https://example.com/hill", Kind.IMAGE),
        (EDIT, "52", "prompt", "hill.png", None),
        (EDIT, "39", "image", "api/9d77b8530f8b3591edc5c4e8f3f55b2cf0960bb2.png", None),
        (EDIT, "39", "image", "openapi/9d77b8530f8b3591edc5c4e8f3f55b2cf0960bb2.png", None),
        (UNKNOWN, "1", "image", "hill.png", Kind.IMAGE),
        (UNKNOWN, "1", "image", "hill", None),
        (UNKNOWN, "1", "image", "clip.mp4", None),
        (UNKNOWN, "1", "start_image", "a/b/hill.JPG", Kind.IMAGE),
        (UNKNOWN, "1", "image2", "hill.webp", Kind.IMAGE),
        (UNKNOWN, "1", "mask", "hill.png", Kind.IMAGE),
        (UNKNOWN, "1", "video", "clip.mp4", Kind.VIDEO),
        (UNKNOWN, "1", "audioFile", "song.mp3", Kind.AUDIO),
        (UNKNOWN, "1", "image", "https://example.com/hill.png?x=1", Kind.IMAGE),
        (UNKNOWN, "1", "text", "hill.png", None),
        (UNKNOWN, "1", "filename_prefix", "hill.png", None),
        (UNKNOWN, "1", "clip", "clip.mp4", None),
        (UNKNOWN, "1", "image", "api/9d77b8530f8b3591edc5c4e8f3f55b2cf0960bb2.png", None),
    ],
)
def test_which_texts_are_media(uses: str, node: str, field: str, text: str, kind: Kind | None) -> None:
    reading = pipeline(f"rhflow: 1\nsteps:\n  a: {{uses: {uses}, max_cost: 1 CNY}}\n")
    assert reading.pipeline is not None
    body = reading.pipeline.steps["a"].body
    assert isinstance(body, Call)
    assert node_media_kind(body.model, node, field, text) is kind


def test_the_simulators_graphs_say_which_fields_hold_files() -> None:
    found = {
        (model.id, node.id): param.type
        for model in CATALOG.models
        if model.blueprint is not None and model.id.startswith("workflow/")
        for node in model.blueprint.nodes
        for param in node.fields
        if param.kind is not None
    }
    assert set(found.values()) == {"image", "video"}
    assert found["workflow/1904136902449209401", "10"] == "image"
    assert found["workflow/1904136902449209403", "1"] == "video"


def test_a_field_that_is_null_is_left_as_it_was_saved() -> None:
    nodes: dict[str, Resolved] = {"6": {"text": "a", "image": None}, "7": {"text": None}}
    assert each_field(nodes, lambda node, name, value: f"{node}.{name}={value}") == {
        "6": {"text": "6.text=a"},
        "7": {},
    }


def test_a_password_is_not_in_the_key() -> None:
    assert keyed({"nodes": {}, "access_password": {"env": "WORD"}}) == {"nodes": {}}


# -- expressions --------------------------------------------------------------------------------------

STEPS = {"one": TaskHandle("one"), "many": Fan((TaskHandle("many[0]"), TaskHandle("many[1]"), None))}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('steps.one.nodes["9"].image', Ref("one", "image", "9")),
        ('steps.one["nodes"]["9"].images', Ref("one", "images", "9")),
        (
            'steps.many.nodes["9"].image',
            [Ref("many[0]", "image", "9"), Ref("many[1]", "image", "9"), None],
        ),
        ('steps.many[1].nodes["9"].text', Ref("many[1]", "text", "9")),
    ],
)
def test_a_result_by_its_node(source: str, found: object) -> None:
    assert evaluate(value(f"${{{{ {source} }}}}"), {"steps": STEPS}) == found


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("steps.one.nodes", "nodes is no value"),
        ('steps.one.nodes["9"]', "a node is no value"),
        ('steps.one.nodes["9"].duration', 'a node has no output "duration"'),
        ('len(steps.one.nodes["9"])', "a node is no value"),
        ('steps.one.nodes["9"] or 1', "a node is no value"),
    ],
)
def test_a_node_is_no_value(source: str, said: str) -> None:
    with pytest.raises(ExpressionError, match=said):
        evaluate(value(f"${{{{ {source} }}}}"), {"steps": STEPS})


def test_what_waits_takes_along_only_what_it_uses_of_the_nodes() -> None:
    steps = {**STEPS, "many": Fan((TaskHandle("many[0]"), TaskHandle("many[1]")))}
    source = 'upper(steps.one.nodes["30"].text) + join(steps.many.nodes["9"].text, "-")'
    found = evaluate(value(f"${{{{ {source} }}}}"), {"steps": steps})
    assert isinstance(found, Deferred)
    assert found.names["steps"] == {
        "one": {"nodes": {"30": {"text": Ref("one", "text", "30")}}},
        "many": [
            {"nodes": {"9": {"text": Ref("many[0]", "text", "9")}}},
            {"nodes": {"9": {"text": Ref("many[1]", "text", "9")}}},
        ],
    }
    kept = from_json(to_json(found))
    texts = {"one": "fog", "many[0]": "a", "many[1]": "b"}
    assert resolve(kept, lambda ref: f"{texts[ref.task]}{ref.node}") == "FOG30a9-b9"


# -- written down -------------------------------------------------------------------------------------

SCHEMA: dict[str, Resolved] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "array",
    "items": {"$ref": "#/$defs/scene"},
    "$defs": {"scene": {"$ref": "#", "properties": {"$map": {"$file": {"path": 1}}}}},
}


@pytest.mark.parametrize(
    "value",
    [
        SCHEMA,
        {"schema": SCHEMA, "prompt": Ref("a", "text", "9")},
        [{"$ref": {"task": "a", "output": "image"}}],
        {"$expr": Ref("a", "image")},
        Ref("a", "image"),
    ],
)
def test_keys_with_a_dollar_come_back_as_they_were(value: Resolved) -> None:
    assert from_json(to_json(value)) == value


def test_a_reference_without_a_node_is_written_as_it_always_was() -> None:
    assert to_json(Ref("a", "image")) == {"$ref": {"task": "a", "output": "image"}}
