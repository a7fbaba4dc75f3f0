"""`check --format sarif|github`: the documents to the byte, and what code hosts demand of them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rhflow
from rhflow.ground.diagnostics import Diagnostic
from rhflow.ground.marks import Mark
from rhflow.view.annotations import annotation
from rhflow.view.rule_help import RULE_HELP
from rhflow.view.sarif import file_uri, sarif_document
from tests.cli.conftest import front
from tests.cli.front import ROOT, Front

__all__ = ["front"]

CASES = Path(__file__).parent / "cases"
SHAPE: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["$schema", "version", "runs"],
    "properties": {
        "$schema": {"format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/run"}},
    },
    "definitions": {
        "text": {
            "type": "object",
            "required": ["text"],
            "additionalProperties": False,
            "properties": {"text": {"type": "string", "minLength": 1}},
        },
        "run": {
            "type": "object",
            "additionalProperties": False,
            "required": ["tool", "columnKind", "results"],
            "properties": {
                "tool": {"properties": {"driver": {"$ref": "#/definitions/driver"}}},
                "columnKind": {"const": "unicodeCodePoints"},
                "results": {"type": "array", "items": {"$ref": "#/definitions/result"}},
            },
        },
        "driver": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name", "rules"],
            "properties": {
                "name": {"const": "rhflow"},
                "version": {"type": "string"},
                "semanticVersion": {"pattern": r"^\d+\.\d+\.\d+"},
                "rules": {
                    "uniqueItems": True,
                    "items": {
                        "additionalProperties": False,
                        "required": ["id", "shortDescription", "help"],
                        "properties": {
                            "id": {"pattern": "^[a-z0-9-]+$"},
                            "shortDescription": {"$ref": "#/definitions/text"},
                            "help": {"$ref": "#/definitions/text"},
                        },
                    },
                },
            },
        },
        "result": {
            "type": "object",
            "additionalProperties": False,
            "required": ["ruleId", "ruleIndex", "level", "message", "locations"],
            "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": 0},
                "level": {"enum": ["error", "warning", "note"]},
                "message": {"$ref": "#/definitions/text"},
                "locations": {"minItems": 1, "items": {"$ref": "#/definitions/location"}},
            },
        },
        "location": {
            "additionalProperties": False,
            "required": ["physicalLocation"],
            "properties": {
                "physicalLocation": {
                    "additionalProperties": False,
                    "required": ["artifactLocation", "region"],
                    "properties": {
                        "artifactLocation": {"properties": {"uri": {"pattern": r"^[^\\ ]+$"}}},
                        "region": {
                            "additionalProperties": False,
                            "required": ["startLine", "startColumn", "endLine", "endColumn"],
                            "properties": {
                                word: {"type": "integer", "minimum": 1}
                                for word in ("startLine", "startColumn", "endLine", "endColumn")
                            },
                        },
                    },
                }
            },
        },
    },
}
"""What of SARIF 2.1.0 we use: its names, what it requires, and nothing else."""


def sarif(text: str) -> Any:
    document = json.loads(text)
    jsonschema.Draft7Validator(SHAPE).validate(document)
    for run in document["runs"]:
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert len(set(rules)) == len(rules)
        for result in run["results"]:
            assert rules[result["ruleIndex"]] == result["ruleId"]
    return document


@pytest.mark.parametrize("form", ["sarif", "github"])
def test_the_document(front: Front, golden: Callable[[Path, str], None], form: str) -> None:
    shutil.copy(CASES / "broken.rhflow.yaml", front.folder)
    said = front.call("check", "broken.rhflow.yaml", "--format", form)
    assert said.code == 2
    if form == "sarif":
        sarif(said.out)
    golden(CASES / f"broken.{form}", said.out.replace(f'"{rhflow.__version__}"', '"VERSION"'))


def test_columns_are_characters(front: Front) -> None:
    """Behind Chinese text, which SARIF would count otherwise if it were not told."""
    text = (CASES / "broken.rhflow.yaml").read_text(encoding="utf-8")
    (front.folder / "兔子 1.rhflow.yaml").write_text(text, encoding="utf-8")
    document = sarif(front.call("check", "兔子 1.rhflow.yaml", "--format", "sarif").out)
    (run,) = document["runs"]
    lines = text.splitlines()
    marked = {}
    for result in run["results"]:
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "%E5%85%94%E5%AD%90%201.rhflow.yaml"
        region = place["region"]
        line = lines[region["startLine"] - 1]
        marked[result["ruleId"]] = line[region["startColumn"] - 1 : region["endColumn"] - 1]
    assert marked["unknown-input"] == "styl"
    assert marked["unknown-key"] == "usess"


def test_every_problem_of_the_cases_has_help() -> None:
    problem = re.compile(r"^\S.*?:\d+:\d+: .*\[([a-z0-9-]+)\]$", re.MULTILINE)
    found: set[str] = set()
    for path in (ROOT / "tests" / "cases").rglob("*.out"):
        found |= set(problem.findall(path.read_text(encoding="utf-8")))
    assert len(found) > 40
    missing = sorted(found - set(RULE_HELP))
    assert not missing, "say in rhflow/view/rule_help.py what these are about"
    assert len(set(RULE_HELP.values())) == len(RULE_HELP)


def test_a_name_without_help_passes() -> None:
    item = Diagnostic(Mark("a.yaml", 3, 4, 5), "odd", "never-heard-of")
    sarif(json.dumps(sarif_document([item, item], "1.2.3")))


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("film.rhflow.yaml", "film.rhflow.yaml"),
        ("./a b/film.yaml", "a%20b/film.yaml"),
        ("..\\parts\\a.yaml", "../parts/a.yaml"),
        ("100%/a#b?.yaml", "100%25/a%23b%3F.yaml"),
        ("/srv/films/a.yaml", "file:///srv/films/a.yaml"),
        ("C:\\films\\a b.yaml", "file:///C:/films/a%20b.yaml"),
        ("\\\\host\\share\\a.yaml", "file://host/share/a.yaml"),
    ],
)
def test_paths_as_uris(path: str, uri: str) -> None:
    assert file_uri(path) == uri


@given(st.text(), st.text(min_size=1), st.text())
def test_an_annotation_is_one_command(file: str, message: str, hint: str) -> None:
    """Whatever stands in it: one line, and read back by GitHub's own rules it says the same."""
    item = Diagnostic(Mark(file, 7, 9, 3), message, "odd-name", hint or None)
    line = annotation(item)
    assert not {"\n", "\r"} & set(line)
    head, _, said = line.removeprefix("::").partition("::")
    word, _, properties = head.partition(" ")
    assert word == "error"
    facts = dict(part.split("=", 1) for part in properties.split(","))
    assert _read(facts["file"]) == file.replace("\\", "/")
    assert (facts["line"], facts["col"], facts["endColumn"]) == ("7", "9", "12")
    assert _read(facts["title"]) == "rhflow: odd-name"
    assert _read(said) == message + (f"\nhelp: {hint}" if hint else "")


def _read(text: str) -> str:
    for sign, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(sign, char)
    return text


def test_the_three_severities() -> None:
    words = {"error": "::error ", "warning": "::warning ", "note": "::notice "}
    for severity, start in words.items():
        item = Diagnostic(Mark("a.yaml"), "m", "n", severity=severity)  # type: ignore[arg-type]
        assert annotation(item).startswith(start)
