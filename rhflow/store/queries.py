"""The queries by name: `queries.sql`, cut at its `-- name:` lines."""

from __future__ import annotations

import re
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def read_queries(text: str) -> dict[str, str]:
    """Name -> query; what stands before the first name is prose, and so is a comment behind a query.

    Raises:
        ValueError: two queries have one name.
    """
    pieces = _NAME.split(text)[1:]
    found: dict[str, str] = {}
    for name, query in zip(pieces[::2], pieces[1::2], strict=True):
        if name in found:
            raise ValueError(f"two queries are called {name}")
        found[name] = query[: query.rindex(";")].strip()
    return found


QUERIES = read_queries(files("rhflow.store").joinpath("queries.sql").read_text("utf-8"))
