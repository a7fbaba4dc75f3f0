"""Ctrl-C and SIGTERM: the state is kept, the message says how to go on, and going on buys nothing twice."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from rhflow.simulator.server import Timing
from tests.cli.front import STILL, STILL_AND_CLIP, FarSide, Front, board, until

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals and terminals")

SLOW = Timing(0.1, 0.6)
SHOTS = (("a heron", "it flies up"), ("an otter", "it dives"), ("a toad", "it looks at us"))


@pytest.fixture
def film(front: Front) -> Front:
    front.write("board.rhflow.yaml", STILL_AND_CLIP)
    front.write("board.yaml", board(*SHOTS))
    return front


def _each_once(far: FarSide, wanted: int) -> None:
    asked = Counter((task["endpoint"], task["arguments"].get("prompt")) for task in far.tasks())
    assert max(asked.values()) == 1, asked
    assert len(far.bill()) == wanted


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_130_in_the_middle_of_a_run(film: Front, far_side: object, number: signal.Signals) -> None:
    far: FarSide = far_side(timing=SLOW)  # type: ignore[operator]
    worker = film.process("run", "board.rhflow.yaml", "--yes", "--json")
    until(lambda: len(far.bill()) >= 4)  # the stills, and at least a clip in flight
    worker.send_signal(number)
    out, err = worker.communicate(timeout=30)
    assert worker.returncode == 130, err
    assert "Traceback" not in err
    run = film.json("run", "show")
    assert run["status"] == "interrupted"
    assert f"rhflow resume {run['run']}" in err
    assert '"status": "interrupted"' in out
    resumed = film.json("run", "resume")
    assert resumed["run"] == run["run"]
    assert resumed["status"] == "done"
    _each_once(far, 6)


def test_130_before_anything_was_bought(film: Front, far_side: object) -> None:
    far: FarSide = far_side()  # type: ignore[operator]
    far.faults({"on": "submit", "stall": 1.5})
    worker = film.process("run", "board.rhflow.yaml", "--yes")
    until(lambda: _seen(far) >= 1)
    worker.send_signal(signal.SIGINT)
    _, err = worker.communicate(timeout=30)
    assert worker.returncode == 130, err
    far.faults()
    assert film.call("resume").code == 0
    _each_once(far, 6)


def _seen(far: FarSide) -> int:
    """Submits that have come."""
    return int(far.client.get("/simulator/faults").json()["faults"][0]["seen"])


def test_130_a_second_time_at_once(front: Front, far_side: object) -> None:
    """Somebody who presses Ctrl-C twice will not wait for a submit; that is in doubt then, and says so."""
    far: FarSide = far_side()  # type: ignore[operator]
    front.write("still.rhflow.yaml", STILL)
    far.faults({"on": "submit", "stall": 3, "after": True})
    worker = front.process("run", "still.rhflow.yaml", "--yes")
    until(lambda: len(far.bill()) == 1)
    worker.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert worker.poll() is None, "it waits for the answer that is on its way"
    begun = time.monotonic()
    worker.send_signal(signal.SIGINT)
    worker.communicate(timeout=10)
    assert time.monotonic() - begun < 2
    far.faults()
    assert front.call("resume").code == 8
    assert len(far.bill()) == 1


# -- on a terminal ------------------------------------------------------------------------------------

if os.name != "nt":
    import fcntl
    import pty
    import struct
    import termios


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, front: Front, *words: str, columns: int = 100, rows: int = 30) -> None:
        self._ours, self._theirs = pty.openpty()
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.modes = termios.tcgetattr(self._theirs)
        environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "CI")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "rhflow", *words],
            cwd=front.folder,
            env=environment | {"TERM": "xterm-256color"},
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
            start_new_session=True,
        )
        self.text = ""

    def read(self, seconds: float = 0.05) -> str:
        """What has come since."""
        came = ""
        while select.select([self._ours], [], [], seconds)[0]:
            try:
                came += os.read(self._ours, 65536).decode("utf-8", "replace")
            except OSError:
                break
        self.text += came
        return came

    def until(self, words: str, limit_s: float = 20) -> None:
        until(lambda: self.read() is not None and words in self.text, limit_s)

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def end(self) -> int:
        """Wait for the end; the exit code."""
        end = time.monotonic() + 30
        while self.process.poll() is None:
            assert time.monotonic() < end, self.text[-2000:]
            self.read()
        self.read(0.2)
        return self.process.returncode

    def now_modes(self) -> object:
        return termios.tcgetattr(self._theirs)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)


@contextlib.contextmanager
def terminal(front: Front, *words: str, **size: int) -> Iterator[Terminal]:
    opened = Terminal(front, *words, **size)
    try:
        yield opened
    finally:
        opened.close()


@pytest.mark.parametrize("columns", [100, 60])
def test_the_screen_while_it_works_and_after(film: Front, far_side: object, columns: int) -> None:
    far: FarSide = far_side(timing=Timing(0.1, 0.4))  # type: ignore[operator]
    words = ("run", "board.rhflow.yaml", "--max-cost", "12")
    with terminal(film, *words, columns=columns) as screen:
        assert screen.end() == 0
        text = screen.text
    assert "of 7" in text
    assert "shots[0].clip" in text
    assert "waits for" in text
    assert "7 made" in text
    assert text.rstrip().endswith("film.mp4")
    assert len(far.bill()) == 6


def test_ctrl_c_leaves_the_terminal_as_it_was(film: Front, far_side: object) -> None:
    far: FarSide = far_side(timing=SLOW)  # type: ignore[operator]
    with terminal(film, "run", "board.rhflow.yaml", "--max-cost", "12") as screen:
        screen.until("shots[2].still")
        until(lambda: len(far.bill()) >= 1)
        screen.process.send_signal(signal.SIGINT)
        assert screen.end() == 130
        text = screen.text
        assert screen.now_modes() == screen.modes
    assert "rhflow resume" in text
    assert "Traceback" not in text
    assert text.rfind("\x1b[?25h") >= text.rfind("\x1b[?25l"), "the cursor is to be seen"
    assert "\x1b[?1049h" not in text or text.rfind("\x1b[?1049l") > text.rfind("\x1b[?1049h")


def test_sudden_death_leaves_the_cursor(film: Front, far_side: object) -> None:
    far: FarSide = far_side(timing=SLOW)  # type: ignore[operator]
    with terminal(film, "run", "board.rhflow.yaml", "--max-cost", "12") as screen:
        until(lambda: screen.read() is not None and len(far.bill()) >= 1)
        screen.process.kill()
        screen.process.wait()
        screen.read(0.2)
        assert screen.text.rfind("\x1b[?25h") >= screen.text.rfind("\x1b[?25l")


@pytest.mark.parametrize(
    ("answer", "code", "bought"), [("y\n", 0, 6), ("n\n", 2, 0), ("\n", 2, 0), ("\x04", 130, 0)]
)
def test_the_bill_is_shown_and_somebody_is_asked(
    film: Front, far: FarSide, answer: str, code: int, bought: int
) -> None:
    with terminal(film, "run", "board.rhflow.yaml") as screen:
        screen.until("Buy it?")
        assert "3.45 CNY" in screen.text
        assert far.address in screen.text, "where the money would go"
        assert far.bill() == []
        screen.type(answer)
        assert screen.end() == code, screen.text
        assert "Traceback" not in screen.text
    assert len(far.bill()) == bought


def test_colours_are_for_screens_that_want_them(film: Front, far: FarSide) -> None:
    with terminal(film, "plan", "board.rhflow.yaml") as screen:
        assert screen.end() == 0
        assert "\x1b[36mrun" in screen.text
    film.write("rhflow.toml", "")
    os.environ["CI"] = "1"
    try:
        worker = film.process("plan", "board.rhflow.yaml")
        out, err = worker.communicate(timeout=30)
    finally:
        del os.environ["CI"]
    assert "\x1b" not in out + err
