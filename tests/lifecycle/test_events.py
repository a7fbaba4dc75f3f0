"""Events as the journal keeps them."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest

from rhflow.ground.errors import JournalDamaged
from rhflow.lifecycle.events import Registry, SubmitIntended, body_of, name_of, read_event
from rhflow.lifecycle.failure import Failure, FailureKind
from tests.lifecycle.examples import EVENTS, NO


def test_every_class_has_an_example() -> None:
    assert set(EVENTS) == set(Registry.classes)


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_survives_the_journal(name: str) -> None:
    event = EVENTS[name]
    body = json.loads(json.dumps(body_of(event)))
    assert read_event(name_of(event), body) == event


@pytest.mark.parametrize("name", EVENTS)
def test_fields_of_a_newer_version_are_left_out(name: str) -> None:
    assert read_event(name, {**body_of(EVENTS[name]), "mood": "sunny"}) == EVENTS[name]


@pytest.mark.parametrize("name", EVENTS)
def test_a_missing_field_blocks(name: str) -> None:
    needed = fields(EVENTS[name])[0].name
    body = {key: value for key, value in body_of(EVENTS[name]).items() if key != needed}
    with pytest.raises(JournalDamaged, match=f"damaged {name} event"):
        read_event(name, body)


@pytest.mark.parametrize(
    "body", [None, [], "x", 3, {"attempt": "1", "failure": 3}, {"attempt": "1", "failure": {}}]
)
def test_a_body_that_is_something_else_blocks(body: object) -> None:
    with pytest.raises(JournalDamaged, match="damaged Refused event"):
        read_event("Refused", body)  # type: ignore[arg-type]


def test_an_unknown_event_blocks_and_says_what_to_do() -> None:
    with pytest.raises(JournalDamaged, match="'Exploded'") as told:
        read_event("Exploded", {})
    assert told.value.hint == "Use the version of rhflow that wrote it, or a newer one."


def test_an_intention_of_an_older_version_is_readable() -> None:
    body = {"key": "k", "attempt": "1", "endpoint": "e", "provider": "p"}
    assert read_event("SubmitIntended", body) == SubmitIntended("k", "1", "e", "p")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", FailureKind)
def test_a_failure_survives(kind: FailureKind) -> None:
    failure = Failure(kind, "no", "7", "hint", "yes", repeatable=True)
    assert Failure.from_json(failure.to_json()) == failure


def test_a_failure_of_a_newer_version_is_read_with_care() -> None:
    read = Failure.from_json({"kind": "eclipse", "message": "dark", "charged": "half", "repeatable": "yes"})
    assert read == Failure(FailureKind.VENDOR_ERROR, "dark", charged="unknown")
    assert NO.to_json()["repeatable"] is True
