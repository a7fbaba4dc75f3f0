"""How commands speak: results on standard output, everything else on standard error, errors as sentences."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec

import typer
from rich.console import Console
from rich.text import Text

from rhflow.ground.diagnostics import Diagnostic, render
from rhflow.ground.errors import EXIT_INTERRUPTED, DocumentError, RhflowError
from rhflow.ground.values import Json, JsonObject

_P = ParamSpec("_P")
_PIPE_WIDTH = 200


def console(*, stderr: bool = False) -> Console:
    """A console that honours NO_COLOR, FORCE_COLOR and CI; wide where nobody looks at it."""
    stream = sys.stderr if stderr else sys.stdout
    is_screen = stream.isatty() and not os.environ.get("CI")
    return Console(
        stderr=stderr, highlight=False, soft_wrap=not is_screen, width=None if is_screen else _PIPE_WIDTH
    )


def say(message: str) -> None:
    """A line for people, on standard error."""
    print(message, file=sys.stderr, flush=True)  # noqa: T201


def answer(document: Json) -> None:
    """The one JSON document of a `--json` command."""
    print(json.dumps(document, ensure_ascii=False, indent=1), flush=True)  # noqa: T201


def show_problems(problems: Iterable[Diagnostic], sources: Mapping[str, str]) -> None:
    """Diagnostics with their source lines, on standard error; the first line of each in colour."""
    out = console(stderr=True)
    for item in problems:
        head, *rest = render(item, sources).split("\n")
        colour = {"error": "bold red", "warning": "yellow", "note": "cyan"}[item.severity]
        out.print(Text(head, style=colour if out.is_terminal else ""))
        for line in rest:
            out.print(Text(line))


def show_error(error: RhflowError) -> None:
    """One sentence, and what to do next."""
    if isinstance(error, DocumentError):
        show_problems(error.problems, error.sources)
        return
    out = console(stderr=True)
    out.print(Text.assemble(("error: ", "bold red" if out.is_terminal else ""), error.message))
    if error.hint:
        out.print(Text(f"  {error.hint}"))


def problems_json(error: RhflowError) -> list[Json]:
    """What is wrong, as every command's `problems` has it."""
    if isinstance(error, DocumentError):
        return [item.to_json() for item in error.problems]
    kind = type(error).__name__
    name = "".join(f"-{char.lower()}" if char.isupper() else char for char in kind).strip("-")
    return [{"name": name, "message": error.message, "hint": error.hint, "severity": "error"}]


def guarded(
    empty: Callable[[], JsonObject] | None = None,
) -> Callable[[Callable[_P, Any]], Callable[_P, None]]:
    """Turn what a command returns (an exit code) or raises into its end.

    `empty` is the command's JSON document without content: with `--json` it is printed with `problems`.
    """

    def decorate(function: Callable[_P, Any]) -> Callable[_P, None]:
        @functools.wraps(function)
        def command(*args: _P.args, **kwargs: _P.kwargs) -> None:
            try:
                code = function(*args, **kwargs)
            except RhflowError as error:
                if empty is not None and kwargs.get("as_json"):
                    answer({**empty(), "problems": problems_json(error)})
                show_error(error)
                raise typer.Exit(error.exit_code) from None
            except KeyboardInterrupt:
                say("Interrupted.")
                raise typer.Exit(EXIT_INTERRUPTED) from None
            if code:
                raise typer.Exit(code)

        return command

    return decorate
