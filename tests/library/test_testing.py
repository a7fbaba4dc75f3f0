"""What `rhflow.testing` hands to people's own tests."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from rhflow import AccountError, UsageError, load, resume, run
from rhflow.testing import FrozenClock, simulator, temporary_home
from tests.cli.front import STILL, Front

TIMED = """\
rhflow: 1
name: timed
steps:
  still:
    uses: seedream-v4/text-to-image
    timeout: {queued: 90s, running: 20m}
    label: made on ${{ run.date }}
    save_as: ${{ run.date }}/still.png
    with: {prompt: a heron in the reeds}
outputs:
  still: ${{ steps.still.image }}
"""


def test_the_environment_is_as_before(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHFLOW_BUDGET", "1 CNY")
    monkeypatch.setenv("RH_API_KEY", "mine")
    before = dict(os.environ)
    with simulator() as vendor:
        assert os.environ["RUNNINGHUB_BASE_URL"] == vendor.address
        assert os.environ["RHFLOW_HOME"] == str(vendor.home)
        assert "RHFLOW_BUDGET" not in os.environ
        assert "RH_API_KEY" not in os.environ
    assert dict(os.environ) == before
    assert not vendor.home.exists()


def test_commands_find_the_vendor_too(front: Front) -> None:
    front.write("still.rhflow.yaml", STILL)
    with simulator() as vendor:
        words = [sys.executable, "-m", "rhflow", "run", "still.rhflow.yaml", "--max-cost", "1"]
        subprocess.run(words, check=True, capture_output=True)
        ((_, model, price),) = [(item.task_id, item.model, item.price) for item in vendor.bill]
        assert (model, price) == ("seedream-v4/text-to-image", Decimal("0.14"))
        assert vendor.spent == Decimal("0.14")


def test_faults_and_an_empty_wallet(front: Front) -> None:
    front.write("still.rhflow.yaml", STILL)
    with simulator(wallet=Decimal("0.10")) as vendor:
        with pytest.raises(AccountError, match=r"0\.10 CNY"):
            run(load("still.rhflow.yaml").plan(), yes=True)
        assert vendor.bill == ()
        with pytest.raises(UsageError, match="makes no sense"):
            vendor.faults({"on": "nothing"})


def test_a_temporary_home(front: Front) -> None:
    front.write("still.rhflow.yaml", STILL)
    with temporary_home() as home:
        path = (
            run(load("still.rhflow.yaml", home=home, provider="simulator", quick=True).plan())
            .outputs["still"]
            .path
        )
        assert path.is_file()
        assert path.is_relative_to(home.parent)
        assert not path.is_relative_to(home)
    assert not path.exists()
    assert not (Path(".rhflow") / "journal.db").exists()


class TestFrozenClock:
    def test_it_stands_still_until_somebody_waits(self) -> None:
        clock = FrozenClock(datetime(2030, 5, 1, tzinfo=UTC))
        began = clock.now()
        assert datetime.fromtimestamp(began, UTC) == datetime(2030, 5, 1, tzinfo=UTC)
        assert clock.now() == began
        clock.advance(60)
        assert clock.now() == began + 60

        async def wait() -> None:
            await asyncio.gather(*(clock.sleep(seconds) for seconds in (10, 3600, 1800)))

        asyncio.run(wait())
        assert clock.now() == began + 60 + 3600, "all of them wait at once"

    def test_a_run_by_it(self, front: Front) -> None:
        front.write("timed.rhflow.yaml", TIMED)
        clock = FrozenClock()
        with temporary_home() as home:
            film = load("timed.rhflow.yaml", home=home, provider="simulator", quick=True, clock=clock)
            result = run(film.plan())
            assert result.run.startswith("20260101-12")
            assert (home.parent / "out" / "timed" / "2026-01-01" / "still.png").is_file()
            clock.advance(86_400)
            assert run(film.plan()).run.startswith("20260102-12")

    def test_a_timeout_is_over_at_once(self, front: Front) -> None:
        """A minute and a half in the vendor's queue, in less than four seconds; then it is collected."""
        front.write("timed.rhflow.yaml", TIMED)
        clock = FrozenClock()
        with simulator(queued_s=4.0) as vendor:
            result = run(load("timed.rhflow.yaml", clock=clock).plan(), yes=True)
            assert result.exit_code == 3
            assert any("90 s" in message for message in result.messages)
            assert len(vendor.bill) == 1
            time.sleep(4.0)  # the vendor's clock is the world's
            done = resume(result, clock=clock)
            assert done.ok
            assert len(vendor.bill) == 1
