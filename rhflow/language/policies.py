"""What a step says of money, time and trouble, and the `defaults` for those that say nothing."""

from __future__ import annotations

from dataclasses import dataclass

from rhflow.ground.values import Json, Money, Path
from rhflow.language.durations import seconds_of
from rhflow.language.pipeline import OnDoubt, OnFailure, OnRejected, Timeout
from rhflow.language.problems import read_spec
from rhflow.language.sheet import Sheet
from rhflow.language.spec import DefaultsSpec, StepSpec, TimeoutSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The keys that `defaults` and steps share, read; the values a step begins with."""

    retry: int = 0
    timeout: Timeout | None = None
    on_failure: OnFailure = "stop"
    on_rejected: OnRejected = "stop"
    on_doubt: OnDoubt = "ask"
    cache: bool = True
    max_cost: Money | None = None


def default_policy(sheet: Sheet, raw: Json) -> Policy:
    """The `defaults` of a document."""
    path: Path = ("defaults",)
    if not isinstance(raw, dict):
        return Policy()
    spec = read_spec(DefaultsSpec, raw, path, sheet.marks, sheet.problems, noun="defaults")
    return Policy() if spec is None else _over(Policy(), spec, sheet, path)


def policy_of(
    sheet: Sheet, spec: StepSpec, path: Path, defaults: Policy, *, is_local: bool, has_fallback: bool
) -> Policy:
    """What holds for one step that uses a model.

    Work on this machine has no clocks, no price and no doubt of its own: of the defaults only the rest
    holds for it.
    """
    start = Policy(
        retry=defaults.retry,
        timeout=None if is_local else defaults.timeout,
        on_failure=defaults.on_failure,
        on_rejected="stop"
        if defaults.on_rejected == "fallback" and not has_fallback
        else defaults.on_rejected,
        on_doubt="repeat" if is_local else defaults.on_doubt,
        cache=defaults.cache,
        max_cost=None if is_local else defaults.max_cost,
    )
    if is_local and spec.timeout is not None:
        message = "a step done on this machine has no timeout; its work cannot go on elsewhere"
        sheet.report(sheet.marks.of_key((*path, "timeout")), "shape", message)
    if spec.on_rejected == "fallback" and not has_fallback:
        message = "on_rejected: fallback, and there is no fallback"
        mark = sheet.marks.of((*path, "on_rejected"))
        sheet.report(mark, "shape", message, "give the step a fallback: [{uses: …, with: …}]")
    return _over(start, spec, sheet, path)


def _over(start: Policy, spec: StepSpec | DefaultsSpec, sheet: Sheet, path: Path) -> Policy:
    """The policy with what a mapping says itself."""
    return Policy(
        retry=start.retry if spec.retry is None else spec.retry,
        timeout=start.timeout if spec.timeout is None else _timeout(sheet, spec.timeout, (*path, "timeout")),
        on_failure=spec.on_failure or start.on_failure,
        on_rejected=spec.on_rejected or start.on_rejected,
        on_doubt=spec.on_doubt or start.on_doubt,
        cache=start.cache if spec.cache is None else spec.cache,
        max_cost=start.max_cost if spec.max_cost is None else sheet.money(spec.max_cost, (*path, "max_cost")),
    )


def _timeout(sheet: Sheet, written: str | float | dict[str, Json], path: Path) -> Timeout | None:
    """A plain time holds for each of the two clocks."""
    if not isinstance(written, dict):
        seconds = _seconds(sheet, written, path)
        return None if seconds is None else Timeout(seconds, seconds)
    spec = read_spec(TimeoutSpec, written, path, sheet.marks, sheet.problems, noun="a timeout")
    if spec is None:
        return None
    return Timeout(
        _seconds(sheet, spec.queued, (*path, "queued")), _seconds(sheet, spec.running, (*path, "running"))
    )


def _seconds(sheet: Sheet, written: str | float | None, path: Path) -> float | None:
    if written is None:
        return None
    try:
        return seconds_of(written)
    except ValueError as error:
        sheet.report(sheet.marks.of(path), "wrong-form", str(error))
        return None
