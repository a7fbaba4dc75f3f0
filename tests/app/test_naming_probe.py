"""Which spelling a model takes, asked of a simulator that knows one of them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from rhflow.app.naming_probe import probe_naming
from rhflow.app.session import session
from rhflow.catalog_files import load_catalog
from rhflow.ground.errors import AccountError, NetworkError, UsageError
from rhflow.settings import read_settings
from rhflow.simulator.server import SimulatorServer, SimulatorSettings

KEY = "0123456789abcdef0123456789abcdef"


def asked(home: Path, address: str, name: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    monkeypatch.setenv("RUNNINGHUB_BASE_URL", address)
    monkeypatch.setenv("RUNNINGHUB_API_KEY", KEY)
    model = load_catalog().find(name)
    assert model is not None
    with session(read_settings(home=home / ".rhflow"), read_only=True) as opened:
        return [(probe.naming, probe.is_taken) for probe in asyncio.run(probe_naming(opened, model))]


def test_the_site_says_which_spelling_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SimulatorServer(SimulatorSettings(folder=tmp_path / "far", catalog=load_catalog())) as far:
        found = asked(tmp_path, far.base_url, "z-image/turbo", monkeypatch)
        assert found == [("alias", True), ("node", False)]
        assert not far.simulator.bill().entries


def test_a_model_with_one_spelling_has_nothing_to_settle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="spelled one way only"):
        asked(tmp_path, "http://127.0.0.1:9", "seedream-v4/text-to-image", monkeypatch)


def test_no_answer_is_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NetworkError):
        asked(tmp_path, "http://127.0.0.1:9", "z-image/turbo", monkeypatch)
    settings = SimulatorSettings(
        folder=tmp_path / "far", catalog=load_catalog(), accept_keys=frozenset({"another-key-altogether"})
    )
    with SimulatorServer(settings) as far, pytest.raises(AccountError):
        asked(tmp_path, far.base_url, "z-image/turbo", monkeypatch)
