"""A result with the request it answers: enough for a stranger to work out the key by himself.

A crate brings results under keys. Taken on trust, a wrong key would put somebody else's picture in the place
of what one is about to buy; so the key is computed anew from the request, here and where the crate is opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rhflow.app.discretion import Discretion
from rhflow.app.runs import outcomes_of
from rhflow.app.session import Session
from rhflow.ground.errors import UsageError
from rhflow.ground.references import Resolved, from_json, to_json
from rhflow.ground.values import Json, JsonObject, as_object
from rhflow.lifecycle.events import Collected, Keyed
from rhflow.lifecycle.states import TaskState
from rhflow.planning.identify import NoRequest, SkipTask, identify
from rhflow.planning.keys import NoKey, task_key
from rhflow.planning.plan import Task
from rhflow.view.run_view import Facts

_MOST_TAKES = 64
_MOST_VERSIONS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One result under one key."""

    key: str
    task: str
    model: str
    """Who made it; another than `endpoint` where a fallback did."""
    realm: str
    endpoint: str
    arguments: Json
    artifacts: list[Json]
    usage: Json
    estimated: str | None
    take: int = 1
    version: int | None = None

    def to_json(self) -> JsonObject:
        return {
            "key": self.key,
            "task": self.task,
            "model": self.model,
            "request": {
                "realm": self.realm,
                "endpoint": self.endpoint,
                "arguments": self.arguments,
                "take": self.take,
                "version": self.version,
            },
            "artifacts": self.artifacts,
            "usage": self.usage,
            "estimated": self.estimated,
        }

    @classmethod
    def from_json(cls, body: JsonObject) -> Proof:
        """The reverse of `to_json`.

        Raises:
            ValueError, KeyError: it is none.
        """
        request = as_object(body["request"], "a request")
        artifacts, version, estimated = body["artifacts"], request.get("version"), body.get("estimated")
        if not isinstance(artifacts, list):
            raise ValueError("artifacts are no list")
        return cls(
            key=str(body["key"]),
            task=str(body["task"]),
            model=str(body["model"]),
            realm=str(request["realm"]),
            endpoint=str(request["endpoint"]),
            arguments=request["arguments"],
            artifacts=artifacts,
            usage=body.get("usage"),
            estimated=None if estimated is None else str(estimated),
            take=int(str(request.get("take", 1))),
            version=None if version is None else int(str(version)),
        )


def prove(proof: Proof) -> bool:
    """Whether the key is that of the request."""
    arguments = _arguments(proof.arguments)
    if arguments is None:
        return False
    try:
        found = task_key(proof.realm, proof.endpoint, arguments, take=proof.take, version=proof.version)
    except NoKey:
        return False
    return found == proof.key


def proofs_of(opened: Session, facts: Facts, task: Task, discretion: Discretion) -> Iterator[Proof]:
    """The result of a finished task under each key it answers, as it may be told.

    The request is the one that was written down, by this run or by the one that made the result; else the one
    that the plan leads to.
    """
    state = facts.states[task.id]
    if state.key is None:
        return
    story = [event for _, _, event in opened.journal.events(facts.run, task.id)]
    made = next((event for event in reversed(story) if isinstance(event, Collected)), None)
    requests = {event.key: event for event in story if isinstance(event, Keyed)}
    for key in dict.fromkeys((state.key, *(made.also if made is not None else ()))):
        keyed = (
            requests.get(key)
            or _request_elsewhere(opened, state, key)
            or _request_by_plan(opened, facts, task, key)
        )
        bare = Proof(
            key=key,
            task=task.id,
            model=state.model or task.uses,
            realm="local" if task.is_local else facts.plan.realm,
            endpoint=keyed.endpoint if keyed is not None else "",
            arguments=discretion.value(keyed.request) if keyed is not None else None,
            artifacts=[discretion.result(item) for item in state.artifacts],
            usage=_usage(opened, state, key),
            estimated=_estimated(opened, key),
        )
        yield _with_its_number(bare)


def _with_its_number(proof: Proof) -> Proof:
    """The take, and for a step on this machine the version, are part of the key and stand nowhere else."""
    versions = range(1, _MOST_VERSIONS + 1) if proof.realm == "local" else (None,)
    for take in range(1, _MOST_TAKES + 1):
        for version in versions:
            numbered = replace(proof, take=take, version=version)
            if prove(numbered):
                return numbered
        if proof.realm == "local":
            break
    return proof


def _request_elsewhere(opened: Session, state: TaskState, key: str) -> Keyed | None:
    if state.origin is None:
        return None
    body = opened.holdings.request_of(*state.origin, key)
    return Keyed(key, str(body["endpoint"]), as_object(body["request"], "a request")) if body else None


def _request_by_plan(opened: Session, facts: Facts, task: Task, key: str) -> Keyed | None:
    outcomes = outcomes_of(facts.plan, dict(facts.states))
    rung = facts.states[task.id].rung
    try:
        model = opened.model(task.ladder[rung].uses)
        found = identify(task, model, facts.plan.realm, outcomes, opened.clock.now(), rung)
    except (SkipTask, NoRequest, UsageError):
        return None
    return (
        Keyed(key, model.id, as_object(to_json(found.arguments), "a request")) if found.key == key else None
    )


def _usage(opened: Session, state: TaskState, key: str) -> Json:
    if state.purchase is not None and state.purchase.usage:
        return state.purchase.usage
    hit = opened.journal.recall(key)
    return hit.usage if hit is not None else {}


def _estimated(opened: Session, key: str) -> str | None:
    hit = opened.journal.recall(key)
    return hit.estimated if hit is not None else None


def _arguments(value: Json) -> dict[str, Resolved] | None:
    try:
        found = from_json(value)
    except (ValueError, KeyError):
        return None
    return found if isinstance(found, dict) else None
