"""The contract between author and runner: `Plan`, `Task`, and what is said of a task before it runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

from rhflow.catalog.price import Quote
from rhflow.ground.caps import Caps
from rhflow.ground.references import Resolved, Shape, from_json, shape_of, shapes_in, to_json
from rhflow.ground.values import Json, JsonObject, Money, as_object

PLAN_VERSION = 1

VerdictWord: TypeAlias = Literal["cached", "run", "run_unless_identical", "skip", "wait", "unknown_until_run"]


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a fallback ladder: a model and the arguments it is asked with."""

    uses: str
    arguments: dict[str, Resolved]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One executable cell of a plan. Its arguments hold references to the results of others."""

    id: str
    """`hero`, `shots[2].clip`."""
    step: str
    """The declared step: `shots.clip`."""
    uses: str
    """The model's id: path, or `local/<name>`."""
    arguments: dict[str, Resolved]
    needs: tuple[str, ...]
    """Ids of the tasks it waits for: those whose results it takes, and those it was told to follow."""
    fallback: tuple[Rung, ...] = ()
    """What is asked instead where the model before has failed for good."""
    conditions: tuple[Resolved, ...] = ()
    """What must come out true for it to run; only those that wait for a result are left."""
    bounds: tuple[tuple[Resolved, int], ...] = ()
    """Lists that only the run knows, and the most items each may have."""
    skip: str | None = None
    """Why it is skipped for certain; None where it is not."""
    on_doubt: Literal["ask", "wait", "repeat"] = "ask"
    on_failure: Literal["stop", "continue"] = "stop"
    on_rejected: Literal["stop", "fallback", "skip"] = "stop"
    retry: int = 0
    timeout: tuple[float | None, float | None] = (None, None)
    """Seconds it may be queued, and run, before the run lets go of it."""
    cache: bool = True
    unchecked: bool = False
    max_cost: Money | None = None
    label: str | None = None
    save_as: str | None = None
    filled: tuple[str, ...] = ()
    """Required parameters that were left out and got their documented default."""
    quote: Quote = field(default_factory=lambda: Quote(None, None))
    seconds: float | None = None
    """Declared running time of what it makes."""

    @property
    def is_local(self) -> bool:
        return self.uses.startswith("local/")

    @property
    def ladder(self) -> tuple[Rung, ...]:
        """The first choice and all it falls back to."""
        return (Rung(self.uses, self.arguments), *self.fallback)

    def to_json(self) -> JsonObject:
        return {
            "id": self.id,
            "step": self.step,
            "uses": self.uses,
            "arguments": to_json(self.arguments),
            "needs": list(self.needs),
            "fallback": [{"uses": rung.uses, "arguments": to_json(rung.arguments)} for rung in self.fallback],
            "conditions": to_json(list(self.conditions)),
            "bounds": [[to_json(listed), at_most] for listed, at_most in self.bounds],
            "skip": self.skip,
            "on_doubt": self.on_doubt,
            "on_failure": self.on_failure,
            "on_rejected": self.on_rejected,
            "retry": self.retry,
            "timeout": list(self.timeout),
            "cache": self.cache,
            "unchecked": self.unchecked,
            "max_cost": str(self.max_cost) if self.max_cost else None,
            "label": self.label,
            "save_as": self.save_as,
            "filled": list(self.filled),
            "cost": self.quote.to_json(),
            "cost_why": self.quote.why,
            "seconds": self.seconds,
        }

    @classmethod
    def from_json(cls, body: JsonObject, shapes: Mapping[str, Shape]) -> Task:
        """The reverse of `to_json`; `shapes` are those of the plan, by digest.

        Raises:
            ValueError, KeyError: the text is no task of this version.
        """
        arguments = from_json(body["arguments"], shapes)
        if not isinstance(arguments, dict):
            raise ValueError("a task without arguments")
        max_cost, seconds = body.get("max_cost"), body.get("seconds")
        return cls(
            id=str(body["id"]),
            step=str(body["step"]),
            uses=str(body["uses"]),
            arguments=arguments,
            needs=_words(body["needs"]),
            fallback=_fallback(body.get("fallback"), shapes),
            conditions=_conditions(body.get("conditions"), shapes),
            bounds=_bounds(body.get("bounds"), shapes),
            skip=_text(body.get("skip")),
            on_doubt=str(body.get("on_doubt", "ask")),  # type: ignore[arg-type]
            on_failure=str(body.get("on_failure", "stop")),  # type: ignore[arg-type]
            on_rejected=str(body.get("on_rejected", "stop")),  # type: ignore[arg-type]
            retry=int(str(body.get("retry", 0))),
            timeout=_timeout(body.get("timeout")),
            cache=body.get("cache") is not False,
            unchecked=body.get("unchecked") is True,
            max_cost=Money.parse(str(max_cost)) if max_cost else None,
            label=_text(body.get("label")),
            save_as=_text(body.get("save_as")),
            filled=_words(body.get("filled") or []),
            quote=read_quote(body.get("cost"), str(body.get("cost_why") or "")),
            seconds=float(seconds) if isinstance(seconds, int | float) else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that will be done, in an order in which it can be done."""

    pipeline: str
    file: str
    provider: str
    """`runninghub` or `simulator`."""
    realm: str
    """The far side that enters the keys."""
    tasks: tuple[Task, ...]
    outputs: Mapping[str, Resolved]
    budget: Caps = field(default_factory=Caps)
    """What the author allows: for the run, a step of it, a day, the project."""
    currency: str = "CNY"
    """What the far side bills in."""
    facts_of: str | None = None
    """Date of the catalogue's prices."""

    def task(self, task_id: str) -> Task | None:
        """The task of that id."""
        return next((task for task in self.tasks if task.id == task_id), None)

    def to_json(self) -> JsonObject:
        return {
            "rhflow_plan": PLAN_VERSION,
            "pipeline": self.pipeline,
            "file": self.file,
            "provider": self.provider,
            "realm": self.realm,
            "budget": self.budget.to_json(),
            "currency": self.currency,
            "facts_of": self.facts_of,
            "tasks": [task.to_json() for task in self.tasks],
            "outputs": {name: to_json(value) for name, value in self.outputs.items()},
            "schemas": {digest: shape.schema for digest, shape in self.shapes().items()},
        }

    def shapes(self) -> dict[str, Shape]:
        """The schemas its expressions speak of, by digest: they travel with it."""
        found = shapes_in(dict(self.outputs))
        for task in self.tasks:
            found |= shapes_in([task.arguments, *task.conditions, *(listed for listed, _ in task.bounds)])
            found |= shapes_in([rung.arguments for rung in task.fallback])
        return found

    @classmethod
    def from_json(cls, body: JsonObject) -> Plan:
        """The reverse of `to_json`.

        Raises:
            ValueError, KeyError: the text is no plan of this version.
        """
        if body.get("rhflow_plan") != PLAN_VERSION:
            raise ValueError(
                f"a plan of version {body.get('rhflow_plan')}; this rhflow reads version {PLAN_VERSION}"
            )
        tasks = body["tasks"]
        outputs = as_object(body["outputs"], "outputs")
        shapes = _shapes(body.get("schemas"))
        return cls(
            pipeline=str(body["pipeline"]),
            file=str(body["file"]),
            provider=str(body["provider"]),
            realm=str(body["realm"]),
            tasks=tuple(
                Task.from_json(as_object(task, "task"), shapes)
                for task in (tasks if isinstance(tasks, list) else [])
            ),
            outputs={name: from_json(value, shapes) for name, value in outputs.items()},
            budget=Caps.from_json(body.get("budget")),
            currency=str(body.get("currency") or "CNY"),
            facts_of=_text(body.get("facts_of")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the plan says of one task, given what is remembered."""

    verdict: VerdictWord
    why: tuple[str, ...]
    key: str | None = None
    quote: Quote = field(default_factory=lambda: Quote(None, None))
    """What it would cost now: nothing where the result is there or already bought."""


@dataclass(frozen=True, slots=True)
class Bill:
    """The sum of quotes: certain part, upper bound, and how many tasks nobody can price."""

    low: Decimal
    high: Decimal
    unknown: int
    currency: str = "CNY"

    def to_json(self) -> JsonObject:
        return {
            "low": str(self.low),
            "high": str(self.high),
            "unknown": self.unknown,
            "currency": self.currency,
        }


def bill_of_tasks(tasks: Iterable[Task]) -> Bill:
    """The price of a whole plan as if nothing had been made before."""
    return bill(task.quote for task in tasks)


def bill(quotes: Iterable[Quote]) -> Bill:
    """Certain part, upper bound and number of unknowns, in the currency of the quotes."""
    low, high, unknown, currency = Decimal(0), Decimal(0), 0, "CNY"
    for item in quotes:
        currency = item.currency if item.high is None or item.high > 0 else currency
        if item.low is None or item.high is None:
            unknown += 1
        else:
            low, high = low + item.low, high + item.high
    return Bill(low, high, unknown, currency)


def read_quote(cost: Json, why: str = "") -> Quote:
    """A quote out of its JSON form."""
    if not isinstance(cost, dict):
        return Quote(None, None, why=why)
    return Quote(
        Decimal(str(cost["low"])),
        Decimal(str(cost["high"])),
        str(cost["currency"]),
        why,
        cost.get("at_least") is True,
    )


def _shapes(value: Json) -> dict[str, Shape]:
    """The schemas a plan brought along; each must still be what its digest says.

    Raises:
        ValueError: one was changed.
    """
    kept = as_object(value or {}, "schemas")
    for digest, schema in kept.items():
        if shape_of(schema).digest != digest:
            raise ValueError(f"the schema {digest[:12]}… was changed")
    return {digest: Shape(digest, schema) for digest, schema in kept.items()}


def _fallback(value: Json, shapes: Mapping[str, Shape]) -> tuple[Rung, ...]:
    rungs = []
    for item in value if isinstance(value, list) else []:
        body = as_object(item, "a rung")
        arguments = from_json(body["arguments"], shapes)
        if not isinstance(arguments, dict):
            raise ValueError("a rung without arguments")
        rungs.append(Rung(str(body["uses"]), arguments))
    return tuple(rungs)


def _conditions(value: Json, shapes: Mapping[str, Shape]) -> tuple[Resolved, ...]:
    found = from_json(value, shapes) if value is not None else []
    return tuple(found) if isinstance(found, list) else ()


def _bounds(value: Json, shapes: Mapping[str, Shape]) -> tuple[tuple[Resolved, int], ...]:
    items = value if isinstance(value, list) else []
    pairs = [item for item in items if isinstance(item, list) and len(item) == 2]
    return tuple((from_json(listed, shapes), int(str(at_most))) for listed, at_most in pairs)


def _timeout(value: Json) -> tuple[float | None, float | None]:
    if not isinstance(value, list) or len(value) != 2:
        return (None, None)
    queued, running = (float(item) if isinstance(item, int | float) else None for item in value)
    return (queued, running)


def _words(value: Json) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
