"""The door opens quickly, and its help can be read."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest

from rhflow.cli.main import COMMANDS
from tests.cli.front import Front

WIDTH = 80


def _modules(code: str) -> set[str]:
    quiet = "with contextlib.redirect_stdout(io.StringIO()):"
    script = f"import contextlib, io, sys\n{quiet}\n    {code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_help_imports_no_heavy_library() -> None:
    loaded = _modules("from rhflow.cli.main import run; run(['--help'])")
    assert "typer" in loaded
    heavy = {"networkx", "httpx", "pydantic", "jsonschema", "starlette", "uvicorn", "PIL", "yaml", "rich"}
    assert loaded & heavy == set()


def test_version_imports_nothing_but_itself() -> None:
    loaded = _modules("import rhflow.__main__; sys.argv = ['rhflow', '--version']; rhflow.__main__.main()")
    assert loaded & {"typer", "click", "rich", "httpx", "networkx", "pydantic", "yaml"} == set()


def test_help_is_there_at_once() -> None:
    """The best of five, because the machine may be busy."""
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-m", "rhflow", "--help"], capture_output=True, check=True)
        took.append(time.perf_counter() - begun)
    assert min(took) < 0.4, took


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    monkeypatch.setenv("TERMINAL_WIDTH", str(WIDTH))


def test_the_first_page_names_every_command_in_full(front: Front, narrow: None) -> None:
    page = front.ok("--help").out
    words = " ".join(page.split())
    for name, about in COMMANDS.items():
        assert f"{name} {about}" in words
    assert "..." not in page.replace("COMMAND [ARGS]...", "")
    assert max(map(len, page.splitlines())) <= WIDTH
    assert front.call().out == page


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_of_a_command(front: Front, narrow: None, name: str) -> None:
    page = front.ok(name, "--help").out
    assert page.startswith(f"Usage: rhflow {name} ")
    assert COMMANDS[name] in " ".join(page.split())
    for option in ("--help", "-q", "-v", "--home"):
        assert option in page, "every command takes it"
    assert "<str>" not in page.partition("Options:")[2]
    assert "[[" not in page
    assert max(map(len, page.splitlines())) <= WIDTH
    for option in re.findall(r"^  (?:-\w, )?(--[a-z-]+)", page, re.MULTILINE):
        (line,) = [line for line in page.splitlines() if re.match(rf"  (-\w, )?{option}\b(?!-)", line)]
        assert re.search(r"\s{2,}\S", line.strip()), f"{option} says nothing of itself"


def test_both_doors_are_one(front: Front) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rhflow", "runs", "--strange"], capture_output=True, check=False
    )
    assert done.returncode == 2
    assert b"rhflow runs --help" in done.stderr


def test_the_version_is_said_twice_alike(front: Front) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rhflow", "--version"], capture_output=True, text=True, check=True
    )
    assert front.ok("--version").out == done.stdout
    assert re.fullmatch(r"rhflow \d+\.\d+\.\d+\n", done.stdout)
