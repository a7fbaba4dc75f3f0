"""ffmpeg as a child process: found, run with arguments as a list, killed when told to.

The binary comes from `$RHFLOW_FFMPEG`, else from the imageio-ffmpeg wheel, else from the PATH.
Children started by the async half stand in a process group of their own, so that Ctrl-C in a
terminal reaches the program and not its children; and no more of them run at once than there are
processors.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from weakref import WeakKeyDictionary

import imageio_ffmpeg

from rhflow.ground.errors import SettingsError

BITEXACT: tuple[str, ...] = (
    *("-map_metadata", "-1", "-map_chapters", "-1"),
    *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"),
)
"""Output options under which the same input gives the same bytes: no dates, no versions."""


class FfmpegError(Exception):
    """ffmpeg said no; the message is its last words, one line."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a child wrote: its standard output, and its log."""

    output: bytes
    log: str


@cache
def ffmpeg_path() -> str:
    """Where the binary is.

    Raises:
        SettingsError: there is none.
    """
    named = os.environ.get("RHFLOW_FFMPEG")
    if named:
        if not shutil.which(named):
            raise SettingsError(
                f"RHFLOW_FFMPEG names {named}, which cannot be run",
                "Unset it to use the one that came along.",
            )
        return named
    with contextlib.suppress(RuntimeError):
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    found = shutil.which("ffmpeg")
    if found is None:
        raise SettingsError("There is no ffmpeg on this machine", "Install it, or name it in RHFLOW_FFMPEG.")
    return found


def command(arguments: Sequence[str], level: str = "error") -> list[str]:
    """The whole command line: quiet, never asking, overwriting its own output."""
    return [ffmpeg_path(), "-hide_banner", "-nostdin", "-nostats", "-loglevel", level, "-y", *arguments]


def source(path: Path) -> list[str]:
    """`-i` for a local file of any name; the file cannot make ffmpeg open anything but files."""
    return ["-protocol_whitelist", "file", "-i", target(path)]


def target(path: Path) -> str:
    """A path as ffmpeg takes it: absolute and marked as a file, so that no name reads as an option or URL."""
    return f"file:{path.absolute()}"


def run(arguments: Sequence[str], *, timeout_s: float = 600, stdin: bytes | None = None) -> bytes:
    """Run to the end in this thread; what it wrote to standard output.

    Raises:
        FfmpegError: it failed, or took longer than `timeout_s`.
    """
    try:
        done = subprocess.run(  # noqa: S603  # a list, no shell
            command(arguments), input=stdin, capture_output=True, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired:
        raise FfmpegError(f"ffmpeg took longer than {timeout_s:g} s") from None
    if done.returncode != 0:
        raise FfmpegError(last_words(done.stderr.decode("utf-8", "replace"), done.returncode))
    return done.stdout


def describe(path: Path, *, timeout_s: float = 60) -> str:
    """What `ffmpeg -i` says of a file, in this thread; also of a file it cannot read.

    Raises:
        FfmpegError: it took longer than `timeout_s`.
    """
    try:
        done = subprocess.run(  # noqa: S603  # a list, no shell
            command(source(path), "info"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FfmpegError(f"ffmpeg took longer than {timeout_s:g} s to read {path.name}") from None
    return done.stderr.decode("utf-8", "replace")


async def run_async(arguments: Sequence[str], *, timeout_s: float = 3600, level: str = "error") -> Said:
    """Run to the end without blocking; a cancelled call kills the process and waits for its end.

    Raises:
        FfmpegError: it failed, or took longer than `timeout_s`.
    """
    async with _slots():
        process = await _started(command(arguments, level))
        try:
            async with asyncio.timeout(timeout_s):
                output, errors = await process.communicate()
        except TimeoutError:
            raise FfmpegError(f"ffmpeg took longer than {timeout_s:g} s") from None
        finally:
            if process.returncode is None:
                await _killed(process)
    log = errors.decode("utf-8", "replace")
    if process.returncode != 0:
        raise FfmpegError(last_words(log, process.returncode or 1))
    return Said(output, log)


async def _started(line: list[str]) -> asyncio.subprocess.Process:
    """The child. Nobody may be interrupted while it is born: asyncio then waits for its end for ever."""
    birth = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *line,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=sys.platform != "win32",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    )
    try:
        return await asyncio.shield(birth)
    except asyncio.CancelledError:
        await asyncio.wait([birth])
        if birth.exception() is None:
            await _killed(birth.result())
        raise


async def _killed(process: asyncio.subprocess.Process) -> None:
    """Kill it and see it gone.

    What it wrote last is read, too: where a pipe was full, asyncio's `wait` alone may never return.
    """
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.communicate()


_SLOTS: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


def _slots() -> asyncio.Semaphore:
    """One place per processor, for every child of this event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _SLOTS:
        _SLOTS[loop] = asyncio.Semaphore(os.cpu_count() or 2)
    return _SLOTS[loop]


_SPEAKER = re.compile(r"^(?:\[[^\]]*@ 0x[0-9a-f]+\]\s*)+")
_EMPTY_WORDS = (
    "Conversion failed!",
    "Error opening input file",
    "Error opening output file",
    "Last message",
    "Nothing was",
)


def last_words(log: str, code: int) -> str:
    """The last line of a log that says something, without the address of who said it."""
    lines = [_SPEAKER.sub("", line.strip()) for line in log.splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(_EMPTY_WORDS)]
    return (telling or lines or [f"ffmpeg ended with code {code}"])[-1][:300]
