"""From a file and its inputs to a judged plan. Reads only."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rhflow.app.session import Session
from rhflow.catalog.read import Catalog
from rhflow.ground.diagnostics import Diagnostic, Diagnostics
from rhflow.ground.errors import DocumentError, PriceUnknown, UsageError
from rhflow.ground.references import FileMedia, Resolved
from rhflow.ground.values import Json, as_object, walk
from rhflow.language.build import Reading, read_pipeline
from rhflow.language.inputs import Given, bind_inputs
from rhflow.language.pipeline import Pipeline
from rhflow.planning.expand import expand
from rhflow.planning.judge import judge
from rhflow.planning.narrow import refuse_any_work, refuse_drift, refuse_other_work, until
from rhflow.planning.plan import Judgement, Plan
from rhflow.settings import api_key


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with what is said of each task, and the remarks made on the way."""

    plan: Plan
    judgements: Mapping[str, Judgement]
    problems: tuple[Diagnostic, ...]
    sources: Mapping[str, str]


_MOST_BYTES = 100_000_000
"""Far more than any text may have; a device may never end."""


def read_file(file: Path, catalog: Catalog) -> Reading:
    """Read and check one pipeline file.

    Raises:
        UsageError: it cannot be opened at all.
    """
    return read_pipeline(
        _bytes_of(file), str(file), catalog, _opener(file.parent), secrets=_own_secrets(file)
    )


def plan_file(
    opened: Session, file: Path, given: Mapping[str, Given], run_names: Mapping[str, Json]
) -> Planned:
    """Read, bind, expand and judge.

    Raises:
        DocumentError: something is wrong with the text or the inputs; carries every problem.
        UsageError: the file cannot be opened at all.
    """
    return plan_bound(opened, bind(read_file(file, opened.catalog), file, given), run_names)


@dataclass(frozen=True, slots=True)
class Bound:
    """A checked pipeline with a value for each input, and the remarks made on the way."""

    pipeline: Pipeline
    values: Mapping[str, Resolved]
    problems: tuple[Diagnostic, ...]
    sources: Mapping[str, str]


def bind(reading: Reading, file: Path, given: Mapping[str, Given]) -> Bound:
    """Give the inputs of what was read their values.

    Raises:
        DocumentError: something is wrong with the text or the inputs; carries every problem.
        UsageError: a value holds the key.
    """
    problems = Diagnostics()
    problems.extend(reading.problems)
    if reading.pipeline is None:
        raise DocumentError(tuple(problems), reading.sources)
    bound = bind_inputs(reading.pipeline, given, _opener(file.parent), folder=str(file.parent.resolve()))
    problems.extend(bound.problems)
    sources = {**reading.sources, **bound.sources}
    if problems.has_errors:
        raise DocumentError(tuple(problems), sources)
    _refuse_keys(bound.values, _own_secrets(file))
    return Bound(reading.pipeline, bound.values, tuple(problems), sources)


def plan_bound(opened: Session, bound: Bound, run_names: Mapping[str, Json]) -> Planned:
    """Expand and judge.

    Raises:
        DocumentError: a value turned out wrong on the way; carries every problem.
    """
    problems = Diagnostics()
    problems.extend(bound.problems)
    expansion = expand(
        bound.pipeline,
        bound.values,
        provider=opened.settings.provider,
        realm=opened.realm,
        inspect=opened.files.inspect,
        run_names=run_names,
        facts_of=opened.catalog.as_of,
        default=_part_default,
        currency=opened.currency,
    )
    problems.extend(expansion.problems)
    if expansion.plan is None:
        raise DocumentError(tuple(problems), bound.sources)
    return judged_plan(opened, expansion.plan, tuple(problems), bound.sources)


def judged_plan(
    opened: Session, plan: Plan, problems: tuple[Diagnostic, ...], sources: Mapping[str, str]
) -> Planned:
    """A plan against what this home remembers.

    Raises:
        JournalDamaged: it has forgotten purchases, and would make them again.
    """
    opened.journal.check_memory()
    return Planned(plan, judge(plan, opened.model, opened.memory, opened.clock.now()), problems, sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What of a plan is wanted: all of it, unless something is said."""

    until: str | None = None
    only: str | None = None
    frozen: bool = False
    signed: Path | None = None


def narrowed(opened: Session, planned: Planned, part: Part) -> Planned:
    """The part that is wanted, judged.

    Raises:
        PlanError: there is no such step, something is missing in the store, or a signed plan has drifted.
    """
    if part.signed is not None:
        refuse_drift(_signed_plan(part.signed), planned.plan)
    if part.until is not None and part.only is not None:
        raise UsageError("--only and --until say different things", "Say one of them.")
    step = part.until or part.only
    if step is not None:
        plan = until(planned.plan, step)
        planned = judged_plan(opened, plan, planned.problems, planned.sources)
    if part.only is not None:
        refuse_other_work(planned.plan, planned.judgements, part.only)
    if part.frozen:
        refuse_any_work(planned.judgements)
    return planned


def _signed_plan(path: Path) -> Plan:
    try:
        document = as_object(json.loads(path.read_text("utf-8")), "a plan")
        return Plan.from_json(as_object(document["requests"], "the requests"))
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(
            f"{path} is no frozen plan: {error}", "Make one: rhflow plan FILE -o plan.json"
        ) from error


def uploads_of(planned: Planned) -> list[tuple[str, int]]:
    """The author's files that the tasks to run would bring over: path and bytes, each once."""
    found: dict[str, int] = {}
    for task in planned.plan.tasks:
        if planned.judgements[task.id].verdict in ("run", "run_unless_identical") and not task.is_local:
            for _, leaf in walk(task.arguments):
                if isinstance(leaf, FileMedia):
                    found[leaf.path] = leaf.bytes or 0
    return sorted(found.items())


def _bytes_of(file: Path) -> bytes:
    try:
        return _read(file)
    except FileNotFoundError:
        raise UsageError(
            f"There is no file {file}", "Name a pipeline file, such as film.rhflow.yaml."
        ) from None
    except IsADirectoryError:
        raise UsageError(f"{file} is a folder", "Name a pipeline file inside it.") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}") from error


def _opener(folder: Path) -> Callable[[str], bytes]:
    return lambda path: _read(folder / path)


def _read(file: Path) -> bytes:
    """The bytes of a text, and of what has no end no more than the reader needs to refuse it."""
    with file.open("rb") as opened:
        return opened.read(_MOST_BYTES)


def _refuse_keys(values: Mapping[str, Resolved], keys: tuple[str, ...]) -> None:
    """A key among the inputs would be sent, journalled and cached.

    Raises:
        UsageError: one of them holds the key at hand.
    """
    for name, value in values.items():
        for _, leaf in walk(value):
            if isinstance(leaf, str) and any(key in leaf for key in keys):
                raise UsageError(
                    f"The value of the input {name} holds the API key",
                    "A key belongs into the environment or a key file, never into an input.",
                )


def _part_default(part: Pipeline, name: str) -> Resolved:
    """The default of a sub-pipeline's input, read from beside its file."""
    folder = Path(part.file).parent
    bound = bind_inputs(part, {}, _opener(folder), folder=str(folder.resolve()))
    if bound.values.get(name) is None and part.inputs[name].required:
        raise ValueError(f"{part.file} wants a value for its input {name}")
    faults = [item for item in bound.problems if item.severity == "error" and item.name != "missing-input"]
    if faults:
        raise ValueError(str(faults[0]))
    return bound.values.get(name)


def _own_secrets(file: Path) -> tuple[str, ...]:
    """The key at hand, so that the reader can refuse a text that holds it."""
    key = api_key(folder=file.parent)
    return (key,) if key else ()


def refuse_unknown_prices(planned: Planned, *, allowed: bool) -> None:
    """Before any submit: a price nobody publishes needs somebody's word.

    Raises:
        PriceUnknown: it has none.
    """
    if allowed:
        return
    unknown = [
        task
        for task in planned.plan.tasks
        if not planned.judgements[task.id].quote.known and planned.judgements[task.id].verdict != "cached"
    ]
    if unknown:
        names = ", ".join(dict.fromkeys(f"{task.step} ({task.uses})" for task in unknown))
        raise PriceUnknown(
            f"The price of {names} is unknown",
            "Give the step a max_cost, such as max_cost: 2 CNY, or allow it with --allow-unknown-price.",
        )


def run_names(run_id: str, now: float) -> dict[str, Json]:
    """What `run` stands for in `label` and `save_as`."""
    return {"id": run_id, "date": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d")}


def new_run_id(now: float) -> str:
    """`20261121-021530-a3f2`: sorts by time, and can be told over the phone."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S")
    return f"{stamp}-{secrets.token_hex(2)}"
