"""Runs of one pipeline in one home at once, in processes of their own; some are killed, the bill is exact."""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from rhflow.app.session import session
from rhflow.settings import read_settings
from rhflow.simulator.server import Timing
from tests.cli.conftest import far_side, front
from tests.cli.front import FarSide, Front
from tests.cli.test_gone import STILLS

__all__ = ["far_side", "front"]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL is POSIX")
PROMPTS = tuple(f"scene number {number}" for number in range(6))
RUN = ("run", "stills.rhflow.yaml", "--yes", "--quiet")
MIXED = """\
rhflow: 1
name: stills
budget: {run: 30 CNY, project: 40 CNY}
inputs:
  prompts: {type: data, default: prompts.yaml}
defaults: {max_cost: 2 CNY}
steps:
  words:
    uses: chat/qwen-plus
    with: {prompt: two lines on herons}
  harbour:
    uses: workflow/1904136902449209404
    with: {nodes: {'6': {text: "${{ steps.words.text }}"}}}
  shots:
    foreach: ${{ inputs.prompts.list }}
    as: prompt
    uses: seedream-v4/text-to-image
    with: {prompt: "${{ prompt }}"}
    retry: 1
    fallback:
      - uses: seedream-v4.5/text-to-image
        with: {prompt: "${{ prompt }}, by another"}
outputs:
  stills: ${{ steps.shots.image }}
  harbour: ${{ steps.harbour.image }}
"""
ANOTHER = ", by another"
OF_TASK = {"words": "chat/qwen-plus", "harbour": "workflow/1904136902449209404"}
"""What the requests without a prompt are known by."""
TRICKS: tuple[dict[str, Any], ...] = (
    {"on": "submit", "nth": 2, "do": "drop_after"},
    {"on": "submit", "nth": 3, "do": "drop_before"},
    {"on": "submit", "times": 2, "code": 421},
    {"on": "run", "times": 2, "fail": {"code": 1013, "message": "input expired"}},
    {"on": "submit", "stall": 0.2},
    {"on": "chat", "stall": 0.4},
    {"on": "chat", "times": 1, "do": "drop_after"},
    {"on": "query", "times": 4, "do": "drop_before"},
    {"on": "download", "times": 2, "do": {"truncate": 200}},
)


def settle(front: Front, far: FarSide, document: dict[str, Any]) -> Counter[str]:
    """By the far side's records: each job is known by its prompt. What was said to be bought again."""
    jobs = {job["arguments"]["prompt"]: job["task_id"] for job in far.tasks() if "prompt" in job["arguments"]}
    repeated: Counter[str] = Counter()
    for item in document["waiting"]:
        if document["tasks"][item["task"]]["state"] != "doubtful":
            continue
        number = item["task"].removeprefix("shots[").removesuffix("]")
        prompt = PROMPTS[int(number)] if number.isdecimal() else ""
        word = ("--task-id", jobs[prompt]) if prompt in jobs else ("--repeat",)
        said = front.call("settle", document["run"], item["task"], *word)
        if not said.code and "--repeat" in word:
            repeated.update((prompt, prompt + ANOTHER) if prompt else (OF_TASK[item["task"]],))
    return repeated


def written(front: Front, text: str) -> None:
    front.write("stills.rhflow.yaml", text)
    front.write("prompts.yaml", json.dumps({"list": PROMPTS}))


@pytest.mark.parametrize("seed", [1, 2])
def test_one_of_two_is_killed(front: Front, far_side: Callable[..., FarSide], seed: int) -> None:
    dice = random.Random(seed)
    far = far_side(timing=Timing(0.05, 0.3))
    far.faults({"on": "submit", "stall": 0.15, "after": seed % 2 == 0})
    written(front, STILLS)
    workers = [front.process(*RUN, "--out", f"out-{number}") for number in range(2)]
    victim, other = dice.sample(workers, 2)
    _until_bought(far, victim, dice.randrange(len(PROMPTS)))
    time.sleep(dice.uniform(0, 0.2))
    victim.kill()
    victim.communicate()
    _, err = other.communicate(timeout=60)
    assert other.returncode in (0, 3, 8), err
    assert max(Counter(job["arguments"]["prompt"] for job in far.tasks()).values()) == 1

    time.sleep(0.2)  # what was in the air has arrived by now
    far.faults()
    for _ in range(3):
        for row in front.json("runs", "runs")["runs"]:
            settle(front, far, front.json("run", "resume", row["run"], code=None))
    assert [row["status"] for row in front.json("runs", "runs")["runs"]].count("done") >= 1
    if len(far.bill()) < len(PROMPTS):  # the only run there was died before it was written down
        front.ok(*RUN)
    assert Counter(job["arguments"]["prompt"] for job in far.tasks()) == dict.fromkeys(PROMPTS, 1)
    assert len(far.bill()) == len(PROMPTS)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", [int(seed) for seed in os.environ.get("RHFLOW_SEEDS", "3").split()])
def test_all_kinds_of_purchases_among_all_kinds_of_trouble(
    front: Front, far_side: Callable[..., FarSide], seed: int
) -> None:
    """A chat, a workflow, a ladder with retries, caps; tricks, kills, wishes to cancel, words."""
    dice = random.Random(seed)
    far = far_side(timing=Timing(0.05, 0.4))
    far.faults(*dice.sample(TRICKS, 3))
    written(front, MIXED)
    workers: list[subprocess.Popen[str]] = []
    repeated: Counter[str] = Counter()
    for _ in range(3):
        workers.append(front.process(*RUN, "--out", f"out-{len(workers)}"))
        _until_bought(far, workers[-1], dice.randrange(8))
        time.sleep(dice.uniform(0, 0.3))
        match dice.choice(("kill", "kill", "cancel", "nothing")):
            case "kill":
                dice.choice(workers).kill()
            case "cancel":
                row = dice.choice(front.json("runs", "runs")["runs"] or [{"run": "none"}])
                front.call("cancel", row["run"])
            case _:
                pass
    for worker in workers:
        worker.communicate(timeout=60)

    time.sleep(0.3)
    far.faults()
    for _ in range(4):
        for row in front.json("runs", "runs")["runs"]:
            document = front.json("run", "resume", row["run"], "--yes", code=None)
            repeated += settle(front, far, document)
    document = front.json("run", *RUN[:3])
    assert document["outputs"]["harbour"]
    assert len(document["outputs"]["stills"]) == len(PROMPTS)

    audit = front.call("audit", "--json").document
    assert not [item for item in audit["findings"] if item["kind"] == "in_doubt"], audit
    bought, in_vain = _by_request(far)
    assert len(bought) >= len(PROMPTS) + 2
    for request, times in bought.items():  # in vain: it failed, or was cancelled and wanted again by somebody
        assert times <= 1 + in_vain[request] + repeated[request], (request, times, in_vain, repeated)
    with session(read_settings(home=front.folder / ".rhflow"), read_only=True) as opened:
        entries = opened.journal.ledger()
    assert sum(item.committed.amount for item in entries if item.committed is not None) <= 40
    unknown = {job["task_id"] for job in far.tasks()} - {item.job for item in entries}
    assert len(unknown) <= repeated.total(), "only what somebody said had not been accepted"


def _by_request(far: FarSide) -> tuple[Counter[str], Counter[str]]:
    """How often each request was bought, and how often that came to nothing over there."""
    jobs = {job["task_id"]: job for job in far.tasks()}
    bought: Counter[str] = Counter()
    in_vain: Counter[str] = Counter()
    for entry in far.bill():
        job = jobs.get(entry["task_id"], {"arguments": {}, "status": "SUCCESS"})  # a chat is no job there
        request = str(job["arguments"].get("prompt") or entry["endpoint"])
        bought[request] += 1
        in_vain[request] += job["status"] in ("FAILED", "CANCEL")
    return bought, in_vain


def _until_bought(far: FarSide, worker: subprocess.Popen[str], number: int) -> None:
    end = time.monotonic() + 30
    while len(far.bill()) < number and worker.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.01)
