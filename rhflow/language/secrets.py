"""Keys do not belong into a text: finds what looks like one, and never shows it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from rhflow.ground.diagnostics import Diagnostic
from rhflow.ground.values import Path, walk
from rhflow.language.document import Document

_KEY_LIKE = re.compile(r"(api[_-]?key|token|secret|password|authorization|(^|[_-])key$)", re.IGNORECASE)
_LOOKS_SECRET = re.compile(r"(Bearer\s+)?[0-9A-Za-z]{32}")
MIN_SECRET = 8
"""Shorter values are no keys; looking for them would hit common words."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What was found, and the text without it (same length, so that columns stay right)."""

    problems: tuple[Diagnostic, ...]
    text: str


def find_secrets(document: Document, known: Collection[str]) -> Secrets:
    """Scalars that as a whole are a key: by their look under a key-like name, or by being a known one."""
    problems: list[Diagnostic] = []
    text = document.text
    for path, value in walk(document.data):
        if not isinstance(value, str) or not _is_secret(path, value, known):
            continue
        problems.append(
            Diagnostic(
                document.marks.of(path),
                "this looks like an API key; a key does not belong into a pipeline",
                "secret",
                "put it into the environment as RUNNINGHUB_API_KEY, or into a key file",
            )
        )
        text = text.replace(value, "*" * len(value))
    return Secrets(tuple(problems), text)


def _is_secret(path: Path, value: str, known: Collection[str]) -> bool:
    if len(value) >= MIN_SECRET and value in known:
        return True
    names = [part for part in path if isinstance(part, str)][-2:]  # `api_key: …` and `api_key: {default: …}`
    return any(map(_KEY_LIKE.search, names)) and _LOOKS_SECRET.fullmatch(value) is not None


def masked(text: str, known: Collection[str]) -> str:
    """The text with every known secret starred out."""
    for secret in known:
        if len(secret) >= MIN_SECRET:
            text = text.replace(secret, "*" * len(secret))
    return text
