"""Tokens, counted nearly: a Chinese sign is one, other letters come four to a token."""

from __future__ import annotations

import re
from decimal import Decimal

_PIECE = re.compile(
    r"[\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af\u3040-\u30ff]|[A-Za-z0-9_']+|\s*[^\w\s]|\s+\n?"
)
_A_WORD = 4

PROMPT_PRICE = Decimal("0.000002")
ANSWER_PRICE = Decimal("0.000008")
"""CNY a token: a guess, for nobody publishes prices of the LLM API (RunningHub API, section 6)."""


def pieces(text: str) -> list[str]:
    """The text cut into tokens; joined they are the text again."""
    cut: list[str] = []
    end = 0
    for match in _PIECE.finditer(text):
        if match.start() > end:
            cut.append(text[end : match.start()])
        word = match[0]
        cut += [word[at : at + _A_WORD] for at in range(0, len(word), _A_WORD)] if word.isalnum() else [word]
        end = match.end()
    return [*cut, text[end:]] if end < len(text) else cut


def price_of(prompt_tokens: int, answer_tokens: int) -> Decimal:
    """CNY of one answer."""
    return prompt_tokens * PROMPT_PRICE + answer_tokens * ANSWER_PRICE
