"""What was paid for and is damaged here is brought back for nothing, or blocks. It is never bought twice."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest

from rhflow.app.mender import Mender
from rhflow.app.recollection import Recollection
from rhflow.ground.artifact import Artifact
from rhflow.ground.errors import StoreError
from rhflow.ground.references import BlobMedia, Ref
from rhflow.ground.values import as_object
from rhflow.lifecycle.failure import FailureKind
from rhflow.planning.memory import LetGo, Unsound
from rhflow.ports import JobReport
from rhflow.runner.run import Run
from rhflow.store.holdings import Holdings
from tests.runner.world import Process, World, no, plan, states, story, task

STILL = task("still")
CLIP = task("clip", arguments={"image": Ref("still", "image")})


def made(run: Run, name: str) -> Artifact:
    return Artifact.from_json(as_object(run.state(name).artifacts[0], "an artifact"))


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1])


HARM: dict[str, Callable[[Path], None]] = {
    "a turned bit": flip,
    "a lost file": Path.unlink,
    "a torn file": cut,
}
harmed = pytest.mark.parametrize("harm", HARM.values(), ids=HARM)


def memory(process: Process) -> Recollection:
    return Recollection(process.journal, Holdings(process.journal), process.blobs)


def far_side_forgets(world: World, prompt: str) -> None:
    """Neither the link nor the job's record gives anything any more."""
    world.clock.time += 10 * 86_400
    world.far.collects[prompt] = deque([no(FailureKind.GONE)] * 9)
    world.far.reports[prompt] = deque([no(FailureKind.GONE)] * 9)


# -- collected once more --------------------------------------------------------------------------------


@harmed
def test_while_the_link_lives_it_is_fetched_again(world: World, harm: Callable[[Path], None]) -> None:
    first = world.process()
    still = made(first.go(plan(STILL)), "still")
    path = first.blobs.path(still.sha256)
    whole = path.read_bytes()
    harm(path)
    run = world.process().go(plan(STILL), "run-2")
    assert story(run, "still") == ["Keyed", "CacheHit"]
    assert path.read_bytes() == whole
    assert world.far.bill == {"still": 1}
    assert world.far.asked["still"] == 1, "the link was enough: nobody asked for the job again"
    assert not list((world.home / "work").rglob("*.png")), "nothing is left lying about"


@harmed
def test_when_the_link_has_died_the_job_is_asked_for_a_new_one(
    world: World, harm: Callable[[Path], None]
) -> None:
    first = world.process()
    still = made(first.go(plan(STILL)), "still")
    harm(first.blobs.path(still.sha256))
    world.clock.time += 10 * 86_400
    run = world.process().go(plan(STILL), "run-2")
    assert states(run) == {"still": "done"}
    assert run.state("still").cached
    assert world.far.asked["still"] == 2
    assert world.far.bill == {"still": 1}


def test_other_bytes_than_those_are_not_taken_for_them(world: World, tmp_path: Path) -> None:
    from tests.runner.world import paint

    first = world.process()
    still = made(first.go(plan(STILL)), "still")
    first.blobs.path(still.sha256).unlink()
    paint(tmp_path / "other.png", "something else")
    other = (tmp_path / "other.png").read_bytes()
    world.far.collects["still"] = deque([other] * 4)
    run = world.process().go(plan(STILL), "run-2")
    assert run.parked == {"still": "damaged"}
    assert "other bytes" in run.parked_why["still"]
    assert world.far.bill == {"still": 1}


# -- blocked --------------------------------------------------------------------------------------------


@harmed
def test_what_cannot_be_brought_back_blocks_and_is_not_bought(
    world: World, harm: Callable[[Path], None]
) -> None:
    first = world.process()
    before = first.go(plan(STILL, CLIP, task("other")))
    still = made(before, "still")
    harm(first.blobs.path(still.sha256))
    far_side_forgets(world, "still")
    for number in range(2, 4):  # however often somebody tries
        run = world.process().go(plan(STILL, task("other"), task(f"new {number}")), f"run-{number}")
        assert states(run) == {"still": "ready", "other": "done", f"new {number}": "done"}, "the rest goes on"
        assert run.parked == {"still": "damaged"}
        said = run.parked_why["still"]
        assert f"the image that run {before.id} made is" in said
        assert "Nothing was bought" in said
        assert f"rhflow cache forget {run.state('still').key[:12]}" in said  # type: ignore[index]
        assert not run.stop.is_set
    assert world.far.bill == {"still": 1, "clip": 1, "other": 1, "new 2": 1, "new 3": 1}
    resumed = world.process().go(plan(STILL, task("other"), task("new 3")), "run-3")
    assert resumed.parked == {"still": "damaged"}
    assert world.far.bill["still"] == 1


def test_it_goes_on_by_itself_once_the_bytes_are_back(world: World) -> None:
    first = world.process()
    still = made(first.go(plan(STILL)), "still")
    path = first.blobs.path(still.sha256)
    whole = path.read_bytes()
    path.unlink()
    far_side_forgets(world, "still")
    process = world.process()
    assert process.go(plan(STILL), "run-2").parked == {"still": "damaged"}
    process.blobs.put_bytes(whole)
    assert states(process.go(plan(STILL), "run-2")) == {"still": "done"}
    assert world.far.bill == {"still": 1}


def test_what_was_let_go_of_is_bought_again(world: World) -> None:
    first = world.process()
    run = first.go(plan(STILL))
    key = run.state("still").key or ""
    first.blobs.path(made(run, "still").sha256).unlink()
    far_side_forgets(world, "still")
    holdings = Holdings(first.journal)
    assert isinstance(memory(first).lost(key), Unsound)
    holdings.let_go(lambda: [key], "forgotten", 12.0)
    lost = memory(first).lost(key)
    assert isinstance(lost, LetGo)
    assert (lost.why, lost.at, lost.hit.run) == ("forgotten", 12.0, "run-1")
    world.far.reports.clear()
    world.far.collects.clear()
    again = first.go(plan(STILL), "run-2")
    assert story(again, "still")[:2] == ["Keyed", "SubmitIntended"]
    assert world.far.bill == {"still": 2}
    assert memory(first).recall(key) is not None


def test_free_work_is_simply_done_again(world: World) -> None:
    paste = task("paste", uses="local/paste")
    first = world.process()
    before = made(first.go(plan(paste)), "paste")
    first.blobs.path(before.sha256).unlink()
    run = world.process().go(plan(paste), "run-2")
    assert story(run, "paste")[:2] == ["Keyed", "SubmitIntended"]
    assert states(run) == {"paste": "done"}


# -- what is made from it ---------------------------------------------------------------------------------


@harmed
def test_nothing_is_bought_over_a_damaged_picture(world: World, harm: Callable[[Path], None]) -> None:
    """The still is done in this run, the clip is not: it would be made from other bytes than it says."""
    process = world.process()
    half = process.run(plan(STILL, CLIP))
    world.far.stagings["clip"] = deque([no(FailureKind.UNAUTHORIZED)])
    process.drive(half)
    assert states(half) == {"still": "done", "clip": "ready"}
    still = made(half, "still")
    harm(process.blobs.path(still.sha256))
    far_side_forgets(world, "still")
    run = world.process().go(plan(STILL, CLIP))
    assert run.parked == {"clip": "damaged"}
    assert still.sha256[:12] in run.parked_why["clip"]
    assert world.far.bill == {"still": 1}
    world.far.collects.clear()
    world.far.reports.clear()
    assert states(world.process().go(plan(STILL, CLIP))) == {"still": "done", "clip": "done"}
    assert world.far.bill == {"still": 1, "clip": 1}


@harmed
def test_damaged_bytes_are_never_brought_over(world: World, harm: Callable[[Path], None]) -> None:
    process = world.process()
    still = made(process.go(plan(STILL)), "still")
    media = BlobMedia(still.sha256, still.kind, "png")
    assert process.hands().uploads.open_path(media).is_file()
    harm(process.blobs.path(still.sha256))
    with pytest.raises(StoreError, match=r"damaged in the store|not in the store"):
        process.hands().uploads.open_path(media)


# -- out of what is here ----------------------------------------------------------------------------------


@harmed
def test_a_copy_in_the_output_folder_mends_it(
    world: World, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    process = world.process()
    still = made(process.go(plan(STILL)), "still")
    path = process.blobs.path(still.sha256)
    whole = path.read_bytes()
    shutil.copy(path, tmp_path / "still.png")
    (tmp_path / "painted.png").write_bytes(whole[:-1] + b"x")
    for name in ("gone.png", "painted.png", "still.png"):
        process.journal.remember("placed", (str(tmp_path / name), still.sha256, len(whole), 1))
    harm(path)
    assert Mender(Holdings(process.journal), process.blobs).mend(still)
    assert path.read_bytes() == whole
    assert path.stat().st_mode & 0o777 == 0o444
    assert (tmp_path / "still.png").read_bytes() == whole, "the copy is the person's, and stays"
    assert not list((world.home / "objects" / "incoming").iterdir())


def test_without_a_true_copy_nothing_is_mended(world: World, tmp_path: Path) -> None:
    process = world.process()
    still = made(process.go(plan(STILL)), "still")
    path = process.blobs.path(still.sha256)
    (tmp_path / "painted.png").write_bytes(path.read_bytes()[:-1] + b"x")
    process.journal.remember("placed", (str(tmp_path / "painted.png"), still.sha256, 1, 1))
    path.unlink()
    assert not Mender(Holdings(process.journal), process.blobs).mend(still)
    assert not path.exists()
    assert not list((world.home / "objects" / "incoming").iterdir())


def test_a_text_is_mended_out_of_its_record(world: World) -> None:
    process = world.process()
    words = made(process.go(plan(task("words", uses="fake/words"))), "words")
    path = process.blobs.path(words.sha256)
    path.unlink()
    assert Mender(Holdings(process.journal), process.blobs).mend(words)
    assert path.read_text() == words.text


def test_a_run_mends_what_it_finished_before_anything_else(world: World) -> None:
    import asyncio

    from rhflow.runner.mending import mend_finished

    process = world.process()
    run = process.go(plan(STILL, task("words", uses="fake/words")))
    for name in ("still", "words"):
        process.blobs.path(made(run, name).sha256).unlink()
    asyncio.run(mend_finished(run))
    assert process.blobs.has(made(run, "still").sha256, verify=True)
    assert world.far.bill == {"still": 1, "words": 1}


def test_the_report_of_a_job_without_results_is_no_way_back(world: World) -> None:
    process = world.process()
    still = made(process.go(plan(STILL)), "still")
    process.blobs.path(still.sha256).unlink()
    world.clock.time += 10 * 86_400
    world.far.reports["still"] = deque([JobReport("succeeded")])
    run = world.process().go(plan(STILL), "run-2")
    assert "no results any more" in run.parked_why["still"]
    assert world.far.bill == {"still": 1}
