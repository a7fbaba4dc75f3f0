"""How long a machine is busy with a graph: the measure of what a workflow costs.

A guess throughout: each class has its seconds in the data file, and a sampler takes them by steps and pixels.
It is the same for the same graph, so that a bill can be foretold.
"""

from __future__ import annotations

import math
from decimal import Decimal

from rhflow.ground.values import Json
from rhflow.simulator.workflows.graph import Graph, Node, link_of
from rhflow.simulator.workflows.judge import order_of, outputs_of

UNKNOWN_S = 1.0
"""A node of a class that nobody here knows."""
STEP_S = 0.35
"""One step of a sampler over a million pixels."""
FRAMES = 16
"""So many frames of a film weigh as much as four pictures."""
COINS_A_SECOND = Decimal("0.2")
MONEY_A_SECOND = Decimal("0.002")
"""CNY, of an enterprise-shared key."""

MACHINES: dict[str, Decimal] = {
    "lite": Decimal("0.5"),
    "default": Decimal(1),
    "standard": Decimal(1),
    "plus": Decimal(2),
    "ultra": Decimal("3.5"),
}
"""Kinds of machine and how much dearer they are; only `default` and `plus` are named by every source."""


def machine_seconds(graph: Graph) -> float:
    """Seconds on a machine, at least one, rounded up."""
    total = sum(node_seconds(graph[name], graph) for name in order_of(graph, outputs_of(graph)))
    return float(max(1, math.ceil(total)))


def coins_for(seconds: float, machine: str) -> int:
    """RH coins, rounded up."""
    return math.ceil(Decimal(str(seconds)) * COINS_A_SECOND * MACHINES[machine])


def money_for(seconds: float, machine: str) -> Decimal:
    """CNY."""
    return Decimal(str(seconds)) * MONEY_A_SECOND * MACHINES[machine]


def node_seconds(node: Node, graph: Graph) -> float:
    """Seconds of one node."""
    if node.kind is None:
        return UNKNOWN_S
    if node.kind.act != "sample":
        return node.kind.seconds
    steps = _number(node.inputs.get("steps"), graph, 20)
    canvas = _canvas(node, graph)
    if canvas is None:
        return steps * STEP_S
    if "seconds" in canvas.inputs:  # sound
        return steps * STEP_S * _number(canvas.inputs["seconds"], graph, 30) / 60
    pixels = _number(canvas.inputs.get("width"), graph, 1024) * _number(
        canvas.inputs.get("height"), graph, 1024
    )
    count = _number(canvas.inputs.get("batch_size"), graph, 1)
    frames = _number(canvas.inputs.get("length"), graph, 0)
    return steps * STEP_S * pixels / 1e6 * count * max(1.0, frames / FRAMES * 4)


def _canvas(node: Node, graph: Graph) -> Node | None:
    """The node that says how large it will be."""
    link = link_of(node.inputs.get("latent_image"))
    for _ in range(8):
        source = graph.get(link[0]) if link else None
        if source is None or source.kind is None:
            return None
        if source.kind.act in ("canvas", "moving-canvas"):
            return source
        link = next((found for _, found in source.links()), None)
    return None


def _number(value: Json, graph: Graph, default: float) -> float:
    """A number in a node, or in the one it comes from."""
    link = link_of(value)
    if link is not None:
        source = graph.get(link[0])
        value = source.inputs.get("value") if source else None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return min(max(float(value), 0.0), 1e5) if is_number else default  # type: ignore[arg-type]
