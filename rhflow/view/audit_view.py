"""The ledger against the world: paid and not here, in doubt, and how far estimates were off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from statistics import median
from typing import Literal, TypeAlias

from rhflow.ground.errors import EXIT_DONE, EXIT_DOUBT, EXIT_FAILED, EXIT_ORDER, EXIT_WAITING
from rhflow.ground.values import Json, JsonObject, plain
from rhflow.lifecycle.ledger import Entry, paid_before
from rhflow.view.cost_view import PLAY
from rhflow.view.run_view import instant

FindingKind: TypeAlias = Literal["in_doubt", "uncollected", "result_lost"]
EXIT_OF_FINDING: dict[FindingKind, int] = {
    "in_doubt": EXIT_DOUBT,
    "uncollected": EXIT_WAITING,
    "result_lost": EXIT_FAILED,
}
FINDING_WORDS: dict[FindingKind, str] = {
    "in_doubt": "in doubt: sent, and nobody knows whether it was bought",
    "uncollected": "paid and not collected",
    "result_lost": "paid, and the result is not to be had",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One purchase that is not in order, and what to do about it."""

    kind: FindingKind
    entry: Entry
    todo: str
    """A command line, or a sentence that holds one."""

    @property
    def amount(self) -> str:
        money = self.entry.committed
        return "an unknown amount" if money is None else f"{'' if self.entry.is_told else 'up to '}{money}"

    def to_json(self) -> JsonObject:
        entry, money = self.entry, self.entry.committed
        return {
            "kind": self.kind,
            "run": entry.run,
            "task": entry.task,
            "task_id": entry.job,
            "model": entry.endpoint,
            "realm": entry.realm,
            "since": instant(entry.at),
            "amount": None if money is None else plain(money.amount),
            "currency": entry.currency if money is None else money.currency,
            "todo": self.todo,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """When one job was accepted, first seen at work, and seen to have ended (seconds since 1970)."""

    accepted: float | None = None
    running: float | None = None
    ended: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """What this home has learnt of a model on one far side."""

    realm: str
    model: str
    currency: str
    purchases: int
    compared: int
    """Purchases of which both the estimate and the charge are known."""
    estimated: Decimal
    charged: Decimal
    """Both of those that can be compared."""
    untold: int
    """Ended, and the far side never said what they cost."""
    untold_reserved: Decimal
    """What had been set aside for those."""
    median_price: Decimal | None
    median_queued_s: float | None
    median_running_s: float | None

    @property
    def difference(self) -> Decimal:
        return self.charged - self.estimated

    @property
    def percent(self) -> Decimal | None:
        """The bill against the estimate; None without an estimate."""
        if not self.estimated:
            return None
        return (self.difference * 100 / self.estimated).quantize(Decimal("0.1"), ROUND_HALF_EVEN)

    def to_json(self) -> JsonObject:
        percent = self.percent
        return {
            "realm": self.realm,
            "model": self.model,
            "currency": self.currency,
            "purchases": self.purchases,
            "compared": self.compared,
            "estimated": plain(self.estimated),
            "charged": plain(self.charged),
            "difference": plain(self.difference),
            "percent": None if percent is None else str(percent),
            "untold": self.untold,
            "untold_reserved": plain(self.untold_reserved),
            "median_price": None if self.median_price is None else plain(self.median_price),
            "median_queued_s": self.median_queued_s,
            "median_running_s": self.median_running_s,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Everything an audit says."""

    findings: Sequence[Finding]
    working: int
    """Purchases that some process is at work on just now."""
    purchases: int
    models: Sequence[ModelRecord]

    @property
    def exit_code(self) -> int:
        """0 where all is in order; else the first of the contract's order."""
        codes = {EXIT_OF_FINDING[finding.kind] for finding in self.findings}
        return next((code for code in EXIT_ORDER if code in codes), EXIT_DONE)

    @property
    def to_json(self) -> JsonObject:
        findings: list[Json] = [finding.to_json() for finding in self.findings]
        models: list[Json] = [model.to_json() for model in self.models]
        return {
            "in_order": not self.findings,
            "purchases": self.purchases,
            "working": self.working,
            "findings": findings,
            "models": models,
            "problems": [],
        }


def model_records(entries: Iterable[Entry], moments: Mapping[str, Moments]) -> list[ModelRecord]:
    """By far side, model and currency; real money first, then the dearest first.

    Args:
        entries: of the ledger, oldest first.
        moments: of each attempt, as far as they are known.
    """
    groups: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in entries:
        if not entry.came_to_nothing:
            money = entry.committed
            currency = entry.currency if money is None else money.currency
            groups.setdefault((entry.realm, entry.endpoint, currency), []).append(entry)
    records = [
        _record(realm, model, currency, own, moments) for (realm, model, currency), own in groups.items()
    ]
    return sorted(records, key=lambda item: (item.realm == PLAY, item.realm, -item.charged, item.model))


def _record(
    realm: str, model: str, currency: str, own: Sequence[Entry], moments: Mapping[str, Moments]
) -> ModelRecord:
    pairs = [
        (entry.reserved.amount, entry.charged.amount)
        for entry in own
        if entry.reserved is not None and entry.charged is not None and entry.reserved.currency == currency
    ]
    untold = [entry for entry in own if not entry.is_open and not entry.is_told]
    known = [moments[entry.attempt] for entry in own if entry.attempt in moments]
    paid = paid_before(own, realm).get(model)
    return ModelRecord(
        realm=realm,
        model=model,
        currency=currency,
        purchases=len(own),
        compared=len(pairs),
        estimated=sum((estimated for estimated, _ in pairs), Decimal(0)),
        charged=sum((charged for _, charged in pairs), Decimal(0)),
        untold=len(untold),
        untold_reserved=sum((item.reserved.amount for item in untold if item.reserved), Decimal(0)),
        median_price=None if paid is None else paid.median.amount,
        median_queued_s=_median([_between(item.accepted, item.running) for item in known]),
        median_running_s=_median([_between(item.running, item.ended) for item in known]),
    )


def _between(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else max(0.0, end - start)


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(median(known), 1) if known else None
