"""The files that are served: uploads and results, by the name in their address, until they expire.

Names are `openapi/<sha256>.<suffix>` for uploads and `output/<task id>/<number>.<suffix>` for results; only
a name with a row in the database is served, so that no address leads out of the folder. Uploads by the older
call are `api/…`: nodes of workflows can load them, and no address serves them.
"""

from __future__ import annotations

import contextlib
import mimetypes
import re
import shutil
import time
import urllib.parse
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rhflow.ground.media import SNIFF_BYTES, sniff
from rhflow.simulator.database import Database
from rhflow.simulator.order import Rendered
from rhflow.simulator.task import NewFile

PREFIX = "/files/"
_OURS = re.compile(r"openapi/[0-9a-f]{64}\.[a-z0-9]+|output/[0-9]{19}/[0-9]+\.[a-z0-9]+")
_UPLOAD = re.compile(r"(?:openapi|api)/[0-9a-f]{64}\.[a-z0-9]+")
_OLD_UPLOAD_S = 3600.0
_MIMES = {"txt": "text/plain; charset=utf-8", "json": "application/json", "glb": "model/gltf-binary"}


@dataclass(frozen=True, slots=True)
class Served:
    """A file that may be served now."""

    path: Path
    mime: str
    bytes: int


def name_in(url: str) -> str | None:
    """The name that an address of ours stands for, whatever host it names; None for any other address."""
    parts = urllib.parse.urlsplit(url)
    name = parts.path.removeprefix(PREFIX)
    if parts.scheme in ("http", "https") and name != parts.path and _OURS.fullmatch(name):
        return name
    return None


def is_upload(name: str) -> bool:
    """Whether a name in a node stands for an upload of ours, there or not."""
    return _UPLOAD.fullmatch(name) is not None


class Shelf:
    """The files of one folder."""

    def __init__(self, database: Database, folder: Path, lifetime_s: float) -> None:
        self._database = database
        self.lifetime_s = lifetime_s
        self.folder = folder
        self.work = folder / ".work"
        self.stand_ins = folder / ".stand-ins"
        self.assets = folder / ".assets"
        self.loras = folder / ".loras"
        kept = (folder / "openapi", folder / "api", folder / "output")
        for each in (*kept, self.work, self.stand_ins, self.assets, self.loras):
            each.mkdir(parents=True, exist_ok=True)

    def find(self, name: str) -> Served | None:
        """The file of that name, unless it has expired."""
        rows = self._database.rows("SELECT mime, bytes, expires_at FROM files WHERE name = ?", (name,))
        if not rows or rows[0]["expires_at"] <= self._database.now():
            return None
        path = self.folder / name
        return Served(path, rows[0]["mime"], rows[0]["bytes"]) if path.is_file() else None

    def put_upload(self, draft: Path, name: str, mime: str) -> int:
        """Move an upload in; its size. The same bytes again live anew."""
        size = draft.stat().st_size
        target = self.folder / name
        if target.exists():
            draft.unlink()
        else:
            draft.replace(target)
        with self._database.writing() as write:
            write.execute(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)",
                (name, mime, size, self._database.now() + self.lifetime_s),
            )
        return size

    def put_results(self, task_id: str, results: list[Rendered]) -> list[tuple[Rendered, NewFile | None]]:
        """Move what was drawn in; their rows are written with the end of the job."""
        placed: list[tuple[Rendered, NewFile | None]] = []
        (self.folder / "output" / task_id).mkdir(exist_ok=True)
        for number, result in enumerate(results):
            if result.path is None:
                placed.append((result, None))
                continue
            name = f"output/{task_id}/{number}.{result.type}"
            Path(result.path).replace(self.folder / name)
            placed.append((result, self._describe(name)))
        return placed

    def _describe(self, name: str) -> NewFile:
        path = self.folder / name
        with path.open("rb") as file:
            found = sniff(file.read(SNIFF_BYTES))
        suffix = path.suffix.removeprefix(".")
        mime = found.mime if found else _MIMES.get(suffix) or mimetypes.guess_type(name)[0]
        return NewFile(name, mime or "application/octet-stream", path.stat().st_size)

    def clear_drafts(self) -> None:
        """Delete drafts whose makers were killed: jobs that nobody draws now, old halves of uploads."""
        drafts = list(self.work.iterdir())
        drawn = {row[0] for row in self._database.rows("SELECT id FROM tasks WHERE state = 'rendering'")}
        for draft in drafts:
            if draft.name.startswith("upload-"):
                with contextlib.suppress(OSError):
                    if time.time() - draft.stat().st_mtime > _OLD_UPLOAD_S:
                        draft.unlink()
            elif draft.name.partition("-")[0] not in drawn:
                self.clear(draft)

    def sweep(self) -> None:
        """Delete what expired; an address that is dead anyway keeps no bytes."""
        now = self._database.now()
        dead = [row[0] for row in self._database.rows("SELECT name FROM files WHERE expires_at <= ?", (now,))]
        if not dead:
            return
        with self._database.writing() as write:
            write.executemany(
                "DELETE FROM files WHERE name = ? AND expires_at <= ?", [(name, now) for name in dead]
            )
        self.drop(dead)

    def drop(self, names: Iterable[str]) -> None:
        """Delete bytes that nobody can ask for."""
        for name in names:
            with contextlib.suppress(OSError):
                (self.folder / name).unlink()
            if name.startswith("output/"):
                with contextlib.suppress(OSError):
                    (self.folder / name).parent.rmdir()

    def workplace(self, name: str) -> Path:
        """A fresh folder for drafts."""
        folder = self.work / name
        folder.mkdir(parents=True)
        return folder

    def clear(self, workplace: Path) -> None:
        shutil.rmtree(workplace, ignore_errors=True)
