"""Carrying a plan out: what goes wrong beside the work does not stop what was bought from coming home."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest

from rhflow.app.placing import Outputs
from rhflow.app.running import _drive, _heeding
from rhflow.ground.errors import Bug, StoreError
from rhflow.lifecycle.failure import FailureKind
from rhflow.ports import JobReport
from rhflow.view.run_view import Facts, exit_code_of
from tests.runner.world import Process, World, no, plan, states, task

ONE = plan(task("a"), task("b", needs=("a",)), task("slow"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / ".rhflow")
    yield made
    made.close()


def driven(process: Process, out: Path) -> Facts:
    run = process.run(ONE)
    outputs = Outputs(out, ONE, process.journal, process.blobs)
    return asyncio.run(_drive(run, outputs, lambda _task, _event, _state: None, catches_signals=True))


def test_results_are_placed_as_they_come(world: World, tmp_path: Path) -> None:
    facts = driven(world.process(), tmp_path / "out")
    assert exit_code_of(facts) == 0
    assert sorted(path.name for path in (tmp_path / "out" / "steps").iterdir()) == [
        "a.png",
        "b.png",
        "slow.png",
    ]


def test_an_output_folder_that_cannot_be_written_stops_buying_and_not_collecting(
    world: World, tmp_path: Path
) -> None:
    world.far.reports["slow"] = deque([JobReport("running")] * 5)
    (tmp_path / "out").write_bytes(b"in the way")
    process = world.process()
    facts = driven(process, tmp_path / "out")
    assert exit_code_of(facts) == 9
    assert "could not be written" in facts.stops["store"]
    assert {name: state.state.value for name, state in facts.states.items()} == {
        "a": "done",
        "b": "ready",
        "slow": "done",
    }
    (tmp_path / "out").unlink()
    assert exit_code_of(driven(process, tmp_path / "out")) == 0
    assert world.far.bill == {"a": 1, "b": 1, "slow": 1}


def test_a_result_missing_from_the_store_does_not_keep_a_resume_from_collecting(
    world: World, tmp_path: Path
) -> None:
    world.far.reports["slow"] = deque([no(FailureKind.UNAUTHORIZED)])
    process = world.process()
    run = process.go(ONE)
    assert states(run)["slow"] == "submitted"
    path = process.blobs.path(str(run.state("a").artifacts[0]["sha256"]))  # type: ignore[call-overload,index]
    path.chmod(0o600)
    path.unlink()
    world.far.collects["a"] = deque([no(FailureKind.GONE)] * 9)
    world.far.reports["a"] = deque([no(FailureKind.GONE)] * 9)
    facts = driven(process, tmp_path / "out")
    assert exit_code_of(facts) == 9
    assert "not in the store any more" in facts.stops["store"]
    assert facts.states["slow"].state.value == "done"
    world.far.collects.clear()
    world.far.reports.clear()
    assert exit_code_of(driven(process, tmp_path / "out")) == 0, "once it can be had again it is brought back"
    assert world.far.bill == {"a": 1, "b": 1, "slow": 1}


@pytest.mark.parametrize("breaks", [True, False])
def test_what_broke_first_is_told_first(world: World, breaks: bool) -> None:
    """It may name a purchase that could not be written down: a fault beside it must not take its place."""
    run = world.process().run(ONE)

    def is_wished() -> bool:
        raise Bug("nobody can hear wishes")

    async def scene() -> None:
        async with _heeding(run, is_wished):
            await asyncio.sleep(0.01)
            if breaks:
                raise StoreError(
                    "slow was bought, and its task id 17 could not be written", "Keep this line."
                )

    with pytest.raises(StoreError if breaks else Bug, match="task id 17" if breaks else "hear wishes"):
        asyncio.run(scene())
