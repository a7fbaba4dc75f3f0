"""`plan --live`: the vendor's own figures beside the published ones."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
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


def ask_live(opened: Session, planned: Planned) -> dict[str, LivePrice]:
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


def add_live(document: JsonObject, live: Mapping[str, LivePrice]) -> None:
    """Put each figure with its task in the plan's document."""
    tasks = document["tasks"]
    for task in tasks if isinstance(tasks, list) else []:
        if isinstance(task, dict):
            found = live.get(str(task["id"]))
            task["live"] = None if found is None else _document(found)


def _document(found: LivePrice) -> JsonObject:
    notes: list[Json] = [*found.notes]
    return {
        "price": None if found.amount is None else plain(found.amount),
        "currency": found.currency,
        "text": found.text,
        "notes": notes,
    }


def show_live(planned: Planned, live: Mapping[str, LivePrice]) -> None:
    """Both figures of every task that was asked for, and the sum."""
    out = console()
    table = Grid("task", "published", "live", "the vendor says", right=("published", "live"))
    sums: dict[str, Decimal] = {}
    silent = 0
    for name, found in live.items():
        amount = "–" if found.amount is None else plain(found.amount)
        said = "; ".join(filter(None, (found.text, *found.notes)))
        table.add(name, price_text(planned.judgements[name].quote), amount, Text(said, style="dim"))
        if found.amount is None:
            silent += 1
        else:
            currency = found.currency or ""
            sums[currency] = sums.get(currency, Decimal(0)) + found.amount
    if not live:
        out.print("\nNothing to ask the vendor for.")
        return
    out.print("")
    table.show(out)
    total = (
        " and ".join(f"{plain(amount)} {currency}" for currency, amount in sums.items()) or "nothing known"
    )
    missing = f"; {silent} without a figure" if silent else ""
    out.print(f"\nThe vendor's own figures: {total}{missing}")
