"""The runner is killed again and again; in the end the film is there, and each request was paid once."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest

from rhflow.media.probe import probe

BENCH = Path(__file__).parent.parent.parent / "bench" / "kill9.py"
SHOTS = 6
KILLS = 4


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
@pytest.mark.timeout(110)
def test_a_film_survives_being_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("RHFLOW_", "RUNNINGHUB_", "RH_API_")):
            monkeypatch.delenv(name)
    spec = importlib.util.spec_from_file_location("kill9", BENCH)
    assert spec is not None
    assert spec.loader is not None
    kill9 = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "kill9", kill9)
    spec.loader.exec_module(kill9)

    tally = kill9.rehearse(tmp_path, kills=KILLS, shots=SHOTS, concurrency=SHOTS, seed=20261121)

    assert tally.kills >= KILLS - 1, tally  # a fast machine may be done before the last of them
    assert tally.twice == [], "a request was bought twice"
    assert tally.missing == 0
    assert tally.entries == SHOTS * kill9.STEPS
    assert tally.film is not None
    film = probe(Path(tally.film))
    assert film is not None
    assert film.seconds is not None
    assert film.seconds > SHOTS, "every shot is in it"
