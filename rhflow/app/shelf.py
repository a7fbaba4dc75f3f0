"""What a home holds, for people: every result with its use, and the story behind one file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from rhflow.app.runs import find_run
from rhflow.app.session import Session
from rhflow.ground.artifact import Artifact
from rhflow.ground.errors import UsageError
from rhflow.ground.values import Json, JsonObject
from rhflow.planning.memory import LetGo
from rhflow.store.blobs import digest_file, store_error
from rhflow.store.holdings import BytesOfRun, Holding, Pin
from rhflow.view.run_view import instant

Condition: TypeAlias = Literal["sound", "damaged", "missing"]
_SHORTEST = 4
"""Fewer digits of a key or a digest than this name nothing."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """One result on the shelf."""

    holding: Holding
    size: int
    """Bytes on this disk."""
    pinned: bool
    missing: bool
    """Some of its bytes are not there."""

    def to_json(self) -> JsonObject:
        held = self.holding
        return {
            "key": held.key,
            "run": held.run,
            "task": held.task,
            "model": held.model,
            "kinds": [item.kind.value for item in held.artifacts],
            "sha256": [item.sha256 for item in held.artifacts],
            "bytes": self.size,
            "made": instant(held.made),
            "last_use": instant(held.last_use),
            "uses": held.uses,
            "paid": held.is_paid,
            "charged": held.charged,
            "currency": held.currency,
            "pinned": self.pinned,
            "missing": self.missing,
        }


def shelf(opened: Session) -> list[Shelved]:
    """Every result, newest first.

    Raises:
        JournalDamaged: one cannot be read.
    """
    pinned = pinned_keys(opened)
    found = []
    for held in opened.holdings.all():
        sizes = [opened.blobs.size(item.sha256) for item in held.artifacts]
        found.append(
            Shelved(held, sum(size or 0 for size in sizes), held.key in pinned, any(s is None for s in sizes))
        )
    return found


def pinned_keys(opened: Session) -> set[str]:
    """Keys that are kept on purpose: by themselves, or because a pinned run ended with them."""
    pins = opened.holdings.pins()
    runs = {pin.name for pin in pins if pin.kind == "run"}
    keys = {pin.name for pin in pins if pin.kind == "key"}
    return keys | {item.key for item in opened.holdings.bytes_of_runs() if item.run in runs} if runs else keys


def total_bytes(rows: list[Shelved], opened: Session) -> int:
    """Room they take together; bytes that several results share count once."""
    digests = {item.sha256 for row in rows for item in row.holding.artifacts}
    return sum(opened.blobs.size(digest) or 0 for digest in digests)


# -- the story behind one file ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Story:
    """Where some bytes come from: which request, by whom, who took them again, and how they are today."""

    held: Holding
    request: JsonObject | None
    used_by: tuple[tuple[str, str], ...]
    condition: tuple[Condition, ...]
    copies: tuple[str, ...]
    pinned: bool
    let_go: LetGo | None = None

    def to_json(self) -> JsonObject:
        artifacts: list[Json] = [
            {
                "kind": item.kind.value,
                "sha256": item.sha256,
                "bytes": item.bytes,
                "condition": condition,
                "url_expires": instant(item.expires) if item.url else None,
            }
            for item, condition in zip(self.held.artifacts, self.condition, strict=True)
        ]
        gone = self.let_go
        return {
            "key": self.held.key,
            "run": self.held.run,
            "task": self.held.task,
            "model": self.held.model,
            "made": instant(self.held.made),
            "paid": self.held.is_paid,
            "charged": self.held.charged,
            "currency": self.held.currency,
            "request": self.request,
            "artifacts": artifacts,
            "copies": list(self.copies),
            "used_by": [{"run": run, "task": task} for run, task in self.used_by],
            "pinned": self.pinned,
            "let_go": {"why": gone.why, "at": instant(gone.at)} if gone else None,
        }


def stories(opened: Session, what: str) -> list[Story]:
    """The results behind a key, a digest (or the beginning of one), or a file, newest first.

    Raises:
        UsageError: nothing here is called so.
    """
    path = Path(what)
    if path.is_file():
        return _stories_of_file(opened, path)
    if len(what) >= _SHORTEST:
        held = [item for item in _everything(opened) if _is_called(item[0], what)]
        if held:
            return [_story(opened, *item) for item in held]
    raise UsageError(
        f"No result and no file is called {what!r}",
        "Name a file, or the beginning of a key or of a SHA-256: rhflow cache ls",
    )


def find_holding(opened: Session, what: str) -> Holding:
    """The one result behind a key, a digest or a file.

    Raises:
        UsageError: there is none, or more than one.
    """
    found = [story.held for story in stories(opened, what) if story.let_go is None]
    if not found:
        raise UsageError(f"The result {what!r} was let go of already", f"See: rhflow cache show {what}")
    if len(found) > 1:
        keys = ", ".join(item.key[:12] for item in found[:4])
        raise UsageError(f"{what!r} names {len(found)} results", f"Name one by its key: {keys}")
    return found[0]


def pin_of(opened: Session, what: str) -> Pin:
    """What `cache pin` speaks of: a run by its id, else one result.

    Raises:
        UsageError: it is neither.
    """
    runs = opened.journal.runs()
    now = opened.clock.now()
    if any(run.id.startswith(what) for run in runs):
        return Pin("run", find_run(opened, what).id, now)
    return Pin("key", find_holding(opened, what).key, now)


def _everything(opened: Session) -> list[tuple[Holding, LetGo | None]]:
    gone = [
        (
            Holding(
                key=item.hit.key,
                run=item.hit.run,
                task=item.hit.task,
                model=item.hit.model,
                artifacts=item.hit.artifacts,
                usage=item.hit.usage,
                estimated=item.hit.estimated,
                made=item.at,
                provider=None,
            ),
            item,
        )
        for item in opened.holdings.all_gone()
    ]
    return [*((held, None) for held in opened.holdings.all()), *gone]


def _is_called(held: Holding, what: str) -> bool:
    return held.key.startswith(what) or any(item.sha256.startswith(what) for item in held.artifacts)


def _stories_of_file(opened: Session, path: Path) -> list[Story]:
    try:
        sha256, _ = digest_file(path)
    except OSError as error:
        raise store_error(error, path) from error
    held = [item for item in _everything(opened) if any(a.sha256 == sha256 for a in item[0].artifacts)]
    if held:
        return [_story(opened, *item) for item in held]
    older = [item for item in opened.holdings.bytes_of_runs() if item.sha256 == sha256]
    if older:
        where = ", ".join(dict.fromkeys(f"{item.task} of run {item.run}" for item in older[:3]))
        raise UsageError(
            f"{path} was made for {where}, and another result has taken its place since",
            f"See that run: rhflow show {older[-1].run}",
        )
    row = opened.journal.remembered("placed", str(path.absolute()))
    if row is not None:
        raise UsageError(
            f"{path} has been changed since rhflow put it there",
            f"What it was then: rhflow cache show {str(row[1])[:12]}",
        )
    raise UsageError(f"Nothing in {opened.settings.home} knows the bytes of {path}", "See: rhflow cache ls")


def _story(opened: Session, held: Holding, gone: LetGo | None) -> Story:
    used = [item for item in opened.holdings.bytes_of_runs() if item.key == held.key]
    return Story(
        held=held,
        request=request_behind(opened, held.run, held.task, held.key),
        used_by=tuple(dict.fromkeys((item.run, item.task) for item in used)),
        condition=tuple(condition_of(opened, item) for item in held.artifacts),
        copies=tuple(
            str(path)
            for item in held.artifacts
            for path in opened.holdings.copies_of(item.sha256)
            if path.is_file()
        ),
        pinned=held.key in pinned_keys(opened),
        let_go=gone,
    )


def condition_of(opened: Session, item: Artifact) -> Condition:
    """How the bytes are today; reads them."""
    if opened.blobs.has(item.sha256, verify=True):
        return "sound"
    return "damaged" if opened.blobs.has(item.sha256) else "missing"


def request_behind(opened: Session, run: str, task: str, key: str) -> JsonObject | None:
    """Endpoint and arguments of the request of a key, as a run wrote it down."""
    keyed = opened.holdings.request_of(run, task, key)
    if keyed is None:
        return None
    return {"endpoint": keyed["endpoint"], "arguments": keyed["request"]}


def who_needs(used: list[BytesOfRun], sha256: str) -> str:
    """`the video of shots[3].clip in run 2026…`, and how many more."""
    mine = [item for item in used if item.sha256 == sha256]
    if not mine:
        return "nothing any run remembers"
    first = mine[-1]
    others = len({(item.run, item.task) for item in mine}) - 1
    more = f" and {others} more" if others else ""
    return f"the {first.kind} of {first.task} in run {first.run}{more}"
