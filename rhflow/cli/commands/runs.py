"""`rhflow runs`"""

from __future__ import annotations

from rhflow.app.session import session
from rhflow.cli.options import Home, Json
from rhflow.cli.speaking import answer, console, guarded
from rhflow.cli.tables import grid
from rhflow.ground.values import Json as JsonValue
from rhflow.ground.values import JsonObject
from rhflow.settings import read_settings
from rhflow.view.run_view import instant


def _empty() -> JsonObject:
    return {"runs": [], "problems": []}


@guarded(_empty)
def command(*, home: Home = None, as_json: Json = False) -> int:
    with session(read_settings(home=home), read_only=True) as opened:
        records = opened.journal.runs()
        live = {record.id for record in records if opened.journal.is_leased(f"run {record.id}")}
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
            }
            for record, status in rows
        ]
        answer({"runs": listed, "problems": []})
        return 0
    table = grid("run", "pipeline", "provider", "status", "started", "file")
    for record, status in rows:
        table.add_row(
            record.id, record.pipeline, record.provider, status, instant(record.started) or "", record.file
        )
    console().print(table if rows else "There are no runs here yet. Start one: rhflow run FILE")
    return 0
