"""A marked key goes through everything the program does. Afterwards it is nowhere, in no spelling.

The far side is as careless as can be: it puts the key, and spellings of it, into each of its refusals.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from tests.cli.front import FarSide, Front
from tests.reliability.drill import photo
from tests.reliability.troubles import EDIT

KEY = "5eal+ed/Key=0123456789~marked%end"
FORMS = {
    "as it is": KEY,
    "in an address": quote(KEY, safe=""),
    "in an address, partly": quote(KEY),
    "base64": b64encode(KEY.encode()).decode(),
    "base64 of the header": b64encode(f"Bearer {KEY}".encode()).decode(),
    "base64 of user and key": b64encode(f"api:{KEY}".encode()).decode(),
}
ECHO = "this was wrong: " + ", ".join(FORMS.values())
MARKS = [KEY, quote(KEY, safe=""), "5eal", "marked%end", "marked%25end"]
MARKS += [b64encode(b"." * before + KEY.encode()).decode()[4:-4] for before in range(3)]
"""What may stand nowhere: the key, its beginning, its end, and the middles of its base64 spellings."""

CRASH = """
import sys
from rhflow.cli.main import run
from rhflow.providers.runninghub.reading import Reader
def fails(self, exchange, *rest):
    raise RuntimeError("provoked")
setattr(Reader, sys.argv[1], fails)
sys.exit(run(sys.argv[2:]))
"""


def echoes(on: str, http: int = 200, **more: Any) -> dict[str, Any]:
    """A refusal that quotes the key wherever it has room for words."""
    task = {"taskId": "", "status": "", "errorCode": "1000", "errorMessage": ECHO, "msg": ECHO, "code": 1000}
    reason = {"node_name": ECHO, "exception_message": ECHO, "exception_type": ECHO, "traceback": ECHO}
    body = task | {"failedReason": reason, "promptTips": json.dumps({"node_errors": {"1": ECHO}})} | more
    return {"on": on, "times": 1, "answer": {"status": http, "body": body}}


class Sweep:
    """Everything that was said, and the places where things were written."""

    def __init__(self, front: Front) -> None:
        self.front = front
        self.said: list[tuple[str, str]] = []

    def call(self, *words: str) -> int:
        ended = self.front.call(*words)
        self.said.append((" ".join(words), ended.out + ended.err))
        return ended.code

    def process(self, *words: str, **more: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-X", "faulthandler", *words],
            cwd=self.front.folder,
            env=os.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **more,
        )

    def found(self) -> list[str]:
        """Where a mark stands."""
        texts = [(name, text.encode()) for name, text in self.said]
        for path in self.front.folder.rglob("*"):
            if path.is_file():
                texts.append((str(path), path.read_bytes()))
                if zipfile.is_zipfile(path):
                    with zipfile.ZipFile(path) as crate:
                        texts += [(f"{path}!{name}", crate.read(name)) for name in crate.namelist()]
        assert len(texts) > 40, "there was something to look through"
        return [f"{mark!r} in {name}" for name, text in texts for mark in MARKS if mark.encode() in text]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.usefixtures("hurried", "impatient")
@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
def test_the_key_is_nowhere(
    front: Front, far_side: Callable[..., FarSide], caplog: pytest.LogCaptureFixture
) -> None:
    far = far_side(key=KEY)
    sweep = Sweep(front)
    front.write("still.rhflow.yaml", EDIT)
    front.write("photo.png", photo())
    caplog.set_level(logging.DEBUG)
    run = ("run", "still.rhflow.yaml", "--yes", "-v", "--events", "events.jsonl")
    going_on = ("resume", "-v", "--events", "events.jsonl")

    for words in (("check",), ("plan",), ("plan", "--live"), ("graph",)):
        sweep.call(words[0], "still.rhflow.yaml", *words[1:])
    for words in (("doctor",), ("models", "show", "seedream-v4/text-to-image"), ("schema",)):
        sweep.call(*words)
    far.faults(echoes("preview"), echoes("account", 401), echoes("queue"))
    sweep.call("plan", "still.rhflow.yaml", "--live")
    sweep.call("doctor")

    far.faults(echoes("upload", 401, errorCode="802", code=802))
    assert sweep.call(*run) == 4
    far.faults(echoes("submit", 401, errorCode="802", code=802))
    assert sweep.call(*going_on) == 4
    far.faults(echoes("submit", 400, errorCode="1000"))
    assert sweep.call(*going_on) == 8
    _look_around(sweep)
    name = json.loads(front.call("runs", "--json").out)["runs"][0]["run"]
    sweep.call("settle", name, "still")
    assert sweep.call("settle", name, "still", "--repeat") == 0
    far.faults(echoes("query", 401, errorCode="802", code=802))
    assert sweep.call(*going_on) == 4
    failed = echoes("query", status="FAILED", taskId=far.bill()[0]["task_id"])
    far.faults(failed)
    assert sweep.call(*going_on) == 1
    _look_around(sweep)
    assert sweep.call(*going_on, "--yes") == 0
    sweep.call("cancel", name)
    _look_around(sweep)

    _with_webhooks(sweep, far)
    _with_crashes(sweep, far)
    for words in (("cache", "list"), ("cache", "verify"), ("cache", "export", name, "-o", "crate.zip")):
        sweep.call(*words)
    assert zipfile.is_zipfile(front.folder / "crate.zip"), sweep.said[-1]
    sweep.said.append(("the logs", caplog.text))

    assert sweep.found() == []


def _look_around(sweep: Sweep) -> None:
    for words in (("show",), ("runs",), ("cost",), ("audit",), ("doctor",)):
        sweep.call(*words)
        sweep.call(*words, "--json")


def _with_webhooks(sweep: Sweep, far: FarSide) -> None:
    far.faults(echoes("submit", 500), {"on": "webhook", "duplicate": 2, "times": 1})
    port = str(free_port())
    sweep.front.write("hooked.rhflow.yaml", EDIT.replace("a heron", "an otter"))
    hooks = ("--webhook-url", f"http://127.0.0.1:{port}", "--webhook-port", port)
    assert sweep.call("run", "hooked.rhflow.yaml", "--yes", "-v", *hooks) == 8


def _with_crashes(sweep: Sweep, far: FarSide) -> None:
    """Exceptions nobody foresaw, at a purchase and at a look; and a death that shows all stacks."""
    far.faults()
    for number, what in enumerate(("submit", "report")):
        name = f"crash-{number}.rhflow.yaml"
        sweep.front.write(name, EDIT.replace("a heron", f"animal {number}"))
        worker = sweep.process("-c", CRASH, what, "run", name, "--yes", "-v")
        out, err = worker.communicate(timeout=60)
        assert "provoked" in err
        assert "Traceback" in err
        sweep.said.append((f"a crash at {what}", out + err))
    far.faults({"on": "run", "stall": 5.0})
    sweep.front.write("abort.rhflow.yaml", EDIT.replace("a heron", "a toad"))
    before = len(far.bill())
    worker = sweep.process("-m", "rhflow", "run", "abort.rhflow.yaml", "--yes", "-v")
    end = time.monotonic() + 30
    while len(far.bill()) == before:
        assert time.monotonic() < end
        time.sleep(0.02)
    worker.send_signal(signal.SIGABRT)
    out, err = worker.communicate(timeout=60)
    assert "Fatal Python error" in err
    sweep.said.append(("a death by SIGABRT", out + err))


def test_the_sweep_would_find_it(front: Front) -> None:
    for number, form in enumerate(FORMS.values()):
        sweep = Sweep(front)
        sweep.said = [("nothing", "")] * 60
        sweep.said.append(("something", f"… {form} …"))
        assert len({hit.rpartition(" in ")[2] for hit in sweep.found()}) == 1, number


def test_there_is_a_place_for_the_key() -> None:
    """The marks are in what is sent, or the sweep would prove nothing."""
    assert all(any(mark in form for mark in MARKS) for form in FORMS.values())
