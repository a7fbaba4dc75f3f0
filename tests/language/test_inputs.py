"""Binding inputs: defaults, the command line, files, schemas."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

import pytest

from rhflow.ground.media import Kind
from rhflow.ground.references import FileMedia, Resolved, UrlMedia
from rhflow.language.inputs import Bound, Given, bind_inputs
from rhflow.language.media_values import as_media
from tests.language.reading import pipeline

TEXT = """\
rhflow: 1
inputs:
  text: {type: string, default: calm}
  count: {type: integer, default: 2}
  ratio: {type: number, required: false}
  fast: {type: boolean, default: false}
  face: {type: image, required: false}
  story: {type: data, schema: s.json, default: story.yaml}
  extra: {type: data, default: [a, {b: 1}]}
  must: {type: string}
steps:
  a:
    uses: seedream-v4/text-to-image
    with:
      prompt: >-
        ${{ inputs.text }} ${{ inputs.count }} ${{ inputs.fast }} ${{ inputs.story.title }}
        ${{ json(inputs.extra) }} ${{ inputs.must }} ${{ default(inputs.ratio, 1) }}
  b:
    uses: seedream-v4/image-to-image
    with: {prompt: x, imageUrls: ["${{ inputs.face or steps.a.image }}"]}
"""
FILES: dict[str, str | bytes] = {
    "s.json": '{"type": "object", "required": ["title"], "additionalProperties": false,'
    '"properties": {"title": {"type": "string"}}}',
    "story.yaml": "title: A bunny\n",
    "other.json": '{"title": "Two\\u4e2d"}',
    "wrong.yaml": "\ntitle: 5\nmood: x\n",
    "rows.csv": "a,b\n",
    "lines.csv": b'\xef\xbb\xbfline,n\r\na,1\r\n"b, c",\r\n',
    str(PurePath("/work folder/far.yaml")): "title: far\n",
}


def bind(**given: Given | str) -> Bound:
    """Strings as the command line gives them; `must` is given unless said otherwise."""
    read = pipeline(TEXT, FILES)
    assert read.pipeline is not None, read.problems

    def open_text(path: str) -> str | bytes:
        if path not in FILES:
            raise FileNotFoundError(path)
        return FILES[path]

    values = {
        "must": Given("m"),
        **{
            name: item if isinstance(item, Given) else Given(item, None, True) for name, item in given.items()
        },
    }
    values = {name: item for name, item in values.items() if item.value != "LEAVE OUT"}
    return bind_inputs(read.pipeline, values, open_text, folder="/films")


def told(bound: Bound) -> list[str]:
    return [str(item) for item in bound.problems]


def test_defaults() -> None:
    bound = bind()
    assert not bound.problems
    assert bound.values == {
        "text": "calm",
        "count": 2,
        "ratio": None,
        "fast": False,
        "face": None,
        "story": {"title": "A bunny"},
        "extra": ["a", {"b": 1}],
        "must": "m",
    }


LINE: list[tuple[str, str, Resolved]] = [
    ("text", "5", "5"),
    ("text", "true", "true"),
    ("text", "", ""),
    ("count", "7", 7),
    ("count", "-7", -7),
    ("ratio", "1.5", 1.5),
    ("ratio", ".5", 0.5),
    ("ratio", "2", 2),
    ("fast", "true", True),
    ("fast", "false", False),
    ("face", "pictures/一.png", FileMedia(str(PurePath("/films/pictures/一.png")), Kind.IMAGE)),
    ("face", "https://a/b.png?x=1", UrlMedia("https://a/b.png?x=1", Kind.IMAGE)),
    ("face", "asset://7", UrlMedia("asset://7", Kind.IMAGE)),
    ("face", "data:image/png;base64,AAAA", UrlMedia("data:image/png;base64,AAAA", Kind.IMAGE)),
    ("story", "other.json", {"title": "Two中"}),
    ("story", '{"title": "inline"}', {"title": "inline"}),
    ("extra", "[1, 16:9]", [1, "16:9"]),
    ("extra", "lines.csv", [{"line": "a", "n": "1"}, {"line": "b, c", "n": ""}]),
]


@pytest.mark.parametrize(("name", "text", "worth"), LINE)
def test_the_command_line_is_read_by_type(name: str, text: str, worth: Resolved) -> None:
    bound = bind(**{name: text})
    assert not bound.problems, told(bound)
    assert bound.values[name] == worth
    assert type(bound.values[name]) is type(worth)


def test_paths_are_relative_to_where_they_were_given() -> None:
    bound = bind(
        face=Given("a.png", "/here", from_command_line=True),
        story=Given("far.yaml", "/work folder", from_command_line=True),
    )
    assert not bound.problems, told(bound)
    assert bound.values["face"] == FileMedia(str(PurePath("/here/a.png")), Kind.IMAGE)
    assert bound.values["story"] == {"title": "far"}


PROBLEMS: list[tuple[Mapping[str, Given | str], list[str]]] = [
    ({"must": "LEAVE OUT"}, ['AT:10:3: the input "must" has no value [missing-input]']),
    (
        {"must": Given(None)},
        ['AT:10:3: the input "must" is required and null [missing-input]'],
    ),
    (
        {"count": "two"},
        ['AT:4:3: the input "count" wants a whole number, not "two" [input]'],
    ),
    (
        {"count": "2.5"},
        ['AT:4:3: the input "count" wants a whole number, not "2.5" [input]'],
    ),
    (
        {"count": "99999999999999999999"},
        ['AT:4:3: the input "count" wants a whole number, not "99999999999999999999" [input]'],
    ),
    (
        {"count": Given(True)},
        ['AT:4:3: the input "count" wants a whole number, not true or false [input]'],
    ),
    (
        {"fast": "yes"},
        ['AT:6:3: the input "fast" wants true or false, not "yes" [input]'],
    ),
    (
        {"text": Given(5)},
        ['AT:3:3: the input "text" wants a string, not 5 [input]'],
    ),
    (
        {"face": ""},
        ['AT:7:3: the input "face" wants an image: a path or a URL, not "" [input]'],
    ),
    (
        {"face": "a.mp4"},
        ['AT:7:3: the input "face" wants an image: a path or a URL; "a.mp4" is of kind video [media-kind]'],
    ),
    (
        {"txet": "a"},
        ['AT:1:1: a value was given for "txet", and the pipeline has no such input [unknown-input]'],
    ),
    ({"story": "none.yaml"}, ["AT:8:3: there is no file pipelines/none.yaml [file]"]),
    (
        {"story": "rows.csv"},
        ["pipelines/rows.csv:1:1: the data must be a mapping, not a list [data]"],
    ),
    (
        {"story": "wrong.yaml"},
        [
            "pipelines/wrong.yaml:2:8: title must be a string, not a number [data]",
            'pipelines/wrong.yaml:3:1: the data has an entry "mood" that its schema does not know [data]',
        ],
    ),
    (
        {"story": Given({"title": 5})},
        ["AT:8:3: title must be a string, not a number [data]"],
    ),
    ({"story": '{"title": }'}, ["AT:8:3: title must be a string, not null [data]"]),
    ({"extra": "[1, "}, ["-i extra:1:1: this [ is never closed [yaml-syntax]"]),
]


@pytest.mark.parametrize(("given", "problems"), PROBLEMS)
def test_what_does_not_fit(given: Mapping[str, Given | str], problems: list[str]) -> None:
    assert told(bind(**given)) == [text.replace("AT", "pipelines/a.rhflow.yaml") for text in problems]


def test_problems_point_into_texts_at_hand() -> None:
    bound = bind(story="wrong.yaml")
    assert bound.sources == {"pipelines/wrong.yaml": "\ntitle: 5\nmood: x\n"}


def test_as_media_reads_text() -> None:
    assert as_media("HTTPS://a/b", Kind.VIDEO, "/f") == UrlMedia("HTTPS://a/b", Kind.VIDEO)
    assert as_media("a b/c.mp4", Kind.VIDEO, "/f") == FileMedia(str(PurePath("/f/a b/c.mp4")), Kind.VIDEO)
    assert as_media("/abs/c.mp4", Kind.VIDEO, "/f") == FileMedia(str(PurePath("/abs/c.mp4")), Kind.VIDEO)
