"""Troubles that are more than a fault of the far side: clocks, liars, slow lines, and people."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import httpx
import pytest

from rhflow.app.clock import SystemClock
from rhflow.web.webhooks import Receiver
from tests.cli.front import FarSide, Front
from tests.reliability.relay import Tamper, passes, relayed

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S


@dataclass
class Scene:
    """Where a trouble is played."""

    front: Front
    far: FarSide
    patch: pytest.MonkeyPatch
    words: list[str] = field(default_factory=list)
    """What is added to the command line of the run."""
    mend: Callable[[], None] = lambda: None
    """What ends the trouble, after the first run."""

    def seen(self, on: str) -> int:
        """How many calls of that kind a fault has met so far."""
        told = self.far.client.get("/simulator/faults").json()["faults"]
        return max((int(fault["seen"]) for fault in told if fault["on"] == on), default=0)


Arrangement: TypeAlias = Callable[[Scene], contextlib.AbstractContextManager[None]]


@contextlib.contextmanager
def meanwhile(act: Callable[[], None]) -> Iterator[None]:
    """Something happens in another thread while the run works; it must have happened."""
    failed: list[BaseException] = []

    def body() -> None:
        try:
            act()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    try:
        yield
    finally:
        thread.join(20)
    assert not thread.is_alive()
    assert not failed, failed


def until(happened: Callable[[], bool], limit_s: float = 15) -> None:
    end = time.monotonic() + limit_s
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


# -- clocks -------------------------------------------------------------------------------------------


def our_clock_jumps(seconds: float) -> Arrangement:
    """Our machine's clock is set while a job runs; the far side's goes on as it did."""

    @contextlib.contextmanager
    def arrange(scene: Scene) -> Iterator[None]:
        real, jumped = SystemClock.now, [0.0]
        scene.patch.setattr(SystemClock, "now", lambda clock: real(clock) + jumped[0])

        def act() -> None:
            until(lambda: len(scene.far.bill()) == 1 and scene.seen("query") >= 2)
            jumped[0] = seconds

        with meanwhile(act):
            yield

    return arrange


# -- liars --------------------------------------------------------------------------------------------


def a_webhook_lies(*stories: str) -> Arrangement:
    """Somebody calls the receiver's secret address and tells of an end that did not happen."""

    @contextlib.contextmanager
    def arrange(scene: Scene) -> Iterator[None]:
        told: list[str] = []
        real = Receiver.address

        def address(receiver: Receiver, attempt: str) -> str:
            told.append(real(receiver, attempt))
            return told[-1]

        scene.patch.setattr(Receiver, "address", address)
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        scene.words += ["--webhook-url", f"http://127.0.0.1:{port}", "--webhook-port", str(port)]

        def act() -> None:
            until(lambda: len(scene.far.bill()) == 1 and bool(told))
            job = scene.far.bill()[0]["task_id"]
            for story in stories:
                data = {"taskId": job, "status": story, "errorCode": "", "errorMessage": "", "results": []}
                if story == "SUCCESS":
                    data["results"] = [{"url": f"{scene.far.address}/files/output/nobody.png"}]
                if story == "another job":
                    data |= {"taskId": "1999999999999999999", "status": "SUCCESS"}
                notice = {"event": "TASK_END", "taskId": data["taskId"], "eventData": json.dumps(data)}
                answer = httpx.post(told[0], json=notice, trust_env=False)
                assert answer.status_code == 200, answer.text

        with meanwhile(act):
            yield

    return arrange


# -- lines --------------------------------------------------------------------------------------------


def answers_come(tamper: Tamper) -> Arrangement:
    """The answer to the purchase comes by way of a stranger."""

    @contextlib.contextmanager
    def arrange(scene: Scene) -> Iterator[None]:
        with relayed(scene.far.address, tamper) as relay:
            scene.patch.setenv("RUNNINGHUB_BASE_URL", relay.address)
            yield

    return arrange


def byte_by_byte(seconds: float) -> Tamper:
    """Drop by drop, so many seconds from the first to the last."""

    def tamper(line: socket.socket, answer: bytes) -> None:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in answer:
            line.sendall(bytes([byte]))
            time.sleep(seconds / len(answer))

    return tamper


def huge(megabytes: int) -> Tamper:
    """The answer, and then blanks without end: still JSON."""

    def tamper(line: socket.socket, answer: bytes) -> None:
        body = answer.partition(b"\r\n\r\n")[2]
        length = len(body) + megabytes * 1_000_000
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ")
        line.sendall(b"%d\r\n\r\n" % length + body)
        for _ in range(megabytes):
            line.sendall(b" " * 1_000_000)

    return tamper


def id_moved_to(*path: str) -> Tamper:
    """The task id stands somewhere else in the answer."""

    def tamper(line: socket.socket, answer: bytes) -> None:
        job = json.loads(answer.partition(b"\r\n\r\n")[2])["taskId"]
        told = job
        for name in reversed(path):
            told = {name: told}
        body = json.dumps(told).encode()
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ")
        line.sendall(b"%d\r\n\r\n" % len(body) + body)

    return tamper


@contextlib.contextmanager
def the_network_goes(scene: Scene) -> Iterator[None]:
    """As the result is to be fetched nobody is there any more, neither for files nor for questions."""
    with relayed(scene.far.address, passes) as relay:
        scene.patch.setenv("RUNNINGHUB_BASE_URL", relay.address)

        def act() -> None:
            until(lambda: scene.seen("download") >= 1)
            relay.close()

        scene.mend = relay.open
        with meanwhile(act):
            yield


# -- people -------------------------------------------------------------------------------------------


@contextlib.contextmanager
def ctrl_c_after_a_while(scene: Scene) -> Iterator[None]:
    """Somebody has seen enough of it: the tenth download has failed by then."""

    def act() -> None:
        until(lambda: scene.seen("download") >= 10)
        os.kill(os.getpid(), signal.SIGINT)

    with meanwhile(act):
        yield
