"""`rhflow doctor`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer
from rich.console import Console
from rich.text import Text

from rhflow.app.doctor import Look, look_at_everything
from rhflow.cli.options import Home, Json, Out, Quiet, Verbose
from rhflow.cli.speaking import console, guarded
from rhflow.cli.streams import answer
from rhflow.cli.tables import Grid
from rhflow.ground.values import JsonObject
from rhflow.view.doctor_view import AREAS, Area, Checked, Checkup

MORE = (
    "Key, account, network, home, tools: each with how it is and, where it is not well, the way out. Asks "
    "the far side free questions only, changes nothing and shows no part of the key. Exit codes: 0 usable, "
    "2 a setting makes no sense, 4 key or account, 5 the far side is out of order, 6 network, 9 local state."
)
_STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red"}


def _empty() -> JsonObject:
    return {
        "usable": False,
        "exit_code": 2,
        "version": None,
        "provider": None,
        "offline": False,
        "findings": [],
        "settings": [],
        "problems": [],
    }


@guarded(_empty)
def command(
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask nobody; look at this machine alone.")
    ] = False,
    home: Home = None,
    out: Out = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    found = look_at_everything(Look(home=home, out=out or Path("out"), is_offline=offline))
    if as_json:
        answer(found.to_json)
    else:
        _tell(found, quiet=quiet, verbose=verbose)
    return found.exit_code


def _tell(found: Checkup, *, quiet: bool, verbose: bool) -> None:
    """What is not well with `quiet`; everything otherwise, and with `verbose` what programs are told."""
    screen = console()
    for area in get_args(Area):
        items = [item for item in found.of(area) if not quiet or item.level != "ok"]
        if items:
            screen.print(AREAS[area][0])
        for item in items:
            _line(screen, item, verbose=verbose)
    if not quiet and found.settings:
        screen.print("\nwhere each setting comes from")
        table = Grid("  setting", "value", "from")
        for setting in found.settings:
            table.add(Text(f"  {setting.name}"), setting.value or "", setting.origin)
        table.show(screen)
    if not quiet or found.exit_code:
        screen.print(f"{'' if quiet else chr(10)}{found.verdict}")


def _line(screen: Console, item: Checked, *, verbose: bool) -> None:
    """`  warning  sentence`, and below it the way out."""
    head = Text.assemble("  ", (f"{item.level:<8}", _STYLES[item.level]), " ", item.said)
    screen.print(head, soft_wrap=True)
    if item.fix:
        screen.print(Text(f"{'':11}{item.fix}"), soft_wrap=True)
    if verbose:
        for name, value in item.facts.items():
            screen.print(Text(f"{'':11}{name}: {value}", style="dim"), soft_wrap=True)
