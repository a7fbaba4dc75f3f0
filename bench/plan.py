"""`rhflow plan` as a whole process: time and peak memory by the number of tasks, and how they grow.

Three plans of one shape (a hero still, then per shot a still over it, a clip over that and a trim of the
clip) of 100, 1,000 and 10,000 tasks, each planned in an empty home. `growth` compares the time of one task,
start-up taken off, with that in the plan before: near 1 is linear. Times per task are of the processor, so
that other work on the machine does not blur them; `seconds` is what a person waits.

    python bench/plan.py [--tasks 100 1000 10000] [--runs 3] [--profile]
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import io
import json
import os
import pstats
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rhflow.cli.main import run

STEPS_OF_A_SHOT = 3
MOST_SECONDS, MOST_MEGABYTES = 3.0, 300.0
"""What a plan of 10,000 tasks may take on one core of a laptop."""

PIPELINE = """\
rhflow: 1
name: film
inputs:
  shots: {type: data, default: shots.json}
steps:
  hero:
    uses: seedream-v4/text-to-image
    with: {prompt: a red boat, resolution: 2k}
  shots:
    foreach: ${{ inputs.shots }}
    as: shot
    steps:
      frame:
        uses: seedream-v4/image-to-image
        with: {prompt: "${{ shot.frame }}", imageUrls: ["${{ steps.hero.image }}"]}
      clip:
        uses: hailuo-2.3-fast/image-to-video
        with:
          prompt: ${{ shot.action }}
          imageUrl: ${{ steps.frame.image }}
          duration: "6"
          enablePromptExpansion: true
      sharp:
        uses: local/trim
        with: {video: "${{ steps.clip.video }}", end: 4}
outputs:
  clips: ${{ steps.shots.sharp.video }}
"""

CHILD = """
import resource, sys
from rhflow.cli.main import run
code = run(sys.argv[1:])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
unit = 1024 * 1024 if sys.platform == "darwin" else 1024
print(peak / unit, file=sys.stderr)
sys.exit(code)
"""


def environment(home: Path) -> dict[str, str]:
    """Ours, without keys and settings, and with compiled modules kept, as wherever it is installed."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("RHFLOW_", "RUNNINGHUB_")) and name != "PYTHONDONTWRITEBYTECODE"
    }
    compiled = str(home.parent / "compiled")
    return {
        **kept,
        "RHFLOW_HOME": str(home),
        "RHFLOW_PROVIDER": "simulator",
        "PYTHONPYCACHEPREFIX": compiled,
    }


def written(folder: Path, tasks: int) -> Path:
    """The pipeline with as many shots as make that many tasks."""
    shots = [
        {"frame": f"a red boat on a grey sea, picture {index}", "action": f"the boat turns {index} degrees"}
        for index in range((tasks - 1) // STEPS_OF_A_SHOT)
    ]
    folder.mkdir(parents=True)
    (folder / "shots.json").write_text(json.dumps(shots), encoding="utf-8")
    file = folder / "film.rhflow.yaml"
    file.write_text(PIPELINE, encoding="utf-8")
    return file


@dataclass(frozen=True)
class Figure:
    """Whole processes: median wait and least processor time in seconds, highest peak in megabytes."""

    wall: float
    cpu: float
    peak: float


def measured(file: Path, home: Path, runs: int) -> Figure:
    """Plan it a few times."""
    walls, cpus, peaks = [], [], []
    for _ in range(runs):
        command = [sys.executable, "-c", CHILD, "plan", str(file)]
        begun = os.times()
        done = subprocess.run(
            command, env=environment(home), cwd=file.parent, capture_output=True, text=True, check=False
        )
        ended = os.times()
        if done.returncode:
            raise SystemExit(f"{command}: {done.returncode}\n{done.stderr[-3000:]}")
        walls.append(ended.elapsed - begun.elapsed)
        cpus.append(ended.children_user + ended.children_system - begun.children_user - begun.children_system)
        peaks.append(float(done.stderr.splitlines()[-1]))
    return Figure(statistics.median(walls), min(cpus), max(peaks))


def profile(file: Path, home: Path) -> None:
    """Where the time goes, by function."""
    os.environ.update(environment(home))
    profiler = cProfile.Profile()
    with contextlib.redirect_stdout(io.StringIO()):
        profiler.enable()
        run(["plan", str(file)])
        profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(40)


def main() -> int:
    parser = argparse.ArgumentParser(description="Time and memory of rhflow plan.")
    parser.add_argument("--tasks", type=int, nargs="+", default=[100, 1_000, 10_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="profile the largest plan, too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rhflow-bench-") as name:
        place = Path(name)
        smallest = 1 + STEPS_OF_A_SHOT
        first = written(place / "first", smallest)
        measured(first, place / "home-first", 1)  # compiles what is imported
        print(f"{'tasks':>8}{'seconds':>10}{'cpu s':>9}{'MB':>8}{'ms a task':>12}{'growth':>9}")
        base = measured(first, place / "home-first", options.runs)
        print(f"{smallest:>8}{base.wall:>10.2f}{base.cpu:>9.2f}{base.peak:>8.0f}")
        before: float | None = None
        for number in options.tasks:
            file, home = written(place / str(number), number), place / f"home-{number}"
            found = measured(file, home, options.runs)
            own = (found.cpu - base.cpu) / number * 1000
            growth = f"{own / before:.2f}" if before and before > 0 else ""
            before = own
            print(f"{number:>8}{found.wall:>10.2f}{found.cpu:>9.2f}{found.peak:>8.0f}{own:>12.3f}{growth:>9}")
        if options.profile:
            profile(file, home)
    good = number < 10_000 or (found.cpu <= MOST_SECONDS and found.peak <= MOST_MEGABYTES)
    print(f"The aim for 10,000 tasks is {MOST_SECONDS:g} s of one core and {MOST_MEGABYTES:g} MB.")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
