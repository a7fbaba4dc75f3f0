"""What an app or a workflow says of its nodes, in our words: a `Blueprint`.

An app tells what can be set in it, with types, options and limits (RunningHub API, apiCallDemo). A
workflow tells its whole graph in ComfyUI's API form (getJsonApiFormat): classes, the values that stand
there, and which node feeds which. What only a class could tell is taken from its name, and only where
names agree everywhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from rhflow.catalog.model import Blueprint, Node, Param, ParamType
from rhflow.ground.media import Kind
from rhflow.ground.values import Json, JsonObject
from rhflow.providers.runninghub.calls.apps import App, AppField

_TYPES: dict[str, ParamType] = {
    "STRING": "string",
    "IMAGE": "image",
    "VIDEO": "video",
    "AUDIO": "audio",
    "INT": "integer",
    "FLOAT": "number",
    "BOOLEAN": "boolean",
    "SWITCH": "boolean",
    "LIST": "string",
}
"""RunningHub API, fieldType. LIST has options of its own, mostly."""

_EXACT = 2**53
_MEDIA: dict[str, ParamType] = {"image": "image", "mask": "image", "video": "video", "audio": "audio"}
_GIVES: tuple[tuple[re.Pattern[str], tuple[Kind, ...]], ...] = (
    (re.compile(r"^(VHS_VideoCombine|SaveAnimated\w*)$"), (Kind.VIDEO, Kind.IMAGE)),
    (re.compile(r"^(Save|Preview).*Video|^SaveWEBM$|VideoCombine", re.IGNORECASE), (Kind.VIDEO,)),
    (re.compile(r"^(Save|Preview).*Audio", re.IGNORECASE), (Kind.AUDIO,)),
    (re.compile(r"^(Save|Preview).*(GLB|3D|Mesh)", re.IGNORECASE), (Kind.MODEL3D,)),
    (re.compile(r"^(Save|Preview).*(Image|Mask)", re.IGNORECASE), (Kind.IMAGE,)),
    (re.compile(r"^(Show|Save|Preview).*(Text|String)", re.IGNORECASE), (Kind.TEXT,)),
)
"""What nodes give by the names of their classes; a VHS_VideoCombine also makes animated pictures."""

_ENDS = re.compile(r"^(save|preview|show)|output|export|display", re.IGNORECASE)
_NEVER = re.compile(r"^(Load|CLIPTextEncode|KSampler|Primitive|Empty)|Loader|TextEncode|LoadVideo|LoadAudio")
"""Classes that feed others and give nothing back by themselves."""


def app_blueprint(uses: str, told: App, *, origin: str, as_of: str) -> Blueprint:
    """The nodes of an app that can be set. Which of its nodes give something it does not tell."""
    nodes: dict[str, Node] = {}
    for item in told.fields:
        known = nodes.get(item.node) or Node(
            id=item.node, name=item.node_name, gives=() if _NEVER.search(item.node_name) else None
        )
        nodes[item.node] = Node(
            id=known.id,
            name=known.name,
            fields=(*known.fields, _field(item)),
            abouts=(*known.abouts, item.description),
            gives=known.gives,
        )
    return Blueprint(
        uses=uses,
        title=told.name,
        nodes=tuple(nodes.values()),
        is_protected=told.is_protected,
        origin=origin,
        as_of=as_of,
    )


def workflow_blueprint(uses: str, graph: JsonObject, *, origin: str, as_of: str) -> Blueprint:
    """The nodes of a workflow, every one of them.

    Raises:
        ValueError: the graph is not in ComfyUI's API form.
    """
    feeding = {
        str(value[0])
        for node in graph.values()
        for value in _inputs(node).values()
        if _is_link(value) and isinstance(value, list)
    }
    nodes = tuple(_node(number, told, feeds=number in feeding) for number, told in graph.items())
    return Blueprint(uses=uses, nodes=nodes, is_whole=True, origin=origin, as_of=as_of)


def _node(number: str, told: Json, *, feeds: bool) -> Node:
    name, meta = (told.get("class_type"), told.get("_meta")) if isinstance(told, dict) else (None, None)
    if not isinstance(name, str) or not name:
        raise ValueError(f"node {number} of the graph has no class")
    title = meta.get("title") if isinstance(meta, dict) else None
    fields = tuple(_param_like(name, field, value) for field, value in _inputs(told).items())
    return Node(
        id=number,
        name=name,
        title=title if isinstance(title, str) and title != name else "",
        fields=fields,
        abouts=("",) * len(fields),
        gives=_gives(name, feeds=feeds),
    )


def _gives(name: str, *, feeds: bool) -> tuple[Kind, ...] | None:
    """What a node gives by its class; None where it may be anything. Inner nodes give nothing."""
    found = next((kinds for pattern, kinds in _GIVES if pattern.search(name)), None)
    if found is not None:
        return found
    return () if feeds and not _ENDS.search(name) else None


def _inputs(told: Json) -> Mapping[str, Json]:
    inputs = told.get("inputs") if isinstance(told, dict) else None
    return inputs if isinstance(inputs, dict) else {}


def _is_link(value: Json) -> bool:
    """A value that another node gives: its number, and which of its outputs."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], int)
    )


def _param_like(name: str, field: str, value: Json) -> Param:
    """A field nobody describes, by what stands in it. A whole number may stand in a field of any number."""
    match value:
        case bool():
            return Param(name=field, type="boolean", default=value)
        case int() | float():
            return Param(name=field, type="number", default=value)
        case str():
            return Param(name=field, type=_file_type(name, field) or "string", default=value)
        case _:
            return _anything(field)


def _anything(field: str) -> Param:
    return Param(name=field, type="object", also=("string", "number", "boolean", "array"))


def _file_type(name: str, field: str) -> ParamType | None:
    """The kind of file that a loading node's field names; None where it names none."""
    if "load" not in name.lower():
        return None
    found = _MEDIA.get(field.lower())
    if found is None and field.lower() in ("file", "path", "audio_file", "video_file", "audio_path"):
        found = next((kind for word, kind in _MEDIA.items() if word in name.lower()), None)
    return found


def _field(item: AppField) -> Param:
    """A field of an app as a parameter, with the options and limits it tells."""
    options = _options(item.choices)
    if item.type == "LIST" and options:
        return Param(name=item.name, type="enum", enum=options, default=_plain(item.value))
    kind = _TYPES.get(item.type)
    if kind is None:
        return _anything(item.name)
    low, high = _limits(item.choices)
    is_number = kind in ("integer", "number")
    return Param(
        name=item.name,
        type=kind,
        default=_of_type(kind, item.value),
        min=low if is_number else None,
        max=high if is_number else None,
    )


def _of_type(kind: ParamType, value: Json) -> Json:
    """What stands in a field, as its type has it: numbers often come as texts. None where it is none."""
    if not isinstance(value, str):
        return _plain(value)
    match kind:
        case "boolean":
            return {"true": True, "false": False}.get(value.lower())
        case "integer" | "number":
            try:
                number = float(value)
            except ValueError:
                return None
            is_whole = number.is_integer() and abs(number) < _EXACT
            return int(number) if is_whole else number if math.isfinite(number) else None
        case _:
            return value


def _plain(value: Json) -> Json:
    return value if isinstance(value, str | int | float | bool) else None


def _options(data: Json) -> tuple[str, ...]:
    """The options of a LIST: texts, or objects with a name; alone or beside what is said of them."""
    if isinstance(data, list) and data and isinstance(data[0], list):
        data = data[0]
    if not isinstance(data, list):
        return ()
    found = [item.get("name") if isinstance(item, dict) else item for item in data]
    words = [_word(item) for item in found if isinstance(item, str | int | float)]
    return tuple(dict.fromkeys(words)) if len(words) == len(found) else ()


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _limits(data: Json) -> tuple[float | None, float | None]:
    """The least and the most of a number: `["INT", {"min": 4, "max": 40}]`."""
    said = data[1] if isinstance(data, list) and len(data) == 2 else None
    if not isinstance(said, dict):
        return None, None
    low, high = said.get("min"), said.get("max")
    return _number(low), _number(high)


def _number(value: Json) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and isinstance(value, int | float) else None
