"""What the pages tell people to type can be typed."""

from __future__ import annotations

import pytest

from rhflow.cli.main import COMMANDS, _load
from tests.cli.conftest import front
from tests.cli.front import ROOT, Front
from tests.docs.shown import PAGES, Shown, blocks, commands

__all__ = ["front"]

SHOWN = [shown for page in PAGES for shown in commands(page) if shown.words]
PLACEHOLDERS = {"N", "COMMAND", "FILE…"}


def test_pages_show_commands() -> None:
    assert len(SHOWN) > 25
    assert {shown.words[0] for shown in SHOWN} >= set(COMMANDS) - {"resume"}


@pytest.mark.parametrize("shown", SHOWN, ids=str)
def test_the_command_can_be_typed(shown: Shown) -> None:
    name, *words = shown.words
    if name in ("--version", "--help", "COMMAND"):
        return
    assert name in COMMANDS, f"{shown}: no such command"
    words = ["1" if word in PLACEHOLDERS else word for word in words if not word.startswith("[")]
    if len(shown.words) == 1 or not [word for word in words if not word.startswith("-")]:
        words = [*words, *_needed(name)]  # a mention of the command alone
    command = _load(name)
    command.make_context(f"rhflow {name}", list(words))


def _needed(name: str) -> list[str]:
    return {"settle": ["RUN", "TASK"], "check": ["FILE"], "plan": ["FILE"], "run": ["FILE"]}.get(name, [])


def test_the_parser_refuses_what_is_not_there() -> None:
    with pytest.raises(Exception, match="--colour"):
        _load("run").make_context("rhflow run", ["a.yaml", "--colour"])


def test_the_first_steps_of_the_readme_lead_to_a_film(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """The block that begins with `rhflow init`, word for word, with tiny media."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = [block for block in blocks(readme, "sh") if "rhflow init" in block]
    run = ""
    for line in block.splitlines():
        words = line.partition("#")[0].split()
        if words[0] == "cd":
            monkeypatch.chdir(words[1])
            continue
        assert words[:3] == ["uv", "run", "rhflow"], line
        words = ["film.rhflow.yaml" if word == "*.rhflow.yaml" else word for word in words[3:]]
        if words[0] == "run":
            words.append("--quick")
        said = front.ok(*(run if word == "RUN" else word for word in words))
        if words[0] == "runs":
            run = said.out.splitlines()[1].split()[0]
    assert list(front.folder.rglob("film.mp4"))


def test_the_pipeline_of_the_readme_passes_the_check(front: Front) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (text,) = blocks(readme, "yaml")
    front.write("fox.rhflow.yaml", text)
    assert front.json("check", "check", "fox.rhflow.yaml")["problems"] == []
    document = front.json("run", "run", "fox.rhflow.yaml", "--provider", "simulator", "--quick")
    assert document["status"] == "done"
