"""Which syllables a text has, which of them are stressed, and where one takes breath."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from itertools import pairwise

from rhflow.simulator.renders.voice import english, mandarin, phones

_PIECE = re.compile(
    r"[a-z]+(?:['’][a-z]+)*|\d+|[\u3400-\u9fff]|[\u3040-\u30ff]|[\uac00-\ud7a3]|[^\sa-z\d]", re.IGNORECASE
)
PAUSES = {
    **dict.fromkeys(",，、", 0.2),
    **dict.fromkeys(";；:：—-", 0.28),
    **dict.fromkeys(".。!！?？…\n", 0.44),
}
_LIGHT = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "can",
        "for",
        "from",
        "had",
        "has",
        "have",
        "he",
        "her",
        "him",
        "his",
        "i",
        "if",
        "in",
        "is",
        "it",
        "its",
        "it's",
        "me",
        "my",
        "of",
        "on",
        "or",
        "our",
        "she",
        "so",
        "that",
        "the",
        "their",
        "them",
        "they",
        "this",
        "to",
        "was",
        "we",
        "were",
        "will",
        "with",
        "would",
        "you",
        "your",
    ]
)
"""Words that are seldom stressed."""


@dataclass(slots=True)
class Syllable:
    """Sounds around one vowel."""

    sounds: list[str] = field(default_factory=list)
    is_stressed: bool = False
    tone: int = 0
    """Of Chinese; 0 has none."""
    ends_word: bool = False


@dataclass(slots=True)
class Phrase:
    """What is said in one breath, and how it ends."""

    syllables: list[Syllable] = field(default_factory=list)
    ending: str = "."


def syllables(text: str) -> int:
    """How many syllables a text has."""
    return len(syllables_of(text))


def syllables_of(text: str) -> list[Syllable]:
    """All its syllables, one after the other."""
    return [syllable for phrase in phrases(text) for syllable in phrase.syllables]


def phrases(text: str) -> list[Phrase]:
    """A text by its breaths."""
    plain = "".join(sign for sign in unicodedata.normalize("NFD", text) if unicodedata.category(sign) != "Mn")
    pieces = _PIECE.findall(unicodedata.normalize("NFC", plain))
    is_chinese = any("\u3400" <= piece[0] <= "\u9fff" for piece in pieces)
    found = [Phrase()]
    for piece in pieces:
        if piece in PAUSES:
            if found[-1].syllables:
                found[-1].ending = piece
                found.append(Phrase())
            continue
        found[-1].syllables += _said(piece, is_chinese=is_chinese)
    return [phrase for phrase in found if phrase.syllables]


def _said(piece: str, *, is_chinese: bool) -> list[Syllable]:
    """The syllables of a word, a number or a sign."""
    if piece.isdecimal() and piece.isascii():
        if is_chinese:
            return [_of_sign(sign) for sign in mandarin.figures(piece)]
        return [syllable for word in english.said(int(piece)).split() for syllable in _of_word(word)]
    if piece[0].isascii() and piece[0].isalpha():
        return _of_word(piece)
    if "\u3400" <= piece <= "\u9fff":
        return [_of_sign(piece)]
    named = unicodedata.name(piece, "")
    if named.startswith(("HIRAGANA LETTER", "KATAKANA LETTER", "HANGUL SYLLABLE")):
        return [Syllable(_romanised(named.rsplit(" ", 1)[-1].lower()), ends_word=True)]
    if unicodedata.category(piece).startswith("L"):
        return [Syllable(["AX"], ends_word=True)]
    return []


def _of_sign(sign: str) -> Syllable:
    syllable, tone = mandarin.reading(sign)
    return Syllable(mandarin.sounds(syllable), is_stressed=tone != 5, tone=tone, ends_word=True)


def _romanised(letters: str) -> list[str]:
    """Kana and Hangul by their names: a consonant or two, a vowel, perhaps a consonant."""
    vowels = {"a": "AA", "e": "EH", "i": "IY", "o": "OW", "u": "UW"}
    return [
        sound
        for letter in letters
        for sound in ([vowels[letter]] if letter in vowels else english.sounds(letter))
    ]


def _of_word(word: str) -> list[Syllable]:
    """An English word, cut before the consonant that leads into each vowel; one vowel carries its stress."""
    sounds = english.sounds(word)
    vowels = [at for at, sound in enumerate(sounds) if sound in phones.VOWELS or sound in phones.GLIDES]
    if not vowels:
        return [Syllable([*sounds, "AX"], ends_word=True)]
    starts = [0]
    for before, after in pairwise(vowels):
        starts.append(max(before + 1, after - 1) if after - before > 1 else after)
    found = [
        Syllable(sounds[start:end]) for start, end in zip(starts, [*starts[1:], len(sounds)], strict=True)
    ]
    if word.lower() not in _LIGHT:
        full = [index for index, at in enumerate(vowels) if sounds[at] not in {"AX", "ER"}]
        found[full[0] if full else 0].is_stressed = True
    found[-1].ends_word = True
    return found
