"""`rhflow schema [DIR]`"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from rhflow.app.session import full_catalog
from rhflow.catalog.read import Catalog
from rhflow.catalog.schema import model_schema, schema_file
from rhflow.cli.options import Home, Quiet, Verbose
from rhflow.cli.speaking import guarded
from rhflow.cli.streams import say
from rhflow.ground.errors import StoreError, UsageError
from rhflow.language.editor_schema import editor_text
from rhflow.settings import read_settings

MORE = (
    "Without DIR it goes where the schema line of the nearest *.rhflow.yaml leads (here, in a folder of this "
    "one, or in a folder around it), else here. That line is: # yaml-language-server: $schema=PATH"
)

_NAME = "pipeline.schema.json"
_LINE = re.compile(r"^#\s*yaml-language-server:\s*\$schema=(\S+)", re.MULTILINE)
_HEAD = 2000
"""Characters of a file in which its schema line is looked for."""


@guarded()
def command(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Where; made if it is not there.", show_default=False)
    ] = None,
    *,
    models: Annotated[
        bool, typer.Option("--models", help="Also a schema of each model's arguments, in a folder models.")
    ] = False,
    home: Home = None,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001  # every command takes it
) -> int:
    if folder is not None and folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file", "Name a folder: rhflow schema DIR")
    target = folder / _NAME if folder is not None else _named_by_a_pipeline(Path.cwd()) or Path(_NAME)
    _refuse_strangers(target)
    catalog = full_catalog(read_settings(home=home))
    texts = {target: editor_text(catalog)}
    if models:
        texts |= {target.parent / "models" / name: text for name, text in _model_texts(catalog)}
    for path, text in texts.items():
        _write(path, text)
    if not quiet:
        more = f", and {len(texts) - 1} schemas of models in {target.parent / 'models'}" if models else ""
        say(f"Wrote {target}{more}.")
    return 0


def _named_by_a_pipeline(here: Path) -> Path | None:
    """The file that the schema line of the nearest pipeline names; None where there is none."""
    for folder in (here, *sorted(path for path in _entries(here) if path.is_dir()), *here.parents):
        for file in sorted(_entries(folder)):
            if file.name.endswith((".rhflow.yaml", ".rhflow.yml")) and file.is_file():
                named = _schema_of(file)
                if named is not None:
                    return named
    return None


def _entries(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError:
        return []


def _schema_of(file: Path) -> Path | None:
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            found = _LINE.search(stream.read(_HEAD))
    except OSError:
        return None
    if found is None or re.match(r"[a-z]{2,}:", found[1]):  # an address is not ours to write
        return None
    return (file.parent / found[1]).resolve()


def _refuse_strangers(target: Path) -> None:
    """Only a schema of pipelines is written over."""
    if not target.exists():
        return
    try:
        old = json.loads(target.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        old = None
    is_ours = isinstance(old, dict) and "rhflow" in str(old.get("title", "")) + str(
        old.get("description", "")
    )
    if not is_ours:
        raise UsageError(
            f"{target} is there and is no schema of pipelines", "Name another folder: rhflow schema DIR"
        )


def _model_texts(catalog: Catalog) -> Iterator[tuple[str, str]]:
    for model in catalog.models:
        name = schema_file(model)
        if name is not None:
            yield name, json.dumps(model_schema(model), ensure_ascii=False, indent=2) + "\n"


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}") from error
