"""Results that are text for other programs: printed as they are, neither coloured nor wrapped."""

from __future__ import annotations

import sys

from rhflow.cli.streams import survive_a_closed_pipe


def tell(text: str) -> None:
    """The text as a line, or as lines, on standard output."""
    with survive_a_closed_pipe(sys.stdout):
        print(text, flush=True)  # noqa: T201
