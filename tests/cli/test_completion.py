"""The tab key: what a shell is told, and that it is told at once."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rhflow.catalog_files import load_catalog
from rhflow.cli.commands.completion import SHELLS
from rhflow.cli.completing import read_surface
from rhflow.cli.main import COMMANDS, COMPLETING
from tests.catalog.test_newer import SOURCE
from tests.cli.front import STILL, Front

Ask = Callable[..., dict[str, str]]
"""Words as typed, the last one unfinished -> what may stand there, with its help."""


@pytest.fixture
def ask(front: Front, monkeypatch: pytest.MonkeyPatch) -> Ask:
    def asked(*words: str, shell: str = "fish") -> dict[str, str]:
        monkeypatch.setenv(COMPLETING, shell)
        said = front.ok(*words)
        monkeypatch.delenv(COMPLETING)
        assert said.err == ""
        return dict(line.split("\t") for line in said.out.splitlines())

    return asked


def test_commands(ask: Ask) -> None:
    assert set(ask("")) == set(COMMANDS)
    assert set(ask("ru")) == {"run", "runs"}
    assert ask("runs")["runs"] == COMMANDS["runs"]
    assert "--version" in ask("--v")
    assert ask("strange", "") == {}


WAYS = [
    (name, *inner)
    for name, found in read_surface().items()
    for inner in ([(word,) for word in found["commands"]] if "commands" in found else [()])
]
"""Every command, and every command of one that has some."""


@pytest.mark.parametrize("words", WAYS, ids=" ".join)
def test_every_command_offers_its_options(front: Front, ask: Ask, words: tuple[str, ...]) -> None:
    offered = ask(*words, "--")
    assert {"--help", "--home", "--quiet", "--verbose"} <= set(offered)
    page = front.ok(*words, "--help").out
    assert set(offered) == {
        word.strip(",/")
        for word in page.partition("Options:")[2].replace("/--", " --").split()
        if "--" in word[:2]
    } - {"--"}


def test_commands_of_commands(ask: Ask) -> None:
    groups = {name: set(found["commands"]) for name, found in read_surface().items() if "commands" in found}
    for name, commands in groups.items():
        assert set(ask(name, "")) == commands
        assert all(ask(name, "").values())


def test_an_option_given_is_not_offered_again_but_one_that_repeats_is(ask: Ask) -> None:
    offered = ask("run", "a.yaml", "--yes", "--input", "a=b", "--")
    assert "--yes" not in offered
    assert "--input" in offered


def test_words_of_options(ask: Ask) -> None:
    assert set(ask("run", "--provider", "")) == {"runninghub", "simulator"}
    assert set(ask("check", "--format", "")) == {"text", "json", "sarif", "github"}
    assert set(ask("graph", "--format", "s")) == {"svg"}
    assert "image-to-video" in ask("models", "--task", "image-")
    assert set(ask("completion", "")) == set(SHELLS)
    assert ask("run", "--out", "") == {}, "a folder: the shell's own business"


def test_pipelines(front: Front, ask: Ask) -> None:
    for name in (
        *("film.rhflow.yaml", "films/a b.rhflow.yml", "films/deep/er/one.rhflow.yaml", "海/诗.rhflow.yaml"),
        *("film.yaml", ".hidden/no.rhflow.yaml", "a/b/c/d/too-deep.rhflow.yaml"),
    ):
        front.write(name, STILL)
    everything = {
        "film.rhflow.yaml",
        "films/a b.rhflow.yml",
        "films/deep/er/one.rhflow.yaml",
        "海/诗.rhflow.yaml",
    }
    assert set(ask("run", "")) == everything
    assert set(ask("check", "film.rhflow.yaml", "films/")) == {
        "films/a b.rhflow.yml",
        "films/deep/er/one.rhflow.yaml",
    }
    assert set(ask("plan", f"{front.folder}/film.")) == {f"{front.folder}/film.rhflow.yaml"}
    assert set(ask("plan", "a/b/c/")) == {"a/b/c/d/too-deep.rhflow.yaml"}
    assert ask("graph", "nowhere/") == {}


def test_a_search_for_pipelines_ends(front: Front, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    from rhflow.cli import suggestions

    monkeypatch.setattr(suggestions, "_MOST_ENTRIES", 20)
    for number in range(30):
        front.write(f"many/{number:02d}/x.rhflow.yaml", STILL)
    front.write("top.rhflow.yaml", STILL)
    assert "top.rhflow.yaml" in ask("run", "")
    assert len(ask("run", "")) < 20


def test_runs_and_their_tasks(front: Front, ask: Ask) -> None:
    assert ask("show", "") == {}, "there is no home yet"
    front.write("still.rhflow.yaml", STILL)
    for _ in range(2):
        front.ok("run", "still.rhflow.yaml", "--provider", "simulator", "--quick")
    runs = [item["run"] for item in front.json("runs", "runs")["runs"]]
    for command in ("show", "resume", "settle"):
        assert list(ask(command, "")) == runs, "the newest first"
    assert ask("show", runs[1][:-1])[runs[1]] == "still, done"
    assert ask("settle", runs[0], "") == {"still": "seedream-v4/text-to-image"}
    shutil.move(".rhflow", "away")
    assert ask("show", "") == {}
    assert list(ask("show", "--home", "away", "")) == runs


def test_models_are_those_of_the_home(front: Front, ask: Ask) -> None:
    assert set(ask("models", "")) == {"show", "add", "probe", "refresh"}
    names = ask("models", "show", "")
    assert {model.endpoint for model in load_catalog().models if model.endpoint} <= set(names)
    assert "海螺-2.3-fast-图生视频" in names
    assert "hailuo-9" not in names
    front.write("new.json", json.dumps([{**SOURCE, "endpoint": "hailuo-9/x", "names": ["hailuo-9"]}]))
    front.ok("models", "refresh", "--from", "new.json", "--write")
    assert ask("models", "show", "hailuo-9") == {"hailuo-9": "image-to-video", "hailuo-9/x": "image-to-video"}


def test_what_is_broken_says_nothing(front: Front, ask: Ask) -> None:
    front.write("rhflow.toml", "this is no toml")
    front.write(".rhflow/journal.db", "this is no journal")
    front.write(".rhflow/catalog.json", "this is no catalogue")
    assert ask("show", "") == {}
    assert ask("settle", "2026", "") == {}
    assert ask("models", "show", "h") == {}
    assert ask("run", "--max-cost", "") == {}
    assert ask() != {}, "no word at all is the first one, empty"


def test_a_shell_is_answered_without_the_heavy_libraries(front: Front) -> None:
    """The options of a command are known without importing it (typer itself wants pydantic)."""
    script = "import sys, rhflow.cli.main as m; m.run(['run', '--']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, COMPLETING: "bash"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--provider" in done.stdout
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert loaded & {"networkx", "httpx", "jsonschema", "starlette", "PIL", "yaml", "sqlite3"} == set()


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_can_be_read_by_its_shell(front: Front, shell: str) -> None:
    script = front.ok("completion", shell).out
    assert COMPLETING in script
    if shutil.which(shell):
        done = subprocess.run([shell, "-n", "-c", script], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")


def test_another_shell(front: Front) -> None:
    said = front.call("completion", "bsh")
    assert said.code == 2
    assert "Did you mean bash?" in said.err
    assert front.call("completion").code == 2


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash here")
class TestBash:
    """In a real bash that has read the script."""

    @pytest.fixture
    def bash(self, front: Front, tmp_path: Path) -> Callable[[str], list[str]]:
        program = tmp_path / "bin" / "rhflow"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m rhflow "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        script = front.write("rhflow.bash", front.ok("completion", "bash").out)

        def typed(line: str) -> list[str]:
            """What bash would put in place of the last word."""
            words = " ".join(shlex.quote(word) for word in (*line.split(" "),))
            asks = (
                f"source {script}; COMP_WORDS=({words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 )); "
                '_rhflow_complete rhflow; printf "%s\\n" "${COMPREPLY[@]}"; complete -p rhflow >&2'
            )
            path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
            done = subprocess.run(
                ["bash", "--norc", "-c", asks],
                env={**os.environ, "PATH": path, "LC_ALL": "C.UTF-8"},
                capture_output=True,
                encoding="utf-8",
                check=True,
            )
            assert done.stderr == "complete -o default -F _rhflow_complete rhflow\n"
            return done.stdout.splitlines()

        return typed

    def test_it_completes(self, bash: Callable[[str], list[str]], front: Front) -> None:
        front.write("my film.rhflow.yaml", STILL)
        assert bash("rhflow comp") == ["completion"]
        assert bash("rhflow run my") == ["my\\ film.rhflow.yaml"], "as bash would have it typed"
        assert bash("rhflow run 'my") == ["my\\ film.rhflow.yaml"], "a quote that is still open"
        assert bash("rhflow check --format = sa") == ["sarif"], "bash parts --format=sa like this"
        assert bash("rhflow models show hailuo-2.3-fast-") == ["hailuo-2.3-fast-pro/image-to-video"]
