"""What is wrong with the author's text: collected, sorted, never thrown.

A Diagnostic is a value with a place, a sentence, a kebab-case name and, where there is one,
what to do about it. `render` shows it with the source line and a caret, without colours.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeAlias

from rhflow.ground.marks import Mark
from rhflow.ground.values import JsonObject

Severity: TypeAlias = Literal["error", "warning", "note"]

MANY = 50
"""Problems after which nobody looks for what was meant."""

_LONGEST = 160
"""Of a source line that is longer, only the part around the problem is shown."""


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One problem at one place."""

    mark: Mark
    message: str
    name: str
    hint: str | None = field(default=None, compare=False)
    severity: Severity = field(default="error", compare=False)

    def __str__(self) -> str:
        return f"{self.mark}: {self.message} [{self.name}]"

    def to_json(self) -> JsonObject:
        """The form of `check --json` (contract: file, line, column, name, message, hint, severity)."""
        return {
            "file": self.mark.file,
            "line": self.mark.line,
            "column": self.mark.column,
            "name": self.name,
            "message": self.message,
            "hint": self.hint,
            "severity": self.severity,
        }


class Diagnostics:
    """A growing set of problems; iterates sorted by place, each once."""

    def __init__(self) -> None:
        self._items: set[Diagnostic] = set()

    def add(
        self, mark: Mark, name: str, message: str, *, hint: str | None = None, severity: Severity = "error"
    ) -> None:
        self._items.add(Diagnostic(mark, message, name, hint, severity))

    def extend(self, items: Iterable[Diagnostic]) -> None:
        self._items.update(items)

    def near(self, word: str, choices: Iterable[str]) -> str | None:
        """The choice nearest to a word, while the problems are few: looking costs time, and with many of them
        it helps nobody.
        """
        return did_you_mean(word, choices) if len(self._items) < MANY else None

    @property
    def has_errors(self) -> bool:
        return any(item.severity == "error" for item in self._items)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(sorted(self._items))

    def __len__(self) -> int:
        return len(self._items)


def render(item: Diagnostic, sources: Mapping[str, str]) -> str:
    """The problem with its source line and a caret; only the sentence where the text is not at hand."""
    prefix = "" if item.severity == "error" else f"{item.severity}: "
    head = f"{item.mark}: {prefix}{item.message} [{item.name}]"
    lines = _lines(sources.get(item.mark.file, ""))
    parts = [head]
    if 0 < item.mark.line <= len(lines):
        line, column = _excerpt(lines[item.mark.line - 1], item.mark.column)
        gutter = " " * len(str(item.mark.line))
        before = line[: column - 1]
        marked = line[column - 1 : column - 1 + item.mark.length]
        caret = "^" + "~" * (max(_width(marked), 1) - 1)
        parts += [f"{gutter} |", f"{item.mark.line} | {line}", f"{gutter} | {' ' * _width(before)}{caret}"]
    if item.hint:
        parts.append(f"  help: {item.hint}")
    return "\n".join(parts)


@lru_cache(maxsize=8)
def _lines(text: str) -> tuple[str, ...]:
    """The lines of a text, a tab as one space; kept, because many problems point into one text."""
    return tuple(line.expandtabs(1) for line in text.splitlines())


def _excerpt(line: str, column: int) -> tuple[str, int]:
    """The part of a very long line around a column, and where that column is in it."""
    start = max(0, column - 1 - _LONGEST // 4) if len(line) > _LONGEST else 0
    end = start + _LONGEST
    before, after = "…" if start else "", "…" if end < len(line) else ""
    return f"{before}{line[start:end]}{after}", column - start + len(before)


def _width(text: str) -> int:
    """Columns a terminal gives to the text: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def did_you_mean(word: str, choices: Iterable[str]) -> str | None:
    """The choice nearest to a word, or None where none is near."""
    options = list(dict.fromkeys(choices))
    near = difflib.get_close_matches(word.lower(), [option.lower() for option in options], 1, 0.6)
    return next((option for option in options if option.lower() == near[0]), None) if near else None


def counted(number: object, word: str) -> str:
    """`1 item`, `3 items`."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def listing(words: Iterable[str], limit: int = 8) -> str:
    """`"a", "b" and "c"`, cut after `limit` words with the number left out."""
    every = list(words)
    items = [f'"{word}"' for word in every[:limit]]
    if len(every) > limit:
        return f"{', '.join(items)} and {len(every) - limit} more"
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)
