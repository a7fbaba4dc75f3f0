"""A run as one JSON document (`run --json`, `resume --json`, `show --json`): the form is in the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from rhflow.catalog.price import Quote
from rhflow.ground.artifact import Artifact
from rhflow.ground.errors import (
    EXIT_DONE,
    EXIT_DOUBT,
    EXIT_FAILED,
    EXIT_ORDER,
    EXIT_WAITING,
)
from rhflow.ground.references import BlobMedia, Resolved
from rhflow.ground.values import Json, JsonObject, as_object, plain
from rhflow.ground.values import Money as Charge
from rhflow.lifecycle.ledger import Entry, charge_of, coins_of, sum_of
from rhflow.lifecycle.states import Purchase, State, TaskState
from rhflow.planning.plan import Plan, Task, bill_of_tasks
from rhflow.view.problems import problem_document
from rhflow.view.remarks import is_degraded, made_by_rung, uncollected

Place = Callable[[str, int, Artifact], str]
"""Where a result of a task lies for people: task id, its number, the result -> path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the document is made of."""

    run: str
    plan: Plan
    states: Mapping[str, TaskState]
    stops: Mapping[str, str]
    """Why nothing more was bought: reason -> sentence."""
    stop_codes: tuple[int, ...]
    parked: Mapping[str, str]
    """Tasks that wait, with the reason or, where one was let go of, a sentence."""
    outputs: Mapping[str, Resolved]
    unread: Mapping[str, str] = field(default_factory=dict)
    """Outputs that have no value although all they hang on is there: name -> sentence."""
    is_running: bool = False
    recorded: str | None = None
    """What the journal says of the run, where this process does not carry it out itself."""
    entries: tuple[Entry, ...] | None = None
    """The run's part of the ledger; None where only the states are known, as while it works."""


_STOPPED = ("over_budget", "stopped", "interrupted")


def has_failed(task: Task, state: TaskState) -> bool:
    """A failure that the author did not let pass."""
    return state.state is State.FAILED and task.on_failure != "continue"


def is_over(task: Task, state: TaskState) -> bool:
    """Nothing is left to do, and nothing is missing that was not given up on purpose."""
    is_let_pass = state.state is State.FAILED and task.on_failure == "continue"
    return state.state in (State.DONE, State.SKIPPED, State.CANCELLED) or is_let_pass


def status_of(facts: Facts) -> str:
    """One word of the contract for the whole run."""
    states = [facts.states[task.id] for task in facts.plan.tasks]
    if facts.is_running:
        return "running"
    if "interrupted" in facts.stops:
        return "interrupted"
    if any(state.state is State.DOUBTFUL for state in states):
        return "undecided"
    if "cancelled" in facts.stops:
        return "cancelled"
    if "budget" in facts.stops:
        return "over_budget"
    if facts.stops:
        return "stopped"
    if all(is_over(task, facts.states[task.id]) for task in facts.plan.tasks):
        if any(state.state is State.CANCELLED for state in states):
            return "cancelled"
        return "failed" if facts.unread else "done"
    if any(has_failed(task, facts.states[task.id]) for task in facts.plan.tasks):
        return "failed"
    if facts.recorded == "running":  # and nobody works on it
        return "interrupted"
    return facts.recorded if facts.recorded in _STOPPED else "waiting"


def exit_code_of(facts: Facts) -> int:
    """The contract's exit code; where several apply, the first in its order."""
    states = [facts.states[task.id] for task in facts.plan.tasks]
    codes = set(facts.stop_codes)
    if any(state.state is State.DOUBTFUL for state in states):
        codes.add(EXIT_DOUBT)
    if facts.unread or any(has_failed(task, facts.states[task.id]) for task in facts.plan.tasks):
        codes.add(EXIT_FAILED)
    if not codes and not all(is_over(task, facts.states[task.id]) for task in facts.plan.tasks):
        codes.add(EXIT_WAITING)
    return next((code for code in EXIT_ORDER if code in codes), EXIT_DONE)


def run_document(facts: Facts, place: Place) -> JsonObject:
    """The whole document."""
    tasks: JsonObject = {task.id: _task_document(facts, task, place) for task in facts.plan.tasks}
    problems: list[Json] = [problem_document(reason, message) for reason, message in facts.stops.items()]
    problems += [problem_document("output", message) for message in facts.unread.values()]
    problems += [_dying_document(name, dies_at) for name, dies_at in uncollected(facts.plan, facts.states)]
    return {
        "run": facts.run,
        "pipeline": facts.plan.pipeline,
        "provider": facts.plan.provider,
        "status": status_of(facts),
        "tasks": tasks,
        "outputs": _outputs(facts, place),
        "waiting": _waiting(facts),
        "cost": cost_document(facts),
        "counts": dict(counts_of(facts)),
        "problems": problems,
    }


def _dying_document(task: str, dies_at: float | None) -> JsonObject:
    """A result that is made and not here: no error, but soon a loss."""
    until = f"; its result dies at {instant(dies_at)}" if dies_at is not None else ""
    message = f"{task} is paid for and made, and not collected{until}"
    return {**problem_document("result-dies", message, "Go on with: rhflow resume"), "severity": "warning"}


def counts_of(facts: Facts) -> dict[str, int]:
    """How many tasks: each is counted once, as the contract says."""
    counts = dict.fromkeys(("run", "cached", "skipped", "failed", "waiting", "doubtful"), 0)
    for task in facts.plan.tasks:
        state = facts.states[task.id]
        match state.state:
            case State.DONE:
                counts["cached" if state.cached else "run"] += 1
            case State.FAILED:
                counts["failed"] += 1
            case State.DOUBTFUL:
                counts["doubtful"] += 1
            case State.SKIPPED | State.CANCELLED:
                counts["skipped"] += 1
            case _:
                counts["waiting"] += 1
    return counts


@dataclass(frozen=True, slots=True)
class Money:
    """Charged by the far side, and saved by what was there already, in the plan's currency."""

    charged: Decimal
    saved: Decimal
    currency: str
    by_currency: Mapping[str, Decimal]
    coins: Decimal | None = None
    """The vendor's coins; None where none were told of."""


def money_of(facts: Facts) -> Money:
    """What the purchases of a run cost by the ledger, and what its cached tasks would have."""
    if facts.entries is None:
        return money_so_far(facts.plan, facts.states)
    coins = [entry.coins for entry in facts.entries]
    return _money(facts.plan, facts.states, (entry.charged for entry in facts.entries), coins)


def money_so_far(plan: Plan, states: Mapping[str, TaskState]) -> Money:
    """The same by what this process has seen, while the run works."""
    own = [item for state in states.values() for item in state.purchases if not item.adopted]
    charges = (charge_of(item.usage, item.currency) for item in own)
    return _money(plan, states, charges, [coins_of(item.usage) for item in own])


def _money(
    plan: Plan,
    states: Mapping[str, TaskState],
    charges: Iterable[Charge | None],
    coins: Iterable[Decimal | None],
) -> Money:
    charged = sum_of(charges)
    cached = (task for task in plan.tasks if (state := states.get(task.id)) is not None and state.cached)
    told = [amount for amount in coins if amount]
    return Money(
        charged.get(plan.currency, Decimal(0)),
        sum((saved_by(task.quote) for task in cached), Decimal(0)),
        plan.currency,
        charged,
        sum(told, Decimal(0)) if told else None,
    )


def saved_by(quote: Quote) -> Decimal:
    """What the result of a task that was there already would have cost at least."""
    return quote.low or Decimal(0)


def cost_document(facts: Facts) -> JsonObject:
    """Estimated before, charged by the far side, saved by what was there already."""
    estimate, money = bill_of_tasks(facts.plan.tasks), money_of(facts)
    return {
        "currency": money.currency,
        "estimated": {"low": plain(estimate.low), "high": plain(estimate.high), "unknown": estimate.unknown},
        "charged": plain(money.charged),
        "coins": None if money.coins is None else plain_coins(money.coins),
        "saved": plain(money.saved),
        "by_currency": {name: plain(amount) for name, amount in money.by_currency.items()},
    }


def charged_for(facts: Facts, task_id: str) -> Decimal | None:
    """What the purchases of a task cost this run, in the plan's currency; None where nobody said."""
    if facts.entries is None:
        own = (item for item in facts.states[task_id].purchases if not item.adopted)
        charges = [charge_of(item.usage, item.currency) for item in own]
    else:
        own_entries = (entry for entry in facts.entries if entry.task == task_id)
        charges = [entry.charged for entry in own_entries if not entry.came_to_nothing]
    return sum_of(charges).get(facts.plan.currency)


def plain_coins(coins: Decimal) -> str:
    """Coins have no cents of their own: `7`, `7.5`."""
    return format(coins.normalize(), "f")


def _task_document(facts: Facts, task: Task, place: Place) -> JsonObject:
    state, charged = facts.states[task.id], charged_for(facts, task.id)
    artifacts = [Artifact.from_json(as_object(item, "an artifact")) for item in state.artifacts]
    outputs: list[Json] = [
        _output_document(artifact, place(task.id, number, artifact))
        for number, artifact in enumerate(artifacts)
    ]
    attempts: list[Json] = [_attempt_document(item) for item in state.purchases]
    return {
        "state": "cached" if state.state is State.DONE and state.cached else state.state.value,
        "cached": state.cached,
        "model": state.model or task.ladder[state.rung].uses,
        "rung": made_by_rung(task, state),
        "degraded": is_degraded(task, state),
        "take": 1,
        "key": state.key,
        "attempts": attempts,
        "cost": {
            "estimated": task.quote.to_json(),
            "charged": None if charged is None else plain(charged),
            "currency": task.quote.currency,
        },
        "outputs": outputs,
        "failure": _failure_document(state),
    }


def _failure_document(state: TaskState) -> Json:
    if state.failure is None:
        return None
    body = state.failure.to_json()
    body.pop("repeatable", None)
    return body


def _attempt_document(purchase: Purchase) -> JsonObject:
    usage = purchase.usage
    failure = purchase.failure.to_json() if purchase.failure else None
    return {
        "attempt": purchase.attempt,
        "task_id": purchase.job,
        "model": purchase.endpoint,
        "adopted": purchase.adopted,
        "started": instant(purchase.intended),
        "submitted": instant(purchase.submitted),
        "finished": instant(purchase.finished),
        "collected": instant(purchase.collected),
        "usage": {
            "money": usage.get("money"),
            "currency": usage.get("currency"),
            "coins": usage.get("coins"),
            "third_party": usage.get("third_party"),
        },
        "failure": failure,
        "evidence": purchase.evidence.get("says") if purchase.evidence else None,
        "cancel_taken": purchase.cancel,
    }


def _output_document(artifact: Artifact, path: str) -> JsonObject:
    of_node: JsonObject = {} if artifact.node is None else {"node": artifact.node}
    return {
        "kind": artifact.kind.value,
        "path": path,
        "sha256": artifact.sha256,
        "bytes": artifact.bytes,
        "seconds": artifact.seconds,
        "width": artifact.width,
        "height": artifact.height,
        "url": artifact.url,
        "url_expires": instant(artifact.expires),
        **of_node,
    }


def _outputs(facts: Facts, place: Place) -> JsonObject:
    by_digest: dict[str, str] = {}
    for task in facts.plan.tasks:
        for number, item in enumerate(facts.states[task.id].artifacts):
            artifact = Artifact.from_json(as_object(item, "an artifact"))
            by_digest.setdefault(artifact.sha256, place(task.id, number, artifact))

    def shown(value: Resolved) -> Json:
        if isinstance(value, BlobMedia):
            return by_digest.get(value.sha256)
        if isinstance(value, list):
            return [shown(item) for item in value]
        if isinstance(value, dict):
            return {name: shown(item) for name, item in value.items()}
        return value if isinstance(value, str | int | float | bool) else None

    return {name: shown(value) for name, value in facts.outputs.items()}


def _waiting(facts: Facts) -> list[Json]:
    waiting: list[Json] = []
    for task in facts.plan.tasks:
        state = facts.states[task.id]
        if state.state is State.DOUBTFUL and state.purchase is not None:
            waiting.append(
                {"task": task.id, "for": "settle", "since": instant(state.purchase.intended), "look_at": []}
            )
    return waiting


def instant(seconds: float | None) -> str | None:
    """A moment as ISO 8601 in UTC, to the millisecond."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
