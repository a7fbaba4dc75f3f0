"""Copies for people: one readable file per result of a step, and one per output of the pipeline.

A copy (or a reflink where the file system can), never a hard link: what people do to their file must not
reach the store. A file that is not ours is never overwritten; it is moved aside.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from rhflow.app.manifest import Manifest
from rhflow.ground.artifact import Artifact
from rhflow.ground.errors import StoreError
from rhflow.ground.references import BlobMedia, Resolved
from rhflow.ground.values import Json, JsonObject, as_object
from rhflow.lifecycle.states import State, TaskState
from rhflow.planning.plan import Plan
from rhflow.store.blobs import LocalBlobs, digest_file, store_error
from rhflow.store.journal import Journal

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_FICLONE = 0x40049409
"""Linux: share the blocks of another file until one of them changes."""
_STEPS = "steps"


class Outputs:
    """The output folder of one pipeline."""

    def __init__(
        self, folder: Path, plan: Plan, journal: Journal, blobs: LocalBlobs, *, run: str = ""
    ) -> None:
        """`run` is the run whose results are placed; it is named in the manifest."""
        self.folder = folder
        self._tasks = {task.id: task for task in plan.tasks}
        self._manifest = Manifest(folder, plan.pipeline, journal, run)
        self._journal = journal
        self._blobs = blobs
        self._save_as = {task.id: task.save_as for task in plan.tasks}

    def step_path(self, task_id: str, number: int, artifact: Artifact) -> Path:
        """Where result `number` (from 0) of a task lies."""
        wanted = self._save_as.get(task_id)
        if wanted is not None:
            stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", wanted)
            folder = self.folder
        else:
            stem = re.sub(r"\[(\d+)\]", lambda found: f"-{int(found[1]):02d}", task_id)
            folder = self.folder / _STEPS
        return folder / f"{stem}{f'-{number + 1}' if number else ''}.{artifact.suffix}"

    def output_path(self, name: str, number: int | None, suffix: str) -> Path:
        """Where an output lies; `number` (from 0) where the output is a list."""
        return self.folder / f"{name}{'' if number is None else f'-{number:02d}'}.{suffix}"

    def place(self, target: Path, sha256: str) -> None:
        """Put the bytes there, unless they are there already.

        Raises:
            StoreError: the disk is full or may not be written.
        """
        try:
            if self._is_there(target, sha256):
                return
            if not self._blobs.has(sha256, verify=True):
                how = "damaged in the store" if self._blobs.has(sha256) else "not in the store any more"
                raise StoreError(
                    f"The bytes of {target} are {how}",
                    "A new run makes what is missing: rhflow run FILE",
                )
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                self._make_way(target)
            partial = target.with_name(f".{target.name}.part")
            copy_bytes(self._blobs.path(sha256), partial)
            partial.replace(target)
            status = target.stat()
        except OSError as error:
            raise store_error(error, target) from error
        self._journal.remember("placed", (str(target), sha256, status.st_size, status.st_mtime_ns))

    def place_task(self, task_id: str, state: TaskState) -> None:
        """Put a finished task's results there; nothing for one that is not done."""
        if state.state is not State.DONE:
            return
        for number, item in enumerate(state.artifacts):
            artifact = Artifact.from_json(as_object(item, "an artifact"))
            path = self.step_path(task_id, number, artifact)
            self.place(path, artifact.sha256)
            if task_id in self._tasks:
                self._manifest.note_result(path, self._tasks[task_id], state, artifact)

    def place_outputs(self, values: Mapping[str, Resolved]) -> JsonObject:
        """One file per output, as its path; what is no file stays a value. The manifest tells of all."""
        placed = {name: self._placed(name, None, value) for name, value in values.items()}
        self._manifest.write()
        return placed

    def output_paths(self, values: Mapping[str, Resolved]) -> JsonObject:
        """Where the outputs lie, or would; nothing is written."""
        return {name: self._placed(name, None, value, write=False) for name, value in values.items()}

    def _placed(self, name: str, number: int | None, value: Resolved, *, write: bool = True) -> Json:
        if isinstance(value, BlobMedia):
            target = self.output_path(name, number, value.suffix)
            if write:
                self.place(target, value.sha256)
                self._manifest.note_output(target, name, value.sha256)
            return str(target)
        if isinstance(value, list):
            stem = name if number is None else f"{name}-{number:02d}"  # a list in a list
            return [self._placed(stem, index, item, write=write) for index, item in enumerate(value)]
        if isinstance(value, dict):
            return {
                key: self._placed(f"{name}-{key}", number, item, write=write) for key, item in value.items()
            }
        return value if isinstance(value, str | int | float | bool) else None

    def _is_there(self, target: Path, sha256: str) -> bool:
        row = self._journal.remembered("placed", str(target))
        if row is None or not target.is_file():
            return False
        status = target.stat()
        return row[1:] == (sha256, status.st_size, status.st_mtime_ns)

    def _make_way(self, target: Path) -> None:
        """Ours and untouched: may go. Anything else is kept beside."""
        row = self._journal.remembered("placed", str(target))
        if row is not None and target.is_file() and digest_file(target)[0] == row[1]:
            return
        for number in itertools.count(1):
            aside = target.with_name(f"{target.stem}.kept-{number}{target.suffix}")
            if not aside.exists():
                target.rename(aside)
                return


def copy_bytes(source: Path, target: Path) -> None:
    """Copy, sharing blocks where the file system can. The copy is the owner's to change."""
    with contextlib.suppress(FileNotFoundError):
        target.unlink()
    with source.open("rb") as bytes_in, target.open("wb") as bytes_out:
        if fcntl is not None and os.uname().sysname == "Linux":
            with contextlib.suppress(OSError):
                fcntl.ioctl(bytes_out.fileno(), _FICLONE, bytes_in.fileno())
                return
        shutil.copyfileobj(bytes_in, bytes_out, 1 << 20)
