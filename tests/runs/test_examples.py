"""The examples: each is fine, can be planned, and makes what it says; the page names all of them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.cli.front import ROOT, Front

EXAMPLES = ROOT / "examples"
PIPELINES = sorted(EXAMPLES.glob("*.rhflow.yaml"))
MAKES = {
    "still": {"still.png"},
    "clip": {"clip.mp4"},
    "quick": {"postcard.png"},
    "app": {"edited.png"},
    "workflow": {"small.png", "large.png", "moving.mp4"},
    "chat": {"card.png"},
    "storyboard": {"film.mp4"},
    "ferry": {"cover.png", "stills-00.png", "stills-07.png", "film.mp4"},
}
SMALLER = {"ferry": ("-i", "size=320x180")}
"""What keeps a long film quick to cut."""


def name(file: Path) -> str:
    return file.name.partition(".")[0]


@pytest.mark.parametrize("file", PIPELINES, ids=name)
def test_an_example_does_what_it_says(front: Front, file: Path) -> None:
    shutil.copytree(EXAMPLES, front.folder, dirs_exist_ok=True)
    checked = front.ok("check", file.name)
    assert checked.err.strip() == f"{file.name}: fine"
    planned = front.ok("plan", file.name, "--provider", "simulator", "--json").document
    assert planned["problems"] == []
    words = ("run", file.name, "--provider", "simulator", "--quick", *SMALLER.get(name(file), ()))
    front.ok(*words)
    made = {path.name for path in (front.folder / "out" / name(file)).iterdir() if path.is_file()}
    assert made >= MAKES[name(file)]
    again = front.ok(*words, "--json").document
    assert again["counts"]["run"] == 0, "a second run has all of it already"


def test_the_page_names_every_example_smallest_first() -> None:
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"\]\((\w+\.rhflow\.yaml)\)", page)
    assert sorted(named) == [file.name for file in PIPELINES]
    assert set(MAKES) == {name(file) for file in PIPELINES}
    sizes = [len((EXAMPLES / file).read_text(encoding="utf-8")) for file in named]
    assert sizes[0] == min(sizes)
    assert sizes[-1] == max(sizes)
