"""Everything a fuzzer or a person has broken the language with once: thrown again, and it holds.

A file is named after its target (`tests/language/targets.py`) and what it is: `reader-unbalanced_holes.yaml`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rhflow.language.build import read_pipeline
from tests.language.catalogue import CATALOG
from tests.language.targets import LIMIT_S, TARGETS, TooSlow, in_time, open_text

FOUND = Path(__file__).parent.parent / "cases" / "language" / "found"
FILES = sorted(path for path in FOUND.iterdir() if path.is_file())


def target_of(path: Path) -> str:
    return path.name.partition("-")[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.timeout(60)
def test_it_holds(path: Path) -> None:
    with in_time(LIMIT_S):
        TARGETS[target_of(path)](path.read_bytes())


@pytest.mark.parametrize("path", [p for p in FILES if target_of(p) == "reader"], ids=lambda path: path.stem)
@pytest.mark.timeout(60)
def test_it_says_so_in_sentences(path: Path) -> None:
    reading = read_pipeline(path.read_bytes(), path.name, CATALOG, open_text)
    assert reading.problems
    for item in reading.problems:
        assert item.message[:1].islower() or not item.message[:1].isalpha()
        assert "Error" not in item.message
        assert len(item.message) < 600


def test_every_file_has_a_name_and_a_target() -> None:
    assert len(FILES) >= 10
    for path in FILES:
        assert target_of(path) in TARGETS
        assert not path.stem.partition("-")[2].isalnum() or "_" in path.stem, (
            f"name {path.name} by what it is"
        )


def test_the_clock_is_looked_at() -> None:
    with pytest.raises(TooSlow), in_time(0.01):
        sum(range(3_000_000))
