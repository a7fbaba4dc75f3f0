"""What YAML's events build: nodes that know where they stood, and the plain data they stand for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias

from rhflow.ground.diagnostics import Diagnostics
from rhflow.ground.marks import Mark
from rhflow.ground.values import Json, Path
from rhflow.language.places import Lines, Span

MAX_DEPTH = 60
"""Levels of nesting, aliases written out."""

MAX_ALIASED = 50_000
"""Nodes that aliases may add, a long string counting for many."""


class Stop(Exception):
    """Nothing can be made of the text any more."""


@dataclass(slots=True)
class ScalarNode:
    value: Json
    text: str
    start: int
    end: int
    style: str


@dataclass(slots=True)
class ListNode:
    start: int
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class MapNode:
    start: int
    is_flow: bool
    entries: list[tuple[ScalarNode, Node]] = field(default_factory=list)
    key: Node | None = None


@dataclass(slots=True)
class AliasNode:
    target: Node
    start: int
    end: int


Node: TypeAlias = "ScalarNode | ListNode | MapNode | AliasNode"


class Flattener:
    """Nodes to data, with the place of every path; aliases are written out, within a budget."""

    def __init__(self, lines: Lines, problems: Diagnostics) -> None:
        self.lines = lines
        self.problems = problems
        self.values: dict[Path, Mark] = {}
        self.keys: dict[Path, Mark] = {}
        self.spans: dict[Path, Span] = {}
        self.aliased = 0
        self.budget = MAX_ALIASED

    def stop(self, start: int, name: str, message: str, hint: str | None = None) -> NoReturn:
        self.problems.add(self.lines.mark(start), name, message, hint=hint)
        raise Stop

    def flatten(self, node: Node, path: Path) -> Json:
        if len(path) > MAX_DEPTH:
            self.stop(node.start, "too-deep", f"aliases nest this more than {MAX_DEPTH} levels deep")
        if self.aliased:
            self.pay(node)
        match node:
            case AliasNode():
                self.aliased += 1
                data = self.flatten(node.target, path)
                self.aliased -= 1
                self.values[path] = self.lines.mark(node.start, node.end)
                return data
            case ScalarNode():
                self.values[path] = self.lines.mark(node.start, node.end)
                if isinstance(node.value, str) and "{{" in node.value:
                    self.spans[path] = Span(node.start, node.end, node.style, node.value)
                return node.value
            case ListNode():
                self.values[path] = self.lines.mark(node.start)
                return [self.flatten(item, (*path, index)) for index, item in enumerate(node.items)]
            case MapNode():
                self.values[path] = self.lines.mark(node.start)
                return self.mapping(node, path)

    def mapping(self, node: MapNode, path: Path) -> Json:
        data: dict[str, Json] = {}
        for key, value in node.entries:
            name = str(key.value)
            inner = (*path, name)
            mark = self.lines.mark(key.start, key.end)
            if name in data:
                first = self.keys[inner]
                message = f'the key "{name}" stands here twice; it was given first at line {first.line}'
                self.problems.add(mark, "duplicate-key", message)
                continue
            self.keys[inner] = mark
            data[name] = self.flatten(value, inner)
        return data

    def pay(self, node: Node) -> None:
        self.budget -= 1 + (len(node.text) // 100 if isinstance(node, ScalarNode) else 0)
        if self.budget < 0:
            self.stop(
                node.start, "alias", "the aliases of this file multiply to more than it may hold",
                hint="write the repeated part out, or take it from a data input",
            )  # fmt: skip
