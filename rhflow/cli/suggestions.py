"""Words for an unfinished command line that only this machine knows: pipelines, runs, tasks, models."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from rhflow.catalog.model import Model
from rhflow.catalog_files import load_catalog, read_blueprints, user_catalog
from rhflow.cli.completing import Given, Word
from rhflow.settings import find_home
from rhflow.store.journal import Journal

_DEEP = 3
"""Folders below the one that is named in which pipelines are looked for."""
_MOST_ENTRIES = 5_000
"""Files and folders that are looked at before the search ends: nobody waits for a key."""
_MOST_RUNS = 50


def suggest(sort: str, given: Given, begun: str) -> Iterator[Word]:
    """Words of that sort; `given` holds what stands on the line so far.

    Raises:
        RhflowError, OSError, ValueError: the home cannot be read.
    """
    if sort in _SORTS:
        yield from _SORTS[sort](given, begun)


def _pipelines(_given: Given, begun: str) -> Iterator[Word]:
    """Pipeline files in the folder that the word names so far, and below it."""
    start, slash, beginning = begun.rpartition("/")
    start += slash
    top = Path(start or ".").expanduser()
    left = _MOST_ENTRIES
    for folder, folders, names in os.walk(top):
        left -= len(folders) + len(names)
        below = Path(folder).relative_to(top)
        depth = len(below.parts)
        wanted = beginning if depth == 0 else ""
        folders[:] = sorted(name for name in folders if name.startswith(wanted) and name[0] not in "._")
        if depth >= _DEEP or left < 0:
            folders.clear()
        for name in sorted(names):
            if name.endswith((".rhflow.yaml", ".rhflow.yml")):
                yield start + (below / name).as_posix(), ""


def _runs(given: Given, _begun: str) -> Iterator[Word]:
    """Runs of the home, the newest first."""
    home = _home(given)
    if not (home / "journal.db").is_file():
        return
    journal = Journal(home, "completion", read_only=True)
    try:
        for record in journal.runs()[:_MOST_RUNS]:
            yield record.id, f"{record.pipeline}, {record.status}"
    finally:
        journal.close()


def _tasks(given: Given, _begun: str) -> Iterator[Word]:
    """Tasks of the run that stands before."""
    folder = _home(given) / "runs"
    (found,) = (folder / name for name in os.listdir(folder) if name.startswith(str(given["run"])))  # noqa: PTH208
    for task in json.loads((found / "plan.json").read_text("utf-8"))["tasks"]:
        yield task["id"], task["uses"]


def _models(given: Given, _begun: str) -> Iterator[Word]:
    """Verbs of `models`, then names."""
    words = given.get("words") or ()
    if not words:
        yield "show", "everything known of one model"
        yield "add", "keep what an app or a workflow says of its nodes"
        yield "probe", "which of two spellings the site takes"
        yield "refresh", "compare with a newer export of the registry"
    elif tuple(words) in (("show",), ("refresh",)):
        for uses, drawn in read_blueprints(_home(given)).items():
            yield uses, drawn.title
    if tuple(words) in (("show",), ("probe",)):
        for model in user_catalog(_home(given), load_catalog()).models:
            for name in _typed_names(model):
                yield name, model.task


def _typed_names(model: Model) -> Iterator[str]:
    """The names of a model that can be typed as one word."""
    return (name for name in model.all_names if " " not in name)


def _home(given: Given) -> Path:
    named = given.get("home")
    return find_home(Path(str(named)) if named else None, None)


_SORTS: dict[str, Callable[[Given, str], Iterator[Word]]] = {
    "FILE": _pipelines,
    "RUN": _runs,
    "TASK": _tasks,
    "WORDS": _models,
}
"""By the metavar of an argument."""
