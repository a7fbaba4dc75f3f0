"""docs/commands.md is true: run from top to bottom, it says what the page says."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from rhflow.cli.main import run
from rhflow.simulator.server import Timing
from tests.cli.conftest import far_side, front
from tests.cli.front import KEY, ROOT, FarSide, Front
from tests.conftest import BLESS

__all__ = ["far_side", "front"]

PAGE = ROOT / "docs" / "commands.md"
_PART = re.compile(
    r"^<!-- file (?P<file>\S+)\n(?P<text>.*?)^-->$|^<!-- (?P<lost>the next answer is lost) -->$"
    r"|^```console\n(?P<block>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_VARIES = (
    (re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}"), "RUN"),
    (re.compile(r"\b\d{19}\b"), "JOB"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "AT"),
    (re.compile(r"\b\d+\.\d s\b"), "TIME"),
    (re.compile(r"127\.0\.0\.1:\d+"), "ADDRESS"),
    (re.compile(r" {2,}"), "  "),
)
_HERE = "~/films"
_OLD_FACTS = re.compile(r"^warning: The catalogue's facts are of .*\n", re.MULTILINE)
"""Said from half a year after the catalogue's newest fact on; the page is as on the day before."""


class Reader:
    """Somebody who types what the page shows."""

    def __init__(
        self, front: Front, start_far: Callable[..., FarSide], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._front = front
        self._start_far = start_far
        self._monkeypatch = monkeypatch
        self._far: FarSide | None = None
        self._run = ""

    def write(self, name: str, text: str) -> None:
        Path(name).write_text(text, encoding="utf-8")

    def lose_an_answer(self) -> None:
        self._far = self._start_far(timing=Timing(0.02, 3.0))
        self._far.faults({"on": "submit", "nth": 1, "do": "drop_after"})

    def filled(self, line: str) -> str:
        """The line with the ids of today in place of those of the page."""
        if line.startswith("rhflow cancel"):
            return f"rhflow cancel {self._run}"
        if not line.startswith("rhflow settle"):
            return line
        assert self._far is not None
        job = self._far.tasks()[0]["task_id"]
        return re.sub(r"\b(\d{19}|JOB)\b", job, re.sub(r"\b(\d{8}-\d{6}-\w{4}|RUN)\b", self._run, line))

    def type(self, line: str) -> str:
        """What the line says, exit code and all."""
        words = shlex.split(line)
        if words[0] == "cd":
            self._monkeypatch.chdir(words[1])
            Path(".rhflow").mkdir(exist_ok=True)
            return ""
        if words[0] == "sed":
            _, before, after, _ = words[2].split("/")
            path = Path(words[3])
            path.write_text(path.read_text("utf-8").replace(before, after), encoding="utf-8")
            return ""
        if words[1] == "simulate":
            return self._serve(words[1:])
        return self._call(words[1:])

    def _call(self, words: list[str]) -> str:
        if words[0] == "run" and "simulator" in words:
            words.append("--quick")
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = run(words)
        text = _OLD_FACTS.sub("", said.getvalue()) + (f"(exit code {code})\n" if code else "")
        found = _VARIES[0][0].findall(text)
        self._run = found[-1] if found else self._run
        for place in (str(Path.cwd()), str(self._front.folder / "films")):
            text = text.replace(place, _HERE)
        return text

    def _serve(self, words: list[str]) -> str:
        server = self._front.process(*words)
        try:
            assert server.stdout is not None
            assert server.stderr is not None
            return server.stdout.readline() + server.stderr.readline()
        finally:
            server.terminate()
            server.communicate(timeout=20)


def _told(text: str) -> str:
    """Without what differs from run to run."""
    for pattern, name in _VARIES:
        text = pattern.sub(name, text)
    return text.strip()


def _fits(shown: str, said: str, line: str) -> bool:
    a, b = _told(shown).splitlines(), _told(said).splitlines()
    if line.startswith(("rhflow run", "rhflow resume")):  # who is bought first is chance
        a, b = sorted(a), sorted(b)
    return a == b


def _steps(block: str) -> list[tuple[str, str]]:
    """(command line, what is shown below it)."""
    found = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    return list(zip(found[1::2], found[2::2], strict=True))


@pytest.mark.timeout(120)
def test_the_page_is_true(
    front: Front, far_side: Callable[..., FarSide], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = PAGE.read_text(encoding="utf-8")
    reader = Reader(front, far_side, monkeypatch)
    made, stale = "", []
    end = 0
    for part in _PART.finditer(page):
        made += page[end : part.start()]
        end = part.end()
        if part["file"]:
            reader.write(part["file"], part["text"])
        elif part["lost"]:
            reader.lose_an_answer()
        if part["block"] is None:
            made += part[0]
            continue
        made += "```console\n"
        for line, shown in _steps(part["block"]):
            typed = reader.filled(line)
            said = reader.type(typed)
            if not _fits(shown, said, line):
                stale.append(f"$ {line}\n--- shown\n{shown}--- said\n{said}")
            made += f"$ {typed}\n{said}"
        made += "```"
    made += page[end:]
    if BLESS and stale:
        PAGE.write_text(made, encoding="utf-8", newline="\n")
        return
    assert not stale, "scripts/bless writes the page anew\n\n" + "\n".join(stale)


def test_the_page_shows_every_command() -> None:
    from rhflow.cli.main import COMMANDS

    page = PAGE.read_text(encoding="utf-8")
    typed = {line.split()[1] for line in re.findall(r"^\$ (rhflow .*)$", page, re.MULTILINE)}
    assert typed | {"doctor"} == set(COMMANDS)  # what a doctor says is of one machine: doctor.md shows it
    assert "`rhflow doctor`" in page
    assert KEY not in page
