"""The pre-commit hook and the GitHub action: their form, and that what they call does what they say."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rhflow.ground.diagnostics import Diagnostics
from rhflow.language.document import read_document
from tests.cli.conftest import front
from tests.cli.front import ROOT, STILL, Front

__all__ = ["front"]

BROKEN = STILL.replace("prompt:", "promt:")


def read(name: str) -> Any:
    problems = Diagnostics()
    document = read_document((ROOT / name).read_text(encoding="utf-8"), name, problems)
    assert document is not None, list(map(str, problems))
    return document.data


HOOK_KEYS = {
    *("id", "name", "entry", "language", "files", "exclude", "types", "types_or", "exclude_types"),
    *("always_run", "fail_fast", "verbose", "pass_filenames", "require_serial", "description"),
    *("language_version", "minimum_pre_commit_version", "args", "stages", "additional_dependencies"),
}


def test_the_hook() -> None:
    (hook,) = read(".pre-commit-hooks.yaml")
    assert set(hook) <= HOOK_KEYS
    assert {"id", "name", "entry", "language"} <= set(hook)
    assert hook["id"] == "rhflow-check"
    assert hook["language"] == "python"
    pattern = re.compile(hook["files"])
    assert all(pattern.search(name) for name in ("film.rhflow.yaml", "a b/c.rhflow.yml"))
    assert not any(pattern.search(name) for name in ("film.yaml", "rhflow.yaml.txt", "xrhflow.yaml.j2"))


def test_the_hook_stops_a_broken_pipeline(front: Front) -> None:
    (hook,) = read(".pre-commit-hooks.yaml")
    program, *words = shlex.split(hook["entry"])
    assert program == "rhflow"
    front.write("still.rhflow.yaml", STILL)
    front.write("broken.rhflow.yaml", BROKEN)
    assert front.call(*words, "still.rhflow.yaml").code == 0
    said = front.call(*words, "still.rhflow.yaml", "broken.rhflow.yaml")
    assert said.code == 2
    assert "unknown-parameter" in said.err


def test_the_form_of_the_action() -> None:
    action = read("action.yml")
    assert set(action) <= {"name", "author", "description", "inputs", "outputs", "runs", "branding"}
    assert {"name", "description", "runs"} <= set(action)
    assert set(action["branding"]) == {"icon", "color"}
    for value in action["inputs"].values():
        assert set(value) <= {"description", "required", "default", "deprecationMessage"}
        assert value["description"]
        assert value["required"] is True or "default" in value
    runs = action["runs"]
    assert set(runs) == {"using", "steps"}
    assert runs["using"] == "composite"
    for step in runs["steps"]:
        assert set(step) <= {"name", "id", "if", "uses", "with", "run", "shell", "env", "working-directory"}
        assert ("uses" in step) != ("run" in step)
        assert ("shell" in step) == ("run" in step), "GitHub asks for a shell in a composite action"
        assert "${{" not in step.get("run", ""), "what people pass in reaches a script by its environment"
    named = re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text(encoding="utf-8"))
    assert set(named) == set(action["inputs"])


def act(folder: Path, files: str) -> subprocess.CompletedProcess[str]:
    """Carry out the step that checks, as the runner would: its script in a file, in the caller's folder."""
    step = read("action.yml")["runs"]["steps"][-1]
    assert step["shell"] == "python"
    (name,) = step["env"]
    script = folder.parent / "step.py"
    script.write_text(step["run"], encoding="utf-8")
    import os

    return subprocess.run(
        [sys.executable, str(script)],
        cwd=folder,
        env={**os.environ, name: files, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


def test_what_the_action_does(front: Front) -> None:
    default = read("action.yml")["inputs"]["files"]["default"]
    front.write("films/a b.rhflow.yaml", STILL)
    front.write("top.rhflow.yml", STILL)
    assert act(front.folder, default).returncode == 0
    front.write("films/deep/broken.rhflow.yaml", BROKEN)
    done = act(front.folder, default)
    assert done.returncode == 2
    place = r"films(/|%5C)deep(/|%5C)broken\.rhflow\.yaml"
    assert re.search(rf"^::error file={place},line=6,col=\d+,", done.stdout, re.MULTILINE), done.stdout
    done = act(front.folder, "top.rhflow.yml\n")
    assert (done.returncode, done.stdout) == (0, "")
    done = act(front.folder, "no/*.rhflow.yaml")
    assert done.returncode == 2
    assert done.stdout.startswith("::error title=rhflow::no file fits")


@pytest.mark.parametrize("name", [".pre-commit-hooks.yaml", "action.yml"])
def test_they_are_explained(name: str) -> None:
    page = (ROOT / "docs" / "editor.md").read_text(encoding="utf-8")
    assert {".pre-commit-hooks.yaml": "rhflow-check", "action.yml": "uses: "}[name] in page


def shown_configurations() -> list[Any]:
    """The `.pre-commit-config.yaml`s of the page."""
    page = (ROOT / "docs" / "editor.md").read_text(encoding="utf-8")
    problems = Diagnostics()
    found = [
        document.data
        for block in re.findall(r"```yaml\n(repos:\n.*?)```", page, re.DOTALL)
        if (document := read_document(block, "page", problems)) is not None
    ]
    assert not problems.has_errors
    return found


def test_the_page_shows_the_hook_as_it_is() -> None:
    local, fetched = shown_configurations()
    (hook,) = read(".pre-commit-hooks.yaml")
    (installed,) = local["repos"][0]["hooks"]
    assert local["repos"][0]["repo"] == "local"
    for key in ("id", "name", "entry", "files", "require_serial"):
        assert installed[key] == hook[key]
    assert installed["language"] == "system", "the rhflow that is there, nothing fetched"
    assert fetched["repos"][0]["hooks"] == [{"id": hook["id"]}]


def test_nobody_is_sent_to_an_address_that_is_not_there() -> None:
    for name in ("docs/editor.md", "action.yml", ".pre-commit-hooks.yaml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"example\.(org|com)|your-name", text), name


@pytest.mark.skipif(not (shutil.which("pre-commit") and shutil.which("git")), reason="no pre-commit here")
def test_a_commit_is_stopped(front: Front) -> None:
    """With the real pre-commit, where somebody has it: the page's first configuration."""
    page = (ROOT / "docs" / "editor.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(repos:\n  - repo: local\n.*?)```", page, re.DOTALL)
    front.write(".pre-commit-config.yaml", block.replace("rhflow check", f"{sys.executable} -m rhflow check"))
    front.write("still.rhflow.yaml", STILL)

    def sh(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, cwd=front.folder, capture_output=True, text=True, check=False)

    sh("git", "init", "-q")
    sh("git", "add", ".pre-commit-config.yaml", "still.rhflow.yaml")
    assert sh("pre-commit", "run", "--all-files").returncode == 0
    front.write("broken.rhflow.yaml", BROKEN)
    sh("git", "add", "broken.rhflow.yaml")
    done = sh("pre-commit", "run", "--all-files")
    assert done.returncode == 1
    assert "unknown-parameter" in done.stdout
