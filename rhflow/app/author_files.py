"""The author's own media files: read once for digest, kind and running time, remembered by size and time."""

from __future__ import annotations

import json
import os
from pathlib import Path

from rhflow.ground.media import SNIFF_BYTES, Kind, sniff
from rhflow.ground.references import FileMedia, Media, UrlMedia
from rhflow.media.probe import probe
from rhflow.store.blobs import digest_file
from rhflow.store.journal import Journal


class AuthorFiles:
    """Looks into files, and at what was fetched of URLs; writes nothing into a journal that is only read."""

    def __init__(self, journal: Journal, *, may_remember: bool) -> None:
        self._journal = journal
        self._may_remember = may_remember
        self._seen: dict[str, FileMedia] = {}

    def inspect(self, medium: Media) -> Media:
        """The medium with digest, size and running time.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is not the kind of file that is wanted; the message is a sentence.
        """
        if isinstance(medium, FileMedia):
            return self._file(medium)
        if isinstance(medium, UrlMedia) and medium.sha256 is None:
            row = self._journal.remembered("urls", medium.url)
            return UrlMedia(medium.url, medium.kind, str(row[1])) if row else medium
        return medium

    def _file(self, medium: FileMedia) -> FileMedia:
        path = Path(os.path.abspath(medium.path))  # noqa: PTH100  # resolve() would follow links
        if (known := self._seen.get(str(path))) is not None and known.kind is medium.kind:
            return known
        if path.is_dir():
            raise ValueError(f"{medium.path} is a folder, where {_a(medium.kind)} file is wanted")
        status = path.stat()
        row = self._journal.remembered("files", str(path))
        if row is not None and row[1:3] == (status.st_size, status.st_mtime_ns):
            sha256, facts = str(row[3]), json.loads(str(row[4]))
            kind, seconds = Kind(facts["kind"]), facts["seconds"]
        else:
            kind, seconds = _look(path, medium)
            sha256, _ = digest_file(path)
            if self._may_remember:
                memory = json.dumps({"kind": kind.value, "seconds": seconds})
                self._journal.remember(
                    "files", (str(path), status.st_size, status.st_mtime_ns, sha256, memory)
                )
        if kind is not medium.kind:
            raise ValueError(f"{medium.path} is {_a(kind)}, where {_a(medium.kind)} is wanted")
        found = FileMedia(str(path), kind, sha256, status.st_size, seconds)
        self._seen[str(path)] = found
        return found


def _look(path: Path, medium: FileMedia) -> tuple[Kind, float | None]:
    with path.open("rb") as file:
        head = file.read(SNIFF_BYTES)
    if not head:
        raise ValueError(f"{medium.path} is empty")
    found = probe(path)
    if found is None:
        sniffed = sniff(head)
        if sniffed is None:
            raise ValueError(
                f"{medium.path} is no {medium.kind.value} file: its first bytes are no known format"
            )
        raise ValueError(f"{medium.path} looks like {_a(sniffed.kind)} and cannot be read; it may be damaged")
    return found.kind, found.seconds


def _a(kind: Kind) -> str:
    return f"an {kind.value}" if kind in (Kind.IMAGE, Kind.AUDIO) else f"a {kind.value}"
