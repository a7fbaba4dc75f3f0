"""Music to hear: a score played by the synthesiser, sung where there are words, mixed and coded as asked."""

from __future__ import annotations

from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import score, song, synth, voice, writing
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.request import Request
from rhflow.simulator.renders.synth import Sound

_FORMATS = {"mp3", "wav", "pcm"}
_LONGEST_S = 240.0


def text_to_music(request: Request) -> list[Rendered]:
    """As many pieces as asked for: as long as their lyrics take, else a minute where nobody said how long."""
    return [piece(request, index) for index in range(min(4, _count(request)))]


def _count(request: Request) -> int:
    """Some makers answer every order with two pieces to choose from."""
    return max(request.count(), 2 if "suno" in request.order.endpoint else 1)


def piece(request: Request, index: int) -> Rendered:
    """Piece number `index` of an order, each a variation of its own."""
    dice = request.dice if index == 0 else request.dice.split(f"variation {index}")
    lines = song.lines_of(lyrics_of(request, dice))
    prompt = manner_of(request)
    beat = score.compose(prompt, 1.0, dice.split("score")).beat
    default = song.length(lines, beat) if lines else 60.0
    seconds = request.seconds(default=min(default, _LONGEST_S), longest=_LONGEST_S)
    played = score.compose(prompt, seconds, dice.split("score"), is_sung=bool(lines))
    singing = song.sung(lines, played, singer(request, dice), dice) if lines else None
    kind = sound_format(request)
    path = request.folder / f"music-{index + 1}.{kind}"
    raw = perform(played, seconds, dice, singing)
    ends = min(3.5, seconds / 5)
    begins, leaves = min(1.2, seconds / 6), seconds - ends
    fades = f"afade=t=in:d={begins:.3f},afade=t=out:st={leaves:.3f}:d={ends:.3f}:curve=qsin"
    synth.write(raw, path, channels=2, filters=fades, rate=sample_rate(request), bitrate=bitrate(request))
    return Rendered(str(path), kind)


def manner_of(request: Request) -> str:
    """The words that say how it shall sound. Where `tags` say it, the prompt is the lyric."""
    names = ("tags", "title") if request.text("tags") else ("prompt", "description", "title")
    return " ".join(text for text in (request.text(name) for name in names) if text)


def lyrics_of(request: Request, dice: Dice) -> str:
    """What is sung: the lyric given, one made up where a song is wanted, nothing where none is."""
    endpoint = request.order.endpoint
    if request.flag("make_instrumental", "isInstrumental") or "bgm" in endpoint or "instrumental" in endpoint:
        return ""
    if request.text("tags"):
        return request.text("prompt") or ""
    given = request.text("lyrics")
    if given:
        return given
    wants_words = "song" in endpoint or "suno" in endpoint or request.flag("lyricsOptimizer")
    return writing.verses(request.prompt, dice.split("lyrics")) if wants_words else ""


def singer(request: Request, dice: Dice) -> voice.Speaker:
    """Whoever sings: as high as the words say, else as the dice fall."""
    return voice.somebody(f"{manner_of(request)} {request.text('vocalId') or ''}", dice.split("singer"))


def sound_format(request: Request) -> str:
    """mp3, wav or pcm."""
    asked = (request.text("format", "outputFormat") or "mp3").lower()
    return asked if asked in _FORMATS else "mp3"


def sample_rate(request: Request) -> int:
    asked = round(request.number("sampleRate", "sample_rate") or 44100)
    return asked if asked in {16000, 22050, 24000, 32000, 44100, 48000} else 44100


def bitrate(request: Request) -> int:
    """Kilobits a second."""
    asked = round((request.number("bitrate") or 192000) / 1000)
    return min((32, 64, 96, 128, 160, 192, 256, 320), key=lambda rate: abs(rate - asked))


def perform(piece: score.Score, seconds: float, dice: Dice, singing: Sound | None = None) -> bytes:
    """Play a score: raw stereo floats. Each different note is made once; a singer stands in the middle."""
    left, right = synth.silence(seconds), synth.silence(seconds)
    made: dict[tuple[str, int, float], synth.Sound] = {}
    quieter = 0.8 if singing else 1.0
    for note in piece.notes:
        length = round(note.beats * piece.beat, 2)
        key = (note.voice, note.midi, length)
        if key not in made:
            made[key] = synth.player(note.voice)(synth.pitch(note.midi), length)
        at = round((note.at * piece.beat) * synth.RATE)
        synth.mix_into(left, made[key], at, note.loud * quieter * (0.5 - note.place / 2 * 0.8))
        synth.mix_into(right, made[key], at, note.loud * quieter * (0.5 + note.place / 2 * 0.8))
    left, right = (
        synth.room(track, dice.split(side), piece.room * 0.5)
        for track, side in ((left, "left"), (right, "right"))
    )
    if singing is not None:
        for track in (left, right):
            synth.mix_into(track, synth.room(singing, dice.split("singer"), 0.2), 0, 0.19)
    drums = _drums(dice)
    for hit in piece.hits:
        at = round(hit.at * piece.beat * synth.RATE)
        synth.mix_into(left, drums[hit.drum], at, hit.loud * 0.5 * quieter)
        synth.mix_into(right, drums[hit.drum], at, hit.loud * 0.5 * quieter)
    return synth.interleaved(left, right)


def _drums(dice: Dice) -> dict[str, synth.Sound]:
    return {
        "kick": synth.kick(),
        "snare": synth.noise(0.22, dice.split("snare"), 0.055, high=False),
        "clap": synth.noise(0.16, dice.split("clap"), 0.035, high=False),
        "hat": synth.noise(0.09, dice.split("hat"), 0.02, high=True),
    }
