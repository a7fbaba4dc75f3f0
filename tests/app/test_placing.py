"""Copies for people: theirs to change, never in the way of what is theirs already."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rhflow.app.placing import Outputs, copy_bytes
from rhflow.ground.artifact import Artifact
from rhflow.ground.errors import StoreError
from rhflow.ground.media import Kind
from rhflow.ground.references import BlobMedia, Resolved
from rhflow.lifecycle import events
from rhflow.lifecycle.states import TaskState
from rhflow.lifecycle.transitions import fold
from rhflow.store.blobs import LocalBlobs
from rhflow.store.journal import Journal
from tests.runner.world import plan, task


class Desk:
    """An output folder, with a store behind it."""

    def __init__(self, folder: Path) -> None:
        self.blobs = LocalBlobs(folder / ".rhflow" / "objects")
        self.journal = Journal(folder / ".rhflow", "me")
        named = task("named", save_as="clips/opening.mov.png")
        self.out = folder / "out" / "small"
        self.outputs = Outputs(self.out, plan(task("a"), named), self.journal, self.blobs)

    def keep(self, data: bytes) -> str:
        return self.blobs.put_bytes(data)[0]

    def files(self) -> dict[str, bytes]:
        found = (path for path in self.out.rglob("*") if path.is_file() and path.name != "manifest.json")
        return {path.relative_to(self.out).as_posix(): path.read_bytes() for path in found}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.journal.close()


def medium(desk: Desk, data: bytes, suffix: str = "png") -> BlobMedia:
    return BlobMedia(desk.keep(data), Kind.IMAGE, suffix)


@pytest.mark.parametrize(
    ("name", "number", "where"),
    [
        ("hero", 0, "steps/hero.png"),
        ("hero", 1, "steps/hero-2.png"),
        ("shots[0].clip", 0, "steps/shots-00.clip.png"),
        ("scenes[11].shots[3].still", 2, "steps/scenes-11.shots-03.still-3.png"),
        ("named", 0, "clips/opening.mov.png"),
        ("named", 1, "clips/opening.mov-2.png"),
    ],
)
def test_where_results_lie(desk: Desk, name: str, number: int, where: str) -> None:
    artifact = Artifact(Kind.IMAGE, "ab" * 32, 1, "png")
    assert desk.outputs.step_path(name, number, artifact) == desk.out / where


def test_a_copy_is_the_persons_own(desk: Desk) -> None:
    desk.outputs.place(desk.out / "hero.png", desk.keep(b"picture"))
    path = desk.out / "hero.png"
    assert path.stat().st_nlink == 1
    path.write_bytes(b"painted over")
    assert desk.blobs.path(desk.keep(b"picture")).read_bytes() == b"picture"


def test_what_is_there_is_not_written_again(desk: Desk) -> None:
    target, sha256 = desk.out / "hero.png", desk.keep(b"picture")
    desk.outputs.place(target, sha256)
    os.utime(target, ns=(1, 1))
    desk.outputs.place(target, sha256)
    before = target.stat().st_mtime_ns
    desk.outputs.place(target, sha256)
    assert target.stat().st_mtime_ns == before
    assert desk.files() == {"hero.png": b"picture"}


def test_our_old_copy_makes_way_and_a_persons_file_is_kept(desk: Desk) -> None:
    target = desk.out / "hero.png"
    desk.outputs.place(target, desk.keep(b"one"))
    desk.outputs.place(target, desk.keep(b"two"))
    assert desk.files() == {"hero.png": b"two"}
    target.write_bytes(b"mine")
    desk.outputs.place(target, desk.keep(b"three"))
    target.write_bytes(b"mine, too")
    desk.outputs.place(target, desk.keep(b"four"))
    assert desk.files() == {"hero.png": b"four", "hero.kept-1.png": b"mine", "hero.kept-2.png": b"mine, too"}


def test_a_file_that_was_there_before_us_is_kept(desk: Desk) -> None:
    desk.out.mkdir(parents=True)
    (desk.out / "hero.png").write_bytes(b"holiday")
    (desk.out / "film.png").mkdir()
    desk.outputs.place(desk.out / "hero.png", desk.keep(b"one"))
    desk.outputs.place(desk.out / "film.png", desk.keep(b"two"))
    assert desk.files() == {"hero.png": b"one", "hero.kept-1.png": b"holiday", "film.png": b"two"}
    assert (desk.out / "film.kept-1.png").is_dir()


def test_a_copy_that_was_deleted_comes_back(desk: Desk) -> None:
    target, sha256 = desk.out / "hero.png", desk.keep(b"one")
    desk.outputs.place(target, sha256)
    target.unlink()
    desk.outputs.place(target, sha256)
    assert desk.files() == {"hero.png": b"one"}


def test_a_copy_that_was_cut_short_by_a_crash_is_replaced(desk: Desk) -> None:
    desk.out.mkdir(parents=True)
    (desk.out / ".hero.png.part").write_bytes(b"o")
    desk.outputs.place(desk.out / "hero.png", desk.keep(b"one"))
    assert desk.files() == {"hero.png": b"one"}


def test_a_result_that_is_not_in_the_store_is_a_sentence(desk: Desk) -> None:
    with pytest.raises(StoreError, match=r"bytes of .*hero\.png are not in the store"):
        desk.outputs.place(desk.out / "hero.png", "ab" * 32)


def test_a_folder_that_cannot_be_written_is_a_sentence(desk: Desk) -> None:
    desk.out.parent.mkdir(parents=True)
    desk.out.write_bytes(b"in the way")
    with pytest.raises(StoreError, match=r"hero\.png could not be written"):
        desk.outputs.place(desk.out / "hero.png", desk.keep(b"one"))


def done(*artifacts: Artifact) -> TaskState:
    hit = events.CacheHit("k", "fake/picture", [item.to_json() for item in artifacts], "run-0", "a")
    return fold([(1.0, hit)])


def test_a_finished_task_is_placed_and_no_other(desk: Desk) -> None:
    made = [Artifact(Kind.IMAGE, desk.keep(data), len(data), "png") for data in (b"one", b"two")]
    desk.outputs.place_task("a", TaskState())
    assert desk.files() == {}
    desk.outputs.place_task("a", done(*made))
    assert desk.files() == {"steps/a.png": b"one", "steps/a-2.png": b"two"}


def test_outputs_of_every_form_have_a_file_of_their_own(desk: Desk) -> None:
    """Lists of lists come through groups in groups."""
    values: dict[str, Resolved] = {
        "film": medium(desk, b"film", "mp4"),
        "stills": [medium(desk, b"s1"), None, medium(desk, b"s3")],
        "scenes": [[medium(desk, b"a1"), medium(desk, b"a2")], [medium(desk, b"b1")]],
        "named": {"x": medium(desk, b"x"), "list": [medium(desk, b"l1")], "word": "w"},
        "mixed": [{"still": medium(desk, b"m1")}, {"still": medium(desk, b"m2")}],
        "words": ["w", 1, True, None],
    }
    places = desk.outputs.place_outputs(values)
    assert places == desk.outputs.output_paths(values)
    assert desk.files() == {
        "film.mp4": b"film",
        "stills-00.png": b"s1",
        "stills-02.png": b"s3",
        "scenes-00-00.png": b"a1",
        "scenes-00-01.png": b"a2",
        "scenes-01-00.png": b"b1",
        "named-x.png": b"x",
        "named-list-00.png": b"l1",
        "mixed-still-00.png": b"m1",
        "mixed-still-01.png": b"m2",
    }
    assert places["words"] == ["w", 1, True, None]
    assert places["stills"] == [str(desk.out / "stills-00.png"), None, str(desk.out / "stills-02.png")]


def test_copying_replaces_a_link_and_not_what_it_points_to(tmp_path: Path) -> None:
    source, target, precious = tmp_path / "source", tmp_path / "target", tmp_path / "precious"
    source.write_bytes(b"new")
    precious.write_bytes(b"old")
    try:
        target.symlink_to(precious)
    except OSError:
        pytest.skip("no links here")
    copy_bytes(source, target)
    assert target.read_bytes() == b"new"
    assert precious.read_bytes() == b"old"
