"""A line that is sung: every syllable has the pitch and the length of a note."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.voice import phones
from rhflow.simulator.renders.voice.mouth import Timed, voiced
from rhflow.simulator.renders.voice.sentence import Syllable
from rhflow.simulator.renders.voice.speaker import Speaker

_TREMBLE, _TREMBLES_A_SECOND = 0.018, 5.4
_PIECE_S = 0.05


@dataclass(frozen=True, slots=True)
class Note:
    """A syllable, its pitch in hertz, its length in seconds."""

    syllable: Syllable
    hertz: float
    seconds: float


def sing(notes: Sequence[Note], singer: Speaker, dice: Dice) -> array[float]:
    """Samples; a low singer sings an octave lower."""
    octave = 0.5 if singer.pitch < 150 else 1.0
    line: list[Timed] = []
    for note in notes:
        line += _held(note, note.hertz * octave)
    return voiced(line, singer.throat, dice)


def _held(note: Note, hertz: float) -> list[Timed]:
    """The sounds of a syllable: its vowel is held for what the others leave."""
    parts = [part for name in note.syllable.sounds for part in phones.of(name, stressed=True)]
    vowels = sum(part.seconds for part in parts if part.is_vowel)
    others = sum(part.seconds for part in parts if not part.is_vowel)
    shrink = min(1.0, note.seconds * 0.55 / others) if others else 1.0
    room = max(0.04, note.seconds - others * shrink)
    line: list[Timed] = []
    for part in parts:
        seconds = room * part.seconds / vowels if part.is_vowel else part.seconds * shrink
        line += (
            _trembling(Timed(part, seconds, hertz, hertz))
            if part.is_vowel
            else [Timed(part, seconds, hertz, hertz)]
        )
    return line


def _trembling(timed: Timed) -> list[Timed]:
    """A long tone swings a little, once it is there."""
    count = max(1, round(timed.seconds / _PIECE_S))
    if count < 4:
        return [timed]

    def pitch(share: float) -> float:
        at = share * timed.seconds
        grown = min(1.0, max(0.0, at - 0.12) / 0.2)
        return timed.begin * (1 + _TREMBLE * grown * math.sin(at * math.tau * _TREMBLES_A_SECOND))

    step = timed.seconds / count
    return [
        Timed(timed.phone, step, pitch(index / count), pitch((index + 1) / count)) for index in range(count)
    ]
