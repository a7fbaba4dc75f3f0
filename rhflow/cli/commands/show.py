"""`rhflow show RUN`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from rhflow.app.finished import Finished
from rhflow.app.placing import Outputs
from rhflow.app.runs import facts_of, find_run, read_plan
from rhflow.app.session import session
from rhflow.cli.ending import empty_run
from rhflow.cli.options import Home, Json, Quiet, Verbose
from rhflow.cli.speaking import console, guarded
from rhflow.cli.streams import answer
from rhflow.cli.tables import Grid
from rhflow.ground.values import plain
from rhflow.lifecycle.states import State
from rhflow.settings import read_settings
from rhflow.view.lines import duration_text, price_text, state_text
from rhflow.view.remarks import choice_text, evidence_of
from rhflow.view.run_view import Facts, charged_for, money_of, plain_coins, status_of


@guarded(empty_run)
def command(
    run: Annotated[
        str | None, typer.Argument(metavar="RUN", help="A run; else the newest.", show_default=False)
    ] = None,
    *,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001  # every command takes it
) -> int:
    with session(read_settings(home=home), read_only=True) as opened:
        newest = next((item.id for item in opened.journal.runs()), None)
        record = find_run(opened, run or newest)
        plan = read_plan(opened, record)
        facts = facts_of(opened, record, plan)
        outputs = Outputs(Path(str(record.body.get("out"))), plan, opened.journal, opened.blobs)
        finished = Finished(facts, outputs, outputs.output_paths(facts.outputs))
        if as_json:
            answer(finished.document)
        else:
            _tell(facts, finished, quiet=quiet)
    return 0


def _tell(facts: Facts, finished: Finished, *, quiet: bool) -> None:
    out = console()
    money = money_of(facts)
    coins = f" and {plain_coins(money.coins)} coins" if money.coins is not None else ""
    out.print(f"run {facts.run} of {facts.plan.pipeline}: {status_of(facts)}")
    out.print(
        f"{plain(money.charged)} {money.currency}{coins} spent, {plain(money.saved)} saved; "
        f"by {facts.plan.provider}\n"
    )
    if quiet:
        return
    table = Grid(
        *("task", "state", "estimate", "charged", "took", "task id", "what"),
        right=("estimate", "charged", "took"),
        spare=("task id",),
    )
    said_before = ""
    for task in facts.plan.tasks:
        state = facts.states[task.id]
        purchase = state.purchase
        charged = charged_for(facts, task.id)
        took = ""
        if purchase is not None and purchase.collected is not None:
            took = duration_text(purchase.collected - purchase.intended)
        failed = state.failure.message if state.failure is not None else ""
        what = "the same" if failed and failed == said_before else failed
        said_before = failed
        if state.state is State.DONE:
            document = finished.document["tasks"]
            what = _files(document, task.id)
            choice = choice_text(task, state)
            what += f"  ({choice}: {state.model})" if choice else ""
        table.add(
            task.id,
            state_text(state),
            "free" if task.is_local else price_text(task.quote),
            plain(charged) if charged is not None else "",
            took,
            (purchase.job or "") if purchase is not None and not task.is_local else "",
            Text(what),
        )
    table.show(out)
    for task in facts.plan.tasks:
        evidence = evidence_of(facts.states[task.id])
        if evidence is not None:
            out.print(Text(f"\n{task.id}: {evidence}."))
            settling = f"rhflow settle {facts.run} '{task.id}' --task-id ID | --repeat | --abandon"
            out.print(f"  Look at the vendor's call records, then: {settling}")


def _files(document: object, task_id: str) -> str:
    tasks = document if isinstance(document, dict) else {}
    outputs = tasks.get(task_id, {}).get("outputs", [])
    return ", ".join(_near(str(item.get("path"))) for item in outputs if isinstance(item, dict))


def _near(path: str) -> str:
    """The path as seen from here, where it is below here."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path
