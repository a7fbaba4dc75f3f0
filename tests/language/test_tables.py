"""Tables as data: what comes out is what was put in, and nothing raises."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhflow.ground.diagnostics import Diagnostics
from rhflow.ground.values import Json
from rhflow.language.tables import MAX_ROWS, read_table

SCHEMA: Json = {
    "type": "array",
    "items": {
        "properties": {
            "n": {"type": "integer"},
            "x": {"type": ["number", "null"]},
            "yes": {"$ref": "#/$defs/flag"},
            "text": {"type": "string"},
            "either": {"type": ["integer", "string"]},
        }
    },
    "$defs": {"flag": {"type": "boolean"}},
}


def table(text: str | bytes, schema: Json = None, source: str = "a.csv") -> tuple[Json, list[str]]:
    problems = Diagnostics()
    found = read_table(text, source, problems, schema)
    return (None if found is None else found.data), list(map(str, problems))


GOOD: list[tuple[str | bytes, str, Json]] = [
    ("a,b\n1,2\n", "a.csv", [{"a": "1", "b": "2"}]),
    ("a\tb\n1\t2, 3\n", "a.tsv", [{"a": "1", "b": "2, 3"}]),
    ("a;b\n1;2,5\n", "a.csv", [{"a": "1", "b": "2,5"}]),
    (b"\xef\xbb\xbfa,b\r\n\xe4\xb8\xad,\r\n", "a.csv", [{"a": "中", "b": ""}]),
    ('a\n"one\ntwo, ""three"""\n', "a.csv", [{"a": 'one\ntwo, "three"'}]),
    (" a , b \n x , y \n\n\nz,\n", "a.csv", [{"a": " x ", "b": " y "}, {"a": "z", "b": ""}]),
    ("a,b\n", "a.csv", []),
    ("16:9,no\n012,yes\n", "a.csv", [{"16:9": "012", "no": "yes"}]),
]


@pytest.mark.parametrize(("text", "source", "rows"), GOOD)
def test_rows(text: str | bytes, source: str, rows: Json) -> None:
    assert table(text, source=source) == (rows, [])


def test_columns_by_the_schema() -> None:
    rows, told = table("n,x,yes,text,either\n 7 ,1.5,TRUE,8,9\n-1,2,false,,\n0,,true,,\n", SCHEMA)
    assert told == []
    assert rows == [
        {"n": 7, "x": 1.5, "yes": True, "text": "8", "either": "9"},
        {"n": -1, "x": 2, "yes": False, "text": "", "either": ""},
        {"n": 0, "x": None, "yes": True, "text": "", "either": ""},
    ]


BAD = [
    ("", "a.csv:1:1: a table begins with the names of its columns; this file is empty [table]"),
    ("a,a\n", 'a.csv:1:1: two columns have the name "a" [table]'),
    ("a,\n", "a.csv:1:1: column 2 has no name [table]"),
    ("$ref\nx\n", 'a.csv:1:1: the name of a column may not begin with "$": $ref [table]'),
    ("a,b\n\n1\n", "a.csv:3:1: this row has 1 cell, and the first line names 2 columns [table]"),
    ('a\n"x\ny"\n"z', "a.csv:4:1: a quote in this row is never closed [table]"),
    (
        'a\n"x"y\n',
        "a.csv:2:1: behind a closing quote comes the next cell; a quote inside a cell stands twice [table]",
    ),
    (
        "n\n9999999999999999\n",
        'a.csv:2:1: the column "n" holds whole numbers, not "9999999999999999" [table]',
    ),
    (f"a\n{'x' * 140_000}\n", "a.csv:2:1: this row has a cell of more than 100,000 characters [table]"),
]


@pytest.mark.parametrize(("text", "problem"), BAD, ids=[problem[:60] for _, problem in BAD])
def test_what_is_wrong(text: str, problem: str) -> None:
    assert table(text, SCHEMA) == (None, [problem])


def test_a_table_has_an_end() -> None:
    assert table("a\n" + "x\n" * (MAX_ROWS + 5)) == (
        None,
        [f"a.csv:{MAX_ROWS + 2}:1: a table has at most 20,000 rows [table]"],
    )


CELLS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=8)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=5))
def test_what_was_written_is_read(rows: list[list[str]]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([["left", "right"], *rows])
    assert table(written.getvalue()) == ([{"left": left, "right": right} for left, right in rows], [])


@given(st.text('ab,;"\n\r\t中 1', max_size=60) | st.binary(max_size=40))
def test_no_text_breaks_it(text: str | bytes) -> None:
    rows, told = table(text, SCHEMA)
    assert (rows is None) == bool(told)
