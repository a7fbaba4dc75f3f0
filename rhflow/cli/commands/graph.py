"""`rhflow graph FILE`"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from rhflow.app.graphs import declared_graph, task_graph
from rhflow.app.planned import new_run_id, plan_file, read_file, run_names
from rhflow.app.session import full_catalog, session
from rhflow.cli.given import given_inputs
from rhflow.cli.options import Home, Inputs, InputsFile, Json, Provider, Quiet, Verbose
from rhflow.cli.printing import tell
from rhflow.cli.speaking import guarded, show_problems
from rhflow.cli.streams import answer
from rhflow.ground.diagnostics import Diagnostic
from rhflow.ground.errors import DocumentError, UsageError
from rhflow.ground.values import Json as JsonValue
from rhflow.ground.values import JsonObject
from rhflow.settings import read_settings
from rhflow.view.drawing import Drawing
from rhflow.view.graph_svg import svg
from rhflow.view.graph_text import dot, mermaid

_TEXTS: dict[str, Callable[[Drawing], str]] = {"mermaid": mermaid, "dot": dot, "svg": svg}

MORE = (
    "Arrows lead from what is needed to what needs it. Mermaid is for Markdown pages, dot for Graphviz: "
    "rhflow graph FILE --format dot | dot -Tpdf -o graph.pdf"
)


def _empty() -> JsonObject:
    return {"pipeline": None, "nodes": [], "edges": [], "problems": []}


@guarded(_empty)
def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The pipeline.", show_default=False)],
    *,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORM",
            help="mermaid, dot, svg or json.",
            autocompletion=lambda: [*_TEXTS, "json"],
        ),
    ] = "mermaid",
    tasks: Annotated[
        bool, typer.Option("--tasks", help="Every task of the plan, in place of every step of the text.")
    ] = False,
    inputs: Inputs = None,
    inputs_file: InputsFile = None,
    provider: Provider = None,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001  # every command takes it
) -> int:
    form = "json" if as_json else form
    if form != "json" and form not in _TEXTS:
        raise UsageError(f"There is no format {form!r}", "Use mermaid, dot, svg or json.")
    if (inputs or inputs_file) and not tasks:
        raise UsageError(
            "The graph of the steps is the same for all inputs", "Add --tasks for the graph of the tasks."
        )
    if tasks:
        drawing, problems, sources = _tasks(file, inputs, inputs_file, provider, home)
    else:
        drawing, problems, sources = _steps(file, home)
    if not quiet:
        show_problems(problems, sources)
    if form == "json":
        listed: list[JsonValue] = [item.to_json() for item in problems]
        answer({**drawing.to_json(), "problems": listed})
    else:
        tell(_TEXTS[form](drawing))
    return 0


_Found = tuple[Drawing, tuple[Diagnostic, ...], dict[str, str]]


def _steps(file: Path, home: Path | None) -> _Found:
    reading = read_file(file, full_catalog(read_settings(home=home, beside=file)))
    if reading.pipeline is None:
        raise DocumentError(reading.problems, reading.sources)
    return declared_graph(reading.pipeline), reading.problems, dict(reading.sources)


def _tasks(
    file: Path, inputs: list[str] | None, inputs_file: Path | None, provider: str | None, home: Path | None
) -> _Found:
    settings = read_settings(home=home, beside=file, provider=provider)
    with session(settings, read_only=True) as opened:
        names = run_names(new_run_id(opened.clock.now()), opened.clock.now())
        planned = plan_file(opened, file, given_inputs(inputs, inputs_file), names)
    return task_graph(planned.plan, planned.judgements), planned.problems, dict(planned.sources)
