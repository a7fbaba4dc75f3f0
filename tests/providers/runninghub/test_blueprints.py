"""What apps and workflows say of themselves, in our words; kept, read again, compared."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from rhflow.catalog.blueprint import blueprint_changes, blueprint_json, read_blueprint
from rhflow.catalog.check import check_arguments
from rhflow.catalog.example import example_step
from rhflow.catalog.model import Blueprint, Param
from rhflow.ground.media import Kind
from rhflow.language.free_form import drawn_model
from rhflow.providers.runninghub.blueprints import app_blueprint, workflow_blueprint
from rhflow.providers.runninghub.calls.apps import App, AppField
from tests.language.catalogue import DRAWN
from tests.language.reading import pipeline


def field(kind: str, value: Any = "", choices: Any = None, name: str = "value") -> AppField:
    return AppField("3", name, "SomeNode", kind, value, "what it is", choices)


def drawn(*fields: AppField, **facts: Any) -> Blueprint:
    return app_blueprint("app/1", App("An app", fields, **facts), origin="simulator", as_of="2026-11-21")


NAMED = [{"name": "wide", "index": 0}, {"name": "tall", "index": 1}]


@pytest.mark.parametrize(
    ("told", "param"),
    [
        (field("STRING", "a hill"), Param(name="value", type="string", default="a hill")),
        (field("IMAGE", "a.png"), Param(name="value", type="image", default="a.png")),
        (field("VIDEO"), Param(name="value", type="video", default="")),
        (field("AUDIO"), Param(name="value", type="audio", default="")),
        (field("INT", "8"), Param(name="value", type="integer", default=8)),
        (
            field("INT", 8, ["INT", {"min": 4, "max": 40}]),
            Param(name="value", type="integer", default=8, min=4, max=40),
        ),
        (
            field("FLOAT", "3.5", ["FLOAT", {"min": 1.0}]),
            Param(name="value", type="number", default=3.5, min=1),
        ),
        (field("FLOAT", "many"), Param(name="value", type="number")),
        (field("BOOLEAN", "True"), Param(name="value", type="boolean", default=True)),
        (field("SWITCH", False), Param(name="value", type="boolean", default=False)),
        (
            field("LIST", "a", [["a", "b"], {"default": "a"}]),
            Param(name="value", type="enum", enum=("a", "b"), default="a"),
        ),
        (field("LIST", "1", ["1", "2"]), Param(name="value", type="enum", enum=("1", "2"), default="1")),
        (
            field("LIST", "tall", NAMED),
            Param(name="value", type="enum", enum=("wide", "tall"), default="tall"),
        ),
        (field("LIST", "a", [1.5, 2]), Param(name="value", type="enum", enum=("1.5", "2"), default="a")),
        (field("LIST", "a", "no list"), Param(name="value", type="string", default="a")),
        (
            field("COLOUR", "red"),
            Param(name="value", type="object", also=("string", "number", "boolean", "array")),
        ),
    ],
)
def test_the_fields_of_an_app(told: AppField, param: Param) -> None:
    (node,) = drawn(told).nodes
    assert node.fields == (param,)
    assert node.abouts == ("what it is",)


def test_nodes_of_an_app_are_gathered() -> None:
    loader = AppField("39", "image", "LoadImage", "IMAGE", "a.png", "")
    found = drawn(loader, field("INT", 1, name="a"), field("INT", 2, name="b"), is_protected=True)
    assert [(node.id, [param.name for param in node.fields]) for node in found.nodes] == [
        ("39", ["image"]),
        ("3", ["a", "b"]),
    ]
    assert found.node("39") is not None
    assert [node.gives for node in found.nodes] == [(), None], (
        "a loader gives nothing; of others nobody knows"
    )
    assert found.is_protected
    assert not found.is_whole


GRAPH: dict[str, Any] = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "a.png", "upload": "image"}},
    "2": {"class_type": "VHS_LoadVideo", "inputs": {"video": "a.mp4", "force_rate": 0}},
    "3": {"class_type": "LoadAudio", "inputs": {"audio": "a.mp3"}},
    "4": {"class_type": "LoadVideo", "inputs": {"file": "a.mp4"}},
    "5": {"class_type": "Some", "inputs": {"image": ["1", 0], "on": True, "cfg": 7, "text": "a", "rest": {}}},
    "6": {"class_type": "SaveImage", "inputs": {"images": ["5", 0]}, "_meta": {"title": "Keep"}},
    "7": {"class_type": "VHS_VideoCombine", "inputs": {"images": ["2", 0], "audio": ["3", 0]}},
    "8": {"class_type": "SaveAudioMP3", "inputs": {"audio": ["3", 0]}},
    "9": {"class_type": "PreviewImage", "inputs": {"images": ["5", 0]}},
    "10": {"class_type": "ShowText|pysssss", "inputs": {"text": ["5", 1]}},
    "11": {"class_type": "SaveGLB", "inputs": {"mesh": ["5", 2]}},
    "12": {"class_type": "NobodyKnows", "inputs": {"video": ["4", 0]}},
}


def test_the_nodes_of_a_workflow() -> None:
    found = workflow_blueprint("workflow/1", GRAPH, origin="simulator", as_of="2026-11-21")
    types = {f"{node.id}.{param.name}": param.type for node in found.nodes for param in node.fields}
    assert types["1.image"] == "image"
    assert types["2.video"] == "video"
    assert types["3.audio"] == "audio"
    assert types["4.file"] == "video"
    assert [types[f"5.{name}"] for name in ("image", "on", "cfg", "text", "rest")] == [
        "object",
        "boolean",
        "number",
        "string",
        "object",
    ]
    assert {node.id: node.gives for node in found.nodes if node.gives != ()} == {
        "6": (Kind.IMAGE,),
        "7": (Kind.VIDEO, Kind.IMAGE),
        "8": (Kind.AUDIO,),
        "9": (Kind.IMAGE,),
        "10": (Kind.TEXT,),
        "11": (Kind.MODEL3D,),
        "12": None,
    }
    assert str(found.nodes[5]) == "node 6 (SaveImage)"
    assert found.nodes[5].title == "Keep"


def test_one_node_that_nobody_knows_leaves_every_kind_open() -> None:
    graph = {name: node for name, node in GRAPH.items() if name in ("1", "5", "6")}
    model = drawn_model(workflow_blueprint("workflow/1", graph, origin="", as_of=""))
    assert model is not None
    assert model.output_kinds == (Kind.IMAGE,)
    model = drawn_model(workflow_blueprint("workflow/1", GRAPH, origin="", as_of=""))
    assert model is not None
    assert set(model.output_kinds) == set(Kind)


@pytest.mark.parametrize("graph", [{"1": 5}, {"1": {}}, {"1": {"class_type": 5}}])
def test_what_is_no_graph(graph: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="node 1 of the graph has no class"):
        workflow_blueprint("workflow/1", graph, origin="", as_of="")


@pytest.mark.parametrize("model", DRAWN, ids=lambda model: model.id)
def test_kept_and_read_again(model: Any) -> None:
    kept = json.loads(json.dumps(blueprint_json(model.blueprint)))
    assert read_blueprint(kept) == model.blueprint


@pytest.mark.parametrize("raw", [{}, [], {"uses": "app/1"}, None, {"nodes": 5}])
def test_a_damaged_one_is_told(raw: Any) -> None:
    with pytest.raises(ValueError, match="lacks its form"):
        read_blueprint(raw)


def test_what_changed_is_told() -> None:
    old = drawn(field("INT", 8, name="a"), field("LIST", "x", ["x", "y"], name="b"))
    new = drawn(
        field("INT", 8, ["INT", {"min": 2}], name="a"),
        AppField("4", "text", "Other", "STRING", "", ""),
        is_protected=True,
    )
    assert blueprint_changes(old, replace(old, as_of="2027-01-01")) == []
    assert blueprint_changes(old, new) == [
        "it wants a password now",
        "node 4 (Other) is new",
        "node 3 (SomeNode), a: min – → 2",
        "node 3 (SomeNode): the field b is gone",
    ]


@pytest.mark.parametrize("model", DRAWN, ids=lambda model: model.id)
def test_the_example_step_passes_the_check(model: Any) -> None:
    step = "".join(f"  {line}\n" for line in example_step(model).splitlines())
    reading = pipeline(f"rhflow: 1\nsteps:\n{step}")
    assert [str(item) for item in reading.problems] == []


def test_values_become_what_their_fields_take() -> None:
    model = drawn_model(drawn(field("INT", 8, name="a"), field("LIST", "1", ["1", "2"], name="b")))
    assert model is not None
    checked = check_arguments(model, {"nodes": {"3": {"a": 5.0, "b": 2}}})
    assert checked.arguments == {"nodes": {"3": {"a": 5, "b": "2"}}}
    assert checked.complaints == ()
