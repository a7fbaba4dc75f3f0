"""A text that a regular expression matches, made from the expression.

Literals, classes, groups, choices and repetitions; what else there is (look-around, back references) is left
out, and then there is no text.
"""

from __future__ import annotations

import random
import string

_WORD = string.ascii_lowercase + string.digits
_CLASSES = {"d": string.digits, "w": _WORD, "s": " ", "D": string.ascii_lowercase, "W": "-", "S": _WORD}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_MORE = 3
"""How many more than the least an open repetition may have."""
_MOST = 500


class _CannotSay(Exception):
    """The expression holds something that is not known here."""


def text_for(pattern: str, dice: random.Random) -> str | None:
    """A text for the pattern, or None. Whether it truly matches is the caller's to check."""
    try:
        reader = _Reader(pattern, dice)
        made = reader.choice()
    except (_CannotSay, RecursionError):
        return None
    return made if reader.is_done else None


class _Reader:
    """Reads an expression from left to right and writes a text as it goes."""

    def __init__(self, pattern: str, dice: random.Random) -> None:
        self._left = list(pattern)
        self._dice = dice

    @property
    def is_done(self) -> bool:
        return not self._left

    def choice(self) -> str:
        """Alternatives: one of them is taken."""
        options = [self._row()]
        while self._left and self._left[0] == "|":
            self._left.pop(0)
            options.append(self._row())
        return self._dice.choice(options)

    def _row(self) -> str:
        made = ""
        while self._left and self._left[0] not in "|)":
            start = list(self._left)
            once = self._atom()
            low, high = self._repetition()
            if high == 0:
                continue
            after = list(self._left)
            parts = [once] if low else []
            for _ in range(self._dice.randint(low, high) - len(parts)):
                self._left = list(start)
                parts.append(self._atom())
            self._left = after
            made += "".join(parts[:_MOST])
        return made

    def _atom(self) -> str:
        sign = self._left.pop(0)
        match sign:
            case "^" | "$":
                return ""
            case ".":
                return self._dice.choice(_WORD)
            case "(":
                return self._group()
            case "[":
                return self._dice.choice(self._members())
            case "\\":
                return self._escaped()
            case "*" | "+" | "?" | "{":
                raise _CannotSay(sign)
        return sign

    def _group(self) -> str:
        if self._left[:2] == ["?", ":"]:
            del self._left[:2]
        elif self._left[:2] == ["?", "P"] or self._left[:2] == ["?", "<"]:
            if ">" not in self._left or self._left[2] in "=!":
                raise _CannotSay("(?<")
            del self._left[: self._left.index(">") + 1]
        elif self._left[:1] == ["?"]:
            raise _CannotSay("(?")
        made = self.choice()
        if not self._left or self._left.pop(0) != ")":
            raise _CannotSay("(")
        return made

    def _escaped(self) -> str:
        if not self._left:
            raise _CannotSay("\\")
        sign = self._left.pop(0)
        if sign in _CLASSES:
            return self._dice.choice(_CLASSES[sign])
        if sign in "bBAZ":
            return ""
        if sign.isalnum() and sign not in _ESCAPES:
            raise _CannotSay(sign)
        return _ESCAPES.get(sign, sign)

    def _members(self) -> list[str]:
        """The signs of a class in brackets."""
        inverse = self._left[:1] == ["^"]
        if inverse:
            self._left.pop(0)
        held: list[str] = []
        while self._left and (self._left[0] != "]" or not held):
            sign = self._left.pop(0)
            if sign == "\\":
                named = self._left.pop(0) if self._left else ""
                held += _CLASSES.get(named, _ESCAPES.get(named, named))
            elif len(self._left) > 1 and self._left[0] == "-" and self._left[1] != "]":
                self._left.pop(0)
                last = self._left.pop(0)
                held += [chr(code) for code in range(ord(sign), min(ord(last), ord(sign) + 200) + 1)]
            else:
                held.append(sign)
        if not self._left or not held:
            raise _CannotSay("[")
        self._left.pop(0)
        found = [sign for sign in _WORD + "-_. " if sign not in held] if inverse else held
        if not found:
            raise _CannotSay("[^")
        return found

    def _repetition(self) -> tuple[int, int]:
        sign = self._left[0] if self._left else ""
        if sign not in ("*", "+", "?", "{"):
            return 1, 1
        self._left.pop(0)
        low, high = {"*": (0, _MORE), "+": (1, 1 + _MORE), "?": (0, 1)}.get(sign) or self._braces()
        if self._left[:1] in (["?"], ["+"]):
            self._left.pop(0)
        return low, high

    def _braces(self) -> tuple[int, int]:
        if "}" not in self._left:
            raise _CannotSay("{")
        end = self._left.index("}")
        inside = "".join(self._left[:end])
        del self._left[: end + 1]
        low, comma, high = inside.partition(",")
        if not low.isdecimal() or not (high.isdecimal() or not high) or int(low) > _MOST:
            raise _CannotSay("{")
        if not comma:
            return int(low), int(low)
        return int(low), min(int(high), int(low) + _MORE) if high else int(low) + _MORE
