"""End to end at the front door: a full key, clocks that run out, webhooks, cancelling, fallbacks."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rhflow.simulator.server import Timing
from tests.cli.front import STILL, STILL_AND_CLIP, FarSide, Front, board, schema, until

RUN = ("run", "board.rhflow.yaml", "--yes")
MANY = """\
rhflow: 1
name: many
steps:
  still:
    foreach: ${{ range(24) }}
    uses: seedream-v4/text-to-image
    with: {prompt: "picture ${{ item }}"}
"""


@pytest.fixture
def far_sides(far_side: Callable[..., FarSide]) -> Callable[..., FarSide]:
    return far_side


def events_of(path: Path) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for event in found:
        schema("events").validate(event)
    return found


# -- a full key -------------------------------------------------------------------------------------------


def test_a_key_of_three_and_twenty_four_tasks(front: Front, far_sides: Callable[..., FarSide]) -> None:
    far = far_sides(concurrency=3, timing=Timing(0.02, 0.1))
    front.write("many.rhflow.yaml", MANY)
    said = front.ok("run", "many.rhflow.yaml", "--yes", "--events", "events.jsonl")
    assert "The key runs 3 at a time; 21 tasks wait." in said.err
    told = events_of(front.folder / "events.jsonl")
    assert [event["message"] for event in told if event["event"] == "Notice"]
    assert sum(event["event"] == "Refused" for event in told) == 0
    assert len(far.bill()) == 24


def test_two_programs_under_one_key(front: Front, far_sides: Callable[..., FarSide]) -> None:
    far = far_sides(concurrency=3, timing=Timing(0.02, 0.1))
    front.write("many.rhflow.yaml", MANY.replace("range(24)", "range(4)"))
    front.write("more.rhflow.yaml", MANY.replace("range(24)", "range(4)").replace("picture", "sketch"))
    workers = [front.process("run", name, "--yes") for name in ("many.rhflow.yaml", "more.rhflow.yaml")]
    for worker in workers:
        _, err = worker.communicate(timeout=60)
        assert worker.returncode == 0, err
    assert len(far.bill()) == 8


# -- clocks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("timing", "timeout", "says"),
    [
        (Timing(2.0, 0.1), "{queued: 0.3}", "was queued longer than 0.3 s"),
        (Timing(0.02, 2.5), "{queued: 9, running: 0.3}", "ran longer than 0.3 s"),
    ],
    ids=["queued", "running"],
)
def test_a_clock_that_runs_out_detaches_and_a_resume_collects(
    front: Front, far_sides: Callable[..., FarSide], timing: Timing, timeout: str, says: str
) -> None:
    far = far_sides(timing=timing)
    front.write("still.rhflow.yaml", STILL.replace("    with:", f"    timeout: {timeout}\n    with:"))
    begun = time.monotonic()
    said = front.call("run", "still.rhflow.yaml", "--yes")
    assert said.code == 3, said.err
    assert time.monotonic() - begun < 1.9, "it does not wait for the job"
    assert says in said.err
    assert "resume collects it" in said.err
    far.client.post("/simulator/clock", json={"advance_s": 10})
    assert front.ok("resume").out.startswith("still")
    assert len(far.bill()) == 1


# -- webhooks ---------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_webhook_tells_sooner_than_looking_would(
    front: Front, far_sides: Callable[..., FarSide], monkeypatch: pytest.MonkeyPatch
) -> None:
    far_sides(timing=Timing(0.1, 1.0))
    monkeypatch.setenv("RHFLOW_POLL", "30")
    front.write("still.rhflow.yaml", STILL)
    port = free_port()
    begun = time.monotonic()
    words = ("--webhook-url", f"http://127.0.0.1:{port}", "--webhook-port", str(port))
    said = front.ok("run", "still.rhflow.yaml", "--yes", "-v", "--events", "events.jsonl", *words)
    assert time.monotonic() - begun < 10, "the next look would have been half a minute later"
    assert f"Webhooks for http://127.0.0.1:{port} are received on 127.0.0.1:{port}." in said.err
    everything = said.err + said.out + (front.folder / "events.jsonl").read_text("utf-8")
    assert f"127.0.0.1:{port}/" not in everything, "the secret path is nowhere"
    journal = (front.folder / ".rhflow" / "journal.db").read_bytes()
    assert f"127.0.0.1:{port}/".encode() not in journal


def test_a_webhook_finds_the_submit_whose_answer_was_lost(
    front: Front, far_sides: Callable[..., FarSide]
) -> None:
    far = far_sides(timing=Timing(0.1, 1.5))
    front.write("still.rhflow.yaml", STILL.replace("    with:", "    on_doubt: wait\n    with:"))
    far.faults({"on": "submit", "nth": 1, "do": "drop_after"})
    port = free_port()
    words = ("--webhook-url", f"http://127.0.0.1:{port}", "--webhook-port", str(port))
    said = front.ok("run", "still.rhflow.yaml", "--yes", "--events", "events.jsonl", *words)
    assert "in doubt" in said.err
    told = events_of(front.folder / "events.jsonl")
    assert [event["by"] for event in told if event["event"] == "Found"] == ["webhook"]
    assert len(far.bill()) == 1
    assert len(far.tasks()) == 1


def test_what_the_queue_says_of_a_lost_submit_is_shown(
    front: Front, far_sides: Callable[..., FarSide]
) -> None:
    far = far_sides(timing=Timing(0.1, 30.0))
    front.write("still.rhflow.yaml", STILL)
    far.faults({"on": "submit", "nth": 1, "do": "drop_after"})
    document = front.json("run", "run", "still.rhflow.yaml", "--yes", code=8)
    (attempt,) = document["tasks"]["still"]["attempts"]
    wanted = "before it no task was going under the key; after it 1 task was going under the key, 0 of them "
    wanted += "known here"
    assert attempt["evidence"] == f"{wanted}: it was probably accepted"
    assert attempt["evidence"] in front.ok("show").out
    unsaid = front.call("settle", document["run"], "still")
    assert (unsaid.code, attempt["evidence"] in unsaid.err) == (2, True)
    said = front.call("resume")
    assert said.code == 8
    assert attempt["evidence"] in said.err


# -- cancelling -------------------------------------------------------------------------------------------


def test_cancel_a_run_that_another_process_carries_out(
    front: Front, far_sides: Callable[..., FarSide]
) -> None:
    far = far_sides(timing=Timing(0.1, 30.0))
    front.write("board.rhflow.yaml", STILL_AND_CLIP)
    front.write("board.yaml", board(("a heron", "it flies up"), ("an otter", "it dives")))
    worker = front.process(*RUN)
    until(lambda: len(far.bill()) == 2)
    run = front.json("runs", "runs")["runs"][0]["run"]
    document = front.json("run", "cancel", run)
    assert document["status"] == "cancelled"
    assert {task["state"] for task in document["tasks"].values()} == {"cancelled"}
    assert document["tasks"]["shots[0].still"]["attempts"][0]["cancel_taken"] is True
    _, err = worker.communicate(timeout=20)
    assert worker.returncode == 130, err
    assert "took the cancel" in err
    assert {task["status"] for task in far.tasks()} == {"CANCEL"}
    assert len(far.bill()) == 2
    assert front.json("runs", "runs")["runs"][0]["status"] == "cancelled"
    again = front.call("resume", run)
    assert again.code == 0
    assert len(far.bill()) == 2, "nobody has said that it shall be bought after all"


def test_cancel_a_run_that_nobody_works_on(front: Front, far_sides: Callable[..., FarSide]) -> None:
    far = far_sides(timing=Timing(0.1, 30.0))
    front.write("board.rhflow.yaml", STILL_AND_CLIP)
    front.write("board.yaml", board(("a heron", "it flies up"), ("an otter", "it dives")))
    worker = front.process(*RUN)
    until(lambda: len(far.bill()) == 2)
    worker.send_signal(signal.SIGINT)
    worker.communicate(timeout=20)
    run = front.json("run", "show")["run"]
    said = front.ok("cancel", run)
    assert "took the cancel" in said.err
    assert front.json("run", "show")["status"] == "cancelled"
    assert front.ok("cancel", run).code == 0, "once more does no harm"
    assert len(far.bill()) == 2


def test_what_the_far_side_will_not_cancel_is_made_and_collected(
    front: Front, far_sides: Callable[..., FarSide]
) -> None:
    far = far_sides(timing=Timing(0.1, 0.9))
    refusal = {"code": 807, "msg": "APIKEY_TASK_NOT_FOUND", "data": None}
    far.faults({"on": "cancel", "answer": {"status": 200, "body": refusal}})
    front.write("board.rhflow.yaml", STILL_AND_CLIP)
    front.write("board.yaml", board(("a heron", "it flies up")))
    worker = front.process(*RUN)
    until(lambda: len(far.bill()) == 1)
    run = front.json("runs", "runs")["runs"][0]["run"]
    document = front.json("run", "cancel", run)
    _, err = worker.communicate(timeout=20)
    assert "would not cancel it; it runs on, is paid, and will be collected" in err
    states = {name: task["state"] for name, task in document["tasks"].items()}
    assert states == {"shots[0].still": "done", "shots[0].clip": "cancelled", "film": "cancelled"}
    assert len(far.bill()) == 1


def test_cancel_what_is_done(front: Front, far_sides: Callable[..., FarSide]) -> None:
    far_sides()
    front.write("still.rhflow.yaml", STILL)
    document = front.json("run", "run", "still.rhflow.yaml", "--yes")
    assert front.json("run", "cancel", document["run"])["status"] == "done"
    assert front.call("cancel", "20200101").code == 2
    assert front.call("cancel").code == 2


# -- second choices ---------------------------------------------------------------------------------------

LADDER = """\
rhflow: 1
name: stills
steps:
  still:
    foreach: ${{ range(5) }}
    uses: seedream-v4/text-to-image
    with: {prompt: "picture ${{ item }}"}
    fallback:
      - uses: seedream-v4.5/text-to-image
        with: {prompt: "picture ${{ item }}"}
outputs:
  stills: ${{ steps.still.image }}
"""


def test_a_channel_that_died_is_left_and_what_came_instead_is_labelled(
    front: Front, far_sides: Callable[..., FarSide]
) -> None:
    far = far_sides(concurrency=1)
    far.faults({"on": "run", "endpoint": "seedream-v4/", "fail": {"code": 1012, "message": "upstream"}})
    front.write("stills.rhflow.yaml", LADDER)
    words = ("run", "stills.rhflow.yaml", "--yes", "--allow-unknown-price", "--concurrency", "1")
    said = front.ok(*words, "--events", "events.jsonl")
    assert "Degraded, made by another model than asked for first: still[0] by " in said.err
    told = events_of(front.folder / "events.jsonl")
    remembered = [event["remembered"] for event in told if event["event"] == "FellBack"]
    assert len(remembered) == 5
    assert sum(item is not None for item in remembered) == 2
    assert len(far.bill()) == 3 + 5, "the first model was asked three times, not five"
    document = front.json("run", "show")
    for task in document["tasks"].values():
        assert (task["rung"], task["degraded"]) == (1, True)
        assert "seedream-v4.5" in task["model"]
    assert front.ok("show").out.count("second choice") == 5
    manifest = json.loads((front.folder / "out" / "stills" / "manifest.json").read_text("utf-8"))
    assert {entry["degraded"] for entry in manifest["files"]} == {True}
    cached = front.json("run", *words)
    assert cached["counts"]["cached"] == 5
    assert {task["degraded"] for task in cached["tasks"].values()} == {True}
    assert len(far.bill()) == 8
