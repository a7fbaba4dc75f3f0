"""Whatever the text: nothing raises but what is meant to, and every place lies inside the text."""

from __future__ import annotations

import ast
import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rhflow.ground.diagnostics import Diagnostics, render
from rhflow.ground.marks import Mark
from rhflow.ground.references import Deferred, from_json, to_json
from rhflow.language.document import read_document
from rhflow.language.expressions.evaluate import ExpressionError, evaluate, resolve
from rhflow.language.expressions.parse import parse_source
from rhflow.language.expressions.tree import Expression
from tests.language.reading import pipeline
from tests.language.test_evaluate import SCOPE

SIGNS = [*"ab中😀 \t\n\r:-[]{}#&*!|>'\"%@`,?$\\~.01", "${{", "}}", "rhflow: 1\n", "\ufeff"]
LINES = """rhflow: 1
steps:
  a:
    uses: seedream-v4/text-to-image
    with:
      prompt: a ${{ steps.a.image }}
      prompt: ${{ item.x or inputs.b }}
inputs:
  b: {type: string}
    foreach: [1]
    as: it
    needs: a
    if: ${{ previous.image or index > 0 }}
    matrix: {s: [a, b], t: "${{ inputs.b }}"}
    at_most: 3
    zip: true
    retry: 1
    timeout: {queued: 2h}
    unchecked: true
    fallback: [{uses: seedream-v4/text-to-image, with: {prompt: "${{ matrix.s }}"}}]
  part: {uses: ./a.rhflow.yaml, with: {b: "${{ steps.part.outputs.o }}"}}
  flow: {uses: workflow/7, with: {nodes: {"6": {text: x}}}}
defaults: {retry: 2, on_rejected: skip}
outputs:
  o: ${{ steps.a.image }}
    steps:
        c: {uses: local/concat, with: {clips: ["${{ steps.a.video }}"]}}""".splitlines(keepends=True)
YAMLISH = (
    st.lists(st.sampled_from(SIGNS), max_size=60).map("".join)
    | st.lists(st.sampled_from(LINES), max_size=14).map("".join)
    | st.lists(st.sampled_from([*LINES, *SIGNS]), max_size=25).map("".join)
)


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


NAMES = st.sampled_from(
    [
        "inputs.n",
        "inputs.name",
        "inputs.none",
        "inputs.list",
        "inputs.picture",
        "inputs.data.shots",
        "shot",
        "index",
        "steps.hero.image",
        "steps.hero.text",
        "steps.hero.duration",
        "steps.shots.clip.video",
        "steps.shots",
        "steps.many",
        "steps.many.image",
        "steps",
        "true",
        "null",
        "0",
        "1",
        "2.5",
        "'a'",
        "[]",
        "nothing",
    ]
)


OPERATORS = ["+", "-", "*", "/", "//", "%", "==", "!=", "<", "<=", "and", "or", "in"]
CALLS = [
    "len",
    "min",
    "round",
    "int",
    "float",
    "str",
    "bool",
    "join",
    "split",
    "lower",
    "slug",
    "range",
    "json",
]


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, st.sampled_from(OPERATORS), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(inner, st.sampled_from(["line", "image", "video", "frame", "x"])).map(".".join),
        st.tuples(st.sampled_from(CALLS), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
        pair.map(lambda t: f"{t[0]}[{t[1]}]"),
        pair.map(lambda t: f"[{t[0]}, {t[1]}]"),
        pair.map(lambda t: f"{t[0]}[0:{t[1]}]"),
        pair.map(lambda t: f"[({t[0]} or s) for s in {t[1]}]"),
        pair.map(lambda t: f"default({t[0]}, {t[1]})"),
        pair.map(lambda t: f"zip({t[0]}, {t[1]})"),
        pair.map(lambda t: f"replace({t[0]}, {t[1]}, 'x')"),
        inner.map(lambda t: f"[s.line for s in {t} if s]"),
        inner.map(lambda t: f"(not {t})"),
        inner.map(lambda t: f"(-{t})"),
    )


@given(st.recursive(NAMES, _grow, max_leaves=8))
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


DEEP = [
    "(" * 900,
    "-" * 1999 + "1",
    "not " * 490 + "1",
    "a" + ".b" * 900,
    "a" + "[0]" * 600,
    "1" + "+1" * 900,
]


@pytest.mark.parametrize("source", DEEP)
def test_deep_sources_are_refused(source: str) -> None:
    with pytest.raises(ExpressionError, match=r"deeply|early|cannot be read|not expected"):
        parse_source(source)
