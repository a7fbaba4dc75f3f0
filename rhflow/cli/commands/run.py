"""`rhflow run FILE`"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from rhflow.app.author_texts import AuthorTexts
from rhflow.app.listening import webhooks_of
from rhflow.app.order import Consent, Order, SimulatorChoice
from rhflow.app.planned import (
    Part,
    Planned,
    narrowed,
    new_run_id,
    plan_file,
    refuse_unknown_prices,
    run_names,
)
from rhflow.app.session import Session, session
from rhflow.app.spending import caps_of
from rhflow.app.web_inputs import learn, web_inputs
from rhflow.cli.carrying import Telling
from rhflow.cli.ending import empty_run
from rhflow.cli.event_stream import events_stream
from rhflow.cli.given import given_inputs
from rhflow.cli.old_prices import warn_of_old_prices
from rhflow.cli.options import (
    Concurrency,
    Events,
    Home,
    Inputs,
    InputsFile,
    Json,
    MaxCost,
    Only,
    Out,
    Provider,
    Quiet,
    Signed,
    UnknownPrice,
    Until,
    Verbose,
    WebhookHost,
    WebhookPort,
    WebhookUrl,
)
from rhflow.cli.speaking import console, guarded, show_problems
from rhflow.cli.streams import say
from rhflow.cli.tables import plan_table
from rhflow.ground.errors import UsageError
from rhflow.ground.values import Money
from rhflow.language.inputs import Given
from rhflow.planning.cost import bill_of
from rhflow.settings import read_settings
from rhflow.view.lines import bill_text

MORE = (
    "Exit codes: 0 done, 1 a step failed, 2 the text is wrong, 3 waiting, 4 account, 5 far side, 6 network, "
    "7 budget, 8 a submit is in doubt, 9 local state, 130 interrupted."
)


@guarded(empty_run)
def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The pipeline.", show_default=False)],
    *,
    inputs: Inputs = None,
    inputs_file: InputsFile = None,
    provider: Provider = None,
    yes: Annotated[bool, typer.Option("--yes", help="Agree to spend what the plan says.")] = False,
    max_cost: MaxCost = None,
    allow_unknown_price: UnknownPrice = False,
    signed: Signed = None,
    only: Only = None,
    until: Until = None,
    frozen: Annotated[bool, typer.Option("--frozen", help="Cached results only; buy nothing.")] = False,
    keep_going: Annotated[
        bool, typer.Option("--keep-going/--fail-fast", help="What to do when a step fails.")
    ] = True,
    concurrency: Concurrency = None,
    out: Out = None,
    webhook_url: WebhookUrl = None,
    webhook_port: WebhookPort = None,
    webhook_host: WebhookHost = None,
    home: Home = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="With the simulator: tiny media, for tests of a pipeline.")
    ] = False,
    events: Events = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    settings = read_settings(home=home, beside=file, provider=provider, concurrency=concurrency)
    if quick and settings.provider != "simulator":
        raise UsageError("--quick is the simulator's", "Leave it out, or add --provider simulator.")
    if settings.provider == "simulator" and not settings.provider_was_chosen and not quiet:
        say("No API key in the environment: this runs on the simulator, which makes real files for nothing.")
    telling = Telling(as_json=as_json, quiet=quiet, verbose=verbose, events=events)
    with events_stream(events, as_json=as_json) as stream, session(settings, read_only=False) as opened:
        run_id = new_run_id(opened.clock.now())
        given = given_inputs(inputs, inputs_file)
        planned = _planned(opened, file, given, run_id)
        planned = narrowed(opened, planned, Part(until=until, only=only, frozen=frozen, signed=signed))
        if not quiet:
            show_problems(planned.problems, planned.sources)
            warn_of_old_prices(planned.plan.facts_of, opened.clock.now())
        refuse_unknown_prices(planned, allowed=allow_unknown_price)
        limit = caps_of(planned.plan, settings, _money(max_cost, planned.plan.currency)).run
        _consent(opened, planned, yes=yes or max_cost is not None, limit=limit)
        order = Order(
            run=run_id,
            plan=planned.plan,
            consent=Consent(limit=limit, allow_unknown_price=allow_unknown_price),
            out=out.absolute() if out else settings.home.parent / "out" / planned.plan.pipeline,
            base_url=settings.base_url,
            simulator=SimulatorChoice(quick=quick),
            texts=AuthorTexts.gather(planned.plan.file, planned.sources, given),
            fail_fast=not keep_going,
            webhooks=webhooks_of(webhook_url, webhook_port, webhook_host),
        )
        return telling.carry_out(opened, order, stream)


def _planned(opened: Session, file: Path, given: Mapping[str, Given], run_id: str) -> Planned:
    """The judged plan; inputs that are web addresses are looked at first where money is at stake."""
    names = run_names(run_id, opened.clock.now())
    planned = plan_file(opened, file, given, names)
    urls = web_inputs(planned.plan)
    if urls and opened.settings.provider == "runninghub":
        asyncio.run(learn(opened, urls))
        planned = plan_file(opened, file, given, names)
    return planned


def _consent(opened: Session, planned: Planned, *, yes: bool, limit: Money | None) -> None:
    """Ask before money is spent. The simulator's is play money: nobody is asked."""
    bill = bill_of(planned.judgements)
    if opened.settings.provider == "simulator" or yes or (bill.high == 0 and bill.unknown == 0):
        return
    out = console(stderr=True)
    plan_table(planned.plan, planned.judgements).show(out)
    cap = f", at most {limit}" if limit else ""
    out.print(f"\nThis would cost {bill_text(bill)}{cap}, on {opened.settings.base_url}.")
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            f"This would cost {bill_text(bill)}, and nobody is here to agree",
            "Say --yes, or set a limit with --max-cost 12; try it for nothing with --provider simulator.",
        )
    if not typer.confirm("Buy it?", default=False, err=True):
        raise UsageError("Nothing was bought.")


def _money(text: str | None, currency: str) -> Money | None:
    if text is None:
        return None
    try:
        return Money.parse(text, currency)
    except ValueError as error:
        raise UsageError(f"--max-cost: {error}") from error
