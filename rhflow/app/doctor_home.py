"""The home: may one write there, is there room, can SQLite do its work, and what lies waiting in it."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rhflow.app.books import audit
from rhflow.app.file_systems import NETWORK, file_system_of, synced_by
from rhflow.app.leftovers import leftovers
from rhflow.app.session import Session, session
from rhflow.ground.diagnostics import counted
from rhflow.ground.errors import RhflowError
from rhflow.ground.values import JsonObject
from rhflow.settings import Settings
from rhflow.store.trial import try_sqlite
from rhflow.view.cost_view import PLAY
from rhflow.view.doctor_view import Checked
from rhflow.view.lines import size_text

_LITTLE = 2_000_000_000
_TOO_LITTLE = 100_000_000
"""Bytes. A film of a few minutes takes some hundred megabytes, with what it is made of."""
_ELSEWHERE = "Name another home with --home DIR or RHFLOW_HOME."


def check_home(settings: Settings, out: Path) -> Iterator[Checked]:
    """The folder, the disk, the journal; nothing stays changed. `out` is where readable copies go."""
    place = _nearest(settings.home)
    refusal = _refusal(place)
    yield _folder(settings.home, place, refusal)
    yield _disk(place)
    yield _file_system(settings.home, place)
    if refusal is None:
        yield _sqlite(place)
    yield _out(out)
    yield from _journal(settings)


def _nearest(folder: Path) -> Path:
    """The folder, or the first above it that is there."""
    return next((place for place in (folder, *folder.parents) if place.is_dir()), Path.cwd())


def _refusal(folder: Path) -> str | None:
    """Why no file can be written there; asked of the system by writing one."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
    except OSError as error:
        return error.strerror or str(error)
    return None


def _folder(home: Path, place: Path, refusal: str | None) -> Checked:
    facts: JsonObject = {"path": str(home), "exists": home.is_dir()}
    if refusal is not None:
        return Checked(
            area="home",
            name="home",
            level="problem",
            said=f"Nothing can be written in {place} ({refusal}), and there the home is, or would be made.",
            fix=f"{'Make room' if refusal == os.strerror(errno.ENOSPC) else 'Mend the rights'}. {_ELSEWHERE}",
            facts=facts,
        )
    there = "can be written" if home.is_dir() else "is not there yet; the first run makes it"
    return Checked(area="home", name="home", level="ok", said=f"{home} {there}.", facts=facts)


def _disk(place: Path) -> Checked:
    free = shutil.disk_usage(place).free
    said = f"{size_text(free)} are free where the home lies."
    if free >= _LITTLE:
        return Checked(area="home", name="disk", level="ok", said=said, facts={"free_bytes": free})
    return Checked(
        area="home",
        name="disk",
        level="problem" if free < _TOO_LITTLE else "warning",
        said=f"Only {said}",
        fix="Make room; rhflow cache prune says what the store could give up.",
        facts={"free_bytes": free},
    )


def _file_system(home: Path, place: Path) -> Checked:
    kind, cloud = file_system_of(place), synced_by(home)
    facts: JsonObject = {"kind": kind, "synced_by": cloud}
    if kind is not None and NETWORK.fullmatch(kind):
        return Checked(
            area="home",
            name="file-system",
            level="warning",
            said=f"The home lies on a network file system ({kind}): locks may fail there, and a sudden death "
            "may take back what was said to be written.",
            fix=f"Keep the home on a disk of this machine. {_ELSEWHERE}",
            facts=facts,
        )
    if cloud is not None:
        return Checked(
            area="home",
            name="file-system",
            level="warning",
            said=f"The home lies in a folder that {cloud} carries off: it may copy the journal half written.",
            fix=f"Keep the home out of it. {_ELSEWHERE}",
            facts=facts,
        )
    said = f"The home lies on {kind}." if kind else "Nobody tells on what file system the home lies."
    return Checked(area="home", name="file-system", level="ok", said=said, facts=facts)


def _sqlite(place: Path) -> Checked:
    found = try_sqlite(place)
    facts: JsonObject = {"version": found.version, "wal": found.has_wal, "locks": found.has_locks}
    if found.has_wal and found.has_locks:
        said = f"SQLite {found.version}: its log (WAL) and its locks between processes work in the home."
        return Checked(area="home", name="sqlite", level="ok", said=said, facts=facts)
    missing = (
        found.trouble
        or ("no log (WAL) can be kept" if not found.has_wal else "")
        or "another process does not see its locks, so two runs could buy the same thing"
    )
    return Checked(
        area="home",
        name="sqlite",
        level="problem",
        said=f"SQLite {found.version} cannot do its work in {place}: {missing}.",
        fix=f"Keep the home on a disk of this machine. {_ELSEWHERE}",
        facts=facts,
    )


def _out(out: Path) -> Checked:
    place = _nearest(out)
    refusal = _refusal(place)
    if refusal is None:
        said = f"Readable copies can be written to {out}."
        return Checked(area="home", name="out", level="ok", said=said, facts={"path": str(out)})
    return Checked(
        area="home",
        name="out",
        level="warning",
        said=f"Readable copies cannot be written to {out}: {place} refuses ({refusal}).",
        fix="Name another folder with --out DIR, or mend the rights.",
        facts={"path": str(out)},
    )


def _journal(settings: Settings) -> Iterator[Checked]:
    try:
        with session(settings, read_only=True) as opened:
            opened.journal.check()
            runs = len(opened.journal.runs())
            said = f"The journal is whole: {counted(runs, 'run')}."
            yield Checked(area="home", name="journal", level="ok", said=said, facts={"runs": runs})
            yield _purchases(opened)
            yield _at_work(opened)
            yield from _leftovers(opened)
    except RhflowError as error:
        yield Checked(area="home", name="journal", level="problem", said=f"{error.message}.", fix=error.hint)


def _purchases(opened: Session) -> Checked:
    """What was paid and is not here, and what nobody knows about; play money apart from real."""
    found = audit(opened)
    words = {"in_doubt": "in doubt", "uncollected": "not collected", "result_lost": "lost"}
    counts = {kind: sum(item.kind == kind for item in found.findings) for kind in words}
    facts: JsonObject = {**counts, "working": found.working, "purchases": found.purchases}
    if not found.findings:
        working = f", {found.working} of them at work just now" if found.working else ""
        said = f"No purchase waits for anybody: {found.purchases} in the ledger{working}."
        return Checked(area="home", name="purchases", level="ok", said=said, facts=facts)
    told = " and ".join(f"{number} {words[kind]}" for kind, number in counts.items() if number)
    play = " (all in play money)" if all(item.entry.realm == PLAY for item in found.findings) else ""
    return Checked(
        area="home",
        name="purchases",
        level="warning",
        said=f"Purchases wait: {told}{play}.",
        fix="rhflow audit names each, and what to do.",
        facts=facts,
    )


def _at_work(opened: Session) -> Checked:
    others = opened.journal.others_at_work()
    elsewhere = [owner for owner in others if owner.is_elsewhere]
    facts: JsonObject = {"processes": [str(owner) for owner in others]}
    told = ", ".join(map(str, others))
    if elsewhere:
        return Checked(
            area="home",
            name="at-work",
            level="warning",
            said=f"Another computer works in this home: {told}.",
            fix="Let one computer at a time work in a home.",
            facts=facts,
        )
    said = f"At work in this home: {told}." if others else "Nobody else is at work in this home."
    return Checked(area="home", name="at-work", level="ok", said=said, facts=facts)


def _leftovers(opened: Session) -> Iterator[Checked]:
    """What the dead have left. Their locks have ended with them: none has to be deleted."""
    found = list(leftovers(opened, opened.clock.now()))
    size = sum(item.bytes for item in found)
    if found:
        number = counted(len(found), "thing")
        yield Checked(
            area="home",
            name="leftovers",
            level="ok",
            said=f"Processes that died have left {number} ({size_text(size)}); their locks ended with them. "
            "rhflow cache prune tidies up.",
            facts={"things": len(found), "bytes": size},
        )
