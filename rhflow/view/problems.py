"""A problem without a place in a text, in the form that every document's `problems` has (contract)."""

from __future__ import annotations

from rhflow.ground.values import JsonObject


def problem_document(name: str, message: str, hint: str | None = None) -> JsonObject:
    """The seven fields of a problem; nothing is said of file, line and column."""
    return {
        "file": None,
        "line": None,
        "column": None,
        "name": name,
        "message": message,
        "hint": hint,
        "severity": "error",
    }
