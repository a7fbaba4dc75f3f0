"""Workflows, apps, quick creations and language models: what their forms ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rhflow.ground.diagnostics import Diagnostic
from rhflow.ground.values import Path
from rhflow.language.expressions.tree import (
    Expression,
    ListValue,
    Literal,
    MapValue,
    Text,
    data_of,
    expressions_in,
)
from rhflow.language.node_values import takes_nodes
from rhflow.language.pipeline import Call
from rhflow.language.schemas import schema_fault
from rhflow.language.secrets import PASSWORD
from rhflow.language.survey import Survey

_ROLES = ("system", "user", "assistant")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _chats(seen: Survey) -> Iterator[tuple[Call, Path]]:
    """The calls of language models, each with the path of its arguments."""
    for _, call, path in seen.calls():
        if call.uses.startswith("chat/"):
            yield call, (*path, "with")


def _noded(seen: Survey) -> Iterator[tuple[Call, Path]]:
    """The same of what takes nodes."""
    for _, call, path in seen.calls():
        if takes_nodes(call.model):
            yield call, (*path, "with")


def chat_says_something(seen: Survey) -> Iterable[Diagnostic]:
    """A language model gets a prompt or messages, one of them."""
    for call, path in _chats(seen):
        if seen.is_faulty(path):
            continue
        given = [name for name in ("prompt", "messages") if name in call.arguments.items]
        if len(given) == 2:
            mark = seen.marks.of_key((*path, "messages"))
            yield Diagnostic(mark, "a language model takes prompt or messages, not both", "argument-type")
        elif not given:
            message = f"{call.uses} needs a prompt, or messages"
            hint = "write with: {prompt: …}"
            yield Diagnostic(seen.marks.of_key(path), message, "missing-parameter", hint)


def messages_have_their_form(seen: Survey) -> Iterable[Diagnostic]:
    """`messages` is a list of what somebody said: a role and a content."""
    for call, path in _chats(seen):
        messages = call.arguments.items.get("messages")
        if not isinstance(messages, ListValue):
            continue
        here = (*path, "messages")
        hint = "write messages: [{role: user, content: …}]"
        if not messages.items:
            yield Diagnostic(seen.marks.of(here), "messages is empty", "argument-form", hint)
        for index, message in enumerate(messages.items):
            place = (*here, index)
            if isinstance(message, Expression):
                continue
            if not isinstance(message, MapValue):
                what = f"messages[{index}] wants a mapping of role and content"
                yield Diagnostic(seen.marks.of(place), what, "argument-form", hint)
                continue
            yield from _message(seen, message, place)


def _message(seen: Survey, message: MapValue, path: Path) -> Iterator[Diagnostic]:
    name = f"messages[{path[-1]}]"
    for key in ("role", "content"):
        if key not in message.items:
            hint = f"it is one of {', '.join(_ROLES)}" if key == "role" else None
            yield Diagnostic(seen.marks.of(path), f"{name} has no {key}", "argument-form", hint)
    role = message.items.get("role")
    if isinstance(role, Literal) and role.value not in _ROLES:
        mark = seen.marks.of((*path, "role"))
        said = f'{name}.role has no option "{role.value}"'
        yield Diagnostic(mark, said, "unknown-option", f"it takes {', '.join(_ROLES)}")


def schema_is_one(seen: Survey) -> Iterable[Diagnostic]:
    """What an answer has to fit is a JSON Schema; one in a file was looked at as it was read."""
    for call, path in _chats(seen):
        schema = call.arguments.items.get("schema")
        here = (*path, "schema")
        if not isinstance(schema, MapValue) or any(True for _ in expressions_in(schema)):
            continue
        if not any((*here, name) in seen.marks.keys for name in schema.items):
            continue  # it came out of a file
        fault = schema_fault(data_of(schema))
        if fault is not None:
            mark = seen.marks.of((*here, *fault.path))
            yield Diagnostic(mark, fault.message, "schema", fault.hint)


def nodes_have_their_form(seen: Survey) -> Iterable[Diagnostic]:
    """`nodes` maps the number of a node to its fields."""
    for call, path in _noded(seen):
        nodes = call.arguments.items.get("nodes")
        if isinstance(nodes, MapValue):
            yield from _nodes(seen, nodes, (*path, "nodes"), call)


def _nodes(seen: Survey, nodes: MapValue, path: Path, call: Call) -> Iterator[Diagnostic]:
    hint = 'write nodes: {"6": {text: …}}: the number of a node, and its fields'
    for number, fields in nodes.items.items():
        if not number.isdecimal() and not _is_subgraph(number):
            if call.model.blueprint is not None:
                continue  # said already: there is no such node
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


def workflow_is_whole_or_set(seen: Survey) -> Iterable[Diagnostic]:
    """A whole graph leaves no nodes of a saved one to set."""
    for call, path in _noded(seen):
        if {"graph", "nodes"} <= call.arguments.items.keys():
            message = "a whole graph leaves no nodes to set"
            hint = "give nodes or graph; values can stand in the graph itself"
            yield Diagnostic(seen.marks.of_key((*path, "nodes")), message, "argument-type", hint)


def password_is_named(seen: Survey) -> Iterable[Diagnostic]:
    """A password is named by the variable that holds it; one that is wanted is not forgotten."""
    for call, path in _noded(seen):
        blueprint, given = call.model.blueprint, call.arguments.items.get(PASSWORD)
        here = (*path, PASSWORD)
        hint = "write access_password: {env: NAME}, the name of an environment variable"
        if given is None:
            if blueprint is not None and blueprint.is_protected and not seen.is_faulty(path):
                mark = seen.marks.of_key(path) if path in seen.marks.keys else call.uses_mark
                yield Diagnostic(mark, f"{call.uses} wants a password", "missing-parameter", hint)
        elif isinstance(given, Expression | Text):
            message = "a password is no expression: it would be written down with the plan"
            yield Diagnostic(seen.marks.of(here), message, "secret", hint)
        elif isinstance(given, MapValue) and not _names_a_variable(given):
            message = "access_password names one environment variable"
            yield Diagnostic(seen.marks.of(here), message, "argument-form", hint)


def _names_a_variable(given: MapValue) -> bool:
    name = given.items.get("env")
    is_name = isinstance(name, Literal) and isinstance(name.value, str)
    return (
        len(given.items) == 1
        and is_name
        and _VARIABLE.fullmatch(str(data_of(given.items["env"]))) is not None
    )


def machine_is_billed(seen: Survey) -> Iterable[Diagnostic]:
    """Time in which a machine is kept warm is paid (RunningHub API, retainSeconds)."""
    for call, path in _noded(seen):
        kept = call.arguments.items.get("retain_seconds")
        if kept is not None and not seen.is_faulty((*path, "retain_seconds")):
            is_whole = isinstance(kept, Literal) and isinstance(kept.value, int)
            how_long = f"{data_of(kept)} s" if is_whole else "some time"
            message = f"the machine is kept for {how_long} after the task, and the vendor bills that time"
            mark = seen.marks.of_key((*path, "retain_seconds"))
            yield Diagnostic(mark, message, "retained-machine", None, "note")
