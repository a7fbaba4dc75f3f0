"""`rhflow` and `python -m rhflow`: the same front door, quick to open."""

from __future__ import annotations

import sys

from rhflow import __version__


def main() -> None:
    """Answer `--version` before anything else is imported; hand the rest to the command line."""
    if sys.argv[1:] == ["--version"]:
        print(f"rhflow {__version__}")  # noqa: T201
        return
    from rhflow.cli.main import run  # noqa: PLC0415  # only now, see above

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
