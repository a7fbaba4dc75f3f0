"""What is played: key, pace, chords, tune and rhythm out of the words of a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.manners import Manner, Wish, wish


@dataclass(frozen=True, slots=True)
class Note:
    """`voice`, MIDI pitch, start and length in beats, loudness, place from -1 (left) to 1."""

    voice: str
    midi: int
    at: float
    beats: float
    loud: float
    place: float = 0.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A stroke of percussion at a beat."""

    drum: str
    at: float
    loud: float


@dataclass(slots=True)
class Score:
    """A piece: what is struck when, and what a singer must know of it."""

    beat: float
    """Seconds."""
    manner: Manner
    key: int
    """MIDI pitch of the first degree."""
    roots: list[int] = field(default_factory=list)
    """The degree of the chord of each bar."""
    notes: list[Note] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)

    @property
    def room(self) -> float:
        return self.manner.room

    @property
    def bars(self) -> int:
        return len(self.roots)


@dataclass(frozen=True, slots=True)
class Given:
    """What a piece has to keep to: that of a sound it goes with."""

    beat: float
    """Seconds."""
    key: int
    roots: Sequence[int] = ()
    """Degrees of the chords, bar by bar; empty leaves them free."""
    scale: tuple[int, ...] = ()


def compose(
    prompt: str, seconds: float, dice: Dice, *, given: Given | None = None, is_sung: bool = False
) -> Score:
    """A piece of this length. Four beats to the bar, four bars to the phrase; no tune where one sings."""
    asked = wish(prompt, dice)
    beat = given.beat if given else 60 / asked.pace
    bars = max(1, round(seconds / (beat * 4) + 0.49))
    key = given.key if given else dice.whole(48, 55)
    manner = replace(asked.manner, scale=given.scale) if given and given.scale else asked.manner
    progression = dice.pick(manner.chords)
    score = Score(beat, manner, key)
    theme = _theme(dice.split("theme"))
    for bar in range(bars):
        section = _section(bar, bars)
        degree = progression[bar % len(progression)]
        if bar >= bars - 2 and bars > 4:
            degree = 0
        if given and given.roots:
            degree = given.roots[bar % len(given.roots)]
        score.roots.append(degree)
        chord = [degree_of(key, manner.scale, degree + third) for third in (0, 2, 4)]
        if manner.sevenths:
            chord.append(degree_of(key, manner.scale, degree + 6))
        _bar(score, asked, chord, bar, section, dice)
        if section > 1 and not is_sung:
            _tune(score, asked.tune, theme, degree, bar, dice)
    return score


def _bar(score: Score, asked: Wish, chord: list[int], bar: int, section: int, dice: Dice) -> None:
    """What accompanies in one bar."""
    _bed(score, score.manner.bed, chord, bar, section)
    _comp(score, asked.comp, score.manner.pattern, chord, bar, section, dice)
    if section > 0:
        _bass(score, chord[0], bar, score.manner.pattern)
        if asked.drums != "none":
            _drums(score, asked.drums, bar, section, dice)


def _section(bar: int, bars: int) -> int:
    """0 opening and close, 1 the ground is there, 2 the tune too, 3 everything."""
    if bars <= 4:
        return 2
    if bar < 2 or bar >= bars - 2:
        return 0
    if bar < 4:
        return 1
    share = bar / bars
    return 2 if share < 0.45 else (1 if 0.45 <= share < 0.55 and bars > 12 else 3)


def degree_of(key: int, scale: tuple[int, ...], degree: int) -> int:
    """MIDI pitch of a degree, counted from 0 through as many octaves as it takes."""
    octave, step = divmod(degree, len(scale))
    return key + scale[step] + 12 * octave


def _bed(score: Score, voice: str, chord: list[int], bar: int, section: int) -> None:
    loud = 0.1 if section else 0.13
    for index, midi in enumerate(chord):
        lowered = midi if midi < 64 else midi - 12
        score.notes.append(Note(voice, lowered, bar * 4, 4.05, loud, (-0.6, 0.1, 0.6, -0.2)[index % 4]))


_STRUCK: dict[str, tuple[tuple[float, float, float], ...]] = {
    "block": ((0, 1.4, 0.22), (1.5, 0.9, 0.17), (2.5, 1.3, 0.2)),
    "swing": ((0.66, 0.3, 0.15), (1.66, 0.9, 0.17), (3.0, 0.3, 0.14)),
    "offbeat": ((0.5, 0.22, 0.17), (1.5, 0.22, 0.17), (2.5, 0.22, 0.17), (3.5, 0.22, 0.17)),
    "chug": tuple((step / 2, 0.4, 0.16 if step % 4 == 0 else 0.1) for step in range(8)),
}
"""Whole chords: (beat, length, loudness)."""


def _comp(
    score: Score, voice: str, pattern: str, chord: list[int], bar: int, section: int, dice: Dice
) -> None:
    start, high = bar * 4, [midi + 12 for midi in chord]
    if pattern == "arpeggio":
        order = (0, 1, 2, 1, 3, 2, 1, 2)
        tones = [*high[:3], high[0] + 12]
        for step, tone in enumerate(order):
            score.notes.append(
                Note(
                    voice,
                    tones[tone],
                    start + step / 2,
                    1.2,
                    0.26 + 0.06 * (step % 4 == 0),
                    -0.25 + 0.07 * step,
                )
            )
    elif pattern == "strum":
        for at, loud in ((0, 0.3), (1, 0.2), (1.5, 0.22), (2.5, 0.24), (3, 0.2), (3.5, 0.2)):
            for index, midi in enumerate([*high[:3], high[0] + 12]):
                score.notes.append(
                    Note(voice, midi, start + at + index * 0.025, 0.6, loud * 0.62, -0.2 + 0.1 * index)
                )
    elif pattern == "pulse":
        _pulse(score, voice, chord, start, is_full=section > 1)
    elif pattern in _STRUCK:
        for at, beats, loud in _STRUCK[pattern]:
            for index, midi in enumerate(chord if pattern == "chug" else high):
                lowered = midi - 12 if pattern == "chug" else midi
                score.notes.append(Note(voice, lowered, start + at, beats, loud, -0.3 + 0.2 * index))
    elif pattern == "alberti":
        for step in range(8):
            tone = high[(0, 2, 1, 2)[step % 4]]
            score.notes.append(Note(voice, tone, start + step / 2, 0.55, 0.2 + 0.05 * (step % 4 == 0), -0.2))
    else:
        for at in (0.0, 1.5, 2.5):
            score.notes.append(
                Note(voice, dice.pick(high[:3]), start + at, 2.4, 0.26, dice.between(-0.4, 0.4))
            )


def _pulse(score: Score, voice: str, chord: list[int], start: int, *, is_full: bool) -> None:
    """Eighths on the root, octave by octave; higher ones between them where it is full."""
    for step in range(8):
        accent, side = (0.24 if step in {0, 3, 6} else 0.15), (-0.3 if step % 2 else 0.3)
        root = chord[0] + (12 if step % 2 else 0)
        score.notes.append(Note(voice, root, start + step / 2, 0.42, accent, side))
        if is_full:
            over = chord[1 + step % 2] + 12
            score.notes.append(Note(voice, over, start + step / 2, 0.42, accent * 0.7, -side))


def _bass(score: Score, root: int, bar: int, pattern: str) -> None:
    low = root - 12 if root >= 48 else root
    rhythm = {
        "pulse": ((0, 0.9), (1.5, 0.5), (2, 0.9), (3.5, 0.5)),
        "strum": ((0, 0.9), (2, 0.9)),
        "chug": tuple((step / 2, 0.45) for step in range(8)),
        "swing": ((0, 0.9), (1, 0.9), (2, 0.9), (3, 0.9)),
        "offbeat": ((0, 0.9), (1.5, 0.4), (2.5, 0.9)),
    }.get(pattern, ((0, 1.8), (2.5, 1.2)))
    walk = (0, 4, 7, 9) if pattern == "swing" else (0, 7) if pattern == "strum" else (0,)
    for index, (at, beats) in enumerate(rhythm):
        score.notes.append(Note("bass", low + walk[index % len(walk)], bar * 4 + at, beats, 0.4))


def _theme(dice: Dice) -> list[list[tuple[float, float, int]]]:
    """Two bars of tune: (start, beats, step above the chord's root)."""
    shapes = (
        ((0, 1.5), (1.5, 0.5), (2, 2)),
        ((0, 1), (1, 1), (2, 1.5), (3.5, 0.5)),
        ((0.5, 0.5), (1, 1), (2, 1), (3, 1)),
        ((0, 2), (2, 0.5), (2.5, 1.5)),
        ((0, 0.5), (0.5, 0.5), (1, 1), (2, 2)),
    )
    theme = []
    step = dice.pick((2, 4))
    for _ in range(2):
        bar = []
        for index, (at, beats) in enumerate(dice.pick(shapes)):
            step += dice.pick((-2, -1, -1, 1, 1, 2))
            step = min(9, max(0, step))
            tone = min((0, 2, 4, 7, 9), key=lambda chordal: abs(chordal - step)) if index == 0 else step
            bar.append((float(at), float(beats), tone))
        theme.append(bar)
    return theme


def _tune(
    score: Score, voice: str, theme: list[list[tuple[float, float, int]]], degree: int, bar: int, dice: Dice
) -> None:
    """One bar of the tune, varied at the end of each phrase."""
    key, scale = score.key + 12, score.manner.scale
    if bar % 8 == 7:
        score.notes.append(Note(voice, degree_of(key, scale, degree + 2), bar * 4, 3.2, 0.3, 0.12))
        return
    for at, beats, step in theme[bar % 2]:
        varied = step + (dice.pick((-1, 1)) if bar % 4 == 3 and at > 1 else 0)
        midi = near(degree_of(key, scale, degree + varied), score)
        while midi > 84:
            midi -= 12
        score.notes.append(Note(voice, midi, bar * 4 + at, beats * 0.94, 0.3 + 0.05 * (at == 0), 0.12))


def near(midi: int, score: Score) -> int:
    """The nearest pitch that the scale of the tune has."""
    scale = score.manner.melody
    if not scale:
        return midi
    steps = ((midi - score.key + shift, shift) for shift in (0, -1, 1, -2, 2))
    return next((midi + shift for step, shift in steps if step % 12 in scale), midi)


_BEATS: dict[str, tuple[tuple[str, float, float], ...]] = {
    "brush": (("kick", 0, 0.3), ("kick", 2.5, 0.2), ("snare", 1, 0.12), ("snare", 3, 0.14)),
    "folk": (("kick", 0, 0.5), ("kick", 2, 0.5), ("clap", 1, 0.2), ("clap", 3, 0.22)),
    "toms": (
        ("kick", 0, 0.7),
        ("kick", 0.75, 0.4),
        ("kick", 1.5, 0.5),
        ("kick", 2.5, 0.6),
        ("snare", 3, 0.3),
        ("kick", 3.5, 0.45),
    ),
    "lofi": (
        ("kick", 0, 0.55),
        ("kick", 1.75, 0.35),
        ("kick", 2.5, 0.4),
        ("snare", 1, 0.24),
        ("snare", 3, 0.26),
    ),
    "four": (
        ("kick", 0, 0.7),
        ("kick", 1, 0.7),
        ("kick", 2, 0.7),
        ("kick", 3, 0.7),
        ("clap", 1, 0.26),
        ("clap", 3, 0.26),
    ),
    "rock": (("kick", 0, 0.75), ("kick", 1.5, 0.45), ("kick", 2, 0.7), ("snare", 1, 0.4), ("snare", 3, 0.42)),
    "swing": (("kick", 0, 0.2), ("kick", 2, 0.2), ("snare", 1.66, 0.08), ("snare", 3, 0.1)),
    "boom": (("kick", 0, 0.8), ("kick", 0.75, 0.5), ("kick", 2.5, 0.7), ("snare", 1, 0.36), ("clap", 3, 0.4)),
}
"""Strokes of a bar: (drum, beat, loudness)."""


def _drums(score: Score, kind: str, bar: int, section: int, dice: Dice) -> None:
    start = bar * 4
    for drum, at, loud in _BEATS[kind]:
        score.hits.append(Hit(drum, start + at, loud))
    swing = {"lofi": 0.07, "boom": 0.06, "swing": 0.16}.get(kind, 0.0)
    for step in range(8):
        if section > 2 or step % 2 == 0:
            loud = (0.05 if step % 2 else 0.08) * dice.between(0.7, 1.1)
            score.hits.append(
                Hit(
                    "hat",
                    start + step / 2 + (swing if step % 2 else 0),
                    loud * (0.6 if kind == "brush" else 1),
                )
            )
    if bar % 4 == 3 and kind != "brush":
        for step in range(4):
            score.hits.append(Hit("snare", start + 3 + step / 4, 0.08 + 0.04 * step))
