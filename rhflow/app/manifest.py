"""`manifest.json` beside the outputs: of every file there, what it is, who made it, and out of what.

It holds no secrets and no addresses that open anything. What it says can be worked out again from the
journal; it is there for whoever gets the folder without it.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit, urlunsplit

from rhflow.ground.artifact import Artifact
from rhflow.ground.values import Json, JsonObject, Money, plain
from rhflow.lifecycle.ledger import charge_of
from rhflow.lifecycle.states import Purchase, TaskState
from rhflow.lifecycle.transitions import fold
from rhflow.planning.plan import Task
from rhflow.store.blobs import store_error
from rhflow.store.journal import Journal
from rhflow.view.remarks import is_degraded, made_by_rung
from rhflow.view.run_view import instant

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

NAME = "manifest.json"
VERSION = 1
_MARK = "rhflow_manifest"
_WRITE_EVERY_S = 2.0
_WRITE_SHARE = 50
"""Where the folder is full: writing takes no more than that part of the time."""


class Manifest:
    """The manifest of one output folder; several processes may write into it, one after the other."""

    def __init__(self, folder: Path, pipeline: str, journal: Journal, run: str) -> None:
        self.path = folder / NAME
        self._pipeline = pipeline
        self._journal = journal
        self._run = run
        self._new: dict[str, JsonObject] = {}
        self._known: dict[str, JsonObject] | None = None
        self._by_bytes: dict[str, str] = {}
        """Where results lie, by their bytes."""
        self._stamp: _Stamp | None = None
        """The file as it was when we last read or wrote it."""
        self._texts: dict[str, str] = {}
        """What is known, as it stands in the file: all of it is written anew each time."""
        self._due = time.monotonic() + _WRITE_EVERY_S

    def note_result(self, path: Path, task: Task, state: TaskState, artifact: Artifact) -> None:
        """A result of a task lies there.

        Raises:
            StoreError: the manifest cannot be written.
        """
        name = self._name(path)
        known = self._entry(name)
        if (known.get("sha256"), known.get("key")) != (artifact.sha256, state.key):
            self._note(name, _entry(task, self._maker(state), state, artifact))
        self._by_bytes[artifact.sha256] = name

    def note_output(self, path: Path, output: str, sha256: str) -> None:
        """An output of the pipeline lies there: a copy of some task's result.

        Raises:
            StoreError: the manifest cannot be written.
        """
        name = self._name(path)
        source = self._entry(self._by_bytes.get(sha256, ""))
        entry: JsonObject = {**source, "sha256": sha256, "output": output}
        if self._entry(name) != entry:
            self._note(name, entry)

    def write(self) -> None:
        """Bring the file up to date, in one step; files that are gone are left out.

        Raises:
            StoreError: the disk is full or may not be written.
        """
        if not self._new:
            return
        began = time.monotonic()
        try:
            with self._alone():
                known = self._read_again()
                merged = {
                    name: entry
                    for name, entry in (known | self._new).items()
                    if name in self._new or (self.path.parent / name).is_file()
                }
                self._replace(merged)
                self._stamp = _stamp(self.path)
        except OSError as error:
            raise store_error(error, self.path) from error
        self._known, self._new, now = merged, {}, time.monotonic()
        self._due = now + max(_WRITE_EVERY_S, _WRITE_SHARE * (now - began))

    def _name(self, path: Path) -> str:
        return path.relative_to(self.path.parent).as_posix()

    def _note(self, name: str, entry: JsonObject) -> None:
        self._new[name] = entry
        self._texts.pop(name, None)
        if time.monotonic() > self._due:
            self.write()

    def _entry(self, name: str) -> JsonObject:
        """What is known of a file; empty where nothing is."""
        known = self._read_again() if self._known is None else self._known
        return self._new.get(name) or known.get(name) or {}

    def _maker(self, state: TaskState) -> tuple[str, TaskState]:
        """Run and story of what made it: an earlier run's, where it was cached."""
        if state.origin is None:
            return self._run, state
        run, name = state.origin
        return run, fold((at, event) for _, at, event in self._journal.events(run, name))

    def _read_again(self) -> dict[str, JsonObject]:
        """What is in the file now; it is read where somebody has written it since."""
        stamp = _stamp(self.path)
        if self._known is None or stamp != self._stamp:
            self._known, self._stamp, self._texts = self._read(), stamp, {}
        return self._known

    def _read(self) -> dict[str, JsonObject]:
        """What is written there by us; nothing where it is no manifest of ours."""
        body = self._body()
        files = body.get("files") if body is not None else None
        found = files if isinstance(files, list) else []
        entries = [item for item in found if isinstance(item, dict) and isinstance(item.get("path"), str)]
        return {
            str(item["path"]): {name: value for name, value in item.items() if name != "path"}
            for item in entries
        }

    def _body(self) -> JsonObject | None:
        try:
            body = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return body if isinstance(body, dict) and body.get(_MARK) == VERSION else None

    def _replace(self, entries: dict[str, JsonObject]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self._known and self.path.exists() and self._body() is None:  # somebody's own of that name
            _move_aside(self.path)
        head = _lines({_MARK: VERSION, "pipeline": self._pipeline, "files": []}).removesuffix("]\n}")
        files = ",\n  ".join(self._text(name, entries[name]) for name in sorted(entries))
        partial = self.path.with_name(f".{NAME}.{os.getpid()}.part")
        partial.write_text(f"{head}\n  {files}\n ]\n}}\n", encoding="utf-8")
        partial.replace(self.path)

    def _text(self, name: str, entry: JsonObject) -> str:
        """One file's entry, as it stands in the list."""
        if name not in self._texts:
            self._texts[name] = _lines({"path": name, **entry}).replace("\n", "\n  ")
        return self._texts[name]

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One writer at a time in this home."""
        with (self._journal.home / "manifest.lock").open("a") as lock:
            if fcntl is not None:
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


_Stamp: TypeAlias = tuple[int, int, int]
"""Of a file: which one, how long, and when written."""


def _stamp(path: Path) -> _Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _lines(body: JsonObject) -> str:
    return json.dumps(body, ensure_ascii=False, indent=1)


def _currency(purchase: Purchase | None, charged: Money | None) -> str | None:
    if charged is not None:
        return charged.currency
    return None if purchase is None else purchase.currency


def _entry(task: Task, maker: tuple[str, TaskState], state: TaskState, artifact: Artifact) -> JsonObject:
    run, made = maker
    purchase = next((item for item in reversed(made.purchases) if item.collected is not None), None)
    charged = charge_of(purchase.usage, purchase.currency) if purchase is not None else None
    return {
        "sha256": artifact.sha256,
        "kind": artifact.kind.value,
        "bytes": artifact.bytes,
        "task": task.id,
        "model": state.model,
        "rung": made_by_rung(task, state),
        "degraded": is_degraded(task, state),
        "key": state.key,
        "run": run,
        "arguments": _told(made.request or state.request or {}),
        "charged": None if charged is None or task.is_local else plain(charged.amount),
        "currency": None if task.is_local else _currency(purchase, charged),
        "made_at": instant(purchase.collected if purchase is not None else made.ended),
    }


def _told(value: Json) -> Json:
    """Arguments as they may be shown: media by their bytes, addresses without what opens them."""
    match value:
        case {"$blob": dict(leaf)} | {"$file": dict(leaf)}:
            return {"sha256": leaf.get("sha256")}
        case {"$url": dict(leaf)}:
            return _told(leaf.get("url"))
        case dict():
            return {name: _told(item) for name, item in value.items()}
        case list():
            return [_told(item) for item in value]
        case str() if value.startswith(("http://", "https://", "data:")):
            return _bare(value)
        case _:
            return value


def _bare(address: str) -> str:
    if address.startswith("data:"):
        return f"{address.partition(',')[0]},…"
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _move_aside(path: Path) -> None:
    for number in itertools.count(1):
        aside = path.with_name(f"{path.stem}.kept-{number}{path.suffix}")
        if not aside.exists():
            path.rename(aside)
            return
