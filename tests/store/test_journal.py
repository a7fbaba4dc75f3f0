"""The journal's contract: order, one open purchase per key, and indexes that say what the events say."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from rhflow.ground.artifact import Artifact
from rhflow.ground.errors import JournalDamaged, StoreError
from rhflow.ground.media import Kind
from rhflow.lifecycle import events
from rhflow.lifecycle.events import Event
from rhflow.planning.memory import Asked
from rhflow.ports import Conflict, RunRecord
from rhflow.store.journal import VERSION, Journal
from rhflow.store.queries import QUERIES, read_queries
from tests.lifecycle.examples import EVENTS, NO

Opens = Callable[..., Journal]
KEYED = events.Keyed("k", "fake/picture", {"prompt": "a"})
PICTURE = Artifact(Kind.IMAGE, "ab" * 32, 12, "png", width=3, height=3)


def tell(journal: Journal, *story: Event, run: str = "run-1", task: str = "a", at: float = 1.0) -> None:
    """Append these behind what is there."""
    known = len(journal.events(run, task))
    for number, event in enumerate(story):
        journal.append(run, task, known + number, event, at + number)


def intended(attempt: str = "1", key: str = "k", **more: object) -> events.SubmitIntended:
    return events.SubmitIntended(key, attempt, "fake/picture", "simulator", "1.00", **more)  # type: ignore[arg-type]


def collected(attempt: str = "1", key: str = "k") -> events.Collected:
    return events.Collected(attempt, key, "fake/picture", [PICTURE.to_json()], {"money": "0.9"})


# -- order --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_is_kept(opens: Opens, name: str) -> None:
    journal = opens()
    event = EVENTS[name] if name != "SubmitIntended" else intended(owner="me", known=0)
    journal.append("run-1", "a", 0, event, 1.5)
    assert opens("other").events("run-1") == [("a", 1.5, event)]


def test_events_come_in_the_order_of_each_task(opens: Opens) -> None:
    journal = opens()
    tell(journal, EVENTS["Keyed"], task="b")
    tell(journal, EVENTS["Keyed"], EVENTS["Blocked"], task="a")
    tell(journal, EVENTS["Keyed"], run="run-2")
    found = [(task, event) for task, _, event in journal.events("run-1")]
    assert found == [("a", EVENTS["Keyed"]), ("a", EVENTS["Blocked"]), ("b", EVENTS["Keyed"])]
    assert journal.events("run-1", "b") == [("b", 1.0, EVENTS["Keyed"])]
    assert journal.events("nobody") == []


@pytest.mark.parametrize("expected", [0, 2, 7])
def test_only_the_next_number_is_taken(opens: Opens, expected: int) -> None:
    journal, rival = opens("me"), opens("rival")
    journal.append("run-1", "a", 0, EVENTS["Keyed"], 1.0)
    with pytest.raises(Conflict, match="is not the next one"):
        rival.append("run-1", "a", expected, EVENTS["Blocked"], 2.0)
    assert [event for _, _, event in journal.events("run-1")] == [EVENTS["Keyed"]]


def test_a_conflict_leaves_nothing_behind(opens: Opens) -> None:
    journal = opens()
    tell(journal, intended("1"))
    with pytest.raises(Conflict):
        journal.append("run-2", "a", 0, intended("2"), 2.0)
    assert journal.events("run-2") == []
    assert journal.holders("2") == []
    tell(journal, EVENTS["Keyed"], run="run-2")


def test_another_thread_may_append_when_it_is_its_turn(opens: Opens) -> None:
    journal = opens()
    thread = threading.Thread(target=tell, args=(journal, EVENTS["Keyed"]))
    thread.start()
    thread.join()
    tell(journal, EVENTS["Blocked"])
    assert len(journal.events("run-1")) == 2


def test_money_is_written_with_a_full_sync_and_the_rest_without(opens: Opens) -> None:
    journal = opens()
    full, normal = 2, 1
    assert journal._guard.execute("pragma synchronous").fetchone() == (full,)
    assert journal._notes.execute("pragma synchronous").fetchone() == (normal,)
    assert journal._guard.execute("pragma journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("is_first", [True, False])
def test_two_facts_at_once_are_as_durable_as_the_one_of_money(
    opens: Opens, monkeypatch: pytest.MonkeyPatch, is_first: bool
) -> None:
    journal, asked = opens(), list[bool]()
    transaction = Journal.transaction
    tell(journal, EVENTS["Keyed"], intended(), events.Accepted("1", "job"))

    def noted(self: Journal, *, durable: bool) -> contextlib.AbstractContextManager[sqlite3.Cursor]:
        asked.append(durable)
        return transaction(self, durable=durable)

    monkeypatch.setattr(Journal, "transaction", noted)
    pair = [events.JobSucceeded("1", []), events.JobStarted("1")]
    first, then = pair if is_first else reversed(pair)
    journal.append("run-1", "a", 3, first, 4.0, then=then)
    assert asked == [True]
    assert [event for _, _, event in journal.events("run-1", "a")][3:] == [first, then]


# -- one open purchase per key --------------------------------------------------------------------------


def test_a_key_has_one_open_purchase_whoever_asks(opens: Opens) -> None:
    journal, rival = opens("me"), opens("rival")
    tell(journal, intended("1"))
    with pytest.raises(Conflict):
        tell(rival, intended("2"), run="run-2")
    tell(rival, intended("3", "another key"), run="run-2")


CLOSING = {
    "refused": (events.Refused("1", NO),),
    "absent": (events.Lost("1", NO), events.Absent("1", by="settle --repeat")),
    "abandoned": (events.Lost("1", NO), events.Abandoned("1", NO)),
    "failed": (events.Accepted("1", "job-1"), events.JobFailed("1", NO, {"money": "0.3"})),
    "lost": (events.Accepted("1", "job-1"), events.JobSucceeded("1", []), events.ResultLost("1", NO)),
    "collected": (events.Accepted("1", "job-1"), events.JobSucceeded("1", []), collected()),
}


@pytest.mark.parametrize("outcome", CLOSING)
def test_a_purchase_that_has_ended_frees_its_key(opens: Opens, outcome: str) -> None:
    journal = opens()
    tell(journal, intended())
    *before, last = CLOSING[outcome]
    for event in before:
        tell(journal, event)
        assert journal.open_attempt("k") is not None
    tell(journal, last)
    assert journal.open_attempt("k") is None
    assert journal.attempt("1") == ("closed", "job-1" if "job-1" in str(before) else None, outcome)
    tell(journal, intended("2"), task="b")
    assert journal.known_of("k") == (3 if outcome == "collected" else 2), "a result is known, too"


@pytest.mark.parametrize(("known", "passes"), [(0, False), (1, False), (2, True), (3, False), (None, True)])
def test_a_promise_holds_only_while_nobody_else_has_bought_since(
    opens: Opens, known: int | None, passes: bool
) -> None:
    journal = opens()
    tell(journal, intended("1"), *CLOSING["collected"])
    late = intended("2", known=known)
    if passes:
        tell(journal, late, task="b")
    else:
        with pytest.raises(Conflict, match="since its writer looked"):
            tell(journal, late, task="b")
        assert journal.events("run-1", "b") == []


def test_the_states_of_a_purchase(opens: Opens) -> None:
    journal = opens()
    seen = []
    for event in (
        intended(owner="me"),
        events.Lost("1", NO),
        events.Found("1", "job-1"),
        events.JobStarted("1"),
    ):
        tell(journal, event)
        attempt = journal.open_attempt("k")
        assert attempt is not None
        seen.append((attempt.state, attempt.job, attempt.owner, attempt.run, attempt.task, attempt.at))
    assert [item[:2] for item in seen] == [
        ("submitting", None),
        ("doubtful", None),
        ("submitted", "job-1"),
        ("submitted", "job-1"),
    ]
    assert {item[2:] for item in seen} == {("me", "run-1", "a", 1.0)}
    assert [item.attempt for item in journal.open_attempts()] == ["1"]


def test_who_waits_for_a_purchase(opens: Opens) -> None:
    journal = opens()
    tell(journal, intended(), events.Accepted("1", "job-1"))
    tell(journal, events.Adopted("k", "1", "run-1", "a", "job-1"), run="run-2", task="b")
    assert journal.holders("1") == [("run-1", "a"), ("run-2", "b")]
    tell(journal, collected(), run="run-2", task="b")
    tell(journal, collected())
    assert journal.open_attempt("k") is None
    assert journal.known_of("k") == 2, "a purchase and its result"


def test_a_result_bought_elsewhere_is_an_open_purchase_of_its_key(opens: Opens) -> None:
    journal = opens()
    tell(
        journal, events.Keyed("k", "fake/picture", {}), intended("1"), *CLOSING["refused"], events.GaveUp(NO)
    )
    tell(journal, events.Found("brought-1", "job-9", by="settle"))
    attempt = journal.open_attempt("k")
    assert attempt is not None
    assert (attempt.attempt, attempt.job, attempt.state) == ("brought-1", "job-9", "submitted")
    with pytest.raises(Conflict):
        tell(journal, intended("2"), task="b")


def test_what_was_written_off_can_be_found_after_all(opens: Opens) -> None:
    journal = opens()
    tell(journal, KEYED, intended("1"), *CLOSING["abandoned"])
    tell(journal, events.Found("1", "job-1", by="settle"))
    assert journal.attempt("1") == ("submitted", "job-1", None)


def test_a_late_word_does_not_reopen_a_purchase(opens: Opens) -> None:
    journal = opens()
    tell(journal, intended("1"), *CLOSING["collected"])
    tell(journal, events.Lost("1", NO), task="b")
    assert journal.open_attempt("k") is None
    tell(journal, events.Absent("1", by="x"), task="c")
    assert journal.attempt("1") == ("closed", "job-1", "collected")


# -- results and memories -------------------------------------------------------------------------------


def test_a_result_is_recalled_with_its_story(opens: Opens) -> None:
    journal = opens()
    assert journal.recall("k") is None
    tell(journal, intended("1"), *CLOSING["collected"])
    hit = opens("other").recall("k")
    assert hit is not None
    assert (hit.run, hit.task, hit.model, hit.estimated) == ("run-1", "a", "fake/picture", "1.00")
    assert hit.artifacts == (PICTURE,)
    assert hit.usage == {"money": "0.9"}


def test_the_newest_result_counts(opens: Opens) -> None:
    journal = opens()
    tell(journal, intended("1"), *CLOSING["collected"])
    tell(journal, intended("2"), events.Accepted("2", "j"), collected("2"), run="run-2")
    hit = journal.recall("k")
    assert hit is not None
    assert hit.run == "run-2"


def test_the_last_request_of_a_task(opens: Opens) -> None:
    journal = opens()
    for run, at in (("run-1", 1.0), ("run-2", 2.0)):
        journal.begin(RunRecord(run, "film", "film.yaml", "simulator", at, "running", {}))
        tell(journal, events.Keyed("k", "fake/picture", {"prompt": run}), run=run, at=at)
    asked = journal.last_request("film", "a")
    assert asked == Asked("fake/picture", "simulator", {"prompt": "run-2"})
    assert journal.last_request("film", "b") is None
    assert journal.last_request("other film", "a") is None


def test_runs_come_newest_first_and_remember_their_body(opens: Opens) -> None:
    journal = opens()
    for number in range(3):
        journal.begin(
            RunRecord(f"run-{number}", "film", "f", "simulator", float(number), "running", {"a": [number]})
        )
    journal.set_status("run-1", "done")
    journal.set_status("run-0", "failed", {"b": None})
    records = opens("other").runs()
    assert [(item.id, item.status, item.body) for item in records] == [
        ("run-2", "running", {"a": [2]}),
        ("run-1", "done", {"a": [1]}),
        ("run-0", "failed", {"b": None}),
    ]


def test_memories(opens: Opens) -> None:
    journal = opens()
    journal.remember("files", ("/a", 1, 2, "ab", "{}"))
    journal.remember("files", ("/a", 3, 4, "cd", "{}"))
    journal.remember("urls", ("https://a", "ef", 1.0))
    journal.remember("placed", ("/out", "ab", 5, 6))
    journal.remember("uploads", ("simulator", "ab", "https://up", 10.0))
    assert journal.remembered("files", "/a") == ("/a", 3, 4, "cd", "{}")
    assert journal.remembered("urls", "https://a") == ("https://a", "ef", 1.0)
    assert journal.remembered("placed", "/out") == ("/out", "ab", 5, 6)
    assert journal.remembered("placed", "/elsewhere") is None
    assert journal.upload("simulator", "ab", 9.0) == "https://up"
    assert journal.upload("simulator", "ab", 10.0) is None
    assert journal.upload("runninghub", "ab", 9.0) is None


# -- harm -----------------------------------------------------------------------------------------------


def raw(home: Path, *statements: str) -> None:
    with sqlite3.connect(home / "journal.db") as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_a_missing_event_blocks(opens: Opens, home: Path) -> None:
    journal = opens()
    tell(journal, EVENTS["Keyed"], intended(), events.Accepted("1", "j"))
    raw(home, "delete from events where seq = 2")
    with pytest.raises(JournalDamaged, match="lacks event 2 of a in run run-1"):
        journal.events("run-1")
    with pytest.raises(JournalDamaged):
        journal.events("run-1", "a")


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        ("update events set body = '{'", "no readable JSON"),
        ("update events set body = '[]'", "damaged Keyed event"),
        ("update events set name = 'Exploded'", "does not know"),
    ],
)
def test_a_damaged_event_blocks(opens: Opens, home: Path, harm: str, sentence: str) -> None:
    journal = opens()
    tell(journal, EVENTS["Keyed"])
    raw(home, harm)
    with pytest.raises(JournalDamaged, match=sentence):
        journal.events("run-1")


@pytest.mark.parametrize(
    "artifacts", ["{", "{}", "[3]", "[{}]", '[{"kind": "smell"}]', '[{"kind": "image"}]']
)
def test_a_damaged_result_is_neither_a_hit_nor_a_miss(opens: Opens, home: Path, artifacts: str) -> None:
    journal = opens()
    tell(journal, intended("1"), *CLOSING["collected"])
    raw(home, f"update results set artifacts = '{artifacts}'")
    with pytest.raises(JournalDamaged):
        journal.recall("k")


def test_a_damaged_run_is_told(opens: Opens, home: Path) -> None:
    journal = opens()
    journal.begin(RunRecord("run-1", "film", "f", "simulator", 1.0, "running", {}))
    raw(home, "update runs set body = 'x'")
    with pytest.raises(JournalDamaged, match="run run-1"):
        journal.runs()


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("harm", ["noise", "empty header", "cut short"])
def test_a_file_that_is_no_journal_blocks(opens: Opens, home: Path, harm: str, read_only: bool) -> None:
    journal = opens()
    for number in range(200):
        tell(journal, events.Keyed("k" * 500, "e", {}), task=f"t{number}")
    journal.close()
    path = home / "journal.db"
    data = path.read_bytes()
    path.write_bytes(
        {
            "noise": b"not a database at all" * 100,
            "empty header": bytes(100) + data[100:],
            "cut short": data[:9000],
        }[harm]
    )
    with pytest.raises(JournalDamaged, match="is damaged") as told:
        opens("other", read_only=read_only).events("run-1")
    assert "nothing is bought" in (told.value.hint or "")


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_journal_is_refused(opens: Opens, home: Path, read_only: bool) -> None:
    opens().close()
    raw(home, f"pragma user_version = {VERSION + 1}")
    with pytest.raises(StoreError, match="newer version"):
        opens("other", read_only=read_only)
    assert not list((home / "living").glob("other*")), "it leaves no sign of life"


def test_a_full_disk_is_a_sentence_and_the_journal_stays_whole(opens: Opens) -> None:
    journal = opens()
    tell(journal, EVENTS["Keyed"])
    (pages,) = journal._guard.execute("pragma page_count").fetchone()
    journal._guard.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(StoreError, match="disk is full") as told:  # noqa: PT012  # which of them is the disk's
        for number in range(2000):
            tell(journal, intended(str(number), "k" * 4000 + str(number)), task=f"t{number}")
    assert "rhflow resume" in (told.value.hint or "")
    journal._guard.execute("pragma max_page_count = 1000000")
    known = len(journal.events("run-1"))
    tell(journal, intended("after", "k"), task="after")
    assert len(journal.events("run-1")) == known + 1


def test_a_home_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be opened or written"):
        Journal(tmp_path / "file" / ".rhflow", "me")


def test_a_breach_of_the_tables_is_no_conflict(opens: Opens) -> None:
    """A conflict means "look again"; a fault of ours would be looked at for ever."""
    journal = opens()
    with pytest.raises(StoreError, match="NOT NULL"):
        journal.append("run-1", "a", 0, events.SubmitIntended(None, "1", "e", "p"), 1.0)  # type: ignore[arg-type]
    assert journal.events("run-1") == []


# -- only reading ---------------------------------------------------------------------------------------


def test_a_reader_adds_nothing(opens: Opens, home: Path) -> None:
    empty = opens("reader", read_only=True)
    assert empty.runs() == []
    assert empty.recall("k") is None
    assert not home.exists()
    writer = opens("writer")
    tell(writer, intended("1"), *CLOSING["collected"])
    before = {path for path in home.rglob("*") if not path.name.endswith(("-wal", "-shm"))}
    reader = opens("reader", read_only=True)
    assert reader.recall("k") is not None
    assert len(reader.events("run-1")) == 4
    assert not reader.is_leased("run run-1")
    with pytest.raises(StoreError):
        reader.append("run-1", "b", 0, EVENTS["Keyed"], 1.0)
    with pytest.raises(StoreError):
        reader.lease("x", 1.0)
    assert {path for path in home.rglob("*") if not path.name.endswith(("-wal", "-shm"))} == before


# -- the queries ------------------------------------------------------------------------------------------


def test_every_query_can_be_prepared(opens: Opens) -> None:
    journal = opens()
    for name, query in QUERIES.items():
        names = {part.split()[0].strip("(),;") for part in query.split(":")[1:]}
        values = tuple([None] * query.count("?")) if "?" in query else dict.fromkeys(names)
        journal._notes.execute(f"explain {query}", values).fetchall()
        assert "--" not in query, name


def test_queries_are_cut_at_their_names() -> None:
    text = "-- prose;\n\n-- name: one\nselect 1\nfrom a;\n\n-- about two\n-- name: two\nselect 2;\n"
    assert read_queries(text) == {"one": "select 1\nfrom a", "two": "select 2"}
    with pytest.raises(ValueError, match="two queries are called one"):
        read_queries("-- name: one\na;\n-- name: one\nb;\n")
