"""Money: prices nobody knows, currencies that do not meet."""

from __future__ import annotations

from collections.abc import Iterable

from rhflow.ground.diagnostics import Diagnostic
from rhflow.language.pipeline import Call
from rhflow.language.survey import Survey


def price_is_known(seen: Survey) -> Iterable[Diagnostic]:
    """A model without a published price needs a limit of the author's own."""
    for spot in seen.spots:
        body = spot.step.body
        if isinstance(body, Call) and body.model.price.basis == "unknown" and spot.step.max_cost is None:
            if (*spot.path, "max_cost") in seen.marks.keys:
                continue  # it stands there and was reported
            yield Diagnostic(
                body.uses_mark,
                f"nobody publishes the price of {body.uses}",
                "unknown-price",
                "state a limit with max_cost: 2 CNY, or run with --allow-unknown-price",
                "warning",
            )


def budget_currency(seen: Survey) -> Iterable[Diagnostic]:
    """Nothing converts between currencies, so a budget counts in the currency of the prices."""
    budget = seen.pipeline.budget
    for spot in seen.spots:
        step, body = spot.step, spot.step.body
        if not isinstance(body, Call) or body.model.price.basis == "free":
            continue
        currency = body.model.price.currency
        if budget is not None and budget.currency != currency:
            message = (
                f"the budget is in {budget.currency}, and {body.uses} is paid in {currency}; nobody converts"
            )
            mark = seen.marks.of(("budget",))
            yield Diagnostic(mark, message, "currency", f"write the budget in {currency}")
            return
        if step.max_cost is not None and step.max_cost.currency != currency:
            message = f"max_cost is in {step.max_cost.currency}, and {body.uses} is paid in {currency}"
            mark = seen.marks.of((*spot.path, "max_cost"))
            yield Diagnostic(mark, message, "currency", f"write it in {currency}")
