"""What became of a run: its outputs as files and values, its money, what went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from rhflow.app.finished import Finished
from rhflow.ground.errors import EXIT_DONE, UsageError
from rhflow.ground.media import Kind
from rhflow.ground.references import BlobMedia, Resolved
from rhflow.ground.values import Json, JsonObject
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.lifecycle.states import State
from rhflow.view.run_view import exit_code_of, has_failed, money_of, status_of


@dataclass(frozen=True, slots=True)
class File:
    """One result as a file that is the caller's to keep; changing it changes nothing in the store."""

    path: Path
    kind: Kind
    sha256: str
    seconds: float | None = None
    """How long it runs, where it does."""


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a pipeline."""

    name: str
    value: Json
    """As `run --json` has it: paths in place of media; None where there is nothing."""
    files: tuple[File, ...]
    """Every medium in it, in order."""
    why: str | None = field(default=None, repr=False)
    """What there is to say where it has no file."""

    @property
    def path(self) -> Path:
        """Where its file lies.

        Raises:
            UsageError: it is not one file: it was not made, or is a list or a value.
        """
        if len(self.files) == 1 and not isinstance(self.value, list):
            return self.files[0].path
        if self.files:
            raise UsageError(f"The output {self.name} has {len(self.files)} files", "They are in `files`.")
        if self.value is not None:
            raise UsageError(f"The output {self.name} is no file", "What it is stands in `value`.")
        raise UsageError(f"The output {self.name} was not made", self.why)


@dataclass(frozen=True, slots=True)
class Result:
    """How a run stands. It may not be `ok`: a step failed, a person is asked, the budget was reached."""

    run: str
    """Its id, as `rhflow runs` lists it."""
    status: str
    exit_code: int
    """What `rhflow run` would have ended with."""
    outputs: Mapping[str, Output]
    failures: Mapping[str, Failure]
    """Why tasks failed, by task; those that only waited for them are not among them."""
    doubtful: tuple[str, ...]
    """Tasks that may have been bought; `rhflow settle` ends that."""
    messages: tuple[str, ...]
    """What a person should hear: why nothing more was bought, what goes on over there."""
    charged: Decimal
    """Spent by this run, in its currency; play money with the simulator."""
    saved: Decimal
    """What cached results would have cost."""
    currency: str
    document: JsonObject = field(repr=False)
    """The document of `rhflow run --json` (schemas/run.schema.json)."""
    home: Path = field(repr=False)

    @property
    def ok(self) -> bool:
        """Everything was made."""
        return self.exit_code == EXIT_DONE


def result_of(finished: Finished, home: Path) -> Result:
    """A finished run as a program sees it."""
    facts = finished.facts
    money = money_of(facts)
    failures = {
        task.id: failure
        for task in facts.plan.tasks
        if has_failed(task, facts.states[task.id])
        and (failure := facts.states[task.id].failure) is not None
        and failure.kind is not FailureKind.UPSTREAM
    }
    doubtful = tuple(name for name, state in facts.states.items() if state.state is State.DOUBTFUL)
    messages = (*facts.stops.values(), *facts.unread.values(), *facts.parked.values())
    why = " ".join([*(f"{name}: {failure.message}" for name, failure in failures.items()), *messages])
    outputs = {
        name: Output(name, place, tuple(_files(facts.outputs.get(name), place)), why or None)
        for name, place in finished.places.items()
    }
    return Result(
        run=facts.run,
        status=status_of(facts),
        exit_code=exit_code_of(facts),
        outputs=outputs,
        failures=failures,
        doubtful=doubtful,
        messages=messages,
        charged=money.charged,
        saved=money.saved,
        currency=money.currency,
        document=finished.document,
        home=home,
    )


def _files(value: Resolved, place: Json) -> Iterator[File]:
    """The media of an output, with where each was put."""
    match value, place:
        case BlobMedia(), str():
            yield File(Path(place), value.kind, value.sha256, value.seconds)
        case list(), list():
            for item, where in zip(value, place, strict=True):
                yield from _files(item, where)
        case dict(), dict():
            for key, item in value.items():
                yield from _files(item, place[key])
