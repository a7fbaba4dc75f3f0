"""A graph carried out: each node once, behind those it needs; what its saving nodes made are the results.

Runs in a render worker, like every drawing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias, cast

from rhflow.ground.values import Json, JsonObject
from rhflow.simulator.order import Order, Render, Rendered, RenderFailed
from rhflow.simulator.workflows import films, pictures
from rhflow.simulator.workflows.graph import Node, link_of, read_graph
from rhflow.simulator.workflows.judge import order_of, outputs_of
from rhflow.simulator.workflows.metadata import metadata_of
from rhflow.simulator.workflows.studio import Studio, first_medium
from rhflow.simulator.workflows.values import Film, NodeFailed, Pictures, Sound, Take, Value

Act: TypeAlias = Callable[[Studio, Node, pictures.Given], tuple[Value, ...]]

FAILED = 1000
"""The code of a job whose node failed: unknown error; `failedReason` says more (RunningHub API, query V2)."""

ACTS: dict[str, Act] = {
    "names": pictures.names,
    "prompt": pictures.prompt,
    "prompt-pair": pictures.prompt_pair,
    "silence": pictures.silence,
    "value": pictures.value,
    "join-text": pictures.join_text,
    "choose": pictures.choose,
    "same": pictures.same,
    "canvas": pictures.canvas,
    "moving-canvas": pictures.moving_canvas,
    "sample": pictures.sample,
    "scale": pictures.scale,
    "upscale": pictures.upscale,
    "retouch": pictures.retouch,
    "blend": pictures.blend,
    "batch": pictures.batch,
    "describe": pictures.describe,
    "ask": pictures.ask,
    "load": films.load,
    "components": films.components,
    "upscale-film": films.upscale_film,
    "more-frames": films.more_frames,
    "volume": films.volume,
    "expose": films.expose,
    "save-text": pictures.save_text,
    "save-image": films.save_image,
    "save-film": films.save_film,
    "save-sound": films.save_sound,
}


def perform(order: Order, render: Render) -> list[Rendered] | RenderFailed:
    """The results of every saving node, in the order in which they ran."""
    graph = read_graph(order.arguments["graph"])
    written = metadata_of(graph, str(order.arguments["id"])) if order.arguments.get("metadata") else None
    studio = Studio(order, render, _plain(str(order.arguments.get("name"))), written)
    made: dict[str, tuple[Value, ...]] = {}
    ends = outputs_of(graph)
    for name in order_of(graph, ends):
        node = graph[name]
        given = {field: _given(value, made) for field, value in node.inputs.items()}
        try:
            if node.kind is None:
                made[name] = _hand_on(studio, node, given, is_end=name in ends)
            else:
                made[name] = ACTS[node.kind.act](studio, node, given)
        except NodeFailed as error:
            return RenderFailed("unknown error", FAILED, reason=_reason(node, error))
    return studio.saved


def _plain(name: str) -> str:
    """A name for captions, without the marks by which the renderer knows its tools."""
    return re.sub(r"[^\w ]+", " ", name).strip() or "workflow"


def _given(value: Json, made: dict[str, tuple[Value, ...]]) -> Value:
    """What stands in an input, or what came along its link."""
    link = link_of(value)
    if link is None:
        return cast("Value", value) if isinstance(value, str | int | float | bool) else None
    values = made[link[0]]
    return values[link[1]] if link[1] < len(values) else values[-1] if values else None


def _hand_on(studio: Studio, node: Node, given: pictures.Given, *, is_end: bool) -> tuple[Value, ...]:
    """A node of a class that nobody here knows hands on what comes in; at the end of a graph it saves it."""
    medium = first_medium(given)
    if is_end:
        _save(studio, node, medium)
    return (medium,) * 8


def _save(studio: Studio, node: Node, medium: Value) -> None:
    if isinstance(medium, Pictures):
        films.save_image(studio, node, {"images": medium})
    elif isinstance(medium, Film | Take):
        films.save_film(studio, node, {"images": medium})
    elif isinstance(medium, Sound):
        films.save_sound(studio, node, {"audio": medium})
    elif medium is not None:
        pictures.save_text(studio, node, {"text": medium})


def _reason(node: Node, error: NodeFailed) -> JsonObject:
    """`failedReason`, field by field (RunningHub API, query V2)."""
    return {
        "exception_type": error.kind,
        "exception_message": str(error),
        "node_name": node.class_type,
        "node_id": node.id,
        "current_inputs": {name: [value] for name, value in node.inputs.items() if link_of(value) is None},
        "current_outputs": {},
        "traceback": [f"node {node.id} ({node.class_type}): {error}"],
    }
