"""`rhflow simulate`"""

from __future__ import annotations

from rhflow.app.session import full_catalog
from rhflow.cli import simulator_options as options
from rhflow.cli.faults_file import read_faults
from rhflow.cli.options import Home, Quiet, Verbose
from rhflow.cli.speaking import guarded
from rhflow.cli.streams import say
from rhflow.settings import read_settings
from rhflow.simulator.server import SimulatorSettings, Timing, serve

MORE = "Point a client at it: RUNNINGHUB_BASE_URL=<its address> RUNNINGHUB_API_KEY=anything rhflow run …"


@guarded()
def command(
    *,
    port: options.Port = 0,
    host: options.Host = "127.0.0.1",
    home: Home = None,
    folder: options.Folder = None,
    queued: options.Queued = 1.0,
    running: options.Running = 3.0,
    quick: options.Quick = False,
    workers: options.Workers = 2,
    concurrency: options.Concurrency = 50,
    faults: options.Faults = None,
    record: options.Record = None,
    keys: options.Keys = None,
    wallet: options.Wallet = None,
    coins: options.Coins = None,
    machines: options.Machines = 1,
    personal_queue: options.PersonalQueue = 1000,
    library: options.OwnLibrary = None,
    says_create: options.SaysCreate = False,
    instant_text: options.InstantText = False,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001  # every command takes it
) -> int:
    settings = read_settings(home=home)
    place = folder or settings.home / "simulator"
    known, kinds = options.known_keys(keys)
    wanted = SimulatorSettings(
        folder=place.absolute(),
        catalog=full_catalog(settings),
        timing=Timing(queued_s=queued, running_s=running),
        quick=quick,
        workers=workers,
        concurrency=concurrency,
        faults=read_faults(faults) if faults else (),
        record=record,
        accept_keys=known,
        keys=kinds,
        wallet=options.amount(wallet),
        coins=coins,
        machines=machines,
        personal_queue=personal_queue,
        library=library,
        says_create=says_create,
        instant_text=instant_text,
        host=host,
        port=port,
    )

    def ready(address: str) -> None:
        print(address, flush=True)  # noqa: T201  # the contract: the first line names the address
        if not quiet:
            say(f"The simulator keeps its tasks, bill and files in {place}. Page: {address}/simulator/")

    serve(wanted, ready)
    return 0
