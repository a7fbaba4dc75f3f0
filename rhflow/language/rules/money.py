"""Money: prices nobody knows, currencies that do not meet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from math import prod

from rhflow.catalog.model import Model
from rhflow.catalog.quote import quote
from rhflow.catalog.read import Catalog
from rhflow.ground.caps import CAP_WORDS, CapKind
from rhflow.ground.diagnostics import Diagnostic
from rhflow.ground.values import Money, Path
from rhflow.language.expressions.tree import ListValue, Literal
from rhflow.language.pipeline import Call, Group, Include, Step
from rhflow.language.rules.promises import promised
from rhflow.language.survey import Survey


def price_is_known(seen: Survey) -> Iterable[Diagnostic]:
    """A model without a published price needs a limit of the author's own."""
    for spot, call, _ in seen.calls():
        if call.model.price.basis != "unknown" or spot.step.max_cost is not None:
            continue
        if (*spot.path, "max_cost") in seen.marks.keys or ("defaults", "max_cost") in seen.marks.keys:
            continue  # it stands there and was reported
        yield Diagnostic(
            call.uses_mark,
            f"nobody publishes the price of {call.uses}",
            "unknown-price",
            "state a limit with max_cost: 2 CNY, or run with --allow-unknown-price",
            "warning",
        )


def budget_currency(seen: Survey) -> Iterable[Diagnostic]:
    """Nothing converts between currencies, so a budget counts in the currency of the prices."""
    budget = seen.pipeline.budget
    for spot, body, _ in seen.calls():
        step = spot.step
        if body.model.price.basis == "free":
            continue
        currency = body.model.price.currency
        strange: list[tuple[CapKind, Money]] = [
            (kind, cap) for kind, cap in budget if cap.currency != currency
        ]
        for kind, cap in strange:
            message = (
                f"the budget is in {cap.currency}, and {body.uses} is paid in {currency}; nobody converts"
            )
            mark = seen.marks.of(_place_of(seen, kind))
            yield Diagnostic(mark, message, "currency", f"write the budget in {currency}")
        if strange:
            return
        if step.max_cost is not None and step.max_cost.currency != currency:
            message = f"max_cost is in {step.max_cost.currency}, and {body.uses} is paid in {currency}"
            own = (*spot.path, "max_cost")
            mark = seen.marks.of(own if own in seen.marks.keys else ("defaults", "max_cost"))
            yield Diagnostic(mark, message, "currency", f"write it in {currency}")


def budget_is_enough(seen: Survey) -> Iterable[Diagnostic]:
    """A budget that does not even pay the cheapest run stops it, unless the store has some of it already."""
    if seen.is_partial:
        return
    hint = "rhflow plan lists what costs what, and what is there already"
    for kind, cap in seen.pipeline.budget:
        if kind == "step":
            least, what = _dearest_step(seen.pipeline.steps, cap.currency, {}, "")
            what = f"the step {what} costs at least"
        else:
            least, what = _cheapest(seen.pipeline.steps, cap.currency, {}), "the cheapest run costs"
        if least > cap.amount:
            stretch = "" if kind == "run" else f" for {CAP_WORDS[kind]}"
            message = f"the budget{stretch} is {cap}, and {what} {Money(least, cap.currency)}"
            yield Diagnostic(seen.marks.of(_place_of(seen, kind)), message, "budget", hint, "warning")


def _place_of(seen: Survey, kind: CapKind) -> Path:
    """Where a cap stands; the plain budget is that of the run."""
    place: Path = ("budget", kind)
    return place if place in seen.marks.keys else ("budget",)


def _dearest_step(
    steps: Mapping[str, Step], currency: str, known: dict[str, Decimal], prefix: str
) -> tuple[Decimal, str]:
    """What the dearest of the declared steps costs at least over all its cells, and its name."""
    found: list[tuple[Decimal, str]] = [(Decimal(0), "")]
    for name, step in steps.items():
        inner = step.body.steps if isinstance(step.body, Group) else None
        if isinstance(step.body, Include):
            inner = step.body.pipeline.steps
        times = _least_times(step)
        if inner is None:
            found.append((_cheapest({name: step}, currency, known), f"{prefix}{name}"))
        elif times:
            least, inside = _dearest_step(inner, currency, known, f"{prefix}{name}.")
            found.append((times * least, inside))
    return max(found, key=lambda item: item[0])


def _cheapest(steps: Mapping[str, Step], currency: str, known: dict[str, Decimal]) -> Decimal:
    """What some steps cost at least: published prices, lists of unknown length taken as empty.

    `known`: what other pipelines cost at least, by file.
    """
    total = Decimal(0)
    for step in steps.values():
        times = _least_times(step)
        if not times:
            continue
        match step.body:
            case Call():
                rungs = [quote(call.model, promised(call, {})) for call in (step.body, *step.fallback)]
                lows = [rung.low for rung in rungs if rung.low is not None and rung.currency == currency]
                total += times * (min(lows) if len(lows) == len(rungs) else 0)
            case Group():
                total += times * _cheapest(step.body.steps, currency, known)
            case Include():
                part = step.body.pipeline
                if part.file not in known:
                    known[part.file] = _cheapest(part.steps, currency, known)
                total += times * known[part.file]
    return total


def _least_times(step: Step) -> int:
    """How often a step is done at least."""
    if step.condition is not None and not (
        isinstance(step.condition, Literal) and step.condition.value is True
    ):
        return 0
    lists = [] if step.foreach is None else [step.foreach]
    if step.matrix is not None:
        lists = list(step.matrix.axes.values())
    lengths = [len(value.items) if isinstance(value, ListValue) else 0 for value in lists]
    if step.matrix is not None and step.matrix.zip:
        return min(lengths, default=1)
    return prod(lengths)


def stable_channel(seen: Survey) -> Iterable[Diagnostic]:
    """The vendor sells some models twice; the cheaper way comes with less."""
    for _, call, _ in seen.calls():
        if call.model.tier == "channel-low-price":
            twin = _stable_twin(seen.catalog, call.model)
            hint = f"the vendor's stable one is {twin}" if twin else None
            message = f"{call.uses} is sold through a low-price channel, which is less dependable"
            yield Diagnostic(call.uses_mark, message, "low-price", hint, "note")


def _stable_twin(catalog: Catalog, model: Model) -> str | None:
    """The model the vendor files beside this one as the official, stable way."""
    words = set(re.split(r"[-/.]", model.id))
    twins = [
        other
        for other in catalog.models
        if other.tier == "official-stable" and other.task == model.task and other.output is model.output
    ]
    near = [other for other in twins if other.family == model.family and not other.deprecated]
    best = max(near, key=lambda other: len(words & set(re.split(r"[-/.]", other.id))), default=None)
    return best.id if best else None
