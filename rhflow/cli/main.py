"""The tree of commands, loaded by name."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from rhflow import __version__
from rhflow.cli.streams import answer, lead_nowhere, problems_json, say, survive_a_closed_pipe
from rhflow.ground.diagnostics import did_you_mean
from rhflow.ground.errors import EXIT_DONE, EXIT_INTERRUPTED, EXIT_STATE, EXIT_USAGE, UsageError

COMPLETING = "_RHFLOW_COMPLETE"
"""Set by the script of a shell that asks how a word may go on: the last argument is that word."""

COMMANDS: dict[str, str] = {
    "init": "Write a small pipeline, its storyboard and the schema line, ready to run.",
    "check": "Say every problem in a pipeline, with place and hint. Reads only.",
    "plan": "Say what would run, what is there already, why, and what it would cost. Reads only.",
    "run": "Plan, show the bill, and carry it out.",
    "resume": "Go on with a run: collect what was bought, then do what is missing.",
    "cancel": "End a run: buy nothing more, cancel what runs where that can be, collect the rest.",
    "show": "One run: its tasks, money, times and files.",
    "runs": "Past runs.",
    "cost": "What was spent and saved: by model, pipeline, day or run.",
    "audit": "Paid and not collected, in doubt, estimate against bill.",
    "settle": "Say what became of a submit whose answer was lost.",
    "cache": "The store: what is in it, is it whole, make room, carry a run to another machine.",
    "graph": "The graph of a pipeline: Mermaid, dot, SVG or JSON. Reads only.",
    "doctor": "Is all in place? Key, account, network, home, tools, each with its fix. Buys nothing.",
    "models": "The catalogue: what can be bought, with parameters and prices.",
    "schema": "Write the schema with which editors complete and check pipelines.",
    "simulate": "Serve the local RunningHub simulator.",
    "completion": "Print the script with which bash, zsh or fish completes rhflow.",
}


class _ByName(TyperGroup):
    """Shows every command from the table, and imports the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        return TyperCommand(cmd_name, short_help=COMMANDS[cmd_name], callback=None)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            near = did_you_mean(args[0], COMMANDS)
            ctx.fail(f"There is no command {args[0]!r}" + (f"; did you mean {near}?" if near else ""))
        name, found, rest = super().resolve_command(ctx, args)
        return (name, _load(name) if found is not None and name else found, rest)


class _Offering(_ByName):
    """The same for a shell that asks what may stand next: no command is imported."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        completing = importlib.import_module("rhflow.cli.completing")
        return completing.light_command(cmd_name, COMMANDS[cmd_name], _suggest)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in COMMANDS:
            ctx.fail(f"There is no command {args[0]!r}")
        return args[0], self.get_command(ctx, args[0]), args[1:]


def _suggest(sort: str, given: Any, begun: str) -> Any:
    return importlib.import_module("rhflow.cli.suggestions").suggest(sort, given, begun)


def _load(name: str) -> Any:
    module = importlib.import_module(f"rhflow.cli.commands.{name}")
    if hasattr(module, "group"):  # a command with commands of its own
        return typer.main.get_command(module.group)
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command(name, help=COMMANDS[name] + (f"\n\n{module.MORE}" if hasattr(module, "MORE") else ""))(
        module.command
    )
    return typer.main.get_command(app)


def _tree(group: type[_ByName]) -> typer.Typer:
    app = typer.Typer(
        cls=group,
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        help="Films out of hosted generative models: declared in YAML, checked before a cent is spent, "
        "never paid for twice.",
        epilog="Every command takes --help. Newcomers: rhflow init, then rhflow run … --provider simulator",
    )
    app.callback()(_root)
    return app


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rhflow {__version__}")
        raise typer.Exit


def _root(
    version: bool = typer.Option(  # its callback has answered by now
        False, "--version", callback=_say_version, is_eager=True, help="Say the version and end."
    ),
) -> None:
    pass


_Refused: Any = typer.BadParameter.__bases__[0]
"""What the parser raises for a command line it does not take; typer keeps its click to itself."""


def run(arguments: Sequence[str]) -> int:
    """Carry out one command line; its exit code."""
    if shell := os.environ.get(COMPLETING):
        completing = importlib.import_module("rhflow.cli.completing")
        completing.answer_shell(typer.main.get_command(_tree(_Offering)), shell, arguments)
        return EXIT_DONE
    try:
        code = _tree(_ByName)(list(arguments), prog_name="rhflow", standalone_mode=False)
    except _Refused as refused:
        code = _refuse(refused, arguments)
    except typer.Abort:  # Ctrl-C or the end of input at a question
        say("\nNothing was bought.")
        code = EXIT_INTERRUPTED
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    except OSError as error:  # what no room has put into a sentence of its own
        if {"-v", "--verbose"} & set(arguments):
            raise
        say(f"error: {error}\n  See more of it with -v.")
        code = EXIT_STATE
    try:
        with survive_a_closed_pipe(sys.stdout):
            sys.stdout.flush()
    except OSError as error:
        say(f"error: standard output cannot be written: {error.strerror or error}")
        lead_nowhere(sys.stdout)
        code = EXIT_STATE
    return code if isinstance(code, int) else EXIT_DONE


def _named(context: Any) -> tuple[str | None, str | None]:
    """The command a context is of, and before it the one it belongs to; None where there is none."""
    words: list[str] = []
    while context is not None and context.parent is not None:
        words.insert(0, context.info_name)
        context = context.parent
    if not words or words[0] not in COMMANDS:
        return None, None
    return (words[0], words[1]) if len(words) > 1 else (None, words[0])


def _refuse(refused: Any, arguments: Sequence[str]) -> int:
    """The command line cannot be read: a sentence, and with `--json` the command's own document."""
    context = refused.ctx
    group, name = _named(context)
    message = refused.format_message()
    if not arguments:
        typer.echo(message)  # the help page
        return EXIT_USAGE
    path = " ".join(word for word in ("rhflow", group, name) if word)
    error = UsageError(message.rstrip("."), f"See: {path} --help")
    if name is not None and "--json" in arguments:
        module = importlib.import_module(f"rhflow.cli.commands.{group or name}")
        empty = module.EMPTY.get(name) if group else getattr(module.command, "empty", None)
        if empty is not None:
            answer({**empty(), "problems": problems_json(error)})
    say(f"error: {error.message}\n  {error.hint}")
    return EXIT_USAGE
