"""Other files a pipeline speaks of: schemas and data, read through the function handed in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath, PurePosixPath
from typing import Any, TypeAlias, cast

from jsonschema.exceptions import SchemaError
from jsonschema.exceptions import ValidationError as SchemaViolation
from jsonschema.validators import Draft202012Validator, validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

from rhflow.ground.diagnostics import Diagnostics, did_you_mean, listing
from rhflow.ground.marks import Mark, Marks
from rhflow.ground.values import Json, Path, path_text
from rhflow.language.document import Document, read_document
from rhflow.language.problems import report_violations, sentence
from rhflow.language.tables import SEPARATORS, read_table

OpenText: TypeAlias = Callable[[str], str | bytes]
"""A path relative to the pipeline's folder (or absolute) to the file's text; raises OSError."""

MAX_VIOLATIONS = 50
_TYPES = ("string", "integer", "number", "boolean", "array", "object", "null")


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
    schema = document.data
    if not isinstance(schema, dict | bool):
        problems.add(document.marks.of(()), "schema", "a JSON Schema is a mapping")
        return False
    try:
        _validator(schema).check_schema(schema)
    except SchemaError as error:
        path: Path = tuple(error.absolute_path)
        message, hint = _fault_of_schema(error, path)
        problems.add(document.marks.of(path), "schema", message, hint=hint)
        return False
    return True


def _fault_of_schema(error: SchemaError, path: Path) -> tuple[str, str | None]:
    """What is wrong with a schema, and what to write: its commonest slip is a type that there is none of."""
    if path[-1:] == ("type",) and isinstance(error.instance, str):
        near = did_you_mean(error.instance, _TYPES)
        hint = f"did you mean {near}?" if near else f"types are {listing(_TYPES)}"
        return f'"{error.instance}" is no type of JSON Schema', hint
    what = sentence(error, str(error.validator), path_text(path) or "it")
    return f"this is no valid JSON Schema: {what}", None


def validate(
    data: Json, schema: Json, marks: Marks, mark: Mark, problems: Diagnostics, *, prefix: Path = ()
) -> None:
    """Check data against a schema; `mark` is where to point when the schema itself fails."""
    if not isinstance(schema, dict | bool):
        return
    violations: list[SchemaViolation] = []
    try:
        checker = _validator(schema)(cast("dict[str, Any]", schema), registry=Registry())
        for violation in checker.iter_errors(cast("Any", data)):
            violations.append(violation)
            if len(violations) == MAX_VIOLATIONS:
                break
    except Unresolvable:
        problems.add(mark, "schema", "the schema refers to a part that it does not hold itself")
        return
    except RecursionError:
        problems.add(mark, "schema", "the schema refers to itself without end")
        return
    report_violations(violations, marks, problems, prefix=prefix)


def _validator(schema: dict[str, Json] | bool) -> type[Draft202012Validator]:
    return cast(
        "type[Draft202012Validator]", validator_for(cast("Any", schema), default=Draft202012Validator)
    )
