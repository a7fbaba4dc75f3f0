"""What a check says: one thing wrong with the arguments of a request."""

from __future__ import annotations

from dataclasses import dataclass

from rhflow.ground.diagnostics import Severity
from rhflow.ground.values import Path


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing wrong; `path` begins at the parameter's name and is empty for the request as a whole."""

    path: Path
    message: str
    name: str
    hint: str | None = None
    severity: Severity = "error"
