"""Whoever looked at us goes: a closed terminal, a pipe that is closed or not read. The bill stays exact."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rhflow.simulator.server import Timing
from tests.cli.front import FarSide, Front, until

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals, pipes and terminals")

FarSides = Callable[..., FarSide]
PROMPTS = ("a heron", "an otter", "a toad", "a newt")
REQUESTS = len(PROMPTS)
STILLS = """\
rhflow: 1
name: stills
inputs:
  prompts: {type: data, default: prompts.yaml}
steps:
  shots:
    foreach: ${{ inputs.prompts.list }}
    as: prompt
    uses: seedream-v4/text-to-image
    with: {prompt: "${{ prompt }}"}
outputs:
  stills: ${{ steps.shots.image }}
"""
RUN = ("run", "stills.rhflow.yaml", "--yes")
SLOW = Timing(0.1, 0.6)
PIPE_SIZE = getattr(fcntl, "F_SETPIPE_SZ", 1031)


@pytest.fixture
def film(front: Front) -> Front:
    front.write("stills.rhflow.yaml", STILLS)
    front.write("prompts.yaml", json.dumps({"list": PROMPTS}))
    return front


def goes_on_and_pays_once(film: Front, far: FarSide) -> None:
    """A resume, by the way a person would go on, ends well; each request was bought once."""
    far.faults()
    said = film.call("resume")
    assert said.code == 0, said.err
    asked = Counter((task["endpoint"], task["arguments"].get("prompt")) for task in far.tasks())
    assert max(asked.values()) == 1, asked
    assert len(far.bill()) == REQUESTS


# -- signals ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_is_in_the_air_is_finished_first(
    film: Front, far_side: FarSides, number: signal.Signals
) -> None:
    far = far_side()
    far.faults({"on": "submit", "stall": 0.8, "after": True})
    worker = film.process(*RUN)
    until(lambda: len(far.bill()) >= 1)
    worker.send_signal(number)
    _, err = worker.communicate(timeout=30)
    assert worker.returncode == 130, err
    run = film.json("run", "show")
    assert f"rhflow resume {run['run']}" in err
    assert run["status"] == "interrupted"
    assert run["waiting"] == [] or all(item["state"] != "doubtful" for item in run["waiting"])
    known = {attempt["task_id"] for task in run["tasks"].values() for attempt in task["attempts"]}
    assert known == {entry["task_id"] for entry in far.bill()}, "the answer was heard and written down"
    goes_on_and_pays_once(film, far)


def test_a_second_one_is_at_once_and_what_was_in_the_air_is_in_doubt(film: Front, far_side: FarSides) -> None:
    number = signal.SIGTERM  # test_interrupt does so with Ctrl-C
    far = far_side()
    far.faults({"on": "submit", "stall": 3, "after": True})
    worker = film.process(*RUN)
    until(lambda: len(far.bill()) == REQUESTS)
    worker.send_signal(number)
    time.sleep(0.3)
    worker.send_signal(number)
    worker.communicate(timeout=2)
    assert worker.returncode == -number
    far.faults()
    told = film.json("run", "resume", code=8)
    assert len(told["waiting"]) == REQUESTS
    for item in told["waiting"]:
        prompt = PROMPTS[int(item["task"].removeprefix("shots[").removesuffix("]"))]
        (job,) = [job for job in far.tasks() if job["arguments"]["prompt"] == prompt]
        film.ok("settle", told["run"], item["task"], "--task-id", job["task_id"])
    goes_on_and_pays_once(film, far)


def test_a_hangup_may_come_twice_and_means_one_thing(film: Front, far_side: FarSides) -> None:
    """A shell passes it on to its jobs, and the terminal tells them, too."""
    far = far_side()
    far.faults({"on": "submit", "stall": 0.8, "after": True})
    worker = film.process(*RUN)
    until(lambda: len(far.bill()) >= 1)
    for _ in range(3):
        worker.send_signal(signal.SIGHUP)
        time.sleep(0.05)
    _, err = worker.communicate(timeout=30)
    assert worker.returncode == 130, err
    goes_on_and_pays_once(film, far)


def test_nohup_is_heeded(film: Front, far_side: FarSides) -> None:
    far = far_side(timing=SLOW)
    worker = film.process(*RUN, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    until(lambda: len(far.bill()) >= 1)
    worker.send_signal(signal.SIGHUP)
    _, err = worker.communicate(timeout=30)
    assert worker.returncode == 0, err
    assert len(far.bill()) == REQUESTS


# -- terminals ----------------------------------------------------------------------------------------


def on_terminal(film: Front, *, owns: bool) -> tuple[subprocess.Popen[bytes], int]:
    """A run whose three streams are a terminal, and our end of it; with `owns` it is told of its end."""
    ours, theirs = pty.openpty()
    worker = subprocess.Popen(
        [sys.executable, "-m", "rhflow", *RUN],
        cwd=film.folder,
        env=os.environ | {"TERM": "xterm-256color"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=(lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) if owns else None,  # noqa: PLW1509
    )
    os.close(theirs)
    return worker, ours


def test_a_closed_terminal_ends_the_run_in_order(film: Front, far_side: FarSides) -> None:
    far = far_side(timing=SLOW)
    worker, ours = on_terminal(film, owns=True)
    until(lambda: len(far.bill()) >= 2)
    os.close(ours)  # whatever is written from now on is an error
    assert worker.wait(30) == 130
    assert film.json("run", "show")["status"] == "interrupted"
    goes_on_and_pays_once(film, far)


def test_a_terminal_that_goes_without_a_word_ends_nothing(film: Front, far_side: FarSides) -> None:
    """As for a job that was disowned: nobody is told, and every write to the screen fails."""
    far = far_side(timing=SLOW)
    worker, ours = on_terminal(film, owns=False)
    until(lambda: len(far.bill()) >= 2)
    os.close(ours)
    assert worker.wait(30) == 0
    assert film.json("run", "show")["status"] == "done"
    assert len(far.bill()) == REQUESTS


# -- pipes --------------------------------------------------------------------------------------------


def narrow_pipe() -> tuple[int, int]:
    """A pipe that is full after a page."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, PIPE_SIZE, 4096)
    return reading, writing


@pytest.mark.skipif(sys.platform != "linux", reason="the size of a pipe can be chosen on Linux only")
def test_events_that_nobody_reads_stop_no_purchase(film: Front, far: FarSide) -> None:
    reading, writing = narrow_pipe()
    worker = film.process(*RUN, "--events", "-", stdout=writing)
    os.close(writing)
    _, err = worker.communicate(timeout=40)
    os.close(reading)
    assert worker.returncode == 0, err
    assert "Nobody reads the events on standard output; the last" in err
    assert film.json("run", "show")["status"] == "done"
    assert len(far.bill()) == REQUESTS


@pytest.mark.skipif(sys.platform != "linux", reason="the size of a pipe can be chosen on Linux only")
def test_events_that_are_read_slowly_come_all_of_them(film: Front, far: FarSide) -> None:
    reading, writing = narrow_pipe()
    worker = film.process(*RUN, "--events", "-", stdout=writing, stderr=subprocess.DEVNULL)
    os.close(writing)
    until(lambda: len(far.bill()) == REQUESTS)
    came = b""
    while piece := os.read(reading, 1000):
        came += piece
        time.sleep(0.02)
    os.close(reading)
    assert worker.wait(30) == 0
    told: list[Any] = [json.loads(line) for line in came.decode().splitlines()]
    assert len(came) > 4096
    assert sum(item["event"] == "Accepted" for item in told) == REQUESTS


def test_a_reader_of_events_who_leaves(film: Front, far: FarSide) -> None:
    reading, writing = os.pipe()
    worker = film.process(*RUN, "--events", "-", stdout=writing)
    os.close(writing)
    assert os.read(reading, 20)
    os.close(reading)
    _, err = worker.communicate(timeout=40)
    assert worker.returncode == 0, err
    assert "Events cannot" not in err
    assert len(far.bill()) == REQUESTS


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full")
def test_events_for_which_there_is_no_room(film: Front, far: FarSide) -> None:
    worker = film.process(*RUN, "--events", "/dev/full")
    _, err = worker.communicate(timeout=40)
    assert worker.returncode == 0, err
    assert "Events cannot be written to /dev/full: No space left on device." in err
    assert err.count("Events cannot") == 1
    assert len(far.bill()) == REQUESTS


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full")
def test_words_for_which_there_is_no_room(film: Front, far: FarSide) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        worker = film.process(*RUN, stderr=full)
        worker.communicate(timeout=40)
    assert worker.returncode == 0
    assert len(far.bill()) == REQUESTS


@pytest.mark.skipif(sys.platform != "linux", reason="the size of a pipe can be chosen on Linux only")
def test_killed_while_it_waits_for_somebody_to_read(film: Front, far_side: FarSides) -> None:
    """Progress that nobody reads holds the run up, as with every program; what is written down is exact."""
    far = far_side(timing=SLOW)
    reading, writing = narrow_pipe()
    os.write(writing, b"x" * 4096)
    worker = film.process(*RUN, "-v", stderr=writing, stdout=subprocess.DEVNULL)
    os.close(writing)
    time.sleep(1.5)
    assert worker.poll() is None
    worker.kill()
    worker.wait()
    os.close(reading)
    if not film.json("runs", "runs")["runs"]:
        film.ok(*RUN)
    goes_on_and_pays_once(film, far)
