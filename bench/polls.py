"""How many polls a second the simulator answers on one core, while its workers draw.

A simulator in a process of its own gets pictures to draw for as long as the bench lasts; a few raw
connections ask `POST /openapi/v2/query` as fast as they are answered. What counts is `per_core_second`:
answers per second of processor time of the server itself (Linux only), for the client and the workers take
their share of the machine, too.

    python bench/polls.py [--seconds 10] [--connections 8] [--idle] [--profile FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

WANTED = 1000.0
"""Polls a second on one core of a laptop."""
_ENDPOINT = "/openapi/v2/seedream-v4/text-to-image"
_KEY = "a-key-for-the-bench"


def message(path: str, body: object) -> bytes:
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {_KEY}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


class Caller:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def at(cls, url: str) -> Caller:
        parts = urllib.parse.urlsplit(url)
        assert parts.hostname
        return cls(*await asyncio.open_connection(parts.hostname, parts.port))

    async def say(self, content: bytes) -> bytes:
        self._writer.write(content)
        head = await self._reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        return await self._reader.readexactly(length)

    async def ask(self, path: str, body: object) -> dict[str, str]:
        return json.loads(await self.say(message(path, body)))

    def close(self) -> None:
        self._writer.close()


async def draw(url: str, end: float) -> None:
    """Keep the workers busy."""
    caller, number = await Caller.at(url), 0
    while time.monotonic() < end:
        number += 1
        told = await caller.ask(_ENDPOINT, {"prompt": f"a lighthouse, number {number}", "size": "2048x2048"})
        await asyncio.sleep(1.0 if told["errorCode"] else 0.25)
    caller.close()


async def poll(url: str, tasks: list[str], end: float, waits: list[float]) -> int:
    """Ask until the end; how often."""
    caller, count = await Caller.at(url), 0
    asked = [message("/openapi/v2/query", {"taskId": task}) for task in tasks]
    while (start := time.perf_counter()) and time.monotonic() < end:
        answer = await caller.say(asked[count % len(asked)])
        assert b'"taskId":""' not in answer, answer
        waits.append(time.perf_counter() - start)
        count += 1
    caller.close()
    return count


async def bench(url: str, pid: int, options: argparse.Namespace) -> dict[str, float]:
    caller = await Caller.at(url)
    tasks = [(await caller.ask(_ENDPOINT, {"prompt": f"first {number}"}))["taskId"] for number in range(4)]
    caller.close()
    assert all(tasks), "the bench's model is not in the catalogue"
    waits: list[float] = []
    end = time.monotonic() + options.seconds
    busy = asyncio.create_task(draw(url, end)) if not options.idle else None
    before, start = cpu_seconds(pid), time.monotonic()
    counts = await asyncio.gather(*(poll(url, tasks, end, waits) for _ in range(options.connections)))
    spent, seconds = cpu_seconds(pid) - before, time.monotonic() - start
    if busy is not None:
        await busy
    waits.sort()
    return {
        "polls": sum(counts),
        "per_second": round(sum(counts) / seconds, 1),
        "per_core_second": round(sum(counts) / spent, 1) if spent else 0.0,
        "median_ms": round(waits[len(waits) // 2] * 1000, 2),
        "p99_ms": round(waits[int(len(waits) * 0.99)] * 1000, 2),
    }


def cpu_seconds(pid: int) -> float:
    """Processor time of one process alone; 0 where the system does not tell."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--idle", action="store_true", help="draw nothing meanwhile")
    parser.add_argument("--profile", metavar="FILE", help="write the server's profile (cProfile)")
    options = parser.parse_args()
    profile = ["-m", "cProfile", "-o", options.profile] if options.profile else []
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.executable, *profile, "-m", "rhflow", "simulate", "--home", folder, "--queued", "0", "-q"],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            found = asyncio.run(bench(server.stdout.readline().strip(), server.pid, options))
        finally:
            server.terminate()
            server.wait(20)
    rate = found["per_core_second"] or found["per_second"]
    print(json.dumps({**found, "wanted": WANTED, "is_enough": rate >= WANTED}))
    return 0 if rate >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
