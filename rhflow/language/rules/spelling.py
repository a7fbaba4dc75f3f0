"""Parameters the vendor spells in two ways: a note, because the other spelling looks right."""

from __future__ import annotations

from collections.abc import Iterable

from rhflow.ground.diagnostics import Diagnostic
from rhflow.language.survey import Survey

TWO_WAYS = {"customHight": "customHeight", "negative_prompt": "negativePrompt"}
"""As some models want it -> as the others do. RunningHub API, "model parameters"."""


def two_spellings(seen: Survey) -> Iterable[Diagnostic]:
    """Say that the odd one is right here."""
    for _, call, path in seen.calls():
        for name in call.arguments.items:
            if name in TWO_WAYS and call.model.param(name) is not None:
                message = f"{call.uses} spells it {name}; other models spell it {TWO_WAYS[name]}"
                mark = seen.marks.of_key((*path, "with", name))
                yield Diagnostic(mark, message, "two-spellings", severity="note")
