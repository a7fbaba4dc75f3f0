"""Short ways to read a text in tests."""

from __future__ import annotations

from collections.abc import Mapping

from rhflow.ground.diagnostics import Diagnostics
from rhflow.language.build import Reading, read_pipeline
from rhflow.language.document import Document, read_document
from rhflow.language.expressions.holes import Holes
from rhflow.language.expressions.tree import Value
from tests.language.catalogue import CATALOG


def document(text: str | bytes, source: str = "a.yaml") -> tuple[Document | None, list[str]]:
    """The document and its problems as `line:column name`."""
    problems = Diagnostics()
    found = read_document(text, source, problems)
    return found, [f"{item.mark.line}:{item.mark.column} {item.name}" for item in problems]


def value(source: str) -> Value:
    """The Value of one YAML value; problems fail the test."""
    problems = Diagnostics()
    found = read_document(f"v: {source}\n", "a.yaml", problems)
    assert found is not None, list(map(str, problems))
    assert isinstance(found.data, dict)
    parsed = Holes(found.marks, problems, lambda _path, _mark: None).value(found.data["v"], ("v",))
    assert not len(problems), list(map(str, problems))
    return parsed


def pipeline(text: str, files: Mapping[str, str | bytes] | None = None) -> Reading:
    """A reading with the files given as a mapping."""

    def open_text(path: str) -> str | bytes:
        if files is None or path not in files:
            raise FileNotFoundError(path)
        return files[path]

    return read_pipeline(text, "pipelines/a.rhflow.yaml", CATALOG, open_text)
