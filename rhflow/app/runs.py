"""Runs as they are written down: beginning one, finding one, how one stands."""

from __future__ import annotations

import json
from pathlib import Path

from rhflow.app.author_texts import NAME as NAME_OF_TEXTS
from rhflow.app.order import Order
from rhflow.app.session import Session
from rhflow.ground.errors import JournalDamaged, UsageError
from rhflow.ground.references import Resolved, refs_in
from rhflow.ground.values import JsonObject, as_object
from rhflow.language.expressions.evaluate import resolve
from rhflow.language.expressions.tree import ExpressionError
from rhflow.lifecycle.events import Event
from rhflow.lifecycle.states import TaskState
from rhflow.lifecycle.transitions import fold
from rhflow.planning.identify import Outcome, value_of
from rhflow.planning.plan import Plan, Task
from rhflow.ports import RunRecord
from rhflow.runner.resume import is_reopenable
from rhflow.runner.run import outcome_of_state
from rhflow.store.blobs import store_error
from rhflow.store.durable import write_text
from rhflow.view.run_view import Facts


def begin(opened: Session, order: Order, now: float) -> None:
    """Write a new run down: its plan first, then that it exists.

    Raises:
        StoreError: the disk is full or may not be written.
    """
    if order.texts is not None:
        keep_text(folder_of(opened, order.run) / NAME_OF_TEXTS, order.texts.to_text())
    keep_plan(opened, order.run, order.plan)
    body: JsonObject = {
        "consent": order.consent.to_json(),
        "out": str(order.out),
        "base_url": order.base_url,
        "quick": order.simulator.quick,
        "fail_fast": order.fail_fast,
    }
    plan = order.plan
    opened.journal.begin(RunRecord(order.run, plan.pipeline, plan.file, plan.provider, now, "running", body))


def folder_of(opened: Session, run: str) -> Path:
    """Where a run keeps what is no event."""
    return opened.settings.home / "runs" / run


def keep_plan(opened: Session, run: str, plan: Plan) -> None:
    """Write the plan of a run down, durably.

    Raises:
        StoreError: the disk is full or may not be written.
    """
    keep_text(folder_of(opened, run) / "plan.json", json.dumps(plan.to_json(), ensure_ascii=False, indent=1))


def keep_text(path: Path, text: str) -> None:
    """Write a file of a run, whole or not at all.

    Raises:
        StoreError: the disk is full or may not be written.
    """
    try:
        write_text(path, text)
    except OSError as error:
        raise store_error(error, path) from error


def read_plan(opened: Session, record: RunRecord) -> Plan:
    """The plan as it was when the run began.

    Raises:
        JournalDamaged: it cannot be read.
    """
    path = folder_of(opened, record.id) / "plan.json"
    try:
        return Plan.from_json(as_object(json.loads(path.read_text("utf-8")), "a plan"))
    except (OSError, ValueError, KeyError) as error:
        raise JournalDamaged(
            f"The plan of run {record.id} cannot be read: {error}",
            "Start a new run of the same file: it finds in the store everything this one has bought.",
        ) from error


def find_run(opened: Session, name: str | None) -> RunRecord:
    """The run of that id, or a clear beginning of one; without one the newest unfinished, else the newest.

    Raises:
        UsageError: there is none, or several begin so.
    """
    runs = opened.journal.runs()
    if not runs:
        raise UsageError("There are no runs here yet", "Start one: rhflow run FILE")
    if name is None:
        own = [run for run in runs if not is_imported(run)] or runs
        return next((run for run in own if run.status not in ("done", "cancelled")), own[0])
    matching = [run for run in runs if run.id == name] or [run for run in runs if run.id.startswith(name)]
    if len(matching) == 1:
        return matching[0]
    known = ", ".join(run.id for run in (matching or runs)[:5])
    what = "Several runs begin with" if matching else "There is no run"
    raise UsageError(f"{what} {name!r}", f"There are: {known}. See: rhflow runs")


def is_imported(record: RunRecord) -> bool:
    """It was made in another home, and came in a crate."""
    return "imported" in record.body


def refuse_imported(record: RunRecord) -> None:
    """A run of another home is a story: its consent and its open purchases are not ours.

    Raises:
        UsageError: it is one.
    """
    if is_imported(record):
        raise UsageError(
            f"Run {record.id} was imported; it can be looked at and not gone on with",
            "Start a new run of its pipeline: rhflow run FILE. It finds everything the crate brought along.",
        )


def facts_of(opened: Session, record: RunRecord, plan: Plan) -> Facts:
    """How a run stands by what is written down."""
    histories: dict[str, list[tuple[float, Event]]] = {}
    for task, at, event in opened.journal.events(record.id):
        histories.setdefault(task, []).append((at, event))
    states = {task.id: fold(histories.get(task.id, [])) for task in plan.tasks}
    return Facts(
        run=record.id,
        plan=plan,
        states=states,
        stops={},
        stop_codes=(),
        parked={},
        outputs=known_outputs(plan, outcomes_of(plan, states), opened.clock.now()),
        unread=unread_outputs(plan, outcomes_of(plan, states), opened.clock.now()),
        is_running=record.status == "running" and opened.journal.is_leased(f"run {record.id}"),
        recorded=record.status,
        entries=None if is_imported(record) else tuple(opened.journal.ledger(record.id)),
    )


def failed_again(facts: Facts) -> list[Task]:
    """Failed purchases that may pass another time; each costs again."""
    return [task for task in facts.plan.tasks if is_reopenable(task, facts.states[task.id])]


def outcomes_of(plan: Plan, states: dict[str, TaskState]) -> dict[str, Outcome]:
    """The finished tasks as later ones see them."""
    found = {
        task.id: outcome_of_state(states[task.id], goes_on=task.on_failure == "continue")
        for task in plan.tasks
    }
    return {task: outcome for task, outcome in found.items() if outcome is not None}


def known_outputs(plan: Plan, outcomes: dict[str, Outcome], now: float) -> dict[str, Resolved]:
    """The pipeline's outputs, None where they are not there yet."""
    found: dict[str, Resolved] = {}
    for name, value in plan.outputs.items():
        try:
            found[name] = resolve(value, lambda ref: value_of(ref, outcomes, now))
        except ExpressionError:
            found[name] = None
    return found


def unread_outputs(plan: Plan, outcomes: dict[str, Outcome], now: float) -> dict[str, str]:
    """The outputs that have no value although all they hang on is there, and why."""
    found: dict[str, str] = {}
    for name, value in plan.outputs.items():
        if all(ref.task in outcomes for ref in refs_in(value)):
            try:
                resolve(value, lambda ref: value_of(ref, outcomes, now))
            except ExpressionError as error:
                found[name] = f"the output {name} has no value: {error}"
    return found
