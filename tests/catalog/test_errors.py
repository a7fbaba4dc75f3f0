"""The table of error codes."""

from __future__ import annotations

import json

import pytest

from rhflow.catalog.errors import read_errors
from rhflow.catalog_files import load_errors

ERRORS = load_errors()
ONE = {
    "code": "1",
    "identifier": None,
    "label": None,
    "verdict": "ok",
    "surface": "v2",
    "on_submit": "unclear",
    "meaning": "Fine.",
}


def test_every_code_has_a_meaning_of_its_own_words() -> None:
    assert len(ERRORS) == 64
    for fact in ERRORS:
        assert fact.meaning.endswith("."), fact
        assert 10 < len(fact.meaning) < 120, fact


@pytest.mark.parametrize(
    ("code", "verdict", "on_submit", "title"),
    [
        ("421", "retry later with back-off", "not-accepted", "TASK_QUEUE_MAXED"),
        ("812", "fix account", "not-accepted", "CORPAPIKEY_INSUFFICIENT_FUNDS"),
        ("1000", "retry later with back-off", "unclear", "unknown"),
        ("1501", "fix input", "not-accepted", "content_violation"),
        ("804", "keep polling", "accepted", "APIKEY_TASK_IS_RUNNING"),
        ("1502", "give up", "unclear", "1502"),
        ("http-5xx", "retry later with back-off", "unclear", "http-5xx"),
    ],
)
def test_facts(code: str, verdict: str, on_submit: str, title: str) -> None:
    fact = next(fact for fact in ERRORS if fact.code == code)
    assert (fact.verdict, fact.on_submit, fact.title) == (verdict, on_submit, title)


def test_what_may_have_been_bought_is_never_called_refused() -> None:
    unclear = {fact.code for fact in ERRORS if fact.on_submit == "unclear"}
    assert {"500", "1000", "1005", "1010", "1011", "1012", "1013", "1015", "http-408", "http-5xx"} <= unclear


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ("{", "damaged"),
        ([{"code": "1"}], "damaged"),
        ([{**ONE, "verdict": "shrug"}], "verdict 'shrug' for code 1"),
        ([{**ONE, "on_submit": "maybe"}], "on_submit 'maybe'"),
        ([ONE, ONE], "code 1 twice"),
    ],
)
def test_damage_is_told_in_a_sentence(items: object, said: str) -> None:
    text = items if isinstance(items, str) else json.dumps(items)
    with pytest.raises(ValueError, match=said):
        read_errors(text)
