"""`plan --live`: the vendor's own figures beside the published ones."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal

from rich.text import Text

from rhflow.app.planned import Planned
from rhflow.app.prices import LivePrice, live_prices
from rhflow.app.session import Session
from rhflow.cli.speaking import console
from rhflow.cli.tables import Grid
from rhflow.ground.errors import AccountError, UsageError
from rhflow.ground.values import Json, JsonObject, plain
from rhflow.view.lines import price_text


def ask_live(opened: Session, planned: Planned) -> dict[str, list[LivePrice]]:
    """Ask for every task that would run; nothing is submitted.

    Raises:
        AccountError: there is no key, or the vendor does not take it.
        NetworkError: the vendor cannot be reached.
        UsageError: the plan is for the simulator, which has no prices of its own.
    """
    if planned.plan.provider == "simulator":
        if not opened.settings.has_key:
            raise AccountError(
                "plan --live asks RunningHub, and there is no API key", "Put it into RUNNINGHUB_API_KEY."
            )
        raise UsageError(
            "plan --live asks RunningHub, and this plan is for the simulator", "Add: --provider runninghub"
        )
    return asyncio.run(live_prices(opened, planned))


def add_live(document: JsonObject, planned: Planned, live: Mapping[str, Sequence[LivePrice]]) -> None:
    """Put each figure with its task in the plan's document."""
    tasks = document["tasks"]
    for body in tasks if isinstance(tasks, list) else []:
        if isinstance(body, dict):
            task = planned.plan.task(str(body["id"]))
            found = live.get(str(body["id"]))
            if task is None or found is None:
                body["live"] = None
                continue
            fallbacks: list[Json] = [
                {"uses": rung.uses, **_document(price)}
                for rung, price in zip(task.fallback, found[1:], strict=True)
            ]
            body["live"] = {**_document(found[0]), "fallbacks": fallbacks}


def _document(found: LivePrice) -> JsonObject:
    notes: list[Json] = [*found.notes]
    return {
        "price": None if found.amount is None else plain(found.amount),
        "currency": found.currency,
        "text": found.text,
        "notes": notes,
    }


def show_live(planned: Planned, live: Mapping[str, Sequence[LivePrice]]) -> None:
    """Both figures of every task that was asked for, rung by rung, and the sum."""
    out = console()
    if not live:
        out.print("\nNothing to ask the vendor for.")
        return
    table = Grid("task", "published", "live", "the vendor says", right=("published", "live"))
    first, most = _Sum(), _Sum()
    for name, prices in live.items():
        dearest = _dearest(prices)
        task = planned.plan.task(name)
        assert task is not None
        for number, (rung, found) in enumerate(zip(task.ladder, prices, strict=True)):
            amount = "–" if found.amount is None else plain(found.amount)
            mark = "the dearest of its ladder" if found is dearest and len(prices) > 1 else ""
            said = "; ".join(filter(None, (mark, found.text, *found.notes)))
            published = price_text(planned.judgements[name].quote) if number == 0 else ""
            table.add(name if number == 0 else f"or {rung.uses}", published, amount, Text(said, style="dim"))
        first.add(prices[0])
        most.add(dearest or prices[0])
    out.print("")
    table.show(out)
    out.print(f"\nThe vendor's own figures: {first}")
    if any(len(prices) > 1 for prices in live.values()):
        out.print(f"With the dearest of each ladder: {most}")


class _Sum:
    """Figures added up, each currency by itself, and how many tasks have none."""

    def __init__(self) -> None:
        self._by_currency: dict[str, Decimal] = {}
        self._silent = 0

    def add(self, price: LivePrice) -> None:
        if price.amount is None:
            self._silent += 1
        else:
            currency = price.currency or ""
            self._by_currency[currency] = self._by_currency.get(currency, Decimal(0)) + price.amount

    def __str__(self) -> str:
        sums = [f"{plain(amount)} {currency}" for currency, amount in self._by_currency.items()]
        missing = f"; {self._silent} without a figure" if self._silent else ""
        return f"{' and '.join(sums) or 'nothing known'}{missing}"


def _dearest(prices: Sequence[LivePrice]) -> LivePrice | None:
    """The rung that costs the most, as far as figures are known and in one currency."""
    known = [price for price in prices if price.amount is not None]
    if not known or len({price.currency for price in known}) > 1:
        return None
    return max(known, key=lambda price: price.amount or Decimal(0))
