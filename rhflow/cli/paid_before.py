"""`plan` where nobody publishes a price: what this home paid before. Experience, never counted."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text

from rhflow.app.planned import Planned
from rhflow.cli.speaking import console
from rhflow.ground.values import JsonObject, plain
from rhflow.lifecycle.ledger import Paid


def has_unpriced(planned: Planned) -> bool:
    """Whether there is anything that experience could tell of."""
    return any(not judgement.quote.known for judgement in planned.judgements.values())


def add_paid(document: JsonObject, planned: Planned, paid: Mapping[str, Paid]) -> None:
    """Put it with each task of unknown price in the plan's document."""
    unpriced = {
        task.id: task.uses for task in planned.plan.tasks if not planned.judgements[task.id].quote.known
    }
    tasks = document["tasks"]
    for task in tasks if isinstance(tasks, list) else []:
        if isinstance(task, dict):
            known = paid.get(unpriced.get(str(task["id"]), ""))
            task["paid_before"] = None if known is None else _document(known)


def _document(known: Paid) -> JsonObject:
    money = known.median
    return {"median": plain(money.amount), "currency": money.currency, "purchases": known.purchases}


def show_paid(planned: Planned, paid: Mapping[str, Paid]) -> None:
    """A line for each model of unknown price that was bought here before."""
    unpriced = dict.fromkeys(
        task.uses for task in planned.plan.tasks if not planned.judgements[task.id].quote.known
    )
    known = {uses: paid[uses] for uses in unpriced if uses in paid}
    if not known:
        return
    out = console()
    out.print("\nFrom experience, no published price, and not in the sum:")
    for uses, item in known.items():
        often = "once" if item.purchases == 1 else f"{item.purchases} times"
        out.print(Text(f"  {uses} was bought here {often}, for {item.median} (median)"))
