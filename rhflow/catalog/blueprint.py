"""What is known of the nodes of a workflow or an app: kept as JSON, held against arguments, compared.

The fields of all nodes are looked at as the parameters of one model, `nodes.39.image` and so on, so that what
is said of a wrong option or a wrong medium is said of them in the same words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from rhflow.catalog.complaint import Complaint
from rhflow.catalog.model import Blueprint, Model, Node, Param
from rhflow.catalog.price import UNKNOWN
from rhflow.catalog.read import read_param
from rhflow.ground.diagnostics import did_you_mean, listing
from rhflow.ground.media import Kind
from rhflow.ground.references import Resolved
from rhflow.ground.values import Json, JsonObject

NODES = "nodes"
"""The argument whose value maps the number of a node to its fields."""

_MOST_LISTED = 12


def blueprint_json(blueprint: Blueprint) -> JsonObject:
    """The form it is kept in; what is at its default is left out."""
    nodes: list[Json] = []
    for node in blueprint.nodes:
        body: JsonObject = {"id": node.id, "name": node.name, "title": node.title}
        body["fields"] = [_param_json(param) for param in node.fields]
        body["abouts"] = list(node.abouts)
        body["gives"] = None if node.gives is None else [kind.value for kind in node.gives]
        nodes.append(body)
    return {
        "uses": blueprint.uses,
        "title": blueprint.title,
        "whole": blueprint.is_whole,
        "protected": blueprint.is_protected,
        "from": blueprint.origin,
        "as_of": blueprint.as_of,
        "nodes": nodes,
    }


def read_blueprint(raw: Any) -> Blueprint:
    """The reverse of `blueprint_json`.

    Raises:
        ValueError: it lacks that form.
    """
    try:
        return Blueprint(
            uses=str(raw["uses"]),
            title=str(raw["title"]),
            nodes=tuple(_node(item) for item in raw["nodes"]),
            is_whole=raw["whole"] is True,
            is_protected=raw["protected"] is True,
            origin=str(raw["from"]),
            as_of=str(raw["as_of"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a blueprint lacks its form: {error}") from error


def _node(raw: Any) -> Node:
    gives = raw["gives"]
    return Node(
        id=str(raw["id"]),
        name=str(raw["name"]),
        title=str(raw["title"]),
        fields=tuple(read_param(item) for item in raw["fields"]),
        abouts=tuple(str(item) for item in raw["abouts"]),
        gives=None if gives is None else tuple(Kind(item) for item in gives),
    )


def _param_json(param: Param) -> JsonObject:
    told = {
        item.name: getattr(param, item.name) for item in fields(Param) if item.name not in ("name", "type")
    }
    said: JsonObject = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in told.items()
        if value is not None and value != () and (value is not False or name == "default")
    }
    return {"name": param.name, "type": param.type, **said}


# -- held against arguments ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Flat:
    """The values given to nodes, by `nodes.<node>.<field>`, and what names no node or field at all."""

    known: Mapping[str, Resolved]
    strange: tuple[Complaint, ...]


_FIELDS: dict[str, tuple[Blueprint, Model]] = {}


def fields_model(blueprint: Blueprint) -> Model:
    """All fields of all nodes as the parameters of one model, made once for each blueprint."""
    known = _FIELDS.get(blueprint.uses)
    if known is None or known[0] is not blueprint:
        made = Model(
            endpoint=f"{blueprint.uses}#{NODES}",
            names=(),
            task=NODES,
            family=NODES,
            output=Kind.IMAGE,
            params=tuple(field_param(node, param) for node in blueprint.nodes for param in node.fields),
            price=UNKNOWN,
        )
        known = _FIELDS[blueprint.uses] = (blueprint, made)
    return known[1]


def field_param(node: Node, param: Param) -> Param:
    """A field under its whole name; what it has by itself is no default of ours."""
    return replace(param, name=field_name(node.id, param.name), default=None)


def field_name(node: str, name: str) -> str:
    return f"{NODES}.{node}.{name}"


def laid_flat(blueprint: Blueprint, nodes: Mapping[str, Resolved]) -> Flat:
    """The values for nodes side by side."""
    known: dict[str, Resolved] = {}
    strange: list[Complaint] = []
    for number, values in nodes.items():
        node = blueprint.node(number)
        if node is None:
            strange.append(_no_node(blueprint, number))
            continue
        for name, value in values.items() if isinstance(values, dict) else ():
            if node.field(name) is None:
                strange.append(_no_field(blueprint, node, name))
            else:
                known[field_name(number, name)] = value
    return Flat(known, tuple(strange))


def put_back(nodes: Mapping[str, Resolved], known: Mapping[str, Resolved]) -> dict[str, Resolved]:
    """The same nodes with the values of a flat table."""
    found: dict[str, Resolved] = {}
    for number, values in nodes.items():
        if isinstance(values, dict):
            found[number] = {name: known.get(field_name(number, name), item) for name, item in values.items()}
        else:
            found[number] = values
    return found


def in_nodes(complaint: Complaint) -> Complaint:
    """A complaint about a flat name with the path of the value in the nodes."""
    first, *rest = complaint.path
    _, number, name = str(first).split(".", 2)
    path = (NODES, number, name, *rest)
    return Complaint(path, complaint.message, complaint.name, complaint.hint, complaint.severity)


def _no_node(blueprint: Blueprint, number: str) -> Complaint:
    known = [node for node in blueprint.nodes if node.fields]
    takes = ", ".join(f"{node.id} ({node.name})" if node.name else node.id for node in known[:_MOST_LISTED])
    hint = f"it takes {takes}" if len(known) <= _MOST_LISTED else f"it takes {takes} and others"
    message = f'{blueprint.uses} has no node "{number}"'
    return Complaint((NODES, number), message, "unknown-node", hint if known else None)


def _no_field(blueprint: Blueprint, node: Node, name: str) -> Complaint:
    names = [param.name for param in node.fields]
    near = did_you_mean(name, names)
    hint = f'did you mean "{near}"?' if near else f"it takes {listing(names, _MOST_LISTED) or 'nothing'}"
    message = f'{node} of {blueprint.uses} has no field "{name}"'
    return Complaint((NODES, node.id, name), message, "unknown-field", hint)


# -- compared -----------------------------------------------------------------------------------------


def blueprint_changes(before: Blueprint, after: Blueprint) -> list[str]:
    """What a newer one says otherwise, a line each."""
    lines = []
    if before.title != after.title:
        lines.append(f'it was called "{before.title}", and is called "{after.title}"')
    if before.is_protected is not after.is_protected:
        lines.append("it wants a password now" if after.is_protected else "it wants no password any more")
    old, new = ({node.id: node for node in item.nodes} for item in (before, after))
    lines += [f"{node} is new" for number, node in new.items() if number not in old]
    lines += [f"{node} is gone" for number, node in old.items() if number not in new]
    for number in [number for number in new if number in old]:
        lines += _node_changes(old[number], new[number])
    return lines


def _node_changes(before: Node, after: Node) -> Iterator[str]:
    if before.name != after.name:
        yield f"{before} is of the class {after.name} now"
    for param in after.fields:
        old = before.field(param.name)
        if old is None:
            yield f"{after}: the field {param.name} is new"
        elif old != param:
            what = [
                f"{item.name} {_shown(getattr(old, item.name))} → {_shown(getattr(param, item.name))}"
                for item in fields(Param)
                if getattr(old, item.name) != getattr(param, item.name)
            ]
            yield f"{after}, {param.name}: {', '.join(what)}"
    for param in before.fields:
        if after.field(param.name) is None:
            yield f"{after}: the field {param.name} is gone"
    if before.gives != after.gives:
        yield f"{after} gives {_kinds(after)}, and gave {_kinds(before)}"


def _kinds(node: Node) -> str:
    if node.gives is None:
        return "nobody knows what"
    return listing([kind.value for kind in node.gives]) or "nothing"


def _shown(value: Any) -> str:
    if value is None or value == ():
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
