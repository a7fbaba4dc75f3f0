"""Singing: the lines of a lyric on the bars of a score, a syllable to a note."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass

from rhflow.simulator.renders import synth, voice
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.score import Score, degree_of, near

INTRO_BARS, OUTRO_BARS, BARS_A_LINE = 2, 2, 2
_TAG = re.compile(r"^[\[(（【](.*)[\])）】]$")
_MOST_LINES = 40


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a lyric, and whether it belongs to a refrain."""

    text: str
    is_refrain: bool = False


def lines_of(lyrics: str) -> list[Line]:
    """The lines that are sung; `[chorus]` and the like only say what follows."""
    found: list[Line] = []
    is_refrain = False
    for raw in re.split(r"[\n|]|##", lyrics):
        text = raw.strip()
        tag = _TAG.match(text)
        if tag:
            is_refrain = bool(re.search(r"chorus|refrain|hook|副歌", tag[1].lower()))
        elif text:
            found += [Line(part, is_refrain) for part in _short(text)]
    return found[:_MOST_LINES]


def _short(text: str) -> list[str]:
    """A line cut at its punctuation where it is too long for one breath."""
    if voice.syllables(text) <= 14:
        return [text]
    parts = [part.strip() for part in re.split(r"(?<=[,，。;；.!?！？])\s*", text) if part.strip()]
    if len(parts) > 1:
        return [piece for part in parts for piece in _short(part)]
    words = text.split() if " " in text else list(text)
    middle = len(words) // 2
    glue = " " if " " in text else ""
    return [glue.join(words[:middle]), glue.join(words[middle:])] if middle else [text]


def length(lines: list[Line], beat: float) -> float:
    """How many seconds a song of these lines takes."""
    return (INTRO_BARS + BARS_A_LINE * len(lines) + OUTRO_BARS) * 4 * beat


def sung(lines: list[Line], score: Score, singer: voice.Speaker, dice: Dice) -> synth.Sound:
    """The singer alone, at the rate of the synthesiser."""
    track = synth.silence(score.bars * 4 * score.beat + 1)
    tunes = {refrain: _shape(dice.split(f"tune {refrain}")) for refrain in (False, True)}
    for number, line in enumerate(lines):
        bar = INTRO_BARS + number * BARS_A_LINE
        if bar + BARS_A_LINE > score.bars:
            break
        notes = _notes(line, bar, score, tunes[line.is_refrain], number)
        samples = voice.sing(notes, singer, dice.split(f"line {number}"))
        synth.mix_into(track, _at_rate(samples), round(bar * 4 * score.beat * synth.RATE), 1.0)
    return track


def _shape(dice: Dice) -> list[int]:
    """How a tune goes up and down: sixteen steps in a range of a sixth, back home at the end."""
    step, shape = 2, []
    for index in range(16):
        step += dice.pick((-1, 0, 1, 1, 2) if step < 3 else (-2, -1, -1, 0, 1))
        step = min(5, max(0, step))
        shape.append(0 if index == 15 else step)
    return shape


def _notes(line: Line, bar: int, score: Score, shape: list[int], number: int) -> list[voice.Note]:
    """Each syllable with its pitch and its length: as even as eighths allow, the last one held."""
    parts = voice.syllables_of(line.text)
    count = max(1, len(parts))
    slots = 13 if count <= 13 else count + 1
    unit = 7.0 / slots * score.beat
    lift = 2 if line.is_refrain else 0
    found = []
    for index, part in enumerate(parts):
        begin, end = index * slots // count, (index + 1) * slots // count
        beats = (end - begin) * unit
        degree = score.roots[min(bar + (1 if index * 2 >= count else 0), score.bars - 1)]
        last = index == count - 1
        step = (0, 2)[number % 2] if last else shape[begin % 16] + lift
        midi = near(degree_of(score.key + 12, score.manner.scale, degree % 7 + step), score)
        while midi > 74:
            midi -= 12
        found.append(voice.Note(part, synth.pitch(midi), beats + (unit if last else 0.0)))
    return found


def _at_rate(samples: array[float]) -> synth.Sound:
    """From the voice's rate to that of the synthesiser, which is twice that."""
    from_bytes = synth.buffer(samples)
    return from_bytes.resize((from_bytes.width * synth.RATE // voice.RATE, 1), synth.SMOOTH)
