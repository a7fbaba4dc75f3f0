"""One document on the desk: its data and places, where its problems go, and what it may look up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from rhflow.catalog.read import Catalog
from rhflow.ground.diagnostics import Diagnostics
from rhflow.ground.marks import Mark
from rhflow.ground.references import Shape
from rhflow.ground.values import Json, JsonObject, Money, Path
from rhflow.language.data_files import DataFiles
from rhflow.language.document import Document
from rhflow.language.expressions.holes import Holes
from rhflow.language.expressions.tree import Value
from rhflow.language.pipeline import Pipeline
from rhflow.language.places import Places

MAX_SUGGESTIONS = 50
"""Looking for the name that was meant costs time: only the first few slips get an answer."""


@dataclass(slots=True)
class Sheet:
    """What every reader of one document shares.

    `open_part` reads another pipeline by its path, as the author wrote it at a place; None where it
    cannot be used (the reason is among the problems then).
    """

    document: Document
    catalog: Catalog
    files: DataFiles
    problems: Diagnostics
    open_part: Callable[[str, Mark], Pipeline | None]
    has_gaps: bool = False
    """Whether a step was left out for something that is wrong in another file."""
    nearest: dict[str, str | None] = field(default_factory=dict)
    shapes: dict[str, Shape | Diagnostics] = field(default_factory=dict)
    """What became of the schemas that expressions name, by path: a shape, or why there is none."""

    @property
    def data(self) -> Json:
        return self.document.data

    @property
    def marks(self) -> Places:
        return self.document.marks

    @property
    def source(self) -> str:
        return self.document.source

    def report(self, mark: Mark, name: str, message: str, hint: str | None = None) -> None:
        self.problems.add(mark, name, message, hint=hint)

    def value(self, data: Json, path: Path) -> Value:
        """A piece of the document with its expressions read."""
        return Holes(self.marks, self.problems, self.shape).value(data, path)

    def shape(self, path: str, mark: Mark) -> Shape | None:
        """The JSON Schema that an expression names at a place, read once; None where it was reported."""
        if path not in self.shapes:
            self.shapes[path] = self.files.shape(path, mark)
        found = self.shapes[path]
        if isinstance(found, Shape):
            return found
        self.problems.extend(
            item if item.mark.file != self.source else replace(item, mark=mark) for item in found
        )
        return None

    def money(self, value: Json, path: Path) -> Money | None:
        """An amount; None where there is none or it was reported."""
        if value is None or isinstance(value, list | dict | bool):
            return None
        try:
            return Money.parse(str(value))
        except ValueError as error:
            self.report(self.marks.of(path), "money", str(error).replace("'", '"'))
            return None

    def near(self, uses: str) -> str | None:
        """The model probably meant."""
        if uses not in self.nearest and len(self.nearest) < MAX_SUGGESTIONS:
            self.nearest[uses] = self.catalog.near(uses)
        return self.nearest.get(uses)


def mapping(value: Json) -> JsonObject:
    """The value where it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}
