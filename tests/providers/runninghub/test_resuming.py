"""A download that breaks goes on where it broke, and only where that is the same file for sure."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import random
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.transfer import measure
from rhflow.lifecycle.failure import FailureKind
from rhflow.ports import PollFailed
from rhflow.providers.runninghub.client import RunningHubClient
from rhflow.providers.runninghub.parcels import PIECE
from rhflow.providers.runninghub.transfers import Transfers
from tests.providers.runninghub import rude_server as rude
from tests.providers.runninghub.rude_server import RudeServer, page
from tests.providers.runninghub.test_submits import KEY, QUICK
from tests.providers.runninghub.test_verdicts import READER

SIZE = 8 * PIECE
DATA = b"\x89PNG\r\n\x1a\n" + random.Random(5).randbytes(SIZE - 8)
OTHER = b"\x89PNG\r\n\x1a\n" + random.Random(6).randbytes(SIZE - 8)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Shelf(RudeServer):
    """Gives a file, whole or in ranges, and hangs up after so many bytes of each answer (`cuts`)."""

    def __init__(self, cuts: Sequence[int | None], data: bytes = DATA, **headers: str) -> None:
        super().__init__(self.give)
        self.cuts = list(cuts)
        self.data = data
        self.headers = headers or {"ETag": '"one"'}
        self.sent = 0
        self.quirk = ""

    @property
    def asked(self) -> list[tuple[str, str]]:
        return [(heard.headers.get("range", ""), heard.headers.get("if-range", "")) for heard in self.heard]

    async def give(self, line: rude.Line) -> None:
        heard = await line.hear()
        number = len(self.heard)
        cut = self.cuts[number - 1] if number <= len(self.cuts) else None
        found = re.fullmatch(r"bytes=(\d+)-", heard.headers.get("range", ""))
        mark = heard.headers.get("if-range")
        begin = int(found[1]) if found and mark in (None, *self.headers.values()) else 0
        if begin and self.quirk == "416":
            await line.say(page(416, b""))
            return
        if begin and self.quirk == "other piece":
            begin -= 1
        total = len(self.data) + (1 if begin and self.quirk == "other total" else 0)
        body = self.data[begin:]
        lines = [f"HTTP/1.1 {206 if begin else 200} Whatever", f"Content-Length: {len(body)}"]
        lines += [f"Content-Range: bytes {begin}-{len(self.data) - 1}/{total}"] if begin else []
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        await line.say("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        part = body if cut is None else body[:cut]
        self.sent += len(part)
        await line.say(part)
        if cut is not None and self.quirk == "reset":
            await asyncio.sleep(0.05)
            line.reset()


def fetched(shelf: Shelf, folder: Path, waits: tuple[float, ...] = (0.01, 0.01)) -> str:
    """Digest of what came."""

    async def run() -> Path:
        async with shelf:
            client = RunningHubClient(shelf.url, KEY, patience=QUICK)
            try:
                return await Transfers(client, READER, waits=waits).download(
                    shelf.url + "/a.png", folder, "r"
                )
            finally:
                await client.close()

    path = asyncio.run(run())
    assert list(folder.iterdir()) == [path]
    return digest(path.read_bytes())


def test_a_line_that_breaks_at_six_tenths_goes_on_there(tmp_path: Path) -> None:
    shelf = Shelf([SIZE * 6 // 10])
    assert fetched(shelf, tmp_path) == digest(DATA)
    (first, second) = shelf.asked
    assert first == ("", "")
    begin = int(second[0].removeprefix("bytes=").removesuffix("-"))
    assert SIZE // 2 <= begin <= SIZE * 6 // 10
    assert second[1] == '"one"'
    assert shelf.sent < SIZE * 1.15


def test_the_date_of_the_last_change_will_do(tmp_path: Path) -> None:
    when = "Wed, 21 Oct 2026 07:28:00 GMT"
    shelf = Shelf([5 * PIECE], **{"ETag": 'W/"weak"', "Last-Modified": when})
    assert fetched(shelf, tmp_path) == digest(DATA)
    assert shelf.asked[1][1] == when


def test_whoever_gets_on_may_break_more_often_than_there_are_tries(tmp_path: Path) -> None:
    shelf = Shelf([3 * PIECE // 2] * 5)
    assert fetched(shelf, tmp_path) == digest(DATA)
    assert len(shelf.asked) >= 6
    assert shelf.sent < SIZE * 1.5


def test_a_line_that_is_reset_goes_on_too(tmp_path: Path) -> None:
    """A reset takes back what nobody has read yet: where it goes on depends on the moment."""
    shelf = Shelf([5 * PIECE])
    shelf.quirk = "reset"
    assert fetched(shelf, tmp_path) == digest(DATA)
    assert len(shelf.asked) == 2


def test_whoever_does_not_get_on_is_given_up(tmp_path: Path) -> None:
    shelf = Shelf([5 * PIECE, *([1000] * 9)])
    with pytest.raises(PollFailed) as caught:
        fetched(shelf, tmp_path)
    assert caught.value.failure.repeatable
    assert len(shelf.asked) == 3  # the first, which got on, and as many more as there are waits


def test_a_file_that_was_replaced_is_fetched_anew(tmp_path: Path) -> None:
    class Replaced(Shelf):
        async def give(self, line: rude.Line) -> None:
            if self.heard:
                self.data, self.headers = OTHER, {"ETag": '"two"'}
            await super().give(line)

    shelf = Replaced([5 * PIECE])
    assert fetched(shelf, tmp_path) == digest(OTHER)
    assert shelf.asked[1][1] == '"one"'


@pytest.mark.parametrize("headers", [{"ETag": 'W/"weak"'}, {"X-Nothing": "1"}])
def test_without_a_mark_it_begins_anew(headers: dict[str, str], tmp_path: Path) -> None:
    shelf = Shelf([5 * PIECE], **headers)
    assert fetched(shelf, tmp_path) == digest(DATA)
    assert shelf.asked == [("", ""), ("", "")]


@pytest.mark.parametrize("quirk", ["416", "other piece", "other total"])
def test_another_piece_than_the_missing_one_is_not_taken(quirk: str, tmp_path: Path) -> None:
    shelf = Shelf([5 * PIECE])
    shelf.quirk = quirk
    assert fetched(shelf, tmp_path) == digest(DATA)
    assert [bool(ranges) for ranges, _ in shelf.asked] == [False, True, False]


def test_a_packed_body_is_not_pieced_together(tmp_path: Path) -> None:
    packed = gzip.compress(DATA, 1)
    shelf = Shelf([len(packed) // 2], packed, **{"ETag": '"one"', "Content-Encoding": "gzip"})
    assert fetched(shelf, tmp_path) == digest(DATA)
    assert shelf.asked == [("", ""), ("", "")]


def test_a_link_that_dies_midway_is_gone(tmp_path: Path) -> None:
    class Dies(Shelf):
        async def give(self, line: rude.Line) -> None:
            if not self.heard:
                await super().give(line)
            else:
                await line.hear()
                await line.say(page(403, b""))

    with pytest.raises(PollFailed) as caught:
        fetched(Dies([5 * PIECE]), tmp_path)
    assert caught.value.failure.kind is FailureKind.GONE


@pytest.mark.skipif(
    sys.platform == "win32", reason="peak memory is asked of the system, which is POSIX there"
)
def test_memory_stays_small_with_a_large_file(tmp_path: Path) -> None:
    seen = measure(120, tmp_path)
    assert seen.agree
    assert seen.cuts == 1
    assert len(seen.fetches) == 2, "one break, one further request"
    assert 0 < seen.asked_again <= PIECE, "it goes on where it broke; a piece that was begun comes again"
    assert seen.peak_mb < 120
