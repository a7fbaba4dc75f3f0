"""What the verbs share: run tools of this environment at the project's root, stop at the first that fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def call(*command: str, **environment: str) -> None:
    """Run a command, echoed; end this verb with its exit code where that is not 0."""
    print("+", " ".join(command), flush=True)
    code = subprocess.call(command, cwd=ROOT, env=os.environ | environment)
    if code:
        sys.exit(code)


def python(*words: str, **environment: str) -> None:
    """The same for `python -m …` or a script, with the Python that runs the verb."""
    call(sys.executable, *words, **environment)


def rest() -> list[str]:
    """What stood behind the verb; it goes to the tool."""
    return sys.argv[1:]
