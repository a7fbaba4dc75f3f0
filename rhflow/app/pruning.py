"""Making room: what may go, what goes only when it is asked for by name, and what stays.

First a plan of what would go, which is all that happens without consent. Results are let go of in the journal
before their bytes are deleted: a death in between leaves bytes that nobody needs, never a result without
bytes. Nothing goes under a living run. What was paid for goes only where that was said.
"""

from __future__ import annotations

import contextlib
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Literal, TypeAlias

from rhflow.app.leftovers import Leftover, leftovers
from rhflow.app.session import Session
from rhflow.app.shelf import condition_of, pinned_keys
from rhflow.app.verifying import objects_in
from rhflow.ground.diagnostics import counted
from rhflow.ground.values import Json, JsonObject, Money, plain
from rhflow.lifecycle.ledger import sum_of
from rhflow.store.blobs import store_error
from rhflow.store.holdings import BytesOfRun, Holding
from rhflow.view.run_view import instant

_SETTLED_S = 3600.0
"""An object younger than this may belong to a result that is just being written down (seconds)."""
_UNFINISHED_S = 30 * 86_400.0
"""What an unfinished run has made is kept for so long: somebody may go on with it (seconds)."""
_FINISHED = ("done", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What shall go."""

    older_than_s: float | None = None
    """Results that nobody has used for so long."""
    max_bytes: int | None = None
    """The room the objects may take; those used longest ago go first."""
    unreferenced: bool = False
    """Objects that no result and no run knows."""
    damaged: bool = False
    """Results whose bytes are damaged or missing."""
    paid: bool = False
    """Also what would cost money to make again."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that can go: a result, or bytes that only the runs still speak of (`superseded`)."""

    key: str
    run: str
    task: str
    model: str
    digests: tuple[str, ...]
    paid: bool
    cost: Money | None
    last_use: float
    superseded: bool = False
    """Another result of the key has taken its place, or it was let go of before."""
    why: str = ""
    is_unwell: bool = False
    """It was asked for because its bytes are damaged or missing."""

    def to_json(self) -> JsonObject:
        return {
            "key": self.key,
            "run": self.run,
            "task": self.task,
            "model": self.model,
            "sha256": list(self.digests),
            "paid": self.paid,
            "charged": None if self.cost is None else plain(self.cost.amount),
            "currency": None if self.cost is None else self.cost.currency,
            "last_use": instant(self.last_use),
            "superseded": self.superseded,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class Kept:
    """What would have gone, and stays: how many, and what they cost once."""

    pieces: tuple[Piece, ...] = ()

    @property
    def cost(self) -> dict[str, Decimal]:
        """The sum of what is known, in each currency."""
        return sum_of(item.cost for item in self.pieces)

    def to_json(self) -> JsonObject:
        charged: JsonObject = {currency: plain(amount) for currency, amount in self.cost.items()}
        return {"results": len(self.pieces), "charged": charged}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """What goes, and what does not although it was asked for."""

    pieces: tuple[Piece, ...]
    objects: tuple[tuple[str, int], ...]
    """Objects that go with them or by themselves: digest and bytes."""
    leftovers: tuple[Leftover, ...]
    uploads: int
    """Remembered addresses of uploads that have died."""
    paid: Kept = field(default_factory=Kept)
    pinned: Kept = field(default_factory=Kept)
    needed: Kept = field(default_factory=Kept)
    """An unfinished run may still want them."""

    @property
    def bytes(self) -> int:
        """How much room it makes."""
        return sum(size for _, size in self.objects) + sum(item.bytes for item in self.leftovers)

    @property
    def is_nothing(self) -> bool:
        return not (self.pieces or self.objects or self.leftovers or self.uploads)

    def to_json(self) -> JsonObject:
        objects: list[Json] = [{"sha256": sha256, "bytes": size} for sha256, size in self.objects]
        return {
            "results": [item.to_json() for item in self.pieces],
            "objects": objects,
            "leftovers": [item.to_json() for item in self.leftovers],
            "uploads": self.uploads,
            "bytes": self.bytes,
            "kept": {
                "paid": self.paid.to_json(),
                "pinned": self.pinned.to_json(),
                "needed": self.needed.to_json(),
            },
        }


def choose(opened: Session, wanted: Wanted) -> Pruning:
    """What would go. Reads only.

    Raises:
        StoreError: the journal or the objects cannot be read.
    """
    now, stock = opened.clock.now(), _stock(opened)
    sorts: dict[_Sort, list[Piece]] = {"go": [], "pinned": [], "needed": [], "paid": []}
    for piece in _asked_for(opened, wanted, stock, now):
        sorts[stock.sort(piece, wanted)].append(piece)
    if wanted.max_bytes is not None:
        _make_room(wanted, stock, sorts)
    going = sorts["go"]
    digests = {digest for piece in going for digest in piece.digests} - stock.wanted_besides(going)
    if wanted.unreferenced:
        digests |= {sha256 for sha256 in stock.unknown() if _is_settled(opened, sha256, now)}
    return Pruning(
        pieces=tuple(going),
        objects=tuple((sha256, stock.sizes[sha256]) for sha256 in sorted(digests) if sha256 in stock.sizes),
        leftovers=tuple(leftovers(opened, now)),
        uploads=opened.holdings.dead_uploads(now),
        paid=Kept(tuple(sorts["paid"])),
        pinned=Kept(tuple(sorts["pinned"])),
        needed=Kept(tuple(sorts["needed"])),
    )


def carry_out(opened: Session, pruning: Pruning) -> Pruning:
    """Do what was chosen: first the journal, then the bytes. Returns what went.

    What was used, kept or made anew since it was chosen stays: it is looked at again once nobody else is at
    work, and nobody else can begin.

    Raises:
        RunBusy: another process is at work in the home; nothing was deleted.
        StoreError: something could not be deleted; what was let go of stays so.
    """
    pieces: list[Piece] = []

    def still_chosen() -> list[str]:
        pieces.extend(_as_chosen(opened, pruning.pieces))
        return [piece.key for piece in pieces if not piece.superseded]

    opened.holdings.let_go(still_chosen, "pruned", opened.clock.now())
    with opened.holdings.undisturbed():
        staying = _stock(opened).wanted_besides(pieces)
        gone = tuple(item for item in pruning.objects if item[0] not in staying)
        for sha256, _ in gone:
            _delete(opened.blobs.path(sha256))
        for item in pruning.leftovers:
            _delete(item.path)
    opened.holdings.drop_dead_uploads(opened.clock.now())
    return replace(pruning, pieces=tuple(pieces), objects=gone)


def _as_chosen(opened: Session, pieces: Iterable[Piece]) -> Iterable[Piece]:
    """Those of which nothing has changed: nobody has taken them again, pinned them, or begun to need them."""
    stock = _stock(opened)
    now = {(item.key, item.digests): item for item in stock.pieces}
    for piece in pieces:
        found = now.get((piece.key, piece.digests))
        if found is not None and found.last_use == piece.last_use and stock.keeper(piece) is None:
            yield piece


_Sort: TypeAlias = Literal["go", "pinned", "needed", "paid"]


@dataclass(frozen=True, slots=True)
class _Stock:
    """What a home holds at one moment, and what of it has to stay."""

    held: list[Holding]
    used: list[BytesOfRun]
    sizes: dict[str, int]
    """Of every object, by its digest; in bytes."""
    pieces: tuple[Piece, ...]
    """All that could be let go of."""
    pinned: set[str]
    needed: set[str]
    """Keys that an unfinished run may want."""

    def keeper(self, piece: Piece) -> Literal["pinned", "needed"] | None:
        """What keeps a piece here; nobody needs one that is damaged."""
        if piece.key in self.pinned:
            return "pinned"
        return "needed" if piece.key in self.needed and not piece.is_unwell else None

    def sort(self, piece: Piece, wanted: Wanted) -> _Sort:
        """What becomes of a piece that was asked for."""
        return self.keeper(piece) or ("paid" if piece.paid and not wanted.paid else "go")

    def wanted_besides(self, going: Iterable[Piece]) -> set[str]:
        """Bytes that something else still wants: another result, a pinned or an unfinished run."""
        keys = {piece.key for piece in going if not piece.superseded}
        others = {a.sha256 for holding in self.held if holding.key not in keys for a in holding.artifacts}
        stay = (self.pinned | self.needed) - keys
        return others | {item.sha256 for item in self.used if item.key in stay}

    def unknown(self) -> set[str]:
        """Objects that no result and no run knows."""
        known = {item.sha256 for item in self.used} | {a.sha256 for item in self.held for a in item.artifacts}
        return self.sizes.keys() - known


def _stock(opened: Session) -> _Stock:
    held, used = opened.holdings.all(), opened.holdings.bytes_of_runs()
    sizes = dict(objects_in(opened.blobs.folder))
    pieces = (*map(_of_result, held), *_of_old_runs(held, used, sizes))
    needed = _needed_keys(opened, used, opened.clock.now())
    return _Stock(held, used, sizes, pieces, pinned_keys(opened), needed)


def _of_result(held: Holding) -> Piece:
    digests = tuple(item.sha256 for item in held.artifacts)
    return Piece(held.key, held.run, held.task, held.model, digests, held.is_paid, held.cost, held.last_use)


def _of_old_runs(held: list[Holding], used: list[BytesOfRun], sizes: dict[str, int]) -> Iterable[Piece]:
    """Bytes that no result has any more: another result of the key took their place, or it was let go of."""
    current = {item.sha256 for holding in held for item in holding.artifacts}
    newest = {item.sha256: item for item in used if item.sha256 not in current and item.sha256 in sizes}
    paid = {item.sha256 for item in used if item.is_paid}
    for sha256, item in newest.items():
        yield Piece(
            item.key,
            item.run,
            item.task,
            item.model,
            (sha256,),
            sha256 in paid,
            None,
            item.at,
            superseded=True,
        )


def _asked_for(opened: Session, wanted: Wanted, stock: _Stock, now: float) -> Iterable[Piece]:
    unwell = {item.key for item in stock.held if wanted.damaged and _is_unwell(opened, item)}
    for piece in stock.pieces:
        if piece.key in unwell and not piece.superseded:
            yield replace(piece, why="its bytes are damaged or missing", is_unwell=True)
        elif wanted.older_than_s is not None and now - piece.last_use > wanted.older_than_s:
            yield replace(piece, why=f"not used for {_long(now - piece.last_use)}")


def _long(seconds: float) -> str:
    days = int(seconds // 86_400)
    return counted(days, "day") if days else f"{int(seconds // 3600)} h"


def _is_unwell(opened: Session, held: Holding) -> bool:
    return any(condition_of(opened, item) != "sound" for item in held.artifacts)


def _make_room(wanted: Wanted, stock: _Stock, sorts: dict[_Sort, list[Piece]]) -> None:
    """Those used longest ago, until the rest fits; what may not go is passed over, and told."""
    sorted_before = {(piece.key, piece.digests) for pieces in sorts.values() for piece in pieces}
    gone = {digest for piece in sorts["go"] for digest in piece.digests}
    left = sum(size for digest, size in stock.sizes.items() if digest not in gone)
    for piece in sorted(stock.pieces, key=lambda item: item.last_use):
        if left <= (wanted.max_bytes or 0):
            return
        if (piece.key, piece.digests) in sorted_before:
            continue
        sort = stock.sort(piece, wanted)
        sorts[sort].append(replace(piece, why="used longest ago"))
        if sort == "go":
            left -= sum(stock.sizes.get(digest, 0) for digest in set(piece.digests) - gone)
            gone |= set(piece.digests)


def _needed_keys(opened: Session, used: list[BytesOfRun], now: float) -> set[str]:
    """What an unfinished run of the last weeks has made or taken."""
    unfinished = {
        run.id
        for run in opened.journal.runs()
        if run.status not in _FINISHED and now - run.started < _UNFINISHED_S
    }
    return {item.key for item in used if item.run in unfinished}


def _is_settled(opened: Session, sha256: str, now: float) -> bool:
    try:
        return now - opened.blobs.path(sha256).stat().st_mtime > _SETTLED_S
    except OSError:
        return False


def _delete(path: Path) -> None:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            with contextlib.suppress(OSError):  # Windows deletes nothing that is read-only
                path.chmod(stat.S_IWRITE | stat.S_IREAD)
            path.unlink(missing_ok=True)
    except OSError as error:
        raise store_error(error, path) from error
