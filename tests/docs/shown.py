"""Commands as pages show them: out of code blocks and out of `backticks`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.cli.front import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^ {4}(rhflow .*)$", re.MULTILINE)
_INLINE = re.compile(r"`(rhflow [^`]*)`")
_BEFORE = re.compile(r"^(\$ |[A-Z_]+=\S+ |pip install uv && |\S*uv run )+")


@dataclass(frozen=True)
class Shown:
    """A command line on a page."""

    page: str
    line: str

    @property
    def words(self) -> list[str]:
        """What comes after `rhflow`, without what stands for something left out."""
        return [word for word in shlex.split(self.line, comments=True)[1:] if word != "…"]

    def __str__(self) -> str:
        return f"{self.page}: {self.line}"


def blocks(text: str, *kinds: str) -> list[str]:
    """The fenced blocks of these kinds."""
    return [body for kind, body in _FENCED.findall(text) if kind in kinds]


def commands(page: Path) -> Iterator[Shown]:
    """Every `rhflow …` that the page shows."""
    text = page.read_text(encoding="utf-8")
    for block in blocks(text, "sh", "console", "bash", ""):
        for line in block.splitlines():
            bare = _BEFORE.sub("", line.strip())
            if bare.startswith("rhflow ") and ":" not in bare.split()[0]:
                yield Shown(page.name, bare)
    unfenced = _FENCED.sub("", text)
    for found in (*_INDENTED.findall(unfenced), *_INLINE.findall(unfenced)):
        yield Shown(page.name, found)
