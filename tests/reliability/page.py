"""The tables of `docs/reliability.md`: read, and with `RHFLOW_BLESS=1` written, a line at a time."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tests.cli.front import ROOT

BLESS = bool(os.environ.get("RHFLOW_BLESS"))  # before a test cleans the room
PAGE = ROOT / "docs" / "reliability.md"


@dataclass(frozen=True)
class Table:
    """The one table under a title of the third rank. The first cell of a line is its name."""

    title: str
    columns: tuple[str, ...]
    names: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    """Columns of numbers."""

    def line(self, cells: Sequence[str]) -> str:
        """A line as the page has it."""
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    def lines(self) -> list[str]:
        """What stands on the page."""
        found = self._part()
        return [] if found is None else [line for line in found[1].splitlines() if line.startswith("| ")][1:]

    def names_on_page(self) -> list[str]:
        """The first cells."""
        return [_name(line) for line in self.lines()]

    def holds(self, cells: Sequence[str]) -> bool:
        """Whether the page says so; when blessing, it does from now on."""
        line = self.line(cells)
        if BLESS:
            self._bless(line)
        return line in self.lines()

    def _part(self) -> re.Match[str] | None:
        page = PAGE.read_text(encoding="utf-8")
        return re.search(rf"^### {re.escape(self.title)}\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL)

    def _bless(self, line: str) -> None:
        """One process at a time. What stands above the table stays."""
        found = self._part()
        if found is None:
            raise LookupError(f"{PAGE.name} has no title {self.title!r}")
        page = PAGE.read_text(encoding="utf-8")
        lines = {_name(other): other for other in self.lines()} | {_name(line): line}
        rule = "|" + "|".join("--:" if column in self.numbers else "---" for column in self.columns) + "|"
        above = found[1].partition("\n|")[0].strip("\n")
        table = [self.line(self.columns), rule, *(lines[name] for name in self.names if name in lines)]
        body = "\n".join([*([above, ""] if above and not above.startswith("|") else []), *table])
        rest = page[found.end() :]
        PAGE.write_text(
            page[: found.start(1)] + "\n" + body + "\n" + ("\n" if rest else "") + rest, encoding="utf-8"
        )


def _name(line: str) -> str:
    return line.removeprefix("| ").split(" | ", maxsplit=1)[0]
