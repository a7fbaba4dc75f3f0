"""A film that did not come out as meant is a failure, whatever ffmpeg said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from rhflow.media import ffmpeg
from rhflow.providers.local.film import assembly
from rhflow.providers.local.film.inspection import Promise, inspect
from rhflow.providers.local.step import StepFailed
from tests.providers.local.studio import GREEN, RED, Studio, near

MEANT = Promise(320, 180, 24, Fraction(1), has_sound=True)


def test_a_film_as_meant(studio: Studio) -> None:
    asyncio.run(inspect(studio.clip("red.mp4", RED), MEANT))


@pytest.mark.parametrize(
    ("promise", "said"),
    [
        (replace(MEANT, width=640), "it is 320x180, not 640x180"),
        (replace(MEANT, frames=25), "it has 24 pictures, not 25"),
        (replace(MEANT, seconds=Fraction(3, 2)), r"it lasts 1\.00 s, not 1\.50 s"),
        (replace(MEANT, has_sound=False), "it has sound that nobody put there"),
    ],
)
def test_another_film(studio: Studio, promise: Promise, said: str) -> None:
    with pytest.raises(StepFailed, match=said):
        asyncio.run(inspect(studio.clip("red.mp4", RED), promise))


def test_sound_is_missing_or_short(studio: Studio, tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="it has no sound"):
        asyncio.run(inspect(studio.clip("mute.mp4", RED, tone=None), MEANT))
    short = tmp_path / "short.mp4"
    source = studio.clip("red.mp4", RED)
    ffmpeg.run(["-i", str(source), "-c:v", "copy", "-af", "atrim=end=0.5", str(short)])
    with pytest.raises(StepFailed, match=r"its sound lasts 0\.5"):
        asyncio.run(inspect(short, MEANT))


@pytest.mark.parametrize("share", [0, 0.5, 0.97])
def test_half_a_film(studio: Studio, tmp_path: Path, share: float) -> None:
    film = tmp_path / "film.mp4"
    source = studio.clip("fast.mp4", RED, extra=("-movflags", "+faststart", "-g", "4"))
    data = source.read_bytes()
    film.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(StepFailed, match="did not come out whole"):
        asyncio.run(inspect(film, MEANT))
    film.unlink()
    with pytest.raises(StepFailed, match="it is empty"):
        asyncio.run(inspect(film, MEANT))


def test_a_copy_that_came_out_wrong_is_coded_anew(
    studio: Studio, step: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Promise] = []

    async def suspicious(path: Path, promise: Promise) -> None:
        seen.append(promise)
        await inspect(path, promise if len(seen) > 1 else replace(promise, frames=1))

    monkeypatch.setattr(assembly, "inspect", suspicious)
    clips = [studio.clip("red.mp4", RED), studio.clip("green.mp4", GREEN)]
    film = step("concat", clips=clips)
    assert len(seen) == 2
    assert seen[0] == seen[1]
    assert studio.contents(film).video.coding != studio.contents(clips[0]).video.coding
    assert near(studio.colour(film, 1.5, 9, 9), GREEN)
