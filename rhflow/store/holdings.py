"""What a home holds: results with their use, what is kept on purpose, what was let go of.

The journal answers for money; this answers for room. Nothing here deletes a file: whoever does
(`app/pruning.py`) lets go of a result first, so that a death in between leaves bytes nobody needs, and
never a result without bytes.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal

from rhflow.ground.artifact import Artifact
from rhflow.ground.errors import RunBusy
from rhflow.ground.values import Json, JsonObject, Money, plain
from rhflow.lifecycle.ledger import charge_of
from rhflow.planning.memory import LetGo, Recalled
from rhflow.ports import RunRecord
from rhflow.store.journal import Journal
from rhflow.store.queries import QUERIES
from rhflow.store.rows import read_artifacts, read_json, read_mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One remembered result: what it is, who made it, how often it was taken again."""

    key: str
    run: str
    task: str
    model: str
    artifacts: tuple[Artifact, ...]
    usage: Json
    estimated: str | None
    made: float
    provider: str | None
    """Whose work the run was; None where the run is not known."""
    uses: int = 0
    """How often a run took it from the store."""
    last_use: float = 0.0
    run_currency: str = "CNY"
    """What the purchases of that run were made in."""

    @property
    def is_paid(self) -> bool:
        """To make it again would cost money. The simulator and this machine work for nothing."""
        return _is_paid(self.model, self.provider)

    @property
    def cost(self) -> Money | None:
        """What the far side said it cost; else what it was expected to cost."""
        told = charge_of(self.usage, self.run_currency)
        if told is not None or self.estimated is None:
            return told
        return Money(Decimal(self.estimated), self.run_currency)

    @property
    def charged(self) -> str | None:
        """The amount of `cost`."""
        return None if self.cost is None else plain(self.cost.amount)

    @property
    def currency(self) -> str | None:
        """What that is in."""
        return None if self.cost is None else self.cost.currency


@dataclass(frozen=True, slots=True)
class BytesOfRun:
    """Bytes a run ended a task with: output `number` (from 0) of `task`."""

    run: str
    task: str
    key: str
    number: int
    sha256: str
    kind: str
    bytes: int
    model: str
    provider: str | None
    at: float

    @property
    def is_paid(self) -> bool:
        """See `Holding.is_paid`."""
        return _is_paid(self.model, self.provider)


def _is_paid(model: str, provider: str | None) -> bool:
    return not model.startswith("local/") and provider != "simulator"


@dataclass(frozen=True, slots=True)
class Pin:
    """Something that is never pruned: a run, or the result of a key."""

    kind: Literal["run", "key"]
    name: str
    at: float


class Holdings:
    """The shelf side of one home's journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def all(self) -> list[Holding]:
        """Every result, newest first.

        Raises:
            JournalDamaged: one cannot be read.
        """
        used = {key: (count, at) for key, count, at in self._journal.read("uses")}
        found = []
        for row in self._journal.read("holdings"):
            key, run, task, model, artifacts, usage, estimated, at, provider, currency = row
            uses, last = used.get(key, (0, at))
            found.append(
                Holding(
                    key=key,
                    run=run,
                    task=task,
                    model=model,
                    artifacts=read_artifacts(artifacts, f"the result of {task} in run {run}"),
                    usage=read_json(usage, "usage"),
                    estimated=estimated,
                    made=at,
                    provider=provider,
                    uses=uses,
                    last_use=max(at, last),
                    run_currency=currency,
                )
            )
        return found

    def bytes_of_runs(self) -> list[BytesOfRun]:
        """What the runs ended with, output by output."""
        return [BytesOfRun(*row) for row in self._journal.read("bytes_of_runs")]

    def request_of(self, run: str, task: str, key: str) -> JsonObject | None:
        """The request behind a key, as that task of that run made it; None where it made none."""
        rows = self._journal.read("request_of", run=run, task=task, key=key)
        return read_mapping(rows[0][0], f"a request of {task}") if rows else None

    def copies_of(self, sha256: str) -> list[Path]:
        """Where copies of these bytes were put for people; they may have been changed since."""
        return [Path(path) for (path,) in self._journal.read("copies_of", sha256=sha256)]

    # -- kept on purpose --------------------------------------------------------------------------

    def pins(self) -> list[Pin]:
        """What is never pruned, oldest first."""
        return [Pin(*row) for row in self._journal.read("pins")]

    def pin(self, pin: Pin) -> None:
        """Keep it from now on."""
        self._write("pin", kind=pin.kind, name=pin.name, at=pin.at)

    def unpin(self, kind: Literal["run", "key"], name: str) -> None:
        """Keep it no longer; nothing is deleted by that."""
        self._write("unpin", kind=kind, name=name)

    # -- let go of --------------------------------------------------------------------------------

    def let_go(
        self, keys: Callable[[], Sequence[str]], why: Literal["pruned", "forgotten"], at: float
    ) -> None:
        """Take results for gone, durably. What they were and cost stays known.

        Args:
            keys: asked once nobody else is at work: what was chosen earlier may have been used since.
            why: what the plan says of it later.
            at: seconds since 1970.

        Raises:
            RunBusy: another process is at work in the home.
        """
        with self.undisturbed() as cursor:
            for key in keys():
                cursor.execute(QUERIES["write_let_go"], {"key": key, "why": why, "at": at})
                cursor.execute(QUERIES["drop_result"], {"key": key})

    def gone(self, key: str) -> LetGo | None:
        """What was let go of under that key."""
        for run, task, model, artifacts, usage, estimated, _, at, why in self._journal.read(
            "let_go_of", key=key
        ):
            made = read_artifacts(artifacts, f"the result of {task} in run {run}")
            hit = Recalled(key, made, model, run, task, read_json(usage, "usage"), estimated)
            return LetGo(hit, why, at)
        return None

    def all_gone(self) -> list[LetGo]:
        """Everything that was let go of and not made anew since."""
        found = [self.gone(str(key)) for (key,) in self._journal.read("all_let_go")]
        return [item for item in found if item is not None and self._journal.recall(item.hit.key) is None]

    @contextlib.contextmanager
    def undisturbed(self) -> Iterator[sqlite3.Cursor]:
        """A time in which nobody else is at work in the home: the one in which things may be deleted.

        A process that is about to run has planned with what is here, even where it holds no run yet; one that
        comes now waits until this is over before it looks (`Database`).

        Raises:
            RunBusy: somebody is.
        """
        with self._journal.transaction(durable=True) as cursor:
            others = self._journal.others_at_work()
            if others:
                held = {owner: name for name, owner in cursor.execute(QUERIES["leases"]).fetchall()}
                what = held.get(others[0].name, "this home")
                raise RunBusy(
                    f"Another rhflow ({others[0]}) is working on {what}; nothing is deleted under it",
                    "Wait for it, then say it again.",
                )
            yield cursor

    def dead_uploads(self, now: float) -> int:
        """How many remembered uploads have expired."""
        return int(self._journal.read("dead_uploads", now=now)[0][0])

    def drop_dead_uploads(self, now: float) -> None:
        """Forget them."""
        self._write("drop_dead_uploads", now=now)

    # -- brought in -------------------------------------------------------------------------------

    def bring_in(
        self,
        run: RunRecord | None,
        story: Sequence[Mapping[str, object]],
        results: Sequence[Mapping[str, object]],
    ) -> int:
        """Write down a run of another home with its results, all or nothing; how many results were new.

        A purchase of theirs is none of ours: neither ledger nor limits see it. A key we know stays ours.
        Without a run only the results: the run is here already.
        """
        new = 0
        with self._journal.transaction(durable=True) as cursor:
            if run is not None:
                row = {name: getattr(run, name) for name in run.__slots__}
                cursor.execute(QUERIES["begin_run"], {**row, "body": json.dumps(run.body)})
                for event in story:
                    cursor.execute(QUERIES["bring_event"], {**event, "run": run.id})
            for result in results:
                new += cursor.execute(QUERIES["bring_result"], result).rowcount
        return new

    def _write(self, query: str, **values: object) -> None:
        with self._journal.transaction(durable=True) as cursor:
            cursor.execute(QUERIES[query], values)
