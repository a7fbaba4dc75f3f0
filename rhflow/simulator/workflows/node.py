"""Kinds of nodes, as the data file tells them: inputs, outputs, what they do, how long it takes."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from rhflow.ground.media import Kind

FILES = {"IMAGE_FILE": Kind.IMAGE, "VIDEO_FILE": Kind.VIDEO, "AUDIO_FILE": Kind.AUDIO}
"""Types of inputs whose value is the name of a file, and the kind of file."""
LORA_FILE = "LORA_FILE"
ANYTHING = "*"
WORDS = frozenset({"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO", LORA_FILE, *FILES})
"""Types whose values are written into the graph; all others come by a link."""


@dataclass(frozen=True, slots=True)
class InputKind:
    """What one input of a kind of node takes."""

    type: str
    options: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True)
class NodeKind:
    """One class of nodes."""

    name: str
    act: str
    """What it does, as `perform` knows it."""
    inputs: Mapping[str, InputKind]
    optional: Mapping[str, InputKind]
    outputs: tuple[str, ...]
    is_output: bool = False
    seconds: float = 0.0
    """Machine time it takes, beside what a sampler needs by its steps (a guess)."""

    def input(self, name: str) -> InputKind | None:
        return self.inputs.get(name) or self.optional.get(name)


@functools.cache
def node_kinds() -> Mapping[str, NodeKind]:
    """Every class that is known, by name."""
    told = json.loads((files("rhflow.simulator") / "data" / "nodes.json").read_text("utf-8"))
    return {name: _kind(name, item) for name, item in told.items()}


def _kind(name: str, told: dict[str, Any]) -> NodeKind:
    return NodeKind(
        name,
        told["act"],
        {each: _input(item) for each, item in told["inputs"].items()},
        {each: _input(item) for each, item in told.get("optional", {}).items()},
        tuple(told["outputs"]),
        told.get("is_output", False),
        told.get("seconds", 0.0),
    )


def _input(told: Any) -> InputKind:
    if isinstance(told, str):
        return InputKind(told)
    if isinstance(told, list):
        return InputKind("COMBO", tuple(told))
    return InputKind(told["type"], min=told.get("min"), max=told.get("max"))
