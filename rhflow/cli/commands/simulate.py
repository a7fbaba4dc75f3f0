"""`rhflow simulate`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rhflow.catalog_files import load_catalog
from rhflow.cli.options import Home, Quiet, Verbose
from rhflow.cli.speaking import guarded
from rhflow.cli.streams import say
from rhflow.settings import find_home
from rhflow.simulator.server import SimulatorSettings, Timing, serve

MORE = "Point a client at it: RUNNINGHUB_BASE_URL=<its address> RUNNINGHUB_API_KEY=anything rhflow run …"


@guarded()
def command(
    *,
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="0 takes a free one.")
    ] = 0,
    home: Home = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--folder", metavar="DIR", help="Where it keeps tasks, bill and files.", show_default=False
        ),
    ] = None,
    queued: Annotated[
        float, typer.Option("--queued", metavar="SECONDS", min=0, help="Seconds a job waits in the queue.")
    ] = 1.0,
    running: Annotated[
        float, typer.Option("--running", metavar="SECONDS", min=0, help="Seconds a job runs at least.")
    ] = 3.0,
    quick: Annotated[bool, typer.Option("--quick", help="Tiny media, at once.")] = False,
    workers: Annotated[int, typer.Option("--workers", metavar="N", min=1, help="Processes that draw.")] = 2,
    concurrency: Annotated[
        int, typer.Option("--concurrency", metavar="N", min=1, help="Jobs one key may have at a time.")
    ] = 50,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001  # every command takes it
) -> int:
    place = folder or find_home(home, None) / "simulator"
    settings = SimulatorSettings(
        folder=place.absolute(),
        catalog=load_catalog(),
        timing=Timing(queued_s=queued, running_s=running),
        quick=quick,
        workers=workers,
        concurrency=concurrency,
        port=port,
    )

    def ready(address: str) -> None:
        print(address, flush=True)  # noqa: T201  # the contract: the first line names the address
        if not quiet:
            say(f"The simulator keeps its tasks, bill and files in {place}. Bill: {address}/simulator/bill")

    serve(settings, ready)
    return 0
