"""Before the first purchase: does the key buy what is wanted, and is there money enough?

The far side is asked once, and only where something is to be bought. Where it cannot be asked nothing is held
up: the first submit will tell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from rhflow.app.order import Order
from rhflow.app.session import Session
from rhflow.ground.caps import Caps
from rhflow.ground.errors import AccountError, RhflowError
from rhflow.ground.values import Money
from rhflow.language.free_form import form_of
from rhflow.lifecycle.notices import Notice
from rhflow.lifecycle.states import State, TaskState
from rhflow.planning.judge import judge
from rhflow.planning.plan import Judgement, Plan, Task
from rhflow.ports import Account, PollFailed, TellsItsAccount
from rhflow.runner.run import Run
from rhflow.runner.stop import StopReason

_PATIENCE_S = 10.0
_NOT_BOUGHT_YET = frozenset({State.WAITING, State.READY, State.BACKOFF})
_SURE = ("cached", "wait", "skip")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is still to be bought."""

    tasks: tuple[Task, ...]
    least: Money
    """Tasks that run for certain, each at its lowest price."""
    most: Money
    """All of them at their highest, as far as it is known."""

    @property
    def model(self) -> Task | None:
        """The first that asks for a standard model."""
        return next((task for task in self.tasks if form_of(task.uses) is None), None)


async def preflight(run: Run, opened: Session, order: Order) -> None:
    """Ask, and say what speaks against buying. A run that goes on still collects what it has bought.

    Raises:
        AccountError: a new run that the key cannot buy, or cannot pay.
    """
    paid = next((task for task in run.plan.tasks if not task.is_local), None)
    if paid is None or run.plan.provider == "simulator":  # the one in this process has no wallet
        return
    provider = run.hands.provider(paid)
    wanted = _wanted(run, opened, order)
    if wanted is None or not wanted.tasks or not isinstance(provider, TellsItsAccount):
        return
    try:
        async with asyncio.timeout(_PATIENCE_S):
            account = await provider.account()
    except (PollFailed, TimeoutError) as error:
        why = error.failure.message if isinstance(error, PollFailed) else "it did not answer in time."
        run.notify(Notice("money", f"The balance could not be asked for: {why}", is_minor=True))
        return
    objection = _objection(account, wanted)
    if objection is not None:
        if order.is_new:
            raise objection
        run.stop.set(StopReason.ACCOUNT, f"{objection.message}. {objection.hint}")
        return
    warning = _warning(account, wanted, run.budget.caps)
    if warning is not None:
        run.notify(Notice("money", warning, is_urgent=True))


def _wanted(run: Run, opened: Session, order: Order) -> Wanted | None:
    """What is to be bought; None where that cannot be told."""
    try:
        judged = judge(run.plan, opened.model, opened.memory, opened.clock.now())
    except RhflowError:  # a model that is gone: whoever needs it will say so
        return None
    tasks = tuple(
        task
        for task in run.plan.tasks
        if not task.is_local
        and judged[task.id].verdict in ("run", "run_unless_identical")
        and _may_be_bought(run.state(task.id), again=order.buy_failed_again)
    )
    sure = _sure(run.plan, judged)
    low = [judged[task.id].quote.low or Decimal(0) for task in tasks if task.id in sure]
    high = [judged[task.id].quote.high or Decimal(0) for task in tasks]
    currency = run.plan.currency
    return Wanted(tasks, Money(sum(low, Decimal(0)), currency), Money(sum(high, Decimal(0)), currency))


def _may_be_bought(state: TaskState, *, again: bool) -> bool:
    may_repeat = state.failure is not None and state.failure.repeatable
    return state.state in _NOT_BOUGHT_YET or (again and state.state is State.FAILED and may_repeat)


def _sure(plan: Plan, judged: Mapping[str, Judgement]) -> set[str]:
    """Tasks that run for certain: nothing they hang on may skip them, or come out as before."""
    sure: set[str] = set()
    for task in plan.tasks:
        judgement = judged[task.id]
        holds = all(need in sure or judged[need].verdict in _SURE for need in task.needs if need in judged)
        if judgement.verdict == "run" and holds and not task.conditions and not task.bounds:
            sure.add(task.id)
    return sure


def _objection(account: Account, wanted: Wanted) -> AccountError | None:
    """Why nothing can be bought; None where nothing speaks against it."""
    if account.bars_models is not None and wanted.model is not None:
        return AccountError(
            f"{account.bars_models}; {wanted.model.uses} is a standard model [1014]",
            "The Standard Model API takes enterprise-shared keys only. Nothing was bought.",
        )
    balance = _balance(account)
    if balance is None or balance.currency != wanted.least.currency or balance.amount >= wanted.least.amount:
        return None
    return AccountError(
        f"The balance is {balance}, and what is to be bought costs at least {wanted.least}",
        "Top the wallet up, or make a part with --until STEP. Nothing was bought.",
    )


def _warning(account: Account, wanted: Wanted, caps: Caps) -> str | None:
    balance, most = _balance(account), wanted.most
    if caps.run is not None and caps.run.currency == most.currency:
        most = min(most, caps.run, key=lambda money: money.amount)
    if balance is None or balance.currency != most.currency or balance.amount >= most.amount:
        return None
    return (
        f"The balance is {balance}, and this may cost up to {most}. Should it not last, the run stops, "
        "and goes on with: rhflow resume"
    )


def _balance(account: Account) -> Money | None:
    try:
        amount = Decimal(account.money or "")
    except InvalidOperation:
        return None
    return Money(amount, account.currency or "") if amount.is_finite() else None
