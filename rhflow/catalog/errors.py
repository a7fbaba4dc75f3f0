"""What the vendor's error codes mean, as facts: the table behind every verdict on a failure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

OnSubmit: TypeAlias = Literal["accepted", "not-accepted", "unclear"]
Verdict: TypeAlias = Literal[
    "ok", "keep polling", "retry now", "retry later with back-off", "fix input", "fix account", "give up"
]
Surface: TypeAlias = Literal["v1", "v2", "v1+v2", "v2-upload", "http"]


@dataclass(frozen=True, slots=True)
class ErrorFact:
    """One code.

    `code` is text, as the vendor sends it (`421`), or `http-429` and the like for a bare
    status; `on_submit` says whether a submit answered with it may have bought something.
    """

    code: str
    identifier: str | None
    label: str | None
    meaning: str
    verdict: Verdict
    surface: Surface
    on_submit: OnSubmit

    @property
    def title(self) -> str:
        """A short name for a person: the identifier, else the label, else the code."""
        return self.identifier or self.label or self.code


_CHOICES = {"verdict": get_args(Verdict), "surface": get_args(Surface), "on_submit": get_args(OnSubmit)}


def read_errors(text: str) -> tuple[ErrorFact, ...]:
    """The table out of its JSON text.

    Raises:
        ValueError: the text is damaged, or holds a code twice or a word we do not know.
    """
    try:
        facts = tuple(ErrorFact(**item) for item in json.loads(text))
    except (TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"the error table is damaged: {error}") from error
    seen: set[str] = set()
    for fact in facts:
        for key, choices in _CHOICES.items():
            if getattr(fact, key) not in choices:
                raise ValueError(f"the error table has {key} {getattr(fact, key)!r} for code {fact.code}")
        if fact.code in seen:
            raise ValueError(f"the error table has code {fact.code} twice")
        seen.add(fact.code)
    return facts
