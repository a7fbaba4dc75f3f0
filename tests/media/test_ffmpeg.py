"""The child process: its words, its end."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rhflow.ground.errors import SettingsError
from rhflow.media import ffmpeg

ENDLESS = ("-f", "lavfi", "-i", "testsrc=s=640x360", "-f", "null", "-")


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (
            "[in#0 @ 0x55d0c8] Error opening input: Gone\nError opening input file x.\nConversion failed!",
            "Error opening input: Gone",
        ),
        ("[mov,mp4 @ 0x7f01] [h264 @ 0x7f02] moov atom not found\n", "moov atom not found"),
        ("Conversion failed!\n", "Conversion failed!"),
        ("\n  \n", "ffmpeg ended with code 7"),
        ("x" * 999, "x" * 300),
    ],
)
def test_last_words(log: str, words: str) -> None:
    assert ffmpeg.last_words(log, 7) == words


def test_output_comes_back() -> None:
    pixels = [
        "-f",
        "lavfi",
        "-i",
        "color=white:s=2x2",
        "-frames:v",
        "1",
        "-pix_fmt",
        "gray",
        "-f",
        "rawvideo",
        "pipe:1",
    ]
    assert ffmpeg.run(pixels) == asyncio.run(ffmpeg.run_async(pixels)).output == b"\xff" * 4


def test_standard_input_goes_in() -> None:
    raw = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", "2x2", "-i", "pipe:0", "-f", "rawvideo", "pipe:1"]
    assert ffmpeg.run(raw, stdin=b"abcd") == b"abcd"


def test_failing_is_said_in_one_line() -> None:
    for call in (
        lambda: ffmpeg.run(["-i", "nowhere.mp4"]),
        lambda: asyncio.run(ffmpeg.run_async(["-i", "nowhere.mp4"])),
    ):
        with pytest.raises(ffmpeg.FfmpegError, match="No such file") as failed:
            call()
        assert "\n" not in str(failed.value)


def test_it_takes_no_longer_than_it_may() -> None:
    begun = time.monotonic()
    with pytest.raises(ffmpeg.FfmpegError, match=r"longer than 0\.3 s"):
        ffmpeg.run(ENDLESS, timeout_s=0.3)
    with pytest.raises(ffmpeg.FfmpegError, match=r"longer than 0\.3 s"):
        asyncio.run(ffmpeg.run_async(ENDLESS, timeout_s=0.3))
    assert time.monotonic() - begun < 10


def test_a_cancelled_child_is_dead_when_the_call_returns(tmp_path: Path) -> None:
    growing = tmp_path / "growing.nut"

    async def go() -> None:
        endless = [*ENDLESS[:-3], "-c:v", "rawvideo", "-flush_packets", "1", "-f", "nut", str(growing)]
        task = asyncio.create_task(ffmpeg.run_async(endless))
        while not growing.exists() or not growing.stat().st_size:
            await asyncio.sleep(0.02)
        task.cancel()
        begun = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - begun < 1
        size = growing.stat().st_size
        await asyncio.sleep(0.2)
        assert growing.stat().st_size == size

    asyncio.run(go())


def test_whenever_it_is_cancelled_it_ends() -> None:
    """While the child is born, while its first bytes come, while a pipe is full."""
    talkative = [*ENDLESS[:-3], "-f", "rawvideo", "pipe:1"]
    dice = random.Random(7)

    async def go() -> None:
        for turn in range(60):
            task = asyncio.create_task(ffmpeg.run_async(talkative))
            for _ in range(turn % 7):
                await asyncio.sleep(0)
            await asyncio.sleep(dice.choice((0, 0.002, 0.05, 0.05)) * dice.random())
            if turn % 2:
                time.sleep(0.01)  # a loop that is busy: the pipe fills up
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            task.cancel()
            done, _ = await asyncio.wait([task], timeout=20)
            assert done, "it waits for a child that is dead"
            assert task.cancelled()

    asyncio.run(go())


def test_no_more_children_than_processors() -> None:
    most = os.cpu_count() or 2

    async def go() -> float:
        begun = time.monotonic()
        one = ["-f", "lavfi", "-re", "-i", "anullsrc", "-t", "1", "-f", "null", "-"]
        await asyncio.gather(*(ffmpeg.run_async(one) for _ in range(most + 1)))
        return time.monotonic() - begun

    assert asyncio.run(go()) > 0.8  # two rounds: ffmpeg spends half a second on a second of sound read live


def test_a_file_cannot_make_it_reach_out(tmp_path: Path) -> None:
    playlist = tmp_path / "list.m3u8"
    playlist.write_text(
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"
    )
    with pytest.raises(ffmpeg.FfmpegError):
        ffmpeg.run([*ffmpeg.source(playlist), "-f", "null", "-"])
    assert "not on whitelist" in ffmpeg.describe(playlist)


class TestWhichOne:
    @pytest.fixture(autouse=True)
    def _forgetful(self) -> Iterator[None]:
        ffmpeg.ffmpeg_path.cache_clear()
        yield
        ffmpeg.ffmpeg_path.cache_clear()

    def test_the_named_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        here = ffmpeg.ffmpeg_path()
        ffmpeg.ffmpeg_path.cache_clear()
        monkeypatch.setenv("RHFLOW_FFMPEG", here)
        assert ffmpeg.ffmpeg_path() == here

    def test_a_name_of_nothing(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("RHFLOW_FFMPEG", str(tmp_path / "ffmpeg"))
        with pytest.raises(SettingsError, match="cannot be run"):
            ffmpeg.ffmpeg_path()

    def test_none_at_all(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def missing() -> str:
            raise RuntimeError("no binary in this wheel")

        monkeypatch.delenv("RHFLOW_FFMPEG", raising=False)
        monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", missing)
        monkeypatch.setenv("PATH", "")
        with pytest.raises(SettingsError, match="no ffmpeg on this machine"):
            ffmpeg.ffmpeg_path()
