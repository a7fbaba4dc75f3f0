"""Everything at once, by the dice: workers that die, lost answers and results, words, caps, ladders.

Three runs of one plan share a home. Each step is one `advance` of one task of one worker; while it stands at
a point of the far side another may make steps, or it dies there. Persons settle, agree, cancel, and begin new
runs; the clock jumps. A seed is a whole story; its bill must be one that somebody has asked for.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from rhflow.app.session import session
from rhflow.app.settling import settle
from rhflow.ground.errors import UsageError
from rhflow.lifecycle import events
from rhflow.lifecycle.failure import FailureKind
from rhflow.lifecycle.states import State
from rhflow.planning.plan import Rung, Task
from rhflow.ports import Accepted, JobReport, Staged, SubmitAnswer
from rhflow.runner.advance import advance
from rhflow.runner.cancelling import begin_to_cancel, close
from rhflow.runner.resume import reopen, reopenable
from rhflow.runner.run import Run
from rhflow.settings import read_settings
from tests.runner.world import (
    FakeProvider,
    FarSide,
    Process,
    World,
    ended,
    finished,
    loses,
    no,
    plan,
    refuses,
    task,
)

BROKEN = b"\x89PNG and no more"
CHAT, GONE = "fake/words", FailureKind.GONE


def ladder(name: str, **more: object) -> Task:
    return replace(task(name, **more), fallback=(Rung("fake/dear", {"prompt": f"{name} by another"}),))  # type: ignore[arg-type]


ONE = plan(
    ladder("a", retry=1),
    task("b"),
    replace(task("c", uses=CHAT, needs=("b",)), on_doubt="repeat"),
    task("d", "b"),
    ladder("e"),
    task("f", uses=CHAT),
)
PROMPTS = ("a", "b", "c", "e", "f", "a by another", "e by another")
CAPS = (4, 13, 40)
"""CNY for the whole home; the dear model costs up to 9."""


class Died(BaseException):
    """A worker is gone."""


def chats(far: FarSide, staged: Staged, attempt: str) -> SubmitAnswer:
    job = far.accept(staged, attempt).id
    return Accepted(job, finished(job, text=True))


class Vendor(FakeProvider):
    """Keeps no answers of language models: only the process that heard one knows it."""

    async def submit(self, staged: Staged, attempt: str) -> SubmitAnswer:
        prompt = str(staged.body["prompt"])
        if staged.endpoint == CHAT and not self.far.submits.get(prompt):
            self.far.submits[prompt] = deque([chats])
        return await super().submit(staged, attempt)

    async def report(self, job: str) -> JobReport:
        known = self.far.jobs.get(job)
        if known is not None and known.endpoint == CHAT and job not in self.mine:
            lost = no(FailureKind.GONE, charged="yes", repeatable=True)
            return JobReport("failed", failure=lost)
        return await super().report(job)


class Story:
    """One seed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.dice = random.Random(seed)
        self.cap = self.dice.choice(CAPS)
        self.world = World(folder / ".rhflow")
        self.loop = asyncio.new_event_loop()
        self.names = ["one", "two", "three"]
        self.workers: dict[str, tuple[Process, Run]] = {}
        self.consents: Counter[str] = Counter()
        self.busy: set[tuple[str, str]] = set()
        self.told: list[str] = []
        for name in self.names:
            self.begin(name)

    def begin(self, name: str) -> None:
        process = self.world.process()
        process.paid = Vendor(self.world.far)
        self.workers[name] = process, process.run(ONE, name, limit=f"project={self.cap}")

    async def step(self, name: str, which: Task) -> None:
        process, run = self.workers[name]
        ready = all(run.state(need).state in (State.DONE, State.SKIPPED) for need in which.needs)
        if (name, which.id) in self.busy or not ready:
            return
        self.busy.add((name, which.id))
        try:
            await advance(run, which)
        except Died:
            process.end()
            self.begin(name)
        finally:
            self.busy.discard((name, which.id))

    def advances(self) -> None:
        """One step, and at one of its points somebody else comes, or death."""
        dice, name = self.dice, self.dice.choice(self.names)
        which, process = dice.choice(ONE.tasks), self.workers[name][0]
        point = dice.choice(("stage", "submit before", "submit after", "report after", "collect after"))
        then, has_happened = dice.choice(("nothing", "nothing", "others", "dies")), False

        async def others() -> None:
            for _ in range(dice.randint(1, 5)):
                await self.step(dice.choice([item for item in self.names if item != name]), which)

        def on(where: str, _what: str) -> object:
            nonlocal has_happened
            if where != point or has_happened or then == "nothing":
                return None
            has_happened = True
            if then == "dies":
                raise Died
            return others()

        process.paid.on = on  # type: ignore[assignment]
        self.loop.run_until_complete(self.step(name, which))
        process.paid.on = lambda _point, _what: None

    def goes_wrong(self) -> None:
        """The far side plays a trick on whatever is asked for next."""
        far, dice = self.world.far, self.dice
        prompt = dice.choice(PROMPTS)
        match dice.choice(("lost", "never came", "throttled", "fails", "no network", "broken", "clock")):
            case "lost":
                far.submits[prompt] = deque([loses(bought=True)])
            case "never came":
                far.submits[prompt] = deque([loses(bought=False)])
            case "throttled":
                far.submits[prompt] = deque([refuses(FailureKind.THROTTLED)])
            case "fails":
                far.reports.setdefault(prompt, deque()).append(
                    ended(FailureKind.VENDOR_ERROR, repeatable=True)
                )
            case "no network":
                far.reports.setdefault(prompt, deque()).append(no(FailureKind.NOT_SENT, repeatable=True))
            case "broken":
                far.collects[prompt] = deque([BROKEN, BROKEN])
            case _:
                self.world.clock.time += dice.choice((-7200.0, 7200.0, 5.0))

    def says(self) -> None:
        """A person settles a doubt, by the vendor's records or not."""
        name, which = self.dice.choice(self.names), self.dice.choice(ONE.tasks)
        process, run = self.workers[name]
        state = run.reload(which.id)
        if state.state not in (State.DOUBTFUL, State.SUBMITTED) or (name, which.id) in self.busy:
            return
        prompt, attempt = str((state.request or {}).get("prompt")), state.attempt or ""
        job = self.world.far.job_of(attempt)
        word = self.dice.choice(("looks", "abandon", "looks"))
        process.journal.close()
        settings = read_settings(home=self.world.home, environment={})
        with session(settings, read_only=False, clock=self.world.clock) as opened:
            try:
                if word == "abandon":
                    settle(opened, name, which.id, task_id=None, repeat=False)
                    known = opened.journal.attempt(attempt)
                    self.consents[prompt] += known is not None and known[2] == "abandoned"
                elif state.state is State.DOUBTFUL and job is not None and state.endpoint != CHAT:
                    settle(opened, name, which.id, task_id=job, repeat=False)
                elif state.state is State.DOUBTFUL:
                    settle(opened, name, which.id, task_id=None, repeat=True)
                    self.consents[prompt] += 1
                self.told.append(f"{name} {which.id}: {word}")
            except UsageError as error:
                self.told.append(str(error))
        self.begin(name)

    def agrees(self) -> None:
        """`resume --yes`, or a new run in the place of one that has failed."""
        name = self.dice.choice(self.names)
        _, run = self.workers[name]
        run.load()
        if self.dice.random() < 0.5:
            reopen(run, reopenable(run), "resume --yes")  # each had come to nothing that anybody still has
            return
        if not any(busy == name for busy, _ in self.busy):
            self.workers[name][0].end()
            self.names[self.names.index(name)] = f"{name}+"
            self.begin(f"{name}+")

    def cancels(self) -> None:
        name = self.dice.choice(self.names)
        _, run = self.workers[name]
        run.load()
        begin_to_cancel(run)
        close(run)
        self.workers[name][0].end()
        self.begin(name)

    def look(self) -> None:
        """Nothing was bought that nobody asked for, and no cap is passed."""
        process = self.workers[self.names[0]][0]
        entries = process.journal.ledger()
        told = [item for run in process.journal.runs() for item in process.journal.events(run.id)]
        told_events = [event for _, _, event in told]
        failed = {item.attempt for item in told_events if isinstance(item, events.JobFailed)}
        repeated = {
            item.attempt
            for item in told_events
            if isinstance(item, events.Absent) and item.by == "on_doubt: repeat"
        }
        lost = {item.attempt for item in entries if item.outcome == "lost"}
        gone = [
            item for item in told_events if isinstance(item, events.JobFailed) and item.failure.kind is GONE
        ]
        assert not gone, "a chat that was accepted has its text in the journal"
        for prompt, count in self.world.far.bill.items():
            allowed = {
                job.attempt
                for job in self.world.far.jobs.values()
                if job.prompt == prompt and job.attempt in failed | lost | repeated
            }
            assert count <= 1 + self.consents[prompt] + len(allowed), self.story(prompt)
        committed = sum((item.committed.amount for item in entries if item.committed), Decimal(0))
        assert committed <= self.cap
        attempts = {item.attempt for item in entries}
        assert {job.attempt for job in self.world.far.jobs.values()} <= attempts, "each was promised first"
        open_keys = Counter(item.key for item in entries if item.is_open)
        assert not open_keys or max(open_keys.values()) == 1

    def story(self, prompt: str) -> str:
        process = self.workers[self.names[0]][0]
        lines = [f"{prompt}: {self.world.far.bill[prompt]} bought, {self.consents[prompt]} consents"]
        for run in process.journal.runs():
            lines += [f"{run.id} {item}" for item in process.journal.events(run.id)]
        return "\n".join([*lines, *self.told])

    def ends(self) -> None:
        """All tricks are over: every run is carried on, every doubt looked up; what was paid is at home."""
        far = self.world.far
        for tricks in (far.submits, far.reports, far.collects):
            tricks.clear()
        for worker, _ in self.workers.values():
            worker.end()
        for _ in range(4):
            for record in self.world.process().journal.runs():
                process = self.world.process()
                process.paid = Vendor(far)
                run = process.go(ONE, record.id, limit=f"project={self.cap}")
                for name, state in run.states.items():
                    if state.state is State.DOUBTFUL:
                        job = far.job_of(state.attempt or "")
                        if job is not None and state.endpoint != CHAT:
                            process.tell(record.id, name, events.Found(state.attempt or "", job, by="settle"))
                        else:
                            process.tell(
                                record.id, name, events.Absent(state.attempt or "", by="settle --repeat")
                            )
                            self.consents[str((state.request or {}).get("prompt"))] += 1
                process.end()
        self.begin(self.names[0])
        self.look()
        process = self.workers[self.names[0]][0]
        still_open = [item for item in process.journal.ledger() if item.is_open]
        assert not still_open, (still_open, self.story(""))
        for item in process.journal.ledger():
            if item.outcome == "collected":
                hit = process.journal.recall(item.key)
                assert hit is not None
                assert all(process.blobs.has(made.sha256) for made in hit.artifacts)

    def close(self) -> None:
        self.loop.close()
        self.world.close()


@pytest.mark.parametrize("seed", range(12))
def test_whatever_the_dice_say(tmp_path: Path, seed: int) -> None:
    story = Story(tmp_path, seed)
    moves = [story.advances] * 14 + [story.goes_wrong] * 5 + [story.says] * 2 + [story.agrees, story.cancels]
    for _ in range(160):
        story.dice.choice(moves)()
        story.look()
    story.ends()
    story.close()
