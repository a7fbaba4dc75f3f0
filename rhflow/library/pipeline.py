"""`load`: a file, read and checked, as a `Pipeline` that can be planned."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path

from rhflow.app.planned import Part, bind, narrowed, new_run_id, plan_bound, read_file, run_names
from rhflow.ground.diagnostics import Diagnostic
from rhflow.ground.errors import DocumentError, UsageError
from rhflow.ground.values import Json
from rhflow.language.build import Reading
from rhflow.language.inputs import Given
from rhflow.language.pipeline import Input
from rhflow.language.pipeline import Pipeline as Program
from rhflow.library.place import Place, place_of
from rhflow.library.plan import Plan
from rhflow.ports import Clock
from rhflow.settings import ProviderName


class Pipeline:
    """A checked pipeline, and the home in which its runs are remembered. Made by `load`."""

    def __init__(self, file: Path, program: Program, reading: Reading, place: Place) -> None:
        self.file = file
        self._program = program
        self._reading = reading
        self._place = place

    @property
    def name(self) -> str:
        return self._program.name

    @property
    def about(self) -> str | None:
        return self._program.about

    @property
    def inputs(self) -> Mapping[str, Input]:
        """What it can be given: type, default, whether it must be."""
        return self._program.inputs

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of its outputs."""
        return tuple(self._program.outputs)

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """Warnings and notes about the text; errors would have kept it from being loaded."""
        return self._reading.problems

    @property
    def home(self) -> Path:
        return self._place.settings.home

    @property
    def provider(self) -> str:
        """Who will do the work: `runninghub` or `simulator`."""
        return self._place.settings.provider

    def plan(
        self,
        inputs: Mapping[str, object] | None = None,
        *,
        until: str | None = None,
        only: str | None = None,
        frozen: bool = False,
    ) -> Plan:
        """What would run, what is there already, and what it would cost. Reads only.

        Args:
            inputs: values by name; relative paths among them are relative to the working directory.
            until: up to this step.
            only: this step alone.
            frozen: refuse unless everything is there already.

        Raises:
            DocumentError: a value does not fit; carries every problem.
            PlanError: there is no such step, or something that must be there is not.
            StoreError: the home cannot be read.
            UsageError: the text or a value is nothing a pipeline can be given.
        """
        given = {name: Given(_plain(name, value), str(Path.cwd())) for name, value in (inputs or {}).items()}
        bound = bind(self._reading, self.file, given)
        part = Part(until=until, only=only, frozen=frozen)
        with self._place.open(read_only=True) as opened:
            now = opened.clock.now()
            planned = plan_bound(opened, bound, run_names(new_run_id(now), now))
            planned = narrowed(opened, planned, part)
        return Plan(self._place, given, bound, part, planned)

    def __repr__(self) -> str:
        return f"<Pipeline {self.name} of {self.file}>"


def load(
    file: str | PathLike[str],
    *,
    home: str | PathLike[str] | None = None,
    provider: ProviderName | None = None,
    concurrency: int | None = None,
    quick: bool = False,
    clock: Clock | None = None,
) -> Pipeline:
    """Read a pipeline file and check all of it.

    Args:
        file: such as `film.rhflow.yaml`.
        home: in place of the nearest `.rhflow`.
        provider: `runninghub` or `simulator`; else as the environment and the settings say, and the
            simulator where there is no key.
        concurrency: paid jobs at once.
        quick: with the simulator: tiny media, for tests.
        clock: in place of the machine's, for tests.

    Raises:
        DocumentError: the text is wrong; carries every problem, each with its place.
        UsageError: the file cannot be opened.
        SettingsError: a setting makes no sense.
        StoreError: the home's catalogue file cannot be read.
    """
    path = Path(fspath(file)).absolute()
    place = place_of(
        home=home, beside=path, provider=provider, concurrency=concurrency, quick=quick, clock=clock
    )
    reading = read_file(path, place.catalog)
    if reading.pipeline is None:
        raise DocumentError(reading.problems, reading.sources)
    return Pipeline(path, reading.pipeline, reading, place)


def _plain(name: str, value: object) -> Json:
    """A Python value as a pipeline's input: paths are texts, tuples lists.

    Raises:
        UsageError: there is no such value in a pipeline.
    """
    match value:
        case None | bool() | int() | float() | str():
            return value
        case PathLike():
            return str(fspath(value))
        case list() | tuple():
            return [_plain(name, item) for item in value]
        case Mapping() if all(isinstance(key, str) for key in value):
            return {str(key): _plain(name, item) for key, item in value.items()}
        case _:
            raise UsageError(
                f"The input {name} was given a {type(value).__name__}",
                "It takes texts, numbers, booleans, None, paths, and lists and mappings of these.",
            )
