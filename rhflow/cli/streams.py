"""Results on standard output, everything else on standard error. Without rich: quick to import."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
from collections.abc import Iterator
from typing import IO

from rhflow.ground.errors import DocumentError, RhflowError
from rhflow.ground.values import Json
from rhflow.view.problems import problem_document


def say(message: str) -> None:
    """A line for people, on standard error. Where it cannot be written, there is nobody left to tell."""
    try:
        print(message, file=sys.stderr, flush=True)  # noqa: T201
    except OSError:
        lead_nowhere(sys.stderr)


def answer(document: Json) -> None:
    """The one JSON document of a `--json` command."""
    with survive_a_closed_pipe(sys.stdout):
        print(json.dumps(document, ensure_ascii=False, indent=1), flush=True)  # noqa: T201


@contextlib.contextmanager
def survive_a_closed_pipe(stream: IO[str]) -> Iterator[None]:
    """Whoever read our output has gone: not our failure, and no reason to drop what is being bought."""
    try:
        yield
    except OSError as error:
        if not is_gone(error):
            raise
        lead_nowhere(stream)


def is_gone(error: OSError) -> bool:
    """Whether a write failed because nobody is at the other end: a pipe was closed, or a terminal."""
    return isinstance(error, BrokenPipeError) or error.errno in (errno.EIO, errno.ENXIO)


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
