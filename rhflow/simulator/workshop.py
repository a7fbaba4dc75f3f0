"""The renderers of one process: threads that claim jobs, have them drawn and write how they ended.

Claims are in the database, so two processes that serve one folder never draw one job twice, and a job whose
claimer was killed is drawn by another: soon where its process is seen to be gone, else when its
lease is over.
"""

from __future__ import annotations

import contextlib
import logging
import os
import platform
import secrets
import sqlite3
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from pkgutil import resolve_name

from rhflow.ground.errors import UsageError
from rhflow.ground.values import JsonObject
from rhflow.simulator.assets import Assets
from rhflow.simulator.bench import Bench, Crashed, ProcessBench, ThreadBench
from rhflow.simulator.inputs import Unreachable, gather, gather_files
from rhflow.simulator.job import Job
from rhflow.simulator.order import Order, Outcome, Render, Rendered, RenderFailed
from rhflow.simulator.shelf import Shelf
from rhflow.simulator.task import WORKFLOW, Claim, Ending, NewFile
from rhflow.simulator.tasks import LEASE_S, Tasks

_LOG = logging.getLogger("rhflow.simulator")
_LOOK_EVERY_S = 1.0
_ATTEMPTS = 2


class Workshop:
    """`workers` places to draw at; nothing is started before the first job."""

    def __init__(
        self,
        tasks: Tasks,
        shelf: Shelf,
        assets: Assets,
        *,
        renderer: str | Render,
        workers: int,
        quick: bool,
    ) -> None:
        self._tasks = tasks
        self._shelf = shelf
        self._assets = assets
        self._quick = quick
        self._renderer = renderer
        self._owner = f"{platform.node()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._benches: list[Bench] = [_bench(renderer, quick=quick) for _ in range(workers)]
        self._threads = [
            threading.Thread(target=self._work, args=(bench,), name=f"simulator-{number}", daemon=True)
            for number, bench in enumerate(self._benches)
        ]
        self._threads.append(threading.Thread(target=self._keep, name="simulator-keeper", daemon=True))
        self._bell = threading.Condition()
        self._rung = 0
        self._is_stopping = threading.Event()

    def open(self) -> None:
        """Begin; jobs that were left behind come first.

        Raises:
            UsageError: the renderer cannot be loaded, so that no job would ever end.
        """
        if isinstance(self._renderer, str):
            _try_out(self._renderer)
        self._free_the_dead()
        self._shelf.clear_drafts()
        for thread in self._threads:
            thread.start()

    def ring(self) -> None:
        """Say that there is a new job."""
        with self._bell:
            self._rung += 1
            self._bell.notify()

    def close(self) -> None:
        """Stop, give back what was not finished, and wait for every thread (a few seconds at most)."""
        self._is_stopping.set()
        with self._bell:
            self._bell.notify_all()
        for bench in self._benches:
            bench.kill()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(5)
        self._tasks.release(self._owner)

    def _work(self, bench: Bench) -> None:
        try:
            while not self._is_stopping.is_set():
                self._look(bench)
        finally:
            if isinstance(bench, ProcessBench):
                bench.close()

    def _look(self, bench: Bench) -> None:
        """Carry out one job, or wait for one. What goes wrong here (a full disk, say) is tried again."""
        claim = None
        try:
            claim = self._tasks.claim(self._owner)
            if claim is None:
                self._wait()
            else:
                self._carry_out(claim, bench)
        except (OSError, sqlite3.Error):
            _LOG.exception("the simulator could not carry out a job; it will try again")
            self._is_stopping.wait(_LOOK_EVERY_S)
            if claim is not None:
                with contextlib.suppress(sqlite3.Error):
                    self._tasks.release(self._owner, claim.id)

    def _wait(self) -> None:
        with self._bell:
            self._bell.wait_for(lambda: self._rung or self._is_stopping.is_set(), _LOOK_EVERY_S)
            self._rung = max(self._rung - 1, 0)

    def _carry_out(self, claim: Claim, bench: Bench) -> None:
        workplace = self._shelf.workplace(f"{claim.id}-{secrets.token_hex(4)}")
        try:
            outcome = self._draw(claim, bench, str(workplace))
            if outcome is None:
                return
            ending = self._place(claim, outcome)
            if not self._tasks.finish(claim, self._owner, ending, self._shelf.lifetime_s):
                self._withdraw(claim, ending.files)
        finally:
            self._shelf.clear(workplace)

    def _draw(self, claim: Claim, bench: Bench, workplace: str) -> Outcome | None:
        """How it ended; None where the simulator closes and another will draw it."""
        if claim.fate.code:
            return RenderFailed(claim.fate.message, int(claim.fate.code), claim.fate.reason)
        if claim.fate.empty:
            return []
        try:
            sources = (
                gather_files(claim.arguments, self._shelf)
                if claim.task == WORKFLOW
                else gather(claim.arguments, claim.kinds, self._shelf, self._assets)
            )
        except Unreachable as error:
            return RenderFailed(f"An input could not be fetched: {error}.")
        order = Order(
            endpoint=claim.endpoint,
            task=claim.task,
            output=claim.output,
            arguments=claim.arguments,
            media={},
            folder=workplace,
            quick=self._quick,
        )
        job = Job(order, sources, str(self._shelf.stand_ins))
        words = "it"
        for _ in range(_ATTEMPTS):
            try:
                return bench.draw(job)
            except Crashed as error:
                words = str(error)
                if self._is_stopping.wait(0.1):  # a Ctrl-C may have felled it; then this is no verdict
                    return None
        _LOG.error("the renderer fell over at %s (%s): %s", claim.endpoint, claim.id, words)
        last = words.strip().splitlines()[-1]
        return RenderFailed(f"The simulator's renderer fell over: {last}", 1015)

    def _place(self, claim: Claim, outcome: Outcome) -> Ending:
        if isinstance(outcome, RenderFailed):
            return Ending(code=str(outcome.code), message=outcome.message, reason=outcome.reason)
        if any(item.path is not None and not Path(item.path).is_file() for item in outcome):
            return Ending(code="1015", message="The simulator's renderer named a file that it did not make.")
        placed = self._shelf.put_results(claim.id, outcome)
        return Ending(
            [_result(item, file) for item, file in placed],
            [file for _, file in placed if file is not None],
        )

    def _withdraw(self, claim: Claim, files: Sequence[NewFile]) -> None:
        """The job was cancelled meanwhile: nobody will ask for its files."""
        task = self._tasks.find(claim.id)
        if task is not None and task.state == "cancelled":
            self._shelf.drop([file.name for file in files])

    def _keep(self) -> None:
        """Renew our claims, free those of the dead."""
        while not self._is_stopping.wait(LEASE_S / 3):
            try:
                if self._owner in self._free_the_dead():
                    self._tasks.renew(self._owner)
            except sqlite3.Error:
                _LOG.exception("the simulator could not renew its claims; it will try again")

    def _free_the_dead(self) -> list[str]:
        owners = self._tasks.owners()
        for owner in owners:
            if owner != self._owner and _is_gone(owner):
                self._tasks.release(owner)
                self.ring()
        return owners


def _try_out(renderer: str) -> None:
    """Load the renderer once.

    Raises:
        UsageError: it cannot be loaded.
    """
    try:
        found = resolve_name(renderer)
    except Exception as error:
        raise UsageError(
            f"The simulator's renderer {renderer} cannot be loaded: {type(error).__name__}: {error}",
            "Install rhflow anew, with everything it needs.",
        ) from error
    if not callable(found):
        raise UsageError(f"The simulator's renderer {renderer} is no function")


def _bench(renderer: str | Render, *, quick: bool) -> Bench:
    if quick or not isinstance(renderer, str):
        return ThreadBench(renderer)
    return ProcessBench(renderer)


def _result(item: Rendered, file: NewFile | None) -> JsonObject:
    return {"name": file.name if file else None, "type": item.type, "text": item.text, "node": item.node}


def _is_gone(owner: str) -> bool:
    """Whether the process behind a claim is surely dead: known on the same machine only, not on Windows."""
    node, pid, _ = owner.rsplit(":", 2)
    if sys.platform == "win32" or node != platform.node():
        return False  # there the lease decides
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
