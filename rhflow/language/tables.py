"""Tables (CSV, TSV) as data: a list of rows, each a mapping by the names of the first line.

A cell is text; where the schema of the data says that a column holds whole numbers, numbers or
booleans, it is read as one. An empty cell of such a column is null.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rhflow.ground.diagnostics import Diagnostics, counted
from rhflow.ground.marks import Mark
from rhflow.ground.values import Json, JsonObject, Path
from rhflow.language.decoding import decode
from rhflow.language.document import MAX_BYTES, Document
from rhflow.language.places import Places
from rhflow.language.scalars import LARGEST_INTEGER

SEPARATORS = {".csv": ",", ".tsv": "\t"}
MAX_ROWS = 20_000

_FAULTS = {
    "unexpected end": "a quote in this row is never closed",
    "field larger": "this row has a cell of more than 100,000 characters",
    "expected after": "behind a closing quote comes the next cell; a quote inside a cell stands twice",
}
"""What the reader of the standard library complains about, in our words."""


@dataclass(frozen=True, slots=True)
class _Row:
    """The cells of one row, and the line of the file on which it begins."""

    line: int
    cells: list[str]


def read_table(raw: str | bytes, source: str, problems: Diagnostics, schema: Json) -> Document | None:
    """A table as a Document; None where it is none.

    The first line names the columns. A `;` or a tab separates where the first line has it and no comma.
    """
    text = decode(raw, source, problems, MAX_BYTES)
    if text is None:
        return None
    found = Diagnostics()
    table = _Table(text, source, found, _columns(schema))
    rows = table.read()
    problems.extend(found)
    if rows is None or found.has_errors:
        return None
    return Document(rows, Places(source, table.values, table.keys, text), source, text)


class _Table:
    def __init__(self, text: str, source: str, problems: Diagnostics, columns: dict[str, str]) -> None:
        self.text = text
        self.source = source
        self.problems = problems
        self.columns = columns
        self.values: dict[Path, Mark] = {}
        self.keys: dict[Path, Mark] = {}

    def read(self) -> list[Json] | None:
        rows = self.rows()
        head = next(rows, None)
        if head is None:
            self.report(1, "a table begins with the names of its columns; this file is empty")
            return None
        names = [name.strip() for name in head.cells]
        if not self.are_good(names, head.line):
            return None
        self.values[()] = Mark(self.source, head.line)
        made: list[Json] = []
        for row in rows:
            if len(made) == MAX_ROWS:
                self.report(row.line, f"a table has at most {MAX_ROWS:,} rows")
                break
            if len(row.cells) != len(names):
                cells = counted(len(row.cells), "cell")
                hint = (
                    "a cell that holds a comma must stand in quotes" if len(row.cells) > len(names) else None
                )
                self.report(
                    row.line, f"this row has {cells}, and the first line names {len(names)} columns", hint
                )
                continue
            made.append(self.row(names, row, len(made)))
        return made

    def rows(self) -> Iterator[_Row]:
        """Every row that is not empty; a quoted cell may span lines."""
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.separator(), strict=True)
        begins = 1
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                said = next((ours for words, ours in _FAULTS.items() if words in str(error)), None)
                self.report(begins, said or "this row cannot be read")
                return
            if cells:
                yield _Row(begins, cells)
            begins = reader.line_num + 1

    def separator(self) -> str:
        first = self.text.partition("\n")[0]
        if "," not in first:
            return next((sign for sign in ("\t", ";") if sign in first), ",")
        return "\t" if self.source.lower().endswith(".tsv") and "\t" in first else ","

    def are_good(self, names: list[str], line: int) -> bool:
        """Whether every column has a name of its own."""
        good = True
        for index, name in enumerate(names):
            if not name:
                self.report(line, f"column {index + 1} has no name")
                good = False
            elif name in names[:index]:
                self.report(line, f'two columns have the name "{name}"')
                good = False
            elif name.startswith("$"):
                self.report(line, f'the name of a column may not begin with "$": {name}')
                good = False
        return good

    def row(self, names: list[str], row: _Row, index: int) -> JsonObject:
        self.values[(index,)] = Mark(self.source, row.line)
        made: JsonObject = {}
        for name, cell in zip(names, row.cells, strict=True):
            made[name] = self.cell(name, cell, row.line)
        return made

    def cell(self, name: str, cell: str, line: int) -> Json:
        wanted = self.columns.get(name)
        if wanted is None:
            return cell
        text = cell.strip()
        if not text:
            return None
        match wanted:
            case "boolean" if text.lower() in ("true", "false"):
                return text.lower() == "true"
            case "integer" if re.fullmatch(r"[-+]?[0-9]{1,16}", text) and abs(int(text)) <= LARGEST_INTEGER:
                return int(text)
            case "number" if re.fullmatch(r"[-+]?[0-9]{1,15}", text):
                return int(text)
            case "number" if re.fullmatch(r"[-+]?[0-9]{0,15}\.?[0-9]{1,15}([eE][-+]?[0-9]{1,2})?", text):
                return float(text)
            case _:
                shown = text if len(text) <= 40 else f"{text[:39]}…"
                self.report(line, f'the column "{name}" holds {_WORDS[wanted]}, not "{shown}"')
                return None

    def report(self, line: int, message: str, hint: str | None = None) -> None:
        lines = self.text.split("\n")
        length = len(lines[line - 1]) if 0 < line <= len(lines) else 1
        self.problems.add(Mark(self.source, line, 1, max(length, 1)), "table", message, hint=hint)


_WORDS = {"integer": "whole numbers", "number": "numbers", "boolean": "true and false"}


def _columns(schema: Json) -> dict[str, str]:
    """The columns that are no text, by what the schema says of the items of the list."""
    items = schema.get("items") if isinstance(schema, dict) else None
    items = _meant(schema, items)
    properties = items.get("properties") if isinstance(items, dict) else None
    found: dict[str, str] = {}
    for name, part in (properties if isinstance(properties, dict) else {}).items():
        meant = _meant(schema, part)
        named = meant.get("type") if isinstance(meant, dict) else None
        options = named if isinstance(named, list) else [named]
        plain = [option for option in options if isinstance(option, str) and option != "null"]
        if len(plain) == 1 and plain[0] in _WORDS:
            found[name] = plain[0]
    return found


def _meant(root: Json, part: Json) -> Json:
    """A part of a schema, looked up where it only refers to another part of it."""
    for _ in range(8):
        reference = part.get("$ref") if isinstance(part, dict) else None
        if not isinstance(reference, str) or not reference.startswith("#/"):
            break
        part = root
        for step in reference[2:].split("/"):
            part = part.get(step) if isinstance(part, dict) else None
    return part
