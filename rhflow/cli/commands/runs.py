"""`rhflow runs`"""

from __future__ import annotations

from rhflow.app.runs import is_imported
from rhflow.app.session import session
from rhflow.cli.options import Home, Json, Quiet, Verbose
from rhflow.cli.speaking import console, guarded
from rhflow.cli.streams import answer, say
from rhflow.cli.tables import Grid
from rhflow.ground.values import Json as JsonValue
from rhflow.ground.values import JsonObject, plain
from rhflow.lifecycle.ledger import by_run, charged
from rhflow.settings import read_settings
from rhflow.view.run_view import instant


def _empty() -> JsonObject:
    return {"runs": [], "problems": []}


@guarded(_empty)
def command(
    *,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001  # every command takes it
) -> int:
    with session(read_settings(home=home), read_only=True) as opened:
        records = opened.journal.runs()
        live = {record.id for record in records if opened.journal.is_leased(f"run {record.id}")}
        spent = {run: charged(entries) for run, entries in by_run(opened.journal.ledger()).items()}
    rows = [
        (record, "interrupted" if record.status == "running" and record.id not in live else record.status)
        for record in records
    ]
    if as_json:
        listed: list[JsonValue] = [
            {
                "run": record.id,
                "pipeline": record.pipeline,
                "file": record.file,
                "provider": record.provider,
                "started": instant(record.started),
                "status": status,
                "charged": {name: plain(amount) for name, amount in spent.get(record.id, {}).items()},
            }
            for record, status in rows
        ]
        answer({"runs": listed, "problems": []})
        return 0
    if not rows:
        if not quiet:
            say("There are no runs here yet. Start one: rhflow run FILE")
        return 0
    table = Grid(
        *("run", "status", "pipeline", "spent", "provider", "started", "file"),
        right=("spent",),
        below=("provider", "started"),
    )
    for record, status in rows:
        money = " + ".join(f"{plain(amount)} {name}" for name, amount in spent.get(record.id, {}).items())
        started = instant(record.started) or ""
        file = f"{record.file} (imported)" if is_imported(record) else record.file
        table.add(record.id, status, record.pipeline, money, record.provider, started, file)
    table.show(console())
    return 0
