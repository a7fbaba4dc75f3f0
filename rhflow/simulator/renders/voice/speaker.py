"""Who speaks: how high, how large, how lively; read out of a name or a description."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rhflow.simulator.renders.dice import Dice

_CHILD = re.compile(r"child|kid|little|cartoon|baby|cute|boy\b|tongnan|klee|kirara|shatang|童|孩|萝莉|正太")
_WOMAN = re.compile(
    r"\bwomen?\b|woman|female|girl|lady|queen|mother|sister|wom|mei|jie|nv|soprano|女|姐|妹|娘|母"
)
_MAN = re.compile(
    r"\bmen\b|\bman\b|_man|male|boy|gentle|uncle|father|king|xuedi|nanyou|tenor|bass|男|叔|爷|父|哥"
)
_DEEP, _HIGH = (
    re.compile(r"deep|low|old|elder|narrator|沉|低|老"),
    re.compile(r"high|bright|young|soft|清|甜|年轻"),
)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks."""

    pitch: float = 120.0
    """Hertz, in the middle."""
    throat: float = 1.0
    pace: float = 1.0
    lively: float = 1.0
    """How far the pitch goes up and down."""


def somebody(described: str, dice: Dice) -> Speaker:
    """A speaker after a name or a description; the dice decide what it leaves open."""
    lowered = described.lower()
    if _CHILD.search(lowered):
        found = Speaker(dice.between(250, 290), 1.26)
    elif _WOMAN.search(lowered):
        found = Speaker(dice.between(185, 225), 1.15)
    elif _MAN.search(lowered):
        found = Speaker(dice.between(98, 128), dice.between(0.97, 1.03))
    else:
        found = dice.pick((Speaker(dice.between(185, 220), 1.14), Speaker(dice.between(100, 130), 1.0)))
    if _DEEP.search(lowered):
        return replace(found, pitch=found.pitch * 0.86, throat=found.throat * 0.96)
    return replace(found, pitch=found.pitch * 1.07) if _HIGH.search(lowered) else found
