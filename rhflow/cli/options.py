"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[
    Path | None,
    typer.Option("--home", metavar="DIR", help="The home, in place of .rhflow.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Say less.")]
Verbose = Annotated[
    bool, typer.Option("-v", "--verbose", help="Say more: every fact, and what caused an error.")
]
Provider = Annotated[
    str | None,
    typer.Option(
        "--provider",
        metavar="NAME",
        help="runninghub or simulator.",
        show_default=False,
        autocompletion=lambda: ["runninghub", "simulator"],
    ),
]
Inputs = Annotated[
    list[str] | None,
    typer.Option("-i", "--input", metavar="NAME=VALUE", help="A value for an input.", show_default=False),
]
InputsFile = Annotated[
    Path | None,
    typer.Option(
        "--inputs", metavar="FILE", help="YAML or JSON file with values for inputs.", show_default=False
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="Folder for the readable copies of results.", show_default=False
    ),
]
Concurrency = Annotated[
    int | None,
    typer.Option("--concurrency", metavar="N", help="Paid jobs at once, else 8.", show_default=False),
]
Events = Annotated[
    str | None,
    typer.Option(
        "--events", metavar="FILE", help="One JSON event a line; - is standard output.", show_default=False
    ),
]
Signed = Annotated[
    Path | None,
    typer.Option(
        "--plan", metavar="PLAN.JSON", help="Carry out this frozen plan, or refuse.", show_default=False
    ),
]
Only = Annotated[
    str | None, typer.Option("--only", metavar="STEP", help="This step alone.", show_default=False)
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="STEP", help="This step and all it needs.", show_default=False),
]
MaxCost = Annotated[
    str | None,
    typer.Option(
        "--max-cost", metavar="CNY", help="Stop before the purchase that would pass it.", show_default=False
    ),
]
WebhookUrl = Annotated[
    str | None,
    typer.Option(
        "--webhook-url",
        metavar="URL",
        help="Where the world reaches this machine: the far side says there that a task has ended.",
        show_default=False,
    ),
]
WebhookPort = Annotated[
    int | None,
    typer.Option(
        "--webhook-port", metavar="N", help="The port here to which that leads.", show_default=False
    ),
]
WebhookHost = Annotated[
    str | None,
    typer.Option(
        "--webhook-host",
        metavar="HOST",
        help="Listen on that address, else on 127.0.0.1.",
        show_default=False,
    ),
]
UnknownPrice = Annotated[
    bool, typer.Option("--allow-unknown-price", help="Buy what nobody publishes a price of.")
]
