"""Cut the power at every moment of a run, on paper, and look at what the disk would hold.

A run against `rhflow simulate` is watched with strace (Linux; it has to be installed). From the system calls
each moment's disk is drawn up: what had been synced is there; of what had not, nothing, everything, or any
512-byte sectors and any renames, as chance has it. On every such disk the journal must open and be whole,
it must know of every purchase that had begun to leave, and every result it speaks of must be there.

    python bench/power_cut.py --shots 6
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kill9 import CHAIN, House

SECTOR = 512
_CALLS = (
    "openat,pwrite64,write,writev,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,unlinkat,mkdir,"
    "mkdirat,sendto,sendmsg"
)
_LINE = re.compile(r"(\d+) +(.*)")
_UNFINISHED = " <unfinished ...>"
_RESUMED = re.compile(r"<\.\.\. (\w+) resumed>(.*)")
_CALL = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+)(?:<([^>]*)>)?.*")
_HANDLE = re.compile(r"(\d+|AT_FDCWD)<([^>]*)>")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_SUBMIT = re.compile(rb"POST /openapi/v2/(\S+) HTTP")
_FREE = ("query", "media/", "price-preview/", "queue/", "accountStatus")


@dataclass(frozen=True)
class Step:
    """One system call of the runner, in the order in which they took effect."""

    name: str
    path: str
    texts: tuple[bytes, ...] = ()
    numbers: tuple[int, ...] = ()
    handle_paths: tuple[str, ...] = ()
    flags: str = ""


def steps_of(trace: Path) -> Iterator[Step]:
    """The calls of a trace. One that was interrupted by another thread counts from its end."""
    begun: dict[str, str] = {}
    with trace.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            found = _LINE.match(line.rstrip("\n"))
            if found is None:
                continue
            thread, text = found.groups()
            if text.endswith(_UNFINISHED):
                begun[thread] = text.removesuffix(_UNFINISHED)
                if not text.startswith(("sendto", "sendmsg", "write")):
                    continue
                text = begun[thread] + ") = 0"  # what leaves may have left by now
            resumed = _RESUMED.match(text)
            if resumed is not None:
                if resumed[1] in ("sendto", "sendmsg", "write"):
                    continue
                text = begun.pop(thread, "") + resumed[2]
            call = _CALL.fullmatch(text)
            if call is not None and int(call[3]) >= 0:
                yield _step(call[1], call[2], call[4] or "")


def _step(name: str, words: str, result: str) -> Step:
    texts = tuple(_plain(text) for text in _TEXT.findall(words))
    bare = _TEXT.sub('""', words)
    handles = tuple(os.fsdecode(_plain(path)) for _, path in _HANDLE.findall(bare))
    numbers = tuple(int(number) for number in re.findall(r"(?:^|, )(-?\d+)(?=,|$)", _HANDLE.sub("fd", bare)))
    path = os.fsdecode(_plain(result)) if name == "openat" else handles[0] if handles else ""
    return Step(name, path, texts, numbers, handles, bare)


def _plain(text: str) -> bytes:
    """What strace writes as `\\x2f\\x74…`; names of sockets and pipes come as they are."""
    return bytes.fromhex(text.replace("\\x", "")) if text.startswith("\\x") else text.encode()


@dataclass
class _File:
    """Bytes of one file: those that were synced, and what was written since."""

    synced: bytearray = field(default_factory=bytearray)
    since: list[tuple[int, bytes]] = field(default_factory=list)
    """Place and bytes; place -1: cut to the length that the bytes spell."""
    end: int = 0

    def write(self, at: int, data: bytes) -> None:
        self.since.append((at, data))
        self.end = max(self.end, at + len(data))

    def cut(self, length: int) -> None:
        self.since.append((-1, str(length).encode()))
        self.end = length

    def sync(self) -> None:
        self.synced, self.since = self.after_power_cut(None), []

    def after_power_cut(self, dice: random.Random | None, part: float = 1.0) -> bytearray:
        """The synced bytes and some of the rest: each sector with that chance; all without dice."""
        made = bytearray(self.synced)
        for at, data in self.since:
            if at < 0:
                if dice is None or dice.random() < part:
                    length = int(data)
                    made = made[:length] + bytes(max(0, length - len(made)))
                continue
            for start in range(0, len(data), SECTOR):
                if dice is not None and dice.random() >= part:
                    continue
                piece, place = data[start : start + SECTOR], at + start
                if len(made) < place:
                    made += bytes(place - len(made))
                made[place : place + len(piece)] = piece
        return made


@dataclass
class Disk:
    """The files below a home, as they are and as a power cut would leave them."""

    home: str
    files: dict[str, _File] = field(default_factory=dict)
    """By the name they go by now."""
    named: dict[str, _File] = field(default_factory=dict)
    """The same as far as their folders were synced."""
    folders: set[str] = field(default_factory=set)
    """Folders whose own name is not synced in the folder above."""

    def follow(self, step: Step) -> None:
        """Let a call take effect."""
        match step.name:
            case "openat" if "O_CREAT" in step.flags and self._is_ours(step.path):
                self.files.setdefault(step.path, _File())
                if "O_TRUNC" in step.flags and self.files[step.path].end:
                    self.files[step.path].cut(0)
            case "mkdir" | "mkdirat":
                self.folders.add(_absolute(step, 0))
            case "pwrite64" if step.path in self.files:
                self.files[step.path].write(step.numbers[-1], step.texts[0])
            case "write" if step.path in self.files:
                file = self.files[step.path]
                file.write(file.end, step.texts[0])
            case "ftruncate" if step.path in self.files:
                self.files[step.path].cut(step.numbers[-1])
            case "fsync" | "fdatasync":
                self._sync(step.path)
            case "rename" | "renameat" | "renameat2":
                self._rename(_absolute(step, 0), _absolute(step, 1))
            case "unlink" | "unlinkat":
                self.files.pop(_absolute(step, 0), None)
            case _:
                pass

    def _is_ours(self, path: str) -> bool:
        return path.startswith(self.home + "/")

    def _sync(self, path: str) -> None:
        if path in self.files:
            self.files[path].sync()
            return
        inside = {name for name in {*self.files, *self.named} if os.path.dirname(name) == path}  # noqa: PTH120
        for name in inside:
            if name in self.files:
                self.named[name] = self.files[name]
            else:
                self.named.pop(name, None)
        self.folders -= {name for name in self.folders if os.path.dirname(name) == path}  # noqa: PTH120

    def _rename(self, old: str, new: str) -> None:
        if old in self.files:
            self.files[new] = self.files.pop(old)

    def is_named(self, path: str) -> bool:
        """Whether that name leads to a file after a power cut: its own, and that of every folder above it."""
        return path in self.named and not any(path.startswith(folder + "/") for folder in self.folders)


def _absolute(step: Step, number: int) -> str:
    path = os.fsdecode(step.texts[number])
    if path.startswith("/") or not step.handle_paths:
        return path
    return f"{step.handle_paths[min(number, len(step.handle_paths) - 1)]}/{path}"


@dataclass
class Tally:
    """What was seen."""

    moments: int = 0
    disks: int = 0
    submits: int = 0
    results: int = 0
    broken: list[str] = field(default_factory=list)


@dataclass
class Judge:
    """Looks at disks. `asked` are the purchases that have begun to leave, by model."""

    disk: Disk
    folder: Path
    tally: Tally
    asked: Counter[str] = field(default_factory=Counter)

    def judge(self, dice: random.Random) -> None:
        """The disk of this moment, in each of its ways."""
        self.tally.moments += 1
        journal = f"{self.disk.home}/journal.db"
        if self.asked and not self.disk.is_named(journal):
            self._complain("the journal has no name on the disk yet")
            return
        plans = [path for path in self.disk.named if path.endswith("/plan.json")]
        if self.asked and not any(
            self.disk.is_named(path) and not self.disk.named[path].since for path in plans
        ):
            self._complain("the plan of the run is not on the disk yet")
        receipts = self.disk.named.get(f"{self.disk.home}/purchases.log", _File())
        if receipts.synced.count(b"\n") < sum(self.asked.values()):
            self._complain("purchases.log lacks a line")
        for dealt, part in ((random.Random(0), 0.0), (None, 1.0), (dice, 0.5), (dice, 0.9)):
            self.tally.disks += 1
            for ending in ("", "-wal", "-journal"):
                image = self.folder / f"journal.db{ending}"
                image.unlink(missing_ok=True)
                has_new_names = part > 0 and (dealt is None or dealt.random() < part)
                file = (self.disk.files if has_new_names else self.disk.named).get(journal + ending)
                if file is not None:
                    image.write_bytes(file.after_power_cut(dealt, part))
            (self.folder / "journal.db-shm").unlink(missing_ok=True)
            self._look()

    def _look(self) -> None:
        base = sqlite3.connect(self.folder / "journal.db")
        try:
            (verdict,) = base.execute("pragma integrity_check").fetchone()
            tables = {name for (name,) in base.execute("select name from sqlite_master")}
            known: Counter[str] = Counter()
            artifacts: list[str] = []
            if "attempts" in tables:
                known.update(dict(base.execute("select endpoint, count(*) from attempts group by endpoint")))
                artifacts = [text for (text,) in base.execute("select artifacts from results")]
        except sqlite3.Error as error:
            verdict, known, artifacts = str(error), self.asked, []
        finally:
            base.close()
        if verdict != "ok":
            self._complain(f"the journal is not whole: {verdict}")
        for model, number in (self.asked - known).items():
            self._complain(f"{number} purchases of {model} had left, and the journal does not know")
        for item in (item for text in artifacts for item in json.loads(text)):
            self.tally.results += 1
            sha256 = item["sha256"]
            path = f"{self.disk.home}/objects/{sha256[:2]}/{sha256[2:]}"
            file = self.disk.named.get(path)
            if not self.disk.is_named(path) or file is None or file.since:
                self._complain(f"the journal speaks of {sha256[:8]}…, which is not on the disk")

    def _complain(self, what: str) -> None:
        self.tally.broken.append(f"moment {self.tally.moments}, {sum(self.asked.values())} sent: {what}")


def watched(house: House, trace: Path) -> None:
    """One run to its end, its system calls written to `trace`."""
    line = ["strace", "-f", "-y", "-xx", "-s", str(1 << 22), "-e", f"trace={_CALLS}", "-o", str(trace)]
    command = [*line, sys.executable, "-m", "rhflow", *house.new_run()]
    subprocess.run(command, env=house.environment, cwd=house.folder, capture_output=True, check=True)


def cut_everywhere(trace: Path, home: Path, folder: Path, seed: int, chance: float) -> Tally:
    """Judge the disk as each purchase leaves, and at other moments by chance."""
    dice, tally = random.Random(seed), Tally()
    folder.mkdir()
    judge = Judge(Disk(str(home)), folder, tally)
    for step in steps_of(trace):
        is_leaving = False
        if step.name in ("sendto", "sendmsg", "write") and step.texts:
            found = _SUBMIT.match(step.texts[0])
            if found is not None and not found[1].decode().startswith(_FREE):
                judge.asked[found[1].decode()] += 1
                tally.submits += 1
                is_leaving = True
        judge.disk.follow(step)
        if is_leaving or dice.random() < chance:
            judge.judge(dice)
    judge.judge(dice)
    return tally


def main() -> int:
    """Do as the command line says; 1 where a disk was not as it must be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shots", type=int, default=6)
    parser.add_argument("--steps", type=int, default=len(CHAIN), choices=range(2, len(CHAIN) + 1))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chance", type=float, default=0.05, help="of a cut after any other call")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        house = House(folder / "house", given.shots, given.steps, 8)
        try:
            watched(house, folder / "trace")
            bill = len(house.ask("/simulator/bill")["entries"])
        finally:
            house.close()
        tally = cut_everywhere(
            folder / "trace", folder / "house" / ".rhflow", folder / "image", given.seed, given.chance
        )
    print(f"cuts       {tally.moments} moments, {tally.disks} disks")
    print(f"purchases  {tally.submits} seen to leave, {bill} on the bill")
    print(f"results    {tally.results} looked for where the journal speaks of them")
    print(f"broken     {len(tally.broken)}")
    for complaint in tally.broken[:20]:
        print(f"           {complaint}")
    return 0 if not tally.broken and tally.submits == bill > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
