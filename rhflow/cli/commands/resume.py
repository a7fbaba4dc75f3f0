"""`rhflow resume [RUN]`"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Annotated

import typer

from rhflow.app.listening import webhooks_of
from rhflow.app.order import Order
from rhflow.app.runs import facts_of, failed_again, find_run, read_plan, refuse_imported
from rhflow.app.session import session
from rhflow.cli.carrying import Telling
from rhflow.cli.ending import empty_run
from rhflow.cli.event_stream import events_stream
from rhflow.cli.old_prices import warn_of_old_prices
from rhflow.cli.options import (
    Concurrency,
    Events,
    Home,
    Json,
    Quiet,
    Verbose,
    WebhookHost,
    WebhookPort,
    WebhookUrl,
)
from rhflow.cli.speaking import guarded
from rhflow.cli.streams import say
from rhflow.planning.plan import Task, bill_of_tasks
from rhflow.settings import read_settings
from rhflow.view.lines import bill_text
from rhflow.view.run_view import status_of


@guarded(empty_run)
def command(
    run: Annotated[
        str | None,
        typer.Argument(metavar="RUN", help="A run; else the newest unfinished.", show_default=False),
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Buy failed tasks again where that can help.")] = False,
    concurrency: Concurrency = None,
    webhook_url: WebhookUrl = None,
    webhook_port: WebhookPort = None,
    webhook_host: WebhookHost = None,
    home: Home = None,
    events: Events = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    settings = read_settings(home=home, concurrency=concurrency)
    telling = Telling(as_json=as_json, quiet=quiet, verbose=verbose, events=events)
    with events_stream(events, as_json=as_json) as stream, session(settings, read_only=False) as opened:
        record = find_run(opened, run)
        refuse_imported(record)
        plan = read_plan(opened, record)
        facts = facts_of(opened, record, plan)
        failed = failed_again(facts)
        order = replace(
            Order.going_on(record, plan, settings.base_url),
            buy_failed_again=_agrees(failed, yes=yes, is_play=plan.provider == "simulator"),
            webhooks=webhooks_of(webhook_url, webhook_port, webhook_host),
        )
        if not quiet:
            is_done = status_of(facts) == "done"
            say(
                f"Run {record.id} of {plan.pipeline} is done; this is what it made."
                if is_done
                else f"Going on with run {record.id} of {plan.pipeline}."
            )
            warn_of_old_prices(plan.facts_of, opened.clock.now())
        return telling.carry_out(opened, order, stream)


def _agrees(failed: list[Task], *, yes: bool, is_play: bool) -> bool:
    """Buying a failed task again costs again: somebody must say so."""
    if not failed or yes:
        return yes
    names = ", ".join(task.id for task in failed[:5]) + (" …" if len(failed) > 5 else "")
    bill = bill_text(bill_of_tasks(failed))
    if not is_play and sys.stdin.isatty() and sys.stderr.isatty():
        return typer.confirm(f"{names} failed or ended early. Buy for {bill}?", err=True)
    say(f"{names}: failed and may pass another time, or cancelled; to buy for {bill}: rhflow resume --yes")
    return False
