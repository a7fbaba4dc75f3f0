"""A simulator in a process of its own (`-m`, with FOLDER and quick|full): prints its address and serves."""

from __future__ import annotations

import sys
from pathlib import Path

from rhflow.simulator.server import serve
from tests.simulator.server_house import settings

if __name__ == "__main__":
    serve(
        settings(Path(sys.argv[1]), quick=sys.argv[2] == "quick"),
        lambda url: print(url, flush=True),
    )
    print("stopped", flush=True)
