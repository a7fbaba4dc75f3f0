"""The first benchmark: start-up, a plan of 1,000 tasks, 1,000 purchases, 1,000 cached, beside a bare script.

Everything is measured side by side in one run on one machine, so that ratios mean something; the bare script
does what people write by hand: submit, poll, download with asyncio and httpx, and no memory of any of it.

    python bench/first.py --tasks 1000
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BARE = """
import asyncio, sys, httpx
address, number, width = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
async def one(client, gate, index):
    async with gate:
        body = {"prompt": f"scene number {index}"}
        task = (await client.post("/openapi/v2/seedream-v4/text-to-image", json=body)).json()["taskId"]
        while True:
            answer = (await client.post("/openapi/v2/query", json={"taskId": task})).json()
            if answer["status"] == "SUCCESS":
                break
            await asyncio.sleep(0.1)
        url = answer["results"][0]["url"]
        picture = await client.get(url)
        open(f"{sys.argv[4]}/{index}.png", "wb").write(picture.content)
async def main():
    headers = {"Authorization": "Bearer 0123456789abcdef0123456789abcdef"}
    limits = httpx.Limits(max_connections=16)
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=60, limits=limits) as client:
        gate = asyncio.Semaphore(width)
        await asyncio.gather(*(one(client, gate, index) for index in range(number)))
asyncio.run(main())
"""


def timed(command: list[str], environment: dict[str, str], folder: Path, runs: int = 1) -> float:
    """Median wall seconds of a command that must succeed."""
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        done = subprocess.run(
            command, env=environment, cwd=folder, capture_output=True, text=True, check=False
        )
        taken.append(time.perf_counter() - begun)
        if done.returncode:
            raise SystemExit(f"{command}: {done.returncode}\n{done.stderr[-3000:]}")
    return statistics.median(taken)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--width", type=int, default=32)
    given = parser.parse_args()
    rhflow = [sys.executable, "-m", "rhflow"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pictures").mkdir()
        (folder / "bare.py").write_text(BARE, encoding="utf-8")
        shots = "\n".join(f"  - scene number {index}" for index in range(given.tasks))
        (folder / "shots.yaml").write_text(f"shots:\n{shots}\n", encoding="utf-8")
        (folder / "wide.rhflow.yaml").write_text(
            "rhflow: 1\nname: wide\ninputs:\n  board: {type: data, default: shots.yaml}\nsteps:\n  still:\n"
            "    foreach: ${{ inputs.board.shots }}\n    as: shot\n    uses: seedream-v4/text-to-image\n"
            '    with: {prompt: "${{ shot }}"}\n',
            encoding="utf-8",
        )
        far = subprocess.Popen(
            [
                *rhflow,
                *(
                    [
                        "simulate",
                        "--quick",
                        "--queued",
                        "0.1",
                        "--running",
                        "0.1",
                        "--concurrency",
                        "1000",
                        "--folder",
                        "far",
                    ]
                ),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=folder,
        )
        try:
            assert far.stdout is not None
            address = far.stdout.readline().strip()
            environment = os.environ | {
                "RUNNINGHUB_BASE_URL": address,
                "RUNNINGHUB_API_KEY": "0123456789abcdef0123456789abcdef",
                "RHFLOW_HOME": str(folder / ".rhflow"),
                "RHFLOW_POLL": "0.1",
            }
            _measure(given.tasks, given.width, rhflow, address, environment, folder)
        finally:
            far.terminate()
            far.wait(10)
    return 0


def _measure(
    tasks: int, width: int, rhflow: list[str], address: str, environment: dict[str, str], folder: Path
) -> None:
    python = timed([sys.executable, "-c", "pass"], environment, folder, 5)
    print(f"python -c pass            {python:8.3f} s")
    for words in ("--version", "--help"):
        print(f"rhflow {words:18} {timed([*rhflow, words], environment, folder, 5):8.3f} s")
    plan = [*rhflow, "plan", "wide.rhflow.yaml", "--provider", "runninghub", "--json"]
    run = [
        *rhflow,
        *(["run", "wide.rhflow.yaml", "--provider", "runninghub", "--yes", "-q", "--concurrency"]),
        str(width),
    ]
    empty_plan = timed(plan, environment, folder, 3)
    print(f"plan of {tasks} tasks, nothing made {empty_plan:6.2f} s")
    bare = timed(
        [sys.executable, "bare.py", address, str(tasks), str(width), "pictures"], environment, folder
    )
    print(f"bare script, {tasks} purchases      {bare:6.2f} s")
    bought = timed(run, environment, folder)
    print(f"run, {tasks} purchases              {bought:6.2f} s   {bought / bare:.2f} of the bare script")
    print(f"plan, all cached              {timed(plan, environment, folder, 3):6.2f} s")
    again = timed(run, environment, folder, 3)
    ratio = f"{again / bare:.2f} of the bare script, which buys again"
    print(f"run again, all cached         {again:6.2f} s   {ratio}")


if __name__ == "__main__":
    sys.exit(main())
