"""How one HTTP exchange can end: an answer, or none. Values, because a purchase may not raise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: status line, headers and every byte of the body arrived."""

    status: int
    body: bytes = field(repr=False)
    content_type: str = ""
    location: str = field(default="", repr=False)


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


class AnswerTooLong(Exception):
    """An answer that ought to be a small JSON object does not end."""
