"""`rhflow check` for other programs."""

from __future__ import annotations

import json

import pytest

from rhflow.ground.diagnostics import Diagnostic
from rhflow.ground.marks import Mark
from rhflow.view.annotations import annotation
from tests.cli.front import STILL, Front

BROKEN = STILL.replace("prompt:", "promt:").replace("a heron in the reeds", "ein Häher")


@pytest.fixture
def broken(front: Front) -> Front:
    front.write("broken.rhflow.yaml", BROKEN)
    front.write("still.rhflow.yaml", STILL)
    return front


def test_sarif(broken: Front) -> None:
    said = broken.call("check", "broken.rhflow.yaml", "still.rhflow.yaml", "--format", "sarif")
    assert said.code == 2
    document = json.loads(said.out)
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    plain = broken.json("check", "check", "broken.rhflow.yaml", code=2)["problems"]
    assert len(run["results"]) == len(plain) > 0
    for result, problem in zip(run["results"], plain, strict=True):
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "broken.rhflow.yaml"
        assert place["region"]["startLine"] == problem["line"]
        assert place["region"]["startColumn"] == problem["column"]
        assert result["level"] == problem["severity"]
        assert problem["message"] in result["message"]["text"]
    known = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} == known


def test_sarif_of_a_fine_text_has_no_results(broken: Front) -> None:
    document = json.loads(broken.ok("check", "still.rhflow.yaml", "--format", "sarif").out)
    assert document["runs"][0]["results"] == []


def test_github(broken: Front) -> None:
    said = broken.call("check", "broken.rhflow.yaml", "--format", "github")
    assert said.code == 2
    lines = said.out.splitlines()
    plain = broken.json("check", "check", "broken.rhflow.yaml", code=2)["problems"]
    assert len(lines) == len(plain)
    first = plain[0]
    assert lines[0].startswith(f"::error file=broken.rhflow.yaml,line={first['line']},col={first['column']},")


def test_github_takes_its_own_signs_for_text() -> None:
    item = Diagnostic(Mark("a,b:c.yaml", 1, 2), "50 % of\nit", "half", hint="more::error", severity="note")
    line = annotation(item)
    assert line.startswith("::notice file=a%2Cb%3Ac.yaml,line=1,col=2,")
    assert line.endswith("::50 %25 of%0Ait%0Ahelp: more::error")


def test_json_by_either_name(broken: Front) -> None:
    by_form = broken.call("check", "broken.rhflow.yaml", "--format", "json")
    assert by_form == broken.call("check", "broken.rhflow.yaml", "--json")
    assert json.loads(broken.call("check", "nowhere.yaml", "--format", "json").out)["valid"] is False
