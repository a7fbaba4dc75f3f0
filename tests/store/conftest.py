"""A home, and journals in it that are closed behind the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from rhflow.store.journal import Journal

Opens: TypeAlias = Callable[..., Journal]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ".rhflow"


@pytest.fixture
def opens(home: Path) -> Iterator[Opens]:
    """`opens("me")`: the journal of the home under that owner."""
    opened: list[Journal] = []

    def opens(owner: str = "me", *, read_only: bool = False) -> Journal:
        opened.append(Journal(home, owner, read_only=read_only))
        return opened[-1]

    yield opens
    for journal in opened:
        journal.close()
