"""Diagnostics for other programs: SARIF 2.1.0 for editors and scanners, workflow commands for GitHub."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

from rhflow.ground.diagnostics import Diagnostic
from rhflow.ground.values import Json, JsonObject

_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
_GITHUB_WORDS = {"error": "error", "warning": "warning", "note": "notice"}


def sarif_document(problems: Iterable[Diagnostic], version: str) -> JsonObject:
    """One run of one tool; columns count characters."""
    listed = list(problems)
    rules: list[Json] = [{"id": name} for name in sorted({item.name for item in listed})]
    results: list[Json] = [_sarif_result(item) for item in listed]
    driver: JsonObject = {"name": "rhflow", "version": version, "rules": rules}
    run: JsonObject = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SARIF, "version": "2.1.0", "runs": [run]}


def github_lines(problems: Iterable[Diagnostic]) -> list[str]:
    """One workflow command a problem: GitHub shows it beside the line."""
    return [
        f"::{_GITHUB_WORDS[item.severity]} file={_escaped(item.mark.file, ':,')},line={item.mark.line},"
        f"col={item.mark.column},title={_escaped(item.name, ':,')}::{_escaped(_sentence(item))}"
        for item in problems
    ]


def _sarif_result(item: Diagnostic) -> JsonObject:
    region: JsonObject = {"startLine": max(item.mark.line, 1), "startColumn": max(item.mark.column, 1)}
    place: JsonObject = {"artifactLocation": {"uri": PurePath(item.mark.file).as_posix()}, "region": region}
    return {
        "ruleId": item.name,
        "level": item.severity,
        "message": {"text": _sentence(item)},
        "locations": [{"physicalLocation": place}],
    }


def _sentence(item: Diagnostic) -> str:
    return f"{item.message}\n{item.hint}" if item.hint else item.message


def _escaped(text: str, more: str = "") -> str:
    """Percent signs and line ends, and what ends a property, as GitHub wants them."""
    for char in "%\r\n" + more:
        text = text.replace(char, f"%{ord(char):02X}")
    return text
