"""A thousand tasks in flight at a minute each: looks per task, processor, memory, how late an end is known.

The far side is the simulator in a process of its own; its renderer is a stand-in that writes one and the same
tiny picture at once, because drawing a thousand pictures beside them would be what is measured. All else is
real: the wire, the journal on the disk, the downloads. A first run of a few tasks teaches how long the model
takes; its own figures are those of somebody who uses a model for the first time.

    python bench/flight.py [--tasks 1000] [--seconds 60] [--teach 20]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image

from rhflow.catalog_files import load_catalog
from rhflow.simulator.order import Order, Rendered
from rhflow.simulator.server import SimulatorSettings, Timing, serve

PIPELINE = """\
rhflow: 1
name: {name}
steps:
  still:
    foreach: ${{{{ range({tasks}) }}}}
    uses: seedream-v4/text-to-image
    with: {{prompt: "{name} ${{{{ item }}}}"}}
"""
COUNTS = {"on": "query", "nth": 1_000_000_000, "stall": 1}
"""A fault that never plays, and counts the looks."""


def stand_in(order: Order) -> list[Rendered]:
    """The same picture for every order."""
    path = Path(order.folder) / "0.png"
    Image.new("RGB", (2, 2), "teal").save(path)
    return [Rendered(str(path), "png")]


def far_side(folder: Path, seconds: float) -> None:
    """Serve until told to end."""
    settings = SimulatorSettings(
        folder=folder,
        catalog=load_catalog(),
        timing=Timing(queued_s=0.0, running_s=seconds),
        concurrency=100_000,
        renderer=stand_in,
        quick=True,
    )
    serve(settings, lambda address: print(address, flush=True))


class FarSide:
    """The simulator in a process of its own."""

    def __init__(self, folder: Path, seconds: float) -> None:
        words = [sys.executable, __file__, "--far", str(folder), "--seconds", str(seconds)]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)

    def ask(self, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


def flown(far: FarSide, folder: Path, name: str, tasks: int, seconds: float) -> dict[str, float]:
    """One run of so many tasks, all in flight at once; what was seen."""
    (folder / f"{name}.rhflow.yaml").write_text(PIPELINE.format(name=name, tasks=tasks), encoding="utf-8")
    far.ask("/simulator/faults", {"faults": [COUNTS]})
    known = {task["task_id"] for task in far.ask("/simulator/tasks")["tasks"]}
    environment = os.environ | {
        "RUNNINGHUB_BASE_URL": far.address,
        "RUNNINGHUB_API_KEY": "0123456789abcdef0123456789abcdef",
        "RHFLOW_HOME": str(folder / ".rhflow"),
    }
    environment.pop("RHFLOW_POLL", None)  # as somebody who sets nothing
    words = ["run", f"{name}.rhflow.yaml", "--provider", "runninghub", "--yes", "-q", "--json"]
    words += ["--concurrency", str(tasks), "--events", f"{name}.jsonl"]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "rhflow", *words],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    took, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{words}: {done.returncode}\n{done.stderr[-3000:]}")
    (counted,) = far.ask("/simulator/faults")["faults"]
    late = lateness(far, folder / f"{name}.jsonl", known, seconds)
    return {
        "looks": counted["seen"] / tasks,
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "megabytes": after.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024),
        "wall": took,
        "median": statistics.median(late),
        "p95": late[int(0.95 * len(late))],
    }


def lateness(far: FarSide, events: Path, known: set[str], seconds: float) -> list[float]:
    """Seconds from the end of each job over there to the moment it was written down here."""
    ends = {
        task["task_id"]: task["accepted_at"] + seconds
        for task in far.ask("/simulator/tasks")["tasks"]
        if task["task_id"] not in known
    }
    jobs: dict[str, str] = {}
    late = []
    for line in events.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        if event["event"] == "Accepted":
            jobs[event["attempt"]] = event["job"]
        if event["event"] == "JobSucceeded":
            seen = datetime.fromisoformat(event["at"]).timestamp()
            late.append(seen - ends[jobs[event["attempt"]]])
    if len(late) != len(ends):
        raise SystemExit(f"{len(ends)} jobs over there, {len(late)} seen to end here")
    return sorted(late)


def told(name: str, tasks: int, seconds: float, seen: dict[str, float]) -> None:
    print(
        f"{name:8} {tasks:5} tasks of {seconds:g} s: {seen['looks']:.1f} looks a task; known "
        f"{seen['median']:.2f} s late (median, {100 * seen['median'] / seconds:.1f} %), "
        f"{seen['p95']:.2f} s (95 of 100, {100 * seen['p95'] / seconds:.1f} %); "
        f"{seen['cpu']:.1f} s of processor, {seen['megabytes']:.0f} MB, {seen['wall']:.0f} s in all"
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--teach", type=int, default=20)
    parser.add_argument("--far", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.far is not None:
        far_side(given.far, given.seconds)
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        far = FarSide(folder / "far", given.seconds)
        try:
            for words, tasks in (("first", given.teach), ("flight", given.tasks)):
                if tasks:
                    told(words, tasks, given.seconds, flown(far, folder, words, tasks, given.seconds))
        finally:
            far.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
