"""The options of `rhflow models`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rhflow.catalog.accepts import words_accepted
from rhflow.catalog.model import Tier
from rhflow.catalog_files import load_catalog
from rhflow.ground.media import Kind

TIERS: tuple[Tier, ...] = ("official-stable", "channel-low-price")

Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="WORDS",
        help="Words to search for; or show NAME; or add app/ID; or refresh",
        show_default=False,
    ),
]
TaskOption = Annotated[
    str | None,
    typer.Option(
        "--task",
        metavar="TASK",
        help="Such as image-to-video.",
        show_default=False,
        autocompletion=lambda: sorted({model.task for model in load_catalog().models}),
    ),
]
Accepts = Annotated[
    list[str] | None,
    typer.Option(
        "--accepts",
        metavar="WHAT",
        help="What it takes: image, images, video, audio, first-frame, last-frame, reference, or a "
        "parameter. May be repeated.",
        show_default=False,
        autocompletion=lambda: [*words_accepted(load_catalog().models)],
    ),
]
OutputOption = Annotated[
    str | None,
    typer.Option(
        "--output",
        metavar="KIND",
        help="image, video, audio, text or model3d.",
        show_default=False,
        autocompletion=lambda: [kind.value for kind in Kind],
    ),
]
TierOption = Annotated[
    str | None,
    typer.Option(
        "--tier",
        metavar="TIER",
        help=f"{' or '.join(TIERS)}.",
        show_default=False,
        autocompletion=lambda: [*TIERS],
    ),
]
MaxPrice = Annotated[
    str | None,
    typer.Option(
        "--max-price",
        metavar="CNY",
        help="The most that one ordinary request costs; the cheapest first.",
        show_default=False,
    ),
]
Local = Annotated[bool, typer.Option("--local", help="Only steps done on this machine.")]
From = Annotated[
    Path | None,
    typer.Option(
        "--from", metavar="FILE", help="With refresh: an export of the registry.", show_default=False
    ),
]
Write = Annotated[bool, typer.Option("--write", help="With refresh: keep what is newer in the home.")]
