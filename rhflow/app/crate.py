"""A run as one file, for another machine: what lies where in it, and how it is opened without trusting it.

A crate is a zip: the pipeline and its files as the author has them, the results under names one can read, and
under `rhflow/` what a home needs to take them in. `ro-crate-metadata.json` tells the same to programs that
know the RO-Crate standard. Whoever opens one trusts nothing: not a name, not a size, not a digest.
"""

from __future__ import annotations

import json
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rhflow.ground.errors import UsageError
from rhflow.ground.hashing import hasher
from rhflow.ground.values import Json, JsonObject, as_object

FORMAT = 1
METADATA = "ro-crate-metadata.json"
RECORD = "rhflow/run.json"
PLAN = "rhflow/plan.json"
EVENTS = "rhflow/events.jsonl"
RESULTS = "rhflow/results.json"
PIPELINE = "pipeline/"
INPUTS = "inputs/"
ARTIFACTS = "artifacts/"
"""Folders of a crate: the author's tree, files from elsewhere, results."""

_CHUNK = 1 << 20
_MOST_MEMBERS = 100_000
_MOST_RECORD_BYTES = 256 << 20
"""A record of this program is text and stays in memory."""
_BOMB_BYTES = 16 << 20
_BOMB_RATIO = 200
"""A file beyond that size which shrinks to less than that fraction is no media file."""
_ODD = re.compile(r"[\x00-\x1f\x7f\\:*?\"<>|]")
_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a crate, as its record promises it."""

    name: str
    sha256: str
    bytes: int

    def to_json(self) -> JsonObject:
        return {"sha256": self.sha256, "bytes": self.bytes}


class Crate:
    """A crate that is being read. Every way in which it can be wrong is a `UsageError`."""

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        self.path = path
        self._archive = archive
        self._infos = _checked(archive, path)

    @property
    def total(self) -> int:
        """Bytes of everything unpacked, as the crate says."""
        return sum(info.file_size for info in self._infos.values())

    def has(self, name: str) -> bool:
        return name in self._infos

    def names(self) -> list[str]:
        return list(self._infos)

    def read(self, name: str) -> bytes:
        """A record, whole."""
        info = self._info(name)
        if info.file_size > _MOST_RECORD_BYTES:
            raise self._wrong(f"{name} is larger than any record")
        with self._opened(info) as stream:
            data = stream.read(info.file_size + 1)
        if len(data) != info.file_size:
            raise self._wrong(f"{name} has another length than it says")
        return data

    def read_json(self, name: str) -> Json:
        """A record that is JSON."""
        try:
            value: Json = json.loads(self.read(name))
        except (ValueError, RecursionError) as error:
            raise self._wrong(f"{name} cannot be read") from error
        return value

    def read_object(self, name: str) -> JsonObject:
        """The same, where it has to be an object."""
        try:
            return as_object(self.read_json(name), name)
        except ValueError as error:
            raise self._wrong(f"{name} is no object") from error

    def copy(self, member: Member, target: IO[bytes] | None = None) -> None:
        """See that a file is the very bytes that were promised; write it out where somebody wants it."""
        info, digest, size = self._info(member.name), hasher(), 0
        with self._opened(info) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > member.bytes:
                    break
                digest.update(chunk)
                if target is not None:
                    target.write(chunk)
        if size != member.bytes or digest.hexdigest() != member.sha256:
            raise self._wrong(f"{member.name} is damaged: its bytes are not those it was packed with")

    def _info(self, name: str) -> zipfile.ZipInfo:
        found = self._infos.get(name)
        if found is None:
            raise self._wrong(f"it lacks {name}")
        return found

    @contextmanager
    def _opened(self, info: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
        try:
            member = self._archive.open(info)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError) as error:
            # OSError: it is said to begin before the file does
            raise self._wrong(f"{info.filename} is damaged") from error
        try:
            with member as stream:
                yield stream
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise self._wrong(f"{info.filename} is damaged") from error

    def _wrong(self, why: str) -> UsageError:
        return wrong(self.path, why)


def wrong(path: Path, why: str) -> UsageError:
    """A crate that cannot be taken in, and why; nothing of it was."""
    return UsageError(
        f"{path} cannot be imported: {why}", "Nothing of it was taken in. Have it exported again."
    )


@contextmanager
def opened_crate(path: Path, room: Path) -> Iterator[Crate]:
    """Open a crate for reading.

    Args:
        path: the file.
        room: where it would be unpacked; the nearest folder that exists has to have room for it.

    Raises:
        UsageError: it is no crate, or one that nobody should unpack.
    """
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise UsageError(f"There is no file {path}", "Name a crate, such as film.crate.zip.") from None
    except (OSError, zipfile.BadZipFile) as error:
        raise wrong(path, f"it is no zip file ({error})") from error
    with archive:
        found = Crate(archive, path)
        free = shutil.disk_usage(next(folder for folder in (room, *room.parents) if folder.is_dir())).free
        if found.total > free:
            raise wrong(path, f"unpacked it has {found.total:,} bytes, and the disk has room for {free:,}")
        yield found


def _checked(archive: zipfile.ZipFile, path: Path) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > _MOST_MEMBERS:
        raise wrong(path, f"it has {len(infos):,} files")
    found: dict[str, zipfile.ZipInfo] = {}
    folded: set[str] = set()
    for info in infos:
        refuse_name(info.filename.removesuffix("/"), path)
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise wrong(path, f"{info.filename} is a link or a device")
        if info.flag_bits & 1:
            raise wrong(path, f"{info.filename} is encrypted")
        if info.file_size > _BOMB_BYTES and info.file_size > _BOMB_RATIO * max(info.compress_size, 1):
            raise wrong(path, f"{info.filename} claims to grow to {info.file_size:,} bytes")
        if info.filename.casefold() in folded:
            raise wrong(path, f"it has two files called {info.filename}")
        folded.add(info.filename.casefold())
        if not info.is_dir():
            found[info.filename] = info
    return found


def refuse_name(name: str, path: Path) -> None:
    """A name inside a crate is relative, plain, and leads nowhere else on any system.

    Raises:
        UsageError: it is not.
    """
    parts = name.split("/")
    is_plain = all(
        part not in ("", ".", "..") and part == part.strip() and not part.endswith(".") for part in parts
    )
    if not is_plain or _ODD.search(name) or any(_WINDOWS.fullmatch(part) for part in parts):
        raise wrong(path, f"it has a file called {name!r}, which leads elsewhere or is no name")
