"""What expressions are worth: values, references that pass through, what has to wait."""

from __future__ import annotations

import time

import pytest

from rhflow.ground.media import Kind
from rhflow.ground.references import Deferred, FileMedia, Ref, Resolved, UrlMedia, from_json, refs_in, to_json
from rhflow.language.expressions.evaluate import ExpressionError, Fan, TaskHandle, evaluate, resolve
from rhflow.language.expressions.json_text import parsed_json
from tests.language.reading import value

PICTURE = FileMedia("/pictures/a.png", Kind.IMAGE)
SCOPE: dict[str, object] = {
    "inputs": {
        "n": 3,
        "x": 1.5,
        "name": "Ann",
        "yes": True,
        "none": None,
        "picture": PICTURE,
        "list": [3, 1, 2],
        "data": {"shots": [{"line": "p", "s": 4}, {"line": "q", "s": 6, "note": "c"}], "class": "k"},
    },
    "index": 1,
    "previous": None,
    "shot": {"line": "p", "s": 4},
    "pipeline": {"name": "film", "folder": "/f"},
    "steps": {
        "hero": TaskHandle("hero"),
        "plain": {"a": TaskHandle("plain.a")},
        "shots": Fan(
            (
                {"frame": TaskHandle("shots[0].frame"), "clip": TaskHandle("shots[0].clip")},
                {"frame": TaskHandle("shots[1].frame"), "clip": TaskHandle("shots[1].clip")},
            )
        ),
        "many": Fan((TaskHandle("many[0]"), None, TaskHandle("many[2]"))),
        "parts": Fan(
            (
                {"outputs": {"clip": Ref("parts[0].c", "video"), "size": {"w": 2}}},
                {"outputs": {"clip": Ref("parts[1].c", "video"), "size": {"w": 3}}},
                None,
            )
        ),
        "nested": Fan((Fan((TaskHandle("n[0][0]"), TaskHandle("n[0][1]"))), Fan(()))),
    },
}

VALUES: list[tuple[str, Resolved]] = [
    ("steps.parts.outputs.clip", [Ref("parts[0].c", "video"), Ref("parts[1].c", "video"), None]),
    ("steps.parts[1].outputs.clip", Ref("parts[1].c", "video")),
    ("steps.parts.outputs.size", [{"w": 2}, {"w": 3}, None]),
    ("steps.parts.outputs.size.w", [2, 3, None]),
    ("[part.w for part in steps.parts.outputs.size if part]", [2, 3]),
    ("previous.clip.video or steps.hero.image", Ref("hero", "image")),
    ("[previous.clip.video, previous.clip.image[0].x]", [None, None]),
    ("inputs.n + 1", 4),
    ("inputs.n - 1 * 2", 1),
    ("(inputs.n - 1) * 2", 4),
    ("7 / 2", 3.5),
    ("7 // 2", 3),
    ("7 % 2", 1),
    ("-inputs.n", -3),
    ("1 < 2 < 3", True),
    ("1 < 2 > 3", False),
    ("'a' < 'b'", True),
    ("1 == 1.0", True),
    ("true == 1", False),
    ("[1, true] == [1, 1]", False),
    ("inputs.none == null", True),
    ("inputs.picture == null", False),
    ("2 in inputs.list", True),
    ("true in [1]", False),
    ("'n' in 'Ann'", True),
    ("'line' in shot", True),
    ("'x' not in inputs.none", True),
    ("not inputs.none", True),
    ("inputs.none or 'b'", "b"),
    ("inputs.name and 'b'", "b"),
    ("0 or inputs.none", None),
    ("'a' if inputs.yes else 'b'", "a"),
    ("inputs.none.a.b[0].c", None),
    ("inputs.data.shots[1].line", "q"),
    ("inputs.data.shots[-1]['line']", "q"),
    ("inputs.data['class']", "k"),
    ("inputs['name'][0]", "A"),
    ("inputs.list[1:]", [1, 2]),
    ("inputs.list[:-1]", [3, 1]),
    ("[s.line for s in inputs.data.shots]", ["p", "q"]),
    ("[s.line for s in inputs.data.shots if s.s > 5]", ["q"]),
    ("[a + b for a, b in zip(inputs.list, range(3))]", [3, 2, 4]),
    ("[n for n in inputs.none]", None),
    ("inputs.list + [4]", [3, 1, 2, 4]),
    ("'ab' * 2", "abab"),
    ("'a' + inputs.name", "aAnn"),
    ("inputs.picture", PICTURE),
    ("inputs.picture or steps.hero.image", PICTURE),
    ("' }} '", " }} "),
    ("'it\\'s'", "it's"),
    ("pipeline.name", "film"),
    ("len(inputs.list)", 3),
    ("len('中文')", 2),
    ("min(inputs.list)", 1),
    ("max(1, 2.5)", 2.5),
    ("max('a', 'b')", "b"),
    ("round(2.675, 2)", 2.67),
    ("round(2.5)", 2),
    ("int('12') + int(3.9) + int(true)", 16),
    ("float('1e2')", 100.0),
    ("str(1.0) + str(true)", "1.0true"),
    ("bool('')", False),
    ("bool(inputs.picture)", True),
    ("join(['a', 1, true], '-')", "a-1-true"),
    ("join([])", ""),
    ("split(' a  b ')", ["a", "b"]),
    ("split('a,b', ',')", ["a", "b"]),
    ("lower('ÄB') + upper('c')", "äbC"),
    ("replace('aaa', 'a', 'bc')", "bcbcbc"),
    ("slug('Héllo,  World_一只兔!')", "héllo-world-一只兔"),
    ("json(shot)", '{"line": "p", "s": 4}'),
    ("json(['中'])", '["中"]'),
    ("json('[1, true, null]')", [1, True, None]),
    ("json(json(shot)).line", "p"),
    ("range(3)", [0, 1, 2]),
    ("range(1, 6, 2)", [1, 3, 5]),
    (
        "[p[1] for p in zip(range(2), steps.shots.clip.video)]",
        [Ref("shots[0].clip", "video"), Ref("shots[1].clip", "video")],
    ),
    ("steps.hero.image if inputs.yes else 1", Ref("hero", "image")),
]


@pytest.mark.parametrize(("source", "worth"), VALUES)
def test_values(source: str, worth: Resolved) -> None:
    quoted = source.replace("'", "''")
    found = evaluate(value(f"'${{{{ {quoted} }}}}'"), SCOPE)
    assert found == worth
    assert type(found) is type(worth)


WRONG: list[tuple[str, str, str]] = [
    ("shot.lime", "lime", 'there is no "lime" here; it has "line" and "s"'),
    ("inputs.data.shots.line", "line", "a list has no .line"),
    ("inputs.n.x", "x", "a number has no .x"),
    ("inputs.picture.x", "x", "a media file has no .x"),
    ("inputs.list[7]", "inputs.list[7]", "there is no item 7: the list has 3 items, counted from 0"),
    ("inputs.list['a']", "inputs.list['a']", "an index wants a whole number, not a string"),
    ("inputs.list[true]", "inputs.list[true]", "an index wants a whole number, not true or false"),
    ("1 / 0", "1 / 0", "division by zero"),
    ("5 % 0", "5 % 0", "division by zero"),
    ("inputs.none + 1", "inputs.none + 1", "+ wants a number, not null"),
    ("true + 1", "true + 1", "+ wants a number, not true or false"),
    ("'a' + 1", "'a' + 1", "+ cannot join a string and a number"),
    ("1 + 1 < 'a'", "1 + 1 < 'a'", "< wants a number, not a string"),
    ("[1] * 2", "[1] * 2", "* wants a number, not a list"),
    ("9007199254740991 + 1", "9007199254740991 + 1", "the number is too large to travel as JSON"),
    ("1e308 * 10", "1e308 * 10", "the number is too large"),
    ("steps.hero", "hero", "a step is no value; say which of its outputs"),
    ("steps.hero.vidoe", "vidoe", 'a step has no output "vidoe"'),
    ("lower(1)", "lower(1)", "lower wants a string, not a number"),
    ("join('a', ['b'])", "join('a', ['b'])", "the list comes first: join(list, separator)"),
    ("join([null])", "join([null])", "join wants strings and numbers, and there is null among them"),
    ("int('x')", "int('x')", '"x" is no whole number'),
    ("str([1])", "str([1])", "str wants a string, a number, true or false, not a list; see json"),
    ("min([])", "min([])", "min of nothing has no value"),
    ("zip([1], [])", "zip([1], [])", "zip wants lists of one length; these have 1 and 0 items"),
    ("json('{a: 1}')", "json('{a: 1}')", 'json cannot read this text as JSON: "{a: 1}"'),
    ("json('NaN')", "json('NaN')", 'json cannot read this text as JSON: "NaN"'),
    ("json('[1e999]')", "json('[1e999]')", 'a number of this JSON is too large: "[1e999]"'),
    (
        "json('9007199254740993')",
        "json('9007199254740993')",
        'a number of this JSON is too large: "9007199254740993"',
    ),
    (
        "json('[{\"$file\": 1}]')",
        "json('[{\"$file\": 1}]')",
        'a key of this JSON begins with "$": "[{"$file": 1}]"',
    ),
    ("json(inputs.picture)", "json(inputs.picture)", "json cannot read a media file"),
    ("range(20000)", "range(20000)", "range would make 20,000 items; 10,000 are allowed"),
    ("'a' * 2000000", "'a' * 2000000", "* would make a text of 2,000,000 characters; 1,000,000 are allowed"),
    ("[n for n in 5]", "[n for n in 5]", "for runs over a list, not over a number"),
    ("nothing", "nothing", 'there is no "nothing" here'),
    ("split('a', '')", "split('a', '')", "split cannot cut at an empty string"),
    ("replace('a', '', 'b')", "replace('a', '', 'b')", "replace cannot look for an empty string"),
]


@pytest.mark.parametrize(("source", "part", "message"), WRONG)
def test_wrong_at_its_place(source: str, part: str, message: str) -> None:
    quoted = source.replace("'", "''")
    with pytest.raises(ExpressionError) as caught:
        evaluate(value(f"'一 ${{{{ {quoted} }}}}'"), SCOPE)
    assert caught.value.message == message
    mark = caught.value.mark
    assert mark is not None
    line = f"v: '一 ${{{{ {quoted} }}}}'"
    assert line[mark.column - 1 :].startswith(part.replace("'", "''"))


TEXTS: list[tuple[str, Resolved]] = [
    ("a ${{ inputs.n }} b ${{ inputs.x }} ${{ true }}", "a 3 b 1.5 true"),
    ("${{ inputs.n }}", 3),
    ("${{ inputs.n }}!", "3!"),
    ("${{ steps.hero.text }}!", Deferred("", parts=(Ref("hero", "text"), "!"))),
    ("no holes", "no holes"),
]


@pytest.mark.parametrize(("written", "worth"), TEXTS)
def test_text_with_holes(written: str, worth: Resolved) -> None:
    assert evaluate(value(f'"{written}"'), SCOPE) == worth


@pytest.mark.parametrize(
    ("hole", "message"),
    [
        ("inputs.none", "null cannot stand inside text"),
        ("inputs.list", "a list cannot stand inside text"),
        ("shot", "a mapping cannot stand inside text"),
        ("inputs.picture", "a media file cannot stand inside text"),
    ],
)
def test_what_cannot_stand_in_text(hole: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message) as caught:
        evaluate(value(f"a ${{{{ {hole} }}}}"), SCOPE)
    assert caught.value.mark is not None
    assert caught.value.mark.column == 10


KNOWN: dict[Ref, Resolved] = {
    Ref("hero", "text"): "a poem",
    Ref("hero", "image"): UrlMedia("https://a/b.png", Kind.IMAGE),
    Ref("hero", "images"): ["i1", "i2"],
    Ref("hero", "duration"): 5.5,
    Ref("shots[0].clip", "video"): None,
    Ref("shots[1].clip", "video"): "v1",
    Ref("many[0]", "text"): "one",
    Ref("many[2]", "text"): "three",
}

WAITING: list[tuple[str, Resolved, set[Ref]]] = [
    ("steps.hero.duration > 5", True, {Ref("hero", "duration")}),
    ("steps.hero.duration + 1", 6.5, {Ref("hero", "duration")}),
    ("lower(steps.hero.text)", "a poem", {Ref("hero", "text")}),
    ("upper(steps.hero.text) + inputs.name", "A POEMAnn", {Ref("hero", "text")}),
    ("steps.hero.images[1]", "i2", {Ref("hero", "images")}),
    (
        "steps.shots[0].clip.video or steps.hero.image",
        KNOWN[Ref("hero", "image")],
        {Ref("shots[0].clip", "video"), Ref("hero", "image")},
    ),
    ("steps.shots[index].clip.video or 'x'", "v1", {Ref("shots[1].clip", "video")}),
    ("steps.shots[-1].clip.video or 'x'", "v1", {Ref("shots[1].clip", "video")}),
    (
        "[v or 'none' for v in steps.shots.clip.video]",
        ["none", "v1"],
        {Ref("shots[0].clip", "video"), Ref("shots[1].clip", "video")},
    ),
    (
        "[s.clip.video or 'none' for s in steps.shots]",
        ["none", "v1"],
        {Ref("shots[0].clip", "video"), Ref("shots[1].clip", "video")},
    ),
    (
        "[default(t, '-') for t in steps.many.text]",
        ["one", "-", "three"],
        {Ref("many[0]", "text"), Ref("many[2]", "text")},
    ),
    ("'q' if steps.hero.text == 'a poem' else inputs.data.shots[1].line", "q", {Ref("hero", "text")}),
    ("inputs.n if not steps.hero.text else inputs.data.shots[1].line", "q", {Ref("hero", "text")}),
    ("'b' in [steps.hero.text, 'b']", True, {Ref("hero", "text")}),
    ("steps.hero.text + default(shot.note, '!')", "a poem!", {Ref("hero", "text")}),
    ("len(steps.hero.text) + len(steps.shots)", 8, {Ref("hero", "text")}),
]


def all_refs(found: Resolved) -> set[Ref]:
    return set(refs_in(found))


@pytest.mark.parametrize(("source", "worth", "needs"), WAITING)
def test_waiting_expressions_finish_later(source: str, worth: Resolved, needs: set[Ref]) -> None:
    quoted = source.replace("'", "''")
    waiting = evaluate(value(f"'${{{{ {quoted} }}}}'"), SCOPE)
    assert isinstance(waiting, Deferred)
    assert waiting.source == source
    refs = all_refs(waiting)
    if "if" in source or "len(steps.shots)" in source:
        assert needs <= refs
    else:
        assert needs == refs
    again = from_json(to_json(waiting))
    assert again == waiting
    assert resolve(again, KNOWN.__getitem__) == worth


def test_names_are_pruned_to_what_is_used() -> None:
    waiting = evaluate(value("${{ steps.hero.text + inputs.data.shots[0].line + shot.line }}"), SCOPE)
    assert isinstance(waiting, Deferred)
    assert waiting.names == {
        "steps": {"hero": {"text": Ref("hero", "text")}},
        "inputs": {"data": {"shots": [{"line": "p"}, None]}},
        "shot": {"line": "p"},
    }


def test_text_that_waits_finishes_later() -> None:
    waiting = evaluate(
        value('"${{ upper(steps.hero.text) }} by ${{ inputs.name }}, ${{ steps.hero.duration }} s"'), SCOPE
    )
    assert isinstance(waiting, Deferred)
    assert from_json(to_json(waiting)) == waiting
    assert resolve(waiting, KNOWN.__getitem__) == "A POEM by Ann, 5.5 s"


def test_half_known_goes_on_waiting() -> None:
    waiting = evaluate(value("${{ steps.hero.text + str(steps.hero.duration) }}"), SCOPE)
    half = resolve(waiting, lambda ref: "a" if ref.output == "text" else ref)
    assert isinstance(half, Deferred)
    assert all_refs(half) == {Ref("hero", "duration")}
    assert resolve(half, lambda _: 2) == "a2"
    text = resolve(evaluate(value("a ${{ steps.hero.text }}"), SCOPE), lambda ref: ref)
    assert isinstance(text, Deferred)


@pytest.mark.parametrize(
    ("source", "answer", "message"),
    [
        ("steps.hero.images[5]", ["a"], "there is no item 5"),
        ("1 / steps.hero.duration", 0, "division by zero"),
        ("steps.hero.text + 1", "a", r"\+ cannot join"),
        ("lower(steps.hero.text)", None, "lower wants a string, not null"),
    ],
)
def test_what_cannot_be_finished(source: str, answer: Resolved, message: str) -> None:
    waiting = evaluate(value(f"${{{{ {source} }}}}"), SCOPE)
    with pytest.raises(ExpressionError, match=message):
        resolve(waiting, lambda _: answer)
    with pytest.raises(ExpressionError, match="null cannot stand inside text"):
        resolve(evaluate(value("a ${{ steps.hero.text }}"), SCOPE), lambda _: None)


def test_resolve_reaches_into_lists_and_mappings() -> None:
    whole: Resolved = {"a": [Ref("hero", "text"), 1], "b": {"c": Ref("hero", "duration")}, "d": PICTURE}
    assert resolve(whole, KNOWN.__getitem__) == {"a": ["a poem", 1], "b": {"c": 5.5}, "d": PICTURE}


BIG: dict[str, object] = {
    "l": list(range(10_000)),
    "t": "ab" * 400_000,
    "d": [{"a": list(range(50))}] * 9_000,
}
BOMBS = [
    "[t * 1 for x in l]",
    "[t + 'x' for x in l]",
    "[upper(t) for x in l]",
    "[l for x in l]",
    "[l == l for x in l]",
    "[x in l for x in l]",
    "['xy' in t for x in l]",
    "[t == t + '' for x in l]",
    "[json(d) for x in l]",
    "[d for x in l]",
    "[[l, l, l, l] for x in l]",
    "[join(l, t) for x in l]",
    "[replace(t, 'a', t) for x in l]",
    "[len(range(10000)) for x in l]",
    "[max(l) for x in l]",
    "[split(t, 'a') for x in l]",
    "[l[1:] for x in l]",
    "[zip(l, l) for x in l]",
]


@pytest.mark.parametrize("source", BOMBS)
def test_no_expression_takes_over(source: str) -> None:
    quoted = source.replace("'", "''")
    started = time.process_time()
    with pytest.raises(ExpressionError):
        evaluate(value(f"'${{{{ {quoted} }}}}'"), BIG)
    assert time.process_time() - started < 3


FENCED = ["[1]", " [1]\n", "```json\n[1]\n```", "\n```\n[1]```\n", "```JSON\n\n [1]\n\n```"]


@pytest.mark.parametrize("text", FENCED)
def test_json_between_fences(text: str) -> None:
    assert parsed_json(text) == [1]


@pytest.mark.parametrize("text", ["[" * 100_000, "[" * 61 + "]" * 61, "1" * 5_000, "-Infinity", "", "```\n"])
def test_what_is_no_json_of_ours(text: str) -> None:
    with pytest.raises(ValueError, match="JSON"):
        parsed_json(text)
