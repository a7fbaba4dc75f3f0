"""`rhflow audit`"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich.text import Text

from rhflow.app.books import audit
from rhflow.app.session import session
from rhflow.cli.options import Home, Json, Quiet, Verbose
from rhflow.cli.speaking import console, guarded
from rhflow.cli.streams import answer
from rhflow.cli.tables import Grid
from rhflow.ground.diagnostics import counted
from rhflow.ground.values import JsonObject, plain
from rhflow.settings import read_settings
from rhflow.view.audit_view import FINDING_WORDS, Audit, ModelRecord
from rhflow.view.cost_view import PLAY
from rhflow.view.lines import duration_text
from rhflow.view.run_view import instant

MORE = (
    "Exit codes: 0 all is in order, 8 a submit is in doubt, 3 something paid is not collected, "
    "1 the result of something paid is not to be had."
)


def _empty() -> JsonObject:
    return {
        "in_order": False,
        "purchases": 0,
        "working": 0,
        "findings": [],
        "models": [],
        "problems": [],
    }


@guarded(_empty)
def command(
    *,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001  # every command takes it
) -> int:
    with session(read_settings(home=home), read_only=True) as opened:
        found = audit(opened)
    if as_json:
        answer(found.to_json)
    else:
        _tell(found, quiet=quiet)
    return found.exit_code


def _tell(found: Audit, *, quiet: bool) -> None:
    out = console()
    for finding in found.findings:
        entry = finding.entry
        play = " in play money" if entry.realm == PLAY else ""
        task_id = f", task id {entry.job}" if entry.job else ""
        out.print(
            Text(
                f"{entry.task} of run {entry.run}: {FINDING_WORDS[finding.kind]}\n"
                f"  {entry.endpoint}, {finding.amount}{play}, since {instant(entry.at)}{task_id}\n"
                f"  to do: {finding.todo}"
            ),
            soft_wrap=True,
        )
    if quiet:
        return
    if found.findings:
        out.print("")
    working = f"; {found.working} at work just now" if found.working else ""
    number = counted(found.purchases, "purchase")
    wrong = f"{len(found.findings)} not in order" if found.findings else "all in order"
    out.print(f"{number}: {wrong}{working}.")
    if found.models:
        out.print("")
        _models(found.models).show(out)


def _models(models: Sequence[ModelRecord]) -> Grid:
    """The estimates against the bill, and what experience tells of price and time."""
    table = Grid(
        *("model", "bought", "estimated", "charged", "off by", "usual", "queued", "running", "besides"),
        right=("bought", "estimated", "charged", "off by", "usual", "queued", "running"),
        spare=("usual", "queued", "running"),
    )
    for model in models:
        table.add(
            model.model,
            str(model.purchases),
            _amount(model.estimated if model.compared else None),
            _amount(model.charged if model.compared else None),
            "" if model.percent is None else f"{model.percent:+} %",
            _amount(model.median_price),
            _time(model.median_queued_s),
            _time(model.median_running_s),
            _besides(model),
        )
    return table


def _besides(model: ModelRecord) -> str:
    play = " in play money" if model.realm == PLAY else ""
    told = f"{model.realm}, {model.currency}{play}"
    if model.untold:
        held = f", {plain(model.untold_reserved)} set aside" if model.untold_reserved else ""
        told += f"; {model.untold} never told{held}"
    return told


def _amount(amount: Decimal | None) -> str:
    return "" if amount is None else plain(amount)


def _time(seconds: float | None) -> str:
    return "" if seconds is None else duration_text(seconds)
