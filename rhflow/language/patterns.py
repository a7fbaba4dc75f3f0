"""The regular expressions that an author's schema brings, with an end to each.

A pattern such as `^(a|a)*$` can keep a backtracking engine busy for years over forty characters. The engine
here gives up after a while of processor time; the library that holds schemas against data does not, so it
never gets to see a pattern that might need that: `pattern` is looked up here, and `patternProperties` are
put before it as the very keys they fit. The engine writes out what is repeated a fixed number of times, so
that number has an end, too.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import prod

import regex

from rhflow.ground.values import Json

QUICK_S = 0.002
PATIENT_S = 0.25
MANY_SLOW = 20
"""Nearly every search is over in far less than the first; so many that are not get the second, each.

Seconds of processor time of the whole process, as the library measures them: five in all for what is slow.
"""

_MOST_WRITTEN_OUT = 200_000
"""Pieces of a pattern when all that has a fixed number is written out; at worst some 100 MB for a while."""

_PLAIN_KEY = 200
"""Characters of a key in which one repetition cannot take long."""

_REPEATS = re.compile(r"[*+?{]|\\[1-9]")
_FIXED = re.compile(r"(\)?)\{(\d{1,20})")
"""A number of repetitions, and whether it is a group that is repeated."""

_NAMED = frozenset(
    {"properties", "$defs", "definitions", "patternProperties", "dependentSchemas", "dependencies"}
)
"""Keywords below which names stand, and schemas below these."""

_DATA = frozenset({"const", "enum", "default", "examples"})
"""Keywords below which no schema stands."""


class BadPattern(ValueError):
    """A pattern that takes too long, or that is none: a sentence without an end, for the author."""


@dataclass(slots=True)
class Searches:
    """The searches of one look at data, and how many of them were slow."""

    slow: int = 0

    def found(self, pattern: str, text: str) -> bool:
        """Whether the pattern fits somewhere in the text.

        Raises:
            BadPattern: finding out takes too long.
        """
        try:
            return self._search(pattern, text, QUICK_S)
        except TimeoutError:
            self.slow += 1
        try:
            if self.slow <= MANY_SLOW:
                return self._search(pattern, text, PATIENT_S)
        except TimeoutError:
            pass
        raise BadPattern(f"looking for {_shown(pattern)} takes too long; repeat less inside what is repeated")

    @staticmethod
    def _search(pattern: str, text: str, seconds: float) -> bool:
        return _compiled(pattern).search(text, timeout=seconds) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> regex.Pattern[str]:
    """The pattern, ready to be looked for.

    Raises:
        BadPattern: it is none, goes too deep, or would be too long when it is written out.
    """
    counts = [(bool(group), max(int(number), 1)) for group, number in _FIXED.findall(pattern)]
    pieces = len(pattern) + sum(number for is_group, number in counts if not is_group)
    if pieces * prod(number for is_group, number in counts if is_group) > _MOST_WRITTEN_OUT:
        raise BadPattern(f"{_shown(pattern)} repeats too often; repeat less inside what is repeated")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of brackets that may mean more one day
        try:
            return regex.compile(pattern)
        except (regex.error, OverflowError, RecursionError):
            raise BadPattern(f"nobody knows what the pattern {_shown(pattern)} means") from None


def _shown(pattern: str) -> str:
    return pattern if len(pattern) <= 60 else f"{pattern[:59]}…"


def with_known_keys(schema: Json, data: Json, searches: Searches) -> Json:
    """The schema with each `patternProperties` that might take long replaced by the keys of data it fits.

    Raises:
        BadPattern: finding out takes too long.
    """
    if not any(True for _ in _patterns(schema)):
        return schema
    keys = sorted(set(_keys(data)))
    longest = max(map(len, keys), default=0)

    def put(part: Json, *, names: bool) -> Json:
        if isinstance(part, list):
            return [put(item, names=False) for item in part]
        if not isinstance(part, dict):
            return part
        made: dict[str, Json] = {}
        for word, below in part.items():
            if not names and word in _DATA:
                made[word] = below
            elif not names and word == "patternProperties" and isinstance(below, dict):
                made[word] = {known(name): put(inner, names=False) for name, inner in below.items()}
            else:
                made[word] = put(below, names=not names and word in _NAMED)
        return made

    def known(pattern: str) -> str:
        repeats = len(_REPEATS.findall(pattern))
        if repeats == 0 or (repeats == 1 and "(" not in pattern and longest <= _PLAIN_KEY):
            return pattern
        fitting = [re.escape(key) for key in keys if searches.found(pattern, key)]
        # The comment keeps two patterns apart that fit the same keys.
        comment = f"(?#{re.escape(pattern).replace(')', '')})"
        return rf"\A(?:{'|'.join(fitting)})\Z{comment}" if fitting else f"(?!){comment}"

    return put(schema, names=False)


def _patterns(schema: Json) -> Iterator[None]:
    """One for each `patternProperties`, or what is named so."""
    stack = [schema]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            if "patternProperties" in part:
                yield None
            stack.extend(part.values())
        elif isinstance(part, list):
            stack.extend(part)


def _keys(data: Json) -> Iterator[str]:
    stack = [data]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            yield from part
            stack.extend(part.values())
        elif isinstance(part, list):
            stack.extend(part)
