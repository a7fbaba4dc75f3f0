"""Reading a text strictly: scalars, places, and everything that must not get in."""

from __future__ import annotations

import time

import pytest

from rhflow.ground.diagnostics import Diagnostics
from rhflow.ground.values import Json
from rhflow.language.document import read_document
from tests.language.reading import document

SCALARS: list[tuple[str, Json]] = [
    ("16:9", "16:9"),
    ("12:30:45", "12:30:45"),
    ("no", "no"),
    ("yes", "yes"),
    ("on", "on"),
    ("2026-11-21", "2026-11-21"),
    ("1_000", "1_000"),
    ("012", 12),
    ("0o14", 12),
    ("0x1F", 31),
    ("-7", -7),
    ("+7", 7),
    ("1e3", 1000.0),
    (".5", 0.5),
    ("5.", 5.0),
    ("-0.0", -0.0),
    ("~", None),
    ("null", None),
    ("NULL", None),
    ("", None),
    ("nil", "nil"),
    ("true", True),
    ("FALSE", False),
    ("tRue", "tRue"),
    ('"true"', "true"),
    ("'12'", "12"),
    ("0b1", "0b1"),
    ("1.2.3", "1.2.3"),
    ("--1", "--1"),
    ("=", "="),
    ("9007199254740991", 9007199254740991),
]


@pytest.mark.parametrize(("written", "meant"), SCALARS)
def test_scalars_are_yaml_1_2_core(written: str, meant: Json) -> None:
    found, problems = document(f"v: {written}\n")
    assert not problems
    assert found is not None
    assert found.data == {"v": meant}
    assert isinstance(found.data, dict)
    assert type(found.data["v"]) is type(meant)


REFUSED = [
    ("a: .inf", "1:4 number"),
    ("a: -.INF", "1:4 number"),
    ("a: .nan", "1:4 number"),
    ("a: 1e999", "1:4 number"),
    ("a: 9007199254740992", "1:4 number"),
    ("a: " + "9" * 5000, "1:4 number"),
    ("a: 1\nb: 2\na: 3", "3:1 duplicate-key"),
    ("中文:\n  a: 1\n  一: 2\n  a: 3", "4:3 duplicate-key"),
    ("a:\n\tb: 1", "2:1 tab"),
    ("a: b\n\tc: d", "2:1 tab"),
    ("a: !!str 5", "1:4 tag"),
    ("a: !x {b: 1}", "1:4 tag"),
    ("a: &x 1\nb: {<<: *x}", "2:5 merge-key"),
    ("a: &x [*x]", "1:8 alias"),
    ("a: *x", "1:4 alias"),
    ("a: &x b\n*x : 1", "2:1 key"),
    ("1: a", "1:1 key"),
    ("true: a", "1:1 key"),
    ("~: a", "1:1 key"),
    ("? [a]\n: b", "1:3 key"),
    ("$ref: a", "1:1 key"),
    ("a: {{ b }}", "1:4 bare-braces"),
    ("a: [{{ b }}]", "1:5 bare-braces"),
    ("a: {b: ${{ c }}}", "1:8 unquoted-expression"),
    ("一: [${{ c }}, d]", "1:5 unquoted-expression"),
    ("a: ${{ b ? c : d }}", "1:4 unquoted-expression"),
    ("--- a\n--- b", "2:1 several-documents"),
    ("a: 1\n...\nb: 2", "3:1 yaml-syntax"),
    ("a: b: c", "1:5 yaml-syntax"),
    ("a: @b", "1:4 yaml-syntax"),
    ("a: 'b", "1:4 yaml-syntax"),
    ("a: [1, 2", "1:4 yaml-syntax"),
    ('a: "\\q"', "1:5 yaml-syntax"),
    ('a: "\\ud800"', "1:7 yaml-syntax"),
    ('a: 1\n"b" 2\n', "2:1 yaml-syntax"),
    ("a: b\0c", "1:5 bad-character"),
    ("a: b\ufeffc", "1:5 bad-character"),
    ("a: \ud800", "1:4 bad-character"),
    ("a: \x1b[31m", "1:4 bad-character"),
    (b"a: \xff", "1:4 not-utf8"),
    ("一: ".encode() + b"\xff", "1:4 not-utf8"),
    (b"\xef\xbb\xbfa: \xe4", "1:4 not-utf8"),
    ("a: b".encode("utf-16"), "1:1 not-utf8"),
]


@pytest.mark.parametrize(("text", "problem"), REFUSED)
def test_refused_at_its_place(text: str | bytes, problem: str) -> None:
    _, problems = document(text)
    assert problems == [problem]


def test_every_soft_problem_is_told_at_once() -> None:
    _, problems = document("1: a\nb: .nan\nc: *x\nd: !t e\nb: 2\n")
    assert problems == ["1:1 key", "2:4 number", "3:4 alias", "4:4 tag", "5:1 duplicate-key"]


def test_places_count_characters() -> None:
    text = "\ufeff中文😀: {一: [x, 😀😀, y]}\r\nb: 'it''s'\r\n"
    found, problems = document(text.encode())
    assert not problems
    assert found is not None
    assert found.data == {"中文😀": {"一": ["x", "😀😀", "y"]}, "b": "it's"}
    assert str(found.marks.of(("中文😀", "一", 2))) == "a.yaml:1:18"
    assert found.marks.of(("中文😀", "一", 1)).length == 2
    assert str(found.marks.of_key(("b",))) == "a.yaml:2:1"
    assert str(found.marks.of(("b", "nothing", 3))) == "a.yaml:2:4"


def test_json_is_read_too() -> None:
    found, problems = document(
        '{"a": [1.5, null, "\\ud83d\\ude00\\/\\u4e2d"],\n\t"b": {"c": false}}', "a.json"
    )
    assert not problems
    assert found is not None
    assert found.data == {"a": [1.5, None, "😀/中"], "b": {"c": False}}
    assert str(found.marks.of_key(("b", "c"))) == "a.json:2:8"


def test_schemas_may_speak_of_references() -> None:
    problems = Diagnostics()
    found = read_document('{"$ref": "#/$defs/a"}', "s.json", problems, is_schema=True)
    assert found is not None
    assert found.data == {"$ref": "#/$defs/a"}
    assert not len(problems)


def test_aliases_are_written_out_and_keep_places() -> None:
    found, problems = document("a: &x {b: [1, ok]}\nc: *x\n")
    assert not problems
    assert found is not None
    assert found.data == {"a": {"b": [1, "ok"]}, "c": {"b": [1, "ok"]}}
    assert str(found.marks.of(("c",))) == "a.yaml:2:4"
    assert str(found.marks.of(("c", "b", 1))) == "a.yaml:1:15"


BOMBS: dict[str, str] = {
    "brackets": "[" * 200_000,
    "braces": "{a: " * 200_000,
    "dashes": "- " * 200_000,
    "questions": "? " * 200_000,
    "indents": "\n".join(" " * depth + "a:" for depth in range(900)),
    "laughs": "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    + "".join(
        f"{b}: &{b} [{', '.join(['*' + a] * 10)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ),
    "long alias": "- &a '" + "x" * 1_000_000 + "'\n" + "- *a\n" * 4_000,
    "alias depth": "".join(
        f"- &a{n} [[[[[[[[[[{'*a' + str(n - 1) if n else ''}]]]]]]]]]]\n" for n in range(20)
    ),
    "many": "- a\n" * 499_000,
    "many keys": "".join(f"k{n}: 1\n" for n in range(150_000)),
    "flow": "[" + "{a: b}," * 250_000 + "]",
    "fifty megabytes": "a" * 50_000_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_nothing_takes_over(name: str) -> None:
    started = time.process_time()
    found, problems = document(BOMBS[name])
    assert time.process_time() - started < 2, "it should take a fraction of a second"
    assert found is None
    assert len(problems) == 1


def test_large_texts_pass() -> None:
    found, problems = document("a: " + "x" * 1_900_000 + "\nb: {{ c }}\n")
    assert problems == ["2:4 bare-braces"]
    assert found is not None
