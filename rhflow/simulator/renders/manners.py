"""How music of a mood or a kind sounds: its pace, its scale, its chords, who plays, what the drums do."""

from __future__ import annotations

from dataclasses import dataclass

from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.words import read, words_of

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
DORIAN = (0, 2, 3, 5, 7, 9, 10)
MIXOLYDIAN = (0, 2, 4, 5, 7, 9, 10)
PENTATONIC = (0, 2, 4, 7, 9)
BLUES = (0, 3, 5, 6, 7, 10)


@dataclass(frozen=True, slots=True)
class Manner:
    """Beats a minute, scale, chord progressions (degrees from 0), voices, drums."""

    pace: tuple[int, int]
    scale: tuple[int, ...]
    chords: tuple[tuple[int, ...], ...]
    comp: str
    tune: str
    bed: str
    drums: str
    pattern: str
    room: float
    melody: tuple[int, ...] = ()
    """The scale of the tune, where it is not that of the chords."""
    sevenths: bool = False


_SCALES = {
    "major": MAJOR,
    "minor": MINOR,
    "dorian": DORIAN,
    "mixolydian": MIXOLYDIAN,
    "pentatonic": PENTATONIC,
    "blues": BLUES,
    "-": (),
}


def _manners(text: str) -> dict[str, Manner]:
    """One in a line: name, pace, scale, chords, three voices, drums, pattern, room, melody.

    Chords are progressions of degrees, `0453/0534`; a `7` behind them makes them seventh chords.
    """
    found = {}
    for line in text.strip().splitlines():
        name, pace, scale, chords, comp, tune, bed, drums, pattern, room, melody = line.split()
        low, high = pace.split("-")
        progressions = tuple(tuple(int(degree) for degree in part) for part in chords.rstrip("7/").split("/"))
        found[name] = Manner(
            (int(low), int(high)),
            _SCALES[scale],
            progressions,
            *(comp, tune, bed, drums, pattern),
            float(room),
            _SCALES[melody],
            chords.endswith("/7"),
        )
    return found


MANNERS: dict[str, Manner] = _manners(
    """
    calm        70-80   major      0453/0534/3045   piano   flute   pad     brush arpeggio 0.8  -
    happy       108-120 major      0340/0534/0453   ukulele bell    pad     folk  strum    0.35 -
    epic        84-96   minor      0526/0654/0354   strings brass   strings toms  pulse    0.9  -
    dark        58-70   minor      0354/0534/0630   piano   strings pad     none  slow     1.0  -
    dreamy      72-84   major      3250/0233/3425/7 bell    flute   pad     lofi  arpeggio 0.9  -
    energetic   118-128 dorian     0526/0306/0656   lead    lead    pad     four  pulse    0.4  -
    rock        120-138 mixolydian 0630/0340/0634   drive   drive   pad     rock  chug     0.25 blues
    pop         96-112  major      0453/0534/5304   piano   lead    pad     rock  block    0.4  -
    jazz        112-136 dorian     1405/0514/2514/7 epiano  sax     pad     swing swing    0.45 -
    electronic  122-132 minor      0526/0056/0354   lead    bell    pad     four  pulse    0.5  -
    hiphop      82-94   minor      0534/0306/0054/7 epiano  bell    pad     boom  slow     0.4  -
    classical   88-104  major      0340/0514/0452   strings flute   strings none  alberti  0.8  -
    folk        92-108  major      0304/0430/0534   guitar  flute   pad     folk  strum    0.4  -
    ambient     56-64   major      0305/0232/7      pad     bell    pad     none  slow     1.0  -
    chinese     66-80   major      0450/0534/5340   zheng   erhu    pad     none  arpeggio 0.8  pentatonic
    reggae      72-82   major      0343/0453        organ   brass   pad     lofi  offbeat  0.35 -
    """
)
_KINDS: dict[str, str] = {
    "rock": "rock punk metal grunge guitar-solo 摇滚 朋克 金属",
    "jazz": "jazz swing bossa blues saxophone 爵士 布鲁斯",
    "electronic": "electronic edm techno house trance synthwave disco dance 电子 电音 舞曲",
    "hiphop": "hip-hop hiphop rap trap boom-bap lofi lo-fi 嘻哈 说唱",
    "classical": "classical baroque symphony sonata quartet mozart waltz 古典 交响 协奏",
    "folk": "folk country acoustic campfire ballad 民谣 乡村",
    "ambient": "ambient meditation drone sleep spa yoga 冥想 氛围 助眠",
    "chinese": "chinese guzheng erhu pipa guofeng 古风 国风 中国风 古筝 二胡 琵琶 江南 戏曲",
    "reggae": "reggae ska dub calypso 雷鬼",
    "pop": "pop ballad radio 流行 情歌",
}
_SLOW, _FAST = "slow slowly ballad lullaby 慢 慢板 抒情", "fast upbeat quick uptempo driving 快 快板 激昂"
VOICES: dict[str, str] = {
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
    "organ": "organ",
    "saxophone": "sax",
    "sax": "sax",
    "萨克斯": "sax",
    "trumpet": "brass",
    "horn": "brass",
    "brass": "brass",
    "guzheng": "zheng",
    "古筝": "zheng",
    "erhu": "erhu",
    "二胡": "erhu",
}
"""Words for instruments, and the voices that play them."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a prompt asks of music."""

    manner: Manner
    pace: float
    """Beats a minute."""
    comp: str
    tune: str
    drums: str


def wish(prompt: str, dice: Dice) -> Wish:
    """Read a prompt: its kind of music, else its mood, else the dice; its pace, instruments and drums."""
    lowered = prompt.lower()
    spoken = set(words_of(lowered)) | {part for part in lowered.replace(",", " ").split() if "-" in part}
    kind = next((name for name, text in _KINDS.items() if _says(text, spoken, lowered)), None)
    name = kind or read(prompt).mood or dice.pick(("calm", "dreamy", "happy", "calm"))
    manner = MANNERS[name]
    pace = float(dice.whole(*manner.pace))
    if _says(_SLOW, spoken, lowered):
        pace *= 0.8
    elif _says(_FAST, spoken, lowered) and name != "energetic":
        pace *= 1.18
    asked = [voice for word in words_of(lowered) for voice in [VOICES.get(word)] if voice]
    asked += [voice for word, voice in VOICES.items() if not word.isascii() and word in prompt]
    comp = asked[0] if asked else manner.comp
    tune = asked[1] if len(asked) > 1 and asked[1] != comp else manner.tune
    drums = manner.drums
    if any(word in lowered for word in ("no drums", "without drums", "solo")):
        drums = "none"
    elif drums == "none" and any(word in lowered for word in ("drum", "beat", "percussion", "鼓")):
        drums = "brush"
    return Wish(manner, pace, comp, tune, drums)


def _says(text: str, spoken: set[str], lowered: str) -> bool:
    return any(word in spoken if word.isascii() else word in lowered for word in text.split())
