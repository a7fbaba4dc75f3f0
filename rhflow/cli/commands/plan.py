"""`rhflow plan FILE`"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from rhflow.app.books import paid_here
from rhflow.app.planned import Planned, new_run_id, plan_file, run_names, uploads_of
from rhflow.app.session import session
from rhflow.cli.given import given_inputs
from rhflow.cli.live_prices import add_live, ask_live, show_live
from rhflow.cli.old_prices import warn_of_old_prices
from rhflow.cli.options import Home, Inputs, InputsFile, Json, Provider, Quiet, Verbose
from rhflow.cli.paid_before import add_paid, has_unpriced, show_paid
from rhflow.cli.speaking import console, guarded, show_problems
from rhflow.cli.streams import answer, say
from rhflow.cli.tables import plan_table
from rhflow.ground.errors import UsageError
from rhflow.ground.values import JsonObject
from rhflow.language.inputs import Given
from rhflow.planning.cost import bill_of
from rhflow.planning.diff import compare
from rhflow.settings import read_settings
from rhflow.view.diff_view import diff_document, diff_markdown
from rhflow.view.lines import VERDICT_WORDS, bill_text, price_text
from rhflow.view.plan_view import plan_document


def _empty() -> JsonObject:
    return {
        "pipeline": None,
        "provider": None,
        "tasks": [],
        "uploads": [],
        "cost": None,
        "counts": {},
        "problems": [],
    }


@guarded(_empty)
def command(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The pipeline.", show_default=False)
    ] = None,
    *,
    diff: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            "--diff", metavar="OLD NEW", help="What an edit costs, as Markdown.", show_default=False
        ),
    ] = None,
    inputs: Inputs = None,
    inputs_file: InputsFile = None,
    provider: Provider = None,
    home: Home = None,
    save: Annotated[
        Path | None,
        typer.Option("-o", metavar="PLAN.JSON", help="Freeze the plan into this file.", show_default=False),
    ] = None,
    as_json: Json = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Every reason in full, with what was filled in.")
    ] = False,
    live: Annotated[
        bool, typer.Option("--live", help="Ask the vendor for its own figures, too; buys nothing.")
    ] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    if diff is not None:
        return _diff(diff, given_inputs(inputs, inputs_file), provider=provider, home=home, as_json=as_json)
    if file is None:
        raise UsageError("plan wants a pipeline", "Name it: rhflow plan FILE")
    settings = read_settings(home=home, beside=file, provider=provider)
    with session(settings, read_only=True) as opened:
        names = run_names(new_run_id(opened.clock.now()), opened.clock.now())
        planned = plan_file(opened, file, given_inputs(inputs, inputs_file), names)
        paid = paid_here(opened, opened.realm) if has_unpriced(planned) else {}
        prices = ask_live(opened, planned) if live else None
    if as_json or save is not None:
        document = plan_document(planned.plan, planned.judgements, planned.problems, uploads_of(planned))
        add_paid(document, planned, paid)
        if prices is not None:
            add_live(document, planned, prices)
        if save is not None:
            _freeze(save, {**document, "requests": planned.plan.to_json()})
        if as_json:
            answer(document)
    if not as_json:
        _show(planned, quiet=quiet, explain=explain or verbose)
    if not quiet:
        warn_of_old_prices(planned.plan.facts_of, opened.clock.now())
    if not as_json:
        show_paid(planned, paid)
        if prices is not None:
            show_live(planned, prices)
    return 0


def _show(planned: Planned, *, quiet: bool, explain: bool) -> None:
    if not quiet:
        show_problems(planned.problems, planned.sources)
    if explain:
        _explain(planned)
    else:
        plan_table(planned.plan, planned.judgements).show(console())
    counts: dict[str, int] = {}
    for judgement in planned.judgements.values():
        counts[judgement.verdict] = counts.get(judgement.verdict, 0) + 1
    told = ", ".join(f"{number} {word.replace('_', ' ')}" for word, number in counts.items())
    play = ", in play money" if planned.plan.provider == "simulator" else ""
    bill, cap = bill_of(planned.judgements), planned.plan.budget.run
    stop = (
        f"; its budget stops it at {cap}"
        if cap and cap.currency == bill.currency and bill.high > cap.amount
        else ""
    )
    console().print(f"\n{told or 'nothing to do'}; it would cost {bill_text(bill)}{play}{stop}")
    if planned.plan.facts_of and not quiet:
        say(f"Prices as published on {planned.plan.facts_of} or later; the vendor's own figure decides.")


def _explain(planned: Planned) -> None:
    """Each task with all its reasons, one a line."""
    out = console()
    for task in planned.plan.tasks:
        judgement = planned.judgements[task.id]
        price = "free" if task.is_local else price_text(judgement.quote)
        cost = f"  {price} CNY" if price[0].isdigit() else f"  {price}"
        out.print(Text(f"{task.id}: {VERDICT_WORDS[judgement.verdict]}{cost}  {task.uses}"))
        reasons = [*judgement.why]
        if judgement.verdict != "cached" and judgement.quote.why:
            reasons.append(f"price: {judgement.quote.why}")
        if task.filled:
            reasons.append(f"filled in as documented: {', '.join(task.filled)}")
        if judgement.key:
            reasons.append(f"key {judgement.key}")
        for reason in reasons:
            out.print(Text(f"  {reason}"))


def _diff(
    files: tuple[Path, Path],
    given: dict[str, Given],
    *,
    provider: str | None,
    home: Path | None,
    as_json: bool,
) -> int:
    """Two texts side by side; what is in the store does not count."""
    plans = []
    for file in files:
        settings = read_settings(home=home, beside=file, provider=provider)
        with session(settings, read_only=True) as opened:
            names = run_names("run", opened.clock.now())
            plans.append(plan_file(opened, file, given, names).plan)
    found = compare(*plans)
    if as_json:
        answer({**_empty(), "diff": diff_document(found)})
    else:
        console().print(Text(diff_markdown(found, str(files[0]), str(files[1]))), soft_wrap=True)
    return 0


def _freeze(path: Path, document: JsonObject) -> None:
    try:
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error
