"""Kill the runner at random moments and look at the bill.

Boards of shots run against `rhflow simulate` in a process of its own, one board after the other. The runner
is killed with SIGKILL at random moments and started again (now `resume`, now a new `run`). Every purchase
takes a while to be answered, so that many are in the air when it dies; what is in doubt afterwards is settled
by looking at the far side's call records, as a person would. In the end each film must be byte for byte that
of a run nobody disturbed, and the bill must hold every request once.

    python bench/kill9.py --kills 200
"""

from __future__ import annotations

import argparse
import hashlib
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

CHAIN = ("still", "clip", "longer", "sharp")
"""Purchases per shot, each made from the one before."""
STARTING = 0.1
"""How many of the deaths may come before the runner is at work."""
AIR_S = 0.15
"""How long a purchase is in the air, either before or after it was accepted."""

_CALL = (
    "import json, sys\nfrom rhflow.cli.main import run\nfor words in json.load(sys.stdin):\n    run(words)\n"
)


@dataclass
class Tally:
    """What was seen."""

    kills: int = 0
    early: int = 0
    """Kills before the runner had begun to work."""
    boards: int = 0
    doubts: int = 0
    found: int = 0
    repeated: int = 0
    wanted: int = 0
    """Requests on all boards."""
    entries: int = 0
    """Entries of all bills."""
    twice: list[str] = field(default_factory=list)
    missing: int = 0
    unlike: list[str] = field(default_factory=list)
    """Films and pieces that are not those of a run nobody disturbed."""
    unfinished: int = 0
    seconds: float = 0.0

    @property
    def is_exact(self) -> bool:
        """Every request once, every film there and as it should be."""
        return self.entries == self.wanted and not (
            self.twice or self.missing or self.unlike or self.unfinished
        )


def board(folder: Path, shots: int, steps: int) -> Path:
    """A pipeline of `shots` × the first `steps` of the chain, and a film of all."""
    listed = "\n".join(
        f"  - {{frame: scene number {n} of the board, action: move {n}}}" for n in range(shots)
    )
    (folder / "shots.yaml").write_text(f"shots:\n{listed}\n", encoding="utf-8")
    links = {
        "still": """
        uses: seedream-v4/text-to-image
        with: {prompt: "${{ shot.frame }}"}""",
        "clip": """
        uses: hailuo-2.3-fast/image-to-video
        with:
          prompt: ${{ shot.action }}
          imageUrl: ${{ steps.still.image }}
          duration: 6
          enablePromptExpansion: true""",
        "longer": """
        uses: skyreels-v3/single-shot-video-extension
        with: {prompt: "more of ${{ shot.action }}", videoUrl: "${{ steps.clip.video }}", duration: 5}""",
        "sharp": """
        uses: rh-video-upscaler
        with: {videoUrl: "${{ steps.longer.video }}", targetResolution: 720p}""",
    }
    chain = "".join(f"\n      {name}:{links[name]}" for name in CHAIN[:steps])
    text = f"""
rhflow: 1
name: board
inputs:
  board: {{type: data, default: shots.yaml}}
steps:
  shots:
    foreach: ${{{{ inputs.board.shots }}}}
    as: shot
    steps:{chain}
  film:
    uses: local/concat
    with: {{clips: "${{{{ steps.shots.{CHAIN[steps - 1]}.video }}}}"}}
outputs:
  film: ${{{{ steps.film.video }}}}
"""
    path = folder / "board.rhflow.yaml"
    path.write_text(text, encoding="utf-8")
    return path


class House:
    """A far side in its own process, and a home for the runner."""

    def __init__(self, folder: Path, shots: int, steps: int, concurrency: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.file = board(folder, shots, steps)
        self.concurrency = concurrency
        words = ("simulate", "--quick", "--queued", "0.2", "--running", "0.6", "--concurrency", "200")
        self.far = subprocess.Popen(
            [sys.executable, "-m", "rhflow", *words, "--folder", str(folder / "far")],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.far.stdout is not None
        self.address = self.far.stdout.readline().strip()
        self.log = folder / "events.jsonl"
        self.environment = os.environ | {
            "RUNNINGHUB_BASE_URL": self.address,
            "RUNNINGHUB_API_KEY": "0123456789abcdef0123456789abcdef",
            "RHFLOW_HOME": str(folder / ".rhflow"),
            "RHFLOW_POLL": "0.1",
        }

    def close(self) -> None:
        """End the far side."""
        self.far.terminate()
        self.far.wait(10)
        if self.far.stdout is not None:
            self.far.stdout.close()

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """A runner; its events go to `log`."""
        self.log.unlink(missing_ok=True)
        return subprocess.Popen(
            [sys.executable, "-m", "rhflow", *words, "--events", str(self.log)],
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def call(self, *words: str) -> tuple[int, dict]:
        """A command to its end: exit code and document."""
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
            return done.returncode, {"outputs": {}, "waiting": [], "tasks": {}, "run": None}

    def call_all(self, commands: list[list[str]]) -> None:
        """Several commands one after the other; one interpreter, for the sake of time."""
        subprocess.run(
            [sys.executable, "-c", _CALL],
            input=json.dumps(commands),
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=True,
        )

    def ask(self, path: str, body: object = None) -> dict:
        """A call of the far side's back door."""
        request = urllib.request.Request(self.address + path)  # our own simulator
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict = json.load(answer)
        return found

    def slow_down(self, *, after: bool) -> None:
        """From now on each purchase is in the air for a while, before it is accepted or after."""
        faults = [{"on": "submit", "stall": AIR_S, "after": after}]
        self.ask("/simulator/faults", {"faults": faults})

    def new_run(self) -> tuple[str, ...]:
        """The words that begin one."""
        width = str(self.concurrency)
        return ("run", self.file.name, "--provider", "runninghub", "--yes", "--concurrency", width)


def settle(house: House, document: dict, tally: Tally) -> None:
    """Clear every doubt by the far side's records: the job that asks for just this, or none."""
    records = house.ask("/simulator/tasks")["tasks"]
    commands: list[list[str]] = []
    for waiting in document["waiting"]:
        name = waiting["task"]
        tally.doubts += 1
        matching = [record for record in records if _is_of(record, name, document)]
        if matching:
            tally.found += 1
            commands.append(["settle", document["run"], name, "--task-id", matching[0]["task_id"]])
        else:
            tally.repeated += 1
            commands.append(["settle", document["run"], name, "--repeat"])
    house.call_all(commands)


def _is_of(record: dict, name: str, document: dict) -> bool:
    shot, step = int(name.split("[")[1].split("]", maxsplit=1)[0]), name.rsplit(".", 1)[1]
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


@dataclass(frozen=True)
class Film:
    """What a finished board has: the digest of the film, and of each piece."""

    sha256: str
    pieces: dict[str, list[str]]

    @classmethod
    def of(cls, document: dict) -> Film | None:
        """Out of a run's document; None where there is no film."""
        path = document["outputs"].get("film")
        if path is None or not Path(path).is_file():
            return None
        pieces = {
            name: [item["sha256"] for item in task["outputs"]] for name, task in document["tasks"].items()
        }
        return cls(hashlib.sha256(Path(path).read_bytes()).hexdigest(), pieces)

    def unlike(self, other: Film) -> list[str]:
        """The names of what is not the same."""
        names = [name for name, digests in self.pieces.items() if other.pieces.get(name) != digests]
        return names if self.sha256 == other.sha256 else [*names, "the film as it lies there"]


def undisturbed(folder: Path, *, shots: int, steps: int, concurrency: int) -> Film:
    """The film of a run that nobody kills."""
    house = House(folder, shots, steps, concurrency)
    try:
        code, document = house.call(*house.new_run())
    finally:
        house.close()
    film = Film.of(document)
    if code or film is None:
        raise RuntimeError(f"an undisturbed run ends with {code}")
    return film


@dataclass(frozen=True)
class Violence:
    """How a board is treated."""

    kills: int
    shots: int
    steps: int
    concurrency: int
    until: float = float("inf")
    """On the monotonic clock: nobody is killed after that."""


def rehearse(folder: Path, how: Violence, dice: random.Random, like: Film, tally: Tally) -> None:
    """One board, begun, killed and gone on with until its film is there; or until there were enough kills."""
    house = House(folder, how.shots, how.steps, how.concurrency)
    enough = tally.kills + how.kills
    document: dict = {}
    code = -1
    try:
        words = house.new_run()
        while code != 0 and tally.kills < enough and time.monotonic() < how.until:
            house.slow_down(after=dice.random() < 0.5)
            if _until_killed(house, words, dice, tally):
                # A third start anew; so does one after a death before there was a run to go on with.
                is_new = tally.kills % 3 == 2 or not house.call("runs")[1]["runs"]
                words = house.new_run() if is_new else ("resume",)
                continue
            code, document = house.call("resume")  # it has ended by itself: done, or in doubt
            if code == 8:
                settle(house, document, tally)
            words = ("resume",)
        house.ask("/simulator/faults", {"faults": []})
        if not house.call("runs")[1]["runs"]:
            house.call(*house.new_run())
        for _ in range(6):
            code, document = house.call("resume")
            if code != 8:
                break
            settle(house, document, tally)
        _count(house, how, tally)
    finally:
        house.close()
    film = Film.of(document) if code == 0 else None
    tally.boards += 1
    tally.unfinished += film is None
    tally.unlike += film.unlike(like) if film is not None else []


def _until_killed(house: House, words: tuple[str, ...], dice: random.Random, tally: Tally) -> bool:
    """Start a runner and kill it at a random moment; False where it ended by itself before that."""
    worker = house.start(*words)
    is_early = dice.random() < STARTING
    moment = dice.uniform(0.1, 0.5) if is_early else dice.uniform(0.0, 1.6)
    end = time.monotonic() + 60
    while not is_early and worker.poll() is None and time.monotonic() < end:
        if house.log.exists() and house.log.stat().st_size:
            break
        time.sleep(0.01)
    try:
        worker.wait(moment)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()
        tally.kills += 1
        tally.early += is_early
        return True
    return False


def _count(house: House, how: Violence, tally: Tally) -> None:
    """Every request once: by its prompt, or by the video it was given."""
    asked: Counter[str] = Counter()
    for record in house.ask("/simulator/tasks")["tasks"]:
        arguments = record["arguments"]
        asked[f"{record['endpoint']} {arguments.get('prompt') or arguments.get('videoUrl')}"] += 1
    tally.wanted += how.shots * how.steps
    tally.entries += len(house.ask("/simulator/bill")["entries"])
    tally.twice += [request for request, number in asked.items() if number > 1]
    tally.missing += how.shots * how.steps - len(asked)


def rehearse_all(folder: Path, how: Violence, seed: int) -> Tally:
    """Boards one after the other, until there were so many kills or the time is over."""
    dice, tally, begun = random.Random(seed), Tally(), time.monotonic()
    like = undisturbed(folder / "calm", shots=how.shots, steps=how.steps, concurrency=how.concurrency)
    while tally.kills < how.kills and time.monotonic() < how.until:
        left = Violence(how.kills - tally.kills, how.shots, how.steps, how.concurrency, how.until)
        rehearse(folder / f"board-{tally.boards}", left, dice, like, tally)
    tally.seconds = time.monotonic() - begun
    return tally


def main() -> int:
    """Do as the command line says; 1 where a bill is not exact."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--shots", type=int, default=24)
    parser.add_argument("--steps", type=int, default=len(CHAIN), choices=range(2, len(CHAIN) + 1))
    parser.add_argument("--concurrency", type=int, default=24)
    parser.add_argument("--minutes", type=float, default=12, help="nobody is killed after that")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    until = time.monotonic() + given.minutes * 60
    how = Violence(given.kills, given.shots, given.steps, given.concurrency, until)
    with tempfile.TemporaryDirectory() as folder:
        tally = rehearse_all(Path(folder), how, given.seed)
    print(f"kills      {tally.kills}, {tally.early} of them at the start; {tally.boards} boards")
    print(f"in doubt   {tally.doubts}: {tally.found} had been accepted, {tally.repeated} had not")
    print(f"bills      {tally.entries} entries for {tally.wanted} requests; bought twice: {len(tally.twice)}")
    print(f"films      {tally.boards - tally.unfinished} complete; pieces unlike: {len(tally.unlike)}")
    print(f"took       {tally.seconds:.0f} s")
    return 0 if tally.is_exact and tally.boards else 1


if __name__ == "__main__":
    sys.exit(main())
