"""What was spent, drawn from the ledger: by far side and currency, and within that by what one asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal, TypeAlias, get_args

from rhflow.ground.values import Json, JsonObject, plain
from rhflow.lifecycle.ledger import Entry
from rhflow.view.run_view import instant, plain_coins

CostBy: TypeAlias = Literal["model", "pipeline", "day", "run"]
COST_BY: tuple[CostBy, ...] = get_args(CostBy)
PLAY = "simulator"
"""The far side whose money is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A result that was there already, and what it would have cost at least."""

    run: str
    task: str
    model: str
    realm: str
    currency: str
    at: float
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """The sums of some purchases on one far side in one currency."""

    name: str | None
    """What they have in common; None for all of them."""
    purchases: int = 0
    estimated: Decimal = Decimal(0)
    """The most they could cost when they were bought: what was set aside for them."""
    unpriced: int = 0
    """Purchases for which nothing could be set aside."""
    charged: Decimal = Decimal(0)
    open: int = 0
    """Not ended, or nobody knows how."""
    untold: int = 0
    """Ended, and the far side never said what they cost."""
    coins: Decimal = Decimal(0)
    saved: Decimal = Decimal(0)

    @classmethod
    def of(cls, entry: Entry) -> CostLine:
        """One purchase."""
        money, reserved = entry.committed, entry.reserved
        is_priced = reserved is not None and (money is None or reserved.currency == money.currency)
        return cls(
            name=None,
            purchases=1,
            estimated=reserved.amount if reserved is not None and is_priced else Decimal(0),
            unpriced=0 if is_priced else 1,
            charged=Decimal(0) if entry.charged is None else entry.charged.amount,
            open=1 if entry.is_open and not entry.is_told else 0,
            untold=1 if not entry.is_open and not entry.is_told else 0,
            coins=entry.coins or Decimal(0),
        )

    def __add__(self, other: CostLine) -> CostLine:
        """Both together, under the name of the first."""
        return CostLine(
            name=self.name,
            purchases=self.purchases + other.purchases,
            estimated=self.estimated + other.estimated,
            unpriced=self.unpriced + other.unpriced,
            charged=self.charged + other.charged,
            open=self.open + other.open,
            untold=self.untold + other.untold,
            coins=self.coins + other.coins,
            saved=self.saved + other.saved,
        )

    def to_json(self) -> JsonObject:
        return {
            "name": self.name,
            "purchases": self.purchases,
            "estimated": plain(self.estimated),
            "unpriced": self.unpriced,
            "charged": plain(self.charged),
            "open": self.open,
            "untold": self.untold,
            "coins": plain_coins(self.coins),
            "saved": plain(self.saved),
        }

    @property
    def remarks(self) -> str:
        """What the sums leave out, in words."""
        told = [
            (self.open, "not ended"),
            (self.untold, "never told"),
            (self.unpriced, "of unknown price"),
        ]
        words = [f"{number} {what}" for number, what in told if number]
        return ", ".join([*words, *([f"{plain_coins(self.coins)} coins"] if self.coins else [])])


@dataclass(frozen=True, slots=True, kw_only=True)
class FarSideCost:
    """What one far side got, in one currency."""

    realm: str
    provider: str
    currency: str
    total: CostLine
    lines: tuple[CostLine, ...]

    @property
    def is_play(self) -> bool:
        return self.realm == PLAY

    @property
    def heading(self) -> str:
        """`simulator, CNY in play money`."""
        return f"{self.realm}, {self.currency}{' in play money' if self.is_play else ''}"

    def to_json(self) -> JsonObject:
        lines: list[Json] = [line.to_json() for line in self.lines]
        return {
            "realm": self.realm,
            "provider": self.provider,
            "play": self.is_play,
            "currency": self.currency,
            "total": self.total.to_json(),
            "lines": lines,
        }


def costs(
    entries: Iterable[Entry],
    saved: Iterable[Saved],
    by: CostBy | None,
    pipelines: Mapping[str, str],
) -> list[FarSideCost]:
    """The sums per far side and currency, real money first.

    Args:
        entries: of the ledger; what came to nothing is left out.
        saved: what was there already.
        by: what the lines have in common; None for the totals alone.
        pipelines: run -> name of its pipeline.
    """
    name_of = _namer(by, pipelines)
    sides: dict[tuple[str, str], _Side] = {}
    for entry in entries:
        if not entry.came_to_nothing:
            money = entry.committed
            currency = entry.currency if money is None else money.currency
            side = sides.setdefault((entry.realm, currency), _Side(entry.provider))
            side.add(name_of(entry.run, entry.endpoint, entry.at), CostLine.of(entry))
    for hit in saved:
        if hit.amount:
            provider = PLAY if hit.realm == PLAY else "runninghub"
            side = sides.setdefault((hit.realm, hit.currency), _Side(provider))
            side.add(name_of(hit.run, hit.model, hit.at), CostLine(name=None, saved=hit.amount))
    return [
        FarSideCost(
            realm=realm,
            provider=side.provider,
            currency=currency,
            total=side.total,
            lines=side.sorted(by),
        )
        for (realm, currency), side in sorted(sides.items(), key=lambda item: (item[0][0] == PLAY, item[0]))
    ]


class _Side:
    """One far side as its purchases are counted."""

    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.total = CostLine(name=None)
        self._lines: dict[str, CostLine] = {}

    def add(self, name: str | None, more: CostLine) -> None:
        self.total += more
        if name is not None:
            self._lines[name] = self._lines.get(name, CostLine(name=name)) + more

    def sorted(self, by: CostBy | None) -> tuple[CostLine, ...]:
        """Days and runs newest first, the rest dearest first."""
        names = sorted(self._lines, reverse=by in ("day", "run"))
        if by in ("model", "pipeline"):
            names.sort(key=lambda name: -self._lines[name].charged)
        return tuple(self._lines[name] for name in names)


def _namer(by: CostBy | None, pipelines: Mapping[str, str]) -> Callable[[str, str, float], str | None]:
    """From run, model and moment of a purchase to the name of its line."""
    match by:
        case None:
            return lambda _run, _model, _at: None
        case "model":
            return lambda _run, model, _at: model
        case "pipeline":
            return lambda run, _model, _at: pipelines.get(run, "unknown")
        case "day":
            return lambda _run, _model, at: datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
        case "run":
            return lambda run, _model, _at: run


def cost_document(by: CostBy | None, since: float | None, sides: Iterable[FarSideCost]) -> JsonObject:
    """`rhflow cost --json`."""
    listed: list[Json] = [side.to_json() for side in sides]
    return {"by": by, "since": instant(since), "far_sides": listed, "problems": []}
