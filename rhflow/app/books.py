"""The books of a home, opened for reading: the ledger, what the cache saved, and what is not in order."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Collection, Iterator
from datetime import UTC, datetime

from rhflow.app.runs import folder_of, is_imported
from rhflow.app.session import Session
from rhflow.catalog.price import Quote
from rhflow.ground.errors import UsageError
from rhflow.ground.values import as_object
from rhflow.lifecycle.ledger import Entry, Paid, paid_before
from rhflow.planning.plan import read_quote
from rhflow.view.audit_view import EXIT_OF_FINDING, Audit, Finding, Moments, model_records
from rhflow.view.cost_view import PLAY, CostBy, FarSideCost, Saved, costs
from rhflow.view.run_view import saved_by

_AGO = re.compile(r"([0-9]{1,6})([hdw])")
_SECONDS = {"h": 3600, "d": 86_400, "w": 7 * 86_400}
_MOMENT_OF = {"Accepted": "accepted", "Found": "accepted", "JobStarted": "running", "JobSucceeded": "ended"}


def read_since(text: str, now: float) -> float:
    """A moment (seconds since 1970) out of `2026-11-01` (in UTC), `24h`, `7d` or `4w` ago.

    Raises:
        UsageError: it is none of these.
    """
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return max(0.0, now - int(ago[1]) * _SECONDS[ago[2]])
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise UsageError(
            f"--since does not understand {text!r}", "Write a day (2026-11-01), or how long ago: 24h, 7d, 4w."
        ) from None
    return max(0.0, day.timestamp())


def read_costs(opened: Session, by: CostBy | None, since: float = 0.0) -> list[FarSideCost]:
    """What was spent and saved from a moment on, per far side.

    Raises:
        StoreError: the journal cannot be read.
    """
    own = {record.id: record.pipeline for record in opened.journal.runs() if not is_imported(record)}
    return costs(opened.journal.ledger(since=since), _saved(opened, own, since), by, own)


def _saved(opened: Session, own: Collection[str], since: float) -> list[Saved]:
    """What was there already, at the estimate of the run's own plan, as `show` counts it."""
    found_there = opened.journal.cache_hits(since)
    hits = {(run, task): (at, model) for run, task, at, model in found_there if run in own}
    estimates = {run: _Estimates(opened, run) for run, _ in hits}
    found = []
    for (run, task), (at, model) in hits.items():
        quote = estimates[run].of(task)
        if quote is not None:
            found.append(
                Saved(
                    run=run,
                    task=task,
                    model=model,
                    realm=estimates[run].realm,
                    currency=estimates[run].currency,
                    at=at,
                    amount=saved_by(quote),
                )
            )
    return found


class _Estimates:
    """What a run's plan had said of its tasks; nothing where the plan is not there any more."""

    def __init__(self, opened: Session, run: str) -> None:
        try:
            plan = as_object(json.loads((folder_of(opened, run) / "plan.json").read_text("utf-8")), "a plan")
        except (OSError, ValueError):
            plan = {}
        self.realm, self.currency = str(plan.get("realm")), str(plan.get("currency") or "CNY")
        tasks = plan.get("tasks")
        self._costs = {
            str(task.get("id")): task.get("cost")
            for task in (tasks if isinstance(tasks, list) else [])
            if isinstance(task, dict)
        }

    def of(self, task: str) -> Quote | None:
        return read_quote(self._costs[task]) if task in self._costs else None


def audit(opened: Session) -> Audit:
    """Every purchase of the home against what came of it.

    Raises:
        StoreError: the journal cannot be read.
    """
    journal = opened.journal
    entries = journal.ledger()
    at_work = {record.id for record in journal.runs() if journal.is_leased(f"run {record.id}")}
    findings: list[Finding] = []
    working = 0
    for entry in entries:
        holders = {entry.run, *(run for run, _ in journal.holders(entry.attempt))} if entry.is_open else set()
        if holders & at_work:
            working += 1
        else:
            findings += _findings(opened, entry)
    order = list(EXIT_OF_FINDING)
    return Audit(
        findings=sorted(findings, key=lambda item: (item.entry.realm == PLAY, order.index(item.kind))),
        working=working,
        purchases=sum(not entry.came_to_nothing for entry in entries),
        models=model_records(entries, _moments(opened)),
    )


def _findings(opened: Session, entry: Entry) -> Iterator[Finding]:
    """What is not in order with a purchase that nobody is at work on."""
    match entry.state, entry.outcome:
        case "submitting", _:  # its process died in the act: the run says so when it goes on
            yield Finding(kind="in_doubt", entry=entry, todo=f"rhflow resume {entry.run}")
        case "doubtful", _:
            words = "--task-id ID | --repeat | --abandon"
            todo = f"rhflow settle {entry.run} {_quoted(entry.task)} {words}"
            yield Finding(kind="in_doubt", entry=entry, todo=todo)
        case "submitted", _:
            yield Finding(kind="uncollected", entry=entry, todo=f"rhflow resume {_who_waits(opened, entry)}")
        case "closed", "lost" if opened.memory.recall(entry.key) is None:
            yield Finding(kind="result_lost", entry=entry, todo=_buy_again(opened, entry))


def _who_waits(opened: Session, entry: Entry) -> str:
    """The run that can bring it home: the buyer's, unless that has let go of it."""
    holders = [run for run, _ in opened.journal.holders(entry.attempt)]
    return entry.run if entry.run in holders or not holders else holders[0]


def _buy_again(opened: Session, entry: Entry) -> str:
    file = next((record.file for record in opened.journal.runs() if record.id == entry.run), "FILE")
    return f"rhflow run {_quoted(file)}, which buys it again"


def _quoted(word: str) -> str:
    return shlex.quote(word)


def _moments(opened: Session) -> dict[str, Moments]:
    found: dict[str, dict[str, float]] = {}
    for attempt, name, at in opened.journal.moments():
        known = found.setdefault(attempt, {})
        known[_MOMENT_OF[name]] = min(at, known.get(_MOMENT_OF[name], at))
    return {attempt: Moments(**known) for attempt, known in found.items()}


def paid_here(opened: Session, realm: str) -> dict[str, Paid]:
    """What this home paid on that far side before, by model.

    Raises:
        StoreError: the journal cannot be read.
    """
    return paid_before(opened.journal.ledger(), realm)
