"""What the counters of the simulator share: tasks, files, keys, faults, and who works behind them."""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass

from rhflow.simulator.assets import Assets
from rhflow.simulator.database import Database
from rhflow.simulator.faults import Faults
from rhflow.simulator.keys import KeyBook
from rhflow.simulator.loadable import Loadable
from rhflow.simulator.loras import Loras
from rhflow.simulator.postman import Postman
from rhflow.simulator.settings import SimulatorSettings
from rhflow.simulator.shelf import Shelf
from rhflow.simulator.task import Task
from rhflow.simulator.tasks import Tasks
from rhflow.simulator.watching import PATH, pass_of
from rhflow.simulator.webhooks import Webhooks
from rhflow.simulator.workflows.library import Library
from rhflow.simulator.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Office:
    """One open simulator."""

    settings: SimulatorSettings
    database: Database
    tasks: Tasks
    shelf: Shelf
    assets: Assets
    loras: Loras
    library: Library
    loadable: Loadable
    keys: KeyBook
    faults: Faults
    workshop: Workshop
    webhooks: Webhooks
    postman: Postman

    def watch_url(self, task: Task, base: str) -> str | None:
        """Where the progress of a running graph is told (`netWssUrl`); None while it is queued."""
        is_graph = task.endpoint.startswith(("workflow/", "ai-app/"))
        if not is_graph or task.status(self.database.now()) != "RUNNING":
            return None
        query = urllib.parse.urlencode(
            {
                "c_host": "127.0.0.1",
                "clientId": task.client_id,
                "workflowId": task.endpoint.partition("/")[2],
                "Rh-Comfy-Auth": pass_of(task),
            }
        )
        return f"ws{base.removeprefix('http')}{PATH}?{query}"
