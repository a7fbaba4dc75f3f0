"""The catalogue that comes with the package: the one place that reads its files."""

from __future__ import annotations

import functools
from importlib.resources import files

from rhflow.catalog.errors import ErrorFact, read_errors
from rhflow.catalog.read import Catalog, read_catalog


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
