"""`rhflow completion SHELL`"""

from __future__ import annotations

from importlib.resources import files
from typing import Annotated

import typer

from rhflow.cli.options import Home, Quiet, Verbose
from rhflow.cli.printing import tell
from rhflow.cli.speaking import guarded
from rhflow.ground.diagnostics import did_you_mean
from rhflow.ground.errors import UsageError

SHELLS = ("bash", "zsh", "fish")

MORE = (
    'For bash put this line into ~/.bashrc: eval "$(rhflow completion bash)". For zsh into ~/.zshrc, after '
    'compinit: eval "$(rhflow completion zsh)". For fish, once: '
    "rhflow completion fish > ~/.config/fish/completions/rhflow.fish"
)


@guarded()
def command(
    shell: Annotated[
        str,
        typer.Argument(
            metavar="SHELL", help="bash, zsh or fish.", show_default=False, autocompletion=lambda: [*SHELLS]
        ),
    ],
    *,
    home: Home = None,  # noqa: ARG001  # every command takes it
    quiet: Quiet = False,  # noqa: ARG001  # every command takes it
    verbose: Verbose = False,  # noqa: ARG001  # every command takes it
) -> int:
    if shell not in SHELLS:
        near = did_you_mean(shell, SHELLS)
        raise UsageError(
            f"There is no script for {shell!r}",
            f"Did you mean {near}?" if near else "There is one for bash, zsh and fish.",
        )
    tell(files("rhflow.cli").joinpath("shells", f"rhflow.{shell}").read_text("utf-8").rstrip("\n"))
    return 0
