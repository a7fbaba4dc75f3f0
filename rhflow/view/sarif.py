"""Problems as SARIF 2.1.0, the form in which code hosts and editors take findings of analysers.

Columns of a Diagnostic count characters from 1; SARIF would read them as UTF-16 units, so `columnKind`
says what they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath, PureWindowsPath
from urllib.parse import quote

from rhflow.ground.diagnostics import Diagnostic
from rhflow.ground.values import Json, JsonObject
from rhflow.view.rule_help import RULE_HELP, UNNAMED

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def sarif_document(problems: Sequence[Diagnostic], version: str) -> JsonObject:
    """One run of `rhflow check` of this version, with every problem as a result."""
    names = sorted({item.name for item in problems})
    rules: list[Json] = [_rule(name) for name in names]
    results: list[Json] = [_result(item, names.index(item.name)) for item in problems]
    driver: JsonObject = {"name": "rhflow", "version": version, "semanticVersion": version, "rules": rules}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }


def _rule(name: str) -> JsonObject:
    text = RULE_HELP.get(name, UNNAMED)
    return {"id": name, "shortDescription": {"text": text}, "help": {"text": text}}


def _result(item: Diagnostic, rule: int) -> JsonObject:
    mark = item.mark
    region: JsonObject = {
        "startLine": mark.line,
        "startColumn": mark.column,
        "endLine": mark.line,
        "endColumn": mark.column + max(mark.length, 1),
    }
    place: JsonObject = {"artifactLocation": {"uri": file_uri(mark.file)}, "region": region}
    return {
        "ruleId": item.name,
        "ruleIndex": rule,
        "level": item.severity,
        "message": {"text": f"{item.message}\nhelp: {item.hint}" if item.hint else item.message},
        "locations": [{"physicalLocation": place}],
    }


def file_uri(path: str) -> str:
    """A path as a URI reference: relative ones stay relative, and slashes lean forward."""
    if _DRIVE.match(path) or path.startswith("\\\\"):
        return PureWindowsPath(path).as_uri()
    if path.startswith("/"):
        return PurePosixPath(path).as_uri()
    forward = path.replace("\\", "/")
    return quote(re.sub(r"^(\./)+", "", forward), safe="/!$&'()*+,;=@~")
