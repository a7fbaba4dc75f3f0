"""How `run` and `resume` end: what was made, what it cost, what waits, how to go on, and the exit code."""

from __future__ import annotations

from decimal import Decimal

from rich.text import Text

from rhflow.app.finished import Finished
from rhflow.cli.speaking import console
from rhflow.cli.streams import answer
from rhflow.ground.values import Json, JsonObject, plain
from rhflow.lifecycle.failure import FailureKind
from rhflow.lifecycle.states import BOUGHT, State
from rhflow.view.lines import duration_text
from rhflow.view.run_view import counts_of, exit_code_of, money_so_far

_MOST_FAILURES = 10


def empty_run() -> JsonObject:
    """The document of a run that never began."""
    return {
        "run": None,
        "pipeline": None,
        "provider": None,
        "status": "failed",
        "tasks": {},
        "outputs": {},
        "waiting": [],
        "cost": None,
        "counts": {},
        "problems": [],
    }


def end_run(finished: Finished, *, as_json: bool, quiet: bool, took_s: float, is_taken: bool = False) -> int:
    """Say it all; the exit code. `is_taken`: standard output belongs to somebody else."""
    if as_json:
        answer(finished.document)
    if not quiet or exit_code_of(finished.facts):  # quiet is for what went well
        _tell(finished, took_s)
    if not as_json:
        _name_outputs(finished.places, stderr=is_taken)
    return exit_code_of(finished.facts)


def _tell(finished: Finished, took_s: float) -> None:
    facts, out = finished.facts, console(stderr=True)
    counts = counts_of(facts)
    told = ", ".join(
        f"{number} {'made' if word == 'run' else word}" for word, number in counts.items() if number
    )
    money = money_so_far(facts.plan, facts.states)
    play = " in play money" if facts.plan.provider == "simulator" else ""
    saved = f", {plain(money.saved)} saved" if money.saved else ""
    out.print(
        f"{told}; {plain(money.charged)} {money.currency} spent{saved}{play}; {duration_text(took_s)}; "
        f"run {facts.run}"
    )
    _tell_open_money(finished)
    _tell_failures(finished)
    _tell_doubts(finished)
    for said in facts.parked.values():
        if said.endswith("resume collects it"):
            out.print(Text(said))
    for message in facts.stops.values():
        out.print(Text(message, style="yellow" if out.is_terminal else ""))
    unfinished = counts["waiting"] + counts["doubtful"]
    if facts.stops and unfinished:
        out.print(f"Everything bought is written down. Go on with: rhflow resume {facts.run}")


def _tell_open_money(finished: Finished) -> None:
    """What is bought and not collected, or in doubt, is not in the sum yet."""
    facts, out = finished.facts, console(stderr=True)
    open_states = [state for state in facts.states.values() if state.state in (*BOUGHT, State.DOUBTFUL)]
    held = [state.purchase for state in open_states if state.purchase and not state.purchase.adopted]
    most = sum((Decimal(item.reserved) for item in held if item.reserved is not None), Decimal(0))
    if most:
        in_doubt = sum(state.state is State.DOUBTFUL for state in open_states)
        numbers = ((len(open_states) - in_doubt, "in flight"), (in_doubt, "in doubt"))
        words = " and ".join(f"{number} {word}" for number, word in numbers if number)
        out.print(f"{words}: up to {plain(most)} {held[0].currency} more.")


def _tell_failures(finished: Finished) -> None:
    facts, out = finished.facts, console(stderr=True)
    failed = [
        (task, state.failure)
        for task in facts.plan.tasks
        if (state := facts.states[task.id]).state is State.FAILED and state.failure is not None
    ]
    own = [(task, failure) for task, failure in failed if failure.kind is not FailureKind.UPSTREAM]
    for task, failure in own[:_MOST_FAILURES]:
        code = f" [{failure.code}]" if failure.code else ""
        name = "" if failure.message.startswith(task.id) else f"{task.id}: "
        out.print(Text(f"{name}{failure.message}{code}", style="red" if out.is_terminal else ""))
        if failure.hint:
            out.print(f"  {failure.hint}")
    if len(own) > _MOST_FAILURES:
        out.print(f"… and {len(own) - _MOST_FAILURES} more; see: rhflow show {facts.run}")
    if len(failed) > len(own):
        out.print(f"{len(failed) - len(own)} more could not start because of these.")


def _tell_doubts(finished: Finished) -> None:
    facts, out = finished.facts, console(stderr=True)
    for task in facts.plan.tasks:
        state = facts.states[task.id]
        if state.state is State.DOUBTFUL:
            why = state.failure.message if state.failure else "nobody knows whether it was accepted"
            out.print(Text(f"{task.id}: {why}", style="yellow" if out.is_terminal else ""))
            out.print(
                f"  Look at the vendor's call records, then: rhflow settle {facts.run} '{task.id}' "
                "--task-id ID | --repeat | --abandon"
            )


def _name_outputs(places: JsonObject, *, stderr: bool) -> None:
    """Each output's path on a line of its own, on standard output; the last line is the last output's."""
    out = console(stderr=stderr)
    for name, value in places.items():
        for path in value if isinstance(value, list) else [value]:
            if path is not None:
                out.print(Text(f"{name}  {_plain(path)}"), soft_wrap=True)


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else str(value)
