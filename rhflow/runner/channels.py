"""Models that have stopped working, remembered for one run: the next task need not find it out again."""

from __future__ import annotations

from dataclasses import dataclass

from rhflow.lifecycle.failure import Failure, FailureKind

IN_A_ROW = 3
"""So many tasks in a row that the vendor failed, and none that went well between them."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Who met a failure of a model, and what it was."""

    task: str
    failure: Failure


class Channels:
    """How each model behaves in this run. A resume knows nothing of it: a night later it may work again."""

    def __init__(self) -> None:
        self._row: dict[str, list[Trouble]] = {}
        self._dead: dict[str, Trouble] = {}

    def failed(self, uses: str, task: str, failure: Failure) -> None:
        """A task got that answer from the model."""
        if failure.kind is FailureKind.WITHDRAWN:
            self._dead[uses] = Trouble(task, failure)
        if failure.kind is not FailureKind.VENDOR_ERROR:
            return
        row = self._row.setdefault(uses, [])
        if task not in {trouble.task for trouble in row}:
            row.append(Trouble(task, failure))
        if len(row) >= IN_A_ROW:
            self._dead[uses] = Trouble(task, failure)

    def worked(self, uses: str) -> None:
        """A task got a result from it."""
        self._row.pop(uses, None)
        self._dead.pop(uses, None)

    def trouble(self, uses: str) -> Trouble | None:
        """Why the model should not be asked first; None where nothing speaks against it."""
        return self._dead.get(uses)
