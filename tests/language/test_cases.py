"""Golden pairs: `ok/x.yaml` checks clean, `err/x.yaml` gives exactly the messages of `err/x.out`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rhflow.catalog.read import Catalog
from rhflow.ground.diagnostics import render
from rhflow.language.build import Reading, read_pipeline
from tests.language.catalogue import CATALOG

CASES = Path(__file__).parent.parent / "cases" / "language"
OK = sorted((CASES / "ok").glob("*.yaml"))
ERR = sorted((CASES / "err").glob("*.yaml"))
KNOWN_SECRET = "my-very-own-key"


def read(case: Path, catalog: Catalog) -> Reading:
    def open_text(path: str) -> bytes:
        return (case.parent / path).read_bytes()

    return read_pipeline(case.read_bytes(), case.name, catalog, open_text, secrets=(KNOWN_SECRET,))


@pytest.mark.parametrize("case", OK, ids=lambda case: case.stem)
def test_checks_clean(case: Path) -> None:
    reading = read(case, CATALOG)
    told = [item for item in reading.problems if item.name != "deprecated-model" and item.severity != "note"]
    assert "\n".join(render(item, reading.sources) for item in told) == ""
    assert reading.pipeline is not None


@pytest.mark.parametrize("case", ERR, ids=lambda case: case.stem)
def test_says_what_is_wrong(case: Path, golden: Callable[[Path, str], None]) -> None:
    reading = read(case, CATALOG)
    assert reading.problems, "this case has no problem; it belongs to ok/"
    golden(
        case.with_suffix(".out"), "\n".join(render(item, reading.sources) for item in reading.problems) + "\n"
    )
    is_wrong = any(item.severity == "error" for item in reading.problems)
    assert (reading.pipeline is None) is is_wrong
    assert is_wrong is not case.stem.startswith("warn_")


def test_there_are_cases_enough() -> None:
    assert len(ERR) >= 45
    assert len(OK) >= 8


def test_every_message_file_has_its_text() -> None:
    assert {out.stem for out in (CASES / "err").glob("*.out")} == {case.stem for case in ERR}
