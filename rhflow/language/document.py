"""YAML (and JSON) text to plain data, strictly, with the place of everything.

PyYAML only cuts the text into events; what a scalar means is decided here (YAML 1.2 core), and so
are keys, aliases and bounds. Working on events keeps deep nesting harmless: nothing recurses
before its depth is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from rhflow.ground.diagnostics import Diagnostics
from rhflow.ground.marks import Mark
from rhflow.ground.values import Json
from rhflow.language.decoding import decode
from rhflow.language.nodes import (
    MAX_DEPTH,
    AliasNode,
    Flattener,
    ListNode,
    MapNode,
    Node,
    ScalarNode,
    Stop,
)
from rhflow.language.places import Lines, Places
from rhflow.language.scalars import core_value
from rhflow.language.yaml_faults import Fault, explain

MAX_BYTES = 2_000_000
"""Of one pipeline, schema or data file."""

MAX_NODES = 100_000
"""Values and keys of one file."""

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
    """One text as plain data with the place of everything. No meaning yet."""

    data: Json
    marks: Places
    source: str
    text: str


def read_document(
    text: str | bytes,
    source: str,
    problems: Diagnostics,
    *,
    limit: int = MAX_BYTES,
    is_schema: bool = False,
) -> Document | None:
    """Read one YAML or JSON document.

    Problems are added to `problems`; None where there is nothing to go on with. A Document that
    comes with errors holds what could be read. `is_schema` allows keys that begin with `$`.
    """
    decoded = decode(text, source, problems, limit)
    if decoded is None:
        return None
    lines = Lines(decoded, source)
    builder = _Builder(decoded, lines, problems, is_schema=is_schema)
    try:
        root = builder.build()
    except Stop:
        return None
    except yaml.MarkedYAMLError as error:
        explain(_fault(error, builder), decoded, lines, problems)
        return None
    except yaml.YAMLError:
        problems.add(Mark(source), "yaml-syntax", "this is no text that YAML can read")
        return None
    flattener = Flattener(lines, problems)
    try:
        data = flattener.flatten(root, ())
    except Stop:
        return None
    marks = Places(source, flattener.values, flattener.keys, decoded, flattener.spans)
    return Document(data, marks, source, decoded)


def _start(event: yaml.Event) -> int:
    return event.start_mark.index if event.start_mark is not None else 0


def _end(event: yaml.Event) -> int:
    return event.end_mark.index if event.end_mark is not None else 0


def _fault(error: yaml.MarkedYAMLError, builder: _Builder) -> Fault:
    at = error.problem_mark or error.context_mark
    began = error.context_mark
    said = f"{error.context or ''} {error.problem or ''}"
    return Fault(
        said,
        at.index if at is not None else 0,
        began.index if began is not None else None,
        next((node.start for node in reversed(builder.open) if builder.text[node.start] in "[{"), None),
    )


class _Builder:
    """Events to nodes: syntax, scalars, keys, anchors; no paths yet."""

    def __init__(self, text: str, lines: Lines, problems: Diagnostics, *, is_schema: bool) -> None:
        self.text = text
        self.lines = lines
        self.problems = problems
        self.is_schema = is_schema
        self.open: list[ListNode | MapNode] = []
        self.anchors: dict[str, Node] = {}
        self.root: Node | None = None
        self.count = 0

    def build(self) -> Node:
        documents = 0
        for event in self.events():
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        self.stop(
                            _start(event),
                            "several-documents",
                            "a second document begins here; a file holds one",
                        )
                case yaml.ScalarEvent():
                    self.add(self.scalar(event), event.anchor)
                case yaml.SequenceStartEvent():
                    self.begin(ListNode(_start(event)), event)
                case yaml.MappingStartEvent():
                    self.begin(MapNode(_start(event), bool(event.flow_style)), event)
                case yaml.AliasEvent():
                    self.add(self.alias(event), None)
                case yaml.CollectionEndEvent():
                    self.open.pop()
                case _:
                    pass
        if self.root is None:
            return ScalarNode(None, "", 0, 0, "")
        return self.root

    def events(self) -> Iterator[yaml.Event]:
        found: Iterator[yaml.Event] = yaml.parse(self.text, Loader=_LOADER)
        return found

    def stop(self, index: int, name: str, message: str, hint: str | None = None) -> None:
        self.problems.add(self.lines.mark(index), name, message, hint=hint)
        raise Stop

    def report(self, start: int, end: int, name: str, message: str, hint: str | None = None) -> None:
        self.problems.add(self.lines.mark(start, end), name, message, hint=hint)

    def begin(self, node: ListNode | MapNode, event: yaml.CollectionStartEvent) -> None:
        if event.tag is not None:
            self.report_tag(_start(event), event.tag)
        if len(self.open) >= MAX_DEPTH:
            self.stop(node.start, "too-deep", f"this is nested more than {MAX_DEPTH} levels deep")
        self.add(node, event.anchor)
        self.open.append(node)

    def report_tag(self, start: int, tag: str) -> None:
        found = re.compile(r"!\S*").search(self.text, start)
        shown = found.group() if found else tag
        at = found.start() if found else start
        self.report(at, at + len(shown), "tag", f"tags such as {shown} have no meaning here; leave it out")

    def add(self, node: Node, anchor: str | None) -> None:
        self.count += 1
        if self.count > MAX_NODES:
            self.stop(node.start, "too-large", f"the file has more than {MAX_NODES:,} values")
        if anchor is not None:
            self.anchors[anchor] = node
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if isinstance(parent, ListNode):
            parent.items.append(node)
        elif parent.key is None:
            parent.key = node
        else:
            self.entry(parent, parent.key, node)
            parent.key = None

    def entry(self, parent: MapNode, key: Node, value: Node) -> None:
        """Keep one entry of a mapping where its key is one; tell what is wrong otherwise."""
        if not isinstance(key, ScalarNode):
            self.report_key(parent, key)
            return
        if key.style == "" and key.text == "<<":
            self.report(
                key.start, key.end, "merge-key", "merge keys (<<) are not supported; write the entries out"
            )
        elif not isinstance(key.value, str):
            shown = key.text or "(nothing)"
            what = (
                "a number"
                if isinstance(key.value, int | float) and not isinstance(key.value, bool)
                else "no string"
            )
            self.report(key.start, key.end, "key", f"the key {shown} is {what}; keys are strings",
                        hint=f'write "{key.text}"' if key.text else None)  # fmt: skip
        elif key.value.startswith("$") and not self.is_schema:
            self.report(key.start, key.end, "key", f'a key may not begin with "$": {key.value}')
        else:
            parent.entries.append((key, value))

    def report_key(self, parent: MapNode, key: Node) -> None:
        if isinstance(key, MapNode) and parent.is_flow and key.is_flow and key.start == parent.start + 1:
            end = self.text.find("}}", key.start)
            end = parent.start + 2 if end < 0 else end + 2
            before = self.text[max(parent.start - 1, 0) : parent.start]
            message = (
                "an expression must stand in quotes here" if before == "$"
                else "bare {{ }} is a mapping inside a mapping in YAML"
            )  # fmt: skip
            self.report(
                parent.start, end, "bare-braces", message, hint='write "${{ … }}", with the $ and in quotes'
            )
        elif isinstance(key, AliasNode):
            self.report(key.start, key.end, "key", "a key must be written out, not taken from an alias")
        else:
            self.report(key.start, key.start + 1, "key", "a list or a mapping cannot be a key")

    def alias(self, event: yaml.AliasEvent) -> AliasNode:
        start, end = _start(event), _end(event)
        target = self.anchors.get(event.anchor or "")
        if target is None:
            self.report(start, end, "alias", f"no anchor &{event.anchor} stands before this alias")
            target = ScalarNode(None, "", start, end, "")
        elif any(target is node for node in self.open):
            self.report(start, end, "alias", f"the alias *{event.anchor} stands inside what it repeats")
            target = ScalarNode(None, "", start, end, "")
        return AliasNode(target, start, end)

    def scalar(self, event: yaml.ScalarEvent) -> ScalarNode:
        start, end = _start(event), _end(event)
        if event.tag is not None:
            self.report_tag(start, event.tag)
        if event.anchor is not None or event.tag is not None:
            start = self.behind_properties(start, end)
        style = event.style or ""
        text: str = event.value
        if style:
            return ScalarNode(text, text, start, end, style)
        node = ScalarNode(text, text, start, end, "")
        try:
            node.value = core_value(text)
        except ValueError as error:
            self.report(start, end, "number", str(error), hint="in quotes it is a string")
        return node

    def behind_properties(self, start: int, end: int) -> int:
        """Where a scalar begins behind its anchor and tag."""
        found = re.compile(r"([&!]\S*\s*)*").match(self.text, start, end)
        return found.end() if found else start
