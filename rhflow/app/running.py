"""Carrying a plan out: a new run, or going on with an old one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable, Iterator

from rhflow.app.ending_runs import is_wished, last_wish
from rhflow.app.finished import Finished
from rhflow.app.hands import hands, pace_of
from rhflow.app.listening import doorbell, said
from rhflow.app.order import Order
from rhflow.app.placing import Outputs
from rhflow.app.preflight import preflight
from rhflow.app.runs import begin, find_run, known_outputs, refuse_imported, unread_outputs
from rhflow.app.session import Session
from rhflow.app.spending import under_caps
from rhflow.ground.errors import EXIT_STATE, StoreError
from rhflow.lifecycle.events import Event
from rhflow.lifecycle.states import TaskState
from rhflow.runner.budget import Budget
from rhflow.runner.cancelling import begin_to_cancel, close, watch_for_a_wish
from rhflow.runner.lanes import Lanes
from rhflow.runner.local import drive_until_stopped
from rhflow.runner.mending import DAMAGED, mend_finished
from rhflow.runner.resume import reopen, reopen_free, reopenable
from rhflow.runner.run import Notify, Run
from rhflow.runner.stop import EXIT_OF_STOP, StopReason
from rhflow.view.run_view import Facts, status_of

HANGUP: signal.Signals | None = getattr(signal, "SIGHUP", None)
"""The terminal was closed; Windows has no such signal."""

Watch = Callable[[str, Event | None, TaskState], None]
"""Told of every fact: task id, event, where the task stands."""


async def carry_out(
    opened: Session,
    order: Order,
    watch: Watch,
    *,
    catches_signals: bool = True,
    notify: Notify = lambda _notice: None,
) -> Finished:
    """Make the plan true, as far as it goes today. With `catches_signals` Ctrl-C, SIGTERM and a
    closed terminal end it in order.

    `notify` is told what people should hear although no task has moved.

    Raises:
        StoreError, AccountError: nothing was bought that is not written down.
    """
    journal = opened.journal
    if not order.is_new:
        refuse_imported(find_run(opened, order.run))
    wished = last_wish(journal, order.run)
    journal.lease(f"run {order.run}", opened.clock.now())
    outputs = Outputs(order.out, order.plan, journal, opened.blobs, run=order.run)
    order, caps = under_caps(order, opened.settings)
    async with (
        doorbell(order.webhooks) as (bell, address),
        hands(opened, order.plan.provider, order.base_url, order.simulator, webhook=address) as held,
    ):
        run = Run(
            id=order.run,
            plan=order.plan,
            hands=held,
            budget=Budget(caps, allow_unknown=order.consent.allow_unknown_price),
            lanes=Lanes(opened.settings.concurrency, max(2, os.cpu_count() or 2)),
            pace=pace_of(opened.settings, order.plan.provider),
            fail_fast=order.fail_fast,
            notify=notify,
        )
        run.load()
        bell.belongs_to(run)
        if order.webhooks is not None:
            notify(said(order.webhooks))
        if order.is_to_end:
            begin_to_cancel(run)
        else:
            await preflight(run, opened, order)
        if order.is_new:
            begin(opened, order, opened.clock.now())
        elif not order.is_to_end:
            reopen_free(run)
            if order.buy_failed_again:
                reopen(run, reopenable(run), "resume --yes")
        async with _heeding(run, lambda: is_wished(journal, order.run, after=wished)):
            facts = await _drive(run, outputs, watch, catches_signals=catches_signals)
        journal.set_status(order.run, status_of(facts))
    return Finished(facts, outputs, outputs.place_outputs(facts.outputs))


async def _drive(run: Run, outputs: Outputs, watch: Watch, *, catches_signals: bool) -> Facts:
    def observe(task_id: str, event: Event | None, state: TaskState) -> None:
        try:
            outputs.place_task(task_id, state)
        except StoreError as error:  # buy nothing more, and still bring home what was bought
            run.stop.set(StopReason.STORE, str(error))
        watch(task_id, event, state)

    await mend_finished(run)
    for task in run.plan.tasks:
        observe(task.id, None, run.state(task.id))
    run.observe = observe
    with _signals() if catches_signals else contextlib.nullcontext(asyncio.Event()) as interrupted:
        try:
            await drive_until_stopped(run, interrupted)
            if run.is_cancelling:
                close(run)
        finally:
            shutil.rmtree(run.hands.folder, ignore_errors=True)
    return _facts(run)


@contextlib.asynccontextmanager
async def _heeding(run: Run, is_wished: Callable[[], bool]) -> AsyncIterator[None]:
    """Hear of it when somebody in another process wants the run to end."""
    watching = asyncio.create_task(watch_for_a_wish(run, is_wished), name="wishes")
    is_well = False
    try:
        yield
        is_well = True
    finally:
        watching.cancel()
        (ended,) = await asyncio.gather(watching, return_exceptions=True)
        if is_well and isinstance(ended, Exception):  # it was not waited for; what broke first is told first
            raise ended


def _facts(run: Run) -> Facts:
    stops = {reason.value: message for reason, message in run.stop.reasons.items()}
    codes = [EXIT_OF_STOP[reason] for reason in run.stop.reasons]
    damaged = [run.parked_why[task] for task, reason in run.parked.items() if reason == DAMAGED]
    if damaged:
        stops[DAMAGED] = "\n".join(damaged)
        codes.append(EXIT_STATE)
    return Facts(
        run=run.id,
        plan=run.plan,
        states=dict(run.states),
        stops=stops,
        stop_codes=tuple(codes),
        parked={task: run.parked_why.get(task, reason) for task, reason in run.parked.items()},
        outputs=known_outputs(run.plan, run.outcomes, run.hands.clock.now()),
        entries=tuple(run.hands.journal.ledger(run.id)),
        unread=unread_outputs(run.plan, run.outcomes, run.hands.clock.now()),
    )


@contextlib.contextmanager
def _signals() -> Iterator[asyncio.Event]:
    """An event that Ctrl-C, SIGTERM or a closed terminal sets.

    A second Ctrl-C or SIGTERM is the system's own: at once. A terminal that closes may say so twice, by its
    shell and by itself, and means one thing. Whoever began us with `nohup` wants nothing of it.
    """
    interrupted = asyncio.Event()
    loop = asyncio.get_running_loop()
    before: dict[int, object] = {}

    def told(number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(interrupted.set)
        if number != HANGUP:
            signal.signal(number, signal.SIG_DFL)

    for caught in (signal.SIGINT, signal.SIGTERM, HANGUP):
        if caught is None or signal.getsignal(caught) is signal.SIG_IGN:
            continue
        with contextlib.suppress(ValueError):  # not the main thread: somebody else's signals
            before[caught] = signal.signal(caught, told)
    try:
        yield interrupted
    finally:
        for number, handler in before.items():
            with contextlib.suppress(ValueError, TypeError):
                signal.signal(number, handler)  # type: ignore[arg-type]
