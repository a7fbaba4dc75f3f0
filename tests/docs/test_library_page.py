"""docs/library.md is true: its programs run, one after the other, and its tests pass."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from typing import Any

import pytest

import rhflow
from rhflow import testing
from tests.cli.conftest import front
from tests.cli.front import ROOT, Front
from tests.docs.shown import blocks

__all__ = ["front"]

PAGE = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^<!-- file (\S+)\n(.*?)^-->$", PAGE, re.MULTILINE | re.DOTALL))
PROGRAMS = blocks(PAGE, "python")


def quick(text: str) -> str:
    """The program with tiny media."""
    return text.replace('load("film.rhflow.yaml")', 'load("film.rhflow.yaml", quick=True)')


def test_the_programs(front: Front) -> None:
    for name, text in FILES.items():
        front.write(name, text)
    front.write("typo.rhflow.yaml", FILES["film.rhflow.yaml"].replace("prompt", "promt", 1))
    scope: dict[str, Any] = {}
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        for program in PROGRAMS:
            if "def test_" not in program:
                exec(compile(quick(program), "library.md", "exec"), scope)
    lines = said.getvalue().splitlines()
    assert lines[0] == "1.15 1.15 CNY"
    assert lines[1] == "done 1.15"
    assert lines[2] == str(front.folder / "out" / "film" / "film.mp4")
    assert {"still is done", "clip is done", "done"} <= set(lines)
    assert any("unknown-parameter" in line for line in lines)


def test_the_tests(front: Front) -> None:
    front.write("film.rhflow.yaml", FILES["film.rhflow.yaml"])
    (program,) = [text for text in PROGRAMS if "def test_" in text]
    front.write("test_film.py", program)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", "test_film.py"],
        cwd=front.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "3 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("name", [*rhflow.__all__, *testing.__all__])
def test_every_name_is_spoken_of(name: str) -> None:
    if name in ("__version__", "PlannedTask", "Failure", "File", "Vendor", "Purchase"):
        return  # what others give; the page names their fields
    assert re.search(rf"\b{name}\b", PAGE)
