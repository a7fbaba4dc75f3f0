"""The clean room of the front door, and waits that are short."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rhflow.app.far_side import far_side as far_side_of
from rhflow.providers.runninghub import client
from tests.cli.conftest import far, far_side, front, hurried

__all__ = ["far", "far_side", "front", "hurried", "impatient"]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits longer than a moment for an answer, so that a drill of waiting is short."""
    short = client.Patience(
        submit_read=0.4, submit_total=1.0, poll=0.4, poll_total=0.6, transfer=0.4, connect=1.0
    )
    monkeypatch.setattr(client, "Patience", lambda **given: replace(short, **given))
    monkeypatch.setitem(far_side_of.__kwdefaults__ or {}, "waits", (0.01, 0.02, 0.03))
