"""What may stand next on a command line, for a shell that asks while somebody types.

It must answer before the finger leaves the key, so no command is imported for it: `surface.json`, written
by `tools/write_surface.py`, knows the options of each. Meet `answer_shell`.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import json
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Annotated, Any

import typer
from typer._completion_classes import BashComplete  # click's reading of unfinished lines

Word = tuple[str, str]
"""What may stand there, and a few words about it."""
Given = Mapping[str, Any]
"""What stands on the line so far, by name of parameter."""
Suggest = Callable[[str, Given, str], Iterable[Word]]
"""Words of a sort (`RUN`), given what stands before and how the word begins."""


def answer_shell(group: Any, shell: str, arguments: Sequence[str]) -> None:
    """Print what may stand in place of the last argument: on each line a word, a tab, what it is.

    Nothing where nothing fits, and nothing where something is wrong: the shell then offers files.
    """
    if shell == "bash":  # it hands over what was typed, and parts words at `=`
        arguments = [_unquoted(word) for word in arguments if word != "="]
    *before, begun = arguments or ("",)
    # A broken home is no news for somebody who presses the tab key; the command itself will say it.
    with contextlib.suppress(Exception):
        found = BashComplete(group, {}, "rhflow", "").get_completions(before, begun)
        lines = [f"{item.value}\t{' '.join((item.help or '').split())}\n" for item in found]
        sys.stdout.write("".join(lines))


def _unquoted(word: str) -> str:
    """A word as the shell will read it, also while its quotes are still open."""
    for end in ("", "'", '"'):
        with contextlib.suppress(ValueError):
            return "".join(shlex.split(word + end))
    return word


@functools.cache
def read_surface() -> dict[str, dict[str, Any]]:
    """Each command as `tools/write_surface.py` found it: its parameters, or its commands."""
    surface: dict[str, dict[str, Any]] = json.loads((files("rhflow.cli") / "surface.json").read_text("utf-8"))
    return surface


def light_command(name: str, about: str, suggest: Suggest) -> Any:
    """The command as a shell sees it: its options and arguments, and no doing."""
    known = read_surface().get(name, {})
    app = typer.Typer(add_completion=False, rich_markup_mode=None, help=about)
    if "commands" in known:
        app.callback()(lambda: None)
        for inner, found in known["commands"].items():
            app.command(inner, help=found["about"])(_silent(found["params"], suggest))
    else:
        app.command(name, help=about)(_silent(known.get("params", []), suggest))
    return typer.main.get_command(app)


def _silent(params: Sequence[dict[str, Any]], suggest: Suggest) -> Callable[..., None]:
    """A function that takes these, and does nothing."""

    def command(**_: object) -> None:
        pass

    parameters = [_parameter(param, suggest) for param in params]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {item.name: item.annotation for item in parameters}
    return command


def _parameter(param: dict[str, Any], suggest: Suggest) -> inspect.Parameter:
    def words(ctx: typer.Context, incomplete: str) -> list[Word]:
        if "words" in param:
            return [(word, "") for word in param["words"]]
        return list(suggest(param.get("sort", ""), ctx.params, incomplete))

    shape: Any = bool if param.get("is_flag") else str
    if param.get("is_list"):
        shape = list[str]
    elif param.get("count", 1) > 1:
        shape = tuple.__class_getitem__((str,) * param["count"])
    declared: Any
    if "options" in param:
        declared = typer.Option(*param["options"], help=param.get("help"), autocompletion=words)
    else:
        declared = typer.Argument(autocompletion=words)
    annotation = Annotated[shape | None, declared]
    return inspect.Parameter(
        param["name"], inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )
