"""Kill the runner at random moments and look at the bill.

A board of shots runs against `rhflow simulate` in a process of its own; the runner is killed with SIGKILL at
random moments, started again (now `resume`, now a new `run`), and what was in the air when it died is settled
by looking at the far side's call records, as a person would. In the end the film must be there and the bill
must hold every request once.

    python bench/kill9.py --kills 10 --shots 24
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

STEPS = 4
"""Purchases per shot."""


@dataclass
class Tally:
    """What was seen."""

    kills: int = 0
    doubts: int = 0
    found: int = 0
    repeated: int = 0
    entries: int = 0
    twice: list[str] = field(default_factory=list)
    missing: int = 0
    film: str | None = None
    moments: list[float] = field(default_factory=list)
    seconds: float = 0.0


def board(folder: Path, shots: int) -> Path:
    """A pipeline of `shots` × (still, clip, longer, sharp), and a film of all."""
    listed = "\n".join(
        f"  - {{frame: scene number {n} of the board, action: move {n}}}" for n in range(shots)
    )
    (folder / "shots.yaml").write_text(f"shots:\n{listed}\n", encoding="utf-8")
    text = """
rhflow: 1
name: board
inputs:
  board: {type: data, default: shots.yaml}
steps:
  shots:
    foreach: ${{ inputs.board.shots }}
    as: shot
    steps:
      still:
        uses: seedream-v4/text-to-image
        with: {prompt: "${{ shot.frame }}"}
      clip:
        uses: hailuo-2.3-fast/image-to-video
        with:
          prompt: ${{ shot.action }}
          imageUrl: ${{ steps.still.image }}
          duration: 6
          enablePromptExpansion: true
      longer:
        uses: skyreels-v3/single-shot-video-extension
        with: {prompt: "more of ${{ shot.action }}", videoUrl: "${{ steps.clip.video }}", duration: 5}
      sharp:
        uses: rh-video-upscaler
        with: {videoUrl: "${{ steps.longer.video }}", targetResolution: 720p}
  film:
    uses: local/concat
    with: {clips: "${{ steps.shots.sharp.video }}"}
outputs:
  film: ${{ steps.film.video }}
"""
    path = folder / "board.rhflow.yaml"
    path.write_text(text, encoding="utf-8")
    return path


class House:
    """A far side in its own process, and a home for the runner."""

    def __init__(self, folder: Path, shots: int, concurrency: int) -> None:
        self.folder = folder
        self.file = board(folder, shots)
        self.shots = shots
        self.concurrency = concurrency
        self.far = subprocess.Popen(
            [
                *(
                    sys.executable,
                    "-m",
                    "rhflow",
                    "simulate",
                    "--quick",
                    "--queued",
                    "0.5",
                    "--running",
                    "1.5",
                ),
                *("--folder", str(folder / "far"), "--concurrency", "200"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.far.stdout is not None
        self.address = self.far.stdout.readline().strip()
        self.environment = os.environ | {
            "RUNNINGHUB_BASE_URL": self.address,
            "RUNNINGHUB_API_KEY": "0123456789abcdef0123456789abcdef",
            "RHFLOW_HOME": str(folder / ".rhflow"),
            "RHFLOW_POLL": "0.1",
        }

    def close(self) -> None:
        self.far.terminate()
        self.far.wait(10)
        if self.far.stdout is not None:
            self.far.stdout.close()

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "rhflow", *words],
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def call(self, *words: str) -> tuple[int, dict]:
        done = subprocess.run(
            [sys.executable, "-m", "rhflow", *words, "--json"],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            raise SystemExit(
                f"{words}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
            ) from None

    def ask(self, path: str) -> dict:
        with urllib.request.urlopen(self.address + path, timeout=30) as answer:
            found: dict = json.load(answer)
        return found

    def new_run(self) -> tuple[str, ...]:
        return (
            "run",
            self.file.name,
            "--provider",
            "runninghub",
            "--yes",
            "--concurrency",
            str(self.concurrency),
        )


def settle(house: House, document: dict, tally: Tally) -> None:
    """Clear every doubt by the far side's records: the one task nobody here knows, with the same prompt."""
    known = {
        attempt["task_id"]
        for task in document["tasks"].values()
        for attempt in task["attempts"]
        if attempt["task_id"]
    }
    for run in house.call("runs")[1]["runs"]:
        for task in house.call("show", run["run"])[1]["tasks"].values():
            known |= {attempt["task_id"] for attempt in task["attempts"] if attempt["task_id"]}
    records = [record for record in house.ask("/simulator/tasks")["tasks"] if record["task_id"] not in known]
    for waiting in document["waiting"]:
        name = waiting["task"]
        shot = int(name.split("[")[1].split("]")[0])
        step = name.rsplit(".", 1)[1]
        tally.doubts += 1
        match = [record for record in records if _is_of(record, step, shot, document)]
        if match:
            tally.found += 1
            house.call("settle", document["run"], name, "--task-id", match[0]["task_id"])
            records.remove(match[0])
        else:
            tally.repeated += 1
            house.call("settle", document["run"], name, "--repeat")


def _is_of(record: dict, step: str, shot: int, document: dict) -> bool:
    endpoint, arguments = record["endpoint"], record["arguments"]
    match step:
        case "still":
            return "text-to-image" in endpoint and arguments["prompt"] == f"scene number {shot} of the board"
        case "clip":
            return "hailuo" in endpoint and arguments["prompt"] == f"move {shot}"
        case "longer":
            return "extension" in endpoint and arguments["prompt"] == f"more of move {shot}"
        case _:  # an upscale has no prompt: it is known by the video it was given
            source = document["tasks"][f"shots[{shot}].longer"]["outputs"][0]
            given = arguments.get("videoUrl", "")
            return "upscaler" in endpoint and (given == source["url"] or source["sha256"] in given)


def rehearse(folder: Path, *, kills: int, shots: int, concurrency: int, seed: int) -> Tally:
    """The whole experiment in one folder."""
    dice, tally, begun = random.Random(seed), Tally(), time.monotonic()
    house = House(folder, shots, concurrency)
    try:
        words = house.new_run()
        for _ in range(kills * 5):
            if tally.kills == kills:
                break
            if not _until_killed(house, words, dice, tally):
                code, document = house.call("resume")
                if code == 8:
                    settle(house, document, tally)
                elif code == 0:
                    break
            # A third of them start anew; so does one after a death before there was a run to go on with.
            is_new = tally.kills % 3 == 2 or not house.call("runs")[1]["runs"]
            words = house.new_run() if is_new else ("resume",)
        for _ in range(kills + 2):
            code, document = house.call("resume")
            if code == 0:
                break
            if code == 8:
                settle(house, document, tally)
        tally.film = document["outputs"].get("film")
        _count(house, shots, tally)
    finally:
        house.close()
    tally.seconds = time.monotonic() - begun
    return tally


def _until_killed(house: House, words: tuple[str, ...], dice: random.Random, tally: Tally) -> bool:
    """Start a runner and kill it at a random moment; False where it ended by itself before that."""
    worker = house.start(*words)
    moment = dice.uniform(0.6, 3.5)
    try:
        worker.wait(moment)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()
        tally.kills += 1
        tally.moments.append(round(moment, 2))
        return True
    return False


def _count(house: House, shots: int, tally: Tally) -> None:
    """Every request once: by its prompt, or by the video it was given."""
    asked: Counter[str] = Counter()
    for record in house.ask("/simulator/tasks")["tasks"]:
        arguments = record["arguments"]
        asked[f"{record['endpoint']} {arguments.get('prompt') or arguments.get('videoUrl')}"] += 1
    tally.entries = len(house.ask("/simulator/bill")["entries"])
    tally.twice = [request for request, number in asked.items() if number > 1]
    tally.missing = shots * STEPS - len(asked)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--shots", type=int, default=24)
    parser.add_argument("--concurrency", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tally = rehearse(
            Path(folder), kills=given.kills, shots=given.shots, concurrency=given.concurrency, seed=given.seed
        )
        is_there = bool(tally.film) and Path(str(tally.film)).stat().st_size > 0
    wanted = given.shots * STEPS
    print(f"kills      {tally.kills} at {tally.moments} s")
    print(f"in doubt   {tally.doubts}: {tally.found} had been accepted, {tally.repeated} had not")
    print(f"bill       {tally.entries} entries for {wanted} requests; bought twice: {len(tally.twice)}")
    print(f"film       {'complete' if is_there else 'missing'}")
    print(f"took       {tally.seconds:.0f} s")
    return 0 if is_there and tally.entries == wanted and not tally.twice else 1


if __name__ == "__main__":
    sys.exit(main())
