"""The saved workflows and AI apps: those that come along, and the user's own.

A file is either ours (`id`, `name`, `graph` and what else is known), or just a graph in API form, whose file
name is its id.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from rhflow.ground.errors import UsageError
from rhflow.ground.values import Json, JsonObject
from rhflow.simulator.workflows.graph import BadGraph, BadNodeInfo, Change, Graph, fitted, read_graph
from rhflow.simulator.workflows.node import InputKind

_FILES = {"IMAGE": "IMAGE_FILE", "VIDEO": "VIDEO_FILE", "AUDIO": "AUDIO_FILE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A workflow saved on the site."""

    id: str
    name: str
    graph: Graph
    access_password: str | None = None
    ran_once: bool = True
    """Whether it ran to the end there, without which the API refuses it (810)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppField:
    """One input of an app, as `apiCallDemo` shows it."""

    node: str
    name: str
    type: str
    told: JsonObject
    """Everything said about it."""

    @property
    def choices(self) -> tuple[str, ...]:
        """What a LIST offers."""
        data = _data(self.told)
        if isinstance(data, list) and data and isinstance(data[0], list):
            data = data[0]
        if self.type != "LIST" or not isinstance(data, list):
            return ()
        return tuple(str(item.get("name", item) if isinstance(item, dict) else item) for item in data)

    @property
    def limits(self) -> tuple[float | None, float | None]:
        """The least and the most a number may be."""
        data = _data(self.told)
        said = data[1] if isinstance(data, list) and len(data) == 2 else None
        if not isinstance(said, dict):
            return None, None
        low, high = said.get("min"), said.get("max")
        return (
            low if isinstance(low, int | float) else None,
            high if isinstance(high, int | float) else None,
        )

    def judge(self, value: Json) -> Json:
        """The value as the field holds it.

        Raises:
            BadNodeInfo: it does not fit.
        """
        where = f"node {self.node}, {self.name}"
        kind = {"SWITCH": "BOOLEAN", "LIST": "STRING"}.get(self.type, _FILES.get(self.type, self.type))
        found = fitted(InputKind(kind), value)
        if found is None:
            raise BadNodeInfo(f"{where}: {json.dumps(value)[:40]} is no {self.type}")
        if self.choices and found not in self.choices:
            raise BadNodeInfo(f"{where}: {found} is none of {', '.join(self.choices)}")
        low, high = self.limits
        if isinstance(found, int | float) and not _is_within(found, low, high):
            raise BadNodeInfo(f"{where}: {found} is not from {low} to {high}")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An AI app: a workflow of which only some inputs are shown."""

    id: str
    name: str
    graph: Graph
    fields: tuple[AppField, ...]
    access_password: str | None = None
    quick_create_code: str | None = None
    tags: tuple[str, ...] = field(default=())

    def judged(self, changes: Iterable[Change]) -> list[Change]:
        """The changes with fitted values.

        Raises:
            BadNodeInfo: one names no input of the app, or does not fit.
        """
        known = {(each.node, each.name): each for each in self.fields}
        fit = []
        for change in changes:
            shown = known.get((change.node, change.field))
            if shown is None:
                raise BadNodeInfo(f"the app has no input {change.field} of node {change.node}")
            fit.append(Change(change.node, change.field, shown.judge(change.value)))
        return fit


class Library:
    """Everything that can be run by an id."""

    def __init__(self, folder: Path | None = None) -> None:
        """Read it.

        Raises:
            UsageError: the user's folder is not there, or one of its files is no workflow.
        """
        ours = files("rhflow.simulator") / "data"
        self.workflows = {item.id: item for item in map(_workflow, _texts(ours / "workflows"))}
        self.apps = {item.id: item for item in map(_app, _texts(ours / "apps"))}
        if folder is not None:
            if not folder.is_dir():
                raise UsageError(
                    f"There is no folder {folder}", "It should hold workflows/*.json, apps/*.json, or both."
                )
            self.workflows |= {item.id: item for item in map(_workflow, _texts(folder / "workflows"))}
            self.apps |= {item.id: item for item in map(_app, _texts(folder / "apps"))}

    def names_of_files(self) -> frozenset[str]:
        """Files that the saved graphs name: they lie in the account, so anybody's graph may name them."""
        saved: list[Workflow | App] = [*self.workflows.values(), *self.apps.values()]
        graphs = [item.graph for item in saved]
        return frozenset(name for graph in graphs for node in graph.values() for _, _, name in node.files())


def _is_within(number: float, low: float | None, high: float | None) -> bool:
    return (low is None or low <= number) and (high is None or number <= high)


def _texts(folder: Path | Traversable) -> list[tuple[str, str]]:
    """Names and texts of the JSON files of a folder; none where there is no folder."""
    if not folder.is_dir():
        return []
    found = sorted(
        (item for item in folder.iterdir() if item.name.endswith(".json")), key=lambda item: item.name
    )
    try:
        return [(item.name.removesuffix(".json"), item.read_text("utf-8")) for item in found]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"A file of {folder} cannot be read: {error}") from error


def _told(name: str, text: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{name}.json is not valid JSON: {error}") from error
    if not isinstance(told, dict):
        raise UsageError(f"{name}.json is no workflow: it holds no object")
    return told if "graph" in told else {"id": name, "name": name, "graph": told}


def _graph(name: str, told: Json) -> Graph:
    try:
        return read_graph(told)
    except BadGraph as error:
        raise UsageError(f"{name}.json is no workflow: {error}") from error


def _workflow(item: tuple[str, str]) -> Workflow:
    told = _told(*item)
    return Workflow(
        id=str(told.get("id", item[0])),
        name=str(told.get("name", item[0])),
        graph=_graph(item[0], told["graph"]),
        access_password=told.get("access_password"),
        ran_once=bool(told.get("ran_once", True)),
    )


def _app(item: tuple[str, str]) -> App:
    told = _told(*item)
    graph = _graph(item[0], told["graph"])
    inputs = told.get("inputs", [])
    if not isinstance(inputs, list):
        raise UsageError(f"{item[0]}.json: inputs is no list")
    return App(
        id=str(told.get("id", item[0])),
        name=str(told.get("name", item[0])),
        graph=graph,
        fields=tuple(_field(item[0], each, graph) for each in inputs),
        access_password=told.get("access_password"),
        quick_create_code=told.get("quick_create_code"),
        tags=tuple(map(str, told.get("tags", ()))),
    )


def _field(name: str, told: Any, graph: Graph) -> AppField:
    node, field_name = "", ""
    if isinstance(told, dict):
        node, field_name = str(told.get("nodeId")), str(told.get("fieldName"))
    if node not in graph or field_name not in graph[node].inputs:
        raise UsageError(
            f"{name}.json: an input names node {node}, field {field_name}, which its graph lacks"
        )
    return AppField(node=node, name=field_name, type=str(told.get("fieldType", "STRING")), told=told)


def _data(told: JsonObject) -> Json:
    """`fieldData`: JSON in a string."""
    text = told.get("fieldData")
    try:
        data: Json = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return data
