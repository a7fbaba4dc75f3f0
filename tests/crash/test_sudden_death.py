"""A real process is killed at the very moment it buys: what the bill says, and what comes next."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import far, far_side, front
from tests.cli.front import STILL, FarSide, Front

__all__ = ["far", "far_side", "front"]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
DOOMED = Path(__file__).parent / "doomed.py"
CHAT = """\
rhflow: 1
name: still
steps:
  still:
    uses: chat/qwen-plus
    max_cost: 5 CNY
    with: {prompt: two lines on herons}
outputs:
  still: ${{ steps.still.text }}
"""
TEXTS = {"chat": CHAT, "still": STILL}


def die(front: Front, what: str, moment: str) -> str:
    """A run that is killed there; its id."""
    front.write("it.rhflow.yaml", TEXTS[what])
    words = [sys.executable, str(DOOMED), moment, "run", "it.rhflow.yaml", "--yes", "--quiet"]
    ended = subprocess.run(words, cwd=front.folder, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    (row,) = front.json("runs", "runs")["runs"]
    return str(row["run"])


def test_before_the_promise_nothing_is_bought(front: Front, far: FarSide) -> None:
    run = die(front, "chat", "before SubmitIntended")
    assert far.bill() == []
    front.ok("resume", run)
    assert len(far.bill()) == 1


@pytest.mark.parametrize(("what", "moment"), [("still", "leaving"), ("chat", "after SubmitIntended")])
def test_a_promise_whose_request_never_left_is_a_doubt(
    front: Front, far: FarSide, what: str, moment: str
) -> None:
    run = die(front, what, moment)
    assert front.call("resume", run).code == 8
    assert front.call("run", "it.rhflow.yaml", "--yes").code == 8, "a new run does not guess either"
    assert far.bill() == []
    front.ok("settle", run, "still", "--repeat")
    front.ok("resume", run)
    assert len(far.bill()) == 1


def test_an_answer_nobody_wrote_down_is_a_doubt(front: Front, far: FarSide) -> None:
    run = die(front, "still", "before Accepted")
    assert front.call("resume", run).code == 8
    front.ok("settle", run, "still", "--task-id", far.tasks()[0]["task_id"])
    front.ok("resume", run)
    assert len(far.bill()) == 1


def test_a_chat_nobody_wrote_down_is_bought_again_by_a_word_only(front: Front, far: FarSide) -> None:
    run = die(front, "chat", "answered")
    assert front.call("resume", run).code == 8
    assert front.call("run", "it.rhflow.yaml", "--yes").code == 8
    assert len(far.bill()) == 1
    front.ok("settle", run, "still", "--repeat")
    front.ok("resume", run)
    assert len(far.bill()) == 2


@pytest.mark.parametrize(
    ("what", "moment", "second"),
    [
        ("chat", "after Accepted", "resume"),
        ("chat", "before Collected", "new run"),
        ("still", "after Accepted", "new run"),
    ],
)
def test_what_was_written_down_is_never_lost(
    front: Front, far: FarSide, what: str, moment: str, second: str
) -> None:
    """The text of a chat is in the journal as soon as its acceptance is: nobody could ask for it again."""
    run = die(front, what, moment)
    words = ("resume", run) if second == "resume" else ("run", "it.rhflow.yaml", "--yes")
    document = front.ok(*words, "--json").document
    made = document["outputs"]["still"]
    assert made
    front.ok("resume", run)
    assert len(far.bill()) == 1
