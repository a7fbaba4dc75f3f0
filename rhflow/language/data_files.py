"""Other files a pipeline speaks of: schemas and data, read through the function handed in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath, PurePosixPath
from typing import TypeAlias

from rhflow.ground.diagnostics import Diagnostics
from rhflow.ground.marks import Mark, Marks
from rhflow.ground.references import Shape, shape_of
from rhflow.ground.values import Json, Path
from rhflow.language.document import Document, read_document
from rhflow.language.schemas import UnfitSchema, examine, schema_fault
from rhflow.language.tables import SEPARATORS, read_table

OpenText: TypeAlias = Callable[[str], str | bytes]
"""A path relative to the pipeline's folder (or absolute) to the file's text; raises OSError."""


class DataFiles:
    """Reads files once each and keeps their texts, for carets."""

    def __init__(self, pipeline_file: str, open_text: OpenText) -> None:
        self.pipeline_file = pipeline_file
        self.folder = PurePosixPath(PurePath(pipeline_file).as_posix()).parent
        self.open_text = open_text
        self.sources: dict[str, str] = {}

    def shown(self, path: str) -> str:
        """A path beside the pipeline as messages name it."""
        return str(self.folder / PurePath(path).as_posix())

    def read(
        self, path: str, mark: Mark, problems: Diagnostics, *, is_schema: bool = False, columns: Json = None
    ) -> Document | None:
        """The file as a Document; `mark` is where the author named it.

        `columns` is the schema of the data: what it says of columns that are no text in a table.
        """
        source = self.shown(path)
        if not path or "://" in path:
            what = f"{path} is an address" if path else "this path is empty"
            problems.add(mark, "file", f"{what}; write the path of a file beside the pipeline")
            return None
        try:
            text = self.open_text(path)
        except (OSError, ValueError) as error:
            problems.add(mark, "file", file_fault(source, error))
            return None
        if path.lower().endswith(tuple(SEPARATORS)):
            document = read_table(text, source, problems, columns)
        else:
            document = read_document(text, source, problems, is_schema=is_schema)
        self.sources[source] = document.text if document else _readable(text)
        return document

    def shape(self, path: str, mark: Mark) -> Shape | Diagnostics:
        """The file as a JSON Schema that travels, or what keeps it from being one."""
        problems = Diagnostics()
        document = self.read(path, mark, problems, is_schema=True)
        if document is None or problems.has_errors or not check_schema(document, problems):
            return problems
        try:
            return shape_of(document.data)
        except ValueError:
            problems.add(mark, "schema", f"{self.shown(path)} holds a number or a text that cannot travel")
            return problems


def file_fault(source: str, error: OSError | ValueError) -> str:
    """Why a file cannot be read."""
    if isinstance(error, FileNotFoundError):
        return f"there is no file {source}"
    reason = (error.strerror if isinstance(error, OSError) else None) or "it is no path"
    return f"{source} cannot be read: {reason}"


def _readable(text: str | bytes) -> str:
    """Something to point into where the text is no UTF-8 or too long."""
    whole = text if isinstance(text, str) else text[:2_000_000].decode(errors="replace")
    return whole[:2_000_000].removeprefix("\ufeff")


def check_schema(document: Document, problems: Diagnostics) -> bool:
    """Whether the document is a JSON Schema; what is wrong with it is reported in its own file."""
    fault = schema_fault(document.data)
    if fault is not None:
        problems.add(document.marks.of(fault.path), "schema", fault.message, hint=fault.hint)
    return fault is None


def validate(
    data: Json, schema: Json, marks: Marks, mark: Mark, problems: Diagnostics, *, prefix: Path = ()
) -> None:
    """Check data against a schema; `mark` is where to point when the schema itself fails."""
    try:
        found = examine(data, schema).misfits
    except UnfitSchema as error:
        problems.add(mark, "schema", str(error))
        return
    for misfit in found:
        path = (*prefix, *misfit.path)
        place = marks.of_key(path) if misfit.at_key else marks.of(path)
        problems.add(place, "data", misfit.message, hint=misfit.hint)
