"""The postman: tells receivers of webhooks that their jobs have ended (RunningHub API, webhooks).

A thread of its own that sleeps until there is something to deliver. A receiver that is slow or says no is
tried again on the schedule of `Timing`, in simulated time; at most four are spoken to at once, and no answer
of theirs is read beyond a few thousand bytes. Addresses other than http and https are never called.
"""

from __future__ import annotations

import contextlib
import http.client
import logging
import socket
import sqlite3
import threading
import urllib.parse
from typing import Protocol

from rhflow.simulator import wire
from rhflow.simulator.database import Database
from rhflow.simulator.faults import Fault, Faults
from rhflow.simulator.tasks import Tasks
from rhflow.simulator.timing import Timing
from rhflow.simulator.webhooks import Webhook, Webhooks, event

_LOG = logging.getLogger("rhflow.simulator")
_AT_ONCE = 4
_LOOK_EVERY_S = 0.05
_READ = 4_096


class Settle(Protocol):
    """Who hears how a delivery went."""

    def __call__(self, hook: Webhook, *, is_taken: bool, said: str) -> None: ...


class Postman:
    """Delivers what `Webhooks` holds; nothing is started before the first job that wants a webhook."""

    def __init__(
        self, database: Database, tasks: Tasks, hooks: Webhooks, faults: Faults, timing: Timing
    ) -> None:
        self._database = database
        self._tasks = tasks
        self._hooks = hooks
        self._faults = faults
        self._timing = timing
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._bell = threading.Event()
        self._is_stopping = threading.Event()
        self._out: list[_Delivery] = []

    def ring(self) -> None:
        """Say that there may be something to deliver."""
        if self._thread is None and self._hooks.is_any_open():
            with self._lock:
                if self._thread is None and not self._is_stopping.is_set():
                    self._thread = threading.Thread(target=self._work, name="simulator-postman", daemon=True)
                    self._thread.start()
        self._bell.set()

    def close(self) -> None:
        """Stop; what is being delivered is cut, and delivered again after the next start."""
        with self._lock:
            self._is_stopping.set()
            thread = self._thread
        self._bell.set()
        if thread is not None:
            thread.join(5)

    def _work(self) -> None:
        while not self._is_stopping.is_set():
            self._out = [each for each in self._out if each.is_alive()]
            try:
                self._round(_AT_ONCE - len(self._out))
                is_idle = not self._out and not self._hooks.is_any_open()
            except sqlite3.Error:
                _LOG.exception("the simulator could not look after its webhooks; it will try again")
                is_idle = False
            self._bell.wait(None if is_idle else _LOOK_EVERY_S)
            self._bell.clear()
        for each in self._out:
            each.cut()
        for each in self._out:
            each.join(5)

    def _round(self, free: int) -> None:
        self._hooks.wake(self._tell)
        for hook in self._hooks.take(free):
            fault = self._faults.due("webhook", hook.url)
            if fault is not None and fault.stall_s:
                self._hooks.put_back(hook, fault.stall_s)
                continue
            delivery = _Delivery(hook, fault, self._timing, self._settle)
            self._out.append(delivery)
            delivery.start()

    def _tell(self, task_id: str, base: str) -> str:
        task = self._tasks.find(task_id)
        assert task is not None  # its row and the webhook's are of one transaction
        return wire.event_data(task, self._database.now(), base)

    def _settle(self, hook: Webhook, *, is_taken: bool, said: str) -> None:
        """Write how a delivery was taken; one that was cut because we stop is delivered again later."""
        waits = self._timing.webhook_again_s
        again = waits[hook.tries] if not is_taken and hook.tries < len(waits) else None
        try:
            if not self._is_stopping.is_set():
                self._hooks.settle(hook, is_taken=is_taken, response=said, again_s=again)
        except sqlite3.Error:
            _LOG.exception("the simulator could not write how a webhook was taken")
        self._bell.set()


class _Delivery(threading.Thread):
    """One try at one receiver, twice or more where a fault says so."""

    def __init__(self, hook: Webhook, fault: Fault | None, timing: Timing, settle: Settle) -> None:
        super().__init__(name="simulator-delivery", daemon=True)
        self._hook = hook
        self._fault = fault
        self._timeout_s = timing.webhook_timeout_s
        self._settle = settle
        self._connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        drop = self._fault.drop if self._fault else None
        taken, said = False, ""
        if drop != "before":
            for _ in range(1 + (self._fault.duplicate if self._fault else 0)):
                taken, said = self._post()
        if drop is not None:
            taken, said = False, "the delivery was lost (a fault)"
        self._settle(self._hook, is_taken=taken, said=said)

    def cut(self) -> None:
        """End it now, whatever the receiver does."""
        connection = self._connection
        with contextlib.suppress(OSError, AttributeError):
            if connection is not None:
                connection.sock.shutdown(socket.SHUT_RDWR)

    def _post(self) -> tuple[bool, str]:
        """Whether it was taken (any 2xx), and the receiver's words. Follows no redirect."""
        parts = urllib.parse.urlsplit(self._hook.url)
        assert parts.hostname is not None
        assert parts.scheme in ("http", "https")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = connection = kind(parts.hostname, parts.port, timeout=self._timeout_s)
        limit = threading.Timer(self._timeout_s, self.cut)  # the timeout above is for each read alone
        limit.daemon = True
        limit.start()
        path = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        body = event(self._hook.task_id, self._hook.event_data)
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said = answer.read(_READ).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException, ValueError) as error:
            return False, f"{type(error).__name__}: {error}"
        finally:
            limit.cancel()
            connection.close()
        return 200 <= answer.status < 300, said
