"""Chinese signs as sounds: how a sign is read, and which sounds and which tone a reading has."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_INITIALS: dict[str, str] = {
    "zh": "JH",
    "ch": "CH",
    "sh": "SH",
    "b": "B",
    "p": "P",
    "m": "M",
    "f": "F",
    "d": "D",
    "t": "T",
    "n": "N",
    "l": "L",
    "g": "G",
    "k": "K",
    "h": "HH",
    "j": "JH",
    "q": "CH",
    "x": "SH",
    "r": "ZH",
    "z": "D Z",
    "c": "T S",
    "s": "S",
    "y": "Y",
    "w": "W",
}
_FINALS: dict[str, str] = {
    "a": "AA",
    "o": "AO",
    "e": "EE",
    "i": "IY",
    "u": "UW",
    "v": "YU",
    "er": "AA R",
    "ai": "AY",
    "ei": "EY",
    "ao": "AW",
    "ou": "OW",
    "an": "AE N",
    "en": "AX N",
    "ang": "AA NG",
    "eng": "EE NG",
    "ong": "UH NG",
    "ia": "Y AA",
    "ie": "Y EH",
    "iao": "Y AW",
    "iu": "Y OW",
    "ian": "Y EH N",
    "in": "IY N",
    "iang": "Y AA NG",
    "ing": "IY NG",
    "iong": "YU UH NG",
    "ua": "W AA",
    "uo": "W AO",
    "uai": "W AY",
    "ui": "W EY",
    "uan": "W AE N",
    "un": "W AX N",
    "uang": "W AA NG",
    "ve": "YU EH",
    "van": "YU AE N",
    "vn": "YU N",
}
TONES: dict[int, tuple[float, float]] = {
    1: (4.0, 4.0),
    2: (-1.5, 4.0),
    3: (-2.0, -5.0),
    4: (5.0, -4.0),
    5: (-1.0, -1.5),
}
"""How high a syllable begins and ends, in semitones from the middle of the voice."""
_FIGURES = "零一二三四五六七八九"


def reading(sign: str) -> tuple[str, int]:
    """Syllable and tone of a sign: `ma`, 3. A sign nobody noted is read `e`, without a tone."""
    return _readings().get(sign, ("e", 5))


def sounds(syllable: str) -> list[str]:
    """The sounds of a syllable in pinyin, `v` for ü."""
    initial = next((start for start in _INITIALS if syllable.startswith(start)), "")
    final = syllable[len(initial) :]
    if initial in {"j", "q", "x", "y"} and final.startswith("u"):
        final = "v" + final[1:]
    if final == "i" and initial in {"zh", "ch", "sh", "r"}:
        return [*_INITIALS[initial].split(), "IR"]
    if final == "i" and initial in {"z", "c", "s"}:
        return [*_INITIALS[initial].split(), "IZ"]
    if initial == "y" and final.startswith(("i", "v")):
        initial = ""
    if initial == "w" and final == "u":
        initial = ""
    start = _INITIALS[initial].split() if initial else []
    return [*start, *_FINALS.get(final, "EE").split()]


def figures(number: str) -> str:
    """Figures as signs: one after the other, as years are read; up to two of them as a number."""
    if len(number) <= 2:
        value = int(number)
        tens, ones = divmod(value, 10)
        start = "" if tens == 0 else "十" if tens == 1 else _FIGURES[tens] + "十"
        return start + (_FIGURES[ones] if ones or not tens else "")
    return "".join(_FIGURES[int(figure)] for figure in number)


@cache
def _readings() -> dict[str, tuple[str, int]]:
    text = files("rhflow.simulator.renders.voice").joinpath("mandarin.signs").read_text("utf-8")
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, signs = line.split()
            for sign in signs:
                found[sign] = (name[:-1], int(name[-1]))
    return found


def spelled(text: str) -> str:
    """A text with its Chinese signs written in pinyin without tones, for who has no letters for them."""
    parts: list[str] = []
    for sign in text:
        if sign in _readings():
            parts.append(" " + _readings()[sign][0].replace("v", "ü") + " ")
        else:
            parts.append(sign)
    joined = " ".join("".join(parts).split())
    return re.sub(r" (?=[,.;:?!，。、；：？！）”》])", "", joined)
