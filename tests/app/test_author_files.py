"""The author's own files: looked at once, remembered by size and time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from rhflow.app.author_files import AuthorFiles
from rhflow.ground.media import Kind
from rhflow.ground.references import BlobMedia, FileMedia, UrlMedia
from rhflow.store.blobs import digest_file
from rhflow.store.journal import Journal


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(tmp_path / ".rhflow", "me")
    yield opened
    opened.close()


@pytest.fixture
def hare(tmp_path: Path) -> Path:
    path = tmp_path / "hare.png"
    Image.new("RGB", (4, 3), (1, 2, 3)).save(path)
    return path


def looked_at(
    path: Path, journal: Journal, kind: Kind = Kind.IMAGE, *, may_remember: bool = True
) -> FileMedia:
    found = AuthorFiles(journal, may_remember=may_remember).inspect(FileMedia(str(path), kind))
    assert isinstance(found, FileMedia)
    return found


def test_a_file_gets_its_digest_and_size(hare: Path, journal: Journal) -> None:
    found = looked_at(hare, journal)
    assert (found.sha256, found.bytes) == digest_file(hare)
    assert found.path == str(hare)
    assert found.seconds is None


def test_a_file_is_read_once_while_it_stays_as_it_is(
    hare: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = looked_at(hare, journal)
    monkeypatch.setattr("rhflow.app.author_files.digest_file", lambda _path: pytest.fail("read again"))
    assert looked_at(hare, journal) == first


def test_a_changed_file_is_read_again(hare: Path, journal: Journal) -> None:
    first = looked_at(hare, journal)
    Image.new("RGB", (4, 3), (3, 2, 1)).save(hare)
    os.utime(hare, ns=(5, 5))
    assert looked_at(hare, journal).sha256 != first.sha256


def test_one_look_of_a_command_is_enough_for_it(hare: Path, journal: Journal) -> None:
    files = AuthorFiles(journal, may_remember=True)
    first = files.inspect(FileMedia(str(hare), Kind.IMAGE))
    hare.unlink()
    assert files.inspect(FileMedia(str(hare), Kind.IMAGE)) == first


def test_a_reader_remembers_nothing(hare: Path, journal: Journal) -> None:
    looked_at(hare, journal, may_remember=False)
    assert journal.remembered("files", str(hare)) is None
    looked_at(hare, journal)
    assert journal.remembered("files", str(hare)) is not None


@pytest.mark.parametrize(
    ("name", "data", "kind", "sentence"),
    [
        ("empty.png", b"", Kind.IMAGE, "is empty"),
        ("page.png", b"<html>not found</html>", Kind.IMAGE, "its first bytes are no known format"),
        ("torn.png", b"\x89PNG\r\n\x1a\n and no more", Kind.IMAGE, "looks like an image and cannot be read"),
        ("torn.mp4", b"\0\0\0\x18ftypisom and no more", Kind.VIDEO, "looks like a video and cannot be read"),
    ],
)
def test_what_is_no_medium_is_a_sentence(
    tmp_path: Path, journal: Journal, name: str, data: bytes, kind: Kind, sentence: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=sentence):
        looked_at(tmp_path / name, journal, kind)


def test_a_file_of_the_wrong_kind_is_a_sentence_each_time(hare: Path, journal: Journal) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match=r"hare\.png is an image, where a video is wanted"):
            looked_at(hare, journal, Kind.VIDEO)
    assert looked_at(hare, journal).kind is Kind.IMAGE


def test_a_folder_and_a_missing_file(tmp_path: Path, journal: Journal) -> None:
    with pytest.raises(ValueError, match="is a folder"):
        looked_at(tmp_path, journal)
    with pytest.raises(FileNotFoundError):
        looked_at(tmp_path / "nothing.png", journal)


def test_an_address_gets_the_digest_that_somebody_fetched(journal: Journal) -> None:
    files = AuthorFiles(journal, may_remember=True)
    address = UrlMedia("https://example.org/x.png", Kind.IMAGE)
    assert files.inspect(address) == address
    journal.remember("urls", (address.url, "ab" * 32, 1.0))
    assert files.inspect(address) == UrlMedia(address.url, Kind.IMAGE, "ab" * 32)
    blob = BlobMedia("cd" * 32, Kind.IMAGE, "png")
    assert files.inspect(blob) == blob
