"""A clean room for the front door: no key, no settings of this machine, a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.front import KEY, FarSide, Front


@pytest.fixture
def front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Front:
    """The command line, called in an empty folder."""
    import os

    for name in list(os.environ):
        if name.startswith(("RHFLOW_", "RUNNINGHUB_", "RH_API_")):
            monkeypatch.delenv(name)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    person = tmp_path / "person"
    person.mkdir()
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(person))
    monkeypatch.setenv("NO_COLOR", "1")
    folder = tmp_path / "place"
    folder.mkdir()
    (folder / ".rhflow").mkdir()  # so that the home is here, whatever lies above
    monkeypatch.chdir(folder)
    return Front(folder)


@pytest.fixture
def far_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., FarSide]]:
    """`far_side(**options)`: a simulator, and an environment that names it as the vendor."""
    opened: list[FarSide] = []

    def start(*, key: str | None = KEY, **options: Any) -> FarSide:
        far = FarSide(tmp_path / f"far-{len(opened)}", **options)
        opened.append(far)
        monkeypatch.setenv("RUNNINGHUB_BASE_URL", far.address)
        monkeypatch.setenv("RHFLOW_POLL", "0.02")
        if key is None:
            monkeypatch.delenv("RUNNINGHUB_API_KEY", raising=False)
        else:
            monkeypatch.setenv("RUNNINGHUB_API_KEY", key)
        return far

    yield start
    for far in opened:
        far.close()


@pytest.fixture
def far(far_side: Callable[..., FarSide]) -> FarSide:
    """The vendor, as the environment names it."""
    return far_side()


@pytest.fixture(scope="session")
def _untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarSide]:
    far = FarSide(tmp_path_factory.mktemp("untouched"))
    yield far
    far.close()


@pytest.fixture
def untouched(_untouched: FarSide, monkeypatch: pytest.MonkeyPatch) -> Iterator[FarSide]:
    """The vendor, as the environment names it, for a test in which nothing may be bought or brought there."""
    monkeypatch.setenv("RUNNINGHUB_BASE_URL", _untouched.address)
    monkeypatch.setenv("RUNNINGHUB_API_KEY", KEY)
    yield _untouched
    assert _untouched.bill() == []
    assert _untouched.uploads() == 0


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits of the program take no time, and its clock believes that they did."""
    import asyncio
    import time

    from rhflow.app.clock import SystemClock

    waited = [0.0]

    async def sleep(_: SystemClock, seconds: float) -> None:
        waited[0] += seconds
        await asyncio.sleep(0)

    monkeypatch.setattr(SystemClock, "sleep", sleep)
    monkeypatch.setattr(SystemClock, "now", lambda _: time.time() + waited[0])
