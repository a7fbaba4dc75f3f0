"""Texts for hypothesis: broken pipelines, expressions that grow, schemas and what may fit them."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from rhflow.ground.values import Json

SIGNS = [*"ab中😀 \t\n\r:-[]{}#&*!|>'\"%@`,?$\\~.01", "${{", "}}", "rhflow: 1\n", "\ufeff"]
LINES = """rhflow: 1
steps:
  a:
    uses: seedream-v4/text-to-image
    with:
      prompt: a ${{ steps.a.image }}
      prompt: ${{ item.x or inputs.b }}
      prompt: ${{ json(steps.a.text, "a.json").title }}
inputs:
  b: {type: string}
  d: {type: data, schema: a.json, default: a.yaml}
  t: {type: data, schema: a.json, default: a.csv}
    foreach: [1]
    foreach: ${{ json(steps.a.text, "a.json").shots }}
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
  talk: {uses: chat/m, with: {prompt: x, schema: {type: object, properties: {a: {type: string}}}}}
  told: {uses: seedream-v4/text-to-image, with: {prompt: "${{ json(steps.talk.text).a }}"}}
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

NAMES = st.sampled_from(
    [
        "inputs.n",
        "inputs.name",
        "inputs.text",
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
        "steps.many.text",
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
        inner.map(lambda t: f"json({t}, 'a.json')"),
        inner.map(lambda t: f"json({t}, 'a.json').shots"),
        inner.map(lambda t: f"(not {t})"),
        inner.map(lambda t: f"(-{t})"),
    )


EXPRESSIONS = st.recursive(NAMES, _grow, max_leaves=8)

_SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=4)
JSONISH: st.SearchStrategy[Json] = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*"abc", "$ref"]), inner),
    max_leaves=12,
)
_TYPES = st.sampled_from(["string", "integer", "number", "boolean", "null", "array", "object", "strnig"])
_REFS = st.sampled_from(
    ["#", "#/$defs/a", "#/$defs/b", "#/properties/a", "#a", "a.json", "http://[", "#/%zz"]
)
_PATTERNS = st.sampled_from(["a", "^a+$", "(", "[a-", "\\p{L}", "(?P<a>b)", "a{2,1}", "\\d"])


def _schemas(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    named = st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    words = {
        "type": _TYPES | st.lists(_TYPES, max_size=3),
        "properties": named,
        "$defs": named,
        "patternProperties": st.dictionaries(_PATTERNS, inner, max_size=2),
        "additionalProperties": inner,
        "unevaluatedProperties": inner,
        "items": inner,
        "prefixItems": st.lists(inner, max_size=3),
        "contains": inner,
        "required": st.lists(st.sampled_from("abc"), max_size=3),
        "dependentSchemas": named,
        "propertyNames": inner,
        "anyOf": st.lists(inner, max_size=3),
        "oneOf": st.lists(inner, max_size=3),
        "allOf": st.lists(inner, max_size=3),
        "not": inner,
        "if": inner,
        "then": inner,
        "enum": st.lists(_SCALARS, max_size=3),
        "const": JSONISH,
        "$ref": _REFS,
        "$dynamicRef": _REFS,
        "$id": _REFS,
        "$anchor": st.sampled_from("ab"),
        "$schema": st.sampled_from(
            [
                "http://json-schema.org/draft-03/schema#",
                "http://json-schema.org/draft-04/schema#",
                "http://json-schema.org/draft-07/schema#",
                "https://json-schema.org/draft/2019-09/schema",
                "a",
            ]
        ),
        "pattern": _PATTERNS,
        "multipleOf": st.floats(0, 1e300) | st.just(5e-324),
        "minimum": st.floats(),
        "maxLength": st.integers(-1, 3),
        "minItems": st.integers(-1, 3),
        "uniqueItems": st.booleans(),
        "format": st.sampled_from(["regex", "date-time", "uri", "ipv4", "no"]),
    }
    return st.fixed_dictionaries({}, optional=words) | st.lists(
        st.sampled_from(sorted(words)), min_size=1, max_size=4, unique=True
    ).flatmap(lambda chosen: st.fixed_dictionaries({word: words[word] for word in chosen}))


SCHEMAS: st.SearchStrategy[Json] = st.recursive(
    st.booleans()
    | st.builds(lambda name: {"type": name}, _TYPES)
    | st.builds(lambda to: {"$ref": to}, _REFS),
    _schemas,
    max_leaves=10,
)


def _shaped(schema: Json, data: Json) -> bytes:
    return f"{json.dumps(schema)}\n---\n{json.dumps(data)}".encode()


SHAPES = st.builds(_shaped, SCHEMAS, JSONISH)
TABLES = st.lists(st.sampled_from([*'ab1;,\t"\n\r', "true", "\r\n", '""', "中", "\0"]), max_size=30).map(
    "".join
)

BYTES: dict[str, st.SearchStrategy[bytes]] = {
    "reader": st.binary(max_size=80)
    | (st.text() | YAMLISH).map(lambda text: text.encode("utf-8", "replace")),
    "expression": st.binary(max_size=60) | EXPRESSIONS.map(str.encode),
    "shapes": st.binary(max_size=60) | SHAPES,
    "table": st.binary(max_size=60) | TABLES.map(str.encode),
}
"""What to throw at each target of `targets.py`."""
