"""Tables: for a screen of any width, and in a pipe one line per row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rhflow.planning.plan import Judgement, Plan
from rhflow.view.lines import VERDICT_WORDS, price_text, why_text

_VERDICT_STYLES = {"cached": "green", "run": "cyan", "run_unless_identical": "cyan", "wait": "yellow"}
_GAP = 3
_READABLE = 28
"""Fewer columns than this for a sentence, and it stands below its row."""


class Grid:
    """Rows under headings, without lines. The last column holds sentences and may wrap.

    Where a screen has no room for that, the columns named in `spare` are left out. If that does not help,
    these, those named in `below` and the last one stand on a line of their own under the rest of their row.
    Where nobody looks, a row is a line, however long.
    """

    def __init__(
        self,
        *headings: str,
        right: tuple[str, ...] = (),
        below: tuple[str, ...] = (),
        spare: tuple[str, ...] = (),
    ) -> None:
        self._headings = headings
        self._right = right
        self._spare = spare
        self._below = {*below, *spare, headings[-1]}
        self._rows: list[tuple[Text, ...]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, *cells: str | Text) -> None:
        """One row, a cell per heading; several spaces and line breaks in a text become one space."""
        self._rows.append(
            tuple(Text(" ".join(cell.split())) if isinstance(cell, str) else cell for cell in cells)
        )

    def show(self, out: Console) -> None:
        """Print it."""
        everything = range(len(self._headings))
        needed = [number for number in everything if self._headings[number] not in self._spare]
        if not out.is_terminal:
            self._print_lines(out)
        elif self._fits(everything, out.width):
            self._print_table(out, everything)
        elif self._fits(needed, out.width):
            self._print_table(out, needed)
        else:
            self._print_stacked(out)

    def _fits(self, columns: Sequence[int], width: int) -> bool:
        widths = self._widths()
        *short, last = (widths[number] for number in columns)
        return sum(short) + _GAP * len(short) + min(last, _READABLE) <= width

    def _widths(self) -> list[int]:
        columns = zip(*self._rows, strict=True) if self._rows else [() for _ in self._headings]
        return [
            max([cell_len(heading), *(cell.cell_len for cell in column)])
            for heading, column in zip(self._headings, columns, strict=True)
        ]

    def _print_lines(self, out: Console) -> None:
        widths = self._widths()
        for row in [tuple(map(Text, self._headings)), *self._rows]:
            cells = [
                _filled(cell.plain, width, right=heading in self._right)
                for cell, width, heading in zip(row, widths, self._headings, strict=True)
            ]
            out.print(Text((" " * _GAP).join(cells).rstrip()), soft_wrap=True)

    def _print_table(self, out: Console, columns: Sequence[int]) -> None:
        table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="dim")
        for heading in [self._headings[number] for number in columns]:
            is_last = heading == self._headings[-1]
            justify: Literal["left", "right"] = "right" if heading in self._right else "left"
            table.add_column(heading, no_wrap=not is_last, overflow="fold", justify=justify)
        for row in self._rows:
            table.add_row(*(row[number] for number in columns))
        out.print(table)

    def _print_stacked(self, out: Console) -> None:
        """Each row as a line of its short cells, and below it the long ones, indented."""
        above = [number for number, heading in enumerate(self._headings) if heading not in self._below]
        widths = self._widths()
        heads = tuple(Text(heading, style="dim") for heading in self._headings)
        for row in [heads, *self._rows]:
            line = Table.grid(padding=(0, _GAP, 0, 0))
            for number in above:
                right = self._headings[number] in self._right
                line.add_column(width=widths[number], no_wrap=True, justify="right" if right else "left")
            line.add_row(*(row[number] for number in above))
            out.print(line)
            rest = [row[number] for number in range(len(row)) if number not in above and row[number].plain]
            if rest and row is not heads:
                out.print(Padding(Text(" · ").join(rest), (0, 0, 0, 2)))


def _filled(text: str, width: int, *, right: bool) -> str:
    """The text, filled up with spaces: Chinese characters take two places."""
    spaces = " " * (width - cell_len(text))
    return spaces + text if right else text + spaces


def plan_table(plan: Plan, judgements: Mapping[str, Judgement]) -> Grid:
    """Task, model, verdict, price and reason, in plan order."""
    table = Grid("task", "uses", "verdict", "CNY", "why", right=("CNY",), spare=("uses",))
    for task in plan.tasks:
        judgement = judgements[task.id]
        price = "free" if task.is_local else price_text(judgement.quote)
        table.add(
            task.id,
            Text(task.uses, style="dim"),
            Text(VERDICT_WORDS[judgement.verdict], style=_VERDICT_STYLES.get(judgement.verdict, "")),
            Text(price, style="yellow" if price == "unknown" else ""),
            Text(why_text(judgement), style="dim"),
        )
    return table
