"""`rhflow cost`"""

from __future__ import annotations

from typing import Annotated

import typer

from rhflow.app.books import read_costs, read_since
from rhflow.app.session import session
from rhflow.cli.options import Home, Json, Quiet, Verbose
from rhflow.cli.speaking import console, guarded
from rhflow.cli.streams import answer, say
from rhflow.cli.tables import Grid
from rhflow.ground.errors import UsageError
from rhflow.ground.values import JsonObject, plain
from rhflow.settings import read_settings
from rhflow.view.cost_view import COST_BY, CostBy, CostLine, FarSideCost, cost_document

MORE = (
    "Every purchase of this home: what was set aside for it, what the far side charged, what the store "
    "saved. Each far side has sums of its own, and so has each currency."
)


def _empty() -> JsonObject:
    return {"by": None, "since": None, "far_sides": [], "problems": []}


@guarded(_empty)
def command(
    *,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="WHAT", help="model, pipeline, day or run.", show_default=False),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="WHEN", help="2026-11-01 (in UTC), or 24h, 7d, 4w ago.", show_default=False
        ),
    ] = None,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001  # every command takes it
) -> int:
    kind = _kind(by)
    with session(read_settings(home=home), read_only=True) as opened:
        start = None if since is None else read_since(since, opened.clock.now())
        sides = read_costs(opened, kind, start or 0.0)
    if as_json:
        answer(cost_document(kind, start, sides))
    elif sides:
        _tell(kind, sides)
    elif not quiet:
        say("Nothing was bought here yet." if since is None else f"Nothing was bought here since {since}.")
    return 0


def _kind(by: str | None) -> CostBy | None:
    for kind in COST_BY:
        if by == kind:
            return kind
    if by is not None:
        raise UsageError(f"--by does not know {by!r}", f"There are {', '.join(COST_BY)}.")
    return None


def _tell(by: CostBy | None, sides: list[FarSideCost]) -> None:
    out = console()
    for number, side in enumerate(sides):
        if number:
            out.print("")
        out.print(side.heading)
        table = Grid(
            *(by or "", "bought", "estimated", "charged", "saved", "besides"),
            right=("bought", "estimated", "charged", "saved"),
        )
        for line in side.lines:
            _add(table, line.name or "", line)
        _add(table, "all", side.total)
        table.show(out)


def _add(table: Grid, name: str, line: CostLine) -> None:
    amounts = (plain(line.estimated), plain(line.charged), plain(line.saved))
    table.add(name, str(line.purchases), *amounts, line.remarks)
