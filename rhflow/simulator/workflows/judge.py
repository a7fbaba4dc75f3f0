"""What ComfyUI says of a graph before it runs it: `promptTips`, with every error at its node.

The words follow ComfyUI's own answers (`required_input_missing`, `value_not_in_list`, …). Of a class that the
simulator does not know nothing is said but that its links lead somewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias

from rhflow.ground.values import Json, JsonObject
from rhflow.simulator.workflows.graph import Graph, Node, link_of
from rhflow.simulator.workflows.node import ANYTHING, FILES, LORA_FILE, WORDS, InputKind

IsThere: TypeAlias = Callable[[str, str], bool]
"""Whether a file of that type of input (`IMAGE_FILE`, `LORA_FILE`) and that name can be loaded."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found: nodes that will run for their own sake, and what is wrong."""

    outputs: tuple[str, ...]
    errors: dict[str, list[JsonObject]]
    """By node."""
    whole: JsonObject | None = None
    """What is wrong with the graph as such."""

    @property
    def is_good(self) -> bool:
        return not self.errors and self.whole is None

    def tips(self, graph: Graph) -> str:
        """The answer's `promptTips`: JSON in a string (RunningHub API, submit)."""
        node_errors: JsonObject = {
            name: {
                "errors": list(found),
                "dependent_outputs": list(self.outputs),
                "class_type": graph[name].class_type,
            }
            for name, found in self.errors.items()
        }
        failed: JsonObject = {
            "type": "prompt_outputs_failed_validation",
            "message": "Prompt outputs failed validation",
            "details": "",
            "extra_info": {},
        }
        return json.dumps(
            {
                "result": self.is_good,
                "error": self.whole or (failed if self.errors else None),
                "outputs_to_execute": list(self.outputs) if self.is_good else [],
                "node_errors": node_errors,
            }
        )


def judge(graph: Graph, is_there: IsThere) -> Verdict:
    """Look at everything its outputs need."""
    outputs = tuple(node.id for node in graph.values() if node.is_output) or _ends(graph)
    if not outputs:
        return Verdict((), {}, _error("prompt_no_outputs", "Prompt has no outputs", ""))
    needed = _needed(graph, outputs)
    try:
        TopologicalSorter({name: _sources(graph[name], graph) for name in needed}).prepare()
    except CycleError as error:
        path = " -> ".join(error.args[1])
        return Verdict(outputs, {}, _error("dependency_cycle", "Dependency cycle detected", path))
    errors = {name: found for name in needed if (found := list(_wrong(graph[name], graph, is_there)))}
    return Verdict(outputs, errors)


def order_of(graph: Graph, outputs: tuple[str, ...]) -> list[str]:
    """The nodes that run, each behind those it needs."""
    needed = _needed(graph, outputs)
    return list(TopologicalSorter({name: _sources(graph[name], graph) for name in needed}).static_order())


def unchanged(graph: Graph, before: Graph) -> list[str]:
    """The nodes that run and need not: they and all they depend on stood the same in the graph before."""
    same: list[str] = []
    for name in order_of(graph, outputs_of(graph)):
        node, old = graph[name], before.get(name)
        is_same = old is not None and (node.class_type, node.inputs) == (old.class_type, old.inputs)
        if is_same and not node.is_output and all(source in same for source in _sources(node, graph)):
            same.append(name)
    return same


def outputs_of(graph: Graph) -> tuple[str, ...]:
    """The nodes that are a reason to run it."""
    return tuple(node.id for node in graph.values() if node.is_output) or _ends(graph)


def _ends(graph: Graph) -> tuple[str, ...]:
    """Where no node is known to save anything: nodes of unknown classes that nobody takes from."""
    taken = {link[0] for node in graph.values() for _, link in node.links()}
    return tuple(node.id for node in graph.values() if node.kind is None and node.id not in taken)


def _needed(graph: Graph, outputs: tuple[str, ...]) -> list[str]:
    seen: dict[str, None] = {}
    waiting = list(reversed(outputs))
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen[name] = None
            waiting += reversed(_sources(graph[name], graph))
    return list(seen)


def _sources(node: Node, graph: Graph) -> list[str]:
    return [link[0] for _, link in node.links() if link[0] in graph]


def _wrong(node: Node, graph: Graph, is_there: IsThere) -> Iterator[JsonObject]:
    for name, (source, number) in node.links():
        if source not in graph:
            yield _error("bad_linked_input", "Bad linked input, node is not there", name, name)
            continue
        kind = graph[source].kind
        if kind is not None and not 0 <= number < max(len(kind.outputs), 1):
            yield _error("bad_linked_input", "Bad linked input, output is not there", name, name)
    if node.kind is None:
        return
    for name in node.kind.inputs:
        if name not in node.inputs:
            yield _error("required_input_missing", "Required input is missing", name, name)
    for name, value in node.inputs.items():
        described = node.kind.input(name)
        if described is not None:
            yield from _wrong_value(name, described, value, graph, is_there)


def _wrong_value(
    name: str, kind: InputKind, value: Json, graph: Graph, is_there: IsThere
) -> Iterator[JsonObject]:
    link = link_of(value)
    if link is not None:
        yield from _wrong_link(name, kind, link, graph)
    elif kind.type not in (*WORDS, ANYTHING):
        yield _error(
            "bad_linked_input",
            "Bad linked input, must be a length-2 list of [node_id, slot_index]",
            name,
            name,
        )
    elif kind.type == "COMBO" and value not in kind.options:
        details = f"{name}: {json.dumps(value)} not in {json.dumps(list(kind.options))}"
        yield _error("value_not_in_list", "Value not in list", details, name)
    elif kind.type in (*FILES, LORA_FILE) and not (isinstance(value, str) and is_there(kind.type, value)):
        word = {"IMAGE_FILE": "image", "VIDEO_FILE": "video", "AUDIO_FILE": "audio"}.get(kind.type, "lora")
        details = f"{name} - Invalid {word} file: {value}"
        yield _error("custom_validation_failed", "Custom validation failed for node", details, name)
    elif kind.type in ("INT", "FLOAT"):
        yield from _wrong_number(name, kind, value)


def _wrong_link(name: str, kind: InputKind, link: tuple[str, int], graph: Graph) -> Iterator[JsonObject]:
    source = graph[link[0]].kind if link[0] in graph else None
    if source is None or not 0 <= link[1] < len(source.outputs):
        return
    given, wanted = source.outputs[link[1]], "STRING" if kind.type in FILES else kind.type
    if ANYTHING not in (given, wanted) and given != wanted and {given, wanted} != {"INT", "FLOAT"}:
        details = f"{name}, received_type({given}) mismatch input_type({wanted})"
        yield _error("return_type_mismatch", "Return type mismatch between linked nodes", details, name)


def _wrong_number(name: str, kind: InputKind, value: Json) -> Iterator[JsonObject]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = f"Failed to convert an input value to a {kind.type} value"
        yield _error("invalid_input_type", message, f"{name}, {json.dumps(value)}", name)
    elif kind.min is not None and value < kind.min:
        details = f"{name}: {value} is smaller than {kind.min:g}"
        yield _error(
            "value_smaller_than_min", f"Value {value} smaller than min of {kind.min:g}", details, name
        )
    elif kind.max is not None and value > kind.max:
        details = f"{name}: {value} is bigger than {kind.max:g}"
        yield _error("value_bigger_than_max", f"Value {value} bigger than max of {kind.max:g}", details, name)


def _error(kind: str, message: str, details: str, name: str | None = None) -> JsonObject:
    extra: JsonObject = {} if name is None else {"input_name": name}
    return {"type": kind, "message": message, "details": details, "extra_info": extra}
