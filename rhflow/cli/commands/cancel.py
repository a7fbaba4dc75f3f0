"""`rhflow cancel RUN`"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from rhflow.app.ending_runs import wish
from rhflow.app.finished import Finished
from rhflow.app.order import Order
from rhflow.app.placing import Outputs
from rhflow.app.runs import facts_of, find_run, read_plan
from rhflow.app.session import Session, session
from rhflow.cli.carrying import Telling
from rhflow.cli.ending import empty_run, end_run
from rhflow.cli.options import Home, Json, Quiet, Verbose
from rhflow.cli.speaking import guarded
from rhflow.cli.streams import say
from rhflow.ground.errors import EXIT_DONE, EXIT_DOUBT, EXIT_WAITING
from rhflow.lifecycle.states import TERMINAL, State, TaskState
from rhflow.lifecycle.transitions import apply
from rhflow.settings import read_settings
from rhflow.view.lines import event_line
from rhflow.view.run_view import Facts

MORE = (
    "Nothing more is bought. What runs is cancelled where the far side does that (it documents that for "
    "workflows and apps, not for models), and is looked at until it has ended; what will not be cancelled is "
    "made, paid and collected. What a cancelled task costs nobody says: see rhflow show afterwards."
)
_LOOK_EVERY_S = 0.5


@guarded(empty_run)
def command(
    run: Annotated[str, typer.Argument(metavar="RUN", help="As rhflow runs lists it.", show_default=False)],
    *,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    settings, began = read_settings(home=home), time.monotonic()
    with session(settings, read_only=False) as opened:
        record = find_run(opened, run)
        plan = read_plan(opened, record)
        if opened.journal.is_leased(f"run {record.id}"):
            wish(opened.journal, record.id, opened.clock.now())
            if not quiet:
                say(f"Another rhflow works on run {record.id}; it has been told to end it.")
            _follow(opened, record.id, quiet=quiet)
        facts = facts_of(opened, record, plan)
        if _is_open(facts):  # and nobody works on it
            order = replace(Order.going_on(record, plan, settings.base_url), is_to_end=True)
            telling = Telling(as_json=as_json, quiet=quiet, verbose=verbose, events=None)
            code = telling.carry_out(opened, order, None)
            facts = facts_of(opened, record, plan)
            return (code or EXIT_WAITING) if _is_open(facts) else _code(facts)
        outputs = Outputs(Path(str(record.body.get("out"))), plan, opened.journal, opened.blobs)
        finished = Finished(facts, outputs, outputs.output_paths(facts.outputs))
        end_run(finished, as_json=as_json, quiet=quiet, took_s=time.monotonic() - began)
        return _code(facts)


def _is_open(facts: Facts) -> bool:
    """Whether something goes on or is still to be bought; a doubt waits for a person, whoever cancels."""
    return any(state.state not in {*TERMINAL, State.DOUBTFUL} for state in facts.states.values())


def _code(facts: Facts) -> int:
    is_doubtful = any(state.state is State.DOUBTFUL for state in facts.states.values())
    return EXIT_DOUBT if is_doubtful else EXIT_DONE


def _follow(opened: Session, run: str, *, quiet: bool) -> None:
    """Tell what happens until the other process has let go of the run. Ctrl-C ends the telling only."""
    states: dict[str, TaskState] = {}
    begun = opened.clock.now() - 1.0
    while True:
        is_going = opened.journal.is_leased(f"run {run}")
        seen: Counter[str] = Counter()
        for task, at, event in opened.journal.events(run):
            seen[task] += 1
            state = states.get(task, TaskState())
            if state.seq >= seen[task]:
                continue
            states[task] = apply(state, event, at)
            line = event_line(task, event, states[task]) if at >= begun else None
            if line is not None and not quiet:
                say(line)
        if not is_going:
            return
        time.sleep(_LOOK_EVERY_S)
