"""A small world for the runner: a far side with a bill, a real journal and store, a clock that is held.

`FarSide` survives what happens to a process; a `Process` is one opening of the home, with its own owner.
What goes wrong is scripted by the prompt of a request.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import itertools
import json
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from PIL import Image

from rhflow.app.recollection import UploadMemory
from rhflow.catalog.model import Model, Param
from rhflow.catalog.price import FREE, UNKNOWN, Price, Quote
from rhflow.ground.caps import Caps
from rhflow.ground.media import Kind
from rhflow.ground.references import BlobMedia, FileMedia, Resolved, UrlMedia
from rhflow.ground.values import walk
from rhflow.lifecycle import events
from rhflow.lifecycle.events import Event, name_of
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.lifecycle.states import State, TaskState
from rhflow.media.probe import probe
from rhflow.planning.plan import Plan, Task
from rhflow.ports import (
    Accepted,
    Allowance,
    Download,
    JobReport,
    Lost,
    PollFailed,
    Refused,
    RemoteResult,
    Request,
    RunRecord,
    Staged,
    SubmitAnswer,
    Uploads,
    Usage,
)
from rhflow.runner.budget import Budget
from rhflow.runner.lanes import Lanes
from rhflow.runner.local import drive
from rhflow.runner.resume import reopen_free
from rhflow.runner.run import Hands, Pace, Run
from rhflow.store.blobs import LocalBlobs
from rhflow.store.journal import Journal

_PARAMS = (
    Param(name="prompt", type="string", required=True),
    Param(name="image", type="image"),
    Param(name="images", type="image", multiple=True),
)


def model(name: str, *, price: Price, output: Kind = Kind.IMAGE, version: int | None = None) -> Model:
    return Model(
        endpoint=name,
        names=(),
        task="image",
        family="fake",
        output=output,
        params=_PARAMS,
        price=price,
        version=version,
    )


ONE = Price(basis="fixed", amount=Decimal(1))
MODELS = {
    item.id: item
    for item in (
        model("fake/picture", price=ONE),
        model("fake/words", price=ONE, output=Kind.TEXT),
        model("fake/secretive", price=UNKNOWN),
        model("fake/dear", price=Price(basis="fixed", amount=Decimal(9))),
        model("local/paste", price=FREE, version=1),
    )
}


class Clock:
    """Time stands still but for sleeping, which takes no time at all."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.time = now
        self.slept = 0
        self.when_slept: Callable[[int], None] = lambda _times: None

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        self.slept += 1
        self.when_slept(self.slept)
        await asyncio.sleep(0)


# -- the far side ---------------------------------------------------------------------------------


@dataclass
class Job:
    id: str
    attempt: str
    prompt: str
    endpoint: str


Submit = Callable[["FarSide", Staged, str], SubmitAnswer]


@dataclass
class FarSide:
    """What the vendor knows and never forgets: its jobs are the bill."""

    jobs: dict[str, Job] = field(default_factory=dict)
    submits: dict[str, deque[Submit]] = field(default_factory=dict)
    reports: dict[str, deque[JobReport | Failure]] = field(default_factory=dict)
    collects: dict[str, deque[Failure | bytes]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    stagings: dict[str, deque[Failure]] = field(default_factory=dict)

    def accept(self, staged: Staged, attempt: str) -> Job:
        prompt = str(staged.body["prompt"])
        job = Job(f"job-{len(self.jobs) + 1:04}", attempt, prompt, staged.endpoint)
        self.jobs[job.id] = job
        return job

    @property
    def bill(self) -> Counter[str]:
        """How often each prompt was bought."""
        return Counter(job.prompt for job in self.jobs.values())

    def job_of(self, attempt: str) -> str | None:
        return next((job.id for job in self.jobs.values() if job.attempt == attempt), None)


def accepts(far: FarSide, staged: Staged, attempt: str) -> SubmitAnswer:
    return Accepted(far.accept(staged, attempt).id)


def no(kind: FailureKind, **more: Any) -> Failure:
    return Failure(kind, f"said {kind.value}", **more)


def refuses(kind: FailureKind, **more: Any) -> Submit:
    return lambda _far, _staged, _attempt: Refused(no(kind, **more))


def loses(*, bought: bool) -> Submit:
    """The answer does not come; `bought` tells whether the request came through."""

    def submit(far: FarSide, staged: Staged, attempt: str) -> SubmitAnswer:
        if bought:
            far.accept(staged, attempt)
        return Lost(no(FailureKind.IN_DOUBT, charged="unknown"))

    return submit


@dataclass
class FakeProvider:
    """`ports.Provider` over a far side. `on` is called around every effect: `("submit before", prompt)`."""

    far: FarSide
    is_paid: bool = True
    on: Callable[[str, str], Awaitable[None] | None] = lambda _point, _what: None
    mine: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return "simulator" if self.is_paid else "local"

    @property
    def realm(self) -> str:
        return self.name

    async def _at(self, point: str, what: str) -> None:
        waiting = self.on(point, what)
        if waiting is not None:
            await waiting
        await asyncio.sleep(0)

    async def stage(self, request: Request, uploads: Uploads) -> Staged:
        await self._at("stage", str(request.arguments["prompt"]))
        waiting = self.far.stagings.get(str(request.arguments["prompt"]))
        if waiting:
            raise PollFailed(waiting.popleft())
        body = {name: _sent(value, uploads) for name, value in request.arguments.items()}
        return Staged(request.endpoint, body)

    async def submit(self, staged: Staged, attempt: str) -> SubmitAnswer:
        prompt = str(staged.body["prompt"])
        await self._at("submit before", prompt)
        script = self.far.submits.get(prompt)
        answer = (script.popleft() if script else accepts)(self.far, staged, attempt)
        if isinstance(answer, Accepted):
            self.mine.add(answer.job)
        await self._at("submit after", prompt)
        return answer

    async def report(self, job: str) -> JobReport:
        known = self.far.jobs.get(job)
        prompt = known.prompt if known else job
        await self._at("report before", prompt)
        self.far.asked[prompt] += 1
        if not self.is_paid and job not in self.mine:
            return JobReport("failed", failure=no(FailureKind.LOCAL, repeatable=True))
        script = self.far.reports.get(prompt)
        said = script.popleft() if script else None
        await self._at("report after", prompt)
        if isinstance(said, Failure):
            raise PollFailed(said)
        if said is None and known is None:
            raise PollFailed(no(FailureKind.GONE))
        return (
            said if said is not None else finished(job, text=bool(known and known.endpoint == "fake/words"))
        )

    async def collect(self, report: JobReport, folder: Path) -> list[Download]:
        url = report.results[0].url or ""
        job = self.far.jobs.get(url.rpartition("/")[2].partition(".")[0])
        prompt = job.prompt if job else ""
        await self._at("collect before", prompt)
        found: list[Download] = []
        for number, result in enumerate(report.results):
            script = self.far.collects.get(prompt)
            said = script.popleft() if script else None
            if isinstance(said, Failure):
                raise PollFailed(said)
            if result.url is None:
                found.append(Download(None, result.text, None, None))
                continue
            path = folder / f"result-{number}.png"
            if said is None:
                paint(path, f"{result.url} {number}")
            else:
                path.write_bytes(said)
            found.append(Download(path, None, result.url, 1_700_086_400.0))
        await self._at("collect after", prompt)
        return found

    async def cancel(self, job: str) -> bool:
        return job in self.far.jobs

    async def close(self) -> None:
        pass


def finished(job: str, count: int = 1, *, text: bool = False) -> JobReport:
    usage = Usage(money="0.9", currency="CNY")
    if text:
        return JobReport("succeeded", (RemoteResult(None, "txt", text=f"words of {job}"),), usage)
    results = tuple(RemoteResult(f"https://far.example/{job}.png", "png") for _ in range(count))
    return JobReport("succeeded", results, usage)


def ended(kind: FailureKind, **more: Any) -> JobReport:
    """The far side's own "failed"."""
    return JobReport("failed", failure=no(kind, **{"charged": "unknown", **more}))


def paint(path: Path, seed: str) -> None:
    """A real picture that no other seed gives."""
    digest = hashlib.sha256(seed.encode()).digest()
    Image.frombytes("RGB", (3, 3), digest[:27]).save(path)


def _sent(value: Resolved, uploads: Uploads) -> Any:
    if isinstance(value, list):
        return [_sent(item, uploads) for item in value]
    if isinstance(value, FileMedia | BlobMedia):
        return f"https://far.example/up/{uploads.open_path(value).name}"
    return value.url if isinstance(value, UrlMedia) else value


# -- one process ------------------------------------------------------------------------------------


class QuickJournal(Journal):
    """The journal without syncing: what a process leaves behind is there whatever the disk does."""

    def __init__(self, home: Path, owner: str, *, read_only: bool = False) -> None:
        super().__init__(home, owner, read_only=read_only)
        for connection in (self._guard, self._notes):
            connection.execute("pragma synchronous = off")


class WatchedJournal(QuickJournal):
    """Calls `on("append before" | "append after", name)` around every append."""

    on: Callable[[str, str], None] = staticmethod(lambda _point, _name: None)

    def append(
        self,
        run: str,
        task: str,
        expected: int,
        event: Event,
        at: float,
        within: Allowance | None = None,
        then: Event | None = None,
    ) -> None:
        self.on("append before", f"{task} {name_of(event)}")
        super().append(run, task, expected, event, at, within, then)
        self.on("append after", f"{task} {name_of(event)}")


_IDS = itertools.count(1)


class World:
    """A home, a far side, and the processes that come and go."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.far = FarSide()
        self.clock = Clock()
        self._owners = itertools.count(1)
        self._open: list[Process] = []

    def process(self, **more: Any) -> Process:
        opened = Process(self, f"owner-{next(self._owners)}", **more)
        self._open.append(opened)
        return opened

    def close(self) -> None:
        for process in self._open:
            process.journal.close()


class Process:
    """One opening of the home. `end` is how it goes, in good order or not: its sign of life is gone."""

    def __init__(self, world: World, owner: str, *, clock: Clock | None = None) -> None:
        self.world = world
        self.clock = clock or world.clock
        self.journal = WatchedJournal(world.home, owner)
        self.blobs = LocalBlobs(world.home / "objects")
        self.paid = FakeProvider(world.far)
        self.local = FakeProvider(FarSide(), is_paid=False)

    def end(self) -> None:
        self.journal.close()

    def hands(self) -> Hands:
        return Hands(
            journal=self.journal,
            blobs=self.blobs,
            uploads=UploadMemory(self.journal, self.blobs, self.clock),
            provider=lambda task: self.local if task.is_local else self.paid,
            model=MODELS.__getitem__,
            clock=self.clock,
            look=look,
            jitter=lambda: 0.0,
            new_id=lambda: f"attempt-{next(_IDS):06}",
            folder=self.world.home / "work" / self.journal.owner,
        )

    def run(
        self, plan: Plan, run: str = "run-1", *, limit: str | None = None, allow_unknown: bool = False
    ) -> Run:
        """The run as this process sees it; written down where it is new."""
        if run not in {record.id for record in self.journal.runs()}:
            folder = self.world.home / "runs" / run
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "plan.json").write_text(json.dumps(plan.to_json()), "utf-8")
            record = RunRecord(run, plan.pipeline, plan.file, plan.provider, self.clock.now(), "running", {})
            self.journal.begin(record)
        made = Run(
            id=run,
            plan=plan,
            hands=self.hands(),
            budget=Budget(Caps.parse(limit) if limit else None, allow_unknown=allow_unknown),
            lanes=Lanes(8, 2),
            pace=Pace(shortest_s=1.0, first_s=1.0, poll_tries=4),
        )
        made.load()
        return made

    def drive(self, run: Run) -> Run:
        asyncio.run(drive(run))
        return run

    def go(self, plan: Plan, run: str = "run-1", **more: Any) -> Run:
        """Begin or go on, to the end, as `rhflow run` and `rhflow resume` do."""
        made = self.run(plan, run, **more)
        reopen_free(made)
        return self.drive(made)

    def tell(self, run: str, task: str, event: Event) -> None:
        """A person's word, as `rhflow settle` writes it."""
        known = len(self.journal.events(run, task))
        self.journal.append(run, task, known, event, self.clock.now())


def look(path: Path) -> dict[str, float | int | str | None] | None:
    found = probe(path)
    if found is None:
        return None
    return {"kind": found.kind.value, "seconds": found.seconds, "width": found.width, "height": found.height}


# -- plans ------------------------------------------------------------------------------------------


def task(
    name: str,
    prompt: str | None = None,
    *,
    uses: str = "fake/picture",
    needs: tuple[str, ...] = (),
    price: str | None = "1",
    **more: Any,
) -> Task:
    """A task whose prompt is its name, unless said otherwise."""
    arguments: dict[str, Resolved] = {"prompt": prompt or name, **more.pop("arguments", {})}
    waits = tuple(leaf.task for _, leaf in walk(arguments) if hasattr(leaf, "task"))
    quote = Quote(Decimal(price), Decimal(price)) if price is not None else Quote(None, None)
    if uses.startswith("local/"):
        quote = Quote(Decimal(0), Decimal(0))
    return Task(
        id=name,
        step=name,
        uses=uses,
        arguments=arguments,
        needs=tuple(dict.fromkeys((*waits, *needs))),
        quote=quote,
        on_doubt=more.pop("on_doubt", "repeat" if uses.startswith("local/") else "ask"),
        **more,
    )


def plan(*tasks: Task, **outputs: Resolved) -> Plan:
    return Plan(
        pipeline="small",
        file="small.rhflow.yaml",
        provider="simulator",
        realm="simulator",
        tasks=tasks,
        outputs=outputs,
    )


def committed(run: Run) -> Decimal:
    """What the ledger counts against the cap of the run: spent and promised."""
    within = Allowance(caps=Caps(), run=run.id, tasks=(), provider="simulator", realm="simulator")
    return run.hands.journal.committed("run", within, "CNY", run.hands.clock.now())


def states(run: Run) -> dict[str, str]:
    """Task -> where it stands."""
    return {name: state.state.value for name, state in run.states.items()}


def story(run: Run, name: str) -> list[str]:
    """The names of a task's events, in order."""
    return [name_of(event) for _, _, event in run.hands.journal.events(run.id, name)]


def settle(process: Process, run: str, name: str, state: TaskState) -> None:
    """What a person does: looks the attempt up over there, and says what was found."""
    assert state.state is State.DOUBTFUL
    attempt = state.attempt or ""
    job = process.world.far.job_of(attempt)
    said: Event = (
        events.Found(attempt, job, by="settle") if job else events.Absent(attempt, by="settle --repeat")
    )
    process.tell(run, name, said)


def with_prompt(one: Task, prompt: str) -> Task:
    return dataclasses.replace(one, arguments={**one.arguments, "prompt": prompt})
