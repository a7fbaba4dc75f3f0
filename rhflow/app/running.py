"""Carrying a plan out: a new run, or going on with an old one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Callable, Iterator

from rhflow.app.finished import Finished
from rhflow.app.hands import hands, pace_of
from rhflow.app.order import Order
from rhflow.app.placing import Outputs
from rhflow.app.runs import begin, known_outputs
from rhflow.app.session import Session
from rhflow.ground.errors import StoreError
from rhflow.lifecycle.events import Event
from rhflow.lifecycle.states import TaskState
from rhflow.runner.budget import Budget
from rhflow.runner.lanes import Lanes
from rhflow.runner.local import drive_until_stopped
from rhflow.runner.resume import count_spent, reopen, reopen_free, reopenable
from rhflow.runner.run import Run
from rhflow.runner.stop import EXIT_OF_STOP, StopReason
from rhflow.view.run_view import Facts, status_of

Watch = Callable[[str, Event | None, TaskState], None]
"""Told of every fact: task id, event, where the task stands."""


async def carry_out(opened: Session, order: Order, watch: Watch) -> Finished:
    """Make the plan true, as far as it goes today.

    Raises:
        StoreError, AccountError: nothing was bought that is not written down.
    """
    journal = opened.journal
    journal.lease(f"run {order.run}", opened.clock.now())
    outputs = Outputs(order.out, order.plan, journal, opened.blobs)
    async with hands(opened, order.plan.provider, order.base_url, order.simulator) as held:
        if order.is_new:
            begin(opened, order, opened.clock.now())
        run = Run(
            id=order.run,
            plan=order.plan,
            hands=held,
            budget=Budget(order.consent.limit, allow_unknown=order.consent.allow_unknown_price),
            lanes=Lanes(opened.settings.concurrency, max(2, os.cpu_count() or 2)),
            pace=pace_of(opened.settings, order.plan.provider),
            fail_fast=order.fail_fast,
        )
        run.load()
        count_spent(run)
        if not order.is_new:
            reopen_free(run)
            if order.buy_failed_again:
                reopen(run, reopenable(run), "resume --yes")
        facts = await _drive(run, outputs, watch)
        journal.set_status(order.run, status_of(facts))
    return Finished(facts, outputs, outputs.place_outputs(facts.outputs))


async def _drive(run: Run, outputs: Outputs, watch: Watch) -> Facts:
    def observe(task_id: str, event: Event | None, state: TaskState) -> None:
        try:
            outputs.place_task(task_id, state)
        except StoreError as error:  # buy nothing more, and still bring home what was bought
            run.stop.set(StopReason.STORE, str(error))
        watch(task_id, event, state)

    for task in run.plan.tasks:
        observe(task.id, None, run.state(task.id))
    run.observe = observe
    with _signals() as interrupted:
        try:
            await drive_until_stopped(run, interrupted)
        finally:
            shutil.rmtree(run.hands.folder, ignore_errors=True)
    return _facts(run)


def _facts(run: Run) -> Facts:
    return Facts(
        run=run.id,
        plan=run.plan,
        states=dict(run.states),
        stops={reason.value: message for reason, message in run.stop.reasons.items()},
        stop_codes=tuple(EXIT_OF_STOP[reason] for reason in run.stop.reasons),
        parked={task: run.parked_why.get(task, reason) for task, reason in run.parked.items()},
        outputs=known_outputs(run.plan, run.outcomes, run.hands.clock.now()),
    )


@contextlib.contextmanager
def _signals() -> Iterator[asyncio.Event]:
    """An event that Ctrl-C or SIGTERM sets. A second one is the system's own: at once."""
    interrupted = asyncio.Event()
    loop = asyncio.get_running_loop()
    before: dict[int, object] = {}

    def told(number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(interrupted.set)
        signal.signal(number, signal.SIG_DFL)

    for caught in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(ValueError):  # not the main thread: somebody else's signals
            before[caught] = signal.signal(caught, told)
    try:
        yield interrupted
    finally:
        for number, handler in before.items():
            with contextlib.suppress(ValueError, TypeError):
                signal.signal(number, handler)  # type: ignore[arg-type]
