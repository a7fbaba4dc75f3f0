"""Whose key it is that a call comes with: its kind, its limits, what may be asked with it.

Three kinds of key (RunningHub API, section 1). Without further settings the text of a key says what it is:
one that holds `normal`, `exclusive`, `free` or `lapsed` is that, and every other is an enterprise-shared one.
An exclusive one that also holds `plus` has machines of 48 GB. Real keys are hexadecimal and hold none of
these words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Kind: TypeAlias = Literal["SHARED", "NORMAL", "EXCLUSIVE"]

Word: TypeAlias = Literal["shared", "normal", "exclusive", "free", "lapsed"]
"""How a kind is named in settings: `free` is a consumer without membership, `lapsed` an exclusive key
whose plan has run out."""

WORDS: tuple[Word, ...] = get_args(Word)


@dataclass(frozen=True, slots=True)
class Key:
    """One key, without its text."""

    tail: str
    """All of it that is ever kept: its last four characters; nothing of a key under eight."""
    word: Word = "shared"
    has_plus: bool = False
    """Of an exclusive key: whether machines of 48 GB are among those it has."""

    @property
    def kind(self) -> Kind:
        """What the vendor calls it (`apiKeyType`)."""
        if self.word in ("normal", "free"):
            return "NORMAL"
        return "EXCLUSIVE" if self.word in ("exclusive", "lapsed") else "SHARED"

    @property
    def masked(self) -> str:
        """As a list of keys shows it."""
        return f"****{self.tail}"


class KeyBook:
    """The keys that are known."""

    def __init__(self, accepted: frozenset[str] | None, kinds: Mapping[str, Word]) -> None:
        self._accepted = accepted if accepted is None else accepted | kinds.keys()
        self._kinds = kinds

    def find(self, text: str) -> Key | None:
        """The key of that text; None where nobody knows it."""
        if not text or (self._accepted is not None and text not in self._accepted):
            return None
        return self._key(text)

    def named(self) -> list[Key]:
        """The keys that the settings name, if they name any."""
        return [self._key(text) for text in self._accepted or ()]

    def _key(self, text: str) -> Key:
        return Key(tail_of(text), self._kinds.get(text) or _told_by(text), "plus" in text.lower())


def tail_of(key: str) -> str:
    """The last four characters of a key; nothing of one under eight."""
    return key[-4:] if len(key) >= 8 else ""


def _told_by(text: str) -> Word:
    lowered = text.lower()
    return next((word for word in WORDS if word in lowered), "shared")
