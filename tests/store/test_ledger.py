"""The ledger in the journal: what counts against which cap, and no way past one, however many buy at once."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rhflow.ground.caps import CAP_KINDS, CapKind, Caps
from rhflow.ground.errors import JournalDamaged
from rhflow.ground.values import Money
from rhflow.lifecycle import events
from rhflow.lifecycle.events import Event
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.lifecycle.ledger import day_of
from rhflow.ports import Allowance, OverCap
from rhflow.store.journal import Journal
from tests.runner.world import QuickJournal
from tests.store.conftest import Opens
from tests.store.freeze import frozen

DAY = 1_700_006_400.0
"""The first second of a day in UTC."""
BROKE = Failure(FailureKind.VENDOR_ERROR, "it broke", charged="unknown")
FREE = replace(BROKE, charged="no")


def allowance(
    caps: str = "", *, run: str = "run-1", tasks: tuple[str, ...] = ("a",), **more: str
) -> Allowance:
    set_ = Caps.parse(caps) if caps else Caps()
    return Allowance(
        **{"caps": set_, "run": run, "tasks": tasks, "provider": "simulator", "realm": "simulator", **more}  # type: ignore[arg-type]
    )


def intended(attempt: str, reserved: str | None = "1.00", **more: Any) -> events.SubmitIntended:
    given = {"key": f"key of {attempt}", "realm": "simulator", "provider": "simulator", **more}
    return events.SubmitIntended(attempt=attempt, endpoint="fake/picture", reserved=reserved, **given)


def tell(journal: Journal, *story: Event, run: str = "run-1", task: str = "a", at: float = DAY) -> None:
    known = len(journal.events(run, task))
    for number, event in enumerate(story):
        journal.append(run, task, known + number, event, at + number)


def committed(
    journal: Journal, kind: CapKind = "run", at: float = DAY, currency: str = "CNY", **more: Any
) -> str:
    return str(journal.committed(kind, allowance(**more), currency, at))


def paid(attempt: str, **usage: str) -> tuple[Event, ...]:
    return (
        events.Accepted(attempt, f"job of {attempt}"),
        events.JobSucceeded(attempt, [], dict(usage)),
        events.Collected(attempt, f"key of {attempt}", "fake/picture", [], dict(usage)),
    )


# -- what counts --------------------------------------------------------------------------------------------

A = "1"
STORIES: dict[str, tuple[tuple[Event, ...], str]] = {
    "promised": ((), "1.00"),
    "lost": ((events.Lost(A, BROKE),), "1.00"),
    "accepted": ((events.Accepted(A, "j"),), "1.00"),
    "made": ((events.Accepted(A, "j"), events.JobSucceeded(A, [], {"money": "0.8"})), "0.8"),
    "collected": (paid(A, money="0.8"), "0.8"),
    "collected, both parts": (paid(A, money="0.8", third_party="0.7"), "1.5"),
    "collected, nobody said": (paid(A), "1.00"),
    "collected for nothing": (paid(A, money="0"), "0"),
    "refused": ((events.Refused(A, FREE),), "0"),
    "said to be absent": ((events.Lost(A, BROKE), events.Absent(A, by="settle --repeat")), "0"),
    "repeated on a guess": ((events.Lost(A, BROKE), events.Absent(A, by="on_doubt: repeat")), "1.00"),
    "written off": ((events.Lost(A, BROKE), events.Abandoned(A, BROKE)), "1.00"),
    "failed, nobody said": ((events.Accepted(A, "j"), events.JobFailed(A, BROKE)), "1.00"),
    "failed and billed": ((events.Accepted(A, "j"), events.JobFailed(A, BROKE, {"money": "0.2"})), "0.2"),
    "failed for nothing": ((events.Accepted(A, "j"), events.JobFailed(A, FREE)), "0"),
    "failed for nothing, yet billed": (
        (events.Accepted(A, "j"), events.JobFailed(A, FREE, {"third_party": "0.3"})),
        "0.3",
    ),
    "result lost": (
        (events.Accepted(A, "j"), events.JobSucceeded(A, [], {"money": "0.8"}), events.ResultLost(A, BROKE)),
        "0.8",
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_what_a_purchase_counts_against_every_cap(opens: Opens, name: str) -> None:
    story, counts = STORIES[name]
    journal = opens()
    tell(journal, intended(A), *story)
    assert {committed(journal, kind) for kind in CAP_KINDS} == {counts}
    (entry,) = journal.ledger("run-1")
    assert entry.committed == Money(Decimal(counts))


def test_the_ledger_of_a_run_and_of_the_home(opens: Opens) -> None:
    journal = opens()
    tell(journal, intended("1"), *paid("1", money="0.9", coins="7"))
    tell(journal, intended("2"), events.Lost("2", BROKE), task="b", at=DAY + 50)
    tell(journal, intended("3"), run="run-2", at=DAY + 100)
    tell(journal, intended("4", "0.00", provider="local", realm="local"), task="free")
    one, two = journal.ledger("run-1")
    assert (one.reserved, one.charged, one.coins) == (Money(Decimal(1)), Money(Decimal("0.9")), Decimal(7))
    assert (one.job, one.outcome, one.endpoint, one.realm) == (
        "job of 1",
        "collected",
        "fake/picture",
        "simulator",
    )
    assert (two.state, two.charged, two.is_open) == ("doubtful", None, True)
    assert [entry.attempt for entry in journal.ledger()] == ["1", "2", "3"], "free work is no purchase"
    assert [entry.attempt for entry in journal.ledger(since=DAY + 50)] == ["2", "3"]


def test_a_charge_in_another_currency_than_the_estimate_counts_where_it_was_charged(opens: Opens) -> None:
    journal = opens()
    tell(journal, intended("1", "7.00"), *paid("1", money="1", currency="USD"))
    assert committed(journal, currency="CNY") == "0"
    assert committed(journal, currency="USD") == "1"
    (entry,) = journal.ledger()
    assert (str(entry.reserved), str(entry.charged)) == ("7.00 CNY", "1.00 USD")


def test_what_was_written_off_and_turned_up_keeps_what_was_set_aside(opens: Opens) -> None:
    journal = opens()
    keyed = events.Keyed("key of 1", "fake/picture", {})
    tell(journal, keyed, intended("1"), events.Lost("1", BROKE), events.Abandoned("1", BROKE))
    tell(journal, events.Found("1", "job-1", by="settle"))
    assert committed(journal, "project") == "1.00"
    assert journal.ledger()[0].state == "submitted"


def test_what_was_bought_elsewhere_counts_once_it_is_known_what_it_cost(opens: Opens) -> None:
    journal = opens()
    tell(
        journal,
        events.Keyed("k", "fake/picture", {}),
        intended("1"),
        events.Refused("1", FREE),
        events.GaveUp(FREE),
    )
    tell(journal, events.Found("brought-1", "job-9", by="settle"))
    assert committed(journal, "project") == "0"
    tell(journal, events.JobSucceeded("brought-1", [], {"money": "0.4"}))
    assert committed(journal, "project") == "0.4"
    assert journal.ledger()[-1].realm == "simulator"


def test_an_amount_that_cannot_be_read_blocks(opens: Opens, home: Path) -> None:
    journal = opens()
    tell(journal, intended("1"))
    with sqlite3.connect(home / "journal.db") as raw:
        raw.execute("update attempts set reserved = 'much'")
    raw.close()
    for ask in (journal.ledger, lambda: committed(journal)):
        with pytest.raises(JournalDamaged, match="'much' where an amount"):
            ask()
    with pytest.raises(JournalDamaged):
        journal.append("run-1", "b", 0, intended("2"), DAY, allowance("9 CNY"))


def test_an_older_home_has_a_ledger(home: Path) -> None:
    """Its purchases get their far side, and what was refused is known to have cost nothing."""
    frozen(1).thaw(home)
    journal = Journal(home, "me")
    entries = journal.ledger()
    journal.close()
    assert {entry.realm for entry in entries} == {"simulator"}
    refused = [entry for entry in entries if entry.outcome == "refused"]
    assert refused
    assert all(entry.came_to_nothing for entry in refused)
    paid_for = [entry for entry in entries if entry.outcome == "collected"]
    assert paid_for
    assert all(entry.charged is not None and entry.charged.amount for entry in paid_for)


# -- caps -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    caps: str
    run: str = "run-1"
    task: str = "a"
    tasks: tuple[str, ...] = ("a", "b")
    at: float = DAY + 10
    realm: str = "simulator"
    over: CapKind | None = None
    """The cap that is passed; None where the purchase has room."""


CASES = {
    "run": Case("1.50 CNY", over="run"),
    "run, enough": Case("2 CNY"),
    "run, another run": Case("1.50 CNY", run="run-2"),
    "step": Case("step=1.50 CNY", task="b", over="step"),
    "step, another step": Case("step=1.50 CNY", task="c", tasks=("c",)),
    "step, another run": Case("step=1.50 CNY", run="run-2"),
    "day, another run": Case("day=1.50 CNY", run="run-2", over="day"),
    "day, the last second": Case("day=1.50 CNY", run="run-2", at=DAY + 86_399.9, over="day"),
    "day, the next": Case("day=1.50 CNY", run="run-2", at=DAY + 86_400),
    "day, the one before: the clock was set back": Case("day=1.50 CNY", run="run-2", at=DAY - 1, over="day"),
    "day, another far side": Case("day=1.50 CNY", run="run-2", realm="runninghub"),
    "project, next year": Case("project=1.50 CNY", run="run-2", at=DAY + 4e7, over="project"),
    "project, another far side": Case("project=1.50 CNY", run="run-2", realm="127.0.0.1:80"),
    "the lowest of several": Case("run=9 CNY, day=9 CNY, project=1.99 CNY", run="run-2", over="project"),
    "another currency": Case("9 USD", over="run"),
}


@pytest.mark.parametrize("name", CASES)
def test_an_intention_is_written_only_within_its_caps(opens: Opens, name: str) -> None:
    case = CASES[name]
    journal = opens()
    tell(journal, intended("1"), task="a", at=DAY + 5)
    task = case.task if case.task != "a" else "a2"
    within = allowance(
        case.caps, run=case.run, tasks=(*case.tasks, "a2"), realm=case.realm, provider=case.realm
    )
    intention = intended("2", realm=case.realm, provider=case.realm)
    if case.over is None:
        journal.append(case.run, task, 0, intention, case.at, within)
        return
    with pytest.raises(OverCap) as told:
        journal.append(case.run, task, 0, intention, case.at, within)
    assert told.value.kind == case.over
    assert ("a later date than today's" in str(told.value)) == name.endswith("the clock was set back")
    assert journal.events(case.run, task) == []
    assert [entry.attempt for entry in journal.ledger()] == ["1"]


def test_a_purchase_of_an_older_version_counts_by_its_provider(opens: Opens) -> None:
    journal = opens()
    tell(journal, intended("1", realm=""))
    with pytest.raises(OverCap):
        journal.append("run-2", "a", 0, intended("2"), DAY, allowance("day=1.50 CNY", run="run-2"))
    other = allowance("day=1.50 CNY", run="run-2", provider="runninghub", realm="runninghub")
    journal.append("run-2", "a", 0, intended("2", provider="runninghub", realm="runninghub"), DAY, other)


def test_many_at_once_never_pass_a_cap(tmp_path: Path) -> None:
    """Ten threads, each a process to the journal, want forty purchases of 0.30 out of 3.10 a day."""
    home, taken, left = tmp_path / ".rhflow", [], []
    start = threading.Barrier(10)

    def buy(worker: int) -> None:
        journal = QuickJournal(home, f"owner-{worker}")
        within = allowance("day=3.10 CNY", run=f"run-{worker}")
        start.wait()
        for number in range(4):
            attempt = f"{worker}-{number}"
            try:
                journal.append(f"run-{worker}", f"t{number}", 0, intended(attempt, "0.30"), DAY, within)
            except OverCap:
                left.append(attempt)
            else:
                taken.append(attempt)
        journal.close()

    QuickJournal(home, "first").close()
    threads = [threading.Thread(target=buy, args=(worker,)) for worker in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), len(left)) == (10, 30)
    journal = Journal(home, "looks", read_only=True)
    assert committed(journal, "day") == "3.00"
    journal.close()


# -- any order of buying and settling ----------------------------------------------------------------

PROCESSES, RUNS, STEPS = range(3), ("run-1", "run-2"), ("a", "b")
FAR_SIDES = ("simulator", "runninghub")


@dataclass
class Bought:
    """What the model of the machine knows of a purchase."""

    run: str
    step: str
    task: str
    realm: str
    at: float
    counts: Decimal
    is_open: bool = True


class Ledger(RuleBasedStateMachine):
    """Several processes buy and settle in one home; the sums are always those of a simple model."""

    @initialize(caps=st.fixed_dictionaries({kind: st.none() | st.integers(1, 900) for kind in CAP_KINDS}))
    def open(self, caps: dict[str, int | None]) -> None:
        self.folder = TemporaryDirectory()
        home = Path(self.folder.name) / ".rhflow"
        self.journals = [QuickJournal(home, f"owner-{number}") for number in PROCESSES]
        set_ = {kind: Money(Decimal(cap) / 100) for kind, cap in caps.items() if cap is not None}
        self.caps = Caps(**set_)
        self.bought: dict[str, Bought] = {}
        self.ids = itertools.count(1)
        self.now = DAY

    def teardown(self) -> None:
        for journal in getattr(self, "journals", []):
            journal.close()
        if hasattr(self, "folder"):
            self.folder.cleanup()

    @rule(seconds=st.sampled_from((0.5, 40_000.0)))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(
        who=st.sampled_from(PROCESSES),
        run=st.sampled_from(RUNS),
        step=st.sampled_from(STEPS),
        realm=st.sampled_from(FAR_SIDES),
        cents=st.integers(0, 400),
    )
    def buy(self, who: int, run: str, step: str, realm: str, cents: int) -> None:
        attempt, price = str(next(self.ids)), Decimal(cents) / 100
        task, run = f"{step}[{attempt}]", f"{run} of {realm}"
        tasks = (*(item.task for item in self.bought.values() if item.step == step), task)
        within = Allowance(caps=self.caps, run=run, tasks=tasks, provider=realm, realm=realm)
        over = any(
            price and self.counted(kind, run, step, realm) + price > cap.amount for kind, cap in self.caps
        )
        intention = intended(attempt, str(price), provider=realm, realm=realm)
        try:
            self.journals[who].append(run, task, 0, intention, self.now, within)
        except OverCap:
            assert over, "there was room"
        else:
            assert not over, "there was no room"
            self.bought[attempt] = Bought(run, step, task, realm, self.now, price)

    def counted(self, kind: CapKind, run: str, step: str, realm: str) -> Decimal:
        """What counts against a cap, by the model."""
        since, until = day_of(self.now)
        counted = Decimal(0)
        for item in self.bought.values():
            is_in = {
                "run": item.run == run,
                "step": (item.run, item.step) == (run, step),
                "day": item.realm == realm and since <= item.at < until,
                "project": item.realm == realm,
            }[kind]
            counted += item.counts if is_in else 0
        return counted

    @precondition(lambda self: any(item.is_open for item in self.bought.values()))
    @rule(data=st.data(), who=st.sampled_from(PROCESSES), cents=st.integers(0, 500))
    def end(self, data: st.DataObject, who: int, cents: int) -> None:
        attempt = data.draw(st.sampled_from([name for name, item in self.bought.items() if item.is_open]))
        item = self.bought[attempt]
        charge = Decimal(cents) / 100
        ends: dict[str, tuple[tuple[Event, ...], Decimal]] = {
            "collected": (paid(attempt, money=str(charge)), charge),
            "not told": (paid(attempt), item.counts),
            "refused": ((events.Refused(attempt, FREE),), Decimal(0)),
            "repeated": (
                (events.Lost(attempt, BROKE), events.Absent(attempt, by="on_doubt: repeat")),
                item.counts,
            ),
            "failed": ((events.Accepted(attempt, "j"), events.JobFailed(attempt, BROKE)), item.counts),
        }
        story, item.counts = ends[data.draw(st.sampled_from(sorted(ends)))]
        tell(self.journals[who], *story, run=item.run, task=item.task, at=self.now)
        item.is_open = False

    @invariant()
    def every_process_sees_the_same_exact_sums(self) -> None:
        if not hasattr(self, "journals"):
            return
        for realm, run, step in itertools.product(FAR_SIDES, RUNS, STEPS):
            name = f"{run} of {realm}"
            tasks = tuple(item.task for item in self.bought.values() if item.step == step)
            within = Allowance(caps=self.caps, run=name, tasks=tasks, provider=realm, realm=realm)
            for kind in CAP_KINDS:
                wanted = self.counted(kind, name, step, realm)
                assert self.journals[len(self.bought) % 3].committed(kind, within, "CNY", self.now) == wanted


TestLedger = Ledger.TestCase
TestLedger.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
