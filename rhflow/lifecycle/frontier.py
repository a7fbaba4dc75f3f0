"""Which tasks may start now: a data structure, no loop, no threads; whoever drives it asks and tells."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping


class Frontier:
    """Tasks by id with the ids they need; hands out what is ready and learns what settled.

    A task whose needs did not all succeed is `blocked`: it is handed out by `take_blocked`, never by
    `take_ready`.
    """

    def __init__(self, needs: Mapping[str, Iterable[str]]) -> None:
        self._needs = {task: set(items) for task, items in needs.items()}
        self._missing = {task: set(items) for task, items in self._needs.items()}
        self._dependants: dict[str, list[str]] = {task: [] for task in needs}
        for task, items in self._needs.items():
            for item in items:
                self._dependants[item].append(task)
        self._failed: set[str] = set()
        self._ready = deque(task for task, items in self._missing.items() if not items)
        self._blocked: deque[tuple[str, str]] = deque()
        self._open = set(self._needs)

    def take_ready(self) -> list[str]:
        """Tasks that may start and were not handed out yet, in plan order."""
        taken = list(self._ready)
        self._ready.clear()
        return taken

    def take_blocked(self) -> list[tuple[str, str]]:
        """Tasks that can never start, each with the id of a task that stands in its way."""
        taken = list(self._blocked)
        self._blocked.clear()
        return taken

    def settle(self, task: str, *, ok: bool) -> None:
        """Say that a task is over; `ok` where its result is there."""
        if task not in self._open:
            return
        self._open.discard(task)
        if not ok:
            self._failed.add(task)
        for follower in self._dependants[task]:
            missing = self._missing[follower]
            missing.discard(task)
            if not missing and follower in self._open:
                culprit = next((item for item in sorted(self._needs[follower]) if item in self._failed), None)
                if culprit is None:
                    self._ready.append(follower)
                else:
                    self._blocked.append((follower, culprit))

    @property
    def waiting(self) -> dict[str, frozenset[str]]:
        """Tasks not settled, each with what it still waits for."""
        return {task: frozenset(self._missing[task]) for task in self._needs if task in self._open}
