"""From a file and its inputs to a judged plan. Reads only."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rhflow.app.session import Session
from rhflow.ground.diagnostics import Diagnostic, Diagnostics
from rhflow.ground.errors import DocumentError
from rhflow.ground.references import FileMedia, refs_in
from rhflow.ground.values import Json
from rhflow.language.build import Reading, read_pipeline
from rhflow.language.inputs import Given, bind_inputs
from rhflow.language.pipeline import Pipeline
from rhflow.planning.expand import expand
from rhflow.planning.judge import judge
from rhflow.planning.plan import Judgement, Plan
from rhflow.settings import api_key


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with what is said of each task, and the remarks made on the way."""

    plan: Plan
    judgements: Mapping[str, Judgement]
    problems: tuple[Diagnostic, ...]
    sources: Mapping[str, str]


def read_file(file: Path, session_catalog: Session | None = None, *, catalog: object = None) -> Reading:
    """Read and check one pipeline file."""
    raise NotImplementedError


def new_run_id(now: float) -> str:
    """`20261121-021530-a3f2`: sorts by time, and can be told over the phone."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S")
    return f"{stamp}-{secrets.token_hex(2)}"
