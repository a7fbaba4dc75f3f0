"""`json(text, "name.schema.json")`: what is known before the run, what is said when a text does not fit."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable

import pytest

from rhflow.ground.references import Deferred, Ref, Resolved, from_json, refs_in, shape_of, shapes_in, to_json
from rhflow.ground.values import Json, JsonObject
from rhflow.language.build import Reading
from rhflow.language.expressions.evaluate import ExpressionError, Fan, TaskHandle, evaluate, resolve
from rhflow.language.expressions.schema_types import of_schema
from rhflow.language.expressions.types import STRING, Record
from rhflow.language.pipeline import Call
from rhflow.language.schemas import UnfitSchema, examine, schema_fault
from tests.language.reading import pipeline

SCHEMA: JsonObject = {
    "type": "object",
    "required": ["title", "shots"],
    "additionalProperties": False,
    "properties": {
        "title": {"type": "string"},
        "shots": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["line"],
                "additionalProperties": False,
                "properties": {"line": {"type": "string"}, "seconds": {"type": "integer", "minimum": 1}},
            },
        },
    },
}
GOOD: Json = {"title": "Hills", "shots": [{"line": "dawn", "seconds": 5}, {"line": "night"}]}
SCOPE: dict[str, object] = {
    "steps": {
        "write": TaskHandle("shots[2].write"),
        "other": TaskHandle("other"),
        "many": Fan((TaskHandle("many[0]"), TaskHandle("many[1]"))),
    },
    "inputs": {"text": json.dumps(GOOD), "none": None, "list": []},
}


def read(source: str, schema: str = json.dumps(SCHEMA)) -> Reading:
    """A pipeline whose only argument is that expression, which stands in single quotes."""
    quoted = source.replace("'", "''")
    return pipeline(
        "rhflow: 1\n"
        "inputs: {text: {type: string}, none: {type: string, required: false}, list: {type: data}}\n"
        "steps:\n"
        "  write: {uses: rhart-text-g-25-flash/text-to-text, with: {prompt: p}}\n"
        "  other: {uses: rhart-text-g-25-flash/text-to-text, with: {prompt: q}}\n"
        "  many: {foreach: [a, b], uses: rhart-text-g-25-flash/text-to-text, with: {prompt: '${{ item }}'}}\n"
        "  asked: {uses: local/concat, with: {clips: [a.mp4], "
        f"captions: ['${{{{ {quoted} }}}}']}}}}\n",
        {"shots.schema.json": schema},
    )


def argument(source: str, schema: str = json.dumps(SCHEMA)) -> Resolved:
    """What the expression is before the run."""
    reading = read(source, schema)
    assert reading.pipeline is not None, [str(item) for item in reading.problems]
    body = reading.pipeline.steps["asked"].body
    assert isinstance(body, Call)
    captions = evaluate(body.arguments.items["captions"], SCOPE)
    assert isinstance(captions, list)
    return captions[0]


def finished(source: str, lookup: Callable[[Ref], Resolved]) -> Resolved:
    """What the expression is when its results are there; the plan went through its file in between."""
    waiting = argument(source)
    assert isinstance(waiting, Deferred)
    again = from_json(json.loads(json.dumps(to_json(waiting))), shapes_in(waiting))
    assert again == waiting
    return resolve(again, lookup)


SHAPED = 'json(steps.write.text, "shots.schema.json")'


@pytest.mark.parametrize("text", [json.dumps(GOOD), f"```json\n{json.dumps(GOOD, indent=1)}\n```\n"])
def test_a_text_that_fits_is_read(text: str) -> None:
    assert finished(f"{SHAPED}.shots[1].line", lambda _: text) == "night"
    assert finished(f"len({SHAPED}.shots) + 1", lambda _: text) == 3
    assert finished(f"[s.line for s in {SHAPED}.shots]", lambda _: text) == ["dawn", "night"]


def test_a_text_that_is_known_is_read_before_the_run() -> None:
    assert argument('json(inputs.text, "shots.schema.json").title') == "Hills"
    assert argument('json(inputs.none, "shots.schema.json").title or "x"') == "x"
    with pytest.raises(
        ExpressionError, match=r"the text does not fit shots\.schema\.json: title must be"
    ) as no:
        argument("""json('{"title": 1, "shots": [{"line": ""}]}', "shots.schema.json").title""")
    assert no.value.mark is not None
    assert no.value.mark.line == 7


WRONG: list[tuple[str, str]] = [
    ("no JSON at all", "cannot be read for shots.schema.json: json cannot read this text as JSON"),
    ('{"$ref": 1}', 'a key of this JSON begins with "$"'),
    ("[]", "does not fit shots.schema.json: the data must be a mapping, not a list"),
    ('{"title": "a"}', 'does not fit shots.schema.json: the data lacks "shots"'),
    ('{"title": "a", "shots": []}', "shots has 0 items; at least 1 are allowed"),
    (
        '{"title": "a", "shots": [{"line": "x"}, {"line": 7}]}',
        "shots[1].line must be a string, not a number",
    ),
    ('{"title": "a", "shots": [{"line": "x", "sec": 1}]}', 'shots[0] has an entry "sec" that its schema'),
    (
        json.dumps({"title": "a", "shots": [{"line": n} for n in range(9)]}),
        "shots[2].line must be a string, not a number; and 6 more",
    ),
]


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_a_text_that_does_not_fit_says_what_where_and_who_wrote_it(text: str, told: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        finished(f"{SHAPED}.title", lambda _: text)
    assert caught.value.message.startswith("what shots[2].write wrote ")
    assert told in caught.value.message
    assert len(caught.value.message) < 400


BAD = "not json"
WRITERS: list[tuple[str, dict[str, str], str]] = [
    (
        'json(steps.write.text or steps.other.text, "shots.schema.json").title',
        {"shots[2].write": "", "other": BAD},
        "what other wrote",
    ),
    (
        '[json(t, "shots.schema.json").title for t in steps.many.text]',
        {"many[0]": json.dumps(GOOD), "many[1]": BAD},
        "what many[1] wrote",
    ),
    (
        'json(lower(steps.write.text), "shots.schema.json").title',
        {"shots[2].write": BAD.upper()},
        "what shots[2].write wrote",
    ),
    (
        'json(steps.write.text + steps.other.text, "shots.schema.json").title',
        {"shots[2].write": "{", "other": "["},
        "what shots[2].write and other wrote",
    ),
]


@pytest.mark.parametrize(("source", "texts", "told"), WRITERS)
def test_the_writer_is_the_one_whose_text_it_was(source: str, texts: dict[str, str], told: str) -> None:
    with pytest.raises(ExpressionError, match="JSON") as caught:
        finished(source, lambda ref: texts[ref.task])
    assert caught.value.message.startswith(told)


def test_a_skipped_writer_gives_null_and_a_half_known_one_waits_on() -> None:
    assert finished(f"{SHAPED}.title or 'x'", lambda _: None) == "x"
    waiting = argument(f"{SHAPED}.title + steps.other.text")
    half = resolve(waiting, lambda ref: json.dumps(GOOD) if ref.task != "other" else ref)
    assert isinstance(half, Deferred)
    assert resolve(half, lambda _: "!") == "Hills!"


def test_the_schema_travels_with_what_waits_for_it() -> None:
    waiting = argument(f"{SHAPED}.title")
    assert shapes_in(waiting) == {shape_of(SCHEMA).digest: shape_of(SCHEMA)}
    assert [shape.schema for shape in shapes_in([waiting]).values()] == [SCHEMA]
    assert refs_in(waiting) == [Ref("shots[2].write", "text")]
    with pytest.raises(ValueError, match=r"the schema shots\.schema\.json was not kept"):
        from_json(to_json(waiting))


def test_another_schema_makes_another_expression() -> None:
    before = argument(f"{SHAPED}.title")
    assert argument(f"{SHAPED}.title", json.dumps({**SCHEMA, "maxProperties": 2})) != before
    assert argument(f"{SHAPED}.title", f"# another form\n{json.dumps(SCHEMA, indent=4)}") == before


def test_one_schema_is_read_once() -> None:
    opened: list[str] = []

    class Files(dict[str, str | bytes]):
        def __getitem__(self, path: str) -> str | bytes:
            opened.append(path)
            return super().__getitem__(path)

    steps = "".join(
        f"  s{n}: {{uses: seedream-v4/text-to-image, with: {{prompt: '${{{{ {SHAPED}.title }}}}'}}}}\n"
        for n in range(40)
    )
    head = "rhflow: 1\nsteps:\n  write: {uses: rhart-text-g-25-flash/text-to-text, with: {prompt: p}}\n"
    assert pipeline(head + steps, Files({"shots.schema.json": json.dumps(SCHEMA)})).pipeline is not None
    assert opened == ["shots.schema.json"]


# -- bounds -------------------------------------------------------------------------------------------

ENDLESS: JsonObject = {
    "$ref": "#/$defs/n",
    "$defs": {"n": {"type": "object", "properties": {f"p{n}": {"$ref": "#/$defs/n"} for n in range(200)}}},
}


@pytest.mark.timeout(20)
def test_a_schema_that_refers_to_itself_is_followed_a_few_times() -> None:
    started = time.process_time()
    found = of_schema(ENDLESS, "x")
    assert time.process_time() - started < 1
    assert isinstance(found, Record)
    assert len(found.fields) == 200
    root = of_schema({"type": "object", "required": ["a", "b"], "additionalProperties": False,
                      "properties": {"a": {"$ref": "#"}, "b": {"type": "string"}}}, "x")  # fmt: skip
    assert isinstance(root, Record)
    inner = root.fields["a"]
    assert isinstance(inner, Record)
    assert inner.fields["b"] == STRING


DOUBLING: JsonObject = {"type": "object", "properties": {"a": {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}}}


def nested(depth: int) -> Json:
    found: Json = 1
    for _ in range(depth):
        found = {"a": found}
    return found


@pytest.mark.timeout(60)
def test_no_schema_keeps_the_machine_busy() -> None:
    started = time.process_time()
    with pytest.raises(UnfitSchema, match="too much work"):
        examine(nested(30), DOUBLING)
    assert examine(nested(8), DOUBLING).misfits
    numbers: Json = [{"a": n} for n in range(20_000)]
    assert examine(numbers, {"uniqueItems": True, "items": {"required": ["a"]}}).misfits == []
    assert time.process_time() - started < 3
    with pytest.raises(UnfitSchema, match="refers to itself without end, or goes too deep"):
        examine({}, {"$ref": "#"})


@pytest.mark.parametrize(
    ("data", "is_twice"),
    [
        ([1, 1.0], True),
        ([1, True], False),
        ([0, False, None, "", [], {}], False),
        ([{"a": [1]}, {"a": [1.0]}], True),
        ([{"a": 1}, {"a": "1"}], False),
        ([["a"], ["a", None]], False),
        ("aa", False),
    ],
)
def test_items_that_are_one_in_json(data: Json, is_twice: bool) -> None:
    found = examine(data, {"uniqueItems": True}).misfits
    assert [item.message for item in found] == (["the data has an item twice"] if is_twice else [])


SCHEMA_FAULTS: list[tuple[Json, str]] = [
    ([], "a JSON Schema is a mapping"),
    ({"type": "strnig"}, '"strnig" is no type of JSON Schema'),
    ({"properties": []}, "properties must be a mapping, not a list"),
    ({"pattern": "("}, 'pattern is no regular expression: "("'),
    ({"patternProperties": {"(": {}}}, "no regular expression"),
    ({"multipleOf": 0}, "multipleOf is 0; it must be more than 0"),
]


@pytest.mark.parametrize(("schema", "told"), SCHEMA_FAULTS)
def test_what_is_no_schema(schema: Json, told: str) -> None:
    found = schema_fault(schema)
    assert found is not None
    assert told in found.message


STRANGE: list[JsonObject] = [
    {"multipleOf": 1e-320},
    {"$ref": "#/$defs/x/0", "$defs": {"x": ["a"]}},
    {"$ref": "http://nowhere.invalid/a.json"},
    {"$ref": "#%zz"},
    {"$dynamicRef": "#x"},
    {"$id": "http://[", "$ref": "#/$defs/a", "$defs": {"a": {}}},
    {"$schema": "http://json-schema.org/draft-03/schema#", "extends": {"$ref": "#"}},
    {"$schema": "http://nowhere.invalid/own", "type": "object"},
    {"items": {"$anchor": "a"}, "$ref": "#b"},
]


@pytest.mark.parametrize("schema", STRANGE, ids=str)
@pytest.mark.parametrize("data", [7, 1e300, {"a": 1}, [[1]], "text"], ids=str)
def test_a_strange_schema_is_a_sentence_at_most(schema: JsonObject, data: Json) -> None:
    if schema_fault(schema) is None:
        with contextlib.suppress(UnfitSchema):
            assert examine(data, schema).looks < 100


@pytest.mark.timeout(60)
def test_no_expression_reads_texts_for_ever() -> None:
    text = json.dumps({"title": "a", "shots": [{"line": "x"}] * 800})
    many: list[Resolved] = [f"{text}{' ' * n}" for n in range(200)]
    started = time.process_time()
    with pytest.raises(ExpressionError, match="too much work"):
        finished('[json(t, "shots.schema.json").title for t in steps.write.texts]', lambda _: many)
    assert time.process_time() - started < 5


SLOW = "^(a|a)*$"
LONG = "a" * 40 + "b"


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("data", "schema"),
    [
        (LONG, {"pattern": SLOW}),
        ([LONG] * 3000, {"items": {"pattern": SLOW}}),
        ([f"{'a' * 20}b"] * 3000, {"items": {"pattern": SLOW}}),
        ({LONG: 1}, {"patternProperties": {SLOW: {}}}),
        ({LONG: 1}, {"patternProperties": {SLOW: {}}, "additionalProperties": False}),
        ({LONG: 1}, {"patternProperties": {SLOW: {}}, "unevaluatedProperties": False}),
        ({LONG: 1}, {"allOf": [{"properties": {"x": {"patternProperties": {SLOW: {}}}}}]}),
    ],
    ids=range(7),
)
def test_no_pattern_is_looked_for_without_end(data: Json, schema: JsonObject) -> None:
    started = time.process_time()
    with pytest.raises(UnfitSchema, match=r"\^\(a\|a\)\*\$ takes too long"):
        examine(data, schema)
    assert time.process_time() - started < 20


def both_ways(wanted: str) -> list[tuple[Json, JsonObject]]:
    """Data and a schema that looks for the pattern in it: in a text, and in a key."""
    return [("a", {"pattern": wanted}), ({"a": 1}, {"patternProperties": {wanted: {}}})]


@pytest.mark.parametrize(
    "wanted",
    ["((a{1000}){1000}){1000}", "(a){0}((a{1000}){1000}){1000}", f"(?:{'[ab]' * 200}){{90000}}b*"],
    ids=range(3),
)
def test_no_pattern_is_written_out_without_end(wanted: str) -> None:
    for data, schema in both_ways(wanted):
        with pytest.raises(UnfitSchema, match="repeats too often"):
            examine(data, schema)


def test_a_pattern_that_goes_too_deep_is_a_sentence() -> None:
    deep = f"{'(' * 3000}a*b*{')' * 3000}"
    for data, schema in both_ways(deep):
        with pytest.raises(UnfitSchema, match="cannot be used"):
            examine(data, schema)


@pytest.mark.parametrize(
    ("data", "schema", "told"),
    [
        ("abc", {"pattern": "^[A-Z]"}, ['the data does not look like ^[A-Z]: "abc"']),
        ("xabcx", {"pattern": "(ab)+c"}, []),
        ("0a1b2c3d-0000", {"pattern": "^[0-9a-f]{8}-([0-9]{2}){2}$"}, []),
        ({"ab1": 1}, {"patternProperties": {"^(ab)+[0-9]+$": {"type": "string"}}}, ["ab1 must be a string"]),
        ({"ab1": 1}, {"patternProperties": {"^(ab)+[0-9]+$": {}}, "additionalProperties": False}, []),
        (
            {"q": 1},
            {"patternProperties": {"^(ab)+[0-9]+$": {}}, "additionalProperties": False},
            ['entry "q"'],
        ),
        ({"ab1": 1}, {"patternProperties": {"^(ab)+[0-9]+$": {}}, "unevaluatedProperties": False}, []),
        (
            {"aa": 1},
            {"patternProperties": {"^(a)+$": {"minimum": 2}, "^(a)+(a)+$": {"maximum": 0}}},
            ["aa is 1; it must be at least 2", "aa is 1; it must be at most 0"],
        ),
        # A property that is called like the keyword, and data that looks like a schema.
        ({"patternProperties": 1}, {"properties": {"patternProperties": {"type": "integer"}}}, []),
        ({"patternProperties": {"(a)+": 1}}, {"const": {"patternProperties": {"(a)+": 1}}}, []),
    ],
)
def test_patterns_mean_what_they_meant(data: Json, schema: JsonObject, told: list[str]) -> None:
    found = [item.message for item in examine(data, schema).misfits]
    assert len(found) == len(told)
    assert all(words in message for words, message in zip(told, found, strict=True)), found
