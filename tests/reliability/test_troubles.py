"""Every trouble, played: what became of money and result. The tables of `docs/reliability.md` are it.

`RHFLOW_BLESS=1` writes the page anew.
"""

from __future__ import annotations

import pytest

from tests.cli.front import FarSide, Front
from tests.reliability.drill import drill
from tests.reliability.page import Table
from tests.reliability.troubles import TROUBLES, Trouble

COLUMNS = ("what goes wrong", "the run ends", "bought", "what one does", "then", "bought in all", "at home")
TITLES = {
    "upload": "Before buying: a picture is brought over",
    "submit": "While buying",
    "query": "While it is made",
    "run": "The vendor's own failures",
    "download": "While bringing it home",
}
TABLES = {
    where: Table(
        title,
        COLUMNS,
        tuple(item.what for item in TROUBLES if item.where == where),
        ("bought", "bought in all"),
    )
    for where, title in TITLES.items()
}


@pytest.mark.usefixtures("hurried", "impatient")
@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_it_is_bought_at_most_once(
    front: Front, far: FarSide, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = drill(front, far, trouble, monkeypatch)
    assert ended.last_bill <= 1
    assert ended.last_state.partition(" ")[0] in ("done", "failed", "submitted", "running"), ended
    if ended.first_state == "doubtful":
        assert ended.last_state == "done", "a doubt can be settled"
    assert TABLES[trouble.where].holds(ended.cells()), "what was seen is not on the page"


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_the_page_has_every_trouble_and_no_other(table: Table) -> None:
    assert table.names_on_page() == list(table.names)
