"""`rhflow settle RUN TASK --task-id ID | --repeat | --abandon`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rhflow.app.runs import facts_of, find_run, read_plan
from rhflow.app.session import session
from rhflow.app.settling import settle
from rhflow.cli.options import Home, Json, Quiet, Verbose
from rhflow.cli.speaking import guarded
from rhflow.cli.streams import answer, say
from rhflow.ground.errors import UsageError
from rhflow.ground.values import JsonObject
from rhflow.settings import read_settings
from rhflow.view.remarks import evidence_of

MORE = (
    "Look the call up in the vendor's records first. --task-id brings in what was bought (also what was "
    "bought elsewhere); --repeat buys it again at the next resume; --abandon writes it off."
)


def _seen(run: str, task: str, home: Path | None) -> str | None:
    """What there is to go by: what the key's queue said of that submit."""
    with session(read_settings(home=home), read_only=True) as opened:
        try:
            record = find_run(opened, run)
        except UsageError:
            return None
        state = facts_of(opened, record, read_plan(opened, record)).states.get(task)
        evidence = evidence_of(state) if state is not None else None
    if evidence is None:
        return None
    return f"The key's queue: {evidence}. Look at the vendor's call records."


def _empty() -> JsonObject:
    return {"run": None, "task": None, "state": None, "problems": []}


@guarded(_empty)
def command(
    run: Annotated[str, typer.Argument(metavar="RUN", help="As rhflow runs lists it.", show_default=False)],
    task: Annotated[str, typer.Argument(metavar="TASK", help="Such as shots[2].clip.", show_default=False)],
    *,
    task_id: Annotated[
        str | None, typer.Option("--task-id", metavar="ID", help="The vendor's task id.", show_default=False)
    ] = None,
    repeat: Annotated[bool, typer.Option("--repeat", help="It was not accepted: buy it again.")] = False,
    abandon: Annotated[bool, typer.Option("--abandon", help="Write it off.")] = False,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001  # every command takes it
) -> int:
    if sum((task_id is not None, repeat, abandon)) != 1:
        raise UsageError("Say one of --task-id ID, --repeat and --abandon", _seen(run, task, home))
    with session(read_settings(home=home), read_only=False) as opened:
        state, run_id = settle(opened, run, task, task_id=task_id, repeat=repeat)
        held = opened.journal.open_attempt(state.key or "") if abandon else None
    if as_json:
        answer({"run": run_id, "task": task, "state": state.state.value, "problems": []})
    elif not quiet:
        say(f"{task} is {state.state.value} now. Go on with: rhflow resume {run_id}")
        if held is not None:
            say(
                f"Run {held.run} bought it, and it is not written off there: nobody buys it again meanwhile. "
                f"To do that, too: rhflow settle {held.run} '{held.task}' --abandon"
            )
    return 0
