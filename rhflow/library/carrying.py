"""`run` and `resume`, and their asyncio forms: a plan carried out, with the consent that spending needs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from decimal import Decimal
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from rhflow.app.author_texts import AuthorTexts
from rhflow.app.finished import Finished
from rhflow.app.order import Consent, Order
from rhflow.app.planned import (
    Planned,
    narrowed,
    new_run_id,
    plan_bound,
    refuse_unknown_prices,
    run_names,
)
from rhflow.app.running import carry_out
from rhflow.app.runs import find_run, read_plan
from rhflow.app.session import Session
from rhflow.app.web_inputs import learn, web_inputs
from rhflow.ground.errors import PlanChanged, UsageError
from rhflow.ground.references import FileMedia
from rhflow.ground.values import JsonObject, Money, walk
from rhflow.library.place import place_of
from rhflow.library.plan import Plan
from rhflow.library.result import Result, result_of
from rhflow.lifecycle.events import Event
from rhflow.lifecycle.states import TaskState
from rhflow.planning.cost import bill_of
from rhflow.ports import Clock
from rhflow.view.event_view import event_document
from rhflow.view.lines import bill_text
from rhflow.view.run_view import instant

Watch = Callable[[JsonObject], None]
"""Gets every fact as it becomes true, in the form of `rhflow run --events` (schemas/events.schema.json).

What it raises ends the telling, not the run: it is raised again when the run has ended.
"""
Amount = str | int | Decimal | Money
"""`"12 CNY"`, `12`; never a float."""


async def arun(
    plan: Plan,
    *,
    yes: bool = False,
    max_cost: Amount | None = None,
    allow_unknown_price: bool = False,
    out: str | PathLike[str] | None = None,
    fail_fast: bool = False,
    watch: Watch | None = None,
) -> Result:
    """Carry a plan out. Cancelled, it lets go in good order, and `resume` goes on with it.

    Args:
        plan: as `Pipeline.plan` made it.
        yes: agree to spend what the plan says, and no more.
        max_cost: agree to spend up to this; the run stops before the purchase that would pass it.
        allow_unknown_price: buy what nobody publishes a price of, too.
        out: the folder for readable copies; else `out/<pipeline>/` beside the home.
        fail_fast: start nothing more when a step has failed.
        watch: told of every fact.

    Raises:
        UsageError: it would cost money and nobody agreed.
        PlanChanged: files of the author have changed since it was planned, or it would cost more.
        PriceUnknown: nobody publishes a price and nothing covers that.
        AccountError: there is no key.
        StoreError: local state failed; nothing was bought that is not written down.
    """
    with plan.place.open(read_only=False) as opened:
        run_id = new_run_id(opened.clock.now())
        planned = await _planned_now(opened, plan, run_id)
        limit = _money(max_cost, planned.plan.currency)
        refuse_unknown_prices(planned, allowed=allow_unknown_price)
        _refuse_without_consent(plan, planned, yes=yes, is_capped=limit is not None)
        order = Order(
            run=run_id,
            plan=planned.plan,
            consent=Consent(limit=limit, allow_unknown_price=allow_unknown_price),
            out=_folder_of(out, opened, planned),
            base_url=opened.settings.base_url,
            simulator=plan.place.simulator,
            texts=AuthorTexts.gather(planned.plan.file, planned.sources, plan.given),
            fail_fast=fail_fast,
        )
        return await _carried_out(opened, order, watch)


def run(
    plan: Plan,
    *,
    yes: bool = False,
    max_cost: Amount | None = None,
    allow_unknown_price: bool = False,
    out: str | PathLike[str] | None = None,
    fail_fast: bool = False,
    watch: Watch | None = None,
) -> Result:
    """`arun`, for programs without an event loop. Ctrl-C lets go in good order, too."""
    return _to_the_end(
        arun(
            plan,
            yes=yes,
            max_cost=max_cost,
            allow_unknown_price=allow_unknown_price,
            out=out,
            fail_fast=fail_fast,
            watch=watch,
        )
    )


async def aresume(
    run: str | Result | None = None,
    *,
    home: str | PathLike[str] | None = None,
    yes: bool = False,
    concurrency: int | None = None,
    watch: Watch | None = None,
    clock: Clock | None = None,
) -> Result:
    """Go on with a run as it was planned: collect what was bought, then do what is missing.

    Args:
        run: its id, or what became of it last; the newest unfinished run of the home where it is left out.
        home: where it is remembered, if that is not the nearest `.rhflow`.
        yes: buy failed tasks again where that can help.
        concurrency: paid jobs at once.
        watch: told of every fact.
        clock: in place of the machine's, for tests.

    Raises:
        UsageError: there is no such run.
        RunBusy: another process works on it.
        StoreError: local state failed; nothing was bought that is not written down.
    """
    if isinstance(run, Result):
        home, run = home or run.home, run.run
    place = place_of(home=home, beside=None, concurrency=concurrency, clock=clock)
    with place.open(read_only=False) as opened:
        record = find_run(opened, run)
        plan = read_plan(opened, record)
        order = Order.going_on(record, plan, opened.settings.base_url)
        order = replace(order, buy_failed_again=yes)
        return await _carried_out(opened, order, watch)


def resume(
    run: str | Result | None = None,
    *,
    home: str | PathLike[str] | None = None,
    yes: bool = False,
    concurrency: int | None = None,
    watch: Watch | None = None,
    clock: Clock | None = None,
) -> Result:
    """`aresume`, for programs without an event loop."""
    return _to_the_end(aresume(run, home=home, yes=yes, concurrency=concurrency, watch=watch, clock=clock))


async def _planned_now(opened: Session, plan: Plan, run_id: str) -> Planned:
    """The plan under the run's own name, against what the home remembers by now.

    Raises:
        PlanChanged: it would not be the plan that somebody has seen.
    """
    names = run_names(run_id, opened.clock.now())
    planned = narrowed(opened, plan_bound(opened, plan.bound, names), plan.part)
    urls = web_inputs(planned.plan)
    if urls and opened.settings.provider == "runninghub":
        await learn(opened, urls)
        planned = narrowed(opened, plan_bound(opened, plan.bound, names), plan.part)
    seen, found = _files_of(plan.planned), _files_of(planned)
    changed = [path for path, sha256 in found.items() if seen.get(path) != sha256]
    if changed or [task.id for task in planned.plan.tasks] != [task.id for task in plan.planned.plan.tasks]:
        raise PlanChanged(
            f"{', '.join(changed) or 'What the pipeline reads'} has changed since it was planned",
            "Plan again: pipeline.plan(…)",
        )
    return planned


def _folder_of(out: str | PathLike[str] | None, opened: Session, planned: Planned) -> Path:
    if out is not None:
        return Path(fspath(out)).absolute()
    return opened.settings.home.parent / "out" / planned.plan.pipeline


def _files_of(planned: Planned) -> dict[str, str | None]:
    """The author's files by path, with what was in them."""
    return {
        leaf.path: leaf.sha256
        for task in planned.plan.tasks
        for rung in task.ladder
        for _, leaf in walk(rung.arguments)
        if isinstance(leaf, FileMedia)
    }


def _refuse_without_consent(plan: Plan, planned: Planned, *, yes: bool, is_capped: bool) -> None:
    """Nobody is here to be asked: the program says beforehand what may be spent.

    Raises:
        UsageError: it did not.
        PlanChanged: it would cost more than it agreed to.
    """
    now, agreed = bill_of(planned.judgements), plan.cost
    if planned.plan.provider == "simulator" or is_capped or (now.high == 0 and now.unknown == 0):
        return
    if not yes:
        raise UsageError(
            f"This would cost {bill_text(now)}, and nobody agreed to that",
            'Write run(plan, yes=True) or run(plan, max_cost="12 CNY"); '
            'try it for nothing with load(file, provider="simulator").',
        )
    if now.high > agreed.high or now.unknown > agreed.unknown:
        raise PlanChanged(
            f"It would cost {bill_text(now)} by now, and {bill_text(agreed)} when it was planned",
            "Plan again: pipeline.plan(…)",
        )


async def _carried_out(opened: Session, order: Order, watch: Watch | None) -> Result:
    told = _Told(order.run, opened.clock, watch)
    finished: Finished = await carry_out(opened, order, told, catches_signals=False)
    if told.error is not None:
        raise told.error
    return result_of(finished, opened.settings.home)


class _Told:
    """Hands facts on; an error on the other side must not fall between an intention and its purchase."""

    def __init__(self, run: str, clock: Clock, watch: Watch | None) -> None:
        self._run = run
        self._clock = clock
        self._watch = watch
        self.error: Exception | None = None

    def __call__(self, task: str, event: Event | None, _state: TaskState) -> None:
        if event is None or self._watch is None or self.error is not None:
            return
        try:
            self._watch(event_document(self._run, task, event, instant(self._clock.now())))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is raised when the run has ended
            self.error = error


def _money(amount: Amount | None, currency: str) -> Money | None:
    """The limit as an amount of money.

    Raises:
        UsageError: it is none.
    """
    if amount is None or isinstance(amount, Money):
        return amount
    if isinstance(amount, bool) or not isinstance(amount, str | int | Decimal):
        raise UsageError(f"max_cost={amount!r} is no amount of money", 'Write it as "12 CNY".')
    try:
        return Money.parse(str(amount), currency)
    except ValueError as error:
        raise UsageError(f"max_cost: {error}") from error


def _to_the_end(work: Coroutine[Any, Any, Result]) -> Result:
    if _is_in_a_loop():
        work.close()
        raise UsageError("An event loop is running here already", "Write: await arun(plan)")
    return asyncio.run(work)


def _is_in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
