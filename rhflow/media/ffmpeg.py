"""ffmpeg as a child process: found, run with arguments as a list, killed when told to.

The binary comes from `$RHFLOW_FFMPEG`, else from the imageio-ffmpeg wheel, else from the PATH.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache

import imageio_ffmpeg

from rhflow.ground.errors import SettingsError


class FfmpegError(Exception):
    """ffmpeg said no; the message is its last words, one line."""


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
        return imageio_ffmpeg.get_ffmpeg_exe()
    found = shutil.which("ffmpeg")
    if found is None:
        raise SettingsError("There is no ffmpeg on this machine", "Install it, or name it in RHFLOW_FFMPEG.")
    return found


def command(arguments: Sequence[str]) -> list[str]:
    """The whole command line: quiet, never asking, overwriting its own output."""
    return [ffmpeg_path(), "-hide_banner", "-nostdin", "-loglevel", "error", "-y", *arguments]


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
        raise FfmpegError(_last_words(done.stderr, done.returncode))
    return done.stdout


async def run_async(arguments: Sequence[str], *, timeout_s: float = 3600) -> None:
    """Run to the end without blocking; a cancelled call kills the process.

    Raises:
        FfmpegError: it failed, or took longer than `timeout_s`.
    """
    process = await asyncio.create_subprocess_exec(
        *command(arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, errors = await asyncio.wait_for(process.communicate(), timeout_s)
    except TimeoutError:
        raise FfmpegError(f"ffmpeg took longer than {timeout_s:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise FfmpegError(_last_words(errors, process.returncode or 1))


def _last_words(errors: bytes, code: int) -> str:
    lines = [line.strip() for line in errors.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else f"ffmpeg ended with code {code}"
