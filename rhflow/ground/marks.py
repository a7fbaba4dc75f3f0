"""Where a thing stood in the author's text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rhflow.ground.values import Path


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place: file as the author named it, line and column from 1, in characters."""

    file: str
    line: int = 1
    column: int = 1
    length: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def shifted(self, columns: int, length: int) -> Mark:
        """A place further along the same line."""
        return replace(self, column=self.column + columns, length=max(length, 1))


@dataclass(frozen=True, slots=True)
class Marks:
    """Paths of a document to their places: one map for values, one for mapping keys."""

    file: str
    values: Mapping[Path, Mark] = field(default_factory=dict)
    keys: Mapping[Path, Mark] = field(default_factory=dict)

    def of(self, path: Path) -> Mark:
        """The place of a value, or of the nearest thing around it."""
        while True:
            if path in self.values:
                return self.values[path]
            if not path:
                return Mark(self.file)
            path = path[:-1]

    def of_key(self, path: Path) -> Mark:
        """The place of the key that introduces `path`; of the value where there is no key."""
        return self.keys[path] if path in self.keys else self.of(path)
