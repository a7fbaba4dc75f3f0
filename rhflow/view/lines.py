"""Plain words for states, verdicts, money and time: the same on a screen, in a pipe and in a log."""

from __future__ import annotations

from rhflow.catalog.price import Quote
from rhflow.ground.values import plain
from rhflow.lifecycle.events import Event, FellBack, name_of
from rhflow.lifecycle.states import State, TaskState
from rhflow.planning.plan import Bill, Judgement

VERDICT_WORDS = {
    "cached": "cached",
    "run": "run",
    "run_unless_identical": "run unless identical",
    "skip": "skip",
    "wait": "waits",
    "unknown_until_run": "unknown",
}


def price_text(quote: Quote) -> str:
    """`1.01`, `0.50–1.20`, `unknown`, `–` for nothing."""
    if quote.low is None or quote.high is None:
        return "unknown"
    if quote.high == 0:
        return "–"
    if quote.low == quote.high:
        return plain(quote.low)
    return f"{plain(quote.low)}–{plain(quote.high)}"


def bill_text(bill: Bill) -> str:
    """`12.30 CNY`, `10.10–12.30 CNY and 2 of unknown price`."""
    text = plain(bill.low) if bill.low == bill.high else f"{plain(bill.low)}–{plain(bill.high)}"
    unknown = (
        f" and {bill.unknown} task{'s' if bill.unknown > 1 else ''} of unknown price" if bill.unknown else ""
    )
    return f"{text} {bill.currency}{unknown}"


def why_text(judgement: Judgement) -> str:
    """The reasons in one line."""
    return "; ".join(judgement.why)


def state_text(state: TaskState) -> str:
    """Where a task stands, in a word or two."""
    if state.state is State.DONE:
        return "cached" if state.cached else "done"
    if state.state is State.SUBMITTED:
        return "running" if state.purchase and state.purchase.running is not None else "queued"
    return {
        State.SUBMITTING: "submitting",
        State.BACKOFF: "waiting to retry",
        State.DOUBTFUL: "in doubt",
    }.get(state.state, state.state.value)


def event_line(task: str, event: Event, state: TaskState) -> str | None:
    """One line for a log; None for facts that nobody waits for."""
    if isinstance(event, FellBack):
        because = f": {event.failure.message}" if event.remembered is not None else ""
        return f"{task}: asks {event.uses} instead{because}"
    match name_of(event):
        case "CacheHit":
            return f"{task}: cached"
        case "Accepted" if state.endpoint is not None and state.endpoint.startswith("local/"):
            return f"{task}: started"
        case "Accepted" | "Found":
            return f"{task}: bought, task id {state.job}"
        case "Adopted":
            return (
                f"{task}: bought earlier, task id {state.job}"
                if state.job
                else f"{task}: in doubt since earlier"
            )
        case "Collected":
            return f"{task}: done{seconds_text(state)}"
        case "Lost":
            return f"{task}: in doubt: {state.failure.message if state.failure else ''}"
        case "JobFailed" | "GaveUp" | "Blocked" | "ResultLost" | "Abandoned" | "Refused":
            return f"{task}: {state.failure.message if state.failure else 'failed'}"
        case "Cancelled":
            return f"{task}: cancelled"
        case "RetryPlanned":
            return f"{task}: tries again"
        case _:
            return None


def seconds_text(state: TaskState) -> str:
    """` in 12 s`, where that is known."""
    purchase = state.purchase
    if purchase is None or purchase.collected is None:
        return ""
    return f" in {purchase.collected - purchase.intended:.1f} s"


def duration_text(seconds: float) -> str:
    """`4.2 s`, `3 min 20 s`, `1 h 05 min`."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def size_text(size: int) -> str:
    """`812 B`, `4.2 kB`, `1.30 GB`."""
    if size < 1000:
        return f"{size} B"
    units = ["kB", "MB", "GB", "TB"]
    value = size / 1000
    while value >= 999.5 and len(units) > 1:
        value /= 1000
        units.pop(0)
    return f"{value:.2f} {units[0]}" if units[0] in ("GB", "TB") and value < 10 else f"{value:.3g} {units[0]}"
