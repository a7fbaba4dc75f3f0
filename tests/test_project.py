"""The project around the program: what a stranger finds in a fresh clone."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import rhflow

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
VERBS = ("install", "fmt", "lint", "types", "test", "cases", "docs", "catalog", "bless", "check")


def ours() -> list[str]:
    """Every file under version control."""
    git = shutil.which("git")
    command = [str(git), "-c", f"safe.directory={ROOT}", "-C", str(ROOT)]
    command += ["ls-files", "-z"]
    done = subprocess.run(command, capture_output=True, check=False) if git else None
    if done is None or done.returncode:
        pytest.skip("not a git checkout, so nothing tells which files are the project's")
    return [name for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def texts() -> Iterator[tuple[str, str]]:
    for name in ours():
        data = (ROOT / name).read_bytes()
        if b"\0" not in data:
            yield name, data.decode("utf-8", "replace")  # finds of the fuzzer are no texts


def commands(text: str) -> list[str]:
    """The lines of the shell blocks of a page."""
    blocks = re.findall(r"```(?:sh|console)\n(.*?)```", text, re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_readme_has_the_two_commands() -> None:
    run, test = [line for line in commands(README) if line.startswith("pip install uv && ")][:2]
    assert re.fullmatch(r"pip install uv && uv run rhflow run (\S+\.rhflow\.yaml) --provider simulator", run)
    assert test == "pip install uv && uv run pytest"


def test_the_pipeline_of_the_first_command_is_there() -> None:
    named = re.search(r"uv run rhflow run (\S+)", README)
    assert named
    assert (ROOT / named[1]).is_file()


def test_ci_runs_the_command_of_the_readme() -> None:
    test = next(line for line in commands(README) if line.endswith("pytest"))
    assert test.removeprefix("pip install uv && ") in CI.splitlines()


def test_every_verb_is_there_and_short() -> None:
    for verb in VERBS:
        text = (ROOT / "scripts" / verb).read_text(encoding="utf-8")
        assert text.startswith("#!/usr/bin/env python3\n"), verb
        assert len(text.splitlines()) < 25, verb
        compile(text, verb, "exec")


def test_contributing_names_every_verb() -> None:
    said = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [verb for verb in VERBS if f"scripts/{verb}" not in said] == []


def test_licence_and_version() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert PROJECT["project"]["license"] == "Apache-2.0"
    assert PROJECT["project"]["version"] == rhflow.__version__
    assert (ROOT / "rhflow" / "py.typed").is_file()


def test_no_registry_is_named() -> None:
    """Which registry serves the packages is the business of the machine that installs them."""
    hosts = ("pypi" + r"\.org", "python" + "hosted", "npm" + r"js\.(com|org)", "yarn" + r"pkg\.com")
    named = re.compile("|".join(hosts))
    assert [name for name, text in texts() if named.search(text)] == []


def test_no_machine_is_named() -> None:
    """Nobody's home folder, nobody's working place."""
    homes = (
        "/ro" + "ot/",
        "/wo" + "rk/",
        "/tm" + "p/",
        r"/ho" + r"me/\w",
        r"/Us" + r"ers/\w",
        r":\\+Us" + "ers",
    )
    folder = re.compile("|".join(homes))
    assert [f"{name}: {found[0]}" for name, text in texts() if (found := folder.search(text))] == []


def test_no_lock_and_nothing_made_is_under_version_control() -> None:
    made = re.compile(
        r"(^|/)(uv\.lock|\.venv|\.uv|\.rhflow|__pycache__|node_modules|dist|build)(/|$)|\.py[co]$"
    )
    assert [name for name in ours() if made.search(name)] == []


def test_what_is_made_is_ignored() -> None:
    ignored = set((ROOT / ".gitignore").read_text(encoding="utf-8").splitlines())
    assert {"uv.lock", ".venv/", ".uv/", ".rhflow/", "/out/", "__pycache__/"} <= ignored


def test_every_dependency_is_bounded_and_pinned() -> None:
    project = PROJECT["project"]
    lists = [
        project["dependencies"],
        *project["optional-dependencies"].values(),
        PROJECT["dependency-groups"]["lint"],
    ]
    asked = [row for rows in lists for row in rows]
    for row in asked:
        assert re.fullmatch(r"[a-z0-9-]+(\[[a-z0-9,-]+\])?>=[\w.]+,<[\w.]+", row), row
    pinned = {re.split(r"[<\[ ]", row)[0] for row in PROJECT["tool"]["uv"]["constraint-dependencies"]}
    missing = {re.split(r"[>\[]", row)[0] for row in asked} - pinned
    assert not missing, "run tools/pin.py"


def test_links_of_the_pages_lead_somewhere() -> None:
    broken = []
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT).as_posix()}: {target}")
    assert broken == []


def test_the_glossary_names_what_is_there() -> None:
    """A noun that says where it stands (`catalog/model.py`) is a class in that file."""
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \*\*(\w+)\*\* \|.*\| `([\w/]+\.py)` \|$", glossary, re.MULTILINE)
    assert len(rows) > 20
    for noun, where in rows:
        text = (ROOT / "rhflow" / where).read_text(encoding="utf-8")
        assert re.search(rf"^(class {noun}\b|{noun}\b.*= )", text, re.MULTILINE), f"{noun} is not in {where}"


def test_the_program_says_its_version_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rhflow", "--version"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert rhflow.__version__ in done.stdout
