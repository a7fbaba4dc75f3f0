"""What is about to be bought: one request, from which its price, its room in the budget and its body come.

Validation, estimate, reservation and submission speak of the same arguments; a body that says something else
than they do is not sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import cast, get_args

from rhflow.catalog.check import check_arguments
from rhflow.catalog.model import Model, Naming
from rhflow.catalog.naming import wire_arguments
from rhflow.catalog.price import Quote, in_currency
from rhflow.catalog.quote import quote
from rhflow.ground.caps import CapKind
from rhflow.ground.references import Resolved
from rhflow.ground.values import Json, JsonObject, Money, path_text
from rhflow.language.free_form import form_of
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.lifecycle.ledger import dated_later
from rhflow.planning.identify import UNCHECKED, known_seconds
from rhflow.planning.judge import capped, too_dear
from rhflow.planning.plan import Task
from rhflow.ports import Allowance, Provider, Request
from rhflow.runner.run import Run

_MEDIUM = "\0medium"
"""Stands where a body has the address of a medium, whatever it is."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One request and what it may cost."""

    task: Task
    model: Model
    request: Request
    price: Quote
    allowance: Allowance

    def reserve(self, run: Run, attempt: str) -> str | None:
        """Hold room for it in the run's budget; a sentence why not."""
        journal, now = run.hands.journal, run.hands.clock.now()

        def committed(kind: CapKind, cap: Money) -> Decimal:
            return journal.committed(kind, self.allowance, cap.currency, now)

        refusal = run.budget.reserve(attempt, self.task.step, self.price, committed)
        day = self.allowance.caps.day
        if refusal is None or day is None:
            return refusal
        return refusal + dated_later(journal.committed_later(self.allowance, day.currency, now), day)

    def too_dear(self) -> Failure | None:
        """Why it must not be bought whatever the budget: it would pass the author's limit for it."""
        why = too_dear(self.price, self.task)
        return None if why is None else _blocked(f"{self.task.id}: {why}", FailureKind.BUDGET)

    def mismatch(self, body: JsonObject) -> Failure | None:
        """Why this body must not be sent: it does not fit the model, or is not what was priced."""
        checked = check_arguments(self.model, self.request.arguments)
        answered = UNCHECKED if self.task.unchecked else frozenset[str]()
        wrong = [
            item for item in checked.complaints if item.severity == "error" and item.name not in answered
        ]
        if wrong:
            where = path_text(wrong[0].path)
            return _blocked(f"{self.task.id}: {where + ': ' if where else ''}{wrong[0].message}")
        if form_of(self.request.endpoint) is not None:
            return None  # the provider's own form: a workflow's nodes, a conversation
        if any(_fits(meant, body) for meant in self._spellings()):
            return None
        return _blocked(f"{self.task.id}: what would be sent is not the request that was priced")

    def _spellings(self) -> list[JsonObject]:
        """The body in each spelling the far side may take."""
        meant = cast("JsonObject", _with_stand_ins(self.request.arguments))
        return [wire_arguments(self.model, meant, naming) for naming in get_args(Naming)]


def make_offer(run: Run, task: Task, provider: Provider, arguments: dict[str, Resolved]) -> Offer:
    """The purchase of exactly these arguments."""
    uses = task.ladder[run.state(task.id).rung].uses
    model = run.hands.model(uses)
    price = in_currency(quote(model, arguments, known_seconds(arguments)), run.plan.currency)
    allowance = Allowance(
        caps=run.budget.caps,
        run=run.id,
        tasks=run.tasks_of(task.step),
        provider=provider.name,
        realm=provider.realm,
    )
    price = capped(price if price.known else task.quote, task)
    return Offer(task, model, Request(uses, arguments), price, allowance)


def _blocked(message: str, kind: FailureKind = FailureKind.REFUSED_INPUT) -> Failure:
    return Failure(kind, message, hint="Nothing was bought for it.")


def _with_stand_ins(value: Resolved) -> Json:
    """The value as JSON, with a stand-in for every medium."""
    if isinstance(value, dict):
        return {name: _with_stand_ins(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_stand_ins(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else _MEDIUM


def _fits(meant: Json, sent: Json) -> bool:
    """Whether it is the same, to the type, with an address for every medium."""
    if isinstance(meant, dict) and isinstance(sent, dict):
        return meant.keys() == sent.keys() and all(_fits(item, sent[name]) for name, item in meant.items())
    if isinstance(meant, list) and isinstance(sent, list):
        return len(meant) == len(sent) and all(map(_fits, meant, sent))
    if meant == _MEDIUM:
        return isinstance(sent, str) and bool(sent)
    return type(meant) is type(sent) and meant == sent
