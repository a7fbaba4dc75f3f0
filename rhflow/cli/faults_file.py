"""`--faults FILE`: what shall go wrong in the simulator, as YAML or JSON."""

from __future__ import annotations

from pathlib import Path

from rhflow.ground.diagnostics import Diagnostics
from rhflow.ground.errors import DocumentError, UsageError
from rhflow.ground.values import Json, JsonObject
from rhflow.language.document import read_document
from rhflow.simulator.faults import BadFault
from rhflow.simulator.faults import read as read_fault


def read_faults(file: Path) -> list[JsonObject]:
    """The faults of a file: a list of them, or `faults:` with one.

    Raises:
        UsageError: the file cannot be read.
        DocumentError: it is no such list, or a fault makes no sense.
    """
    try:
        text = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}", "Name a YAML file.") from error
    problems = Diagnostics()
    document = read_document(text, str(file), problems)
    if document is None or problems.has_errors:
        raise DocumentError(tuple(problems), {} if document is None else {str(file): document.text})
    told: Json = document.data
    start: tuple[str, ...] = ()
    if isinstance(told, dict) and set(told) == {"faults"}:
        told, start = told["faults"], ("faults",)
    if not isinstance(told, list):
        message = "this file holds no list of faults"
        problems.add(
            document.marks.of(start), "fault", message, hint="write: - {on: submit, code: 1011, nth: 1}"
        )
    found: list[JsonObject] = []
    for number, item in enumerate(told if isinstance(told, list) else []):
        try:
            read_fault(item)
        except BadFault as error:
            problems.add(document.marks.of((*start, number)), "fault", str(error).removesuffix("."))
            continue
        if isinstance(item, dict):
            found.append(item)
    if problems.has_errors:
        raise DocumentError(tuple(problems), {str(file): document.text})
    return found
