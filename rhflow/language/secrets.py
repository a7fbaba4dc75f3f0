"""Keys do not belong into a text: finds what looks like one, and never shows it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from rhflow.ground.diagnostics import Diagnostic
from rhflow.ground.marks import Mark
from rhflow.ground.values import Path, walk
from rhflow.language.document import Document

_KEY_LIKE = re.compile(r"(api[_-]?key|token|secret|password|authorization|(^|[_-])key$)", re.IGNORECASE)
_LOOKS_SECRET = re.compile(r"(Bearer\s+)?[0-9A-Za-z]{32}")
PASSWORD = "access_password"  # noqa: S105  # the name of an argument
MIN_SECRET = 8
"""Shorter values are no keys; looking for them would hit common words."""


def find_secrets(document: Document, known: Collection[str]) -> tuple[Diagnostic, ...]:
    """Scalars that as a whole are a key: by their look under a key-like name, or by being a known one."""
    problems: dict[Path, Diagnostic] = {}
    for path, value in walk(document.data):
        for part in path:
            if part in known and len(str(part)) >= MIN_SECRET:
                problems[path] = _problem(document.marks.of_key(path))
        if is_password(path, value):
            problems[path] = _password(document.marks.of(path))
        elif isinstance(value, str) and _is_secret(path, value, known):
            problems[path] = _problem(document.marks.of(path))
    return tuple(problems.values())


def secrets_in(document: Document, known: Collection[str]) -> set[str]:
    """The values themselves, for `hide`: those found and those known."""
    found = {
        value
        for path, value in walk(document.data)
        if isinstance(value, str) and (is_password(path, value) or _is_secret(path, value, known))
    }
    return found | {secret for secret in known if len(secret) >= MIN_SECRET}


def hide(text: str, secrets: Collection[str]) -> str:
    """The text with every secret starred out; its length stays, so that columns stay right."""
    for secret in secrets:
        if len(secret) >= MIN_SECRET:
            text = text.replace(secret, "*" * len(secret))
    return text


def hidden(problem: Diagnostic, secrets: Collection[str]) -> Diagnostic:
    """The problem with every secret starred out of what it says."""
    hint = None if problem.hint is None else hide(problem.hint, secrets)
    return replace(problem, message=hide(problem.message, secrets), hint=hint)


def is_password(path: Path, value: object) -> bool:
    """Whether it is the password of a workflow or an app, written out."""
    is_expression = isinstance(value, str) and "${{" in value
    return path[-2:] == ("with", PASSWORD) and value is not None and not is_expression


def without_passwords(document: Document) -> str:
    """The text of a document with passwords starred out where they stand, however short they are."""
    lines = document.text.split("\n")
    for path, value in walk(document.data):
        if is_password(path, value):
            mark = document.marks.of(path)
            line, start = lines[mark.line - 1], mark.column - 1
            end = start + mark.length
            lines[mark.line - 1] = line[:start] + "*" * (min(end, len(line)) - start) + line[end:]
    return "\n".join(lines)


def _password(mark: Mark) -> Diagnostic:
    message = "a password does not belong into a pipeline"
    hint = "write access_password: {env: NAME}, and put it into the environment under that name"
    return Diagnostic(mark, message, "secret", hint)


def _problem(mark: Mark) -> Diagnostic:
    message = "this looks like an API key; a key does not belong into a pipeline"
    hint = "put it into the environment as RUNNINGHUB_API_KEY, or into a key file"
    return Diagnostic(mark, message, "secret", hint)


def _is_secret(path: Path, value: str, known: Collection[str]) -> bool:
    if len(value) >= MIN_SECRET and value in known:
        return True
    names = [part for part in path if isinstance(part, str)][-2:]  # `api_key: …` and `api_key: {default: …}`
    return any(map(_KEY_LIKE.search, names)) and _LOOKS_SECRET.fullmatch(value) is not None
