"""The runner is killed again and again; in the end the film is there, and each request was paid once."""

from __future__ import annotations

import importlib.util
import os
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest

from rhflow.media.probe import probe

BENCH = Path(__file__).parent.parent.parent / "bench" / "kill9.py"
SHOTS = 24
STEPS = 2
KILLS = 10


@pytest.fixture
def kill9(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    for name in list(os.environ):
        if name.startswith(("RHFLOW_", "RUNNINGHUB_", "RH_API_")):
            monkeypatch.delenv(name)
    spec = importlib.util.spec_from_file_location("kill9", BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "kill9", module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
@pytest.mark.timeout(240)
def test_a_film_survives_being_killed(tmp_path: Path, kill9: ModuleType) -> None:
    how = kill9.Violence(KILLS, SHOTS, STEPS, SHOTS)
    calm = kill9.undisturbed(tmp_path / "calm", shots=SHOTS, steps=STEPS, concurrency=SHOTS)
    tally = kill9.Tally()

    kill9.rehearse(tmp_path / "board", how, random.Random(20261121), calm, tally)

    assert tally.twice == [], "a request was bought twice"
    assert tally.missing == 0
    assert tally.entries == tally.wanted == SHOTS * STEPS
    assert tally.unlike == [], "byte for byte what an undisturbed run makes"
    assert tally.is_exact
    assert tally.kills >= KILLS // 2, "a fast machine may be done before the last of them"
    assert tally.doubts == tally.found + tally.repeated
    film = probe(next((tmp_path / "board" / "out").rglob("film*.mp4")))
    assert film is not None
    assert film.seconds is not None
    assert film.seconds > SHOTS, "every shot is in it"
