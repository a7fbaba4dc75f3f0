"""Bytes by digest."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from rhflow.ground.errors import StoreError
from rhflow.store.blobs import LocalBlobs, digest_file, store_error

DATA = b"the very bytes" * 1000
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "objects")


def arrived(tmp_path: Path, data: bytes = DATA) -> Path:
    path = tmp_path / "download.part"
    path.write_bytes(data)
    return path


def test_a_file_is_moved_in_under_its_digest(blobs: LocalBlobs, tmp_path: Path) -> None:
    path = arrived(tmp_path)
    assert blobs.put_file(path, "png") == (SHA, len(DATA))
    assert blobs.path(SHA) == tmp_path / "objects" / SHA[:2] / SHA[2:]
    assert blobs.path(SHA).read_bytes() == DATA
    assert not path.exists()
    assert blobs.has(SHA)
    assert blobs.has(SHA, verify=True)


def test_an_object_is_read_only(blobs: LocalBlobs, tmp_path: Path) -> None:
    blobs.put_file(arrived(tmp_path))
    mode = blobs.path(SHA).stat().st_mode
    assert not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)


def test_the_same_bytes_may_come_again(blobs: LocalBlobs, tmp_path: Path) -> None:
    for _ in range(3):
        assert blobs.put_file(arrived(tmp_path))[0] == SHA
        assert blobs.put_bytes(DATA) == (SHA, len(DATA))
    assert [path for path in blobs.folder.rglob("*") if path.is_file()] == [blobs.path(SHA)]


def flip(path: Path) -> None:
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("by", ["put_file", "put_bytes"])
def test_a_flipped_bit_is_seen_and_mended_by_the_next(blobs: LocalBlobs, tmp_path: Path, by: str) -> None:
    blobs.put_bytes(DATA)
    flip(blobs.path(SHA))
    assert blobs.has(SHA)
    assert not blobs.has(SHA, verify=True)
    if by == "put_file":
        blobs.put_file(arrived(tmp_path))
    else:
        blobs.put_bytes(DATA)
    assert blobs.has(SHA, verify=True)


def test_what_is_not_there_is_not_there(blobs: LocalBlobs) -> None:
    assert not blobs.has(SHA)
    assert not blobs.has(SHA, verify=True)
    blobs.path(SHA).mkdir(parents=True)
    assert not blobs.has(SHA)
    assert not blobs.has(SHA, verify=True)


def test_bytes_are_synced_before_they_get_their_name(
    blobs: LocalBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        real_sync(descriptor)

    def replace(self: Path, target: Path) -> Path:
        done.append("rename")
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    blobs.put_file(arrived(tmp_path))
    while done[0] == "folder":  # the store itself is new, and so is the place of this object in it
        done.pop(0)
    assert done in (["file", "rename", "folder"], ["file", "rename"])  # Windows syncs no folders


def test_a_file_of_another_file_system_is_copied(
    blobs: LocalBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if self.parent == tmp_path:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    path = arrived(tmp_path)
    assert blobs.put_file(path) == (SHA, len(DATA))
    assert blobs.has(SHA, verify=True)
    assert not path.exists()


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "The disk is full"),
        (errno.EDQUOT, "The disk is full"),
        (errno.EACCES, "may not be written"),
        (errno.EROFS, "may not be written"),
        (errno.EIO, "could not be written"),
    ],
)
def test_what_the_disk_says_is_a_sentence(
    blobs: LocalBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, sentence: str
) -> None:
    def replace(self: Path, target: Path) -> Path:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "replace", replace)
    ways: list[Callable[[], object]] = [
        lambda: blobs.put_file(arrived(tmp_path)),
        lambda: blobs.put_bytes(DATA),
    ]
    for put in ways:
        with pytest.raises(StoreError, match=sentence) as told:
            put()
        assert "rhflow resume" in (told.value.hint or "")
    assert not blobs.has(SHA)


def test_digests_and_sizes(tmp_path: Path) -> None:
    assert digest_file(arrived(tmp_path)) == (SHA, len(DATA))
    assert digest_file(arrived(tmp_path, b""))[1] == 0
    with pytest.raises(FileNotFoundError):
        digest_file(tmp_path / "nothing")
    assert store_error(OSError(errno.ENOSPC, "x"), tmp_path).exit_code == 9
