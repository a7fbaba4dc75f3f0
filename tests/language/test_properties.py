"""Whatever the text: nothing raises but what is meant to, and every place lies inside the text."""

from __future__ import annotations

import ast
import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rhflow.ground.diagnostics import Diagnostics, render
from rhflow.ground.marks import Mark
from rhflow.ground.references import Deferred, from_json, to_json
from rhflow.language.document import read_document
from rhflow.language.expressions.evaluate import ExpressionError, evaluate, resolve
from rhflow.language.expressions.parse import parse_source
from rhflow.language.expressions.tree import Expression
from tests.language.reading import pipeline
from tests.language.strategies import EXPRESSIONS, SHAPES, YAMLISH
from tests.language.targets import shapes
from tests.language.test_evaluate import SCOPE

FOUND = Path(__file__).parent.parent / "cases" / "language" / "found"


@given(st.text() | YAMLISH)
@settings(max_examples=300)
def test_the_reader_never_raises(text: str) -> None:
    problems = Diagnostics()
    found = read_document(text, "a.yaml", problems)
    assert found is not None or problems.has_errors
    lines = text.removeprefix("\ufeff").splitlines() or [""]
    for item in problems:
        assert 1 <= item.mark.line <= len(lines) + 1
        line = lines[item.mark.line - 1] if item.mark.line <= len(lines) else ""
        assert 1 <= item.mark.column <= len(line) + 2
        render(item, {"a.yaml": text})


@given(st.binary(max_size=60))
def test_bytes_never_raise(data: bytes) -> None:
    problems = Diagnostics()
    found = read_document(data, "a.yaml", problems)
    assert found is not None or problems.has_errors


@given(YAMLISH)
@settings(max_examples=300)
def test_a_reading_is_a_pipeline_or_says_why(text: str) -> None:
    reading = pipeline(text)
    is_wrong = any(item.severity == "error" for item in reading.problems)
    assert (reading.pipeline is None) is is_wrong
    assert reading.problems == tuple(sorted(reading.problems))


@given(EXPRESSIONS)
@settings(max_examples=800)
def test_expressions_raise_nothing_but_their_own_error(source: str) -> None:
    try:
        node = parse_source(source)
        found = evaluate(Expression(source, node, Mark("a.yaml")), SCOPE)
    except ExpressionError:
        return
    assert from_json(to_json(found)) == found
    if isinstance(found, Deferred):
        with contextlib.suppress(ExpressionError):
            assert not isinstance(resolve(found, lambda _: "known"), Deferred)


@given(
    st.text(max_size=60)
    | st.text(st.sampled_from("abc._[](){}'\"+-*/%<>=!&|,:; 0123456789\\\n@~^lambdforinif"), max_size=60)
)
@settings(max_examples=500)
def test_any_source_is_an_expression_or_says_why(source: str) -> None:
    with contextlib.suppress(ExpressionError):
        assert isinstance(parse_source(source), ast.expr)


@given(SHAPES)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_any_schema_and_text_are_read_or_refused(data: bytes) -> None:
    shapes(data)


DEEP = sorted(FOUND.glob("expression-deep_*"))


@pytest.mark.parametrize("path", DEEP, ids=lambda path: path.stem)
def test_deep_sources_are_refused(path: Path) -> None:
    with pytest.raises(ExpressionError, match=r"deeply|early|cannot be read|not expected"):
        parse_source(path.read_text("utf-8"))


def test_there_are_deep_sources() -> None:
    assert len(DEEP) == 6
