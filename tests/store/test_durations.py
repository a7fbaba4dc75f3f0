"""What the journal knows of how long jobs take, and words left for other processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rhflow.lifecycle import events
from rhflow.lifecycle.rhythm import MOST_REMEMBERED
from rhflow.store.journal import Journal
from rhflow.store.queries import QUERIES


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / ".rhflow", "me")
    yield made
    made.close()


def bought(
    journal: Journal,
    number: int,
    took: float | None,
    *,
    endpoint: str = "m",
    provider: str = "p",
    ends: bool = True,
) -> None:
    """One purchase that went well; `ends` where it was collected, too."""
    name, attempt = f"t{number}", f"attempt-{number}"
    at = 1000.0 + number
    story: list[events.Event] = [
        events.Keyed(f"k{number}", endpoint, {}),
        events.SubmitIntended(f"k{number}", attempt, endpoint, provider),
        events.Accepted(attempt, f"job-{number}"),
        events.JobSucceeded(attempt, [], {}, took),
    ]
    if ends:
        story.append(events.Collected(attempt, f"k{number}", endpoint, []))
    for seq, event in enumerate(story):
        journal.append("run", name, seq, event, at)


def test_durations_are_those_of_the_model_and_the_provider_oldest_first(journal: Journal) -> None:
    for number, took in enumerate((10.0, 20.0, 30.0)):
        bought(journal, number, took)
    bought(journal, 3, 99.0, endpoint="other")
    bought(journal, 4, 99.0, provider="other")
    bought(journal, 5, None)
    bought(journal, 6, 99.0, ends=False)
    assert journal.durations("m", "p") == [10.0, 20.0, 30.0]
    assert journal.durations("m", "nobody") == []


def test_only_the_newest_are_remembered(journal: Journal) -> None:
    for number in range(MOST_REMEMBERED + 5):
        bought(journal, number, float(number))
    assert journal.durations("m", "p") == [float(number) for number in range(5, MOST_REMEMBERED + 5)]


def test_a_job_whose_links_were_named_again_counts_once(journal: Journal) -> None:
    bought(journal, 0, 10.0, ends=False)
    for seq, event in enumerate(
        (events.JobSucceeded("attempt-0", [], {}), events.Collected("attempt-0", "k0", "m", [])), 4
    ):
        journal.append("run", "t0", seq, event, 2000.0)
    assert journal.durations("m", "p") == [10.0]


def test_no_purchase_of_another_model_is_read_for_it(journal: Journal) -> None:
    """The question is asked while a thousand jobs wait, of a journal that may know of millions."""
    asked = "explain query plan " + QUERIES["durations"]
    steps = journal._notes.execute(asked, {"endpoint": "m", "provider": "p", "most": 9}).fetchall()
    assert [str(told).partition(" USING")[0] for *_, told in steps] == ["SEARCH attempts", "SEARCH events"]


def test_a_word_is_left_for_another_process(journal: Journal, tmp_path: Path) -> None:
    assert journal.word_left("cancel run-1") is None
    other = Journal(tmp_path / ".rhflow", "other")
    other.leave_word("cancel run-1", 12.5)
    other.close()
    assert journal.word_left("cancel run-1") == 12.5
    assert journal.word_left("cancel run-2") is None


def test_what_an_earlier_rhflow_learnt_from_a_clock_that_went_back_is_passed_over(journal: Journal) -> None:
    for number, took in enumerate((10.0, -21600.0, 0.0, 20.0)):
        bought(journal, number, took)
    assert journal.durations("m", "p") == [10.0, 20.0]
