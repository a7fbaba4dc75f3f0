"""How a text is said: how long each sound lasts, how high it is, where there is a pause."""

from __future__ import annotations

from array import array

from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.voice import mandarin, phones
from rhflow.simulator.renders.voice.mouth import RATE, Timed, voiced
from rhflow.simulator.renders.voice.sentence import PAUSES, Phrase, Syllable, phrases
from rhflow.simulator.renders.voice.speaker import Speaker

LONGEST_TEXT = 4000


def speak(text: str, speaker: Speaker, dice: Dice) -> array[float]:
    """The text as samples, 16000 a second, between -1 and 1."""
    track = array("f", bytes(4 * round(RATE * 0.1)))
    for number, phrase in enumerate(phrases(text[:LONGEST_TEXT])):
        line = _timed(phrase, speaker, dice.split(f"phrase {number}"))
        track.extend(voiced(line, speaker.throat, dice.split(f"breath {number}")))
        pause = PAUSES.get(phrase.ending, 0.2) / speaker.pace
        track.extend(array("f", bytes(4 * round(RATE * pause))))
    return track


def _timed(phrase: Phrase, speaker: Speaker, dice: Dice) -> list[Timed]:
    """Stretches with lengths and pitches: a phrase sinks, stresses rise above it, its end says what it is."""
    count = len(phrase.syllables)
    is_question = phrase.ending in "?？"
    reach = 1.5 if phrase.ending in "!！" else 1.0
    line: list[Timed] = []
    for index, syllable in enumerate(phrase.syllables):
        share = index / max(1, count - 1)
        last = index == count - 1
        sinking = 1 + (0.1 - 0.22 * share) * speaker.lively
        level = speaker.pitch * sinking * dice.between(0.985, 1.015)
        begin, end = _contour(syllable, level, speaker.lively * reach)
        if last and is_question:
            end *= 1.5
        elif last and not syllable.tone:
            end *= 0.82
        stretch = (1.35 if last else 1.08 if syllable.ends_word else 1.0) / speaker.pace
        line += _sounded(syllable, begin, end, stretch, dice)
    return line


def _contour(syllable: Syllable, level: float, reach: float) -> tuple[float, float]:
    """Where the pitch of a syllable begins and ends."""
    if syllable.tone:
        low, high = mandarin.TONES[syllable.tone]
        return level * 2 ** (low * reach / 12), level * 2 ** (high * reach / 12)
    if syllable.is_stressed:
        return level * (1 + 0.11 * reach), level * (1 + 0.02 * reach)
    return level, level * 0.97


def _sounded(syllable: Syllable, begin: float, end: float, stretch: float, dice: Dice) -> list[Timed]:
    """The stretches of a syllable; vowels take most of what it is longer or shorter."""
    parts = [part for name in syllable.sounds for part in phones.of(name, stressed=syllable.is_stressed)]
    lengths = [
        part.seconds * (stretch if part.is_vowel else 1 + (stretch - 1) * 0.5) * dice.between(0.94, 1.06)
        for part in parts
    ]
    if syllable.tone:  # a Chinese syllable is a beat of its own
        lengths = [
            length * (1.35 if part.is_vowel else 1.0) for part, length in zip(parts, lengths, strict=True)
        ]
    whole, passed = sum(lengths) or 1.0, 0.0
    line = []
    for part, length in zip(parts, lengths, strict=True):
        here, there = passed / whole, (passed + length) / whole
        line.append(Timed(part, length, begin + (end - begin) * here, begin + (end - begin) * there))
        passed += length
    return line
