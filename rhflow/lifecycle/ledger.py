"""The ledger: an entry for each purchase, what was set aside for it and what the far side took for it.

Here stands what a charge is, and what counts against a cap. Every figure of money that rhflow shows
is a sum of entries.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal, TypeAlias

from rhflow.ground.caps import CAP_WORDS, CapKind
from rhflow.ground.values import Json, Money, plain

EntryState: TypeAlias = Literal["submitting", "doubtful", "submitted", "closed"]
NOT_BOUGHT = frozenset({"refused", "absent"})
"""Outcomes of a purchase that came to nothing, unless something was charged or may have been."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One purchase as the ledger has it."""

    attempt: str
    key: str
    run: str
    task: str
    endpoint: str
    provider: str
    realm: str
    state: EntryState
    at: float
    """When it was promised (seconds since 1970): the moment it counts from."""
    currency: str = "CNY"
    """What was set aside is in this currency, and so is what it cost unless the far side says otherwise."""
    reserved: Money | None = None
    """The most it could cost when it was bought; None where nobody knew."""
    charged: Money | None = None
    """What it cost; None where the far side has not said, or never did."""
    coins: Decimal | None = None
    job: str | None = None
    outcome: str | None = None
    """How it ended: refused, absent, abandoned, failed, lost, collected."""
    owner: str = ""

    @property
    def is_open(self) -> bool:
        return self.state != "closed"

    @property
    def came_to_nothing(self) -> bool:
        """Proven: nothing was bought."""
        return self.outcome in NOT_BOUGHT and self.charged is not None and not self.charged.amount

    @property
    def is_told(self) -> bool:
        """Whether the far side has said what it cost, in money or in coins."""
        return self.charged is not None or self.coins is not None

    @property
    def committed(self) -> Money | None:
        """What counts against a cap: the charge where it is known, else what was set aside."""
        return self.reserved if self.charged is None else self.charged


def charge_of(usage: Json, currency: str = "CNY") -> Money | None:
    """What a job cost by the far side's word, None where it does not say.

    Time on the vendor's own machines and the bill of a third party are two parts of one price: where both
    are told they add up (RunningHub API, usage).

    Args:
        usage: of a job, as the events have it.
        currency: what the amounts are in where the usage itself does not say.
    """
    if not isinstance(usage, dict):
        return None
    told = [amount for name in ("money", "third_party") if (amount := _decimal(usage.get(name))) is not None]
    if not told:
        return None
    named = usage.get("currency")
    return Money(sum(told, Decimal(0)), named if isinstance(named, str) and named else currency)


def coins_of(usage: Json) -> Decimal | None:
    """The vendor's coins a job took; None where it does not say."""
    return _decimal(usage.get("coins")) if isinstance(usage, dict) else None


def _decimal(value: Json) -> Decimal | None:
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def sum_of(amounts: Iterable[Money | None]) -> dict[str, Decimal]:
    """The sum in each currency; they never add up to one."""
    found: dict[str, Decimal] = {}
    for money in amounts:
        if money is not None:
            found[money.currency] = found.get(money.currency, Decimal(0)) + money.amount
    return found


def by_run(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """The entries of each run, in their order."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.run, []).append(entry)
    return found


def charged(entries: Iterable[Entry]) -> dict[str, Decimal]:
    """What these cost by the far side's word, by currency: the one sum behind every "spent"."""
    return sum_of(entry.charged for entry in entries)


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid for a model before: experience, never a price."""

    median: Money
    purchases: int


def paid_before(entries: Iterable[Entry], realm: str) -> dict[str, Paid]:
    """By model: the median of what finished purchases cost on one far side, in the currency of the newest.

    Of an even number it is the dearer of the middle two: an amount that was really paid.
    """
    charges: dict[str, list[Money]] = {}
    for entry in entries:
        if entry.realm == realm and entry.outcome == "collected" and entry.charged is not None:
            charges.setdefault(entry.endpoint, []).append(entry.charged)
    found: dict[str, Paid] = {}
    for endpoint, paid in charges.items():
        same = sorted(money.amount for money in paid if money.currency == paid[-1].currency)
        found[endpoint] = Paid(Money(same[len(same) // 2], paid[-1].currency), len(same))
    return found


def day_of(at: float) -> tuple[float, float]:
    """The day of a moment, from its first second to the first of the next (seconds since 1970).

    Days are those of UTC, as every date that rhflow prints: processes in two time zones agree on them.
    """
    since = at // 86_400 * 86_400
    return since, since + 86_400


def passes(
    kind: CapKind, cap: Money, committed: Decimal, amount: Decimal | None, currency: str
) -> str | None:
    """Why a purchase would pass a cap, as the end of a sentence; None where it would not.

    Args:
        kind: over which stretch is counted.
        cap: the limit.
        committed: spent and promised over that stretch, in the cap's currency.
        amount: the most the purchase may cost; None where nobody knows.
        currency: what that is in.
    """
    if amount == 0:
        return None
    if amount is not None and currency != cap.currency:
        return f"its price is in {currency}, and the cap for {CAP_WORDS[kind]} is {cap}: nobody converts"
    left = cap.amount - committed
    words = "a day in UTC" if kind == "day" else CAP_WORDS[kind]
    if amount is None:
        if left > 0:
            return None
        return f"nobody knows its price, and {cap} for {words} are spent or promised. {_WAY_ON[kind]}"
    if amount <= left:
        return None
    return (
        f"it may cost {plain(amount)} {currency}, "
        f"and {plain(committed)} of {cap} for {words} are spent or promised. {_WAY_ON[kind]}"
    )


def dated_later(amount: Decimal, cap: Money) -> str:
    """One more sentence for a day's cap, where some of what counts bears the date of a day to come."""
    if not amount:
        return ""
    return f" {plain(amount)} {cap.currency} of it have a later date than today's: a clock was set back."


_NEW_RUN = "A run keeps its cap: a new one may have a higher, and finds in the store what was made."
_WAY_ON: dict[CapKind, str] = {
    "run": _NEW_RUN,
    "step": _NEW_RUN,
    "day": "With the next day, or a higher cap, the run can go on.",
    "project": "With a higher cap the run can go on.",
}
"""What to do where a cap is reached."""
