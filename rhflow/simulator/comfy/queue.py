"""The queue and the history of one machine behind a native proxy, as far as one key sees them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal

from rhflow.ground.hashing import digest_bytes
from rhflow.ground.values import JsonObject
from rhflow.simulator.comfy.address import Door
from rhflow.simulator.comfy.history import Prompt
from rhflow.simulator.database import Database
from rhflow.simulator.faults import Faults
from rhflow.simulator.keys import Key
from rhflow.simulator.task import ENDED, WORKFLOW, Fate, Submission, Task
from rhflow.simulator.tasks import Tasks
from rhflow.simulator.workflows.graph import Graph, graph_json
from rhflow.simulator.workflows.machine_time import machine_seconds


class Queue:
    """The prompts of one key on one machine, oldest first."""

    def __init__(self, database: Database, tasks: Tasks, place: str, key_tail: str) -> None:
        self._database = database
        self._tasks = tasks
        self._place = place
        self._tail = key_tail

    def count(self) -> int:
        """How many there ever were."""
        return len(self._tasks.of_place(self._place, self._tail))

    def tasks(self) -> list[tuple[int, Task]]:
        """Every one that was not forgotten, with how many came before it."""
        forgotten = {row[0] for row in self._database.rows("SELECT task_id FROM forgotten")}
        listed = enumerate(self._tasks.of_place(self._place, self._tail))
        return [(number, task) for number, task in listed if task.id not in forgotten]

    def prompt(self, number: int, task: Task) -> Prompt:
        """One of them, with what was asked for."""
        return Prompt(task, number, self._tasks.arguments_of(task.id))

    def open(self, *words: str) -> list[Prompt]:
        """Those that wait or run: `QUEUED`, `RUNNING`."""
        now = self._database.now()
        return [self.prompt(number, task) for number, task in self.tasks() if task.status(now) in words]

    def ended(self) -> list[Prompt]:
        """The history."""
        return self.open(*ENDED)

    def remaining(self) -> int:
        """What ComfyUI calls `queue_remaining`."""
        now = self._database.now()
        return sum(task.status(now) not in ENDED for _, task in self.tasks())

    def cancel(self, prompts: Iterable[Prompt], *, forget: bool = False) -> None:
        """Stop these; what only waited leaves no trace (`forget`)."""
        for prompt in prompts:
            self._tasks.cancel(prompt.task.id)
        if forget:
            self.forget(prompts)

    def forget(self, prompts: Iterable[Prompt]) -> None:
        """Take them out of the history."""
        with self._database.writing() as write:
            write.executemany(
                "INSERT OR IGNORE INTO forgotten VALUES (?)", [(prompt.task.id,) for prompt in prompts]
            )


def submission(door: Door, key: Key, graph: Graph, sent: JsonObject, faults: Faults) -> Submission:
    """The order of a prompt. The machine is rented, so nothing is billed for it."""
    told = graph_json(graph)
    fault = faults.due("run", door.place)
    return Submission(
        endpoint=door.place,
        task=WORKFLOW,
        output=WORKFLOW,
        arguments={"graph": told, "id": "", "name": "ComfyUI", "metadata": True, **sent},
        kinds={},
        body_sha256=digest_bytes(json.dumps(told, sort_keys=True).encode()),
        key_tail=key.tail,
        price=Decimal(0),
        own_machine=True,
        fate=fault.fate if fault and fault.fate else Fate(),
        payer=key.kind,
        machine_s=machine_seconds(graph),
        machine=door.machine,
    )
