"""What is played: key, pace, chords, tune and rhythm out of the words of a prompt."""

from __future__ import annotations

from dataclasses import dataclass

from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.words import read, words_of

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
DORIAN = (0, 2, 3, 5, 7, 9, 10)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a mood sounds: beats a minute, scale, chord progressions (degrees from 0), voices, drums."""

    pace: tuple[int, int]
    scale: tuple[int, ...]
    chords: tuple[tuple[int, ...], ...]
    comp: str
    tune: str
    bed: str
    drums: str
    pattern: str
    room: float


MANNERS: dict[str, Manner] = {
    "calm": Manner(
        (70, 80),
        MAJOR,
        ((0, 4, 5, 3), (0, 5, 3, 4), (3, 0, 4, 5)),
        "piano",
        "flute",
        "pad",
        "brush",
        "arpeggio",
        0.8,
    ),
    "happy": Manner(
        (108, 120),
        MAJOR,
        ((0, 3, 4, 0), (0, 5, 3, 4), (0, 4, 5, 3)),
        "ukulele",
        "bell",
        "pad",
        "folk",
        "strum",
        0.35,
    ),
    "epic": Manner(
        (84, 96),
        MINOR,
        ((0, 5, 2, 6), (0, 6, 5, 4), (0, 3, 5, 4)),
        "strings",
        "lead",
        "strings",
        "toms",
        "pulse",
        0.9,
    ),
    "dark": Manner(
        (58, 70),
        MINOR,
        ((0, 3, 5, 4), (0, 5, 3, 4), (0, 6, 3, 0)),
        "piano",
        "strings",
        "pad",
        "none",
        "slow",
        1.0,
    ),
    "dreamy": Manner(
        (72, 84),
        MAJOR,
        ((3, 2, 5, 0), (0, 2, 3, 3), (3, 4, 2, 5)),
        "bell",
        "flute",
        "pad",
        "lofi",
        "arpeggio",
        0.9,
    ),
    "energetic": Manner(
        (118, 128),
        DORIAN,
        ((0, 5, 2, 6), (0, 3, 0, 6), (0, 6, 5, 6)),
        "lead",
        "lead",
        "pad",
        "four",
        "pulse",
        0.4,
    ),
}
_VOICES: dict[str, str] = {
    "piano": "piano",
    "钢琴": "piano",
    "ukulele": "ukulele",
    "尤克里里": "ukulele",
    "guitar": "guitar",
    "吉他": "guitar",
    "strings": "strings",
    "violin": "strings",
    "cello": "strings",
    "orchestra": "strings",
    "orchestral": "strings",
    "小提琴": "strings",
    "弦乐": "strings",
    "flute": "flute",
    "笛": "flute",
    "bell": "bell",
    "bells": "bell",
    "celesta": "bell",
    "music-box": "bell",
    "synth": "lead",
    "电子": "lead",
}


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
    beat: float
    """Seconds."""
    notes: list[Note]
    hits: list[Hit]
    room: float


def compose(prompt: str, seconds: float, dice: Dice) -> Score:
    """A piece of this length. Four beats to the bar, four bars to the phrase."""
    reading = read(prompt)
    manner = MANNERS[reading.mood or dice.pick(("calm", "dreamy", "happy", "calm"))]
    asked = [voice for word in words_of(prompt.lower()) for voice in [_VOICES.get(word)] if voice]
    asked += [voice for word, voice in _VOICES.items() if not word.isascii() and word in prompt]
    comp = asked[0] if asked else manner.comp
    tune = asked[1] if len(asked) > 1 and asked[1] != comp else manner.tune
    drums = manner.drums
    if any(word in prompt.lower() for word in ("no drums", "without drums", "solo")):
        drums = "none"
    elif drums == "none" and any(word in prompt.lower() for word in ("drum", "beat", "percussion", "鼓")):
        drums = "brush"
    beat = 60 / dice.whole(*manner.pace)
    bars = max(1, round(seconds / (beat * 4) + 0.49))
    key = dice.whole(48, 55)
    progression = dice.pick(manner.chords)
    score = Score(beat, [], [], manner.room)
    theme = _theme(dice.split("theme"))
    for bar in range(bars):
        section = _section(bar, bars)
        degree = progression[bar % len(progression)]
        if bar >= bars - 2 and bars > 4:
            degree = 0
        chord = [_degree(key, manner.scale, degree + third) for third in (0, 2, 4)]
        if manner is MANNERS["dreamy"]:
            chord.append(_degree(key, manner.scale, degree + 6))
        _bed(score, manner.bed, chord, bar, section)
        _comp(score, comp, manner.pattern, chord, bar, section, dice)
        if section > 0:
            _bass(score, chord[0], bar, manner.pattern)
        if section > 1:
            _tune(score, tune, theme, key, manner.scale, degree, bar, dice)
        if section > 0 and drums != "none":
            _drums(score, drums, bar, section, dice)
    return score


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


def _degree(key: int, scale: tuple[int, ...], degree: int) -> int:
    octave, step = divmod(degree, len(scale))
    return key + scale[step] + 12 * octave


def _bed(score: Score, voice: str, chord: list[int], bar: int, section: int) -> None:
    loud = 0.1 if section else 0.13
    for index, midi in enumerate(chord):
        lowered = midi if midi < 64 else midi - 12
        score.notes.append(Note(voice, lowered, bar * 4, 4.05, loud, (-0.6, 0.1, 0.6, -0.2)[index % 4]))


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
        for step in range(8):
            accent = 0.24 if step in {0, 3, 6} else 0.15
            score.notes.append(
                Note(
                    voice,
                    chord[0] + (12 if step % 2 else 0),
                    start + step / 2,
                    0.42,
                    accent,
                    -0.3 if step % 2 else 0.3,
                )
            )
            if section > 1:
                score.notes.append(
                    Note(
                        voice,
                        high[1 + step % 2],
                        start + step / 2,
                        0.42,
                        accent * 0.7,
                        0.35 if step % 2 else -0.35,
                    )
                )
    else:
        for at in (0.0, 1.5, 2.5):
            score.notes.append(
                Note(voice, dice.pick(high[:3]), start + at, 2.4, 0.26, dice.between(-0.4, 0.4))
            )


def _bass(score: Score, root: int, bar: int, pattern: str) -> None:
    low = root - 12 if root >= 48 else root
    rhythm = {"pulse": ((0, 0.9), (1.5, 0.5), (2, 0.9), (3.5, 0.5)), "strum": ((0, 0.9), (2, 0.9))}.get(
        pattern, ((0, 1.8), (2.5, 1.2))
    )
    for index, (at, beats) in enumerate(rhythm):
        score.notes.append(
            Note("bass", low + (7 if pattern == "strum" and index else 0), bar * 4 + at, beats, 0.4)
        )


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
    score: Score,
    voice: str,
    theme: list[list[tuple[float, float, int]]],
    key: int,
    scale: tuple[int, ...],
    degree: int,
    bar: int,
    dice: Dice,
) -> None:
    if bar % 8 == 7:
        score.notes.append(Note(voice, _degree(key + 12, scale, degree + 2), bar * 4, 3.2, 0.3, 0.12))
        return
    for at, beats, step in theme[bar % 2]:
        varied = step + (dice.pick((-1, 1)) if bar % 4 == 3 and at > 1 else 0)
        midi = _degree(key + 12, scale, degree + varied)
        while midi > 84:
            midi -= 12
        score.notes.append(Note(voice, midi, bar * 4 + at, beats * 0.94, 0.3 + 0.05 * (at == 0), 0.12))


def _drums(score: Score, kind: str, bar: int, section: int, dice: Dice) -> None:
    start = bar * 4
    beats: dict[str, tuple[tuple[str, float, float], ...]] = {
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
    }
    for drum, at, loud in beats[kind]:
        score.hits.append(Hit(drum, start + at, loud))
    swing = 0.07 if kind == "lofi" else 0.0
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
