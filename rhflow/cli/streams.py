"""Results on standard output, everything else on standard error. Without rich: quick to import."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from typing import IO

from rhflow.ground.errors import DocumentError, RhflowError
from rhflow.ground.values import Json
from rhflow.view.problems import problem_document


def say(message: str) -> None:
    """A line for people, on standard error."""
    with survive_a_closed_pipe(sys.stderr):
        print(message, file=sys.stderr, flush=True)  # noqa: T201


def answer(document: Json) -> None:
    """The one JSON document of a `--json` command."""
    with survive_a_closed_pipe(sys.stdout):
        print(json.dumps(document, ensure_ascii=False, indent=1), flush=True)  # noqa: T201


@contextlib.contextmanager
def survive_a_closed_pipe(stream: IO[str]) -> Iterator[None]:
    """Whoever read our output has gone: not our failure, and no reason to drop what is being bought."""
    try:
        yield
    except BrokenPipeError:
        lead_nowhere(stream)


def lead_nowhere(stream: IO[str]) -> None:
    """What is written to the stream from now on is dropped."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def problems_json(error: RhflowError) -> list[Json]:
    """What is wrong, as every command's `problems` has it."""
    if isinstance(error, DocumentError):
        return [item.to_json() for item in error.problems]
    kind = type(error).__name__
    name = "".join(f"-{char.lower()}" if char.isupper() else char for char in kind).strip("-")
    return [problem_document(name, error.message, error.hint)]
