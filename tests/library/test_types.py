"""Type checkers see the library as it is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.cli.front import ROOT

API = ROOT / "tests" / "typing" / "api.py"
WRONG = {
    number: line.rpartition("# E: ")[2]
    for number, line in enumerate(API.read_text(encoding="utf-8").splitlines(), 1)
    if "# E: " in line
}


@pytest.mark.skipif(find_spec("mypy") is None, reason="mypy is of the lint group")
def test_mypy_takes_what_is_right_and_refuses_what_is_wrong(tmp_path_factory: pytest.TempPathFactory) -> None:
    cache = ROOT / ".mypy_cache"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", str(cache)),
            str(API),
        ],
        cwd=ROOT,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    found = {
        int(line): code
        for line, code in re.findall(r"api\.py:(\d+): error: .*\[([\w-]+)\]$", done.stdout, re.MULTILINE)
    }
    assert found == WRONG, done.stdout + done.stderr
    assert len(WRONG) >= 4
