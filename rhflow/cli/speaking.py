"""How commands speak on a screen: tables, problems with their lines, errors as sentences, and their ends."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec

import typer
from rich.console import Console
from rich.text import Text

from rhflow.cli.streams import answer, is_gone, lead_nowhere, problems_json, say
from rhflow.ground.diagnostics import Diagnostic, render
from rhflow.ground.errors import EXIT_INTERRUPTED, DocumentError, RhflowError
from rhflow.ground.values import JsonObject

_P = ParamSpec("_P")
_PIPE_WIDTH = 200
_MOST_PROBLEMS = 200


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Whoever read our output has gone: go on without (rich would end the program)."""
        lead_nowhere(self.file)

    def _check_buffer(self) -> None:
        """A terminal that was closed says EIO where a pipe breaks; rich knows of the pipe only."""
        try:
            super()._check_buffer()
        except OSError as error:
            if not is_gone(error):
                raise
            self.on_broken_pipe()


def console(*, stderr: bool = False) -> Console:
    """A console that honours NO_COLOR, FORCE_COLOR and CI; wide where nobody looks at it."""
    stream = sys.stderr if stderr else sys.stdout
    is_screen = stream.isatty() and not os.environ.get("CI")
    return _Console(
        stderr=stderr,
        markup=False,  # what people and the vendor write is text
        emoji=False,
        highlight=False,
        soft_wrap=not is_screen,
        width=None if is_screen else _PIPE_WIDTH,
    )


def show_problems(problems: Iterable[Diagnostic], sources: Mapping[str, str]) -> None:
    """Diagnostics with their source lines, on standard error; the first line of each in colour.

    Where there are more than anybody reads, the first `_MOST_PROBLEMS`, errors before the rest.
    """
    out = console(stderr=True)
    found = list(problems)
    if len(found) > _MOST_PROBLEMS:
        found.sort(key=lambda item: item.severity != "error")
    for item in found[:_MOST_PROBLEMS]:
        head, *rest = render(item, sources).split("\n")
        colour = {"error": "bold red", "warning": "yellow", "note": "cyan"}[item.severity]
        out.print(Text(head, style=colour if out.is_terminal else ""))
        for line in rest:
            out.print(Text(line))
    if len(found) > _MOST_PROBLEMS:
        out.print(f"… and {len(found) - _MOST_PROBLEMS:,} more; --json names them all")


def show_error(error: RhflowError, *, causes: bool = False) -> None:
    """One sentence, and what to do next; with `causes` also what the machine said."""
    if isinstance(error, DocumentError):
        show_problems(error.problems, error.sources)
        return
    out = console(stderr=True)
    out.print(Text.assemble(("error: ", "bold red" if out.is_terminal else ""), error.message))
    if error.hint:
        out.print(Text(f"  {error.hint}"))
    cause = error.__cause__
    while causes and cause is not None:
        out.print(Text(f"  because: {type(cause).__name__}: {cause}"))
        cause = cause.__cause__


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
                if empty is not None and (kwargs.get("as_json") or kwargs.get("form") == "json"):
                    answer({**empty(), "problems": problems_json(error)})
                show_error(error, causes=kwargs.get("verbose") is True)
                raise typer.Exit(error.exit_code) from None
            except KeyboardInterrupt:
                say("Interrupted.")
                raise typer.Exit(EXIT_INTERRUPTED) from None
            if code:
                raise typer.Exit(code)

        command.empty = empty  # type: ignore[attr-defined]  # for a command line that cannot be read at all
        return command

    return decorate
