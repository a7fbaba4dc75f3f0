"""What processes that died have left lying in a home: half downloads, work folders, copies of old journals.

None of it is a result. Whatever may belong to a living process is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rhflow.app.session import Session
from rhflow.ground.values import JsonObject
from rhflow.store.migrating import BACKUPS

_HALF_S = 3600.0
"""A half file this old is nobody's work any more (seconds)."""
_BACKUP_S = 30 * 86_400.0
"""A copy of an older journal is kept for so long, and the newest one always (seconds)."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """A file or a folder that nobody needs."""

    path: Path
    bytes: int
    what: str

    def to_json(self) -> JsonObject:
        return {"path": str(self.path), "bytes": self.bytes, "what": self.what}


def leftovers(opened: Session, now: float) -> Iterator[Leftover]:
    """Everything of the kind; who still lives keeps what is theirs."""
    home = opened.settings.home
    living = opened.journal.others_at_work()
    names = {owner.name for owner in living} | {opened.journal.owner}
    for path in _inside(home / "objects" / "incoming"):
        if _is_older(path, now, _HALF_S):
            yield Leftover(path, _size(path), "a half download")
    for path in _inside(home / "living"):
        if _is_older(path, now, _HALF_S) and path.name.removesuffix(".alive") not in names:
            yield Leftover(path, _size(path), "the sign of life of a process that has died")
    for path in _inside(home / "work"):
        if path.name == "local":
            yield from _jobs(path, now, is_quiet=not living)
        elif not any(path.name in (name, f"web-{name}") for name in names) and _is_older(path, now, _HALF_S):
            yield Leftover(path, _size(path), "the work folder of a process that has died")
    known = {run.id for run in opened.journal.runs()}
    halves = [path for path in home.glob("runs/*/*.part") if path.parent.name in known]
    for path in (*halves, *home.glob(".journal.v*.part")):
        if _is_older(path, now, _HALF_S):
            yield Leftover(path, _size(path), "a half file")
    for path in _inside(home / "runs"):
        if path.name not in known and _is_older(path, now, 24 * _HALF_S):
            yield Leftover(path, _size(path), "the folder of a run that never began")
    copies = sorted(home.glob(BACKUPS), key=lambda path: path.name.split(".")[2])
    for path in copies[:-1]:
        if _is_older(path, now, _BACKUP_S):
            yield Leftover(path, _size(path), "a copy of an older journal")


def _jobs(local: Path, now: float, *, is_quiet: bool) -> Iterator[Leftover]:
    """Steps on this machine share one folder: it is looked into only when nobody else is at work."""
    if is_quiet:
        for name in ("jobs", "inputs"):
            for path in _inside(local / name):
                if _is_older(path, now, _HALF_S):
                    yield Leftover(path, _size(path), "the work folder of a step")


def _inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _is_older(path: Path, now: float, seconds: float) -> bool:
    """By the newest thing in it: a folder keeps its time while files grow in it."""
    try:
        times = [path.lstat().st_mtime]
        if path.is_dir() and not path.is_symlink():
            times += [item.lstat().st_mtime for item in path.rglob("*")]
    except OSError:
        return False
    return now - max(times) > seconds


def _size(path: Path) -> int:
    try:
        if path.is_dir() and not path.is_symlink():
            return sum(item.lstat().st_size for item in path.rglob("*") if item.is_file())
        return path.lstat().st_size
    except OSError:
        return 0
