"""`manifest.json`: every file of the folder, who made it and out of what; no secrets, no open addresses."""

from __future__ import annotations

import json
import multiprocessing
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rhflow.app.manifest import Manifest
from rhflow.app.placing import Outputs
from rhflow.ground.artifact import Artifact
from rhflow.ground.media import Kind
from rhflow.ground.references import BlobMedia, Ref, UrlMedia
from rhflow.lifecycle.failure import FailureKind
from rhflow.lifecycle.states import State, TaskState
from rhflow.planning.plan import Plan, Rung
from rhflow.runner.run import Run
from rhflow.store.journal import Journal
from tests.runner.world import World, ended, plan, task

SIGNED = "https://cdn.example/a.png?Signature=abc&Expires=1#x"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / ".rhflow")
    yield made
    made.close()


def placed(run: Run, folder: Path, **values: Any) -> dict[str, dict[str, Any]]:
    """Place what a run has made, as at its end; the manifest by path."""
    journal, blobs = run.hands.journal, run.hands.blobs
    outputs = Outputs(folder, run.plan, journal, blobs, run=run.id)  # type: ignore[arg-type]
    for name, state in run.states.items():
        outputs.place_task(name, state)
    outputs.place_outputs(values)
    return read(folder)


def read(folder: Path) -> dict[str, dict[str, Any]]:
    text = (folder / "manifest.json").read_text("utf-8")
    body = json.loads(text)
    assert text == json.dumps(body, ensure_ascii=False, indent=1) + "\n", "put together of its parts"
    assert body["rhflow_manifest"] == 1
    assert [entry["path"] for entry in body["files"]] == sorted(entry["path"] for entry in body["files"])
    return {entry.pop("path"): entry for entry in body["files"]}


def small() -> Plan:
    picture = UrlMedia(SIGNED, Kind.IMAGE)
    second = Rung("fake/secretive", {"prompt": "a again"})
    return plan(
        replace(task("a"), fallback=(second,)),
        task("b", arguments={"image": Ref("a", "image"), "images": [picture]}),
        task("c", uses="local/paste"),
        still=Ref("b", "image"),
    )


def test_every_file_is_in_it_with_who_made_it(world: World, tmp_path: Path) -> None:
    world.far.reports["a"] = deque([ended(FailureKind.VENDOR_ERROR)])
    run = world.process().go(small(), allow_unknown=True)
    (item,) = run.state("b").artifacts
    artifact = Artifact.from_json(item)  # type: ignore[arg-type]
    files = placed(run, tmp_path / "out", still=BlobMedia(artifact.sha256, Kind.IMAGE, "png"))
    assert set(files) == {"steps/a.png", "steps/b.png", "steps/c.png", "still.png"}
    degraded = files["steps/a.png"]
    assert (degraded["model"], degraded["rung"], degraded["degraded"]) == ("fake/secretive", 1, True)
    assert degraded["arguments"] == {"prompt": "a again"}
    told = files["steps/b.png"]
    assert (told["task"], told["run"], told["model"], told["degraded"]) == (
        "b",
        "run-1",
        "fake/picture",
        False,
    )
    assert (told["charged"], told["currency"]) == ("0.90", "CNY")
    assert told["key"] == run.state("b").key
    assert told["sha256"] == artifact.sha256
    assert told["made_at"].endswith("Z")
    assert told["arguments"]["image"] == {"sha256": degraded["sha256"]}
    assert told["arguments"]["images"] == ["https://cdn.example/a.png"]
    assert files["still.png"] == {**told, "output": "still"}
    assert (files["steps/c.png"]["model"], files["steps/c.png"]["charged"]) == ("local/paste", None)
    text = (tmp_path / "out" / "manifest.json").read_text("utf-8")
    assert "Signature" not in text


def test_what_was_cached_names_the_run_that_bought_it(world: World, tmp_path: Path) -> None:
    world.process().go(small(), "run-1", allow_unknown=True)
    again = world.process().go(small(), "run-2", allow_unknown=True)
    files = placed(again, tmp_path / "out")
    assert {entry["run"] for entry in files.values()} == {"run-1"}
    assert files["steps/b.png"]["arguments"]["prompt"] == "b"
    assert files["steps/b.png"]["charged"] == "0.90"


def test_it_is_kept_up_to_date_and_forgets_what_is_gone(world: World, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = world.process().go(plan(task("a"), task("b")), "run-1")
    assert set(placed(first, out)) == {"steps/a.png", "steps/b.png"}
    (out / "steps" / "b.png").unlink()
    stamp = (out / "manifest.json").stat().st_mtime_ns
    second = world.process().go(plan(task("a")), "run-2")
    placed(second, out)
    assert (out / "manifest.json").stat().st_mtime_ns == stamp, "nothing is new: nothing is written"
    third = world.process().go(plan(task("a"), task("d")), "run-3")
    assert set(placed(third, out)) == {"steps/a.png", "steps/d.png"}
    assert not list(out.glob(".manifest*"))


@pytest.mark.parametrize("text", ["{}", "[]", "my own notes", '{"rhflow_manifest": 99}'])
def test_a_file_of_that_name_that_is_not_ours_is_moved_aside(world: World, tmp_path: Path, text: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "manifest.json").write_text(text, "utf-8")
    run = world.process().go(plan(task("a")))
    assert set(placed(run, out)) == {"steps/a.png"}
    assert (out / "manifest.kept-1.json").read_text("utf-8") == text


def _writes(home: Path, out: Path, letter: str) -> None:
    journal = Journal(home, f"owner-{letter}")
    manifest = Manifest(out, "small", journal, f"run-{letter}")
    for number in range(20):
        name = f"{letter}{number}"
        (out / f"{name}.png").write_bytes(b"x")
        artifact = Artifact(Kind.IMAGE, name.ljust(64, "0"), 1, "png")
        state = TaskState(state=State.DONE, key=name, model="fake/picture")
        manifest.note_result(out / f"{name}.png", task(name), state, artifact)
        manifest.write()
    journal.close()


def test_several_processes_write_into_one(tmp_path: Path) -> None:
    home, out = tmp_path / ".rhflow", tmp_path / "out"
    out.mkdir()
    Journal(home, "first").close()
    spawned = multiprocessing.get_context("spawn")
    workers = [spawned.Process(target=_writes, args=(home, out, letter)) for letter in "ab"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    assert len(read(out)) == 40
