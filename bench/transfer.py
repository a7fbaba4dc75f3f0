"""A large file up and down again, the line cut half-way down, and the most memory that took.

The client is a process of its own, the simulator another (`rhflow simulate`). The file goes up, its
own address is fetched, and a fault of the simulator cuts that answer half-way, in the middle of a piece. What
the client asked for after the break is read out of the simulator's record; what it took at its peak is asked
of the system.

    python bench/transfer.py --mb 2048
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PIECE = 1024 * 1024
KEY = "0123456789abcdef0123456789abcdef"
SHELF = "/files/"

CLIENT = """
import asyncio, json, resource, sys, time
from pathlib import Path
from rhflow.catalog_files import load_errors
from rhflow.providers.runninghub.client import RunningHubClient
from rhflow.providers.runninghub.parcels import Parcel, digests_of
from rhflow.providers.runninghub.reading import Reader
from rhflow.providers.runninghub.transfers import Transfers
from rhflow.providers.runninghub.verdicts import Codes

def peak():
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count what the parent had when it started us
        found = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(found.split()[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)

async def main(address, key, file, folder):
    client = RunningHubClient(address, key, trust_env=False)
    transfers = Transfers(client, Reader(Codes(load_errors()), client.site, client.key), waits=(0.05, 0.05))
    before, (sha256, _) = peak(), digests_of(Path(file))
    begun = time.perf_counter()
    there = await transfers.upload(Parcel(Path(file), sha256, "mp4"))
    up = time.perf_counter() - begun
    begun = time.perf_counter()
    path = await transfers.download(there.url, Path(folder), "r")
    down = time.perf_counter() - begun
    await client.close()
    print(json.dumps({"before": before, "peak": peak(), "up": up, "down": down, "sha256": sha256,
                      "name": there.name, "came": digests_of(path)[0]}))

asyncio.run(main(*sys.argv[1:]))
"""


@dataclass(frozen=True)
class Fetch:
    """One request for the file, as the simulator saw it; in bytes."""

    begin: int
    """Where it asked to begin."""
    sent: int
    """What left before the answer ended or was cut."""


@dataclass(frozen=True)
class Seen:
    """What was measured; memory in MB, times in seconds."""

    size: int
    """Bytes of the file."""
    digest: str
    digest_up: str
    """That of what arrived at the simulator."""
    digest_down: str
    cuts: int
    """Answers that the simulator cut."""
    fetches: tuple[Fetch, ...]
    before_mb: float
    peak_mb: float
    up_s: float
    down_s: float

    @property
    def agree(self) -> bool:
        """Whether the same bytes were sent, arrived and came back."""
        return self.digest == self.digest_up == self.digest_down

    @property
    def asked_after(self) -> int:
        """Bytes asked for after the break."""
        return sum(self.size - fetch.begin for fetch in self.fetches[1:])

    @property
    def asked_again(self) -> int:
        """Those of them that had left the simulator before."""
        return sum(fetch.sent for fetch in self.fetches) - self.size


def measure(mb: int, folder: Path) -> Seen:
    """Send a file of that size up and fetch it again; the first answer is cut half-way."""
    size, file = mb * PIECE, folder / "large.mp4"
    middle = mb // 2 * PIECE + PIECE // 2
    _fill(file, mb)
    (folder / "in").mkdir()
    record = folder / "record.jsonl"
    with _simulator(folder / "far", record) as address:
        _ask(address, {"faults": [{"on": "download", "truncate": middle, "nth": 1}]})
        command = [sys.executable, "-c", CLIENT, address, KEY, str(file), str(folder / "in")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        if done.returncode:
            raise SystemExit(done.stderr[-3000:])
        (fault,) = _ask(address)["faults"]
    told = json.loads(done.stdout)
    return Seen(
        size=size,
        digest=told["sha256"],
        digest_up=Path(told["name"]).stem,
        digest_down=told["came"],
        cuts=fault["played"],
        fetches=tuple(_fetches(record)),
        before_mb=told["before"],
        peak_mb=told["peak"],
        up_s=told["up"],
        down_s=told["down"],
    )


def _fill(file: Path, mb: int) -> None:
    """A file that passes for a film and is nowhere like itself, so that no piece can stand for another."""
    noise = random.Random(mb)
    with file.open("wb") as out:
        out.write(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom")
        for _ in range(mb):
            out.write(noise.randbytes(PIECE))
        out.truncate(mb * PIECE)


@contextmanager
def _simulator(folder: Path, record: Path) -> Iterator[str]:
    """A simulator in a process of its own; its address."""
    command = [sys.executable, "-m", "rhflow", "simulate", "--folder", str(folder), "--record", str(record)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen([*command, "--quick"], stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _ask(address: str, body: Any = None) -> Any:
    """The simulator's faults, new ones in their place where `body` has some."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{address}/simulator/faults", data)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
        return json.loads(answer.read())


def _fetches(record: Path) -> Iterator[Fetch]:
    for line in record.read_text("utf-8").splitlines():
        told = json.loads(line)
        if told["method"] == "GET" and told["path"].startswith(SHELF):
            found = re.fullmatch(r"bytes=(\d+)-", told["request"]["headers"].get("range", ""))
            yield Fetch(int(found[1]) if found else 0, told["response"]["body"]["bytes"])


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mb", type=int, default=2048)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        seen = measure(given.mb, Path(name))
    print(f"{given.mb} MB up in {seen.up_s:.1f} s, down in {seen.down_s:.1f} s")
    for number, fetch in enumerate(seen.fetches, 1):
        print(f"request {number} for the file: from byte {fetch.begin}, {fetch.sent} bytes were sent")
    print(
        f"{seen.cuts} cut; after it {seen.asked_after} bytes were asked for, "
        f"{seen.asked_again} of them had been sent before"
    )
    print(
        f"client: peak {seen.peak_mb:.0f} MB, {seen.before_mb:.0f} MB before; "
        f"digests {'agree' if seen.agree else 'DIFFER'}"
    )
    return 0 if seen.agree and seen.cuts == 1 and seen.peak_mb < 150 else 1


if __name__ == "__main__":
    sys.exit(main())
