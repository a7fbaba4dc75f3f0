"""What a fuzzer throws bytes at: each target takes any bytes, raises nothing, and is done within a second.

`tools/fuzz.py` looks for bytes that break this; those it found lie in tests/cases/language/found, and
`test_found.py` throws them again.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator

from rhflow.ground.diagnostics import Diagnostics, render
from rhflow.ground.marks import Mark
from rhflow.ground.references import Deferred, Resolved, Shape, from_json, shape_of, shapes_in, to_json
from rhflow.ground.values import JsonObject
from rhflow.language.build import read_pipeline
from rhflow.language.document import read_document
from rhflow.language.expressions.check import infer
from rhflow.language.expressions.evaluate import Fan, TaskHandle, evaluate, resolve
from rhflow.language.expressions.parse import parse_source
from rhflow.language.expressions.schema_types import of_schema
from rhflow.language.expressions.shaped import shapes_named
from rhflow.language.expressions.tree import Expression, ExpressionError
from rhflow.language.expressions.types import STRING, ListOf, MediaOf, Record
from rhflow.language.inputs import bind_inputs
from rhflow.language.schemas import schema_fault
from rhflow.language.tables import read_table
from tests.language.catalogue import CATALOG

LIMIT_S = 1.0
"""Of processor time, for one piece of bytes."""

SPLIT = b"\n---\n"
"""Between the schema and the text of `shapes`."""

MARK = Mark("fuzz.yaml")
HEAD = b"rhflow: 1\nsteps:\n"
SCHEMA: JsonObject = {
    "type": "object",
    "required": ["title"],
    "additionalProperties": False,
    "properties": {
        "title": {"type": "string"},
        "shots": {"type": "array", "items": {"$ref": "#/$defs/shot"}},
    },
    "$defs": {"shot": {"type": "object", "properties": {"line": {"type": "string"}}}},
}
FILES: dict[str, bytes] = {
    "a.json": json.dumps(SCHEMA).encode(),
    "a.yaml": b"title: a hill\nshots: [{line: dawn}]\n",
    "a.csv": b"title,line\na,b\n",
    "a.rhflow.yaml": b"rhflow: 1\ninputs: {b: {type: string}}\nsteps:\n"
    b'  s: {uses: seedream-v4/text-to-image, with: {prompt: "${{ inputs.b }}"}}\n'
    b'outputs: {o: "${{ steps.s.image }}"}\n',
}
WRITTEN = '{"title": "a", "shots": [{"line": "b"}, {}]}'
SCOPE: dict[str, object] = {
    "inputs": {
        "n": 3,
        "text": WRITTEN,
        "list": [1, 2, {"a": "b"}],
        "none": None,
        "data": {"shots": [{"a": 1}]},
    },
    "steps": {"hero": TaskHandle("hero"), "many": Fan((TaskHandle("many[0]"), None))},
    "item": {"line": "x"},
    "index": 0,
}
TYPES = {
    "inputs": Record({"n": STRING, "text": STRING, "list": ListOf(STRING)}, "inputs", "input"),
    "steps": Record(
        {"hero": Record({"text": MediaOf(None), "image": MediaOf(None)}, 'step "hero"', is_step=True)},
        "steps",
        "step",
        is_step=True,
    ),
}


def open_text(path: str) -> bytes:
    if path not in FILES:
        raise FileNotFoundError(path)
    return FILES[path]


def reader(data: bytes) -> None:
    """A pipeline file, and as it stands any document."""
    read_document(data, "fuzz.yaml", Diagnostics())
    for text in (data, HEAD + data):
        reading = read_pipeline(text, "fuzz.rhflow.yaml", CATALOG, open_text)
        told = [render(item, reading.sources) for item in reading.problems]
        is_wrong = any(item.severity == "error" for item in reading.problems)
        assert (reading.pipeline is None) is is_wrong, told
        if reading.pipeline is not None:
            bind_inputs(reading.pipeline, {}, open_text)


def expression(data: bytes) -> None:
    """What stands between `${{` and `}}`."""
    source = " ".join(data.decode("utf-8", "ignore").split())  # as the reader hands them on
    with contextlib.suppress(ExpressionError):
        node = parse_source(source)
        shapes: dict[str, Shape] = {str(named.value): shape_of(SCHEMA) for named in shapes_named(node)}
        parsed = Expression(source, node, MARK, shapes=shapes)
        problems = Diagnostics()
        infer(parsed, TYPES, problems)
        for item in problems:
            render(item, {"fuzz.yaml": source})
        resumed(evaluate(parsed, SCOPE))


def resumed(found: Resolved) -> None:
    """A value goes through a file, and what waits gets its results."""
    again = from_json(json.loads(json.dumps(to_json(found))), shapes_in(found))
    assert again == found
    if isinstance(found, Deferred):
        for known in (WRITTEN, "no json", None, 4.5, ["a", None]):
            with contextlib.suppress(ExpressionError):
                assert not isinstance(resolve(again, lambda _, known=known: known), Deferred)


def shapes(data: bytes) -> None:
    """A schema, and behind a line of three hyphens the text that was promised to fit it."""
    head, _, text = data.partition(SPLIT)
    problems = Diagnostics()
    document = read_document(head, "fuzz.json", problems, is_schema=True)
    if document is None or problems.has_errors or schema_fault(document.data) is not None:
        return
    of_schema(document.data, "json(steps.hero.text)")
    try:
        shape = shape_of(document.data)
    except ValueError:  # it holds what cannot travel; the reader says so
        return
    source = 'json(steps.hero.text, "a.json")'
    parsed = Expression(source, parse_source(source), MARK, shapes={"a.json": shape})
    infer(parsed, TYPES, Diagnostics())
    waiting = evaluate(parsed, SCOPE)
    written = text.decode("utf-8", "ignore")
    for known in (written, f"```json\n{written}\n```"):
        with contextlib.suppress(ExpressionError):
            resolve(waiting, lambda _, known=known: known)


def table(data: bytes) -> None:
    """A table, with and without a schema that has an opinion of its columns."""
    columns: JsonObject = {"items": {"properties": {"a": {"type": "integer"}, "b": {"type": "boolean"}}}}
    for schema in (None, columns):
        problems = Diagnostics()
        found = read_table(data, "fuzz.csv", problems, schema)
        assert found is not None or problems.has_errors


TARGETS: dict[str, Callable[[bytes], None]] = {
    "reader": reader,
    "expression": expression,
    "shapes": shapes,
    "table": table,
}


class TooSlow(Exception):
    """It came to an end, and far too late."""


@contextlib.contextmanager
def in_time(limit: float = LIMIT_S) -> Iterator[None]:
    started = time.process_time()
    yield
    took = time.process_time() - started
    if took > limit:
        raise TooSlow(f"{took:.1f} s of processor time")
