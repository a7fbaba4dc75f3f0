"""`rhflow init [DIR]`"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from rhflow.cli.options import Home, Quiet, Verbose
from rhflow.cli.speaking import guarded
from rhflow.cli.streams import say
from rhflow.ground.errors import StoreError, UsageError

_FILES = ("film.rhflow.yaml", "storyboard.yaml", "storyboard.schema.json", "pipeline.schema.json")


@guarded()
def command(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Where; made if it is not there. Else here.", show_default=False),
    ] = Path(),
    *,
    home: Home = None,  # noqa: ARG001  # every command takes it
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001  # every command takes it
) -> int:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file", "Name a folder: rhflow init DIR")
    there = [name for name in _FILES if (folder / name).exists()]
    if there:
        raise UsageError(
            f"{folder / there[0]} is there already",
            "Nothing was written; name another folder: rhflow init DIR",
        )
    templates = files("rhflow.cli").joinpath("templates")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in _FILES:
            (folder / name).write_bytes(templates.joinpath(name).read_bytes())
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error.strerror or error}") from error
    if not quiet:
        path = folder / _FILES[0]
        say(f"Wrote {', '.join(_FILES)} into {folder.absolute()}.")
        say(f"Try it for nothing: rhflow run {path} --provider simulator")
    return 0
