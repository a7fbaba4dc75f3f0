"""Tables of docs/simulator.md that tests write: `RHFLOW_BLESS=1` puts them there, other runs compare."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.conftest import BLESS

PAGE = Path(__file__).parents[2] / "docs" / "simulator.md"


def show(name: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """See that the page holds this table between its two marks (or write it there)."""
    lines = [headings, ["---"] * len(headings), *rows]
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    page = PAGE.read_text(encoding="utf-8")
    marks = re.compile(
        rf"(?<=<!-- {name}: written by the tests -->\n\n).*?(?=\n<!-- end of {name} -->)", re.DOTALL
    )
    (shown,) = marks.findall(page)
    if BLESS and shown != table:
        PAGE.write_text(marks.sub(lambda _: table, page), encoding="utf-8", newline="\n")
        return
    assert shown == table, f"{PAGE.name}: the table of {name} is stale; scripts/bless writes it"
