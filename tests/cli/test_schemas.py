"""Every `--json` document validates, for good input and for bad, and is alone on standard output."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import jsonschema
import pytest
from jsonschema import Draft7Validator

from rhflow.lifecycle.events import Registry
from rhflow.view.event_view import event_document
from tests.cli.front import SCHEMAS, STILL, STILL_AND_CLIP, FarSide, Front, board, schema

NAMES = ("check", "plan", "run", "runs", "models", "settle", "cost", "audit", "doctor", "events")
CACHE = ("ls", "show", "verify", "prune", "pin", "forget", "export", "import")
NAMES += tuple(f"cache_{word}" for word in CACHE)
BROKEN = "rhflow: 1\nname: broken\nsteps:\n  a:\n    uses: no/such-model\n    wiht: {}\n"


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_is_a_schema(name: str) -> None:
    text = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft7Validator.check_schema(text)
    assert text["title"]
    assert text["description"]


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_refuses_what_is_not_its_own(name: str) -> None:
    assert list(schema(name).iter_errors({}))
    assert list(schema(name).iter_errors({"problems": [], "strange": 1}))


def _words(front: Front) -> dict[str, str]:
    front.write("still.rhflow.yaml", STILL)
    front.write("broken.rhflow.yaml", BROKEN)
    front.write("no.rhflow.yaml", "a: [")
    front.write("other.rhflow.yaml", STILL.replace("name: still", "name: other"))
    return {}


GOOD = [
    ("check", "check still.rhflow.yaml", 0),
    ("check", "check still.rhflow.yaml other.rhflow.yaml", 0),
    ("plan", "plan still.rhflow.yaml", 0),
    ("run", "run still.rhflow.yaml --provider simulator --quick", 0),
    ("runs", "runs", 0),
    ("cost", "cost", 0),
    ("cost", "cost --by run --since 7d", 0),
    ("audit", "audit", 0),
    ("models", "models", 0),
    ("models", "models show hailuo-2.3-fast/image-to-video", 0),
    ("models", "models show 可灵图生视频3.0-pro", 0),
]
BAD = [
    ("check", "check broken.rhflow.yaml", 2),
    ("check", "check no.rhflow.yaml still.rhflow.yaml", 2),
    ("check", "check nowhere.yaml", 2),
    ("check", "check", 2),
    ("check", "check still.rhflow.yaml --strange", 2),
    ("check", "check still.rhflow.yaml --format prose", 2),
    ("plan", "plan broken.rhflow.yaml", 2),
    ("plan", "plan nowhere.yaml", 2),
    ("plan", "plan still.rhflow.yaml -i style", 2),
    ("plan", "plan still.rhflow.yaml -i style=ink", 2),
    ("plan", "plan still.rhflow.yaml --provider nobody", 2),
    ("plan", "plan", 2),
    ("run", "run broken.rhflow.yaml", 2),
    ("run", "run nowhere.yaml", 2),
    ("run", "run", 2),
    ("run", "run still.rhflow.yaml --strange", 2),
    ("run", "run still.rhflow.yaml --max-cost much", 2),
    ("run", "run still.rhflow.yaml --concurrency 0", 2),
    ("run", "run still.rhflow.yaml --concurrency many", 2),
    ("run", "run still.rhflow.yaml --events -", 2),
    ("run", "run still.rhflow.yaml --provider runninghub --yes", 4),
    ("run", "run still.rhflow.yaml --provider runninghub --quick", 2),
    ("run", "run still.rhflow.yaml --provider simulator --max-cost 0.01", 7),
    ("run", "resume", 2),
    ("run", "resume 20200101", 2),
    ("run", "show", 2),
    ("run", "show 20200101", 2),
    ("runs", "runs --strange", 2),
    ("cost", "cost --by colour", 2),
    ("cost", "cost --since yesterday", 2),
    ("cost", "cost --strange", 2),
    ("audit", "audit --strange", 2),
    ("doctor", "doctor --strange", 2),
    ("models", "models show no/such-model", 2),
    ("models", "models --strange", 2),
    ("settle", "settle", 2),
    ("settle", "settle 20200101 still", 2),
    ("settle", "settle 20200101 still --repeat", 2),
]


@pytest.mark.parametrize(("name", "line", "code"), GOOD, ids=[row[1] for row in GOOD])
def test_good_input(front: Front, name: str, line: str, code: int) -> None:
    _words(front)
    document = front.json(name, *line.split(), code=code)
    assert document["problems"] == []


@pytest.mark.parametrize(("name", "line", "code"), BAD, ids=[row[1] for row in BAD])
def test_bad_input(front: Front, name: str, line: str, code: int) -> None:
    _words(front)
    document = front.json(name, *line.split(), code=code)
    assert document["problems"], "what is wrong has to be in the document"
    assert any(item["severity"] == "error" for item in document["problems"])


def test_every_model_of_the_catalogue_validates(front: Front) -> None:
    models = front.json("models", "models")["models"]
    assert len(models) > 300
    assert any(item["params"] for item in models)


def test_a_run_and_everything_that_tells_of_it(front: Front, far: FarSide) -> None:
    front.write("board.rhflow.yaml", STILL_AND_CLIP)
    front.write("board.yaml", board(("a heron", "it flies up"), ("an otter", "it dives")))
    far.faults({"on": "run", "endpoint": "hailuo", "nth": 2, "fail": {"code": 1501, "message": "no otters"}})
    words = ("run", "board.rhflow.yaml", "--provider", "runninghub", "--yes", "--events", "events.jsonl")
    made = front.json("run", *words, code=1)
    assert made["status"] == "failed"
    assert made["counts"]["run"] == 3
    failed = [name for name, task in made["tasks"].items() if task["state"] == "failed"]
    assert len(failed) == 2, failed
    assert {made["tasks"][name]["failure"]["kind"] for name in failed} == {"refused_content", "upstream"}

    shown = front.json("run", "show", made["run"])
    assert shown["tasks"] == made["tasks"]
    assert shown["counts"] == made["counts"]
    assert shown["status"] == "failed"
    assert [row["run"] for row in front.json("runs", "runs")["runs"]] == [made["run"]]
    plan = front.json("plan", "plan", "board.rhflow.yaml", "-o", "frozen.json")
    assert plan["counts"] == {"cached": 3, "run": 2}
    frozen = json.loads((front.folder / "frozen.json").read_text(encoding="utf-8"))
    schema("plan").validate(frozen)
    assert frozen["requests"]["pipeline"] == "board"

    lines = (front.folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    for event in events:
        schema("events").validate(event)
    assert {event["run"] for event in events} == {made["run"]}
    names = {event["event"] for event in events if event["task"] == "shots[0].still"}
    assert {"Keyed", "SubmitIntended", "Accepted", "JobSucceeded", "Collected"} <= names
    resumed = front.json("run", "resume", code=1)
    assert resumed["run"] == made["run"]


def test_what_an_edit_costs(front: Front) -> None:
    front.write("old.rhflow.yaml", STILL)
    front.write("new.rhflow.yaml", STILL.replace("a heron", "two herons"))
    diff = front.json("plan", "plan", "--diff", "old.rhflow.yaml", "new.rhflow.yaml")["diff"]
    assert [(change["id"], change["what"]) for change in diff["changes"]] == [("still", "changed")]
    assert diff["cost"]["high"] == "0.14"
    same = front.json("plan", "plan", "--diff", "old.rhflow.yaml", "old.rhflow.yaml")["diff"]
    assert (same["changes"], same["kept"]) == ([], 1)
    assert front.json("plan", "plan", "--diff", "old.rhflow.yaml", "no.rhflow.yaml", code=2)["problems"]


def test_events_on_standard_output_are_alone_there(front: Front, far: FarSide) -> None:
    front.write("still.rhflow.yaml", STILL)
    said = front.ok("run", "still.rhflow.yaml", "--yes", "--events", "-")
    events = [json.loads(line) for line in said.out.splitlines()]
    assert events[-1]["event"] == "Collected"
    said = front.ok("run", "still.rhflow.yaml", "--yes", "--events", "-")
    (hit,) = [json.loads(line) for line in said.out.splitlines()]
    schema("events").validate(hit)
    assert hit["event"] == "CacheHit"
    assert hit["run"] != hit["from_run"] == events[0]["run"]
    assert hit["task"] == hit["from_task"] == "still"


def test_the_schema_of_events_knows_every_event() -> None:
    text = json.loads((SCHEMAS / "events.schema.json").read_text(encoding="utf-8"))
    said = {item["$ref"].rpartition("/")[2] for item in text["oneOf"]}
    assert said == {*Registry.classes, "Notice"}
    renamed = {"CacheHit": {"run", "task"}, "Adopted": {"run", "task"}}
    for name, cls in Registry.classes.items():
        own = {
            f"from_{item.name}" if item.name in renamed.get(name, ()) else item.name for item in fields(cls)
        }
        assert set(text["definitions"][name]["required"]) == {"event", "run", "task", "at"} | own, name


def test_an_event_never_hides_whose_it_is() -> None:
    hit = Registry.classes["CacheHit"](key="0" * 64, model="m", artifacts=[], run="old", task="then")  # type: ignore[call-arg]
    told: dict[str, Any] = event_document("new", "now", hit, "2026-01-01T00:00:00.000Z")
    assert (told["run"], told["task"], told["from_run"], told["from_task"]) == ("new", "now", "old", "then")
    schema("events").validate(told)
    with pytest.raises(jsonschema.ValidationError):
        schema("events").validate({**told, "event": "Collected"})
