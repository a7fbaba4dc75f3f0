"""A graph in ComfyUI's API form, and what may be changed in it: `{"6": {"class_type": …, "inputs": {…}}}`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from rhflow.ground.values import Json, JsonObject
from rhflow.simulator.workflows.node import ANYTHING, FILES, InputKind, NodeKind, node_kinds

MOST_NODES = 2_000
SEEDS = ("seed", "noise_seed")

Link: TypeAlias = tuple[str, int]
"""The node a value comes from, and which of its outputs."""


class BadGraph(Exception):
    """A text that is no graph in API form; the message is a sentence."""


class BadNodeInfo(Exception):
    """A `nodeInfoList` that does not fit; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node."""

    id: str
    class_type: str
    inputs: Mapping[str, Json]
    title: str = ""

    @property
    def kind(self) -> NodeKind | None:
        """Its class, where the simulator knows it."""
        return node_kinds().get(self.class_type)

    @property
    def is_output(self) -> bool:
        """Whether it is a reason to run the graph. Of a class nobody here knows, its name decides."""
        if self.kind is not None:
            return self.kind.is_output
        return self.class_type.lower().startswith(("save", "preview", "show"))

    def links(self) -> Iterator[tuple[str, Link]]:
        """The inputs that come from other nodes."""
        for name, value in self.inputs.items():
            found = link_of(value)
            if found is not None:
                yield name, found

    def files(self) -> Iterator[tuple[str, str, str]]:
        """Inputs that name a file: input, kind of media, name."""
        for name, value in self.inputs.items():
            kind = self.kind.input(name) if self.kind else None
            if kind is not None and kind.type in FILES and isinstance(value, str):
                yield name, FILES[kind.type].value, value


Graph: TypeAlias = dict[str, Node]


def link_of(value: Json) -> Link | None:
    """A value as a link: a list of a node's id and an output's number."""
    if isinstance(value, list) and len(value) == 2:
        node, output = value
        if isinstance(node, str) and isinstance(output, int) and not isinstance(output, bool):
            return node, output
    return None


def read_graph(told: Json) -> Graph:
    """A graph out of its JSON form, or out of that as text.

    Raises:
        BadGraph: it is none.
    """
    if isinstance(told, str):
        try:
            told = json.loads(told)
        except ValueError:
            raise BadGraph("the workflow is not valid JSON") from None
    if not isinstance(told, dict) or not told:
        raise BadGraph("the workflow is no graph in API form (export it with Save (API Format))")
    if "nodes" in told and "links" in told:
        raise BadGraph("the workflow is in the form of the editor; export it with Save (API Format)")
    if len(told) > MOST_NODES:
        raise BadGraph(f"the workflow has {len(told)} nodes, more than {MOST_NODES}")
    return {name: _node(name, item) for name, item in told.items()}


def _node(name: str, told: Json) -> Node:
    if not isinstance(told, dict):
        raise BadGraph(f"node {name} is no object")
    class_type, inputs, meta = told.get("class_type"), told.get("inputs", {}), told.get("_meta")
    if not isinstance(class_type, str) or not class_type or not isinstance(inputs, dict):
        raise BadGraph(f"node {name} has no class_type, or inputs that are no object")
    title = meta.get("title") if isinstance(meta, dict) else None
    return Node(name, class_type, inputs, title if isinstance(title, str) else "")


def graph_json(graph: Graph) -> JsonObject:
    """The API form."""
    return {
        node.id: {
            "class_type": node.class_type,
            "inputs": dict(node.inputs),
            "_meta": {"title": node.title or node.class_type},
        }
        for node in graph.values()
    }


@dataclass(frozen=True, slots=True)
class Change:
    """One item of a `nodeInfoList`."""

    node: str
    field: str
    value: Json


def read_changes(told: Json) -> list[Change]:
    """A `nodeInfoList`; a missing one changes nothing.

    Raises:
        BadNodeInfo: it is no list of such items.
    """
    if told is None:
        return []
    if not isinstance(told, list):
        raise BadNodeInfo("nodeInfoList is no list")
    return [_change(number, item) for number, item in enumerate(told)]


def _change(number: int, item: Json) -> Change:
    if not isinstance(item, dict):
        raise BadNodeInfo(f"nodeInfoList[{number}] is no object")
    node, field = item.get("nodeId"), item.get("fieldName")
    if isinstance(node, int) and not isinstance(node, bool):
        node = str(node)
    if not isinstance(node, str) or not isinstance(field, str) or "fieldValue" not in item:
        raise BadNodeInfo(f"nodeInfoList[{number}] lacks nodeId, fieldName or fieldValue")
    return Change(node, field, item["fieldValue"])


def changed(graph: Graph, changes: list[Change]) -> Graph:
    """The graph with these values in it.

    Raises:
        BadNodeInfo: a node or a field is not there, or a value is of the wrong kind.
    """
    new = dict(graph)
    for change in changes:
        node = new.get(change.node)
        if node is None:
            raise BadNodeInfo(f"there is no node {change.node}")
        kind = node.kind.input(change.field) if node.kind else None
        if change.field not in node.inputs and kind is None:
            raise BadNodeInfo(f"node {change.node} ({node.class_type}) has no field {change.field}")
        value = fitted(kind or _kind_like(node.inputs.get(change.field)), change.value)
        if value is None:
            raise BadNodeInfo(
                f"node {change.node}, {change.field}: {_shown(change.value)} is of the wrong kind"
            )
        new[change.node] = replace(node, inputs={**node.inputs, change.field: value})
    return new


def fitted(kind: InputKind, value: Json) -> Json:
    """The value as the input holds it: texts that are numbers become them. None where it does not fit."""
    match kind.type:
        case "INT":
            return _whole(value)
        case "FLOAT":
            return _number(value)
        case "BOOLEAN":
            return {"true": True, "false": False}.get(str(value).lower())
        case "STRING" | "COMBO" | "IMAGE_FILE" | "VIDEO_FILE" | "AUDIO_FILE" | "LORA_FILE":
            return value if isinstance(value, str) else None
        case _:
            return value if kind.type == ANYTHING or link_of(value) else None


def _kind_like(value: Json) -> InputKind:
    """The kind of an input nobody describes, by what stands in it."""
    if isinstance(value, bool):
        return InputKind("BOOLEAN")
    if isinstance(value, int):
        return InputKind("INT")
    if isinstance(value, float):
        return InputKind("FLOAT")
    return InputKind("STRING" if isinstance(value, str) else ANYTHING)


def _whole(value: Json) -> int | None:
    if isinstance(value, str):
        value = value.strip()
        if value.removeprefix("-").isdecimal() and len(value) < 25:
            return int(value)
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return None
    return int(value)


def _number(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def reseeded(graph: Graph, set_by_hand: set[tuple[str, str]], roll: Callable[[int], int]) -> Graph:
    """The graph with fresh seeds, but for those that were set (RunningHub API, workflows).

    `roll(n)` gives a number from 0 to n - 1.
    """
    new = dict(graph)
    for node in graph.values():
        fresh = {
            name: roll(2**50)
            for name, value in node.inputs.items()
            if name in SEEDS and isinstance(value, int) and (node.id, name) not in set_by_hand
        }
        if fresh:
            new[node.id] = replace(node, inputs={**node.inputs, **fresh})
    return new


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:39]}…"
