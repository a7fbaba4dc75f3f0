"""What a submit makes of a line that fails, in short. Each row is played by `test_transport.py` on a socket.

There each row asserts how the submit ends, and that no request that arrived went out again.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from rhflow.ports import Accepted, Lost, Refused, SubmitAnswer
from tests.providers.runninghub.test_transport import NUMBERS, TABLE
from tests.reliability.page import Table

WORDS: dict[type[SubmitAnswer], str] = {
    Refused: "not bought",
    Lost: "in doubt",
    Accepted: "bought",
}


@dataclass(frozen=True)
class Group:
    """Rows that are alike."""

    what: str
    rows: str
    ends: tuple[type[SubmitAnswer], ...]
    remark: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        said = " or ".join(WORDS[end] for end in self.ends)
        return self.what, self.rows.replace(" ", ", "), said + (f"; {self.remark}" if self.remark else "")


SAFE, DOUBT, DONE = (Refused,), (Lost,), (Accepted,)
GROUPS = (
    Group("nobody picks up: no such name, closed port, full backlog", "01 02 02b 03 22b", SAFE),
    Group(
        "no place is free for it on our side",
        "04",
        DOUBT,
        "it waits its turn, here for a far side that stalls",
    ),
    Group("no secure connection comes about", "05a 05b 05c 05d", SAFE),
    Group("the secure connection stands, and is refused then", "05e", DOUBT),
    Group("closed before the request was read", "06 08a 08b 16a 16b", DOUBT),
    Group("reset as it is accepted; a 413 that may get lost", "06b 16c", (Lost, Refused), "by what was seen"),
    Group("not read, or as we give up, or after it", "07a 07b 07c 07d 07f 07g 07h 07i 07j", DOUBT),
    Group("read whole, and no answer", "09 10 14 22", DOUBT),
    Group("half an answer", "11a 11b 12a 12b 12c 12d 14b 20", DOUBT),
    Group("an answer that makes no sense", "12e 13a 13b 13c 21b", DOUBT),
    Group("an answer in drops, a large body, a large header", "07e 14c 21a", DONE),
    Group("a 413 in the middle of sending, that is heard", "16d", SAFE),
    Group("a redirect", "18", DOUBT, "it is not followed"),
    Group("cancelled while it connects", "17a", SAFE),
    Group("cancelled while it is sent or read", "17b 17c 17e 17f", DOUBT, "the answer is waited for"),
    Group("cancelled at any moment, and the far side answers", "17d", (Accepted, Refused), "never a guess"),
    Group("the request is wrong in itself, by a mistake of ours", "19a 19b 19c 19d 19e", DOUBT),
)
LINES = Table(
    "On the line", ("what happens", "rows", "the purchase is"), tuple(group.what for group in GROUPS)
)


def test_each_row_is_in_one_group() -> None:
    rows = [row for group in GROUPS for row in group.rows.split()]
    assert sorted(rows) == sorted(NUMBERS.split())
    assert len(rows) == 60


def test_the_groups_say_what_the_rows_are_held_to() -> None:
    held_to = {row[0].split()[0]: set(row[3]) for row in TABLE}
    for group in GROUPS:
        for row in group.rows.split():
            assert held_to.get(row, set(group.ends)) == set(group.ends), row


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.what)
def test_the_page_says_so(group: Group) -> None:
    assert LINES.holds(group.cells)


def test_the_page_has_every_group_and_no_other() -> None:
    assert LINES.names_on_page() == list(LINES.names)
