"""Problems as GitHub's workflow commands: a line each, which a pull request shows beside the text."""

from __future__ import annotations

from rhflow.ground.diagnostics import Diagnostic

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def annotation(item: Diagnostic) -> str:
    """`::error file=…,line=…,col=…,endColumn=…,title=…::message`."""
    mark = item.mark
    facts = {
        "file": mark.file.replace("\\", "/"),
        "line": str(mark.line),
        "col": str(mark.column),
        "endColumn": str(mark.column + max(mark.length, 1)),
        "title": f"rhflow: {item.name}",
    }
    written = ",".join(f"{name}={_property(value)}" for name, value in facts.items())
    message = f"{item.message}\nhelp: {item.hint}" if item.hint else item.message
    return f"::{_COMMANDS[item.severity]} {written}::{_data(message)}"


def _data(text: str) -> str:
    """The percent sign first, so that what is put in stays as it is."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
