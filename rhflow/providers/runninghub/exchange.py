"""How one HTTP exchange can end: an answer, or none. Values, because a purchase may not raise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: status line, headers and every byte of the body arrived."""

    status: int
    body: bytes = field(repr=False)
    content_type: str = ""
    location: str = field(default="", repr=False)
    retry_after: float | None = None
    """Seconds after which to come again, where the answer says so."""
    date: str = ""
    """When it was sent, by the far side's clock, as its header has it."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No whole answer; `error` says why, the rest says how far the request got.

    `entered`: it was handed to the HTTP library at all. `handed_over`: the library began to write
    it (its absence proves that not one byte left; its presence proves nothing). `proxied`: somebody
    stands in between, so neither "could not connect" nor anything else is proof.
    """

    error: BaseException = field(repr=False)
    host: str
    entered: bool = True
    handed_over: bool = True
    proxied: bool = False


Exchange: TypeAlias = Answer | NoAnswer

_SECONDS = re.compile(r"[1-9][0-9]{0,4}")
"""A `Retry-After` we heed: whole seconds, at least one, a day at most."""


def whole_answer(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """An answer out of what arrived."""
    waits = headers.get("retry-after", "")
    return Answer(
        status,
        body,
        headers.get("content-type", ""),
        headers.get("location", ""),
        float(waits) if _SECONDS.fullmatch(waits) else None,
        headers.get("date", ""),
    )


class AnswerTooLong(Exception):
    """An answer that ought to be a small JSON object does not end."""
