"""Catalogue files: those that come with the package, and the user's own newer facts beside the store."""

from __future__ import annotations

import contextlib
import functools
import json
import os
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from rhflow.catalog.blueprint import blueprint_json, read_blueprint
from rhflow.catalog.errors import ErrorFact, read_errors
from rhflow.catalog.intake import Facts, dates_of, id_of, read_export, read_facts
from rhflow.catalog.model import Blueprint, Model
from rhflow.catalog.read import Catalog, read_catalog
from rhflow.ground.errors import StoreError, UsageError

USER_FILE = "catalog.json"
"""In the home: `{"rhflow_catalog": 1, "as_of", "from", "models": [...]}`, each model with its family."""
BLUEPRINTS = "blueprints.json"
"""In the home: `{"rhflow_blueprints": 1, "kept": [...]}`, what is known of workflows and apps."""
FORM = 1


@functools.cache
def load_catalog() -> Catalog:
    """Every remote model of the package data; read once per process.

    Raises:
        ValueError: the installed files are damaged.
    """
    folder = files("rhflow.catalog") / "data" / "models"
    return read_catalog(
        {item.name: item.read_text("utf-8") for item in folder.iterdir() if item.name.endswith(".json")}
    )


@functools.cache
def load_errors() -> tuple[ErrorFact, ...]:
    """The vendor's error codes; read once per process.

    Raises:
        ValueError: the installed file is damaged.
    """
    return read_errors((files("rhflow.catalog") / "data" / "errors.json").read_text("utf-8"))


def user_catalog(home: Path, base: Catalog) -> Catalog:
    """The catalogue with the newer facts of this home in place of older ones; `base` where it has none.

    Raises:
        StoreError: the file of the home cannot be read.
    """
    facts, as_of = _read_user_file(home)
    if not facts:
        return base
    newer = _models(home, facts)
    models = [newer.pop(model.id, model) for model in base.models]
    return Catalog((*models, *newer.values()), max(filter(None, (as_of, base.as_of)), default=None))


def read_newer(file: Path) -> dict[str, Facts]:
    """The models of a public registry export by id, with our corrections made.

    Raises:
        UsageError: it is no such file.
    """
    corrections = json.loads((files("rhflow.catalog") / "data" / "overrides.json").read_text("utf-8"))
    try:
        return read_export(file.read_text("utf-8"), corrections)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise UsageError(
            f"{file} is no export of the registry: {error}",
            "It is a JSON list of models; see docs/models.md.",
        ) from error


def keep_newer(home: Path, newer: Mapping[str, Facts], origin: str) -> Path:
    """Merge these facts into the home's own file, all at once or not at all; the file.

    What the package says in the same words is not kept: the file holds what is new or other.

    Raises:
        StoreError: it cannot be read or written.
    """
    kept, _ = _read_user_file(home)
    base = load_catalog()
    merged = {**kept, **newer}
    other = {name: facts for name, facts in merged.items() if read_facts(facts) != base.find(name)}
    dates = [date for facts in merged.values() for date in dates_of(facts)]
    document = {
        "rhflow_catalog": FORM,
        "as_of": max(dates, default=None),
        "from": origin,
        "models": list(other.values()),
    }
    path = home / USER_FILE
    _write(path, document)
    return path


def read_blueprints(home: Path) -> dict[str, Blueprint]:
    """What the home knows of workflows and apps, by the name a step uses.

    Raises:
        StoreError: its file cannot be read.
    """
    path = home / BLUEPRINTS
    try:
        document: Any = json.loads(path.read_text("utf-8"))
        if document["rhflow_blueprints"] != FORM:
            raise ValueError(
                f"it has form {document['rhflow_blueprints']}, and this rhflow reads form {FORM}"
            )
        return {str(item["uses"]): read_blueprint(item) for item in document["kept"]}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(
            f"{path} does not hold what is known of workflows and apps: {error}",
            "Delete it (nothing bought is in it) and add them anew: rhflow models add app/ID",
        ) from error


def keep_blueprint(home: Path, blueprint: Blueprint) -> Path:
    """Keep what is known of one, in place of what was known before; the file.

    Raises:
        StoreError: it cannot be read or written.
    """
    kept = {**read_blueprints(home), blueprint.uses: blueprint}
    path = home / BLUEPRINTS
    listed = [blueprint_json(kept[name]) for name in sorted(kept)]
    _write(path, {"rhflow_blueprints": FORM, "kept": listed})
    return path


def _write(path: Path, document: Mapping[str, object]) -> None:
    """A JSON file, all at once or not at all.

    Raises:
        StoreError: it cannot be written.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise StoreError(f"{path} cannot be written: {error.strerror or error}") from error


def _read_user_file(home: Path) -> tuple[dict[str, Facts], str | None]:
    path = home / USER_FILE
    try:
        document: Any = json.loads(path.read_text("utf-8"))
        if document["rhflow_catalog"] != FORM:
            raise ValueError(f"it has form {document['rhflow_catalog']}, and this rhflow reads form {FORM}")
        return {id_of(item): item for item in document["models"]}, document["as_of"]
    except FileNotFoundError:
        return {}, None
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise _damaged(path, error) from error


def _models(home: Path, facts: Mapping[str, Facts]) -> dict[str, Model]:
    try:
        return {name: read_facts(item) for name, item in facts.items()}
    except ValueError as error:
        raise _damaged(home / USER_FILE, error) from error


def _damaged(path: Path, error: Exception) -> StoreError:
    return StoreError(
        f"{path} is no catalogue of ours: {error}",
        "Delete it (nothing bought is in it) and make it anew: rhflow models refresh --from FILE --write",
    )
