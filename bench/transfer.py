"""A large file up and down again over loopback, and the most memory that took.

The client is a process of its own; what it took at its peak is asked of the system. The server is another:
it hashes what comes up, and sends zeros down. The first download breaks off at six tenths and has to go on
from there.

    python bench/transfer.py --mb 2048
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import socketserver
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

PIECE = 1024 * 1024

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

async def main(address, file, folder):
    client = RunningHubClient(address, "0123456789abcdef0123456789abcdef", trust_env=False)
    transfers = Transfers(client, Reader(Codes(load_errors()), client.site, client.key), waits=(0.05, 0.05))
    before, (sha256, _) = peak(), digests_of(Path(file))
    begun = time.perf_counter()
    await transfers.upload(Parcel(Path(file), sha256, "mp4"))
    up = time.perf_counter() - begun
    begun = time.perf_counter()
    path = await transfers.download(address + "/out.mp4", Path(folder), "r")
    down = time.perf_counter() - begun
    await client.close()
    print(json.dumps({"before": before, "peak": peak(), "up": up, "down": down, "sha256": sha256,
                      "came": digests_of(path)[0]}))

asyncio.run(main(*sys.argv[1:]))
"""


@dataclass(frozen=True)
class Seen:
    """What was measured; memory in MB, times in seconds."""

    digest: str
    digest_up: str
    digest_down: str
    begins: tuple[int, ...]
    """Where each download began."""
    before_mb: float
    peak_mb: float
    up_s: float
    down_s: float


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, size: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.size = size
        self.digest_up = ""
        self.begins: list[int] = []


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline()
            if not line:
                return
            head += line
        if head.startswith(b"POST"):
            self._take(head)
        else:
            self._give(head)

    def _take(self, head: bytes) -> None:
        """Hash the one part of a form; its length follows from that of the whole."""
        left = int(_field(head, rb"content-length"))
        boundary = _field(head, rb"boundary")
        before = b""
        while not before.endswith(b"\r\n\r\n"):
            before += self.rfile.readline()
        after = len(b"\r\n--" + boundary + b"--\r\n")
        left -= len(before) + after
        digest = hashlib.sha256()
        while left:
            piece = self.rfile.read(min(PIECE, left))
            digest.update(piece)
            left -= len(piece)
        self.rfile.read(after)
        self.server.digest_up = digest.hexdigest()
        data = {"download_url": "http://127.0.0.1/x.mp4", "fileName": "x.mp4"}
        self._say(200, json.dumps({"code": 0, "data": data}).encode())

    def _give(self, head: bytes) -> None:
        size = self.server.size
        found = re.search(rb"(?i)\r\nrange: bytes=(\d+)-", head)
        begin = int(found[1]) if found else 0
        self.server.begins.append(begin)
        lines = [f"HTTP/1.1 {206 if found else 200} OK", "Content-Type: video/mp4", 'ETag: "zeros"']
        lines += [f"Content-Range: bytes {begin}-{size - 1}/{size}"] if found else []
        lines += [f"Content-Length: {size - begin}", "Connection: close", "", ""]
        self.wfile.write("\r\n".join(lines).encode())
        left = size * 6 // 10 if len(self.server.begins) == 1 else size - begin
        zeros = bytes(PIECE)
        while left > 0:
            self.wfile.write(zeros[:left])
            left -= len(zeros)

    def _say(self, status: int, body: bytes) -> None:
        head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self.wfile.write(head.encode() + b"Connection: close\r\n\r\n" + body)


def _field(head: bytes, name: bytes) -> bytes:
    found = re.search(rb"(?i)" + name + rb"[:=] ?([^\r;]+)", head)
    assert found is not None
    return found[1]


def measure(mb: int, folder: Path) -> Seen:
    """Send a sparse file of that size up and fetch one of the same size; both are zeros."""
    file = folder / "large.mp4"
    with file.open("wb") as out:
        out.truncate(mb * PIECE)
    (folder / "in").mkdir()
    server = _Server(mb * PIECE)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        address = f"http://127.0.0.1:{server.server_address[1]}"
        command = [sys.executable, "-c", CLIENT, address, str(file), str(folder / "in")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        if done.returncode:
            raise SystemExit(done.stderr[-3000:])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    told = json.loads(done.stdout)
    return Seen(
        told["sha256"],
        server.digest_up,
        told["came"],
        tuple(server.begins),
        told["before"],
        told["peak"],
        told["up"],
        told["down"],
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mb", type=int, default=2048)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        seen = measure(given.mb, Path(name))
    same = seen.digest == seen.digest_up == seen.digest_down
    print(
        f"{given.mb} MB up in {seen.up_s:.1f} s, down in {seen.down_s:.1f} s "
        f"(broken once, begun at {seen.begins})"
    )
    print(
        f"peak {seen.peak_mb:.0f} MB, {seen.before_mb:.0f} MB before; digests {'agree' if same else 'DIFFER'}"
    )
    return 0 if same and seen.peak_mb < 150 else 1


if __name__ == "__main__":
    sys.exit(main())
