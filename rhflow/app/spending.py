"""The caps of a run: what was agreed to when it began, and what holds of a day and of the project now."""

from __future__ import annotations

from dataclasses import replace

from rhflow.app.order import Order
from rhflow.ground.caps import Caps, lowest
from rhflow.ground.errors import UsageError
from rhflow.ground.values import Money
from rhflow.planning.plan import Plan
from rhflow.settings import Settings


def caps_of(plan: Plan, settings: Settings, flag: Money | None = None) -> Caps:
    """Of each kind the lowest of the caps that were set: by the pipeline, the settings and `--max-cost`.

    Raises:
        UsageError: they are in different currencies.
    """
    hint = f"Give all of them in {plan.currency}."
    try:
        caps = lowest(Caps(run=flag), plan.budget, settings.budget)
    except ValueError as error:
        raise UsageError(f"The budget makes no sense: {error}", hint) from error
    if len(caps.currencies) > 1:
        raise UsageError(f"The budget is in different currencies: {caps}", hint)
    return caps


def under_caps(order: Order, settings: Settings) -> tuple[Order, Caps]:
    """The order with the caps it was agreed to, and all that no purchase of it may pass.

    A new run takes the lowest there are. One that goes on keeps those of the run and its steps, whatever
    the settings say by now; those of a day and of the project are read anew.

    Raises:
        UsageError: they are in different currencies.
    """
    consent = order.consent
    now = caps_of(order.plan, settings, consent.limit if order.is_new else None)
    if order.is_new:
        return replace(order, consent=replace(consent, limit=now.run, step=now.step)), now
    return order, replace(now, run=consent.limit, step=consent.step)
