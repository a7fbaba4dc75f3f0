"""`rhflow graph`: four forms of one drawing, to the byte, and a layout in which nothing covers anything."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rhflow.view.drawing import Arrow, Box, Drawing
from rhflow.view.graph_layout import Laid, lay_out
from rhflow.view.graph_svg import svg
from rhflow.view.graph_text import dot, mermaid
from tests.cli.conftest import front
from tests.cli.front import Front, schema

__all__ = ["front"]

CASES = Path(__file__).parent / "cases"
SUFFIXES = {"mermaid": "mmd", "dot": "dot", "svg": "svg", "json": "json"}


@pytest.fixture
def film(front: Front) -> Front:
    for name in ("film", "card", "broken"):
        shutil.copy(CASES / f"{name}.rhflow.yaml", front.folder)
    return front


@pytest.mark.parametrize("form", SUFFIXES)
@pytest.mark.parametrize("tasks", [False, True], ids=["steps", "tasks"])
def test_the_graph(film: Front, golden: Callable[[Path, str], None], form: str, tasks: bool) -> None:
    words = ["graph", "film.rhflow.yaml", "--format", form, *(["--tasks"] if tasks else [])]
    said = film.ok(*words)
    if form == "svg":
        ET.fromstring(said.out)
    if form == "json":
        schema("graph").validate(json.loads(said.out))
        assert said.out == film.ok(*words[:2], "--json", *words[4:]).out
    golden(CASES / f"film{'.tasks' if tasks else ''}.{SUFFIXES[form]}", said.out)


def test_every_step_and_every_need_is_there(film: Front) -> None:
    document = film.ok("graph", "film.rhflow.yaml", "--format", "json").document
    assert [node["id"] for node in document["nodes"]] == [
        *("hero", "shots", "shots.still", "shots.clip", "shots.looks", "shots.looks.end", "shots.sheet"),
        *("card", "music", "film"),
    ]
    edges = {(edge["from"], edge["to"]): (edge["bond"], edge["words"]) for edge in document["edges"]}
    assert edges == {
        ("hero", "shots.still"): ("data", ["image"]),
        ("shots.still", "shots.still"): ("previous", ["image"]),
        ("shots.still", "shots.clip"): ("data", ["image"]),
        ("shots.still", "shots.looks.end"): ("data", ["image"]),
        ("hero", "shots.looks.end"): ("data", ["image"]),
        ("shots.looks.end", "shots.sheet"): ("data", ["image"]),
        ("hero", "card"): ("data", ["image"]),
        ("hero", "music"): ("order", []),
        ("shots.clip", "film"): ("data", ["video"]),
        ("music", "film"): ("data", ["audio"]),
    }
    clip = next(node for node in document["nodes"] if node["id"] == "shots.clip")
    assert clip["notes"] == ['if shot.line != ""', "else seedance-v1.5-pro-image-to-video"]


def test_the_tasks_are_those_of_the_plan(film: Front) -> None:
    plan = film.ok("plan", "film.rhflow.yaml", "--json").document
    document = film.ok("graph", "film.rhflow.yaml", "--tasks", "--json").document
    nodes = {node["id"]: node for node in document["nodes"] if node["shape"] != "group"}
    assert {task["id"]: task["verdict"] for task in plan["tasks"]} == {
        name: node["verdict"] for name, node in nodes.items()
    }
    needs = {(need, task["id"]) for task in plan["tasks"] for need in task["needs"]}
    assert {(edge["from"], edge["to"]) for edge in document["edges"]} == needs
    assert nodes["shots[1].looks[0].end"]["inside"] == "shots[1].looks[0]"


def test_inputs_change_the_tasks(film: Front) -> None:
    shots = json.dumps([{"frame": "a", "line": "b"}] * 3)
    document = film.ok("graph", "film.rhflow.yaml", "--tasks", "--json", "-i", f"shots={shots}").document
    assert "shots[2].clip" in {node["id"] for node in document["nodes"]}
    said = film.call("graph", "film.rhflow.yaml", "-i", f"shots={shots}")
    assert (said.code, "--tasks" in said.err) == (2, True)


def test_it_reads_only(film: Front) -> None:
    def listing() -> dict[str, bytes | None]:
        paths = sorted(film.folder.rglob("*"))
        return {str(path): path.read_bytes() if path.is_file() else None for path in paths}

    before = listing()
    film.ok("graph", "film.rhflow.yaml")
    film.ok("graph", "film.rhflow.yaml", "--tasks")
    assert listing() == before


@pytest.mark.parametrize("words", [("--json",), ("--format", "json")])
def test_a_wrong_text(film: Front, words: tuple[str, ...]) -> None:
    said = film.call("graph", "broken.rhflow.yaml", *words)
    assert said.code == 2
    schema("graph").validate(said.document)
    assert {item["name"] for item in said.document["problems"]} >= {"unknown-model", "unknown-key"}
    assert "unknown-model" in said.err


def test_a_wrong_form(film: Front) -> None:
    said = film.call("graph", "film.rhflow.yaml", "--format", "crayon")
    assert (said.code, said.out) == (2, "")
    assert "mermaid, dot, svg or json" in said.err


# Texts that would end a label.

NASTY = [
    'a "b" <c> & d',
    "#quot;",
    "end",
    "`x` | y\\n\\",
    "两只兔子",
    "a]b)c}d",
    "-->",
    "%% comment",
    "${{ x }}",
]


@pytest.mark.parametrize("text", NASTY)
def test_labels_are_texts(text: str) -> None:
    boxes = {
        "end": Box(id="end", label=text, shape="group", notes=(text,)),
        "end.end": Box(id="end.end", label=text, shape="model", uses=text, notes=(text,), inside="end"),
        "end_end": Box(id="end_end", label=text, shape="pipeline", uses=text),
    }
    drawing = Drawing(text, boxes, (Arrow("end.end", "end_end", "data", (text,)), Arrow("end", "end_end")))
    flow = mermaid(drawing)
    for line in flow.splitlines()[1:]:
        quoted = re.findall(r'"([^"]*)"', line)
        assert line.count('"') % 2 == 0
        assert not any(re.search(r"<(?!/?b>|br/>)", item) for item in quoted), line
        assert not re.search(r"\b(?<!s_)end\b", re.sub(r'"[^"]*"', "", line).strip()) or line.strip() == "end"
    names = re.findall(r"^\s*(?:subgraph )?(s_\w+)[\[(]", flow, re.MULTILINE)
    assert len(names) == len(set(names)) == 3
    for line in dot(drawing).splitlines():
        assert len(re.findall(r'(?<!\\)(?:\\\\)*"', line)) % 2 == 0, line
    tree = ET.fromstring(svg(drawing))
    assert text in "".join(tree.itertext())


def test_graphviz_takes_the_dot(film: Front) -> None:
    program = shutil.which("dot")
    if program is None:
        pytest.skip("Graphviz is not on this machine, so its reading of the dot is not tried")
    for more in ([], ["--tasks"]):
        text = film.ok("graph", "film.rhflow.yaml", "--format", "dot", *more).out
        done = subprocess.run(
            [program, "-Tplain"], input=text.encode(), capture_output=True, check=False, timeout=30
        )
        assert done.returncode == 0, done.stderr
        assert not done.stderr.strip(), done.stderr.decode()


# The layout.


@st.composite
def drawings(draw: st.DrawFn) -> Drawing:
    """Boxes in groups up to two deep, and arrows from earlier to later ones, whatever groups they cross."""
    boxes: dict[str, Box] = {}
    leaves: list[str] = []
    groups: list[str | None] = [None]
    for number in range(draw(st.integers(1, 12))):
        inside = draw(st.sampled_from(groups))
        name = f"{inside}.n{number}" if inside else f"n{number}"
        if draw(st.booleans()) and name.count(".") < 2:
            boxes[name] = Box(id=name, label=f"n{number}", shape="group", inside=inside)
            groups.append(name)
            inner = f"{name}.x"
            boxes[inner] = Box(id=inner, label="x", shape="model", uses="m/" + "n" * number, inside=name)
            leaves.append(inner)
        else:
            notes = ("note",) * draw(st.integers(0, 3))
            boxes[name] = Box(id=name, label=f"n{number}", shape="local", notes=notes, inside=inside)
            leaves.append(name)
    pairs = [(a, b) for index, a in enumerate(leaves) for b in leaves[index + 1 :]]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=12)) if pairs else []
    return Drawing("random", boxes, tuple(Arrow(start, end, "data", ("image",)) for start, end in chosen))


def frames(drawing: Drawing, laid: Laid) -> dict[str, tuple[float, float, float, float]]:
    """Left, top, right and bottom of every box on the page."""
    found: dict[str, tuple[float, float, float, float]] = {}
    for box in drawing.boxes.values():
        place = laid.places[box.id]
        x, y = found[box.inside][:2] if box.inside else (laid.margin, laid.margin)
        found[box.id] = (x + place.x, y + place.y, x + place.x + place.width, y + place.y + place.height)
    return found


@settings(max_examples=80, deadline=None)
@given(drawings())
def test_nothing_covers_anything(drawing: Drawing) -> None:
    laid = lay_out(drawing)
    found = frames(drawing, laid)
    for name, (left, top, right, bottom) in found.items():
        assert -1 < left < right < laid.width + 1
        assert -1 < top < bottom < laid.height + 1
        around = drawing.boxes[name].inside
        if around:
            outer = found[around]
            assert outer[0] < left
            assert outer[1] < top
            assert right < outer[2]
            assert bottom < outer[3]
        for other, (left2, top2, right2, bottom2) in found.items():
            if other != name and drawing.boxes[other].inside == around:
                apart = right < left2 or right2 < left or bottom < top2 or bottom2 < top
                assert apart, (name, other)


@settings(max_examples=80, deadline=None)
@given(drawings())
def test_arrows_begin_and_end_at_their_boxes(drawing: Drawing) -> None:
    laid = lay_out(drawing)
    found = frames(drawing, laid)
    for arrow, points in laid.paths.items():
        left, _, right, bottom = found[arrow.start]
        assert left < points[0][0] < right
        assert abs(points[0][1] - bottom) < 0.01
        left, top, right, _ = found[arrow.end]
        assert left < points[-1][0] < right
        assert abs(points[-1][1] - top) < 0.01


def test_an_arrow_meets_no_box_on_its_way() -> None:
    """Past two rows and out of a group: through slots of its own."""
    boxes = {name: Box(id=name, label=name, shape="model") for name in ("a", "b", "c", "d")}
    boxes["g"] = Box(id="g", label="g", shape="group")
    boxes |= {f"g.{name}": Box(id=f"g.{name}", label=name, shape="model", inside="g") for name in "xyz"}
    ways = [("a", "b"), ("b", "c"), ("c", "d"), ("a", "d"), ("g.x", "g.y"), ("g.y", "g.z"), ("g.x", "d")]
    drawing = Drawing("ways", boxes, tuple(Arrow(start, end) for start, end in ways))
    laid = lay_out(drawing)
    found = frames(drawing, laid)
    for arrow in (Arrow("a", "d"), Arrow("g.x", "d")):
        points = laid.paths[arrow]
        for (x0, y0), (x1, y1) in itertools.pairwise(points):
            for name, (left, top, right, bottom) in found.items():
                if name not in (arrow.start, arrow.end, "g") and x0 == x1:
                    assert not (left < x0 < right and y0 < bottom and top < y1), (arrow, name)
                if name not in (arrow.start, arrow.end, "g") and x0 != x1:
                    assert not (top + 1 < max(y0, y1) and min(y0, y1) < bottom - 1), (arrow, name)


def test_circles_between_groups_are_drawn() -> None:
    """Two groups that take of each other, through different steps, are no circle of tasks."""
    boxes = {name: Box(id=name, label=name, shape="group") for name in "gh"}
    boxes |= {f"{g}.{n}": Box(id=f"{g}.{n}", label=n, shape="model", inside=g) for g in "gh" for n in "ab"}
    drawing = Drawing("circle", boxes, (Arrow("g.a", "h.a"), Arrow("h.b", "g.b")))
    ET.fromstring(svg(drawing))
    assert len(lay_out(drawing).paths) == 2


def test_a_thousand_tasks_in_a_row() -> None:
    boxes = {f"n{i}": Box(id=f"n{i}", label=f"n{i}", shape="model") for i in range(700)}
    chain = [Arrow(f"n{i}", f"n{i + 1}") for i in range(699)]
    many = [Arrow(f"n{i}", "n699") for i in range(650)]
    drawing = Drawing("long", boxes, (*chain, *many))
    laid = lay_out(drawing)
    assert laid.places["n699"].y > laid.places["n0"].y


def test_an_empty_drawing() -> None:
    ET.fromstring(svg(Drawing("nothing")))
    assert mermaid(Drawing("nothing")) == "flowchart TD"
