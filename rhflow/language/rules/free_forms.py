"""Workflows, apps, quick creations and language models: what their form says, and that they run later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rhflow.ground.diagnostics import Diagnostic
from rhflow.ground.values import Path
from rhflow.language.expressions.tree import Expression, MapValue
from rhflow.language.free_form import form_of
from rhflow.language.pipeline import Call
from rhflow.language.survey import Survey


def runs_later(seen: Survey) -> Iterable[Diagnostic]:
    """They are understood and checked; buying them is not there yet."""
    for _, call, _ in seen.calls():
        form = form_of(call.uses)
        if form is not None:
            message = f"{call.uses} ({form.noun}) can be checked, and runs in a later version"
            yield Diagnostic(call.uses_mark, message, "runs-later", severity="warning")


def chat_says_something(seen: Survey) -> Iterable[Diagnostic]:
    """A language model gets a prompt or messages, one of them."""
    for _, call, path in seen.calls():
        if not call.uses.startswith("chat/") or seen.is_faulty((*path, "with")):
            continue
        given = [name for name in ("prompt", "messages") if name in call.arguments.items]
        if len(given) == 2:
            mark = seen.marks.of_key((*path, "with", "messages"))
            yield Diagnostic(mark, "a language model takes prompt or messages, not both", "argument-type")
        elif not given:
            message = f"{call.uses} needs a prompt, or messages"
            hint = "write with: {prompt: …}"
            yield Diagnostic(seen.marks.of_key((*path, "with")), message, "missing-parameter", hint)


def nodes_have_their_form(seen: Survey) -> Iterable[Diagnostic]:
    """`nodes` maps the number of a node to its fields."""
    for _, call, path in seen.calls():
        form = form_of(call.uses)
        nodes = call.arguments.items.get("nodes")
        if form is not None and isinstance(nodes, MapValue):
            yield from _nodes(seen, nodes, (*path, "with", "nodes"), call)


def _nodes(seen: Survey, nodes: MapValue, path: Path, call: Call) -> Iterator[Diagnostic]:
    hint = 'write nodes: {"6": {text: …}}: the number of a node, and its fields'
    for number, fields in nodes.items.items():
        if not number.isdecimal() and not _is_subgraph(number):
            message = f'"{number}" is no number of a node of {call.uses}'
            yield Diagnostic(seen.marks.of_key((*path, number)), message, "argument-form", hint)
        elif not isinstance(fields, MapValue | Expression):
            mark = seen.marks.of((*path, number))
            yield Diagnostic(mark, f"node {number} wants a mapping of its fields", "argument-form", hint)
        elif isinstance(fields, MapValue) and not fields.items:
            mark = seen.marks.of((*path, number))
            yield Diagnostic(mark, f"node {number} has no field", "argument-form", hint)


def _is_subgraph(number: str) -> bool:
    """Nodes inside nodes are numbered `12:3`."""
    return bool(number) and all(part.isdecimal() for part in number.split(":"))
