"""The options of `rhflow simulate`, and what their texts mean."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from rhflow.ground.errors import UsageError
from rhflow.simulator.keys import WORDS, Word

Port = Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help="0 takes a free one.")]
Host = Annotated[str, typer.Option("--host", metavar="ADDRESS", help="0.0.0.0 lets other machines in, too.")]
Folder = Annotated[
    Path | None,
    typer.Option("--folder", metavar="DIR", help="Where it keeps tasks, bill and files.", show_default=False),
]
Queued = Annotated[
    float, typer.Option("--queued", metavar="SECONDS", min=0, help="Seconds a job waits in the queue.")
]
Running = Annotated[
    float, typer.Option("--running", metavar="SECONDS", min=0, help="Seconds a job runs at least.")
]
Quick = Annotated[bool, typer.Option("--quick", help="Tiny media, at once.")]
Workers = Annotated[int, typer.Option("--workers", metavar="N", min=1, help="Processes that draw.")]
Concurrency = Annotated[
    int, typer.Option("--concurrency", metavar="N", min=1, help="Jobs one key may have at a time.")
]
Faults = Annotated[
    Path | None,
    typer.Option("--faults", metavar="FILE", help="What shall go wrong: YAML or JSON.", show_default=False),
]
Record = Annotated[
    Path | None,
    typer.Option(
        "--record", metavar="FILE", help="Add every call as a line of JSON; keys masked.", show_default=False
    ),
]
Keys = Annotated[
    list[str] | None,
    typer.Option(
        "--key",
        metavar="KIND=TEXT",
        help=f"A key that is known ({', '.join(WORDS)}); then no other is.",
        show_default=False,
    ),
]
Wallet = Annotated[
    str | None,
    typer.Option("--wallet", metavar="CNY", help="What shared keys may spend.", show_default=False),
]
Coins = Annotated[
    int | None,
    typer.Option("--coins", metavar="N", min=0, help="RH coins consumers may spend.", show_default=False),
]
Machines = Annotated[
    int, typer.Option("--machines", metavar="N", min=0, help="Machines of an exclusive key.")
]
PersonalQueue = Annotated[
    int,
    typer.Option("--personal-queue", metavar="N", min=0, help="Jobs of an exclusive key that may wait."),
]
OwnLibrary = Annotated[
    Path | None,
    typer.Option(
        "--library", metavar="DIR", help="Your own workflows/*.json and apps/*.json.", show_default=False
    ),
]
SaysCreate = Annotated[bool, typer.Option("--says-create", help="Workflows begin as CREATE, not QUEUED.")]
InstantText = Annotated[bool, typer.Option("--instant-text", help="Text models answer SUCCESS at once.")]


WORD_OF: dict[str, Word] = {word: word for word in WORDS}


def known_keys(pairs: Sequence[str] | None) -> tuple[frozenset[str] | None, dict[str, Word]]:
    """The keys that are known, and their kinds; None: every key is.

    Raises:
        UsageError: a pair without `=`, or a kind there is not.
    """
    if not pairs:
        return None, {}
    kinds: dict[str, Word] = {}
    for pair in pairs:
        name, _, text = pair.partition("=")
        word: Word | None = WORD_OF.get(name.strip().lower())
        if word is None or not text:
            raise UsageError(
                "--key names no kind and no text", f"Write it as KIND=TEXT, with one of {', '.join(WORDS)}."
            )
        kinds[text] = word
    return frozenset(kinds), kinds


def amount(text: str | None) -> Decimal | None:
    """An amount of play money.

    Raises:
        UsageError: it is none.
    """
    if text is None:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found < 0:
        raise UsageError(f"--wallet {text} is no amount", "Write it as 12 or 0.5, in CNY.")
    return found
