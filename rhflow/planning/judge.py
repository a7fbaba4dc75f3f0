"""What would happen now: each task against what is remembered. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from rhflow.catalog.model import Model
from rhflow.catalog.price import Quote, in_currency
from rhflow.catalog.quote import quote
from rhflow.ground.artifact import Artifact
from rhflow.ground.references import UrlMedia, refs_in, to_json
from rhflow.ground.values import as_object, plain, walk
from rhflow.lifecycle.ledger import charge_of
from rhflow.planning.explain import why_again, why_run, why_unsound
from rhflow.planning.identify import (
    SKIPPED,
    Identified,
    NoRequest,
    Outcome,
    SkipTask,
    identify,
    known_seconds,
)
from rhflow.planning.memory import Memory, Recalled, Unsound
from rhflow.planning.plan import Judgement, Plan, Task

_NOTHING = Quote(Decimal(0), Decimal(0))


def judge(plan: Plan, models: Callable[[str], Model], memory: Memory, now: float) -> dict[str, Judgement]:
    """A judgement per task, in plan order.

    Args:
        plan: what will be done.
        models: the model of an id.
        memory: what was made before; only asked.
        now: seconds since 1970, for links that may have died.
    """
    outcomes: dict[str, Outcome] = {}
    judged: dict[str, Judgement] = {}
    bought: dict[str, str] = {}
    for task in plan.tasks:
        found = _judge_one(plan, task, models(task.uses), memory, outcomes, judged, now)
        twin = (
            bought.setdefault(found.key, task.id)
            if found.key and found.verdict == "run" and task.cache
            else task.id
        )
        if twin != task.id:
            why = f"the same request as {twin}: it is bought once"
            found = replace(found, why=(why,), quote=_NOTHING)
        judged[task.id] = found
    return judged


def _judge_one(
    plan: Plan,
    task: Task,
    model: Model,
    memory: Memory,
    outcomes: dict[str, Outcome],
    judged: Mapping[str, Judgement],
    now: float,
) -> Judgement:
    refs = (*refs_in(list(task.conditions)), *refs_in(task.arguments))
    waits_for = [ref.task for ref in refs if ref.task not in outcomes]
    if waits_for and task.skip is None:
        return _behind(plan, task, waits_for, memory, judged)
    try:
        found = identify(task, model, plan.realm, outcomes, now)
    except SkipTask as reason:
        outcomes[task.id] = SKIPPED
        return Judgement(verdict="skip", why=(str(reason),), quote=_NOTHING)
    except NoRequest as error:
        return Judgement(verdict="run", why=(f"it would fail: {error}",), quote=_NOTHING)
    hit = memory.recall(found.key) if task.cache else None
    if hit is not None:
        outcomes[task.id] = outcome_of(hit)
        return Judgement(verdict="cached", why=(f"made by run {hit.run}",), key=found.key, quote=_NOTHING)
    lost = memory.lost(found.key) if task.cache else None
    if isinstance(lost, Unsound) and not task.is_local:
        outcomes[task.id] = outcome_of(lost.hit)  # it is these bytes again, or nothing goes on
        return Judgement(verdict="wait", why=(why_unsound(lost),), key=found.key, quote=_NOTHING)
    attempt = memory.open_attempt(found.key)
    if attempt is not None:
        if attempt.state == "submitted":
            why = f"run {attempt.run} has bought it and it is being made; it will only be collected"
        else:
            why = f"run {attempt.run} may have bought it; that must be settled first"
        return Judgement(verdict="wait", why=(why,), key=found.key, quote=_NOTHING)
    price = in_currency(quote(model, found.arguments, known_seconds(found.arguments) or None), plan.currency)
    dear = too_dear(price, task)
    if dear is not None:
        why = f"it would fail: {task.id}: {dear}"
        return Judgement(verdict="run", why=(why,), key=found.key, quote=_NOTHING)
    if not price.known:
        price = task.quote
    elif price.high is not None and task.quote.high is not None and (task.retry or task.fallback):
        price = replace(price, high=max(price.high, task.quote.high), why=task.quote.why)
    reasons = (why_again(lost),) if lost is not None else _reasons(plan, task, found, memory)
    return Judgement(verdict="run", why=reasons, key=found.key, quote=capped(price, task))


def _behind(
    plan: Plan, task: Task, waits_for: list[str], memory: Memory, judged: Mapping[str, Judgement]
) -> Judgement:
    """A task whose inputs are not known yet."""
    first = list(dict.fromkeys(waits_for))
    named = ", ".join(first[:3]) + (f" and {len(first) - 3} more" if len(first) > 3 else "")
    runs_anew = any(judged[item].verdict in ("run", "run_unless_identical") for item in first)
    before = memory.last_request(plan.pipeline, task.id)
    if before is None or _provider_of(plan, task) not in (None, before.provider):
        return Judgement(
            verdict="run", why=(f"never made; it waits for {named}",), quote=capped(task.quote, task)
        )
    why = f"{named} will be made {'again' if runs_anew else 'first'}; runs unless that comes out identical"
    return Judgement(verdict="run_unless_identical", why=(why,), quote=capped(task.quote, task))


def _reasons(plan: Plan, task: Task, found: Identified, memory: Memory) -> tuple[str, ...]:
    now = as_object(to_json(found.arguments), "a request")
    reasons = why_run(memory.last_request(plan.pipeline, task.id), task.uses, _provider_of(plan, task), now)
    by_address = any(
        isinstance(leaf, UrlMedia) and leaf.sha256 is None and leaf.url.startswith("http")
        for _, leaf in walk(found.arguments)
    )
    return (*reasons, "a web address in it counts as text: nobody has fetched it") if by_address else reasons


def _provider_of(plan: Plan, task: Task) -> str | None:
    """Whose work it is; None for work on this machine, which counts whoever else is at work."""
    return None if task.is_local else plan.provider


def capped(price: Quote, task: Task) -> Quote:
    """An unknown price under the author's own limit: nothing to the limit."""
    if price.known or task.max_cost is None:
        return price
    return Quote(
        Decimal(0), task.max_cost.amount, task.max_cost.currency, "no published price; the author's limit"
    )


def too_dear(price: Quote, task: Task) -> str | None:
    """Why one purchase at that price would pass the author's own limit for it; None where it would not."""
    limit = task.max_cost
    if limit is None or not price.high:
        return None
    if price.currency != limit.currency:
        return f"its price is in {price.currency}, and its max_cost is {limit}: nobody converts"
    if price.high <= limit.amount:
        return None
    return f"it may cost {plain(price.high)} {price.currency}, and its max_cost is {limit}"


def outcome_of(hit: Recalled) -> Outcome:
    """A remembered result as later tasks see it."""
    artifacts: tuple[Artifact, ...] = hit.artifacts
    cost = charge_of(hit.usage)
    return Outcome(artifacts, hit.model, None if cost is None else plain(cost.amount))
