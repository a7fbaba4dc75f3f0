"""English words as sounds: a list of common words, and rules from letters to sounds for all others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_CLASSES = {
    "#": "[aeiouy]+",
    ":": "[bcdfghjklmnpqrstvwxz]*",
    "^": "[bcdfghjklmnpqrstvwxz]",
    ".": "[bdvgjlmnrwz]",
    "+": "[eiy]",
    "%": "(?:er|es|ed|ing|ely|e)",
    "&": "(?:ch|sh|[scgzxj])",
    "@": "(?:th|ch|sh|[tsrdlzngj])",
    "_": "(?![a-z'])",
}
_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


@dataclass(frozen=True, slots=True)
class _Rule:
    letters: str
    before: re.Pattern[str] | None
    after: re.Pattern[str] | None
    sounds: tuple[str, ...]


def sounds(word: str) -> list[str]:
    """The sounds of a word of plain letters and apostrophes, by their ARPABET names."""
    lowered = word.lower().replace("’", "'")
    known = _words().get(lowered)
    if known is not None:
        return list(known)
    found: list[str] = []
    at = 0
    while at < len(lowered):
        rule = next((rule for rule in _rules().get(lowered[at], ()) if _fits(rule, lowered, at)), None)
        if rule is None:
            at += 1
        else:
            found += rule.sounds
            at += len(rule.letters)
    return found or ["AX"]


def said(number: int) -> str:
    """A whole number up to a million in words; figure by figure above."""
    if number >= 1_000_000:
        return " ".join(_ONES[int(figure)] for figure in str(number))
    if number >= 1000:
        rest = number % 1000
        return f"{said(number // 1000)} thousand" + (f" {said(rest)}" if rest else "")
    if number >= 100:
        rest = number % 100
        return f"{_ONES[number // 100]} hundred" + (f" and {said(rest)}" if rest else "")
    if number >= 20:
        return _TENS[number // 10] + (f" {_ONES[number % 10]}" if number % 10 else "")
    return _ONES[number]


def _fits(rule: _Rule, word: str, at: int) -> bool:
    if not word.startswith(rule.letters, at):
        return False
    if rule.before is not None and not rule.before.search(word[:at]):
        return False
    return rule.after is None or rule.after.match(word[at + len(rule.letters) :]) is not None


def _pattern(text: str) -> str:
    return "".join(_CLASSES.get(sign, re.escape(sign)) for sign in text)


@cache
def _rules() -> dict[str, tuple[_Rule, ...]]:
    """By the first letter."""
    found: dict[str, list[_Rule]] = {}
    for line in _lines("english.rules"):
        left, sounds = line.split("=")
        before, rest = left.split("[")
        letters, after = rest.split("]")
        edge = before.startswith("_")
        rule = _Rule(
            letters,
            re.compile(("^" if edge else "") + _pattern(before.removeprefix("_")) + "$") if before else None,
            re.compile(_pattern(after)) if after else None,
            tuple(sounds.split()),
        )
        found.setdefault(letters[0], []).append(rule)
    return {letter: tuple(rules) for letter, rules in found.items()}


@cache
def _words() -> dict[str, tuple[str, ...]]:
    return {line.split()[0]: tuple(line.split()[1:]) for line in _lines("english.words")}


def _lines(name: str) -> list[str]:
    text = files("rhflow.simulator.renders.voice").joinpath(name).read_text("utf-8")
    return [
        line
        for line in text.splitlines()
        if line and not line.startswith("# ") and not line.startswith("#  ")
    ]
