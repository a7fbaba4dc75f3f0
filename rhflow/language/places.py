"""Where every character of a scalar stood: marks that reach inside strings.

A scalar's value is not its text: quotes, escapes, folding and indentation lie between. `Places`
walks both together, so that a caret stands under the very word of an expression it speaks of.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

from rhflow.ground.marks import Mark, Marks
from rhflow.ground.values import Path

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_ESCAPE_LENGTHS = {"x": 4, "u": 6, "U": 10}
_ESCAPED_BREAK = re.compile(r"\\(\r\n|[\n\r])[ \t]*")
"""A line break after a backslash leaves nothing behind, nor does the indentation after it."""

_WHITE = " \t\r\n\x85\u2028\u2029"


@dataclass(frozen=True, slots=True)
class Span:
    """A scalar in the text: offsets of its first and behind its last character, its style, its value.

    `style` is YAML's sign: `'`, `"`, `|`, `>`, or empty for plain.
    """

    start: int
    end: int
    style: str
    value: str


class Lines:
    """Offsets of a text to lines and columns, both from 1."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.starts = [0, *(found.end() for found in _BREAK.finditer(text))]
        self.length = len(text)

    def mark(self, start: int, end: int | None = None) -> Mark:
        """The place of `text[start:end]`; its length stops at the end of the line."""
        line = bisect_right(self.starts, start)
        column = start - self.starts[line - 1] + 1
        if end is None:
            return Mark(self.file, line, column)
        line_end = self.starts[line] - 1 if line < len(self.starts) else self.length
        return Mark(self.file, line, column, max(min(end, line_end) - start, 1))


@dataclass(frozen=True, slots=True)
class Places(Marks):
    """Marks of a document that also know the places inside its scalars."""

    text: str = ""
    spans: Mapping[Path, Span] = field(default_factory=dict)
    """The scalars somebody may want to look into: those with braces."""
    _offsets: dict[Path, list[int] | None] = field(default_factory=dict, compare=False, repr=False)
    _lines: list[Lines] = field(default_factory=list, compare=False, repr=False)

    def inside(self, path: Path, start: int, length: int) -> Mark:
        """The place of `length` characters of a string's value from offset `start`."""
        found = self.runs_of(path, start, max(length, 1))
        return found[0][1] if found else self.of(path)

    def runs(self, path: Path, start: int, length: int) -> tuple[tuple[int, Mark], ...]:
        """The pieces in which those characters stand in the text; empty where it is one piece."""
        found = self.runs_of(path, start, length)
        return tuple(found) if len(found) > 1 else ()

    def runs_of(self, path: Path, start: int, length: int) -> list[tuple[int, Mark]]:
        """Pairs of an offset from `start` and the place of the piece that begins there."""
        offsets = self._offsets_of(path)
        if offsets is None:
            return []
        found: list[tuple[int, Mark]] = []
        begin = start
        for index in range(start, min(start + length, len(offsets))):
            is_last = index + 1 >= min(start + length, len(offsets))
            if is_last or offsets[index + 1] != offsets[index] + 1 or self.text[offsets[index]] in "\r\n":
                found.append((begin - start, self._mark(offsets[begin], offsets[index] + 1)))
                begin = index + 1
        return found

    def cut_by_comment(self, path: Path) -> bool:
        """Whether a plain scalar ends where a comment begins."""
        span = self.spans.get(path)
        if span is None or span.style:
            return False
        rest = self.text[span.end : span.end + 200]
        return re.match(r"[ \t]+#", rest) is not None

    def _mark(self, start: int, end: int) -> Mark:
        if not self._lines:
            self._lines.append(Lines(self.text, self.file))
        return self._lines[0].mark(start, end)

    def _offsets_of(self, path: Path) -> list[int] | None:
        if path not in self._offsets:
            span = self.spans.get(path)
            self._offsets[path] = None if span is None else offsets(self.text, span)
        return self._offsets[path]


def offsets(text: str, span: Span) -> list[int] | None:
    """For every character of a scalar's value the offset of what it was written as."""
    start, end = span.start, span.end
    if span.style in ("'", '"'):
        start, end = start + 1, end - 1
    elif span.style:
        line_end = _BREAK.search(text, start)
        start = line_end.end() if line_end else end
    if text[start:end] == span.value:
        return list(range(start, end))
    found: list[int] = []
    position = start
    for char in span.value:
        position = _next(text, position, end, char, span.style)
        if position >= end:
            return found + [max(end - 1, start)] * (len(span.value) - len(found))
        found.append(position)
        position += _width(text, position, span.style)
    return found


def _next(text: str, position: int, end: int, char: str, style: str) -> int:
    """Where the next character of the value is written, at or behind `position`."""
    while position < end:
        here = text[position]
        if style == '"' and here == "\\":
            folded = _ESCAPED_BREAK.match(text, position, end)
            if folded is None:
                return position
            position = folded.end()
            continue
        if char in _WHITE or here not in _WHITE:
            return position
        position += 1
    return position


def _width(text: str, position: int, style: str) -> int:
    """How many characters of the text one character of the value took."""
    if style == "'" and text.startswith("''", position):
        return 2
    if style == '"' and text[position] == "\\":
        return _ESCAPE_LENGTHS.get(text[position + 1 : position + 2], 2)
    return 1
