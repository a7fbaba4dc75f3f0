"""What is on the disk when a call returns: bytes, and the names that lead to them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from rhflow.store.blobs import LocalBlobs
from rhflow.store.durable import make_folder, put_in_place, sync_folder, write_text


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What is synced, in its order, by the name it has at that moment (Linux)."""
    seen: list[Path] = []
    sync = os.fsync

    def note(handle: int) -> None:
        sync(handle)
        seen.append(Path(os.readlink(f"/proc/self/fd/{handle}")))

    monkeypatch.setattr(os, "fsync", note)
    return seen


needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks into /proc")


@needs_proc
def test_a_new_folder_is_named_in_the_one_above_it(tmp_path: Path, synced: list[Path]) -> None:
    make_folder(tmp_path / "film" / ".rhflow" / "objects")
    assert synced == [tmp_path, tmp_path / "film", tmp_path / "film" / ".rhflow"]
    make_folder(tmp_path / "film" / ".rhflow" / "objects")
    assert len(synced) == 3, "what is there costs nothing"


@needs_proc
def test_a_text_is_synced_before_it_has_its_name_and_the_name_after(
    tmp_path: Path, synced: list[Path]
) -> None:
    write_text(tmp_path / "runs" / "plan.json", "説")
    assert synced == [tmp_path, tmp_path / "runs" / "plan.json.part", tmp_path / "runs"]
    assert (tmp_path / "runs" / "plan.json").read_text("utf-8") == "説"
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["plan.json"]


@needs_proc
def test_an_object_is_synced_before_it_has_its_name_and_the_name_after(
    tmp_path: Path, synced: list[Path]
) -> None:
    blobs = LocalBlobs(tmp_path / "objects")
    sha256, _ = blobs.put_bytes(b"paid for")
    folder = tmp_path / "objects"
    assert synced[:2] == [tmp_path, folder], "the store, and the place for what comes in"
    assert synced[-3:-1] == [folder, synced[-2]]
    assert synced[-2].parent == folder / "incoming"
    assert synced[-1] == folder / sha256[:2]


@needs_proc
def test_a_file_is_synced_before_it_has_its_name_and_the_name_after(
    tmp_path: Path, synced: list[Path]
) -> None:
    partial, target = tmp_path / ".film.zip.part", tmp_path / "film.zip"
    partial.write_bytes(b"packed")
    put_in_place(partial, target)
    assert synced == [partial, tmp_path]
    assert target.read_bytes() == b"packed"


@pytest.mark.skipif(os.name == "nt", reason="Windows syncs no folders")
@pytest.mark.parametrize(
    ("said", "is_told"), [(errno.EINVAL, False), (errno.ENOTSUP, False), (errno.EIO, True)]
)
def test_a_file_system_that_syncs_no_folders_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: int, is_told: bool
) -> None:
    def refuse(_handle: int) -> None:
        raise OSError(said, os.strerror(said))

    monkeypatch.setattr(os, "fsync", refuse)
    told = False
    try:
        sync_folder(tmp_path)
    except OSError as error:
        told = error.errno == said
    assert told is is_told


def test_a_text_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_text(tmp_path / "plan.json", "before")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_text(tmp_path / "plan.json", "after")
    assert (tmp_path / "plan.json").read_text("utf-8") == "before"
