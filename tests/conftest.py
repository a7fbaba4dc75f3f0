"""What every test may ask for: `golden`, the second half of a golden pair."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long a property takes says nothing on a machine that has other work: the first text alone reads the
# whole of Unicode.
settings.register_profile("rhflow", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rhflow")

BLESS = os.environ.get("RHFLOW_BLESS") == "1"


@pytest.fixture
def golden() -> Callable[[Path, str], None]:
    """`golden(path, text)`: the file at `path` holds exactly `text`; `scripts/bless` makes it so."""

    def compare(path: Path, text: str) -> None:
        if BLESS:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.is_file(), f"{path.name} is missing; scripts/bless writes it"
        assert text == path.read_text(encoding="utf-8")

    return compare


def pytest_configure(config: pytest.Config) -> None:
    """What the programs that tests start inherit from us.

    Hundreds are started, which takes twice as long where nothing compiled may be kept. Who wants no
    `__pycache__` beside the sources gets none: it is kept with what pytest keeps. And tests that are started
    in the background, or with nohup, ignore Ctrl-C and hang-ups; so would the programs, rightly.
    """
    for name in ("SIGINT", "SIGHUP", "SIGTERM", "SIGQUIT"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)
    cache: pytest.Cache | None = getattr(config, "cache", None)  # it is a plugin that may be left out
    if cache is not None and os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ.setdefault("PYTHONPYCACHEPREFIX", str(cache.mkdir("bytecode")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that ask for `golden`, and files called `test_cases…`, are the cases: `pytest -m cases`."""
    for item in items:
        if "golden" in getattr(item, "fixturenames", ()) or item.path.name.startswith("test_cases"):
            item.add_marker("cases")
