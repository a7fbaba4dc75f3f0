"""`rhflow check FILE…`"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from rhflow import __version__
from rhflow.app.planned import read_file
from rhflow.app.session import full_catalog
from rhflow.catalog.read import Catalog
from rhflow.cli.options import Home, Json, Quiet, Verbose
from rhflow.cli.printing import tell
from rhflow.cli.speaking import guarded, show_problems
from rhflow.cli.streams import answer, say
from rhflow.ground.errors import EXIT_USAGE, UsageError
from rhflow.ground.values import Json as JsonValue
from rhflow.ground.values import JsonObject
from rhflow.settings import read_settings
from rhflow.view.annotations import annotation
from rhflow.view.sarif import sarif_document

_FORMS = ("text", "json", "sarif", "github")


def _empty() -> JsonObject:
    return {"valid": False, "problems": []}


@guarded(_empty)
def command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Pipeline files.", show_default=False)],
    *,
    as_json: Json = False,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORM",
            help="text, json, sarif or github.",
            autocompletion=lambda: [*_FORMS],
        ),
    ] = "text",
    home: Home = None,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001  # every command takes it
) -> int:
    if form not in _FORMS:
        raise UsageError(f"There is no format {form!r}", f"Use {', '.join(_FORMS[:-1])} or {_FORMS[-1]}.")
    readings = [read_file(file, catalog) for file, catalog in _catalogs(files, home)]
    problems = [item for reading in readings for item in reading.problems]
    is_valid = not any(item.severity == "error" for item in problems)
    if as_json or form == "json":
        listed: list[JsonValue] = [item.to_json() for item in problems]
        answer({"valid": is_valid, "problems": listed})
    elif form == "sarif":
        answer(sarif_document(problems, __version__))
    elif form == "github":
        for item in problems:
            tell(annotation(item))
    else:
        for reading in readings:
            show_problems(reading.problems, reading.sources)
        if is_valid and not quiet:
            names = ", ".join(str(file) for file in files)
            say(f"{names}: no errors" if problems else f"{names}: fine")
    return 0 if is_valid else EXIT_USAGE


def _catalogs(files: Iterable[Path], home: Path | None) -> Iterator[tuple[Path, Catalog]]:
    """Each file with the catalogue of its own home; read once per home."""
    known: dict[Path, Catalog] = {}
    for file in files:
        settings = read_settings(home=home, beside=file)
        if settings.home not in known:
            known[settings.home] = full_catalog(settings)
        yield file, known[settings.home]
