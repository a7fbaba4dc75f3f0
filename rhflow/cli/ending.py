"""How `run` and `resume` end: what was made, what it cost, what waits, how to go on, and the exit code."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from rich.text import Text

from rhflow.app.finished import Finished
from rhflow.cli.speaking import console
from rhflow.cli.streams import answer
from rhflow.ground.values import Json, JsonObject, plain
from rhflow.lifecycle.failure import FailureKind
from rhflow.lifecycle.states import BOUGHT, State
from rhflow.view.lines import duration_text
from rhflow.view.remarks import degraded_text, evidence_of, uncollected
from rhflow.view.run_view import counts_of, exit_code_of, money_of, plain_coins

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
    cancelled = sum(state.state is State.CANCELLED for state in facts.states.values())
    words = {**counts, "skipped": counts["skipped"] - cancelled, "cancelled": cancelled}
    told = ", ".join(
        f"{number} {'made' if word == 'run' else word}" for word, number in words.items() if number
    )
    money = money_of(facts)
    play = " in play money" if facts.plan.provider == "simulator" else ""
    saved = f", {plain(money.saved)} saved" if money.saved else ""
    coins = f" and {plain_coins(money.coins)} coins" if money.coins is not None else ""
    spent = f"{plain(money.charged)} {money.currency}{coins} spent{saved}{play}"
    out.print(f"{told}; {spent}; {duration_text(took_s)}; run {facts.run}")
    _tell_open_money(finished)
    degraded = degraded_text(facts.plan, facts.states)
    if degraded is not None:
        out.print(Text(degraded, style="yellow" if out.is_terminal else ""))
    _tell_failures(finished)
    _tell_doubts(finished)
    _tell_what_dies(finished)
    for said in facts.parked.values():
        if said.endswith("resume collects it"):
            out.print(Text(said))
    for message in facts.unread.values():
        out.print(Text(message, style="red" if out.is_terminal else ""))
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
    alike: dict[tuple[str, str, str | None], list[str]] = {}
    for task, failure in own:
        code = f" [{failure.code}]" if failure.code else ""
        alike.setdefault((failure.message, code, failure.hint), []).append(task.id)
    for (message, code, hint), ids in list(alike.items())[:_MOST_FAILURES]:
        more = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
        name = "" if message.startswith(ids[0]) and not more else f"{ids[0]}{more}: "
        out.print(Text(f"{name}{message}{code}", style="red" if out.is_terminal else ""))
        if hint:
            out.print(f"  {hint}")
    if len(alike) > _MOST_FAILURES:
        untold = sum(len(ids) for ids in list(alike.values())[_MOST_FAILURES:])
        out.print(f"… and {untold} more; see: rhflow show {facts.run}")
    if len(failed) > len(own):
        out.print(f"{len(failed) - len(own)} more could not start because of these.")
    for task in facts.plan.tasks:
        state = facts.states[task.id]
        if state.state is State.SKIPPED and state.failure is not None:
            said = f"{task.id} was left out: {state.failure.message}"
            out.print(Text(said, style="yellow" if out.is_terminal else ""))


def _tell_doubts(finished: Finished) -> None:
    facts, out = finished.facts, console(stderr=True)
    for task in facts.plan.tasks:
        state = facts.states[task.id]
        if state.state is State.DOUBTFUL:
            why = state.failure.message if state.failure else "nobody knows whether it was accepted"
            out.print(Text(f"{task.id}: {why}", style="yellow" if out.is_terminal else ""))
            evidence = evidence_of(state)
            if evidence is not None:
                out.print(Text(f"  The key's queue: {evidence}."))
            out.print(
                f"  Look at the vendor's call records, then: rhflow settle {facts.run} '{task.id}' "
                "--task-id ID | --repeat | --abandon"
            )


def _tell_what_dies(finished: Finished) -> None:
    """What is made and not here lives for a day only."""
    waiting = uncollected(finished.facts.plan, finished.facts.states)
    dies_at = waiting[0][1] if waiting else None
    if dies_at is not None:
        out = console(stderr=True)
        name, number = waiting[0][0], len(waiting)
        what = f"The results of {number} tasks die" if number > 1 else f"{name}: its result dies"
        said = f"{what} at {_clock_text(dies_at)}; resume before that: rhflow resume {finished.facts.run}"
        out.print(Text(said, style="bold yellow" if out.is_terminal else ""))


def _clock_text(at: float) -> str:
    """`14:05` by this machine's clock, with the date where that is not soon."""
    moment, now = datetime.fromtimestamp(at), datetime.now()  # noqa: DTZ005, DTZ006  # for people: their own
    return moment.strftime("%H:%M" if timedelta(0) < moment - now < timedelta(hours=12) else "%Y-%m-%d %H:%M")


def _name_outputs(places: JsonObject, *, stderr: bool) -> None:
    """Each output's path on a line of its own, on standard output; the last line is the last output's."""
    out = console(stderr=stderr)
    for name, value in places.items():
        for path in value if isinstance(value, list) else [value]:
            if path is not None:
                out.print(Text(f"{name}  {_plain(path)}"), soft_wrap=True)


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else str(value)
