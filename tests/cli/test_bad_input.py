"""What people hand in by mistake: a sentence or a few, the right exit code, nothing on the bill."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.front import STILL, FarSide, Front, Said

PICTURE = """\
rhflow: 1
name: picture
inputs:
  picture: {type: image, default: picture.png}
  words: {type: string, default: it moves}
  pace: {type: number, default: 1}
steps:
  clip:
    uses: hailuo-2.3-fast/image-to-video
    with:
      prompt: ${{ inputs.words }}
      imageUrl: ${{ inputs.picture }}
      duration: 6
      enablePromptExpansion: true
outputs:
  clip: ${{ steps.clip.video }}
"""
BOARD = """\
rhflow: 1
name: board
inputs:
  board: {type: data, default: board.yaml, schema: board.schema.json}
  title: {type: string}
steps:
  shots:
    foreach: ${{ inputs.board.shots }}
    as: shot
    steps:
      still:
        uses: seedream-v4/text-to-image
        with: {prompt: "${{ shot.frame }}, ${{ inputs.title }}"}
"""
SCHEMA = """\
{"type": "object", "required": ["shots"], "additionalProperties": false, "properties": {"shots":
 {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["frame"],
  "properties": {"frame": {"type": "string"}}}}}}
"""


def refuses(front: Front, told: str, *words: str) -> Said:
    """Each of plan and run says so in a few sentences, and nothing happens."""
    for command in (("plan",), ("run", "--yes")):
        said = front.call(command[0], *words, *command[1:])
        assert said.code == 2, said.err
        assert told in said.err, said.err
        assert said.out == ""
        assert len(said.err) < 1500, said.err
        assert "Error(" not in said.err
        assert "Exception" not in said.err
    assert not list((front.folder / ".rhflow").rglob("plan.json"))
    return said


# -- pictures -----------------------------------------------------------------------------------------


def _png(path: Path) -> bytes:
    Image.effect_noise((64, 64), 50).save(path)
    return path.read_bytes()


PICTURES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "missing": ("picture.png", lambda path: path.unlink()),
    "a folder": ("is a folder", lambda path: (path.unlink(), path.mkdir())),
    "empty": ("is empty", lambda path: path.write_bytes(b"")),
    "text": ("first bytes", lambda path: path.write_text("not a picture")),
    "cut off": ("damaged", lambda path: path.write_bytes(_png(path)[:200])),
    "spoiled": ("picture.png", lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\xff" * 500)),
    "a web page": ("first bytes", lambda path: path.write_text("<html>login</html>")),
    "zeros": ("first bytes", lambda path: path.write_bytes(b"\0" * 4096)),
    "a sound": (
        "is an audio",
        lambda path: path.write_bytes(
            b"RIFF\x44\x1f\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00"
            b"\x01\x00\x08\x00data\x20\x1f\x00\x00" + b"\x80" * 7968
        ),
    ),
}


@pytest.mark.parametrize(("told", "spoil"), PICTURES.values(), ids=PICTURES)
def test_a_picture_that_is_none(
    front: Front, untouched: FarSide, told: str, spoil: Callable[[Path], object]
) -> None:
    front.write("picture.rhflow.yaml", PICTURE)
    _png(front.folder / "picture.png")
    spoil(front.folder / "picture.png")
    said = refuses(front, told, "picture.rhflow.yaml")
    assert "picture" in said.err


def test_a_picture_whose_name_lies_is_taken_for_what_it_is(front: Front, far: FarSide) -> None:
    front.write("picture.rhflow.yaml", PICTURE)
    Image.new("RGB", (64, 36), "teal").save(front.folder / "picture.png", format="JPEG")
    front.ok("run", "picture.rhflow.yaml", "--yes")
    assert len(far.bill()) == 1


@pytest.mark.skipif(os.name == "nt", reason="POSIX rights")
def test_a_picture_that_may_not_be_read(front: Front, untouched: FarSide) -> None:
    front.write("picture.rhflow.yaml", PICTURE)
    _png(front.folder / "picture.png")
    (front.folder / "picture.png").chmod(0)
    if os.access(front.folder / "picture.png", os.R_OK):
        pytest.skip("this user may read everything")
    refuses(front, "picture.png", "picture.rhflow.yaml")


def test_a_link_in_a_circle(front: Front, untouched: FarSide) -> None:
    front.write("picture.rhflow.yaml", PICTURE)
    try:
        (front.folder / "picture.png").symlink_to("picture.png")
    except OSError:
        pytest.skip("no links here")
    refuses(front, "picture.png", "picture.rhflow.yaml")


# -- values -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pair", "told"),
    [
        ("pace=fast", "pace"),
        ("pace=", "pace"),
        ("picture=", "picture"),
        ("picture=nowhere.png", "nowhere.png"),
        ("wrods=it runs", "words"),
        ("picture=a\0b.png", "picture"),
        ("picture=" + "x" * 300, "picture"),
        ("words=" + "very " * 2000, "words"),
    ],
    ids=lambda value: value[:20].replace("\0", "NUL"),
)
def test_a_value_that_does_not_fit(front: Front, untouched: FarSide, pair: str, told: str) -> None:
    front.write("picture.rhflow.yaml", PICTURE)
    _png(front.folder / "picture.png")
    refuses(front, told, "picture.rhflow.yaml", "-i", pair)


def test_an_input_is_missing(front: Front, untouched: FarSide) -> None:
    front.write("board.rhflow.yaml", BOARD)
    front.write("board.schema.json", SCHEMA)
    front.write("board.yaml", "shots: [{frame: a heron}]")
    refuses(front, "title", "board.rhflow.yaml")
    assert front.call("plan", "board.rhflow.yaml", "-i", "title=Herons").code == 0


DATA = {
    "missing": (None, "board.yaml"),
    "no yaml": ("shots: [", "board.yaml:1"),
    "not what the schema says": ("shots:\n  - frame: 7\n", "board.yaml:2:12"),
    "a key that the schema does not know": ("shots:\n  - {frame: a}\nextra: 1\n", "board.yaml:3"),
    "nothing in it": ("", "board.yaml"),
    "an empty list": ("shots: []", "board.yaml:1"),
    "latin-1": ("shots:\n  - frame: über\n".encode("latin-1"), "board.yaml"),
    "NUL bytes": (b"shots:\n  - frame: a\0b\n", "board.yaml"),
    "utf-16": ("shots:\n  - frame: a\n".encode("utf-16"), "board.yaml"),
}


@pytest.mark.parametrize(("text", "told"), DATA.values(), ids=DATA)
def test_a_storyboard_that_does_not_fit(
    front: Front, untouched: FarSide, text: str | bytes | None, told: str
) -> None:
    front.write("board.rhflow.yaml", BOARD)
    front.write("board.schema.json", SCHEMA)
    if text is not None:
        front.write("board.yaml", text)
    refuses(front, told, "board.rhflow.yaml", "-i", "title=Herons")


@pytest.mark.parametrize("text", ["{", "[]", '{"type": "nothing"}', '{"$ref": "http://nowhere.invalid/a"}'])
def test_a_schema_that_is_none(front: Front, untouched: FarSide, text: str) -> None:
    front.write("board.rhflow.yaml", BOARD)
    front.write("board.schema.json", text)
    front.write("board.yaml", "shots: [{frame: a heron}]")
    refuses(front, "board", "board.rhflow.yaml", "-i", "title=Herons")


# -- texts --------------------------------------------------------------------------------------------

TEXTS: dict[str, str | bytes] = {
    "empty": "",
    "blank": " \n\n",
    "a number": "7",
    "a page": "<html><body>404</body></html>",
    "deep flow": "[" * 200_000,
    "deep mappings": "{a: " * 5_000 + "1" + "}" * 5_000,
    "deep blocks": "".join(f"{' ' * depth}a:\n" for depth in range(600)),
    "deep expression": STILL.replace(
        "a heron in the reeds", '"${{ ' + "(" * 3000 + "1" + ")" * 3000 + ' }}"'
    ),
    "latin-1": STILL.replace("heron", "Häher").encode("latin-1"),
    "utf-16": STILL.encode("utf-16"),
    "NUL": STILL.replace("heron", "he\0ron").encode(),
    "bell": STILL.replace("heron", "he\x07ron").encode(),
    "lone surrogate": STILL.replace("a heron in the reeds", '"\\ud800"'),
    "random bytes": bytes(range(256)) * 8,
    "a picture": b"\x89PNG\r\n\x1a\n" + b"\xff" * 500,
    "two documents": STILL + "---\n" + STILL,
    "a key twice": STILL + "name: other\n",
    "a tag": "!!python/object/apply:os.system ['echo hacked > hacked']\n",
    "a tag inside": STILL.replace("a heron in the reeds", "!!python/object/apply:os.system [echo]"),
    "tabs": "rhflow: 1\n\tname: x\n",
    "an anchor to itself": "rhflow: 1\nname: x\nsteps: &a\n  b: *a\n",
    "a billion laughs": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(
        f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    ),
    "a huge number": STILL.replace("a heron in the reeds", "1e999999999"),
    "a long line": "rhflow: 1\nname: " + "x" * 200_000 + "\nsteps: {}\n",
    "an unclosed expression": STILL.replace("a heron in the reeds", '"${{ inputs.a"'),
    "a step that is a list": "rhflow: 1\nname: x\nsteps: [1, 2]\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.timeout(20)
def test_a_text_that_is_no_pipeline(front: Front, untouched: FarSide, text: str | bytes) -> None:
    front.write("film.rhflow.yaml", text)
    refuses(front, "film.rhflow.yaml", "film.rhflow.yaml")
    document = front.json("check", "check", "film.rhflow.yaml", code=2)
    assert all(problem["file"] == "film.rhflow.yaml" for problem in document["problems"])
    assert all(problem["line"] >= 1 and problem["column"] >= 1 for problem in document["problems"])
    assert not (front.folder / "hacked").exists()


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "", "ü" * 300])
def test_a_name_that_no_file_can_have(front: Front, untouched: FarSide, name: str) -> None:
    for command in ("check", "plan", "run"):
        said = front.call(command, name)
        assert said.code == 2, said.err
        assert len(said.err.splitlines()) <= 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX")
@pytest.mark.timeout(20)
def test_a_pipe_or_a_device_for_a_file(front: Front, untouched: FarSide) -> None:
    said = front.call("check", "/dev/null")
    assert said.code == 2
    if os.path.exists("/dev/zero"):  # it never ends
        said = front.call("check", "/dev/zero")
        assert said.code == 2
        assert "2,000,000 are allowed" in said.err


# -- hostile texts: a sentence, exit 2, and all of it within a second ----------------------------------

WRITE = """\
rhflow: 1
name: film
steps:
  write:
    uses: rhart-text-g-25-flash/text-to-text
    with: {prompt: as JSON}
  still:
    uses: seedream-v4/text-to-image
    with: {prompt: "${{ EXPRESSION }}"}
"""
READS = WRITE.replace("EXPRESSION", "json(steps.write.text, 'shots.schema.json').title")
TREE = {
    "$ref": "#/$defs/n",
    "$defs": {"n": {"properties": {f"p{n}": {"$ref": "#/$defs/n"} for n in range(40)}}},
}
PART = "rhflow: 1\nsteps:\n  a: {uses: ./PART.rhflow.yaml}\n"


def expression(source: str) -> dict[str, str | bytes | None]:
    return {"film.rhflow.yaml": WRITE.replace("EXPRESSION", source)}


def shaped(schema: str | bytes | None) -> dict[str, str | bytes | None]:
    """A pipeline that reads a text by that schema; None makes a folder of it."""
    return {"film.rhflow.yaml": READS, "shots.schema.json": schema}


HOSTILE: dict[str, tuple[dict[str, str | bytes | None], str]] = {
    "200,000 brackets": ({"film.rhflow.yaml": "[" * 200_000}, "nested more than 60"),
    "200,000 braces": ({"film.rhflow.yaml": "{a: " * 200_000}, "nested more than 60"),
    "an alias bomb": (
        {
            "film.rhflow.yaml": "a: &a [x, x, x, x, x, x, x, x, x]\n"
            + "".join(
                f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n"
                for old, new in zip("abcdefgh", "bcdefghi", strict=True)
            )
        },
        "multiply to more",
    ),
    "50 MB": ({"film.rhflow.yaml": b"a" * 50_000_000}, "50,000,000 bytes"),
    "50 MB of steps": (
        {"film.rhflow.yaml": b"rhflow: 1\nsteps:\n" + b"  a: {uses: x}\n" * 3_300_000},
        "2,000,000 are allowed",
    ),
    "no UTF-8": ({"film.rhflow.yaml": b"rhflow: 1\nname: \xff\xfe\n"}, "is not UTF-8"),
    "a NUL": ({"film.rhflow.yaml": b"rhflow: 1\nname: a\0b\n"}, "control character"),
    "NULs": ({"film.rhflow.yaml": b"\0" * 100_000}, "control character"),
    "a folder": ({"film.rhflow.yaml": None}, "is a folder"),
    "10,000 characters": (expression("1" + "+1" * 5_000), "this one has 10,001"),
    "a NUL in an expression": (expression("1 + \\0 1"), "control character here (U+0000)"),
    "__class__": (expression("inputs.__class__"), 'may not begin with "_"'),
    "__class__ of a text": (expression("''.__class__.__mro__[1].__subclasses__()"), "can be called"),
    "__class__ by index": (expression("steps['__class__']"), 'no step "__class__"'),
    "__import__": (expression("__import__('os').system('id')"), "can be called"),
    "8,000 unbalanced holes": (expression("( }}" + "${{ ( }}" * 8_000 + "${{ ("), "never closed"),
    "a part of itself": ({"film.rhflow.yaml": PART.replace("PART", "film")}, "use each other"),
    "parts in a circle": (
        {
            "film.rhflow.yaml": PART.replace("PART", "two"),
            "two.rhflow.yaml": PART.replace("PART", "three"),
            "three.rhflow.yaml": PART.replace("PART", "film"),
        },
        "use each other",
    ),
    "parts without end": (
        {"film.rhflow.yaml": PART.replace("PART", "p0")}
        | {f"p{n}.rhflow.yaml": PART.replace("PART", f"p{n + 1}") for n in range(30)},
        "at most 8 deep",
    ),
    "json: no such schema": (
        expression("json(steps.write.text, 'no.schema.json').title"),
        "there is no file",
    ),
    "json: a folder": (shaped(None), "Is a directory" if os.name != "nt" else "shots.schema.json"),
    "json: an address": (expression("json(steps.write.text, 'https://a.b/c.json').title"), "is an address"),
    "json: a NUL": (expression("json(steps.write.text, 'a\\\\0.json').title"), "it is no path"),
    "json: not written out": (expression("json(steps.write.text, steps.write.text).title"), "written out"),
    "json: no YAML": (shaped("{"), "shots.schema.json:1"),
    "json: a list": (shaped("[]"), "a JSON Schema is a mapping"),
    "json: no type": (shaped('{"type": "strnig"}'), "did you mean string?"),
    "json: no pattern": (shaped('{"pattern": "("}'), "no regular expression"),
    "json: a draft at no address": (shaped('{"$schema": "http://["}'), "names a draft by an address"),
    "json: 200,000 brackets": (shaped("[" * 200_000), "nested more than 60"),
    "json: 50 MB": (shaped(b" " * 50_000_000), "50,000,000 bytes"),
    "json: no UTF-8": (shaped(b'{"type": "\xff"}'), "is not UTF-8"),
    "json: a part's own folder": (
        {
            "film.rhflow.yaml": "rhflow: 1\nsteps:\n  a: {uses: ./parts/read.rhflow.yaml}\n",
            "parts/read.rhflow.yaml": READS,
            "shots.schema.json": '{"type": "object"}',
        },
        "parts/shots.schema.json",
    ),
}


@pytest.mark.parametrize(("files", "told"), HOSTILE.values(), ids=HOSTILE)
@pytest.mark.timeout(30)
def test_a_hostile_text_is_a_sentence_within_a_second(
    front: Front, untouched: FarSide, files: dict[str, str | bytes | None], told: str
) -> None:
    for name, text in files.items():
        if text is None:
            (front.folder / name).mkdir()
        else:
            front.write(name, text)
    for command in (("check",), ("plan",), ("run", "--yes")):
        started = time.process_time()
        said = front.call(*command, "film.rhflow.yaml")
        took = time.process_time() - started
        assert said.code == 2, said.err
        assert told in said.err, said.err
        assert len(said.err) < 1500
        assert not re.search(r"Error\(|Exception|Traceback|panicked", said.err)
        assert took < 1, f"{command} took {took:.1f} s"


def test_of_many_problems_the_first_are_shown(front: Front, untouched: FarSide) -> None:
    head = WRITE.partition('    with: {prompt: "$')[0]
    front.write("film.rhflow.yaml", f"{head}    with:\n      prompt: |\n" + "        ${{ ! }}\n" * 3_000)
    started = time.process_time()
    said = front.call("check", "film.rhflow.yaml")
    assert time.process_time() - started < 1
    assert said.code == 2
    assert said.err.count("[expression-syntax]") == 200
    assert "… and 2,800 more; --json names them all" in said.err
    assert len(front.json("check", "check", "film.rhflow.yaml", code=2)["problems"]) == 3_000


def test_a_tree_of_itself_is_looked_into_a_few_times(front: Front, untouched: FarSide) -> None:
    front.write("film.rhflow.yaml", READS)
    front.write("shots.schema.json", json.dumps(TREE))
    started = time.process_time()
    front.ok("check", "film.rhflow.yaml")
    assert time.process_time() - started < 1


# -- the key ------------------------------------------------------------------------------------------


def test_a_key_in_the_text_is_refused_and_not_shown(front: Front, untouched: FarSide) -> None:
    key = os.environ["RUNNINGHUB_API_KEY"]
    front.write("still.rhflow.yaml", STILL.replace("a heron in the reeds", key))
    said = refuses(front, "key", "still.rhflow.yaml")
    assert key not in said.err
    document = front.call("check", "still.rhflow.yaml", "--json")
    assert key not in document.out
