"""Every trouble, played: what became of money and result. The tables of `docs/reliability.md` are it.

`RHFLOW_BLESS=1` writes the page anew.
"""

from __future__ import annotations

import os
import re

import pytest

from tests.cli.front import ROOT, FarSide, Front
from tests.reliability.drill import Ended, drill
from tests.reliability.troubles import TROUBLES, Trouble

BLESS = bool(os.environ.get("RHFLOW_BLESS"))  # before the room is cleaned
PAGE = ROOT / "docs" / "reliability.md"
HEAD = "| what goes wrong | the run ends | bought | what one does | then | bought in all | at home |"
LINE = "|---|---|--:|---|---|--:|---|"
TITLES = {
    "upload": "Before buying: a picture is brought over",
    "submit": "While buying",
    "query": "While it is made",
    "run": "The vendor's own failures",
    "download": "While bringing it home",
}


def row(ended: Ended) -> str:
    """Its line on the page."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in ended.cells()) + " |"


def rows_of(page: str) -> dict[str, list[str]]:
    """The lines under each title."""
    found: dict[str, list[str]] = {}
    for where, title in TITLES.items():
        part = re.search(rf"^### {re.escape(title)}\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL)
        lines = part[1].splitlines() if part else []
        found[where] = [line for line in lines if line.startswith("| ") and line != HEAD]
    return found


@pytest.mark.usefixtures("hurried", "impatient")
@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_it_is_bought_at_most_once(
    front: Front, far: FarSide, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = drill(front, far, trouble, monkeypatch)
    assert ended.last_bill <= 1
    assert ended.last_state.partition(" ")[0] in ("done", "failed", "submitted", "running"), ended
    line = row(ended)
    if BLESS:
        bless(trouble, line)
    known = rows_of(PAGE.read_text(encoding="utf-8"))[trouble.where]
    assert line in known, "what was seen is not on the page"


def bless(trouble: Trouble, line: str) -> None:
    """Put the line where it belongs; one process at a time."""
    page = PAGE.read_text(encoding="utf-8")
    title = f"### {TITLES[trouble.where]}\n"
    lines = {other.split(" | ")[0]: other for other in rows_of(page)[trouble.where]}
    lines[line.split(" | ", maxsplit=1)[0]] = line
    order = [f"| {item.what}".replace("|", "|") for item in TROUBLES if item.where == trouble.where]
    table = [HEAD, LINE, *(lines[name] for name in order if name in lines)]
    start = page.index(title) + len(title)
    after = re.search(r"^##", page[start:], re.MULTILINE)
    rest = page[start + after.start() :] if after else ""
    PAGE.write_text(page[:start] + "\n" + "\n".join(table) + "\n\n" + rest, encoding="utf-8")


def test_the_page_has_every_trouble_and_no_other() -> None:
    known = rows_of(PAGE.read_text(encoding="utf-8"))
    for where in TITLES:
        assert [line.split(" | ")[0][2:] for line in known[where]] == [
            item.what for item in TROUBLES if item.where == where
        ]
