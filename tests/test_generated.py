"""What is written by tools is not stale: each `tools/write_*.py` agrees with what lies in the tree."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WRITERS = sorted(path.name for path in (ROOT / "tools").glob("write_*.py"))


def test_there_are_writers() -> None:
    assert WRITERS


@pytest.mark.parametrize("name", WRITERS)
def test_nothing_is_stale(name: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / name), "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
