"""Freeze a home as this version of rhflow writes it, for the tests of every later version.

    python -m tests.store.freeze

writes `tests/store/homes/v<VERSION>/`: journal and queries as SQL, objects, plan, far side.
A frozen home is never written again: it is what people have on their disks.
"""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
import sys
import tempfile
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rhflow.ground.references import Ref
from rhflow.lifecycle import events
from rhflow.lifecycle.events import Event
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.planning.plan import Plan, Rung
from rhflow.ports import JobReport, RunRecord
from rhflow.store.journal import VERSION
from tests.lifecycle.examples import EVENTS, NO
from tests.runner.world import FarSide, Job, World, ended, finished, loses, plan, refuses, task

HOMES = Path(__file__).parent / "homes"
QUERIES = Path(__file__).parent.parent.parent / "rhflow" / "store" / "queries.sql"
NOW = 1_700_000_000.0


@dataclass(frozen=True)
class Frozen:
    """A home of an older version, as files that can be read in a review."""

    folder: Path

    @property
    def sql(self) -> str:
        return (self.folder / "journal.sql").read_text("utf-8")

    def _json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text("utf-8"))

    @property
    def plan(self) -> Plan:
        """What `run-1` set out to do."""
        return Plan.from_json(self._json("plan.json"))

    @property
    def far(self) -> FarSide:
        """The far side as it was left: it forgets nothing."""
        return FarSide(jobs={job["id"]: Job(**job) for job in self._json("far.json")})

    @property
    def objects(self) -> dict[str, bytes]:
        return {name: base64.b64decode(data) for name, data in self._json("objects.json").items()}

    def thaw(self, home: Path) -> None:
        """Make it a home again."""
        home.mkdir(parents=True)
        connection = sqlite3.connect(home / "journal.db")
        connection.executescript(self.sql)
        connection.close()
        for name, data in self.objects.items():
            path = home / "objects" / name[:2] / name[2:]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            path.chmod(0o444)
        (home / "runs" / "run-1").mkdir(parents=True)
        (home / "runs" / "run-1" / "plan.json").write_text(json.dumps(self._json("plan.json")), "utf-8")


def frozen(version: int) -> Frozen:
    """The home of that version."""
    return Frozen(HOMES / f"v{version}")


def the_plan() -> Plan:
    """Every way a task can have gone when the machine went down."""
    return plan(
        task("still"),
        task("clip", arguments={"image": Ref("still", "image")}),
        task("words", uses="fake/words"),
        task("paste", uses="local/paste"),
        task("in flight", timeout=(5.0, 5.0)),
        task("in doubt"),
        task("refused", retry=1),
        task("failed"),
        task("blocked", needs=("failed",)),
        task("ladder", fallback=(Rung("fake/words", {"prompt": "ladder, the second"}),)),
        film=Ref("clip", "image"),
    )


def live(world: World) -> None:
    """Two runs of one home; what is still open is left open."""
    far = world.far
    far.submits["in doubt"] = deque([loses(bought=True)])
    far.submits["refused"] = deque([refuses(FailureKind.THROTTLED)])
    far.reports["in flight"] = deque([JobReport("queued")] * 9)
    far.reports["failed"] = deque([ended(FailureKind.VENDOR_ERROR)])
    far.reports["ladder"] = deque([ended(FailureKind.VENDOR_ERROR)])
    first = world.process()
    first.go(the_plan())
    first.journal.set_status("run-1", "stopped")
    first.end()
    far.reports["in flight"] = deque([JobReport("running")] * 9)
    second = world.process()
    second.go(the_plan(), "run-2")
    tell_the_rest(second.journal)
    second.journal.remember("uploads", ("simulator", "ab" * 32, "https://far.example/up.png", NOW + 9e8))
    second.journal.remember("files", ("/a.png", 3, 4, "ab" * 32, '{"kind": "image", "seconds": null}'))
    second.journal.remember("urls", ("https://example.org/a.png", "cd" * 32, NOW))
    second.journal.remember("placed", ("/out/a.png", "ab" * 32, 5, 6))
    second.journal.lease("run run-2", NOW)
    second.end()


def tell_the_rest(journal: Any) -> None:
    """The events that take a person, or a bad day."""
    journal.begin(RunRecord("run-3", "small", "small.rhflow.yaml", "simulator", NOW, "running", {"a": 1}))
    jobless = Failure(FailureKind.IN_DOUBT, "nobody knows", charged="unknown")

    def bought(attempt: str) -> list[Event]:
        return [
            events.Keyed(f"key-{attempt}", "fake/picture", {"prompt": attempt}),
            events.SubmitIntended(f"key-{attempt}", attempt, "fake/picture", "simulator", "1", owner="me"),
        ]

    stories: dict[str, list[Event]] = {
        "skipped": [EVENTS["Skipped"]],
        "cancelled": [EVENTS["Keyed"], EVENTS["Cancelled"], EVENTS["Reopened"]],
        "written off": [*bought("w"), events.Lost("w", jobless), events.Abandoned("w", NO)],
        "found": [*bought("f"), events.Lost("f", jobless), events.Found("f", "job-77", by="settle")],
        "absent": [*bought("n"), events.Lost("n", jobless), events.Absent("n", by="settle --repeat")],
        "lost result": [
            *bought("l"),
            events.Accepted("l", "job-78"),
            events.JobStarted("l"),
            events.JobSucceeded("l", [result.to_json() for result in finished("job-78").results], {}),
            events.ResultLost("l", NO),
        ],
        "backoff": [*bought("b"), events.Refused("b", NO), events.RetryPlanned(NOW + 5, counts=True)],
    }
    for name, story in stories.items():
        for number, event in enumerate(story):
            journal.append("run-3", name, number, event, NOW + number)


def main() -> int:
    target = HOMES / f"v{VERSION}"
    if target.exists():
        print(f"{target} is there already, and stays as it is")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / ".rhflow"
        world = World(home)
        live(world)
        world.close()
        target.mkdir(parents=True)
        connection = sqlite3.connect(home / "journal.db")
        lines = [*connection.iterdump(), f"PRAGMA user_version = {VERSION};"]
        told = {name for (name,) in connection.execute("select distinct name from events")}
        connection.close()
        shutil.copy(QUERIES, target / "queries.sql")
        (target / "journal.sql").write_text("\n".join(lines) + "\n", "utf-8")
        objects = {
            path.parent.name + path.name: base64.b64encode(path.read_bytes()).decode()
            for path in sorted((home / "objects").rglob("*"))
            if path.is_file()
        }
        _write(target / "objects.json", objects)
        _write(target / "plan.json", json.loads((home / "runs" / "run-1" / "plan.json").read_text("utf-8")))
        _write(target / "far.json", [asdict(job) for job in world.far.jobs.values()])
    print(f"{target}: {len(lines)} statements; events: {', '.join(sorted(told))}")
    print(f"missing: {', '.join(sorted(set(EVENTS) - told)) or 'none'}")
    return 0


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
