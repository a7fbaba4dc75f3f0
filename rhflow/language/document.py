"""YAML (and JSON) text to plain data, strictly, with the place of everything.

PyYAML only cuts the text into events; what a scalar means is decided here (YAML 1.2 core), and so
are keys, aliases and bounds. Working on events keeps deep nesting harmless: nothing recurses
before its depth is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

from rhflow.ground.diagnostics import Diagnostics
from rhflow.ground.marks import Mark
from rhflow.ground.values import Json, Path
from rhflow.language.places import Lines, Places, Span
from rhflow.language.yaml_faults import explain

MAX_BYTES = 2_000_000
"""Of one pipeline, schema or data file."""

MAX_DEPTH = 60
MAX_NODES = 100_000
MAX_ALIASED = 50_000
"""Nodes that aliases may add, a long string counting for many."""

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")

LARGEST_INTEGER = 2**53 - 1


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
    decoded = _decoded(text, source, problems, limit)
    if decoded is None:
        return None
    lines = Lines(decoded, source)
    forbidden = _FORBIDDEN.search(decoded)
    if forbidden:
        code = f"U+{ord(forbidden.group()):04X}"
        problems.add(
            lines.mark(forbidden.start()), "bad-character", f"there is a control character here ({code})",
            hint="delete it; it may be invisible in your editor",
        )  # fmt: skip
        return None
    builder = _Builder(decoded, lines, problems, is_schema=is_schema)
    try:
        root = builder.build()
    except _Stop:
        return None
    except yaml.MarkedYAMLError as error:
        explain(error, decoded, lines, problems)
        return None
    except yaml.YAMLError:
        problems.add(Mark(source), "yaml-syntax", "this is no text that YAML can read")
        return None
    values: dict[Path, Mark] = {}
    keys: dict[Path, Mark] = {}
    spans: dict[Path, Span] = {}
    try:
        data = _Flattener(builder, values, keys, spans).flatten(root, ())
    except _Stop:
        return None
    return Document(data, Places(source, values, keys, decoded, spans), source, decoded)


def _decoded(raw: str | bytes, source: str, problems: Diagnostics, limit: int) -> str | None:
    if len(raw) > limit:
        problems.add(
            Mark(source), "too-large", f"the file has {len(raw):,} bytes; {limit:,} are allowed",
            hint="keep long texts and media in files of their own",
        )  # fmt: skip
        return None
    if isinstance(raw, bytes):
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            problems.add(Mark(source), "not-utf8", "the file is UTF-16; save it as UTF-8")
            return None
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            before = raw[: error.start].decode().removeprefix("\ufeff")
            message = f"the file is not UTF-8: byte 0x{raw[error.start]:02x} does not belong here"
            place = Lines(before, source).mark(len(before))
            problems.add(place, "not-utf8", message, hint="save the file as UTF-8")
            return None
    else:
        text = raw
    text = text.removeprefix("\ufeff")
    if text.lstrip()[:1] in ("{", "["):
        text = _PAIR.sub(_joined_pair, text)
    return text


def _joined_pair(found: re.Match[str]) -> str:
    """JSON writes a character beyond U+FFFF as two halves; YAML knows only the whole."""
    high, low = int(found.group(2), 16), int(found.group(3), 16)
    return f"{found.group(1)}\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08X}"


def _start(event: yaml.Event) -> int:
    return event.start_mark.index if event.start_mark is not None else 0


def _end(event: yaml.Event) -> int:
    return event.end_mark.index if event.end_mark is not None else 0


class _Stop(Exception):
    """Nothing can be made of the text any more."""


@dataclass(slots=True)
class _Scalar:
    value: Json
    text: str
    start: int
    end: int
    style: str
    is_faulty: bool = False


@dataclass(slots=True)
class _List:
    start: int
    items: list[_Node] = field(default_factory=list)


@dataclass(slots=True)
class _Map:
    start: int
    is_flow: bool
    entries: list[tuple[_Scalar, _Node]] = field(default_factory=list)
    key: _Node | None = None


@dataclass(slots=True)
class _Alias:
    target: _Node
    start: int
    end: int


_Node: TypeAlias = "_Scalar | _List | _Map | _Alias"


class _Builder:
    """Events to nodes: syntax, scalars, keys, anchors; no paths yet."""

    def __init__(self, text: str, lines: Lines, problems: Diagnostics, *, is_schema: bool) -> None:
        self.text = text
        self.lines = lines
        self.problems = problems
        self.is_schema = is_schema
        self.open: list[_List | _Map] = []
        self.anchors: dict[str, _Node] = {}
        self.root: _Node | None = None
        self.count = 0

    def build(self) -> _Node:
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
                    self.begin(_List(_start(event)), event)
                case yaml.MappingStartEvent():
                    self.begin(_Map(_start(event), bool(event.flow_style)), event)
                case yaml.AliasEvent():
                    self.add(self.alias(event), None)
                case yaml.CollectionEndEvent():
                    self.open.pop()
                case _:
                    pass
        if self.root is None:
            return _Scalar(None, "", 0, 0, "")
        return self.root

    def events(self) -> Iterator[yaml.Event]:
        found: Iterator[yaml.Event] = yaml.parse(self.text, Loader=_LOADER)
        return found

    def stop(self, index: int, name: str, message: str, hint: str | None = None) -> None:
        self.problems.add(self.lines.mark(index), name, message, hint=hint)
        raise _Stop

    def report(self, start: int, end: int, name: str, message: str, hint: str | None = None) -> None:
        self.problems.add(self.lines.mark(start, end), name, message, hint=hint)

    def begin(self, node: _List | _Map, event: yaml.CollectionStartEvent) -> None:
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

    def add(self, node: _Node, anchor: str | None) -> None:
        self.count += 1
        if self.count > MAX_NODES:
            self.stop(node.start, "too-large", f"the file has more than {MAX_NODES:,} values")
        if anchor is not None:
            self.anchors[anchor] = node
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if isinstance(parent, _List):
            parent.items.append(node)
        elif parent.key is None:
            parent.key = node
        else:
            self.entry(parent, parent.key, node)
            parent.key = None

    def entry(self, parent: _Map, key: _Node, value: _Node) -> None:
        """Keep one entry of a mapping where its key is one; tell what is wrong otherwise."""
        if not isinstance(key, _Scalar):
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

    def report_key(self, parent: _Map, key: _Node) -> None:
        if isinstance(key, _Map) and parent.is_flow and key.is_flow and key.start == parent.start + 1:
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
        elif isinstance(key, _Alias):
            self.report(key.start, key.end, "key", "a key must be written out, not taken from an alias")
        else:
            self.report(key.start, key.start + 1, "key", "a list or a mapping cannot be a key")

    def alias(self, event: yaml.AliasEvent) -> _Alias:
        start, end = _start(event), _end(event)
        target = self.anchors.get(event.anchor or "")
        if target is None:
            self.report(start, end, "alias", f"no anchor &{event.anchor} stands before this alias")
            target = _Scalar(None, "", start, end, "", is_faulty=True)
        elif any(target is node for node in self.open):
            self.report(start, end, "alias", f"the alias *{event.anchor} stands inside what it repeats")
            target = _Scalar(None, "", start, end, "", is_faulty=True)
        return _Alias(target, start, end)

    def scalar(self, event: yaml.ScalarEvent) -> _Scalar:
        start, end = _start(event), _end(event)
        if event.tag is not None:
            self.report_tag(start, event.tag)
        if event.anchor is not None or event.tag is not None:
            start = self.behind_properties(start, end)
        style = event.style or ""
        text: str = event.value
        if style:
            return _Scalar(text, text, start, end, style)
        node = _Scalar(text, text, start, end, "")
        self.resolve(node)
        return node

    def behind_properties(self, start: int, end: int) -> int:
        """Where a scalar begins behind its anchor and tag."""
        found = re.compile(r"([&!]\S*\s*)*").match(self.text, start, end)
        return found.end() if found else start

    def resolve(self, node: _Scalar) -> None:
        """Give a plain scalar its YAML 1.2 core meaning."""
        text = node.text
        if text in _WORDS:
            node.value = _WORDS[text]
        elif text[0] not in "+-.0123456789":
            return
        elif _INTEGER.fullmatch(text) or _OTHER_BASE.fullmatch(text):
            self.resolve_integer(node)
        elif _FLOAT.fullmatch(text):
            number = float(text)
            if number in (float("inf"), float("-inf")):
                self.refuse_number(node, "this number is too large")
            else:
                node.value = number
        elif _NOT_FINITE.fullmatch(text):
            self.refuse_number(node, f"{text} is no value that JSON could carry")

    def resolve_integer(self, node: _Scalar) -> None:
        base = {"0o": 8, "0x": 16}.get(node.text[:2], 10)
        number = int(node.text, base) if len(node.text) <= 30 else None
        if number is None or abs(number) > LARGEST_INTEGER:
            self.refuse_number(node, "this number is too large to travel as JSON")
        else:
            node.value = number

    def refuse_number(self, node: _Scalar, message: str) -> None:
        self.report(node.start, node.end, "number", message, hint="in quotes it is a string")
        node.is_faulty = True


class _Flattener:
    """Nodes to data, with the place of every path; aliases are written out, within a budget."""

    def __init__(
        self, builder: _Builder, values: dict[Path, Mark], keys: dict[Path, Mark], spans: dict[Path, Span]
    ) -> None:
        self.builder = builder
        self.values = values
        self.keys = keys
        self.spans = spans
        self.aliased = 0
        self.budget = MAX_ALIASED

    def flatten(self, node: _Node, path: Path) -> Json:
        if len(path) > MAX_DEPTH:
            self.builder.stop(node.start, "too-deep", f"aliases nest this more than {MAX_DEPTH} levels deep")
        if self.aliased:
            self.pay(node)
        match node:
            case _Alias():
                self.aliased += 1
                data = self.flatten(node.target, path)
                self.aliased -= 1
                self.values[path] = self.builder.lines.mark(node.start, node.end)
                return data
            case _Scalar():
                self.values[path] = self.builder.lines.mark(node.start, node.end)
                if isinstance(node.value, str) and "{{" in node.value:
                    self.spans[path] = Span(node.start, node.end, node.style, node.value)
                return node.value
            case _List():
                self.values[path] = self.builder.lines.mark(node.start)
                return [self.flatten(item, (*path, index)) for index, item in enumerate(node.items)]
            case _Map():
                self.values[path] = self.builder.lines.mark(node.start)
                return self.mapping(node, path)

    def mapping(self, node: _Map, path: Path) -> Json:
        data: dict[str, Json] = {}
        for key, value in node.entries:
            name = str(key.value)
            inner = (*path, name)
            mark = self.builder.lines.mark(key.start, key.end)
            if name in data:
                first = self.keys[inner]
                message = f'the key "{name}" stands here twice; it was given first at line {first.line}'
                self.builder.problems.add(mark, "duplicate-key", message)
                continue
            self.keys[inner] = mark
            data[name] = self.flatten(value, inner)
        return data

    def pay(self, node: _Node) -> None:
        self.budget -= 1 + (len(node.text) // 100 if isinstance(node, _Scalar) else 0)
        if self.budget < 0:
            self.builder.stop(
                node.start, "alias", "the aliases of this file multiply to more than it may hold",
                hint="write the repeated part out, or take it from a data input",
            )  # fmt: skip
