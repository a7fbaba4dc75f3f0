"""From a task and the results it waits for to the exact request and its key.

The one place where a request is built: the plan judges by it, the price is quoted on it, and the runner
sends it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from rhflow.catalog.blueprint import NODES
from rhflow.catalog.check import check_arguments
from rhflow.catalog.model import Model, Param
from rhflow.ground.artifact import Artifact
from rhflow.ground.media import Kind
from rhflow.ground.references import (
    LIST_WORDS,
    OUTPUT_WORDS,
    BlobMedia,
    FileMedia,
    Ref,
    Resolved,
    UrlMedia,
)
from rhflow.ground.values import path_text
from rhflow.language.expressions.evaluate import ExpressionError, Resolution
from rhflow.language.expressions.functions import shown
from rhflow.language.media_values import is_url
from rhflow.language.node_values import each_field, is_upload, node_param, takes_nodes
from rhflow.planning.keys import NoKey, task_key
from rhflow.planning.plan import Task
from rhflow.planning.skips import CONDITION_IS_FALSE, holds, missing_by_skip

UNCHECKED = frozenset({"unchecked-model", "unknown-parameter"})
"""Complaints that `unchecked: true` answers."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished task as later ones see it."""

    artifacts: tuple[Artifact, ...]
    used: str
    cost: str | None = None
    skipped: bool = False
    """It was skipped: whatever it is asked for is null."""


SKIPPED = Outcome((), "", skipped=True)


@dataclass(frozen=True, slots=True)
class Identified:
    """The exact request: arguments with media as leaves and nothing waiting, and its key."""

    arguments: dict[str, Resolved]
    key: str


class SkipTask(Exception):
    """The task is skipped; the message says why."""


class NoRequest(ValueError):
    """These inputs make no request: a sentence for the author."""


def identify(
    task: Task, model: Model, realm: str, outcomes: Mapping[str, Outcome], now: float, rung: int = 0
) -> Identified:
    """Put the results in place, check once more, and work out the key.

    Raises:
        SkipTask: its condition is false, or something required was skipped.
        NoRequest: a result is missing or of the wrong kind, or the arguments do not fit the model.
    """
    if task.skip is not None:
        raise SkipTask(task.skip)
    known = Resolution(lambda ref: value_of(ref, outcomes, now))
    try:
        for listed, at_most in task.bounds:
            _refuse_too_many(task, known.of(listed), at_most)
        if holds([known.of(item) for item in task.conditions]) is False:
            raise SkipTask(CONDITION_IS_FALSE)
        found = known.of(task.ladder[rung].arguments)
    except ExpressionError as error:
        raise NoRequest(str(error)) from error
    if not isinstance(found, dict):
        raise NoRequest("its arguments are no mapping")
    missing = missing_by_skip(model, found)
    if missing is not None and any(outcomes[need].skipped for need in task.needs if need in outcomes):
        raise SkipTask(f"its {missing} comes from something that is skipped")
    present = {
        name: _as_media(model.param(name), value) for name, value in found.items() if value is not None
    }
    nodes = present.get(NODES)
    if takes_nodes(model) and isinstance(nodes, dict):
        present[NODES] = each_field(
            nodes, lambda node, name, value: _as_media(node_param(model, node, name), value)
        )
    checked = check_arguments(model, present)
    answered = UNCHECKED if task.unchecked else frozenset[str]()
    errors = [item for item in checked.complaints if item.severity == "error" and item.name not in answered]
    if errors:
        first = errors[0]
        where = path_text(first.path)
        raise NoRequest(first.message if where in first.message else f"{where}: {first.message}")
    try:
        key = task_key(
            "local" if model.is_local else realm, model.id, checked.arguments, version=model.version
        )
    except NoKey as error:
        raise NoRequest(str(error)) from error
    return Identified(checked.arguments, key)


def _as_media(param: Param | None, value: Resolved) -> Resolved:
    """What a result says in a media parameter is an address, or no medium at all.

    Raises:
        NoRequest: it is some other text. A path is looked at before the run, and this one was not there then.
    """
    if param is None or param.kind is None:
        return value
    if isinstance(value, list):
        return [_as_media(param, item) for item in value]
    if not isinstance(value, str) or is_upload(value):
        return value
    if not is_url(value):
        what = f"{param.name} came out as the text {shown(value)}"
        raise NoRequest(f"{what}, which is no address of media")
    return UrlMedia(value, param.kind)


def _refuse_too_many(task: Task, listed: Resolved, at_most: int) -> None:
    """What the run has come to know must keep to what the author said beforehand.

    Raises:
        ExpressionError: it is no list, or has more items than were allowed, and priced.
    """
    if listed is None:
        return
    if not isinstance(listed, list):
        raise ExpressionError(f"the list behind {task.step} came out as something else")
    if len(listed) > at_most:
        raise ExpressionError(
            f"the list behind {task.step} has {len(listed)} items, and at_most allows {at_most}"
        )


def value_of(ref: Ref, outcomes: Mapping[str, Outcome], now: float) -> Resolved:
    """What a reference stands for, now that the task has ended.

    Raises:
        ExpressionError: the task gave no such thing.
    """
    outcome = outcomes.get(ref.task)
    if outcome is None:
        raise ExpressionError(f"the result of {ref.task} is not there")
    if outcome.skipped:
        return None
    if ref.node is not None:
        outcome = _of_node(outcome, ref)
    if ref.output in OUTPUT_WORDS:
        found = _of_kind(outcome, OUTPUT_WORDS[ref.output], now)
        if not found:
            made = ", ".join(sorted({item.kind.value for item in outcome.artifacts})) or "nothing"
            who = ref.task if ref.node is None else f"node {ref.node} of {ref.task}"
            raise ExpressionError(f"{who} gave no {ref.output}; it gave {made}")
        return found[0]
    if ref.output in LIST_WORDS:
        return _of_kind(outcome, OUTPUT_WORDS[LIST_WORDS[ref.output]], now)
    match ref.output:
        case "used":
            return outcome.used
        case "cost":
            return float(outcome.cost) if outcome.cost else None
        case "duration":
            return next((item.seconds for item in outcome.artifacts if item.seconds is not None), None)
        case "width":
            return next((item.width for item in outcome.artifacts if item.width is not None), None)
        case "height":
            return next((item.height for item in outcome.artifacts if item.height is not None), None)
        case _:
            raise ExpressionError(f"{ref.task} offers no {ref.output!r}")


def _of_node(outcome: Outcome, ref: Ref) -> Outcome:
    """Only what one node gave.

    Raises:
        ExpressionError: it gave nothing.
    """
    given = tuple(item for item in outcome.artifacts if item.node == ref.node)
    if not given:
        nodes = dict.fromkeys(item.node for item in outcome.artifacts if item.node)
        others = f"results came from {', '.join(nodes)}" if nodes else "its results name no nodes"
        raise ExpressionError(f"node {ref.node} of {ref.task} gave nothing; {others}")
    return replace(outcome, artifacts=given)


def _of_kind(outcome: Outcome, kind: Kind | None, now: float) -> list[Resolved]:
    """Media of the kind as values; texts as their text. Without a kind, everything."""
    found: list[Resolved] = []
    for item in outcome.artifacts:
        if kind is None or item.kind is kind:
            is_text = item.kind is Kind.TEXT and item.text is not None
            found.append(item.text if is_text else item.as_media(now))
    return found


def known_seconds(arguments: Mapping[str, Resolved]) -> dict[str, float]:
    """Running time of the media in each argument, where it is known; lists are summed."""
    found: dict[str, float] = {}
    for name, value in arguments.items():
        items = value if isinstance(value, list) else [value]
        seconds = [item.seconds for item in items if isinstance(item, FileMedia | BlobMedia)]
        known = [second for second in seconds if second is not None]
        if seconds and len(known) == len(items):
            found[name] = math.fsum(known)  # as in `cost.py`
    return found
