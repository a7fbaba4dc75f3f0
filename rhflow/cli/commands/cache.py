"""`rhflow cache ls|show|verify|prune|pin|unpin|forget|export|import`"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from rhflow.app.exporting import export
from rhflow.app.importing import import_crate
from rhflow.app.pruning import Wanted, carry_out, choose
from rhflow.app.session import session
from rhflow.app.shelf import find_holding, pin_of, shelf, stories, total_bytes
from rhflow.app.verifying import verify
from rhflow.cli.amounts import read_age, read_size
from rhflow.cli.cache_pages import (
    VerifyProgress,
    show_exported,
    show_imported,
    show_pruning,
    show_shelf,
    show_story,
    show_verified,
)
from rhflow.cli.options import Home, Json, Quiet, Verbose
from rhflow.cli.speaking import guarded
from rhflow.cli.streams import answer, say
from rhflow.ground.errors import EXIT_STATE
from rhflow.ground.values import Json as JsonValue
from rhflow.ground.values import JsonObject
from rhflow.settings import read_settings
from rhflow.store.holdings import Pin

group = typer.Typer(
    name="cache",
    help="The store: what is in it, is it whole, make room, carry a run to another machine.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog="Each takes --json, -q (say less), -v (say more) and --home DIR.",
)


def _command(name: str, about: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return group.command(name, help=about, short_help=about)


What = Annotated[str, typer.Argument(metavar="KEY|SHA256|FILE", help="The beginning of a key will do.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run, or a clear beginning of its id.")]
RunOrKey = Annotated[str, typer.Argument(metavar="RUN|KEY", help="A run, or a result.")]


def _no_rows() -> JsonObject:
    return {"results": [], "bytes": 0, "problems": []}


@_command("ls", "Every result: model, kind, size, age, run, how often it was used again.")
@guarded(_no_rows)
def ls(
    *,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> int:
    with session(read_settings(home=home), read_only=True) as opened:
        rows = shelf(opened)
        total, now = total_bytes(rows, opened), opened.clock.now()
    if as_json:
        listed: list[JsonValue] = [row.to_json() for row in rows]
        answer({"results": listed, "bytes": total, "problems": []})
    elif rows:
        show_shelf(rows, total, now)
    elif not quiet:
        say("The store is empty.")
    return 0


def _no_stories() -> JsonObject:
    return {"results": [], "problems": []}


@_command("show", "Which run, task and request made a file or a result, and how it is today.")
@guarded(_no_stories)
def show(
    what: What,
    *,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,  # noqa: ARG001
    verbose: Verbose = False,  # noqa: ARG001
) -> int:
    with session(read_settings(home=home), read_only=True) as opened:
        found, now = stories(opened, what), opened.clock.now()
    if as_json:
        listed: list[JsonValue] = [story.to_json() for story in found]
        answer({"results": listed, "problems": []})
    else:
        for story in found:
            show_story(story, now)
    return 0


def _nothing_verified() -> JsonObject:
    return {"objects": 0, "bytes": 0, "unwell": [], "orphans": [], "strangers": [], "problems": []}


@_command("verify", "Read every object, and say what is damaged or missing and what that means.")
@guarded(_nothing_verified)
def verify_all(
    *,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> int:
    with session(read_settings(home=home), read_only=True) as opened:
        found = verify(opened, VerifyProgress(quiet=quiet or as_json))
    if as_json:
        answer({**found.to_json(), "problems": []})
    elif found.unwell or not quiet:
        show_verified(found)
    return EXIT_STATE if found.unwell else 0


def _nothing_pruned() -> JsonObject:
    kept: JsonObject = {name: {"results": 0, "charged": {}} for name in ("paid", "pinned", "needed")}
    return {
        "done": False,
        "results": [],
        "objects": [],
        "leftovers": [],
        "uploads": 0,
        "bytes": 0,
        "kept": kept,
        "problems": [],
    }


@_command("prune", "Make room. Says what would go; deletes nothing without --yes.")
@guarded(_nothing_pruned)
def prune(
    *,
    older_than: Annotated[
        str | None,
        typer.Option(
            "--older-than", metavar="AGE", help="Unused for so long: 30d, 6w, 1y.", show_default=False
        ),
    ] = None,
    max_size: Annotated[
        str | None,
        typer.Option(
            "--max-size",
            metavar="SIZE",
            help="Until the store fits: 10GB.",
            show_default=False,
        ),
    ] = None,
    unreferenced: Annotated[
        bool, typer.Option("--unreferenced", help="Objects that no result and no run knows.")
    ] = False,
    damaged: Annotated[
        bool, typer.Option("--damaged", help="Results whose bytes are damaged or missing.")
    ] = False,
    paid: Annotated[bool, typer.Option("--paid", help="Also what would cost money to make again.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it.")] = False,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> int:
    wanted = Wanted(
        older_than_s=read_age(older_than, "--older-than") if older_than is not None else None,
        max_bytes=read_size(max_size, "--max-size") if max_size is not None else None,
        unreferenced=unreferenced,
        damaged=damaged,
        paid=paid,
    )
    with session(read_settings(home=home), read_only=not yes) as opened:
        found = choose(opened, wanted)
        if yes and not found.is_nothing:
            found = carry_out(opened, found)
    if as_json:
        answer({"done": yes, **found.to_json(), "problems": []})
    elif not quiet:
        show_pruning(found, done=yes)
    return 0


def _nothing_pinned() -> JsonObject:
    return {"kind": None, "name": None, "problems": []}


@_command("pin", "Never prune a run, or one result.")
@guarded(_nothing_pinned)
def pin(
    what: RunOrKey,
    *,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> int:
    with session(read_settings(home=home), read_only=False) as opened:
        wanted = pin_of(opened, what)
        opened.holdings.pin(wanted)
    return _tell_pin(wanted, "is never pruned from now on", as_json=as_json, quiet=quiet)


@_command("unpin", "Let a run or a result be pruned again; deletes nothing.")
@guarded(_nothing_pinned)
def unpin(
    what: RunOrKey,
    *,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> int:
    with session(read_settings(home=home), read_only=False) as opened:
        wanted = pin_of(opened, what)
        opened.holdings.unpin(wanted.kind, wanted.name)
    return _tell_pin(wanted, "may be pruned again", as_json=as_json, quiet=quiet)


def _tell_pin(pin: Pin, what: str, *, as_json: bool, quiet: bool) -> int:
    if as_json:
        answer({"kind": pin.kind, "name": pin.name, "problems": []})
    elif not quiet:
        name = f"Run {pin.name}" if pin.kind == "run" else f"The result {pin.name[:12]}"
        say(f"{name} {what}.")
    return 0


def _nothing_forgotten() -> JsonObject:
    return {"forgotten": [], "problems": []}


@_command("forget", "Take a result for gone: the next run makes it anew, and says what it costs.")
@guarded(_nothing_forgotten)
def forget(
    what: Annotated[list[str], typer.Argument(metavar="KEY|SHA256|FILE…", help="Which results.")],
    *,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> int:
    with session(read_settings(home=home), read_only=False) as opened:
        held = [find_holding(opened, item) for item in dict.fromkeys(what)]
        opened.holdings.let_go(lambda: [item.key for item in held], "forgotten", opened.clock.now())
    if as_json:
        listed: list[JsonValue] = [
            {
                "key": item.key,
                "run": item.run,
                "task": item.task,
                "paid": item.is_paid,
                "charged": item.charged,
                "currency": item.currency,
            }
            for item in held
        ]
        answer({"forgotten": listed, "problems": []})
    elif not quiet:
        for item in held:
            cost = f" It cost {item.cost}." if item.is_paid and item.cost is not None else ""
            say(f"{item.task} of run {item.run} is forgotten.{cost}")
        say(f"The next run makes {'it' if len(held) == 1 else 'them'} anew, and says first what that costs.")
    return 0


def _nothing_exported() -> JsonObject:
    return {"run": None, "path": None, "bytes": 0, "results": 0, "left_out": [], "problems": []}


@_command("export", "Pack a run into one file (an RO-Crate) that another machine can import.")
@guarded(_nothing_exported)
def export_run(
    run: RunName,
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Else PIPELINE-RUN.crate.zip here.",
            show_default=False,
        ),
    ] = None,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> int:
    with session(read_settings(home=home), read_only=False) as opened:
        made = export(opened, run, output)
    if as_json:
        answer({**made.to_json(), "problems": []})
    elif not quiet or made.left_out:
        show_exported(made)
    return 0


def _nothing_imported() -> JsonObject:
    return {
        "run": None,
        "pipeline": None,
        "results": 0,
        "kept": 0,
        "bytes": 0,
        "is_known": False,
        "files": None,
        "workflow": None,
        "given": {},
        "problems": [],
    }


@_command("import", "Take in a run of another machine: its results cost nothing here.")
@guarded(_nothing_imported)
def import_run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What rhflow cache export wrote.")],
    *,
    files: Annotated[
        Path | None,
        typer.Option(
            "--files", metavar="DIR", help="Unpack the pipeline and its files there, too.", show_default=False
        ),
    ] = None,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001
) -> int:
    with session(read_settings(home=home), read_only=False) as opened:
        made = import_crate(opened, file, files)
    if as_json:
        answer({**made.to_json(), "problems": []})
    elif not quiet:
        show_imported(made)
    return 0


EMPTY = {
    "ls": _no_rows,
    "show": _no_stories,
    "verify": _nothing_verified,
    "prune": _nothing_pruned,
    "pin": _nothing_pinned,
    "unpin": _nothing_pinned,
    "forget": _nothing_forgotten,
    "export": _nothing_exported,
    "import": _nothing_imported,
}
"""The document of each command whose command line cannot be read at all."""
