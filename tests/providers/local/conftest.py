"""The studio, and `step`: run one local step."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from rhflow.ground.values import Json, JsonObject
from rhflow.providers.local.registry import local_steps
from tests.providers.local.studio import Studio


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("studio"))


@pytest.fixture
def step(tmp_path: Path) -> Callable[..., Path]:
    """Run a local step; its first result."""
    count = iter(range(100))

    def run(name: str, **arguments: object) -> Path:
        workdir = tmp_path / f"work{next(count)}"
        workdir.mkdir()
        values: JsonObject = {key: _plain(value) for key, value in arguments.items()}
        return asyncio.run(local_steps()[f"local/{name}"].run(values, workdir))[0]

    return run


def _plain(value: object) -> Json:
    if isinstance(value, os.PathLike):
        return str(value)
    return [_plain(item) for item in value] if isinstance(value, list) else value
